#include "runtime/exec/chat_prompt.h"

#include <algorithm>
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
  void Special(TokenId id) {
    context_.tokens.push_back(id);
    context_.next = text::FragmentStart::kMessage;
  }
  // What follows is a fragment of its own, and begins no message.
  void GoOn() { context_.next = text::FragmentStart::kContinue; }
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

// Text between special pieces is tokenised as a whole, as the model was taught, but for hard seams
// behind the headers of roles and before the texts of messages (decision 8).
class PartsWriter {
 public:
  PartsWriter(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
              std::span<const std::string> marks)
      : tokenizer_(tokenizer), format_(format), marks_(marks), writer_(tokenizer, format) {}

  void Add(const text::ChatPart& part) {
    if (part.kind == text::ChatPart::Kind::kTemplate) return AddTemplate(part.text);
    if (part.kind == text::ChatPart::Kind::kContent) Flush();
    AddText(format_.trims && part.kind == text::ChatPart::Kind::kContent ? Trimmed(part.text)
                                                                         : part.text);
  }
  Prompt End(const constrain::TokenTrie& vocabulary) {
    Flush();
    return writer_.End("", vocabulary);
  }

 private:
  void Flush() {
    if (run_.empty()) return;
    writer_.Text(run_);
    writer_.GoOn();
    run_.clear();
  }
  void AddTemplate(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      if (EndsHeader(text.substr(0, at))) Flush();
      TokenId id = -1;
      const size_t length = text::SpecialAt(tokenizer_, text.substr(at), &id);
      if (length == 0) {
        run_ += text[at++];
        continue;
      }
      Flush();
      writer_.Special(id);
      at += length;
    }
    if (EndsHeader(text)) Flush();
  }
  // A mark that they spell is cut, so that it stays text.
  void AddText(std::string_view text) {
    while (!text.empty()) {
      size_t first = text.size();
      for (const std::string& mark : marks_) first = std::min(first, text.find(mark));
      run_ += text.substr(0, first + 1);
      if (first < text.size()) Flush();
      text.remove_prefix(std::min(text.size(), first + 1));
    }
  }
  bool EndsHeader(std::string_view text) const {
    return std::any_of(format_.headers.begin(), format_.headers.end(),
                       [&](const text::Marker& header) { return text.ends_with(header.text); });
  }

  const text::Tokenizer& tokenizer_;
  const text::ChatFormat& format_;
  const std::span<const std::string> marks_;
  Writer writer_;
  std::string run_;  // not yet tokenised
};

}  // namespace

Prompt ToolPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::span<const text::ChatPart> parts,
                  std::span<const std::string> marks) {
  PartsWriter writer(tokenizer, format, marks);
  for (const text::ChatPart& part : parts) writer.Add(part);
  return writer.End(vocabulary);
}

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
