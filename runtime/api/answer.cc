// runtime/api/answer.h: one call of std.rag.
#include <set>

#include "ir/passage.h"
#include "runtime/api/engine_impl.h"
#include "runtime/api/state.h"

namespace lmp {
namespace {

// Compiled once; immutable.
const CompileOutcome& AnswerProgram() {
  static const CompileOutcome compiled = Compile("answer.lmp", "import std.rag\n");
  return compiled;
}

Result<std::vector<ir::Value>> ArgumentsOf(const AnswerQuery& query) {
  static const std::set<std::string> policies = {"prefix", "link", "blend", "auto"};
  if (!policies.contains(query.reuse))
    return InvalidArgument("reuse is prefix, link, blend or auto, not \"" + query.reuse + "\"");
  std::set<std::string> ids;
  std::vector<ir::Value> passages;
  for (const AnswerQuery::Passage& passage : query.passages) {
    if (!ids.insert(passage.id).second)
      return InvalidArgument("two passages have the id \"" + passage.id + "\"");
    ir::Passage made;
    made.id = passage.id;
    made.document = passage.document;
    made.text = passage.text;
    passages.push_back(ir::PassageValue(made));
  }
  return std::vector<ir::Value>{ir::Value::Str(query.question),
                                ir::Value::List(std::move(passages)), ir::Value::Str(query.reuse)};
}

Result<std::unique_ptr<api::ValueRun>> StartRun(Engine* engine, const AnswerQuery& query,
                                                RunOptions options) {
  const CompileOutcome& compiled = AnswerProgram();
  LMP_CHECK(compiled.program != nullptr);
  LMP_TRY(std::vector<ir::Value> arguments, ArgumentsOf(query));
  options.tenant = query.tenant;
  return static_cast<api::EngineImpl*>(engine)->StartValues(
      compiled.program, "rag.answer", std::move(arguments), std::move(options));
}

Status StatusOf(const RunFailure& failure) {
  if (failure.kind == "cancelled") return Cancelled(failure.message);
  if (failure.kind == "limit" || failure.kind == "overflow")
    return ResourceExhausted(failure.message);
  if (failure.kind == "value") return InvalidArgument(failure.message);  // such as a policy
  return Internal(failure.kind + ": " + failure.message);
}

}  // namespace

Result<AnswerReply> Answer(Engine* engine, const AnswerQuery& query) {
  return api::Wall<AnswerReply>([&]() -> Result<AnswerReply> {
    LMP_TRY(const auto run, StartRun(engine, query, {}));
    const RunReport& report = run->Wait();
    if (!report.ok) return StatusOf(report.failure);
    AnswerReply reply;
    const auto& fields = run->value().as_record().fields;
    reply.text = fields[0].second.as_str();
    for (const ir::Value& id : fields[1].second.as_list()) reply.citations.push_back(id.as_str());
    reply.exact = report.stats.approximate_calls == 0;
    reply.prompt_tokens = report.stats.prompt_tokens;
    reply.computed_tokens = report.stats.computed_tokens;
    reply.reused_tokens = report.stats.reused_tokens;
    return reply;
  });
}

Result<std::unique_ptr<Run>> StartAnswer(Engine* engine, const AnswerQuery& query,
                                         RunOptions options) {
  return api::Wall<std::unique_ptr<Run>>([&]() -> Result<std::unique_ptr<Run>> {
    LMP_TRY(auto run, StartRun(engine, query, std::move(options)));
    return std::unique_ptr<Run>(std::move(run));
  });
}

}  // namespace lmp
