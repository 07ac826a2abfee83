#include "runtime/exec/bind/context_fit.h"

#include <algorithm>
#include <compare>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "ir/analysis.h"
#include "runtime/exec/bind/fixed_text.h"
#include "runtime/exec/bind/type_length.h"
#include "runtime/exec/context.h"
#include "runtime/text/token_bytes.h"

namespace lmp::exec {
namespace {

using ir::Op;
using ir::OpId;
using ir::OpKind;
using ir::RegionId;
using ir::ValueId;

// A run of at most this many ops is followed; behind that nothing more is found.
constexpr int64_t kStepsMax = 1'000'000;

// Amounts stop here: texts that are doubled again and again, and contexts of them, have more.
constexpr int64_t kLeastMax = int64_t{1} << 40;

// Constant texts that calls make of constants are put together up to so many bytes.
constexpr size_t kTextBytesMax = 1 << 20;

// Of a value: a context's tokens, a text's bytes, at least, and what the text is where that is
// known. Of other values nothing.
struct Amount {
  int64_t least = 0;
  const std::string* text = nullptr;
  auto operator<=>(const Amount&) const = default;
};
using Amounts = std::vector<Amount>;

class Fit {
 public:
  Fit(const BoundPlan& plan, int64_t context_max, std::vector<Diagnostic>* diagnostics)
      : plan_(plan),
        context_max_(context_max),
        longest_token_(static_cast<int64_t>(text::LongestTokenBytes(*plan.tokenizer))),
        diagnostics_(diagnostics) {}

  // By itself: nothing is known of what it is given.
  void Function(const BoundGraph& bound) {
    Walk(bound, Amounts(bound.graph->body().params.size()));
  }

 private:
  // One walk through a function, for what it is given.
  struct Frame {
    const BoundGraph& bound;
    const ir::Graph& graph;
    Amounts least;
    std::vector<bool> told;  // of a context: that it is too long
  };

  // What the function gives.
  Amounts Walk(const BoundGraph& bound, const Amounts& given) {
    const size_t values = bound.graph->values.size();
    Frame frame{bound, *bound.graph, Amounts(values), std::vector<bool>(values, false)};
    const std::vector<ValueId>& params = frame.graph.body().params;
    for (size_t i = 0; i < params.size(); ++i) frame.least[params[i].index] = given[i];
    return Walk(&frame, RegionId(0));
  }

  // What the region yields.
  Amounts Walk(Frame* frame, RegionId region) {
    for (const OpId id : frame->graph.region(region).ops) {
      if (++steps_ > kStepsMax) break;
      WalkOp(frame, id);
    }
    Amounts yields;
    for (const ValueId yield : frame->graph.region(region).yields)
      yields.push_back(steps_ > kStepsMax ? Amount() : frame->least[yield.index]);
    return yields;
  }

  // A region that may not run, or whose failure may be handled.
  Amounts Maybe(Frame* frame, RegionId region) {
    ++maybe_;
    Amounts yields = Walk(frame, region);
    --maybe_;
    return yields;
  }

  void WalkOp(Frame* frame, OpId id) {
    const Op& op = frame->graph.op(id);
    Amounts results;
    if (op.kind == OpKind::kCall) {
      results = Call(*frame, op);
    } else if (op.kind == OpKind::kFor) {
      results = Loop(frame, op);
    } else if (!op.regions.empty()) {
      results = Regions(frame, op);
    } else {
      if (!op.results.empty()) frame->least[op.results.back().index] = LeastOf(*frame, id, op);
      if (IsContextOf(op) && !op.operands.empty())
        Check(frame, op, op.operands[0].index, op.results.back().index);
      if (op.kind == OpKind::kGen) frame->least[op.results[0].index] = {Shortest(op)};
      return;
    }
    for (size_t i = 0; i < results.size(); ++i) frame->least[op.results[i].index] = results[i];
  }

  static bool IsContextOf(const Op& op) {
    const ir::OpClass of = ir::OpClassOf(op.kind);
    const bool asks = op.kind == OpKind::kGen || op.kind == OpKind::kSelect;
    return !op.results.empty() &&
           (of == ir::OpClass::kContext || asks || op.kind == OpKind::kCtxWarm);
  }

  // A function is followed again only for something that it was not given before.
  Amounts Call(const Frame& frame, const Op& op) {
    const auto callee = std::find_if(
        plan_.graphs.begin(), plan_.graphs.end(),
        [&op](const BoundGraph& graph) { return graph.graph->name == op.attributes.name; });
    if (callee == plan_.graphs.end()) return Amounts(op.results.size());  // of another engine
    Amounts given;
    for (const ValueId operand : op.operands) given.push_back(frame.least[operand.index]);
    const auto key = std::make_tuple(callee->graph, given, maybe_ > 0);
    if (const auto known = calls_.find(key); known != calls_.end()) return known->second;
    const int64_t told = told_;
    called_from_.push_back(op.span);
    Amounts results = Walk(*callee, given);
    called_from_.pop_back();
    if (told_ > told) results.assign(results.size(), Amount());  // once is enough
    return calls_.emplace(key, std::move(results)).first->second;
  }

  // As often as the list has elements; where that is not known, each round as the first.
  Amounts Loop(Frame* frame, const Op& op) {
    Amounts carried;
    for (size_t i = 1; i < op.operands.size(); ++i)
      carried.push_back(frame->least[op.operands[i].index]);
    const std::optional<int64_t> rounds = ir::ItemsExact(frame->graph, op.operands[0]);
    if (!rounds) {
      Give(frame, op, 1, carried);
      return Smaller(carried, Maybe(frame, op.regions[0]));
    }
    const int64_t told = told_;
    for (int64_t round = 0; round < *rounds; ++round) {
      Give(frame, op, 1, carried);
      rounds_ += round > 0 ? 1 : 0;
      carried = Walk(frame, op.regions[0]);
      rounds_ -= round > 0 ? 1 : 0;
      if (told_ > told || steps_ > kStepsMax) return Amounts(op.results.size());
    }
    return carried;
  }

  // A loop begins with what it is given; what is carried on may be shorter or longer.
  Amounts Regions(Frame* frame, const Op& op) {
    std::optional<Amounts> least;
    if (op.kind == OpKind::kWhile || op.kind == OpKind::kTry) {
      Amounts carried;
      for (const ValueId operand : op.operands) carried.push_back(frame->least[operand.index]);
      Give(frame, op, op.kind == OpKind::kWhile ? 1 : 0, carried);
      if (op.kind == OpKind::kWhile) least = carried;
    }
    for (const RegionId region : op.regions) {
      // The children of a fork over a list of known size do run.
      const bool runs = op.kind == OpKind::kFork && !ir::Handles(op, region) &&
                        ir::ItemsExact(frame->graph, op.operands[0]).value_or(0) > 0;
      Amounts yields = runs ? Walk(frame, region) : Maybe(frame, region);
      if (op.kind == OpKind::kWhile) yields.erase(yields.begin());  // whether it goes on
      least = least ? Smaller(*least, yields) : yields;
    }
    // The elements of a fork's list are nothing that it gives.
    return op.kind == OpKind::kFork ? Amounts(op.results.size()) : *least;
  }

  // The parameters of the op's first region, behind `first` of them.
  static void Give(Frame* frame, const Op& op, size_t first, const Amounts& carried) {
    const std::vector<ValueId>& params = frame->graph.region(op.regions[0]).params;
    for (size_t i = first; i < params.size(); ++i)
      frame->least[params[i].index] = carried[i - first];
  }
  static Amounts Smaller(const Amounts& a, const Amounts& b) {
    Amounts out;
    for (size_t i = 0; i < a.size(); ++i)
      out.push_back(a[i] == b[i] ? a[i] : Amount{std::min(a[i].least, b[i].least)});
    return out;
  }

  // Of its last result.
  Amount LeastOf(const Frame& frame, OpId id, const Op& op) {
    switch (op.kind) {
      case OpKind::kConst:
        return op.attributes.value.is_str() ? OfText(&op.attributes.value.as_str()) : Amount();
      case OpKind::kStrCat:
        return Joined(frame, op);
      case OpKind::kStrFmt:
      case OpKind::kNarrow:
        return frame.least[op.operands[0].index];  // a text stays as it is
      case OpKind::kCtxEmpty: {
        const text::TokenizerSpec& spec = plan_.tokenizer->spec();
        return {spec.add_bos && spec.bos >= 0 ? 1 : 0};
      }
      default:
        break;
    }
    if (!IsContextOf(op)) return {};
    return {std::min(kLeastMax, frame.least[op.operands[0].index].least + TokensOf(frame, id, op))};
  }

  static Amount OfText(const std::string* text) {
    return {static_cast<int64_t>(text->size()), text};
  }

  Amount Joined(const Frame& frame, const Op& op) {
    int64_t sum = 0;
    std::optional<std::string> text = "";
    for (const ValueId part : op.operands) {
      const Amount& amount = frame.least[part.index];
      sum = std::min(kLeastMax, sum + amount.least);
      const bool fits = text && amount.text != nullptr &&
                        text_bytes_ + text->size() + amount.text->size() <= kTextBytesMax;
      text = fits ? std::optional(std::move(*text) + *amount.text) : std::nullopt;
    }
    if (!text) return {sum};
    text_bytes_ += text->size();
    return OfText(&texts_.emplace_back(std::move(*text)));
  }

  // That the op appends.
  int64_t TokensOf(const Frame& frame, OpId id, const Op& op) {
    switch (op.kind) {
      case OpKind::kCtxOpen:
        return static_cast<int64_t>(HeaderOf(op).ids.size());
      case OpKind::kCtxClose:
        return static_cast<int64_t>(plan_.format.footer.ids.size());
      case OpKind::kCtxText: {
        if (const auto& text = frame.bound.ops[id.index].text) return LeastOf(*text);
        const Amount& text = frame.least[op.operands[1].index];
        const Op* before = DefiningOp(frame.graph, op.operands[0]);
        const bool whole = text.text != nullptr && before != nullptr &&
                           before->kind == OpKind::kCtxOpen &&
                           text_bytes_ + text.text->size() <= kTextBytesMax;
        if (!whole) return text.least / longest_token_;
        text_bytes_ += text.text->size();
        return LeastOf(TokeniseStatic(*plan_.tokenizer, *text.text, HeaderOf(*before).next));
      }
      case OpKind::kGen:
        return (Shortest(op) + longest_token_ - 1) / longest_token_;
      default:
        return 0;
    }
  }
  const text::Marker& HeaderOf(const Op& open) const {
    return plan_.format.header(static_cast<text::Role>(open.attributes.role));
  }
  int64_t LeastOf(const StaticText& text) const {
    return static_cast<int64_t>(text.tokens.size()) +
           static_cast<int64_t>(text.tail.size()) / longest_token_;
  }
  // Bytes.
  int64_t Shortest(const Op& op) const {
    return std::min(kLeastMax, ShortestText(*plan_.plan->program, op.attributes.type));
  }

  // Only what is asked must fit; a text says so earlier. What stands in an `if` is told where it
  // can never be right: not for one call, which may not come there, nor for a later round.
  void Check(Frame* frame, const Op& op, size_t operand, size_t result) {
    const int64_t before = frame->least[operand].least, after = frame->least[result].least;
    frame->told[result] = frame->told[operand];
    const bool asks = op.kind == OpKind::kGen || op.kind == OpKind::kSelect;
    if (frame->told[result] || after <= context_max_ || !(asks || op.kind == OpKind::kCtxText))
      return;
    if (maybe_ > 0 && (rounds_ > 0 || !called_from_.empty())) return;
    frame->told[result] = true;
    ++told_;
    const auto same = [&op](const Diagnostic& d) { return d.code == kCode && d.span == op.span; };
    if (std::any_of(diagnostics_->begin(), diagnostics_->end(), same)) return;
    Diagnostic d;
    d.code = kCode;
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
    for (auto call = called_from_.rbegin(); call != called_from_.rend(); ++call)
      d.secondary.push_back({*call, "as it is called here"});
    d.notes.push_back("the model holds " + std::to_string(context_max_) + " tokens");
    d.helps.push_back("shorten the text by " + over +
                      " tokens, or choose a model with a longer context");
    diagnostics_->push_back(std::move(d));
  }

  static constexpr std::string_view kCode = "E0701";
  const BoundPlan& plan_;
  const int64_t context_max_, longest_token_;
  std::vector<Diagnostic>* diagnostics_;
  // ... and whether what is found there is told.
  std::map<std::tuple<const ir::Graph*, Amounts, bool>, Amounts> calls_;
  std::vector<Span> called_from_;  // outer first
  int maybe_ = 0, rounds_ = 0;     // regions around that may not run; loops past their first round
  int64_t steps_ = 0, told_ = 0;
  std::deque<std::string> texts_;
  size_t text_bytes_ = 0;
};

}  // namespace

void CheckFit(const BoundPlan& bound, int context_max, std::vector<Diagnostic>* diagnostics) {
  Fit fit(bound, context_max, diagnostics);
  for (const BoundGraph& graph : bound.graphs) fit.Function(graph);
}

}  // namespace lmp::exec
