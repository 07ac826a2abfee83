// The syntax tree of an ECMA-262 regular expression. Internal to ecma_regex.cc and ecma_syntax.cc.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {

struct EcmaNode {
  enum class Kind : uint8_t {
    kClass,    // one code point of `ranges`
    kConcat,   // children in a row; none: empty
    kOr,       // one of the children
    kRepeat,   // the child, min to max times
    kBegin,    // ^
    kEnd,      // $
    kAhead,    // (?=child)
    kNotAhead  // (?!child)
  };
  Kind kind = Kind::kConcat;
  bool looks_ahead = false;  // kAhead or kNotAhead here or below
  std::vector<CodeRange> ranges;
  std::vector<EcmaNode> children;
  uint32_t min = 0, max = 0;
};

Result<EcmaNode> ParseEcma(std::string_view pattern);

}  // namespace lmp::constrain
