// Small text functions that std lacks. Pure, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lmp {

// True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool IsValidUtf8(std::string_view text);
// The length of the longest prefix that does not end inside a code point.
size_t Utf8SafePrefix(std::string_view text);
// Code points in valid UTF-8.
size_t Utf8Length(std::string_view text);
void AppendUtf8(char32_t code_point, std::string* out);
// One line safe for a terminal, as many code points as before: a tab is a space, control bytes are
// their pictures (U+2400...), what turns or ends a line elsewhere, and bytes that are not UTF-8,
// are U+FFFD.
std::string PrintableText(std::string_view text);
// The code points [begin, end) of the text, as far as it has them.
std::string_view Utf8Range(std::string_view text, size_t begin, size_t end);

// Where `part` occurs first at or behind `from`, or npos; in linear time, which std::string::find
// is not.
size_t FindText(std::string_view text, std::string_view part, size_t from = 0);
std::vector<std::string> SplitText(std::string_view text, char separator);
std::string JoinText(const std::vector<std::string>& parts, std::string_view separator);
// "..." with \n \t \" \\ \u{..} escapes for control bytes: for printing text in one line.
std::string QuoteText(std::string_view text);
// Insertions, deletions, replacements and swaps of neighbours (for "did you mean").
size_t EditDistance(std::string_view a, std::string_view b);
// The shortest decimal text that reads back as the same double ("1.0", "0.1", "1e+30").
std::string FormatDouble(double value);

}  // namespace lmp
