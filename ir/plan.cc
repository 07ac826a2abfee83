#include "ir/plan.h"

#include <algorithm>
#include <map>

#include "ir/analysis.h"
#include "ir/bound_reader.h"
#include "ir/live_contexts.h"
#include "ir/print.h"
#include "ir/type_bytes.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

uint64_t DigestOf(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

bool AsksItself(OpKind kind) { return kind == OpKind::kGen || kind == OpKind::kSelect; }

class Planner {
 public:
  Planner(const Plan& plan, const Graph& graph, const CheckingFunctions& checking)
      : plan_(plan),
        program_(*plan.program),
        graph_(graph),
        checking_(checking),
        reader_(*plan.program, graph) {}

  GraphPlan Run() {
    out_.stages.assign(graph_.ops.size(), 0);
    out_.asks.assign(graph_.ops.size(), false);
    CountReaders();
    FindAsking();
    FindChecking();
    StageRegion(RegionId(0));
    FindPrefixes();
    out_.bounds = BoundRegion(graph_.body());
    BoundContexts();
    return std::move(out_);
  }

 private:
  void CountReaders() {
    const UseIndex uses(graph_);
    for (uint32_t i = 0; i < graph_.values.size(); ++i) {
      const std::vector<Use>& of = uses.of(ValueId(i));
      out_.readers.push_back(
          static_cast<uint32_t>(std::count_if(of.begin(), of.end(), [this](const Use& use) {
            return !use.op.valid() || graph_.op(use.op).kind != OpKind::kCtxDrop;
          })));
    }
  }

  void FindAsking() {
    // Inner ops come after the op that owns their region: backwards, they are known first.
    const std::vector<OpId> ops = OpsInside(graph_, RegionId(0));
    for (auto id = ops.rbegin(); id != ops.rend(); ++id) {
      const Op& op = graph_.op(*id);
      bool asks = AsksItself(op.kind);
      if (op.kind == OpKind::kCall) {
        const GraphPlan* callee = plan_.Find(op.attributes.name);
        asks = callee->bounds.questions.constant() != 0;
      }
      asks = asks || out_.asks[id->index];
      out_.asks[id->index] = asks;
      const OpId owner = graph_.region(op.parent).owner;
      if (asks && owner.valid()) out_.asks[owner.index] = true;
    }
  }

  void FindChecking() {
    out_.checks.assign(graph_.ops.size(), false);
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      if (!ChecksItself(graph_.op(id), checking_)) continue;
      OpId at = id;
      for (;;) {
        out_.checks[at.index] = true;
        const RegionId region = graph_.op(at).parent;
        const OpId owner = graph_.region(region).owner;
        if (!owner.valid()) break;
        if (Handles(graph_.op(owner), region)) break;
        at = owner;
      }
    }
  }

  // The op of `region` that makes `value` there, or in which it is made; invalid if it comes in.
  OpId MakerIn(RegionId region, ValueId value) const {
    OpId op = graph_.value(value).op;
    if (!op.valid() || graph_.op(op).parent != region) return OpId();
    return op;
  }

  void StageRegion(RegionId region) {
    for (const OpId id : graph_.region(region).ops) {
      uint32_t stage = 0;
      const auto after = [&](ValueId value) {
        const OpId maker = MakerIn(region, value);
        if (maker.valid())
          stage = std::max(stage, out_.stages[maker.index] + (out_.asks[maker.index] ? 1u : 0u));
      };
      const Op& op = graph_.op(id);
      for (const ValueId operand : op.operands) after(operand);
      for (const NamedOperand& operand : op.named) after(operand.value);
      for (const RegionId inner : op.regions) {
        for (const OpId user : OpsInside(graph_, inner)) {
          for (const ValueId operand : graph_.op(user).operands) after(operand);
          for (const NamedOperand& operand : graph_.op(user).named) after(operand.value);
        }
        for (const ValueId yield : graph_.region(inner).yields) after(yield);
      }
      out_.stages[id.index] = stage;
      for (const RegionId inner : op.regions) StageRegion(inner);
    }
  }

  // The segments of a context made from ctx.empty by constants only.
  void FindPrefixes() {
    std::map<ValueId, StaticPrefix> known;
    std::vector<ValueId> in_order;
    std::map<ValueId, bool> continued;  // by something that is no longer static
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      const Op& op = graph_.op(id);
      const auto before = op.operands.empty() ? known.end() : known.find(op.operands[0]);
      StaticPrefix prefix;
      bool is_static = op.kind == OpKind::kCtxEmpty;
      if (before != known.end() && OpClassOf(op.kind) == OpClass::kContext) {
        const Value* text =
            op.kind == OpKind::kCtxText ? ConstantOf(graph_, op.operands[1]) : nullptr;
        // A passage is a unit of its own: stored and reused apart from what is before it.
        is_static =
            op.kind != OpKind::kCtxInsert && (op.kind != OpKind::kCtxText || text != nullptr);
        if (is_static) {
          prefix = before->second;
          prefix.segments.push_back(
              {op.kind, op.attributes.role, text == nullptr ? "" : text->as_str()});
          prefix.text_bytes += prefix.segments.back().text.size();
        }
      } else if (before != known.end() && op.kind == OpKind::kCtxWarm) {
        prefix = before->second;
        is_static = true;
      }
      if (is_static) {
        prefix.context = op.results[0];
        in_order.push_back(prefix.context);
        known.emplace(prefix.context, std::move(prefix));
      } else {
        Continue(op, &continued);
      }
    }
    for (const ValueId yield : graph_.body().yields) continued[yield] = true;
    for (const ValueId context : in_order) {
      const bool ends = continued.count(context) > 0;
      if (ends && known[context].text_bytes > 0) out_.prefixes.push_back(known[context]);
    }
  }

  void Continue(const Op& op, std::map<ValueId, bool>* continued) const {
    if (op.kind == OpKind::kCtxDrop) return;
    for (const ValueId operand : op.operands) (*continued)[operand] = true;
    for (const RegionId region : op.regions) {
      for (const ValueId yield : graph_.region(region).yields) (*continued)[yield] = true;
    }
  }

  // ---- Bounds ----

  void BoundContexts() {
    Bounds& bounds = out_.bounds;
    const Bound contexts = LiveContexts(graph_, out_.asks, reader_, [&](const Op& op) {
      return plan_.Find(op.attributes.name)->bounds.contexts.With(reader_.GivenTo(op));
    });
    bounds.contexts = Either(contexts, bounds.questions);
    if (!bounds.contexts.known() && bounds.reason.empty()) bounds.reason = "nested forks";
  }

  static Bounds Of(Bound questions, Bound tokens, std::string reason = "") {
    return {std::move(questions), std::move(tokens), {}, std::move(reason)};
  }

  Bounds BoundRegion(const Region& region) {
    Bounds total = Of(0, 0);
    for (const OpId id : region.ops) {
      const Bounds bounds = BoundOp(id);
      total.questions = total.questions + bounds.questions;
      total.tokens = total.tokens + bounds.tokens;
      if (total.reason.empty()) total.reason = bounds.reason;
    }
    return total;
  }

  Bounds BoundOp(OpId id) {
    const Op& op = graph_.op(id);
    switch (op.kind) {
      case OpKind::kGen:
        return BoundGen(op);
      case OpKind::kSelect:
        return Of(1, 0);
      case OpKind::kCall:
        return BoundCall(op);
      case OpKind::kIf: {
        const Bounds a = BoundRegion(graph_.region(op.regions[0]));
        const Bounds b = BoundRegion(graph_.region(op.regions[1]));
        return Of(Larger(a.questions, b.questions), Larger(a.tokens, b.tokens),
                  a.reason.empty() ? b.reason : a.reason);
      }
      case OpKind::kTry:
        return BoundTry(id);
      case OpKind::kFor:
      case OpKind::kFork:
        return Repeat(op, reader_.Items(op.operands[0]));
      case OpKind::kWhile:
        return Repeat(op, reader_.Number(NamedOperandOf(op, "limit")));
      default:
        return Of(0, 0);
    }
  }

  Bounds BoundCall(const Op& op) const {
    Bounds bounds = plan_.Find(op.attributes.name)->bounds;
    const auto given = reader_.GivenTo(op);
    bounds.questions = bounds.questions.With(given);
    bounds.tokens = bounds.tokens.With(given);
    if (bounds.questions.known() && bounds.tokens.known()) {
      bounds.reason.clear();
    } else {
      const std::string why = bounds.reason.empty() ? "what it is given" : bounds.reason;
      bounds.reason = "call of " + op.attributes.name + ": " + why;
    }
    return bounds;
  }

  Bounds BoundGen(const Op& op) const {
    const ValueId max = NamedOperandOf(op, "max");
    const Value* configured = program_.FindConfig("max");
    Bound tokens =
        configured != nullptr && configured->is_int() ? configured->as_int() : kStringTokensDefault;
    if (max.valid()) tokens = reader_.Number(max);
    // A token has a byte or more, but for the one that ends the text. How long a float is written
    // is left to the model.
    const TypeBytes bytes(program_);
    if (!bytes.HoldsFloat(op.attributes.type))
      tokens = Either(tokens, bytes.Of(op.attributes.type, false) + 1);
    return Of(1, tokens, tokens.known() ? "" : "max of " + op.attributes.site);
  }

  // All attempts and the fallback; a budget bounds the attempts together.
  Bounds BoundTry(OpId id) {
    const Op& op = graph_.op(id);
    const auto number = [&](const char* name) -> Bound {
      const ValueId value = NamedOperandOf(op, name);
      return value.valid() ? reader_.Number(value) : Bound();
    };
    const Bound attempts = reader_.Attempts(op);
    Bounds bounds = BoundRegion(graph_.region(op.regions[0]));
    bounds.questions = bounds.questions * attempts;
    bounds.tokens = bounds.tokens * attempts;
    const Bound calls = number("calls"), tokens = number("tokens");
    if (calls.known() || tokens.known()) out_.tries.push_back({id, bounds});
    bounds.questions = Either(bounds.questions, calls);
    bounds.tokens = Either(bounds.tokens, tokens);
    if (bounds.questions.known() && bounds.tokens.known()) {
      bounds.reason.clear();
    } else if (bounds.reason.empty()) {
      bounds.reason = "try with retries";
    }
    if (op.regions.size() == 1) return bounds;
    const Bounds fallback = BoundRegion(graph_.region(op.regions[1]));
    return Of(bounds.questions + fallback.questions, bounds.tokens + fallback.tokens,
              bounds.reason.empty() ? fallback.reason : bounds.reason);
  }

  Bounds Repeat(const Op& op, const Bound& rounds) {
    Bounds bounds = BoundRegion(graph_.region(op.regions[0]));
    const bool known = bounds.questions.known() && bounds.tokens.known();
    bounds.questions = bounds.questions * rounds;
    bounds.tokens = bounds.tokens * rounds;
    if (known && (!bounds.questions.known() || !bounds.tokens.known()))
      bounds.reason = reader_.Counted(op);
    return bounds;
  }

  const Plan& plan_;
  const Program& program_;
  const Graph& graph_;
  const CheckingFunctions& checking_;
  const BoundReader reader_;
  GraphPlan out_;
};

}  // namespace

const GraphPlan* Plan::Find(std::string_view function) const {
  for (size_t i = 0; i < graphs.size(); ++i) {
    if (program->functions[i].name == function) return &graphs[i];
  }
  return nullptr;
}

uint64_t Plan::ComputeDigest() const { return DigestOf(Print(*program)); }

Result<PlanRef> MakePlan(ProgramRef program, const PassOptions& options) {
  LMP_TRY(PassOutcome outcome, RunPasses(*program, options));
  auto plan = std::make_shared<Plan>();
  plan->program = std::make_shared<const Program>(std::move(outcome.program));
  plan->lowered = std::move(program);
  plan->passes = std::move(outcome.reports);
  const CheckingFunctions checking = FunctionsThatCheck(*plan->program);
  for (const Graph& graph : plan->program->functions) {
    // Callees stand before callers, so their plans are there.
    GraphPlan graph_plan = Planner(*plan, graph, checking).Run();
    plan->graphs.push_back(std::move(graph_plan));
  }
  return PlanRef(std::move(plan));
}

}  // namespace lmp::ir
