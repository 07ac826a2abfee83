// Records of runs, and runs that are repeated from them: what came from outside comes from the
// record, and time is over where it was.
//
// An answer that the record lacks may still be needed by nobody: how far a run came with what it
// dropped later is chance. So such an op waits, and only when nothing else goes on the run fails.
#include <string>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/exec/run.h"
#include "runtime/exec/value_json.h"

namespace lmp::exec {

namespace {

constexpr uint64_t kHashOffset = 0xcbf29ce484222325ull;
constexpr uint64_t kHashPrime = 0x100000001b3ull;

uint64_t Hashed(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kHashPrime;
  return (hash ^ 0xff) * kHashPrime;  // no text has this byte
}

std::string HexOf(uint64_t number) {
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(number >> shift) & 15];
  return out;
}

}  // namespace

std::string Run::RecordSite(const Scope& scope, uint32_t position) const {
  return ir::SiteText(scope.path, scope.graph->graph->name + "@" +
                                      std::to_string(scope.ir_region().ops[position].index));
}

void Run::Record(const Scope& scope, uint32_t position, RecordedEvent::Kind kind, std::string text,
                 int64_t ordinal) {
  if (request_.record == nullptr) return;
  request_.record->Add({RecordSite(scope, position), ordinal, kind, std::move(text)});
}

// The time of a `try` is over: how far its block came with what others can see.
void Run::RecordOver(const Scope& scope, uint32_t position) {
  if (request_.record == nullptr) return;
  RecordedEvent event;
  event.site = RecordSite(scope, position);
  event.kind = RecordedEvent::Kind::kOver;
  event.emits = scope.progress.at(position).emits;
  for (const Cost cost : kCosts) {
    if (scope.budget != nullptr) event.used[static_cast<size_t>(cost)] = scope.budget->Used(cost);
  }
  request_.record->Add(std::move(event));
}

bool Run::AnswerRecorded(Scope& scope, uint32_t position, const ir::Op& op) {
  if (request_.replay == nullptr) return false;
  const int64_t ordinal = op.kind == ir::OpKind::kTool ? scope.progress[position].round : 0;
  const RecordedEvent* event = request_.replay->Find(RecordSite(scope, position), ordinal);
  if (event == nullptr) {
    parked_.push_back({scope.id, position});
  } else {
    TakeRecorded(scope, position, *event);
  }
  return true;
}

void Run::TakeRecorded(Scope& scope, uint32_t position, const RecordedEvent& event) {
  using enum RecordedEvent::Kind;
  const ir::Op& op = scope.op(position);
  const ir::Program& program = *request_.plan->plan->program;
  if (op.kind == ir::OpKind::kTool) {
    if (event.kind == kAnswer) return TakeToolAnswer(scope, position, event.text);
    if (event.kind == kError) return ToolFailed(scope, position, "tool", event.text);
    if (event.kind == kTimeout) {
      const ir::ToolDecl& tool = *program.FindTool(op.attributes.name);
      const int64_t granted = tool.timeout_ms.value_or(kToolTimeoutMsDefault);
      return ToolFailed(scope, position, "timeout",
                        "no answer within " + std::to_string(granted) + " ms");
    }
  } else if (event.kind == kError && op.kind == ir::OpKind::kRetrieve) {
    return RetrieveFailed(scope, position, event.text);
  } else if (op.kind == ir::OpKind::kListen && (event.kind == kError || event.kind == kTimeout)) {
    return FailOp(scope, position,
                  MakeFailure(scope, op, event.kind == kError ? "listen" : "timeout", event.text));
  } else if (event.kind == kAnswer) {
    const ir::TypeId type = scope.graph->graph->value(op.results[0]).type;
    Result<ir::Value> value = ValueFromJson(program, type, event.text);
    if (value.ok()) {
      std::vector<ir::Value> results = {*std::move(value)};
      if (op.results.size() > 1) results.push_back(ir::Value::Effect());
      return FinishOp(scope, position, std::move(results));
    }
  }
  Abort(MakeFailure(scope, op, "replay",
                    "the record has no right answer for " + RecordSite(scope, position)));
}

// ---- Time ----

bool Run::EndsAtOnce(Scope& scope, uint32_t position) {
  if (request_.replay == nullptr) return false;
  const RecordedEvent* event = request_.replay->Find(RecordSite(scope, position), 0);
  if (event == nullptr || event->kind != RecordedEvent::Kind::kOver) return false;
  scope.progress[position].over = event;
  if (event->emits > 0) return false;
  EndOver(scope, position);
  return true;
}

// Counts an emit for the `try`s around it. True if one of them ends here.
bool Run::EndsBehindEmit(const Scope& scope) {
  if (request_.record == nullptr && request_.replay == nullptr) return false;
  OpRef over;
  for (const Scope* at = &scope; at->parent != kNoScope; at = Find(at->parent)) {
    Scope* parent = Find(at->parent);
    if (parent->op(at->owner.position).kind != ir::OpKind::kTry) continue;
    OpProgress& progress = parent->progress[at->owner.position];
    if (progress.handling) continue;
    ++progress.emits;
    // Of several the outermost: it ends the others, too.
    if (progress.over != nullptr && progress.emits == progress.over->emits) over = at->owner;
  }
  if (over.scope == kNoScope) return false;
  EndOver(*Find(over.scope), over.position);
  return true;
}

void Run::EndOver(Scope& scope, uint32_t position) {
  const RecordedEvent& event = *scope.progress[position].over;
  // What the block had used when its time was over counts on.
  for (const Cost cost : kCosts) {
    if (scope.budget == nullptr) break;
    const int64_t then = event.used[static_cast<size_t>(cost)];
    scope.budget->Charge(cost, then - scope.budget->Used(cost));
  }
  const ir::Op& op = scope.op(position);
  const auto time = NamedValue(scope, op, "time");
  TryIsOver(scope, position, time ? time->as_int() : 0);
}

// ---- The end ----

bool Run::FailParked() {
  if (parked_.empty() || done_ || WaitsForEngines()) return false;
  for (const OpRef ref : std::exchange(parked_, {})) {
    const Scope* scope = Find(ref.scope);
    if (scope == nullptr || scope->states[ref.position] != OpState::kRunning) continue;
    Abort(MakeFailure(*scope, scope->op(ref.position), "replay",
                      "the record has no answer for " + RecordSite(*scope, ref.position)));
    return true;
  }
  return false;
}

void Run::AddToHash(std::string_view text) {
  if (request_.record == nullptr && request_.replay == nullptr) return;
  // Pieces come as they come: their borders do not count.
  if (emitted_hash_ == 0) emitted_hash_ = kHashOffset;
  for (const char c : text)
    emitted_hash_ = (emitted_hash_ ^ static_cast<unsigned char>(c)) * kHashPrime;
}

// Ends the record, or compares with its end.
void Run::EndRecord() {
  if (request_.record == nullptr && request_.replay == nullptr) return;
  uint64_t hash = kHashOffset;
  if (result_.ok) {
    hash = Hashed(hash, ir::ToJsonText(result_.value));
    hash = Hashed(hash, HexOf(emitted_hash_));
  } else {
    // How much is out before a run fails is chance.
    hash = Hashed(Hashed(hash, result_.failure.kind), result_.failure.message);
    hash = Hashed(hash, result_.failure.site);
  }
  const RecordEnd end{result_.ok, HexOf(hash)};
  if (request_.record != nullptr) {
    if (result_.failure.kind != "cancelled" && result_.failure.kind != "internal")
      request_.record->end = end;
    result_.record = request_.record;
  }
  if (request_.replay == nullptr || !request_.replay->end) return;
  if (result_.failure.kind == "cancelled" || result_.failure.kind == "replay") return;
  const RecordEnd& then = *request_.replay->end;
  if (then.ok == end.ok && then.digest == end.digest) return;
  const std::string how = then.ok == end.ok ? "differs from what was recorded"
                          : then.ok
                              ? "failed, and the recorded run did not: " + result_.failure.message
                              : "did not fail, and the recorded run did";
  result_.ok = false;
  result_.value = ir::Value();
  result_.failure = {"replay", "the repeated run " + how, request_.function, {}};
}

}  // namespace lmp::exec
