// Scripts of operations that run on a PrefixCache and its twin at once. After every operation both
// must give the same answer, the invariants must hold and every page must have exactly one owner.
//
// An operation's numbers are taken modulo what exists (sequences, tokens), so any subset of a
// script is a script: a failing one is shrunk by leaving operations out. Its text form, one
// operation per line, can be put into tests/model/regress/, where it is run for ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/model/prefix_cache_twin.h"

namespace lmp::cache::testing {

enum class OpKind {
  kMatch,     // a: tree; tokens: prompt. Starts a sequence, in the place of the oldest of eight
  kExtend,    // a: sequence; tokens: appended, with private pages for them
  kInsert,    // a: sequence; b odd: pending
  kAdvance,   // a: sequence
  kFork,      // a: sequence; b: at
  kTruncate,  // a: sequence; b: at
  kRelease,   // a: sequence
  kDrop,      // a: sequence; b: from
  kDonate,    // a: sequence. Inserts, donates the tail, releases
  kRetain,    // a: sequence; b: next use
  kHint,      // a: retention; b: next use
  kForget,    // a: retention
  kEvict,     // b: pages
  kEndStep,
  kPeek,  // a: tree; tokens
};
inline constexpr int kOpKinds = 15;

struct Op {
  OpKind kind = OpKind::kMatch;
  int a = 0;
  int b = 0;
  Tokens tokens = {};
};

struct Setup {
  int page_tokens = 4;
  int page_count = 24;
  uint64_t digest_bits = kAllDigestBits;  // with few bits miss reasons are not compared
  int evict_lie = 0;  // the twin evicts so many more: a planted fault, for tests of the harness
};

// The failure at the first operation where the two differ, nothing when they never do. The cache's
// counts are added to *statistics (nullable).
std::optional<std::string> RunScript(const Setup& setup, const std::vector<Op>& script,
                                     CacheStatistics* statistics = nullptr);
// A smallest failing script that leaving out operations leads to.
std::vector<Op> Shrink(const Setup& setup, std::vector<Op> script);
std::string PrintScript(const Setup& setup, const std::vector<Op>& script);
// Reads what PrintScript writes; false for other text.
bool ReadScript(std::string_view text, Setup* setup, std::vector<Op>* script);

}  // namespace lmp::cache::testing
