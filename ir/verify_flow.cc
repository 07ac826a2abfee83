// Rules on values over paths: effects, messages, drops. Structure and types are known to be right.
#include <algorithm>
#include <map>
#include <optional>

#include "ir/analysis.h"
#include "ir/verify_rules.h"

namespace lmp::ir {
namespace {

// Rule 5 on one function: on every path an effect has exactly one consumer.
class EffectCheck {
 public:
  explicit EffectCheck(const VerifyState& state)
      : state_(state), graph_(state.graph), uses_(graph_.values.size()) {}

  void Run() {
    Walk(RegionId(0), 0);
    for (const ValueId value : effects_) CheckOne(value);
  }

 private:
  void Define(ValueId value) {
    if (state_.Is(value, TypeKind::kEffect)) effects_.push_back(value);
  }
  void Use(ValueId value, RegionId region) {
    if (state_.Is(value, TypeKind::kEffect)) uses_[value.index].push_back(region);
  }

  void Walk(RegionId id, int depth) {
    depth_[id] = depth;
    const Region& region = graph_.region(id);
    for (const ValueId param : region.params) Define(param);
    for (const OpId op_id : region.ops) {
      const Op& op = graph_.op(op_id);
      for (const ValueId operand : op.operands) Use(operand, id);
      for (const RegionId inner : op.regions) Walk(inner, depth + 1);
      for (const ValueId result : op.results) Define(result);
    }
    for (const ValueId yield : region.yields) Use(yield, id);
  }

  // Folds the uses from the innermost region outwards: the two arms of an `if` or `try` count once
  // and must agree; no other region may use an effect from outside of it.
  void CheckOne(ValueId value) {
    const RegionId home = DefiningRegion(graph_, value);
    std::map<RegionId, int> counts;
    for (const RegionId region : uses_[value.index]) ++counts[region];
    for (;;) {
      const auto deepest = std::max_element(
          counts.begin(), counts.end(),
          [this](const auto& a, const auto& b) { return depth_[a.first] < depth_[b.first]; });
      if (deepest == counts.end() || deepest->first == home) break;
      const Op& owner = graph_.op(graph_.region(deepest->first).owner);
      if (owner.kind != OpKind::kIf && owner.kind != OpKind::kTry) {
        return state_.Report(owner.kind == OpKind::kFork ? 3 : 5, owner,
                             "captures an effect of the region around it");
      }
      const int in_first = counts[owner.regions[0]];
      if (in_first != counts[owner.regions.back()])
        return state_.Report(5, owner, "consumes an effect in one arm only");
      for (const RegionId arm : owner.regions) counts.erase(arm);
      counts[owner.parent] += in_first;
    }
    const int count = counts.count(home) > 0 ? counts[home] : 0;
    if (count == 1) return;
    const OpId op = graph_.value(value).op;
    state_.Report(5, op.valid() ? graph_.op(op).span : graph_.span,
                  "an effect has " + std::to_string(count) + " consumers instead of one");
  }

  const VerifyState& state_;
  const Graph& graph_;
  std::vector<std::vector<RegionId>> uses_;
  std::vector<ValueId> effects_;
  std::map<RegionId, int> depth_;
};

// Rule 13. The state of a context: no message open, one open, or unknown (undef, which no path
// reads). Messages do not nest. What leaves a function, or goes into a list, a record or a call,
// has none open.
struct MessageState {
  enum class Kind : uint8_t { kClosed, kOpen, kAny } kind = Kind::kClosed;
  Role role = Role::kUser;
  bool operator==(const MessageState&) const = default;
};

class MessageCheck {
 public:
  explicit MessageCheck(const VerifyState& state)
      : state_(state), graph_(state.graph), states_(graph_.values.size()) {}

  void Run() {
    Walk(graph_.body());
    for (const ValueId yield : graph_.body().yields) {
      if (Open(yield)) state_.Report(13, graph_.span, "it returns a context with an open message");
    }
  }

 private:
  using Kind = MessageState::Kind;
  bool IsContext(ValueId value) const { return state_.Is(value, TypeKind::kCtx); }
  MessageState& Of(ValueId value) { return states_[value.index]; }
  bool Open(ValueId value) { return IsContext(value) && Of(value).kind == Kind::kOpen; }

  void Walk(const Region& region) {
    for (const OpId id : region.ops) WalkOp(graph_.op(id));
  }

  void WalkOp(const Op& op) {
    switch (op.kind) {
      case OpKind::kUndef:
        if (IsContext(op.results[0])) Of(op.results[0]).kind = Kind::kAny;
        return;
      case OpKind::kCtxOpen: {
        if (Open(op.operands[0])) state_.Report(13, op, "opens a message inside a message");
        Of(op.results[0]) = {Kind::kOpen, op.attributes.role};
        return;
      }
      case OpKind::kCtxClose: {
        const MessageState before = Of(op.operands[0]);
        const bool fits =
            before.kind == Kind::kAny || before == MessageState{Kind::kOpen, op.attributes.role};
        if (!fits) state_.Report(13, op, "closes a message of a role that is not open");
        Of(op.results[0]) = {Kind::kClosed, Role::kUser};
        return;
      }
      case OpKind::kCtxText:
      case OpKind::kCtxInsert:
      case OpKind::kGen:
      case OpKind::kSelect: {
        const MessageState before = Of(op.operands[0]);
        const bool any_role = OpClassOf(op.kind) == OpClass::kContext;
        const bool fits =
            before.kind == Kind::kAny ||
            (before.kind == Kind::kOpen && (any_role || before.role == Role::kAssistant));
        if (!fits) {
          state_.Report(
              13, op,
              any_role ? "stands outside a message" : "stands outside an assistant message");
        }
        Of(op.results.back()) = before;
        return;
      }
      case OpKind::kCtxWarm:
        Of(op.results[0]) = Of(op.operands[0]);
        return;
      case OpKind::kIf:
        return WalkArms(op);
      case OpKind::kTry:
        if (!op.operands.empty() && Open(op.operands[0]))
          state_.Report(13, op, "tries again behind an open message");
        return WalkArms(op);
      case OpKind::kCheck:
        if (op.operands.size() == 3 && Open(op.operands[2]))
          state_.Report(13, op, "takes a context with an open message");
        return;
      case OpKind::kFor:
        return WalkLoop(op, 1, 0);
      case OpKind::kWhile:
        return WalkLoop(op, 0, 1);
      case OpKind::kFork: {
        const Region& region = graph_.region(op.regions[0]);
        Walk(region);
        if (Open(region.yields.back()))
          state_.Report(13, op, "yields a context with an open message");
        return;
      }
      case OpKind::kListMake:
      case OpKind::kRecordMake:
      case OpKind::kNarrow:
      case OpKind::kUnionMake:
      case OpKind::kCall:
      case OpKind::kTokens:
      case OpKind::kCallPure:
        for (const ValueId operand : op.operands) {
          if (Open(operand)) state_.Report(13, op, "takes a context with an open message");
        }
        return;
      default:
        return;
    }
  }

  // What holds after either of two paths; nullopt if they differ.
  static std::optional<MessageState> Meet(MessageState a, MessageState b) {
    if (a.kind == Kind::kAny) return b;
    if (b.kind == Kind::kAny || a == b) return a;
    return std::nullopt;
  }

  void WalkArms(const Op& op) {
    for (const RegionId region : op.regions) Walk(graph_.region(region));
    const std::vector<ValueId>& then_yields = graph_.region(op.regions[0]).yields;
    const std::vector<ValueId>& else_yields = graph_.region(op.regions.back()).yields;
    for (size_t i = 0; i < op.results.size(); ++i) {
      if (!IsContext(op.results[i])) continue;
      const auto met = Meet(Of(then_yields[i]), Of(else_yields[i]));
      if (!met) state_.Report(13, op, "has arms that leave different messages open");
      Of(op.results[i]) = met.value_or(MessageState{Kind::kAny, Role::kUser});
    }
  }

  void WalkLoop(const Op& op, size_t operand, size_t yield) {
    const Region& region = graph_.region(op.regions[0]);
    for (size_t i = 1; i < region.params.size(); ++i) {
      if (IsContext(region.params[i])) Of(region.params[i]) = Of(op.operands[operand + i - 1]);
    }
    Walk(region);
    for (size_t i = 1; i < region.params.size(); ++i) {
      if (!IsContext(region.params[i])) continue;
      const auto met = Meet(Of(region.params[i]), Of(region.yields[yield + i - 1]));
      if (!met)
        state_.Report(13, op, "carries a context whose open message changes from round to round");
      Of(op.results[i - 1]) = met.value_or(MessageState{Kind::kAny, Role::kUser});
    }
  }

  const VerifyState& state_;
  const Graph& graph_;
  std::vector<MessageState> states_;
};

// Rule 18. A context may be dropped in the region that defines it, or in an arm of an `if` there
// (other regions run again or side by side), and nothing behind the drop may use it.
void CheckDrop(const VerifyState& state, const UseIndex& uses, OpId id) {
  const Graph& graph = state.graph;
  const Op& op = graph.op(id);
  const RegionId home = DefiningRegion(graph, op.operands[0]);
  for (RegionId at = op.parent; at != home; at = ParentOf(graph, at)) {
    if (graph.op(graph.region(at).owner).kind != OpKind::kIf) {
      return state.Report(18, op, "drops a context of a region around a loop or fork");
    }
  }
  for (const Use& use : uses.of(op.operands[0])) {
    if (use.op != id && uses.Behind(use, id))
      return state.Report(18, op, "drops a context that is used behind it");
  }
}

}  // namespace

void CheckEffects(const VerifyState& state) { EffectCheck(state).Run(); }
void CheckMessages(const VerifyState& state) { MessageCheck(state).Run(); }

void CheckDrops(const VerifyState& state) {
  const UseIndex uses(state.graph);
  for (const OpId op : OpsInside(state.graph, RegionId(0))) {
    if (state.graph.op(op).kind == OpKind::kCtxDrop) CheckDrop(state, uses, op);
  }
}

}  // namespace lmp::ir
