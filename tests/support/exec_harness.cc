#include "tests/support/exec_harness.h"

#include "ir/parse.h"
#include "ir/plan.h"
#include "runtime/engine/local_engine.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/sim/digest_model.h"

namespace lmp::testing {

std::string RunOutcome::Essence() const {
  const std::string end = result.ok
                              ? "value " + ir::ToJsonText(result.value)
                              : "failure " + result.failure.kind + " at " + result.failure.site;
  return end + " emitted " + emitted + " generated " +
         std::to_string(result.stats.generated_tokens);
}

std::shared_ptr<const exec::BoundPlan> BindProgram(ir::Program program, bool with_passes) {
  ir::PassOptions options;
  if (!with_passes) {
    for (const ir::Pass& pass : ir::AllPasses()) options.disabled.emplace_back(pass.name);
  }
  auto plan = ir::MakePlan(std::make_shared<const ir::Program>(std::move(program)), options);
  LMP_CHECK_MSG(plan.ok(), plan.status().message());
  auto tokenizer = sim::MakeDigestTokenizer();
  exec::BindResult bound = exec::Bind(std::move(plan).value(), std::move(tokenizer).value(), 4096);
  LMP_CHECK_MSG(bound.plan != nullptr, bound.diagnostics.empty() ? "" : bound.diagnostics[0].title);
  return bound.plan;
}

std::shared_ptr<const exec::BoundPlan> BindText(std::string_view ir_text, bool with_passes) {
  ir::ParseOutcome parsed = ir::Parse(ir_text);
  LMP_CHECK_MSG(parsed.program.has_value(),
                parsed.diagnostics.empty() ? "" : parsed.diagnostics[0].title);
  return BindProgram(std::move(*parsed.program), with_passes);
}

std::unique_ptr<engine::Engine> MakeDigestEngine(const engine::EngineOptions& options,
                                                 int context_max) {
  sim::DigestModelOptions digest;
  digest.context_max = context_max;
  auto tokenizer = sim::MakeDigestTokenizer();
  auto engine = engine::MakeLocalEngine(sim::MakeDigestModel(sim::DigestTokenizerSpec(), digest),
                                        std::move(tokenizer).value(), nullptr, options);
  LMP_CHECK_MSG(engine.ok(), engine.status().message());
  return std::move(engine).value();
}

RunOutcome RunOn(exec::Loop& loop, std::shared_ptr<const exec::BoundPlan> plan,
                 std::vector<ir::Value> arguments, const std::string& function, uint64_t seed) {
  auto sink = std::make_shared<CollectingSink>();
  exec::Request request;
  request.plan = std::move(plan);
  request.function = function;
  request.arguments = std::move(arguments);
  request.seed = seed;
  request.explain = true;
  request.sink = sink;
  const auto id = loop.Submit(std::move(request));
  LMP_CHECK_MSG(id.ok(), id.status().message());
  return sink->Wait();
}

RunOutcome RunText(std::string_view ir_text, std::vector<ir::Value> arguments,
                   const engine::EngineOptions& options) {
  exec::Loop loop(MakeDigestEngine(options));
  return RunOn(loop, BindText(ir_text), std::move(arguments));
}

}  // namespace lmp::testing
