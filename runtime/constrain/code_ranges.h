// Sets of code points as ranges, for the readers of regular expressions and grammars. Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/constrain/expr.h"

namespace lmp::constrain {

inline constexpr char32_t kCodePointLast = 0x10ffff;

using CodeRanges = std::vector<CodeRange>;

// In ascending order, without overlaps or neighbours that touch.
CodeRanges Sorted(CodeRanges ranges);
// All other code points, sorted.
CodeRanges Complement(CodeRanges ranges);
// The code points of a class of text/unicode_class.h (kLetter, kNumber or kMark), sorted. Found
// once.
const CodeRanges& OfCategory(uint8_t bit);

}  // namespace lmp::constrain
