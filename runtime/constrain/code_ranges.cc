#include "runtime/constrain/code_ranges.h"

#include <algorithm>
#include <utility>

#include "runtime/text/unicode_class.h"

namespace lmp::constrain {

CodeRanges Sorted(CodeRanges ranges) {
  std::sort(ranges.begin(), ranges.end());
  CodeRanges out;
  for (const CodeRange& range : ranges) {
    if (!out.empty() && range.first <= out.back().second + 1) {
      out.back().second = std::max(out.back().second, range.second);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

CodeRanges Complement(CodeRanges ranges) {
  CodeRanges out;
  char32_t next = 0;
  for (const CodeRange& range : Sorted(std::move(ranges))) {
    if (range.first > next) out.emplace_back(next, range.first - 1);
    next = range.second + 1;
  }
  if (next <= kCodePointLast) out.emplace_back(next, kCodePointLast);
  return out;
}

namespace {

CodeRanges Find(uint8_t bit) {
  const text::UnicodeClasses& classes = text::UnicodeClasses::Get();
  CodeRanges out;
  for (char32_t c = 0; c <= kCodePointLast; ++c) {
    if ((classes.Of(c) & bit) == 0) continue;
    if (!out.empty() && out.back().second + 1 == c) {
      out.back().second = c;
    } else {
      out.emplace_back(c, c);
    }
  }
  return out;
}

}  // namespace

const CodeRanges& OfCategory(uint8_t bit) {
  static const CodeRanges kLetters = Find(text::kLetter);
  static const CodeRanges kNumbers = Find(text::kNumber);
  static const CodeRanges kMarks = Find(text::kMark);
  return bit == text::kLetter ? kLetters : bit == text::kNumber ? kNumbers : kMarks;
}

}  // namespace lmp::constrain
