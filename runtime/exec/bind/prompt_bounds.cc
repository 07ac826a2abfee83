#include "runtime/exec/bind/prompt_bounds.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ir/analysis.h"
#include "ir/bound_reader.h"
#include "ir/failure.h"
#include "ir/type_bytes.h"
#include "runtime/text/token_bytes.h"

namespace lmp::exec {
namespace {

using ir::Bound;
using ir::Op;
using ir::OpId;
using ir::OpKind;
using ir::RegionId;
using ir::Type;
using ir::TypeId;
using ir::TypeKind;
using ir::ValueId;

// What the parts of a prompt come to in tokens, at most.
struct Weights {
  int64_t begin = 0;                                   // BOS
  std::array<int64_t, text::kRoleCount> headers = {};  // with what a fragment adds in front
  int64_t footer = 0, fragment = 0;                    // fragment: the dummy prefix
  int64_t per_byte = 1;                                // of text
  int64_t token_bytes = 1;                             // of the longest token
  int64_t max_tokens = 0;                              // of a generation that says nothing
};

// What a function asks for and gives, in terms of its parameters.
struct Summary {
  PromptBounds bounds;
  Bound result;       // bytes of its text, or tokens of a context
  std::string cause;  // what bounds nothing in it
};

struct Sum {
  Bound prompts = 0, longest = 0;
};

class Prompts {
 public:
  Prompts(const ir::Program& program, const BoundGraph& bound, const Weights& weights,
          const std::map<std::string, Summary, std::less<>>& done)
      : program_(program),
        graph_(*bound.graph),
        bound_(bound),
        weights_(weights),
        done_(done),
        reader_(program, graph_),
        types_(program),
        sizes_(graph_.values.size()) {}

  Summary Run() {
    const size_t hidden = graph_.effectful ? 1 : 0;
    for (size_t i = hidden; i < graph_.body().params.size(); ++i) {
      const ValueId param = graph_.body().params[i];
      sizes_[param.index] = Of(param, graph_.params[i - hidden].name);
    }
    const Sum sum = Walk(RegionId(0));
    Summary out{{sum.prompts, sum.longest, ""}, {}, cause_};
    if (!sum.prompts.known() || !sum.longest.known())
      out.bounds.reason = cause_.empty() ? "a product of what is given" : cause_;
    if (program_.types[graph_.result].kind != TypeKind::kNone)
      out.result = sizes_[graph_.body().yields[0].index];
    return out;
  }

 private:
  bool IsContext(ValueId value) const {
    return program_.types[graph_.value(value).type].kind == TypeKind::kCtx;
  }
  // The value as an input of that name; what its type allows where that is bounded.
  Bound Of(ValueId value, const std::string& path) const {
    if (IsContext(value)) return Bound::Of({path, Bound::Kind::kTokens});
    const Bound most = types_.Of(graph_.value(value).type, false);
    return most.known() ? most : Bound::Of({path, Bound::Kind::kBytes});
  }
  // A parameter of a region, until it is known what fills it.
  static Bound::Input Variable(ValueId value, bool context) {
    return {"%" + std::to_string(value.index),
            context ? Bound::Kind::kTokens : Bound::Kind::kBytes};
  }
  const Bound& SizeOf(ValueId value) const { return sizes_[value.index]; }

  void Blame(const std::string& cause) {
    if (cause_.empty()) cause_ = cause;
  }

  Sum Walk(RegionId region) {
    Sum total;
    for (const OpId id : graph_.region(region).ops) {
      const Sum sum = WalkOp(id);
      total.prompts = total.prompts + sum.prompts;
      total.longest = Larger(total.longest, sum.longest);
    }
    return total;
  }

  Sum WalkOp(OpId id) {
    const Op& op = graph_.op(id);
    switch (op.kind) {
      case OpKind::kGen:
        return Gen(op);
      case OpKind::kSelect: {
        const Bound& prompt = SizeOf(op.operands[0]);
        const Bound chosen = Chosen(op.operands[1]);
        sizes_[op.results[0].index] = chosen;
        sizes_[op.results[2].index] = prompt + chosen * weights_.per_byte + weights_.fragment;
        return {prompt, SizeOf(op.results[2])};
      }
      case OpKind::kCall:
        return Call(op);
      case OpKind::kIf: {
        const Sum a = Walk(op.regions[0]), b = Walk(op.regions[1]);
        Join(op);
        return {Larger(a.prompts, b.prompts), Larger(a.longest, b.longest)};
      }
      case OpKind::kTry:
        return Try(op);
      case OpKind::kFor:
        return Loop(op, reader_.Items(op.operands[0]), 1, 0);
      case OpKind::kWhile:
        return Loop(op, reader_.Number(NamedOperandOf(op, "limit")), 0, 1);
      case OpKind::kFork:
        return Fork(op);
      default:
        for (const ValueId result : op.results) sizes_[result.index] = Result(id, op, result);
        return {};
    }
  }

  // ---- Questions ----

  Sum Gen(const Op& op) {
    const ValueId named = NamedOperandOf(op, "max");
    const Bound max = named.valid() ? reader_.Number(named) : Bound(weights_.max_tokens);
    const Type& type = program_.types[op.attributes.type];
    const Bound& prompt = SizeOf(op.operands[0]);
    // A token that a stop string or `max` cuts is replaced by those of the bytes that are kept.
    const bool cut = NamedOperandOf(op, "stop").valid() ||
                     (type.kind == TypeKind::kStr && !type.pattern && !type.options);
    const Bound answer = max + (cut ? weights_.token_bytes - 1 : 0);
    Bound text = types_.Of(op.attributes.type, false);
    if (!text.known()) {
      const int64_t longer = types_.HoldsFloat(op.attributes.type) ? 32 : 1;
      text = max * weights_.token_bytes * longer;
    }
    sizes_[op.results[0].index] = text;
    sizes_[op.results[1].index] = prompt + answer;
    if (!max.known()) Blame("max of " + op.attributes.site);
    return {prompt, prompt + answer};
  }

  // The longest of a list of texts.
  Bound Chosen(ValueId list) const {
    const OpId maker = graph_.value(list).op;
    if (maker.valid() && graph_.op(maker).kind == OpKind::kListMake) {
      Bound longest = 0;
      for (const ValueId item : graph_.op(maker).operands) longest = Larger(longest, SizeOf(item));
      return longest;
    }
    return SizeOf(list);
  }

  Sum Call(const Op& op) {
    const auto found = done_.find(op.attributes.name);
    if (found == done_.end()) return CallElsewhere(op);
    const Summary& summary = found->second;
    const auto given = reader_.GivenTo(op, [this](ValueId argument) { return SizeOf(argument); });
    const Sum sum{summary.bounds.prompts.With(given), summary.bounds.longest.With(given)};
    if (!sum.prompts.known() || !sum.longest.known()) {
      Blame("call of " + op.attributes.name +
            (summary.bounds.reason.empty() ? "" : ": " + summary.bounds.reason));
    }
    for (const ValueId result : op.results) sizes_[result.index] = summary.result.With(given);
    if (!summary.result.known() && !summary.cause.empty()) Blame(summary.cause);
    return sum;
  }

  // Of a function that is not bound here: its prompts are tokens of another model.
  Sum CallElsewhere(const Op& op) {
    Blame("call of " + op.attributes.name + ", on another engine");
    for (const ValueId result : op.results)
      sizes_[result.index] = types_.Of(graph_.value(result).type, false);
    return {Bound(), Bound(0)};
  }

  // ---- Regions ----

  // Results of what yields the same from each of its regions.
  void Join(const Op& op) {
    for (size_t i = 0; i < op.results.size(); ++i) {
      Bound most = 0;
      for (const RegionId region : op.regions)
        most = Larger(most, SizeOf(graph_.region(region).yields[i]));
      sizes_[op.results[i].index] = most;
    }
  }

  struct Carried {
    Bound::Input input;
    Bound begin, last;           // before the first round, and at most
    std::optional<Bound> grows;  // by this in each round, whatever the element
  };

  Sum Try(const Op& op) {
    const Bound attempts = reader_.Attempts(op);
    Sum sum = op.operands.empty() ? Walk(op.regions[0]) : Told(op, attempts);
    if (op.operands.empty()) sum.prompts = sum.prompts * attempts;
    if (const ValueId prefill = NamedOperandOf(op, "prefill"); prefill.valid())
      sum.prompts = Either(sum.prompts, reader_.Number(prefill));
    if (!sum.prompts.known()) Blame("try with retries");
    if (op.regions.size() > 1) {
      const Sum fallback = Walk(op.regions[1]);
      sum.prompts = sum.prompts + fallback.prompts;
      sum.longest = Larger(sum.longest, fallback.longest);
    }
    Join(op);
    return sum;
  }

  // All attempts of a `try` with feedback: each goes on from where a check of the one before it
  // failed, or from what that began with, behind a message.
  Sum Told(const Op& op, const Bound& attempts) {
    const ir::Region& body = graph_.region(op.regions[0]);
    const ValueId param = body.params[0];
    Carried context{Variable(param, true), SizeOf(op.operands[0]), {}, std::nullopt};
    sizes_[param.index] = Bound::Of(context.input);
    const Sum sum = Walk(op.regions[0]);
    Bound failed = sizes_[param.index];
    for (const OpId id : OpsInside(graph_, op.regions[0])) {
      const Op& check = graph_.op(id);
      if (check.kind == OpKind::kCheck && check.operands.size() > 2)
        failed = Larger(failed, Grown(check, op.regions[0]));
    }
    if (!failed.known()) Blame("a check in a loop of a try with feedback");
    const Bound next = failed + weights_.headers[static_cast<size_t>(ir::Role::kUser)] +
                       static_cast<int64_t>(ir::kFeedbackBytesMax) * weights_.per_byte +
                       weights_.footer;
    Close(next, {context}, Variable(ValueId(), false), 0, attempts, &context);
    if (context.grows && attempts.constant())  // the message behind the last attempt is not said
      context.last = context.begin + *context.grows * (*attempts.constant() - 1);
    const auto last = [&](const Bound::Input& input) {
      return input == context.input ? context.last : Bound::Of(input);
    };
    for (const ValueId yield : body.yields) sizes_[yield.index] = SizeOf(yield).With(last);
    return {Rounds(sum.prompts, {context}, Variable(ValueId(), false), 0, attempts),
            sum.longest.With(last)};
  }

  // The context of a check that stands in `body`, in terms of its parameter: not known of one in a
  // loop, where it is in terms of the loop's.
  Bound Grown(const Op& check, RegionId body) const {
    for (RegionId at = check.parent; at != body; at = ir::ParentOf(graph_, at)) {
      const Op& owner = graph_.op(graph_.region(at).owner);
      if (owner.kind == OpKind::kTry && !owner.operands.empty()) return 0;  // told to that one
      if (owner.kind != OpKind::kIf && owner.kind != OpKind::kTry) return {};
    }
    return SizeOf(check.operands[2]);
  }

  Sum Loop(const Op& op, const Bound& rounds, size_t first_operand, size_t first_yield) {
    const ir::Region& body = graph_.region(op.regions[0]);
    const Bound total = op.kind == OpKind::kFor ? SizeOf(op.operands[0]) : Bound(0);
    const Bound::Input element = Variable(body.params[0], false);
    sizes_[body.params[0].index] = Element(body.params[0], element);
    std::vector<Carried> carried;
    for (size_t i = 1; i < body.params.size(); ++i) {
      const ValueId param = body.params[i];
      carried.push_back({Variable(param, IsContext(param)),
                         SizeOf(op.operands[first_operand + i - 1]),
                         {},
                         std::nullopt});
      sizes_[param.index] = Bound::Of(carried.back().input);
    }
    const Sum sum = Walk(op.regions[0]);
    for (size_t i = 0; i < carried.size(); ++i) {
      Close(SizeOf(body.yields[first_yield + i]), carried, element, total, rounds, &carried[i]);
      sizes_[op.results[i].index] = carried[i].last;
    }
    const auto last = [&](const Bound::Input& input) -> Bound {
      if (input == element) return total;
      for (const Carried& c : carried) {
        if (c.input == input) return c.last;
      }
      return Bound::Of(input);
    };
    Sum out;
    out.longest = sum.longest.With(last);
    out.prompts = Rounds(sum.prompts, carried, element, total, rounds);
    if (sum.prompts.known() && !out.prompts.known()) Blame(reader_.Counted(op));
    return out;
  }

  // What a value that is carried from round to round comes to.
  static void Close(const Bound& next, const std::vector<Carried>& all, const Bound::Input& element,
                    const Bound& total, const Bound& rounds, Carried* one) {
    if (!next.known()) return;
    for (const Carried& other : all) {
      if (other.input != one->input && next.FactorOf(other.input) > 0) return;
    }
    const int64_t kept = next.FactorOf(one->input);
    const Bound own = next.Without(one->input);
    const int64_t of_element = own.FactorOf(element);
    const Bound added = own.Without(element);
    const Bound elements = total * of_element;
    if (kept == 0) one->last = Larger(one->begin, added + elements);
    if (kept == 1) {
      one->last = one->begin + added * rounds + elements;
      if (of_element == 0) one->grows = added;
    }
  }

  // The sum over all rounds of what one comes to.
  static Bound Rounds(const Bound& one, const std::vector<Carried>& carried,
                      const Bound::Input& element, const Bound& total, const Bound& rounds) {
    if (!one.known()) return {};
    Bound rest = one;
    Bound out = total * one.FactorOf(element);
    rest = rest.Without(element);
    for (const Carried& c : carried) {
      const int64_t factor = one.FactorOf(c.input);
      if (factor == 0) continue;
      rest = rest.Without(c.input);
      const std::optional<int64_t> n = rounds.constant();
      constexpr int64_t kSquareMax = 1 << 20;  // its square fits
      if (c.grows && n && *n <= kSquareMax) {
        out = out + (c.begin * *n + *c.grows * (*n * (*n - 1) / 2)) * factor;
      } else {
        out = out + c.last * rounds * factor;
      }
    }
    return out + rest * rounds;
  }

  Bound Element(ValueId param, const Bound::Input& input) const {
    const Bound most = types_.Of(graph_.value(param).type, false);
    return most.known() ? most : Bound::Of(input);
  }

  Sum Fork(const Op& op) {
    const ir::Region& body = graph_.region(op.regions[0]);
    const Bound children = reader_.Items(op.operands[0]);
    const Bound total = SizeOf(op.operands[0]);
    const Bound::Input element = Variable(body.params[0], false);
    sizes_[body.params[0].index] = Element(body.params[0], element);
    sizes_[body.params[1].index] = 20;
    const Sum sum = Walk(op.regions[0]);
    const ValueId yield = body.yields[op.attributes.filtered ? 1 : 0];
    // As JSON: an escape has up to six bytes, quotes and a comma three more.
    const bool text = program_.types[graph_.value(yield).type].kind == TypeKind::kStr;
    const Bound one = IsContext(yield) ? Bound() : SizeOf(yield) * (text ? 6 : 1) + 3;
    sizes_[op.results[0].index] = Rounds(one, {}, element, total, children) + 2;
    Sum out;
    out.prompts = Rounds(sum.prompts, {}, element, total, children);
    out.longest = sum.longest.With(
        [&](const Bound::Input& i) { return i == element ? total : Bound::Of(i); });
    if (sum.prompts.known() && !out.prompts.known()) Blame(reader_.Counted(op));
    return out;
  }

  // ---- Texts and contexts ----

  Bound Result(OpId id, const Op& op, ValueId value) {
    const TypeKind kind = program_.types[graph_.value(value).type].kind;
    if (kind == TypeKind::kCtx) return Context(id, op);
    if (kind == TypeKind::kEffect || kind == TypeKind::kNone) return 0;
    if (const ir::Value* constant = ConstantOf(graph_, value)) return Constant(*constant, kind);
    if (const std::string path = reader_.Path(value); !path.empty()) return Of(value, path);
    const Bound typed = types_.Of(graph_.value(value).type, false);
    const Bound made = Text(op);
    if (!typed.known() && !made.known()) Blame(CauseOf(op));
    return Either(typed, made);
  }

  static Bound Constant(const ir::Value& constant, TypeKind kind) {
    if (kind == TypeKind::kStr) return static_cast<int64_t>(constant.as_str().size());
    return static_cast<int64_t>(ToJsonText(constant).size());
  }

  Bound Context(OpId id, const Op& op) const {
    if (op.kind == OpKind::kCtxEmpty) return weights_.begin;
    const Bound& before = SizeOf(op.operands[0]);
    switch (op.kind) {
      case OpKind::kCtxOpen:
        return before + weights_.headers[static_cast<size_t>(op.attributes.role)];
      case OpKind::kCtxClose:
        return before + weights_.footer;
      case OpKind::kCtxText:
        if (const auto& text = bound_.ops[id.index].text) {
          const auto tail = static_cast<int64_t>(text->tail.size()) * weights_.per_byte;
          return before + static_cast<int64_t>(text->tokens.size()) + tail;
        }
        return before + SizeOf(op.operands[1]) * weights_.per_byte;
      case OpKind::kCtxInsert:
        return before + SizeOf(op.operands[1]) * weights_.per_byte + weights_.fragment;
      default:
        return before;  // ctx.warm
    }
  }

  // The bytes of the text of what the op makes; of lists and records as JSON.
  Bound Text(const Op& op) const {
    const auto operand = [&](size_t i) { return SizeOf(op.operands[i]); };
    switch (op.kind) {
      case OpKind::kStrCat: {
        Bound total = 0;
        for (const ValueId part : op.operands) total = total + SizeOf(part);
        return total;
      }
      case OpKind::kStrFmt:
      case OpKind::kField:
      case OpKind::kUnionGet:
      case OpKind::kNarrow:
      case OpKind::kClip:
        return operand(0);
      case OpKind::kUnionMake:
        return operand(0) + 12 +
               static_cast<int64_t>(program_.types[graph_.value(op.operands[0]).type].name.size());
      case OpKind::kListMake:
      case OpKind::kRecordMake: {
        Bound total = 2;
        for (size_t i = 0; i < op.operands.size(); ++i) {
          const bool text = IsText(op.operands[i]);
          total = total + operand(i) * (text ? 6 : 1) + 4;
          if (op.kind == OpKind::kRecordMake)
            total = total +
                    static_cast<int64_t>(
                        program_.FindRecord(op.attributes.name)->fields[i].name.size()) *
                        6 +
                    3;
        }
        return total;
      }
      case OpKind::kCallPure:
        return Computed(op);
      case OpKind::kUndef:
        return 0;  // no path reads it
      default:
        return {};
    }
  }

  bool IsText(ValueId value) const {
    return program_.types[graph_.value(value).type].kind == TypeKind::kStr;
  }

  Bound Computed(const Op& op) const {
    // Gives a part of its first operand, or all of it in another order.
    static const std::set<std::string_view> kParts = {
        "index",  "slice", "unwrap", "trim",     "clip_chars", "sort", "top",  "reverse",
        "unique", "first", "last",   "majority", "flat",       "str",  "lines"};
    const std::string& name = op.attributes.name;
    const Bound& first = SizeOf(op.operands[0]);
    if (kParts.contains(name)) return first;
    if (name == "bullets") return first + 1;                   // `- x` for `"x",`
    if (name == "upper" || name == "lower") return first * 3;  // of one character up to three
    if (name == "json") return first * (IsText(op.operands[0]) ? 6 : 1) + 2;
    if (name == "add" || name == "concat_list") return first + SizeOf(op.operands[1]);
    // Quotes and a comma for each part, an escape of up to six bytes for each byte.
    if (name == "split" || name == "words" || name == "sentences") return first * 9 + 5;
    if (name == "join") {
      const Bound items = reader_.Items(op.operands[0]);
      return first + items * SizeOf(op.operands[1]);
    }
    return {};
  }

  static std::string CauseOf(const Op& op) {
    switch (op.kind) {
      case OpKind::kTool:
        return "text of tool " + op.attributes.name;
      case OpKind::kRetrieve:
        return "text of retrieve";
      case OpKind::kListen:
        return "text of listen";
      case OpKind::kCallPure:
        return "text of " + op.attributes.name;
      default:
        return "text of " + std::string(OpName(op.kind));
    }
  }

  const ir::Program& program_;
  const ir::Graph& graph_;
  const BoundGraph& bound_;
  const Weights& weights_;
  const std::map<std::string, Summary, std::less<>>& done_;
  const ir::BoundReader reader_;
  const ir::TypeBytes types_;
  std::vector<Bound> sizes_;  // per value: bytes of its text, tokens of a context
  std::string cause_;
};

Weights WeightsOf(const BoundPlan& bound) {
  Weights weights;
  const text::Tokenizer& tokenizer = *bound.tokenizer;
  const text::TokenizerSpec& spec = tokenizer.spec();
  weights.begin = spec.add_bos && spec.bos >= 0 ? 1 : 0;
  std::vector<TokenId> space;
  tokenizer.Encode(" ", text::FragmentStart::kContinue, &space);
  // NFC makes up to three bytes of one; a space without a piece of its own is written with three.
  weights.per_byte =
      text::Composes(spec) ? 3 : std::max<int64_t>(1, static_cast<int64_t>(space.size()));
  weights.fragment = spec.add_space_prefix ? weights.per_byte : 0;
  for (size_t i = 0; i < text::kRoleCount; ++i) {
    const size_t header = bound.format.headers[i].ids.size();
    weights.headers[i] = static_cast<int64_t>(header) + weights.fragment;
  }
  weights.footer = static_cast<int64_t>(bound.format.footer.ids.size());
  weights.token_bytes = static_cast<int64_t>(text::LongestTokenBytes(tokenizer));
  weights.max_tokens = bound.defaults.max_tokens;
  return weights;
}

}  // namespace

std::vector<PromptBounds> BoundPrompts(const BoundPlan& bound) {
  const Weights weights = WeightsOf(bound);
  std::map<std::string, Summary, std::less<>> done;
  std::vector<PromptBounds> out;
  for (const BoundGraph& graph : bound.graphs) {  // callees stand before callers
    Summary summary = Prompts(*bound.plan->program, graph, weights, done).Run();
    out.push_back(summary.bounds);
    done.emplace(graph.graph->name, std::move(summary));
  }
  return out;
}

}  // namespace lmp::exec
