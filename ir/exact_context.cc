#include "ir/exact_context.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ir/analysis.h"
#include "ir/reuse.h"

namespace lmp::ir {
namespace {

struct Reason {
  Span span;
  bool select = true;
};

bool MayBeApproximate(const Op& op) {
  if (op.kind != OpKind::kCtxInsert) return false;
  const std::optional<Reuse> reuse = ParseReuse(op.attributes.reuse);
  return reuse.has_value() && reuse->kind != ReuseKind::kPrefix;
}

// One function: which of its values must be exact, from uses back to definitions.
struct FunctionNeeds {
  std::map<uint32_t, Reason> values;  // by ValueId::index
  std::optional<Reason> result;       // a caller needs it exact
};

class Needs {
 public:
  explicit Needs(const Program& program)
      : program_(program), functions_(program.functions.size()) {}

  // Needs only grow, and there are finitely many values: ends.
  void Run() {
    do {
      changed_ = false;
      for (size_t f = 0; f < functions_.size(); ++f) Visit(f);
    } while (changed_);
  }

  const Reason* Of(size_t function, ValueId value) const {
    const auto found = functions_[function].values.find(value.index);
    return found == functions_[function].values.end() ? nullptr : &found->second;
  }

 private:
  void Need(size_t function, ValueId value, const Reason& reason) {
    if (!HoldsContext(program_, program_.functions[function].value(value).type)) return;
    changed_ |= functions_[function].values.try_emplace(value.index, reason).second;
  }

  void Visit(size_t f) {
    const Graph& graph = program_.functions[f];
    if (functions_[f].result.has_value()) {
      for (const ValueId yield : graph.body().yields) Need(f, yield, *functions_[f].result);
    }
    for (const Op& op : graph.ops) {
      if (op.kind == OpKind::kSelect) Need(f, op.operands[0], {op.span, true});
      if (op.kind == OpKind::kGen && op.attributes.exact) Need(f, op.operands[0], {op.span, false});
      for (size_t r = 0; r < op.results.size(); ++r) {
        if (const Reason* reason = Of(f, op.results[r])) NeedSources(f, op, r, Reason(*reason));
      }
      for (const RegionId region : op.regions) {
        const std::vector<ValueId>& params = graph.region(region).params;
        for (size_t p = 0; p < params.size(); ++p) {
          if (const Reason* reason = Of(f, params[p]))
            NeedParameter(f, op, region, p, Reason(*reason));
        }
      }
      if (op.kind == OpKind::kCall) VisitCall(f, op);
    }
  }

  // What result `r` is made of.
  void NeedSources(size_t f, const Op& op, size_t r, const Reason& reason) {
    const auto yields = [&](size_t first, size_t last) {
      for (const RegionId id : op.regions) {
        const std::vector<ValueId>& values = program_.functions[f].region(id).yields;
        for (size_t i = first; i <= last && i < values.size(); ++i) Need(f, values[i], reason);
      }
    };
    switch (op.kind) {
      case OpKind::kIf:
      case OpKind::kTry:
        return yields(r, r);
      case OpKind::kFor:
        yields(r, r);
        return Need(f, op.operands[r + 1], reason);
      case OpKind::kWhile:
        yields(r + 1, r + 1);
        return Need(f, op.operands[r], reason);
      case OpKind::kFork:
        return yields(0, 1);
      case OpKind::kCall: {
        for (const ValueId operand : op.operands) Need(f, operand, reason);
        const std::optional<size_t> callee = IndexOf(op.attributes.name);
        if (!callee.has_value() || functions_[*callee].result.has_value()) return;
        functions_[*callee].result = reason;
        changed_ = true;
        return;
      }
      default:
        for (const ValueId operand : op.operands) Need(f, operand, reason);
    }
  }

  // Where parameter `p` of an op's region comes from.
  void NeedParameter(size_t f, const Op& op, RegionId region, size_t p, const Reason& reason) {
    const std::vector<ValueId>& yields = program_.functions[f].region(region).yields;
    if (op.kind == OpKind::kTry) {
      if (region != op.regions[0]) return;
      // An attempt begins from the context before, or from that of a check that failed.
      Need(f, op.operands[0], reason);
      const Graph& graph = program_.functions[f];
      for (const OpId inner : OpsInside(graph, region)) {
        const Op& check = graph.op(inner);
        if (check.kind == OpKind::kCheck && check.operands.size() == 3)
          Need(f, check.operands[2], reason);
      }
    } else if (op.kind == OpKind::kFork || (op.kind == OpKind::kFor && p == 0)) {
      if (p == 0) Need(f, op.operands[0], reason);
    } else if (op.kind == OpKind::kFor) {
      Need(f, op.operands[p], reason);
      Need(f, yields[p - 1], reason);
    } else if (op.kind == OpKind::kWhile && p > 0) {
      Need(f, op.operands[p - 1], reason);
      Need(f, yields[p], reason);
    }
  }

  // What the callee's parameters need, the arguments need.
  void VisitCall(size_t f, const Op& op) {
    const std::optional<size_t> callee = IndexOf(op.attributes.name);
    if (!callee.has_value()) return;
    const std::vector<ValueId>& params = program_.functions[*callee].body().params;
    for (size_t i = 0; i < params.size() && i < op.operands.size(); ++i) {
      if (const Reason* reason = Of(*callee, params[i])) Need(f, op.operands[i], Reason(*reason));
    }
  }

  std::optional<size_t> IndexOf(std::string_view function) const {
    for (size_t f = 0; f < program_.functions.size(); ++f) {
      if (program_.functions[f].name == function) return f;
    }
    return std::nullopt;
  }

  const Program& program_;
  std::vector<FunctionNeeds> functions_;
  bool changed_ = false;
};

bool HasApproximateInsert(const Program& program) {
  for (const Graph& graph : program.functions) {
    for (const Op& op : graph.ops) {
      if (MayBeApproximate(op)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<MadeExact> MakeExactWhereNeeded(Program* program) {
  std::vector<MadeExact> made;
  if (!HasApproximateInsert(*program)) return made;
  Needs needs(*program);
  needs.Run();
  for (size_t f = 0; f < program->functions.size(); ++f) {
    for (Op& op : program->functions[f].ops) {
      if (!MayBeApproximate(op)) continue;
      const Reason* reason = needs.Of(f, op.results[0]);
      if (reason == nullptr) continue;
      op.attributes.reuse = "prefix";
      made.push_back({op.span, reason->span, reason->select});
    }
  }
  return made;
}

}  // namespace lmp::ir
