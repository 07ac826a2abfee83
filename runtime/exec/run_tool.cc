// Tools of the host: asked on another thread, tried again, given up after their time.
#include <string>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/exec/run.h"
#include "runtime/exec/value_json.h"

namespace lmp::exec {

namespace {

bool Writes(const ir::Op& op) { return op.results.size() > 1; }

}  // namespace

// A tool that writes waits for what may forbid it, as an emit does; so does what takes a line of
// the input.
bool Run::WaitsForChecks(const Scope& scope, OpRef ref) {
  const ir::Op& op = scope.op(ref.position);
  const bool acts = op.kind == ir::OpKind::kListen || (op.kind == ir::OpKind::kTool && Writes(op));
  if (!acts) return false;
  if (EmitRuleOf(scope, ref.position).now) return false;
  held_.push_back(ref);
  return true;
}

void Run::FireTool(Scope& scope, uint32_t position, const ir::Op& op) {
  const ir::ToolDecl* tool = request_.plan->plan->program->FindTool(op.attributes.name);
  LMP_CHECK(tool != nullptr);
  if (AnswerRecorded(scope, position, op)) return;
  if (request_.toolbox == nullptr || post_ == nullptr) {
    return FailOp(scope, position,
                  MakeFailure(scope, op, "tool",
                              tool->http ? "this host asks no servers"
                                         : "this host has no tool `" + tool->host + "`"));
  }
  ToolRequest request;
  request.tool = tool;
  request.arguments = "{";
  const size_t first = Writes(op) ? 1 : 0;
  for (size_t i = 0; i < tool->params.size(); ++i) {
    request.arguments += (i == 0 ? "" : ",") +
                         ir::ToJsonText(ir::Value::Str(tool->params[i].name)) + ":" +
                         ir::ToJsonText(ValueOf(scope, op.operands[first + i]));
  }
  request.arguments += "}";
  OpProgress& progress = scope.progress[position];
  progress.unwanted = request.unwanted = std::make_shared<Unwanted>();
  const int64_t granted = tool->timeout_ms.value_or(kToolTimeoutMsDefault);
  progress.deadline_ns = clock_->NowNs() + granted * 1'000'000;
  deadlines_.push_back({{scope.id, position}, granted, progress.deadline_ns});
  const uint64_t ticket = next_ticket_++;
  asked_tools_[ticket] = {scope.id, position};
  // The plan holds the declaration that the toolbox reads.
  request_.toolbox->Start(std::move(request), [post = post_, id = id(), ticket,
                                               plan = request_.plan](Toolbox::Answer answer) {
    post(ToolEvent{id, ticket, std::move(answer)});
  });
}

void Run::OnTool(uint64_t ticket, Toolbox::Answer answer) {
  const ir::ValueAccount::Use use(account_);
  const auto asked = TakeTicket(&asked_tools_, ticket);
  if (!asked) return;
  const OpRef ref = *asked;
  Scope* scope = Find(ref.scope);
  using enum RecordedEvent::Kind;
  Record(*scope, ref.position, answer.ok() ? kAnswer : kError,
         answer.ok() ? answer.value() : answer.status().message(),
         scope->progress[ref.position].round);
  TakeToolAnswer(*scope, ref.position, answer);
}

void Run::TakeToolAnswer(Scope& scope, uint32_t position, const Toolbox::Answer& answer) {
  const ir::Op& op = scope.op(position);
  const ir::Program& program = *request_.plan->plan->program;
  const ir::ToolDecl& tool = *program.FindTool(op.attributes.name);
  if (!answer.ok()) return ToolFailed(scope, position, "tool", answer.status().message());
  // What a server gave has been measured as it came.
  if (!tool.http && answer.value().size() > kToolBytesMax) {
    return ToolFailed(scope, position, "tool",
                      "it gave " + std::to_string(answer.value().size()) + " bytes (limit " +
                          std::to_string(kToolBytesMax) + ")");
  }
  // A host can leave out what nobody declared, a server cannot.
  Result<ir::Value> value =
      ValueFromJson(program, tool.result, answer.value(), tool.http.has_value());
  if (!value.ok()) return ToolFailed(scope, position, "tool", value.status().message());
  std::vector<ir::Value> results = {std::move(value).value()};
  if (Writes(op)) results.push_back(ir::Value::Effect());
  FinishOp(scope, position, std::move(results));
}

// Asks again as often as the declaration says.
void Run::ToolFailed(Scope& scope, uint32_t position, std::string kind, std::string message) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  if (kind == "timeout") Record(scope, position, RecordedEvent::Kind::kTimeout, "", progress.round);
  std::erase_if(asked_tools_, [&](const auto& asked) {
    return asked.second.scope == scope.id && asked.second.position == position;
  });
  if (progress.unwanted != nullptr) progress.unwanted->Set();
  const ir::ToolDecl& tool = *request_.plan->plan->program->FindTool(op.attributes.name);
  if (progress.round < tool.retries) {
    ++progress.round;
    return FireTool(scope, position, op);
  }
  Failure failure = MakeFailure(scope, op, std::move(kind), "`" + tool.name + "`: " + message);
  FailOp(scope, position, std::move(failure));
}

}  // namespace lmp::exec
