// Passes: rewrites of a whole Program that keep its meaning: same result, same emitted texts, same
// questions asked of the model at the same sites (dead_code: fewer). A value nobody reads need not
// be computed, so its failure need not happen either. Each pass is one file in ir/passes/ whose
// head shows what it does.
//
// RunPasses runs the list in order and verifies what comes out: a broken pass is an Internal error
// that names it, never a wrong program. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// What a pass did, by its own names: {"texts merged", 3}. For explain.
using PassCounters = std::vector<std::pair<std::string, int64_t>>;

struct Pass {
  std::string_view name;
  std::string_view help;
  PassCounters (*run)(Program* program);
};
// In the order they run.
std::span<const Pass> AllPasses();
const Pass* FindPass(std::string_view name);  // nullptr if there is none

struct PassOptions {
  std::vector<std::string> only;  // if not empty, no others run
  std::vector<std::string> disabled;
  bool verified = false;  // the program is known to be well formed: it is not looked at again
};
struct PassReport {
  std::string name;
  PassCounters counters;  // without the zeros
};
struct PassOutcome {
  Program program;
  std::vector<PassReport> reports;
};
// Errors: InvalidArgument (a name that is no pass), Internal (the program is not well formed,
// before or after a pass).
Result<PassOutcome> RunPasses(const Program& program, const PassOptions& options = {});

}  // namespace lmp::ir
