#include "ir/pass.h"

#include <algorithm>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "ir/verify.h"

namespace lmp::ir {
namespace {

// Unrolling and folding come first: they give the others constants; dead code goes before what
// starts early, so that nothing is started for a generation that is not made; drops are placed in
// what stays.
constexpr Pass kPasses[] = {
    {"unroll_loops", "repeats loops over constant lists that only build text", UnrollLoops},
    {"fold_text", "computes constants, splits and merges message texts", FoldText},
    {"parallelize", "removes orders that nothing needs", Parallelize},
    {"dead_code", "removes generations, texts and values that nobody reads", RemoveDeadCode},
    {"pipeline", "starts the children of a fork while their list still grows", Pipeline},
    {"early_start", "computes what a prompt begins with while the rest is waited for", EarlyStart},
    {"last_use", "marks where the KV of a context has no further use", MarkLastUse},
};

}  // namespace

std::span<const Pass> AllPasses() { return kPasses; }

const Pass* FindPass(std::string_view name) {
  const auto found = std::find_if(std::begin(kPasses), std::end(kPasses),
                                  [&](const Pass& p) { return p.name == name; });
  return found == std::end(kPasses) ? nullptr : found;
}

namespace {

// `each`: verifies after each pass, in place of once at the end.
Result<PassOutcome> RunPassList(Program program, const PassOptions& options, bool each) {
  const auto contains = [](const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  PassOutcome outcome;
  bool changed = false;
  for (const Pass& pass : kPasses) {
    if (contains(options.disabled, pass.name)) continue;
    if (!options.only.empty() && !contains(options.only, pass.name)) continue;
    PassReport report{std::string(pass.name), pass.run(&program)};
    std::erase_if(report.counters, [](const auto& counter) { return counter.second == 0; });
    changed = changed || !report.counters.empty();
    if (each) {
      for (Graph& graph : program.functions) Compact(&graph);
      LMP_RETURN_IF_ERROR(
          VerifyStatus(program, {.constants = false}).WithPrefix("after pass " + report.name));
    }
    outcome.reports.push_back(std::move(report));
  }
  if (!each) {
    // Passes look at what is placed only, so what they leave behind goes at the end.
    for (size_t i = 0; changed && i < program.functions.size(); ++i) Compact(&program.functions[i]);
    LMP_RETURN_IF_ERROR(VerifyStatus(program, {.constants = false}).WithPrefix("after passes"));
  }
  outcome.program = std::move(program);
  return outcome;
}

}  // namespace

Result<PassOutcome> RunPasses(const Program& program, const PassOptions& options) {
  for (const std::vector<std::string>* names : {&options.only, &options.disabled}) {
    for (const std::string& name : *names) {
      if (FindPass(name) == nullptr) return InvalidArgument("there is no pass `" + name + "`");
    }
  }
  if (!options.verified)
    LMP_RETURN_IF_ERROR(VerifyStatus(program, {.constants = false}).WithPrefix("before passes"));
  Result<PassOutcome> outcome = RunPassList(program, options, false);
  if (outcome.ok()) return outcome;
  Result<PassOutcome> named = RunPassList(program, options, true);
  return named.ok() ? std::move(outcome) : std::move(named);
}

}  // namespace lmp::ir
