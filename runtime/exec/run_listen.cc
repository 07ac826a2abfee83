// listen(): what a person says next. Meanwhile the run holds no sequence of the engine; its
// contexts stay as they are.
#include <algorithm>
#include <string>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

void Run::FireListen(Scope& scope, uint32_t position, const ir::Op& op) {
  if (AnswerRecorded(scope, position, op)) return;
  if (request_.listener == nullptr || post_ == nullptr) {
    return FailOp(scope, position,
                  MakeFailure(scope, op, "listen", "nobody is there to say something"));
  }
  OpProgress& progress = scope.progress[position];
  progress.cancelled = std::make_shared<std::atomic<bool>>(false);
  if (const auto timeout = NamedValue(scope, op, "timeout")) {
    constexpr int64_t kLongestMs = int64_t{365} * 24 * 3600 * 1000;  // as nanoseconds it still fits
    const int64_t granted = std::clamp<int64_t>(timeout->as_int(), 0, kLongestMs);
    progress.deadline_ns = clock_->NowNs() + granted * 1'000'000;
    deadlines_.push_back({{scope.id, position}, granted, progress.deadline_ns});
  }
  const uint64_t ticket = next_ticket_++;
  asked_tools_[ticket] = {scope.id, position};
  request_.listener->Start(progress.cancelled,
                           [post = post_, id = id(), ticket](Listener::Answer answer) {
                             post(SaidEvent{id, ticket, std::move(answer)});
                           });
}

void Run::OnSaid(uint64_t ticket, Listener::Answer answer) {
  const ir::ValueAccount::Use use(account_);
  const auto asked = TakeTicket(&asked_tools_, ticket);
  if (!asked) return;
  const OpRef ref = *asked;
  Scope* scope = Find(ref.scope);
  const auto fail = [&](const std::string& message) {
    Record(*scope, ref.position, RecordedEvent::Kind::kError, message);
    FailOp(*scope, ref.position, MakeFailure(*scope, scope->op(ref.position), "listen", message));
  };
  if (!answer.ok()) return fail(std::string(answer.status().message()));
  if (answer.value().size() > kLineBytesMax) {
    return fail("what was said has " + std::to_string(answer.value().size()) + " bytes (limit " +
                std::to_string(kLineBytesMax) + ")");
  }
  if (!IsValidUtf8(answer.value())) return fail("what was said is not UTF-8");
  ir::Value said = ir::Value::Str(std::move(answer).value());
  Record(*scope, ref.position, RecordedEvent::Kind::kAnswer, ir::ToJsonText(said));
  FinishOp(*scope, ref.position, {std::move(said), ir::Value::Effect()});
}

}  // namespace lmp::exec
