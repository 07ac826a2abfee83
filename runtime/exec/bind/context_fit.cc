#include "runtime/exec/bind/context_fit.h"

#include <algorithm>
#include <string>

#include "runtime/exec/bind/fixed_text.h"
#include "runtime/exec/bind/type_length.h"

namespace lmp::exec {
namespace {

using ir::Op;
using ir::OpId;
using ir::OpKind;
using ir::RegionId;
using ir::ValueId;

class Fit {
 public:
  Fit(const BoundPlan& plan, const BoundGraph& bound, int64_t context_max, int64_t longest_token,
      std::vector<Diagnostic>* diagnostics)
      : plan_(plan),
        bound_(bound),
        graph_(*bound.graph),
        context_max_(context_max),
        longest_token_(longest_token),
        diagnostics_(diagnostics),
        least_(graph_.values.size(), 0),
        told_(graph_.values.size(), false) {}

  void Walk(RegionId region) {
    for (const OpId id : graph_.region(region).ops) {
      const Op& op = graph_.op(id);
      if (!op.regions.empty()) {
        WalkRegions(op);
      } else if (IsContextOf(op)) {
        const size_t result = op.results.back().index;
        least_[result] = LeastOf(id, op);
        if (!op.operands.empty()) Check(op, op.operands[0].index, result);
      }
    }
  }

 private:
  static bool IsContextOf(const Op& op) {
    const ir::OpClass of = ir::OpClassOf(op.kind);
    const bool asks = op.kind == OpKind::kGen || op.kind == OpKind::kSelect;
    return of == ir::OpClass::kContext || asks || op.kind == OpKind::kCtxWarm;
  }

  // A loop begins with what it is given; what is carried on may be shorter or longer.
  void WalkRegions(const Op& op) {
    const bool carries =
        op.kind == OpKind::kFor || op.kind == OpKind::kWhile || op.kind == OpKind::kTry;
    const size_t list = op.kind == OpKind::kFor ? 1 : 0;
    for (const RegionId region : op.regions) {
      const std::vector<ValueId>& params = graph_.region(region).params;
      const size_t first = op.kind == OpKind::kTry ? 0 : 1;  // behind the element or the round
      for (size_t i = first; carries && region == op.regions[0] && i < params.size(); ++i)
        least_[params[i].index] = least_[op.operands[list + i - first].index];
      Walk(region);
    }
    for (size_t i = 0; i < op.results.size(); ++i) {
      const size_t behind = op.kind == OpKind::kWhile ? 1 : 0;
      int64_t least = INT64_MAX;
      for (const RegionId region : op.regions) {
        const std::vector<ValueId>& yields = graph_.region(region).yields;
        least = i + behind < yields.size() ? std::min(least, least_[yields[i + behind].index]) : 0;
      }
      const bool loop = op.kind == OpKind::kFor || op.kind == OpKind::kWhile;
      if (loop) least = std::min(least, least_[op.operands[list + i].index]);
      least_[op.results[i].index] = least;
    }
  }

  int64_t LeastOf(OpId id, const Op& op) const {
    if (op.kind == OpKind::kCtxEmpty) {
      const text::TokenizerSpec& spec = plan_.tokenizer->spec();
      return spec.add_bos && spec.bos >= 0 ? 1 : 0;
    }
    const int64_t before = least_[op.operands[0].index];
    switch (op.kind) {
      case OpKind::kCtxOpen: {
        const auto& header = plan_.format.header(static_cast<text::Role>(op.attributes.role));
        return before + static_cast<int64_t>(header.ids.size());
      }
      case OpKind::kCtxClose:
        return before + static_cast<int64_t>(plan_.format.footer.ids.size());
      case OpKind::kCtxText: {
        if (const auto& text = bound_.ops[id.index].text)
          return before + static_cast<int64_t>(text->tokens.size() + text->tail.size() / Longest());
        const std::string* text = ConstText(graph_, op.operands[1]);
        return before + (text == nullptr ? 0 : static_cast<int64_t>(text->size() / Longest()));
      }
      case OpKind::kGen:
        return before + Answer(op);
      default:
        return before;
    }
  }

  size_t Longest() const { return static_cast<size_t>(longest_token_); }
  // Tokens of the shortest value.
  int64_t Answer(const Op& op) const {
    const int64_t bytes = ShortestText(*plan_.plan->program, op.attributes.type);
    return (bytes + longest_token_ - 1) / longest_token_;
  }

  // Only what is asked must fit; a text says so earlier.
  void Check(const Op& op, size_t operand, size_t result) {
    const int64_t before = least_[operand], after = least_[result];
    told_[result] = told_[operand];
    const bool asks = op.kind == OpKind::kGen || op.kind == OpKind::kSelect;
    if (told_[result] || after <= context_max_ || !(asks || op.kind == OpKind::kCtxText)) return;
    told_[result] = true;
    Diagnostic d;
    d.code = "E0701";
    d.span = op.span;
    const std::string over = std::to_string(after - context_max_);
    if (asks) {
      d.title = "the prompt leaves no room for an answer";
      d.label = "behind at least " + std::to_string(before) + " tokens it needs " +
                std::to_string(after - before);
    } else {
      d.title = "fixed text alone is longer than the model's context";
      d.label = "here it reaches " + std::to_string(after) + " tokens";
    }
    d.notes.push_back("the model holds " + std::to_string(context_max_) + " tokens");
    d.helps.push_back("shorten the text by " + over +
                      " tokens, or choose a model with a longer context");
    diagnostics_->push_back(std::move(d));
  }

  const BoundPlan& plan_;
  const BoundGraph& bound_;
  const ir::Graph& graph_;
  const int64_t context_max_, longest_token_;
  std::vector<Diagnostic>* diagnostics_;
  std::vector<int64_t> least_;  // per value: tokens of a context
  std::vector<bool> told_;      // ... that it is too long
};

}  // namespace

void CheckFit(const BoundPlan& bound, int context_max, std::vector<Diagnostic>* diagnostics) {
  const int64_t longest_token = LongestTokenBytes(*bound.tokenizer);
  for (const BoundGraph& graph : bound.graphs)
    Fit(bound, graph, context_max, longest_token, diagnostics).Walk(RegionId(0));
}

}  // namespace lmp::exec
