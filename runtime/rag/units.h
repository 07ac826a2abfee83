// What the chunkers cut documents into first: units, each a stretch of whole lines that should stay
// in one chunk. Pure functions, any thread. The text is valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmp::rag {

// How good a place for a cut the start of a unit is.
enum class CutQuality : uint8_t { kPoor, kParagraph, kSection };

struct Unit {
  size_t begin = 0, end = 0;  // bytes; without the line end of the last line
  CutQuality cut = CutQuality::kParagraph;
  bool heading = false;  // announces what follows: never the last of a chunk if avoidable
  // Headings above this unit, outermost first; shared, for a document has far more units than
  // headings. Null for none.
  std::shared_ptr<const std::vector<std::string>> path = {};
};

struct Line {
  size_t begin = 0, end = 0;  // without "\n" or "\r\n"

  std::string_view In(std::string_view text) const { return text.substr(begin, end - begin); }
};
std::vector<Line> SplitLines(std::string_view text);
std::string_view TrimSpace(std::string_view text);  // ASCII white space of both ends

// Paragraphs: runs of lines between blank ones.
std::vector<Unit> TextUnits(std::string_view text);
// Headings (# and underlined), fences, tables, front matter, paragraphs.
std::vector<Unit> MarkdownUnits(std::string_view text);
// Runs of lines between blank ones, also cut before a declaration at the left margin; the path of
// an indented unit is the declaration it stands in.
std::vector<Unit> CodeUnits(std::string_view text);

}  // namespace lmp::rag
