#include "runtime/exec/context.h"

#include <algorithm>
#include <utility>

#include "runtime/base/text.h"

namespace lmp::exec {

namespace {

void Mark(ContextValue* context, SegmentKind kind, Span span) {
  context->segments.push_back({kind, span, context->tokens.size(), context->pending.size()});
}

// Tells segments that began inside of pending text where they begin, now that the first `bytes` of
// it are the tokens from `first` on, whose text begins `before` bytes earlier.
void Place(const text::Tokenizer& tokenizer, size_t first, size_t bytes, size_t before,
           ContextValue* context) {
  std::vector<Segment>& segments = context->segments;
  const std::vector<TokenId>& tokens = context->tokens;
  size_t s = segments.size();
  while (s > 0 && segments[s - 1].text_begin > 0) --s;
  size_t token = first, end = 0;
  for (; s < segments.size(); ++s) {
    const bool pending = segments[s].text_begin >= bytes;
    const size_t begin = segments[s].text_begin + before;
    segments[s].text_begin = pending ? segments[s].text_begin - bytes : 0;
    while (!pending && token < tokens.size()) {
      const size_t size = tokenizer.Bytes(tokens[token]).size();
      if (end + size > begin) break;
      end += size;
      ++token;
    }
    segments[s].token_begin = pending ? tokens.size() : token;
  }
}

text::Role ToTextRole(ir::Role role) {
  switch (role) {
    case ir::Role::kSystem:
      return text::Role::kSystem;
    case ir::Role::kUser:
      return text::Role::kUser;
    case ir::Role::kAssistant:
      return text::Role::kAssistant;
    case ir::Role::kObserve:
      return text::Role::kObserve;
  }
  return text::Role::kUser;
}

// True while nothing but one system message of fixed text has been written. What a text that
// changes from run to run stands in is no prefix to store passages behind.
bool IsFixedSystemPrefix(const ContextValue& context) {
  return context.chunks.empty() && context.messages == 1 &&
         std::none_of(context.segments.begin(), context.segments.end(), [](const Segment& s) {
           return s.kind == SegmentKind::kDynamic || s.kind == SegmentKind::kGenerated;
         });
}

}  // namespace

StaticText TokeniseStatic(const text::Tokenizer& tokenizer, std::string_view text,
                          text::FragmentStart start) {
  StaticText out;
  out.start = start;
  const size_t cut = tokenizer.StableCut(text, start);
  if (cut > 0) tokenizer.Encode(text.substr(0, cut), start, &out.tokens);
  out.tail = text.substr(cut);
  return out;
}

ContextRef ContextMaker::Empty() const {
  auto out = std::make_shared<ContextValue>();
  const text::TokenizerSpec& spec = tokenizer_.spec();
  if (spec.add_bos && spec.bos >= 0) {
    Mark(out.get(), SegmentKind::kControl, {});
    out->tokens.push_back(spec.bos);
    out->chunk_context = 1;
  }
  return out;
}

void ContextMaker::Settle(ContextValue* context) const {
  if (!context->pending.empty()) Encode(context->pending.size(), context);
}

void ContextMaker::Encode(size_t bytes, ContextValue* context) const {
  const size_t first = context->tokens.size();
  tokenizer_.Encode(std::string_view(context->pending).substr(0, bytes), context->next,
                    &context->tokens);
  Place(tokenizer_, first, bytes, DummyBytes(*context), context);
  context->pending.erase(0, bytes);
  context->next = text::FragmentStart::kContinue;
}

// Of SentencePiece's dummy prefix: a space in front of the fragment's first word.
size_t ContextMaker::DummyBytes(const ContextValue& context) const {
  return context.next == text::FragmentStart::kMessage && tokenizer_.spec().add_space_prefix ? 1
                                                                                             : 0;
}

// An empty marker (raw format) adds nothing and begins no new fragment.
void ContextMaker::AppendMarker(ContextValue* context, const text::Marker& marker,
                                Span span) const {
  Settle(context);
  if (marker.ids.empty()) return;
  Mark(context, SegmentKind::kControl, span);
  context->tokens.insert(context->tokens.end(), marker.ids.begin(), marker.ids.end());
  context->next = marker.next;
}

ContextRef ContextMaker::Open(const ContextValue& context, ir::Role role, Span span,
                              bool is_private) const {
  auto out = std::make_shared<ContextValue>(context);
  out->is_private = context.is_private || is_private;
  AppendMarker(out.get(), format_.header(ToTextRole(role)), span);
  ++out->messages;
  return out;
}

ContextRef ContextMaker::Close(const ContextValue& context, ir::Role role, Span span) const {
  auto out = std::make_shared<ContextValue>(context);
  AppendMarker(out.get(), format_.footer, span);
  if (role != ir::Role::kSystem || !IsFixedSystemPrefix(*out)) return out;
  out->chunk_context = static_cast<int>(out->tokens.size());
  return out;
}

ContextRef ContextMaker::Insert(const ContextValue& context, std::string_view passage,
                                const engine::ReusePolicy& policy, Span span,
                                std::string document) const {
  auto out = std::make_shared<ContextValue>(context);
  if (passage.empty()) return out;
  Settle(out.get());
  Mark(out.get(), SegmentKind::kDynamic, span);
  const auto begin = static_cast<int>(out->tokens.size());
  tokenizer_.Encode(passage, text::FragmentStart::kContinue, &out->tokens);
  out->chunks.push_back({begin, static_cast<int>(out->tokens.size()), policy, std::move(document)});
  out->next = text::FragmentStart::kContinue;
  return out;
}

ContextRef ContextMaker::Append(const ContextValue& context, std::string_view text,
                                SegmentKind kind, Span span, const StaticText* ready) const {
  auto out = std::make_shared<ContextValue>(context);
  if (text.empty()) return out;
  Mark(out.get(), kind, span);
  if (ready != nullptr && out->pending.empty() && ready->start == out->next) {
    out->tokens.insert(out->tokens.end(), ready->tokens.begin(), ready->tokens.end());
    out->pending = ready->tail;
    if (!ready->tokens.empty()) out->next = text::FragmentStart::kContinue;
    return out;
  }
  out->pending.append(text);
  const size_t cut = tokenizer_.StableCut(out->pending, out->next);
  if (cut > 0) Encode(cut, out.get());
  return out;
}

ContextRef ContextMaker::Settled(const ContextValue& context) const {
  auto out = std::make_shared<ContextValue>(context);
  Settle(out.get());
  return out;
}

std::shared_ptr<ContextValue> ContextMaker::AfterGeneration(std::vector<TokenId> prompt,
                                                            const std::vector<TokenId>& generated,
                                                            const ContextValue& before,
                                                            Span span) const {
  auto out = std::make_shared<ContextValue>();
  out->segments = before.segments;
  out->chunks = before.chunks;
  out->chunk_context = before.chunk_context;
  out->messages = before.messages;
  out->is_private = before.is_private;
  out->forced = before.forced;
  out->cached_tokens = before.cached_tokens;
  out->known_tokens = before.known_tokens;
  out->tokens = std::move(prompt);
  Mark(out.get(), SegmentKind::kGenerated, span);
  out->tokens.insert(out->tokens.end(), generated.begin(), generated.end());
  out->next = text::FragmentStart::kContinue;
  return out;
}

ContextMaker::Seam ContextMaker::Heal(const ContextValue& context,
                                      const constrain::TokenTrie& vocabulary) const {
  const size_t dummy = DummyBytes(context);
  if (context.pending.empty()) {
    return {std::make_shared<ContextValue>(context), dummy > 0 ? " " : ""};
  }
  std::vector<TokenId> ids;
  tokenizer_.Encode(context.pending, context.next, &ids);
  size_t settled = ids.size();
  std::string tail, forced;
  for (size_t i = ids.size(); i-- > 0 && ids.size() - i <= kHealedTokensMax;) {
    const std::string_view bytes = vocabulary.Bytes(ids[i]);
    if (bytes.empty()) break;  // a piece that does not spell its text: it stays
    tail.insert(0, bytes);
    if (!vocabulary.GoesOn(tail)) continue;
    settled = i;
    forced = tail;
  }
  auto out = std::make_shared<ContextValue>(context);
  out->tokens.insert(out->tokens.end(), ids.begin(),
                     ids.begin() + static_cast<std::ptrdiff_t>(settled));
  Place(tokenizer_, context.tokens.size(), context.pending.size(), dummy, out.get());
  out->pending.clear();
  out->next = text::FragmentStart::kContinue;
  return {std::move(out), std::move(forced)};
}

size_t ContextMaker::TokenCount(const ContextValue& context) const {
  return context.tokens.size() + TokeniseBehind(context, "").size();
}

size_t ContextMaker::TokenCount(std::string_view text) const {
  std::vector<TokenId> ids;
  tokenizer_.Encode(text, text::FragmentStart::kContinue, &ids);
  return ids.size();
}

std::string_view ContextMaker::Clip(std::string_view text, size_t tokens) const {
  for (;;) {
    std::vector<TokenId> ids;
    tokenizer_.Encode(text, text::FragmentStart::kContinue, &ids);
    if (ids.size() <= tokens) return text;
    ids.resize(tokens);
    // A cut inside a word may be spelt with more tokens than the word had there: once more.
    const std::string kept = tokenizer_.Decode(ids, text::FragmentStart::kContinue);
    text = text.substr(0, Utf8SafePrefix(text.substr(0, std::min(kept.size(), text.size() - 1))));
  }
}

std::vector<TokenId> ContextMaker::TokeniseBehind(const ContextValue& context,
                                                  std::string_view text) const {
  std::vector<TokenId> ids;
  tokenizer_.Encode(context.pending + std::string(text), context.next, &ids);
  return ids;
}

}  // namespace lmp::exec
