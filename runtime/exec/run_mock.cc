// What tests have and other runs have not. What a test mocks: no generation starts, and the context
// goes on as if the model had written the value. stats(): what the run has asked so far.
#include <algorithm>

#include "ir/mock.h"
#include "runtime/base/limits.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

bool Run::AnswerMocked(Scope& scope, uint32_t position, const ir::Op& op) {
  const bool retrieves = op.kind == ir::OpKind::kRetrieve;
  const bool generates = op.kind == ir::OpKind::kGen || op.kind == ir::OpKind::kSelect;
  const bool tool = op.kind == ir::OpKind::kTool;
  const bool listens = op.kind == ir::OpKind::kListen;
  if (request_.mocks == nullptr || (!retrieves && !generates && !tool && !listens)) return false;
  const std::vector<ir::Mock>& mocks = *request_.mocks;
  const std::string& site = tool ? op.attributes.name : op.attributes.site;
  const ir::Mock* mock = ir::FindMock(mocks, retrieves ? "retrieve" : listens ? "listen" : site);
  if (mock == nullptr) return false;
  Result<std::vector<ir::Value>> made = tool        ? MockedTool(*mock, op)
                                        : listens   ? MockedLine(*mock)
                                        : retrieves ? MockedRetrieve(*mock, scope, op)
                                        : op.kind == ir::OpKind::kGen
                                            ? MockedGen(*mock, scope, op)
                                            : MockedSelect(*mock, scope, op);
  if (made.ok()) {
    if (generates) ++calls_mocked_;
    if (generates && !ShowMocked(scope, op, made.value()[0])) {
      FailWatched(scope, position);
      return true;
    }
    FinishOp(scope, position, std::move(made).value());
  } else {
    FailOp(scope, position, MakeFailure(scope, op, "mock", made.status().message()));
  }
  return true;
}

ir::RunCounts Run::CountsSoFar() const {
  const RunStats& stats = result_.stats;
  // A mocked call counts as it does where nothing but mocks answers.
  ir::RunCounts counts{stats.calls + calls_mocked_, stats.prompt_tokens, stats.cached_tokens,
                       stats.generated_tokens};
  const auto first =
      std::min_element(result_.calls.begin(), result_.calls.end(),
                       [](const CallReport& a, const CallReport& b) { return a.order < b.order; });
  if (first != result_.calls.end()) counts.first = first->usage.prompt_tokens;
  return counts;
}

// As ShowGenerated.
bool Run::ShowMocked(const Scope& scope, const ir::Op& op, const ir::Value& value) {
  const bool chosen = op.kind == ir::OpKind::kSelect;
  const std::string text =
      chosen ? value.as_str()
             : ir::GeneratedText(request_.plan->plan->program->types[op.attributes.type], value);
  return ShowGenerated(scope, op, text, true);
}

// The operand with the text behind it.
ir::Value Run::ContextBehind(Scope& scope, const ir::Op& op, const std::string& text) {
  const auto before =
      std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[0]).as_context());
  return ir::Value::Context(
      MakerOf(scope).Append(*before, text, SegmentKind::kDynamic, op.span, nullptr));
}

Result<std::vector<ir::Value>> Run::MockedGen(const ir::Mock& mock, Scope& scope,
                                              const ir::Op& op) {
  const ir::Program& program = *request_.plan->plan->program;
  ir::FakeRequest request;
  request.program = &program;
  request.type = op.attributes.type;
  request.site = op.attributes.site;
  for (const ir::NamedOperand& named : op.named) {
    request.options.emplace_back(named.name, ValueOf(scope, named.value));
  }
  LMP_TRY(ir::Value value, ir::MockedGeneration(mock, request));
  ir::Value context =
      ContextBehind(scope, op, ir::GeneratedText(program.types[op.attributes.type], value));
  return std::vector<ir::Value>{std::move(value), std::move(context)};
}

Result<std::vector<ir::Value>> Run::MockedTool(const ir::Mock& mock, const ir::Op& op) const {
  ir::FakeRequest request;
  request.program = request_.plan->plan->program.get();
  request.type = request.program->FindTool(op.attributes.name)->result;
  request.site = op.attributes.name;
  LMP_TRY(ir::Value value, ir::MockedGeneration(mock, request));
  std::vector<ir::Value> results = {std::move(value)};
  if (op.results.size() > 1) results.push_back(ir::Value::Effect());
  return results;
}

Result<std::vector<ir::Value>> Run::MockedLine(const ir::Mock& mock) {
  LMP_TRY(std::string line, ir::MockedLine(mock, lines_mocked_++));
  return std::vector<ir::Value>{ir::Value::Str(std::move(line)), ir::Value::Effect()};
}

Result<std::vector<ir::Value>> Run::MockedSelect(const ir::Mock& mock, Scope& scope,
                                                 const ir::Op& op) {
  std::vector<std::string> options;
  for (const ir::Value& option : ValueOf(scope, op.operands[1]).as_list()) {
    options.push_back(option.as_str());
  }
  LMP_TRY(const size_t chosen, ir::MockedChoice(mock, options));
  std::vector<ir::Value> probabilities(options.size(), ir::Value::Float(0));
  probabilities[chosen] = ir::Value::Float(1);
  return std::vector<ir::Value>{ir::Value::Str(options[chosen]),
                                ir::Value::List(std::move(probabilities)),
                                ContextBehind(scope, op, options[chosen])};
}

Result<std::vector<ir::Value>> Run::MockedRetrieve(const ir::Mock& mock, Scope& scope,
                                                   const ir::Op& op) {
  const std::vector<ir::Passage> found = ir::MockedPassages(mock);
  const auto k = NamedValue(scope, op, "k");
  const int64_t most = k ? k->as_int() : kPassagesDefault;
  std::vector<ir::Value> passages;
  for (const ir::Passage& passage : found) {
    if (static_cast<int64_t>(passages.size()) < most) {
      passages.push_back(ir::PassageValue(passage));
    }
  }
  return std::vector<ir::Value>{ir::Value::List(std::move(passages))};
}

}  // namespace lmp::exec
