// The text of a grammar in GBNF, as a tree. What it means: gbnf.h.
//
// Pure function; any thread. Errors name line and column: InvalidArgument (no grammar),
// Unsupported, ResourceExhausted (a limit).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/code_ranges.h"

namespace lmp::constrain {

inline constexpr size_t kGbnfBytesMax = 1u << 20;      // source
inline constexpr size_t kGbnfRulesMax = 100'000;       // rules
inline constexpr int kGbnfDepthMax = 100;              // groups within groups
inline constexpr std::string_view kGbnfRoot = "root";  // the rule that a grammar begins with

struct GbnfNode {
  enum class Kind : uint8_t {
    kText,          // exactly `text`
    kClass,         // one code point of `ranges`
    kToken,         // a special token: by `text`, or by `token` where that is empty
    kRule,          // what rule number `rule` says
    kSequence,      // children, one behind the other; none: the empty text
    kAlternatives,  // one of the children
    kRepeat,        // the one child, min to max times
  };
  Kind kind = Kind::kSequence;
  std::string text;
  CodeRanges ranges;
  uint32_t token = 0;
  uint32_t rule = 0;
  uint32_t min = 0, max = 0;
  std::vector<GbnfNode> children;
};

struct GbnfRule {
  std::string name;
  GbnfNode body;
};

struct GbnfRules {
  std::vector<GbnfRule> rules;  // by first mention; all are defined
  uint32_t root = 0;
};

Result<GbnfRules> ParseGbnf(std::string_view source);

}  // namespace lmp::constrain
