// What a test may ask of its own run: `stats()` gives the record `run_stats`. Plain values; any
// thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "ir/program.h"

namespace lmp::ir {

inline constexpr std::string_view kRunStatsRecord = "run_stats";

// So far. Without a model nothing has tokens, and bytes stand for them.
struct RunCounts {
  int64_t calls = 0;      // generations and selections
  int64_t prompt = 0;     // tokens of all their prompts
  int64_t cached = 0;     // of these, not computed: an earlier prompt began with them
  int64_t generated = 0;  // tokens
  int64_t first = 0;      // tokens of the prompt of the first call, which can share nothing
};

// calls, prompt, cached, generated, and prefill_shared: cached ones among the prompts' tokens,
// those of the first prompt left out; 0 where there is no second.
RecordDecl RunStatsDecl(const TypeTable& types);
Value RunStatsValue(const RunCounts& counts);

}  // namespace lmp::ir
