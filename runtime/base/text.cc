#include "runtime/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <numeric>

namespace lmp {
namespace {

uint8_t ByteAt(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

bool IsContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

// Bytes of the code point that starts with `lead`; 0 where no code point starts so.
size_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The second byte is where overlong forms, surrogates and numbers past U+10FFFF show.
bool IsSecondByte(uint8_t lead, uint8_t second) {
  if (!IsContinuation(second)) return false;
  if (lead == 0xe0) return second >= 0xa0;
  if (lead == 0xed) return second <= 0x9f;
  if (lead == 0xf0) return second >= 0x90;
  if (lead == 0xf4) return second <= 0x8f;
  return true;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const uint8_t lead = ByteAt(text, i);
    const size_t length = SequenceLength(lead);
    if (length == 0 || i + length > text.size()) return false;
    if (length > 1 && !IsSecondByte(lead, ByteAt(text, i + 1))) return false;
    for (size_t k = 2; k < length; ++k) {
      if (!IsContinuation(ByteAt(text, i + k))) return false;
    }
    i += length;
  }
  return true;
}

size_t Utf8SafePrefix(std::string_view text) {
  // A code point has at most three continuation bytes, so its lead is among the last four bytes.
  const size_t first = text.size() > 4 ? text.size() - 4 : 0;
  for (size_t i = text.size(); i > first; --i) {
    const uint8_t byte = ByteAt(text, i - 1);
    if (IsContinuation(byte)) continue;
    const size_t length = SequenceLength(byte);
    return length > text.size() - (i - 1) ? i - 1 : text.size();
  }
  return text.size();
}

size_t FindText(std::string_view text, std::string_view part, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (part.empty()) return from;
  // The address sanitizer looks through all of the text at each memmem, here only up to what is
  // found.
  if (part.size() == 1) return text.find(part[0], from);
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t Utf8Length(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !IsContinuation(static_cast<uint8_t>(c)); }));
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  uint32_t c = static_cast<uint32_t>(code_point);
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) c = 0xfffd;
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

namespace {

// Control characters beyond ASCII: C1, and those that turn, end or hide parts of a line. Joiners
// are part of words and pictures.
bool IsHiddenControl(char32_t c) {
  return (c >= 0x80 && c <= 0x9f) || c == 0x061c || c == 0x200b || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

}  // namespace

std::string PrintableText(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const uint8_t lead = ByteAt(text, i);
    size_t length = SequenceLength(lead);
    if (length == 0 || !IsValidUtf8(text.substr(i, length))) {
      // Continuation bytes belong to the broken code point before them: it is one column.
      if (!IsContinuation(lead) || i == 0) AppendUtf8(0xfffd, &shown);
      ++i;
      continue;
    }
    char32_t c = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t k = 1; k < length; ++k) c = (c << 6) | (ByteAt(text, i + k) & 0x3fu);
    if (c == '\t') {
      shown += ' ';
    } else if (c < 0x20 || c == 0x7f) {
      AppendUtf8(c == 0x7f ? 0x2421 : 0x2400 + c, &shown);
    } else if (IsHiddenControl(c)) {
      AppendUtf8(0xfffd, &shown);
    } else {
      shown += text.substr(i, length);
    }
    i += length;
  }
  return shown;
}

std::string_view Utf8Range(std::string_view text, size_t begin, size_t end) {
  size_t first = text.size();
  size_t last = text.size();
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsContinuation(ByteAt(text, i))) continue;
    if (column == begin) first = i;
    if (column == end) {
      last = i;
      break;
    }
    ++column;
  }
  return text.substr(std::min(first, last), last - std::min(first, last));
}

std::vector<std::string> SplitText(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator, begin)) {
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

std::string JoinText(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) joined += separator;
    joined += parts[i];
  }
  return joined;
}

std::string QuoteText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u{%x}", static_cast<unsigned>(byte));
      quoted += escape.data();
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  // Three rows of the table of distances between prefixes, a transposition looks back by two.
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (size_t k = 1; k <= b.size(); ++k) {
      const bool same = a[i - 1] == b[k - 1];
      row[k] = std::min({above[k - 1] + (same ? 0 : 1), above[k] + 1, row[k - 1] + 1});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
        row[k] = std::min(row[k], before[k - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  // A float must not read back as an integer.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace lmp
