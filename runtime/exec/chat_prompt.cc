#include "runtime/exec/chat_prompt.h"

#include <utility>

#include "runtime/exec/context.h"

namespace lmp::exec {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\r\v\f";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// One timeline that grows in place: contexts are copied whenever they grow.
class Writer {
 public:
  Writer(const text::Tokenizer& tokenizer, const text::ChatFormat& format)
      : tokenizer_(tokenizer), maker_(tokenizer, format), context_(*maker_.Empty()) {}

  void Mark(const text::Marker& marker) {
    if (marker.ids.empty()) return;
    context_.tokens.insert(context_.tokens.end(), marker.ids.begin(), marker.ids.end());
    context_.next = marker.next;
  }
  void Text(std::string_view text) { tokenizer_.Encode(text, context_.next, &context_.tokens); }
  // What a generation behind `text`, which is not tokenised up to its end, begins with.
  Prompt End(std::string_view text, const constrain::TokenTrie& vocabulary) {
    context_.pending = text;
    auto [context, healed] = maker_.Heal(context_, vocabulary);
    if (context->tokens.empty() && !healed.empty()) {  // a model needs a token to begin from
      context = maker_.Settled(context_);
      healed.clear();
    }
    return {context->tokens, std::move(healed)};
  }

 private:
  const text::Tokenizer& tokenizer_;
  const ContextMaker maker_;
  ContextValue context_;
};

}  // namespace

Prompt ChatPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::span<const ChatTurn> turns) {
  Writer writer(tokenizer, format);
  if (turns.empty() || turns.front().role != text::Role::kSystem) writer.Mark(format.preamble);
  for (const ChatTurn& turn : turns) {
    writer.Mark(format.header(turn.role));
    writer.Text(format.trims ? Trimmed(turn.text) : turn.text);
    writer.Mark(format.footer);
  }
  writer.Mark(format.answer);
  return writer.End("", vocabulary);
}

Prompt TextPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::string_view text) {
  return Writer(tokenizer, format).End(text, vocabulary);
}

}  // namespace lmp::exec
