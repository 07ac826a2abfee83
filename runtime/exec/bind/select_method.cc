#include "runtime/exec/bind/select_method.h"

#include <algorithm>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/exec/bind/fixed_text.h"
#include "runtime/exec/context.h"

namespace lmp::exec {
namespace {

using ir::OpKind;

// A list of constants, or a constant list.
std::optional<std::vector<std::string>> FixedOptions(const ir::Graph& graph, ir::ValueId value) {
  const ir::Op* op = DefiningOp(graph, value);
  if (op == nullptr) return std::nullopt;
  std::vector<std::string> options;
  if (op->kind == OpKind::kConst && op->attributes.value.is_list()) {
    for (const ir::Value& option : op->attributes.value.as_list()) {
      if (!option.is_str()) return std::nullopt;
      options.push_back(option.as_str());
    }
    return options;
  }
  if (op->kind != OpKind::kListMake) return std::nullopt;
  for (const ir::ValueId item : op->operands) {
    const std::string* text = ConstText(graph, item);
    if (text == nullptr) return std::nullopt;
    options.push_back(*text);
  }
  return options;
}

// The text of the message that is not tokenised yet where `context` stands; nullopt where it
// depends on the inputs.
struct Pending {
  std::string text;
  text::FragmentStart start = text::FragmentStart::kContinue;
};
std::optional<Pending> PendingAt(const ir::Graph& graph, ir::ValueId context,
                                 const text::Tokenizer& tokenizer, const text::ChatFormat& format) {
  std::vector<const std::string*> texts;  // the last first
  for (const ir::Op* op = DefiningOp(graph, context); op != nullptr;
       op = DefiningOp(graph, op->operands[0])) {
    Pending out;
    if (op->kind == OpKind::kCtxText) {
      texts.push_back(ConstText(graph, op->operands[1]));
      if (texts.back() == nullptr) return std::nullopt;
      continue;
    }
    if (op->kind == OpKind::kCtxOpen) {
      const text::Marker& header = format.header(static_cast<text::Role>(op->attributes.role));
      if (header.ids.empty()) return std::nullopt;  // raw: the message begins no fragment
      out.start = header.next;
    } else if (op->kind != OpKind::kGen && op->kind != OpKind::kSelect) {
      return std::nullopt;
    }
    for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
      const StaticText next = TokeniseStatic(tokenizer, out.text + **text, out.start);
      out.text = next.tail;
      if (!next.tokens.empty()) out.start = text::FragmentStart::kContinue;
    }
    return out;
  }
  return std::nullopt;
}

// Two options whose tokens begin with the same one, or that have none; empty if there are none.
std::optional<std::pair<size_t, size_t>> SameFirst(
    const std::vector<std::vector<TokenId>>& options) {
  for (size_t i = 0; i < options.size(); ++i) {
    if (options[i].empty()) return std::pair(i, i);
    for (size_t j = 0; j < i; ++j) {
      if (options[j].front() == options[i].front()) return std::pair(j, i);
    }
  }
  return std::nullopt;
}

}  // namespace

BoundMethod ChooseMethod(const ir::Graph& graph, const ir::Op& select,
                         const text::Tokenizer& tokenizer, const text::ChatFormat& format) {
  const std::string& method = select.attributes.method;
  if (method == "greedy") return {SelectMethod::kGreedy, "as the program says"};
  if (method == "likelihood") return {SelectMethod::kLikelihood, "as the program says"};
  const auto options = FixedOptions(graph, select.operands[1]);
  if (!options.has_value()) {
    return {std::nullopt,
            "its options are known only when it runs: greedy where their first tokens differ, else "
            "likelihood"};
  }
  const Pending pending =
      PendingAt(graph, select.operands[0], tokenizer, format).value_or(Pending());
  std::vector<std::vector<TokenId>> tokens(options->size());
  for (size_t i = 0; i < options->size(); ++i) {
    tokenizer.Encode(pending.text + (*options)[i], pending.start, &tokens[i]);
  }
  const auto same = SameFirst(tokens);
  if (!same.has_value()) {
    return {SelectMethod::kGreedy,
            "the first tokens of its " + std::to_string(options->size()) + " options differ"};
  }
  const auto& [one, other] = *same;
  if (one == other) return {SelectMethod::kLikelihood, "an option is empty"};
  return {SelectMethod::kLikelihood, "options " + QuoteText((*options)[one]) + " and " +
                                         QuoteText((*options)[other]) +
                                         " begin with the same token"};
}

}  // namespace lmp::exec
