// What pure, context, call and region ops do. Ops that ask the engine are in run_model.cc.
#include <algorithm>
#include <numeric>
#include <utility>

#include "ir/analysis.h"
#include "ir/failure.h"
#include "ir/pure_op.h"
#include "ir/reuse.h"
#include "ir/run_stats.h"
#include "runtime/base/limits.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

using ir::OpKind;

namespace {

// Encoding a byte takes as long as copying so many.
constexpr size_t kTokenisedBytesWeight = 16;

// The bytes that a pure op looks through, beside what it makes.
size_t WorkOf(const ir::Op& op, const std::vector<ir::Value>& in) {
  const bool looks = op.kind == OpKind::kCallPure || op.kind == OpKind::kNarrow;
  // An item of a list is shared; a character of a text is counted up to.
  if (!looks || (op.attributes.name == "index" && in[0].is_list())) return 0;
  size_t bytes = 0;
  for (const ir::Value& value : in) bytes += ir::ValueBytes(value);
  // A pattern goes over the text with all that it may be in.
  if (op.attributes.name == "matches") bytes *= in[1].as_str().size();
  return bytes;
}

engine::ReusePolicy PolicyOf(const std::string& text) {
  const auto reuse = ir::ParseReuse(text);
  LMP_CHECK(reuse.has_value());  // the verifier has looked at it
  switch (reuse->kind) {
    case ir::ReuseKind::kLink:
      return engine::ReusePolicy::Link(static_cast<int>(reuse->rows));
    case ir::ReuseKind::kBlend:
      return engine::ReusePolicy::Blend(reuse->ratio);
    case ir::ReuseKind::kAuto:
      return engine::ReusePolicy::Auto();
    case ir::ReuseKind::kPrefix:
      break;
  }
  return engine::ReusePolicy::Prefix();
}

}  // namespace

void Run::CountTokenised(size_t bytes) { work_bytes_ += kTokenisedBytesWeight * bytes; }

void Run::Fire(Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  if (AnswerMocked(scope, position, op)) return;
  switch (ir::OpClassOf(op.kind)) {
    case ir::OpClass::kPure:
      FirePure(scope, position, op);
      return;
    case ir::OpClass::kContext:
      FireContext(scope, position, op);
      return;
    case ir::OpClass::kHint: {
      const ir::Value context = ValueOf(scope, op.operands[0]);
      static_cast<const ContextValue&>(*context.as_context()).retained.reset();
      FinishOp(scope, position, {});
      return;
    }
    case ir::OpClass::kModel:
      switch (op.kind) {
        case OpKind::kGen:
          FireGen(scope, position, op);
          return;
        case OpKind::kSelect:
          FireSelect(scope, position, op);
          return;
        case OpKind::kCtxOrder:
          FireOrder(scope, position, op);
          return;
        case OpKind::kCtxWarm:
          op.attributes.early ? FireEarly(scope, position, op) : FireWarm(scope, position, op);
          return;
        case OpKind::kTokens:
        case OpKind::kClip:
          FireCount(scope, position, op);
          return;
        default:
          FireCall(scope, position, op);
          return;
      }
    case ir::OpClass::kWorld:
      if (op.kind == OpKind::kTool) {
        FireTool(scope, position, op);
      } else if (op.kind == OpKind::kListen) {
        FireListen(scope, position, op);
      } else if (op.kind == OpKind::kStats) {
        FireStats(scope, position, op);
      } else {
        FireRetrieve(scope, position, op);
      }
      return;
    case ir::OpClass::kRegion:
      FireRegion(scope, position, op);
      return;
    case ir::OpClass::kCheck:
      FireCheck(scope, position, op);
      return;
    case ir::OpClass::kEffect:
      emits_.push_back({{scope.id, position}, 0});
      return;
  }
}

void Run::FirePure(Scope& scope, uint32_t position, const ir::Op& op) {
  std::vector<ir::Value> in;
  in.reserve(op.operands.size());
  for (const ir::ValueId v : op.operands) in.push_back(ValueOf(scope, v));
  work_bytes_ += WorkOf(op, in);
  Result<ir::Value> out =
      ir::EvaluatePureOp(*request_.plan->plan->program, op, *scope.graph->graph, in);
  if (!out.ok()) {
    const bool limit = out.status().code() == StatusCode::kResourceExhausted;
    FailOp(scope, position,
           MakeFailure(scope, op, limit ? "limit" : "value", out.status().message()));
    return;
  }
  FinishOp(scope, position, {std::move(out).value()});
}

void Run::FireContext(Scope& scope, uint32_t position, const ir::Op& op) {
  if (op.operands.size() > 1) {
    const size_t bytes = ValueOf(scope, op.operands[1]).as_str().size();
    const bool is_ready = scope.graph->ops[scope.ir_region().ops[position].index].text.has_value();
    if (!is_ready) CountTokenised(bytes);
    if (bytes > PlaceOf(scope).plan->prompt_bytes_max) {
      return FailOp(scope, position,
                    MakeFailure(scope, op, "overflow",
                                "a text of " + std::to_string(bytes) +
                                    " bytes is longer than any prompt of the model"));
    }
  }
  ContextRef out;
  if (op.kind == OpKind::kCtxEmpty) {
    out = MakerOf(scope).Empty();
  } else {
    const auto before =
        std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[0]).as_context());
    if (op.kind == OpKind::kCtxOpen) {
      out = MakerOf(scope).Open(*before, op.attributes.role, op.span, op.attributes.is_private);
    } else if (op.kind == OpKind::kCtxClose) {
      out = MakerOf(scope).Close(*before, op.attributes.role, op.span);
    } else if (op.kind == OpKind::kCtxInsert) {
      const bool named = op.operands.size() > 2;
      out = MakerOf(scope).Insert(*before, ValueOf(scope, op.operands[1]).as_str(),
                                  PolicyOf(op.attributes.reuse), op.span,
                                  named ? ValueOf(scope, op.operands[2]).as_str() : "");
    } else {
      const ir::OpId id = scope.ir_region().ops[position];
      const auto& ready = scope.graph->ops[id.index].text;
      const ir::OpId text_op = scope.graph->graph->value(op.operands[1]).op;
      const bool is_static =
          text_op.valid() && scope.graph->graph->op(text_op).kind == OpKind::kConst;
      out = MakerOf(scope).Append(*before, ValueOf(scope, op.operands[1]).as_str(),
                                  is_static ? SegmentKind::kStatic : SegmentKind::kDynamic, op.span,
                                  ready ? &*ready : nullptr);
    }
  }
  FinishOp(scope, position, {ir::Value::Context(std::move(out))});
}

// Greedy: of the passages that are left, the one with which the most of the prompt is cached goes
// next; once none adds to it, the rest keeps its order. False: the turn is over before that.
bool Run::ContinueOrder(Scope& scope, const ir::Op& op, Ordering* so_far) {
  // Each look-up walks the prompt so far: lists are cut here.
  constexpr size_t kOrderedMax = 32;
  Ordering& o = *so_far;
  const ir::Value& labels = ValueOf(scope, op.operands[1]);
  const ir::Value& texts = ValueOf(scope, op.operands[2]);
  const auto cached = [&](const ContextValue& c) {
    return EngineOf(scope).CachedTokens(c.tokens, TenantOf(c));
  };
  if (o.context == nullptr) {
    o.context =
        std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[0]).as_context());
    o.cached = o.left.size() > 1 ? cached(*o.context) : 0;
  }
  while (o.left.size() > 1 && o.order.size() < kOrderedMax) {
    for (; o.tried < std::min(o.left.size(), kOrderedMax); ++o.tried) {
      if (TurnIsOver()) return false;
      const std::string& label = labels.as_list()[o.left[o.tried]].as_str();
      const std::string& text = texts.as_list()[o.left[o.tried]].as_str();
      // No prompt with such a text is cached.
      if (label.size() + text.size() > PlaceOf(scope).plan->prompt_bytes_max) continue;
      CountTokenised(label.size() + text.size());
      const ContextRef labelled =
          MakerOf(scope).Append(*o.context, label, SegmentKind::kDynamic, op.span, nullptr);
      const ContextRef with =
          MakerOf(scope).Insert(*labelled, text, engine::ReusePolicy::Prefix(), op.span, "");
      const int found = cached(*with);
      if (found <= o.cached) continue;
      o.cached = found;
      o.best = with;
      o.chosen = o.tried;
    }
    if (o.best == nullptr) break;
    o.order.push_back(o.left[o.chosen]);
    o.left.erase(o.left.begin() + static_cast<std::ptrdiff_t>(o.chosen));
    o.context = std::exchange(o.best, nullptr);
    o.tried = 0;
  }
  return true;
}

void Run::FireOrder(Scope& scope, uint32_t position, const ir::Op& op) {
  if (AnswerRecorded(scope, position, op)) return;
  OpProgress& progress = scope.progress[position];
  if (progress.ordering == nullptr) {
    progress.ordering = std::make_unique<Ordering>();
    progress.ordering->left.resize(ValueOf(scope, op.operands[2]).as_list().size());
    std::iota(progress.ordering->left.begin(), progress.ordering->left.end(), size_t{0});
  }
  if (!ContinueOrder(scope, op, progress.ordering.get())) return GoOnNextTurn(scope, position);
  std::vector<size_t> order = std::move(progress.ordering->order);
  const std::vector<size_t>& left = progress.ordering->left;
  order.insert(order.end(), left.begin(), left.end());
  if (!std::is_sorted(order.begin(), order.end())) {
    ++result_.stats.reordered;
    if (request_.explain) result_.orders.push_back({op.span, order});
  }
  std::vector<ir::Value> indices;
  for (const size_t passage : order)
    indices.push_back(ir::Value::Int(static_cast<int64_t>(passage)));
  ir::Value found = ir::Value::List(std::move(indices));
  if (request_.record != nullptr)
    Record(scope, position, RecordedEvent::Kind::kAnswer, ir::ToJsonText(found));
  FinishOp(scope, position, {std::move(found)});
}

void Run::FireCount(Scope& scope, uint32_t position, const ir::Op& op) {
  const ir::Value& of = ValueOf(scope, op.operands[0]);
  if (of.is_str()) CountTokenised(of.as_str().size());
  if (op.kind == OpKind::kTokens) {
    const size_t tokens =
        of.is_context()
            ? MakerOf(scope).TokenCount(static_cast<const ContextValue&>(*of.as_context()))
            : MakerOf(scope).TokenCount(of.as_str());
    return FinishOp(scope, position, {ir::Value::Int(static_cast<int64_t>(tokens))});
  }
  const int64_t tokens = ValueOf(scope, op.operands[1]).as_int();
  if (const Status fits = ir::CheckClipTokens(tokens); !fits.ok())
    return FailOp(scope, position, MakeFailure(scope, op, "value", fits.message()));
  const std::string clipped(MakerOf(scope).Clip(of.as_str(), static_cast<size_t>(tokens)));
  FinishOp(scope, position, {ir::Value::Str(clipped)});
}

// What a run costs depends on what ran before it and beside it.
void Run::FireStats(Scope& scope, uint32_t position, const ir::Op& op) {
  if (AnswerRecorded(scope, position, op)) return;
  ir::Value stats = ir::RunStatsValue(CountsSoFar());
  Record(scope, position, RecordedEvent::Kind::kAnswer, ir::ToJsonText(stats), 0);
  FinishOp(scope, position, {std::move(stats)});
}

void Run::FireCall(Scope& scope, uint32_t position, const ir::Op& op) {
  const ir::Graph* function = request_.plan->plan->program->Find(op.attributes.name);
  LMP_CHECK(function != nullptr);
  const size_t place = PlaceFor(*function, scope.place);
  const BoundGraph* callee = places_[place].plan->Find(op.attributes.name);
  LMP_CHECK(callee != nullptr);
  std::vector<std::optional<ir::Value>> params;
  for (const ir::ValueId v : op.operands) {
    const Slot& slot = SlotOf(scope, v);
    params.push_back(slot.ready ? std::optional(slot.value) : std::nullopt);
  }
  // A call without an effect operand of a function that has the parameter: it emits nothing (the
  // verifier has made sure), so the token orders nothing.
  const bool no_effect_operand = params.size() + 1 == callee->graph->body().params.size();
  if (no_effect_operand) params.insert(params.begin(), ir::Value::Effect());
  OpProgress& progress = scope.progress[position];
  progress.children = {next_scope_};
  const ScopeId body = OpenScope(callee, ir::RegionId(0), scope.id, {scope.id, position}, 0,
                                 scope.path.WithCall(op.attributes.site), std::move(params), place);
  for (size_t i = 0; i < op.operands.size(); ++i) {
    if (!SlotOf(scope, op.operands[i]).ready)
      Forward(scope, op.operands[i], body, i + (no_effect_operand ? 1 : 0));
  }
}

void Run::FireRetrieve(Scope& scope, uint32_t position, const ir::Op& op) {
  const auto k = NamedValue(scope, op, "k");
  Retrieval retrieval;
  retrieval.corpus = request_.plan->plan->program->FindCorpus(op.attributes.name);
  LMP_CHECK(retrieval.corpus != nullptr);
  retrieval.query.k = k ? k->as_int() : kPassagesDefault;
  for (const ir::Value& text : ValueOf(scope, op.operands[0]).as_list())
    retrieval.query.texts.push_back(text.as_str());
  const Status asked = ir::CheckPassageQuery(retrieval.query);
  if (!asked.ok()) {
    const bool limit = asked.code() == StatusCode::kResourceExhausted;
    FailOp(scope, position, MakeFailure(scope, op, limit ? "limit" : "value", asked.message()));
    return;
  }
  if (AnswerRecorded(scope, position, op)) return;
  if (request_.retriever == nullptr || post_ == nullptr) {
    FailOp(scope, position, MakeFailure(scope, op, "retrieve", "this host has no corpora"));
    return;
  }
  OpProgress& progress = scope.progress[position];
  progress.cancelled = std::make_shared<std::atomic<bool>>(false);
  retrieval.cancelled = progress.cancelled;
  const uint64_t ticket = next_ticket_++;
  retrievals_[ticket] = {scope.id, position};
  // The plan holds the declaration that the retriever reads.
  request_.retriever->Start(std::move(retrieval), [post = post_, id = id(), ticket,
                                                   plan = request_.plan](Retriever::Answer answer) {
    post(RetrievedEvent{id, ticket, std::move(answer)});
  });
}

void Run::OnRetrieved(uint64_t ticket, Retriever::Answer answer) {
  const ir::ValueAccount::Use use(account_);
  const auto asked = TakeTicket(&retrievals_, ticket);
  if (!asked) return;
  const OpRef ref = *asked;
  Scope* scope = Find(ref.scope);
  if (!answer.ok()) {
    Record(*scope, ref.position, RecordedEvent::Kind::kError, answer.status().message());
    return RetrieveFailed(*scope, ref.position, answer.status().message());
  }
  std::vector<ir::Value> passages;
  for (const ir::Passage& passage : answer.value()) passages.push_back(ir::PassageValue(passage));
  ir::Value found = ir::Value::List(std::move(passages));
  if (request_.record != nullptr)
    Record(*scope, ref.position, RecordedEvent::Kind::kAnswer, ir::ToJsonText(found));
  FinishOp(*scope, ref.position, {std::move(found)});
}

void Run::RetrieveFailed(Scope& scope, uint32_t position, const std::string& message) {
  const ir::Op& op = scope.op(position);
  Failure failure = MakeFailure(scope, op, "retrieve", message);
  // What is wrong is where the passages come from.
  failure.span = request_.plan->plan->program->FindCorpus(op.attributes.name)->span;
  FailOp(scope, position, std::move(failure));
}

void Run::FireRegion(Scope& scope, uint32_t position, const ir::Op& op) {
  OpProgress& progress = scope.progress[position];
  if (op.kind == OpKind::kIf) {
    const bool condition = ValueOf(scope, op.operands[0]).as_bool();
    progress.children = {next_scope_};
    OpenScope(scope.graph, op.regions[condition ? 0 : 1], scope.id, {scope.id, position}, 0,
              scope.path, {});
    return;
  }
  if (op.kind == OpKind::kTry) return FireTry(scope, position, op);
  if (op.kind == OpKind::kWhile) {
    progress.limit = NamedValue(scope, op, "limit")->as_int();
    for (const ir::ValueId v : op.operands) progress.carried.push_back(ValueOf(scope, v));
    NextRound(scope, position);
    return;
  }
  if (op.kind == OpKind::kFork) return FireFork(scope, position, op);
  progress.list = ValueOf(scope, op.operands[0]);
  for (size_t i = 1; i < op.operands.size(); ++i)
    progress.carried.push_back(ValueOf(scope, op.operands[i]));
  NextRound(scope, position);
}

void Run::FireFork(Scope& scope, uint32_t position, const ir::Op& op) {
  OpProgress& progress = scope.progress[position];
  progress.running_max = kForkChildrenMax;
  if (const auto most = NamedValue(scope, op, "max_parallel")) {
    progress.running_max = static_cast<size_t>(std::max<int64_t>(1, most->as_int()));
  }
  progress.growing = true;
  growing_.push_back({scope.id, position});
  GrowFork(scope, position);
}

// Opens the next body of a for or while, or finishes the op.
void Run::NextRound(Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  const bool is_for = op.kind == OpKind::kFor;
  const int64_t rounds =
      is_for ? static_cast<int64_t>(progress.list.as_list().size()) : progress.limit;
  if (progress.round >= rounds) {
    FinishOp(scope, position, std::exchange(progress.carried, {}));
    return;
  }
  std::vector<std::optional<ir::Value>> params;
  params.push_back(is_for ? progress.list.as_list()[static_cast<size_t>(progress.round)]
                          : ir::Value::Int(progress.round));
  for (ir::Value& v : std::exchange(progress.carried, {})) params.push_back(std::move(v));
  progress.children = {next_scope_};
  const int64_t round = progress.round++;
  OpenScope(scope.graph, op.regions[0], scope.id, {scope.id, position}, static_cast<size_t>(round),
            scope.path.WithIndex(round), std::move(params));
}

// Opens children while it may and there is room, one at least; the end of a child opens more.
// Behind one that has failed, none.
void Run::StartForkChildren(Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  while (progress.running < progress.running_max &&
         progress.next_child < progress.elements.size() &&
         (progress.running == 0 || HasRoomForScope())) {
    const size_t next = progress.next_child++;
    const size_t i = progress.order.empty() ? next : progress.order[next];
    if (progress.failed_child && i > *progress.failed_child) continue;
    ++progress.running;
    progress.started[i] = true;
    progress.children[i] = next_scope_;
    OpenScope(scope.graph, op.regions[0], scope.id, {scope.id, position}, i,
              scope.path.WithIndex(static_cast<int64_t>(i)),
              {progress.elements[i], ir::Value::Int(static_cast<int64_t>(i))});
    if (!progress.shares.empty()) Find(progress.children[i])->budget = progress.shares[i];
  }
}

// What the first children used; what became of those behind a failing one is chance.
void Run::ChargeShares(const Scope& scope, const OpProgress& progress, size_t children) {
  for (size_t i = 0; i < std::min(children, progress.shares.size()); ++i) {
    for (const Cost cost : kCosts) scope.budget->Charge(cost, progress.shares[i]->Used(cost));
  }
}

// Goes on with a fork as far as it can: fails, opens children, or finishes.
void Run::SettleFork(Scope& scope, uint32_t position) {
  OpProgress& progress = scope.progress[position];
  StartForkChildren(scope, position);
  if (progress.failed_child) {
    // The first that fails counts, so those before it come to their end.
    for (size_t i = 0; i < *progress.failed_child; ++i) {
      if (!progress.started[i] || progress.children[i] != kNoScope) return;
    }
    Failure failure = std::move(progress.failure);
    ChargeShares(scope, progress, *progress.failed_child + 1);
    FailOp(scope, position, std::move(failure));
    return;
  }
  if (progress.running > 0 || progress.growing) return;
  ChargeShares(scope, progress, progress.shares.size());
  std::vector<ir::Value> out;
  for (size_t i = 0; i < progress.yielded.size(); ++i) {
    if (progress.yielded[i] && progress.kept[i]) out.push_back(std::move(*progress.yielded[i]));
  }
  FinishOp(scope, position, {ir::Value::List(std::move(out))});
}

void Run::ScopeEnded(ScopeId id, std::vector<ir::Value> yields) {
  Scope& ended = *Find(id);
  const OpRef owner = ended.owner;
  const size_t child = ended.child_index;
  const bool callee_effect = ended.region.index == 0 && ended.graph->graph->effectful;
  CloseScope(id);
  Scope* parent = Find(owner.scope);
  if (parent == nullptr) {
    result_.ok = true;
    if (yields.size() > (callee_effect ? 1u : 0u)) result_.value = std::move(yields[0]);
    done_ = true;
    return;
  }
  const ir::Op& op = parent->op(owner.position);
  OpProgress& progress = parent->progress[owner.position];
  switch (op.kind) {
    case OpKind::kCall:
      if (yields.size() == op.results.size() + 1) yields.pop_back();  // effect nobody orders by
      progress.children.clear();
      FinishOp(*parent, owner.position, std::move(yields));
      return;
    case OpKind::kTry:
    case OpKind::kIf:
      progress.children.clear();
      FinishOp(*parent, owner.position, std::move(yields));
      return;
    case OpKind::kFor:
      progress.children.clear();
      progress.carried = std::move(yields);
      NextRound(*parent, owner.position);
      return;
    case OpKind::kWhile: {
      const bool go_on = yields[0].as_bool();
      yields.erase(yields.begin());
      progress.children.clear();
      progress.carried = std::move(yields);
      if (!go_on) progress.limit = progress.round;
      NextRound(*parent, owner.position);
      return;
    }
    case OpKind::kFork:
      progress.children[child] = kNoScope;
      --progress.running;
      if (op.attributes.filtered) progress.kept[child] = yields[0].as_bool();
      progress.yielded[child] = std::move(yields.back());
      SettleFork(*parent, owner.position);
      return;
    default:
      LMP_CHECK(false);
  }
}

}  // namespace lmp::exec
