#include "runtime/exec/chat_prompt.h"

#include <algorithm>
#include <utility>

#include "runtime/exec/context.h"
#include "runtime/text/encode_front.h"

namespace lmp::exec {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\r\v\f";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

// One timeline that grows in place, contexts are copied whenever they grow, and that stops growing
// when it has more than `most` tokens.
class Writer {
 public:
  Writer(const text::Tokenizer& tokenizer, const text::ChatFormat& format, size_t most)
      : tokenizer_(tokenizer), most_(most), maker_(tokenizer, format), context_(*maker_.Empty()) {}

  void Mark(const text::Marker& marker) {
    if (marker.ids.empty()) return;
    context_.tokens.insert(context_.tokens.end(), marker.ids.begin(), marker.ids.end());
    context_.next = marker.next;
  }
  void Text(std::string_view text) {
    text::FragmentStart start = context_.next;
    if (!too_long()) Front(&text, &start);
    if (!too_long()) tokenizer_.Encode(text, start, &context_.tokens);
  }
  void Special(TokenId id) {
    context_.tokens.push_back(id);
    context_.next = text::FragmentStart::kMessage;
  }
  // What follows is a fragment of its own, and begins no message.
  void GoOn() { context_.next = text::FragmentStart::kContinue; }
  // What a generation behind `text`, which is not tokenised up to its end, begins with.
  Prompt End(std::string_view text, const constrain::TokenTrie& vocabulary) {
    Front(&text, &context_.next);
    if (too_long()) return {std::move(context_.tokens), "", true};
    context_.pending = text;
    auto [context, healed] = maker_.Heal(context_, vocabulary);
    if (context->tokens.empty() && !healed.empty()) {  // a model needs a token to begin from
      context = maker_.Settled(context_);
      healed.clear();
    }
    return {context->tokens, std::move(healed), context->tokens.size() > most_};
  }
  bool too_long() const { return too_long_ || context_.tokens.size() > most_; }

 private:
  void Front(std::string_view* text, text::FragmentStart* start) {
    too_long_ = too_long_ || !text::EncodeFront(tokenizer_, most_, text, start, &context_.tokens);
  }

  const text::Tokenizer& tokenizer_;
  const size_t most_;
  bool too_long_ = false;
  const ContextMaker maker_;
  ContextValue context_;
};

// Text between special pieces is tokenised as a whole, as the model was taught, but for hard seams
// behind the headers of roles and before the texts of messages (decision 8).
class PartsWriter {
 public:
  PartsWriter(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
              std::span<const std::string> marks, size_t most)
      : tokenizer_(tokenizer), format_(format), marks_(marks), writer_(tokenizer, format, most) {}

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
    std::vector<size_t> next;  // where each mark stands, from `at` on
    for (const std::string& mark : marks_) next.push_back(text.find(mark));
    for (size_t at = 0; at < text.size() && !writer_.too_long();) {
      size_t first = text.size();
      for (size_t i = 0; i < next.size(); ++i) {
        if (next[i] < at) next[i] = text.find(marks_[i], at);
        first = std::min(first, next[i]);
      }
      run_ += text.substr(at, first + 1 - at);
      if (first < text.size()) Flush();
      at = first + 1;
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
                  std::span<const std::string> marks, size_t most) {
  PartsWriter writer(tokenizer, format, marks, most);
  for (const text::ChatPart& part : parts) writer.Add(part);
  return writer.End(vocabulary);
}

Prompt ChatPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::span<const ChatTurn> turns,
                  size_t most) {
  Writer writer(tokenizer, format, most);
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
                  const constrain::TokenTrie& vocabulary, std::string_view text, size_t most) {
  return Writer(tokenizer, format, most).End(text, vocabulary);
}

}  // namespace lmp::exec
