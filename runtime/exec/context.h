// ContextValue: the run-time form of an IR `ctx`: an immutable token timeline plus the tail of text
// that is not tokenised yet.
//
//   tokens  | BOS | header | body of message 1 ... footer | header | body of message 2, stable part
//   | pending " tail"
//
// Tail rule (decision 8, language.md 3.6): text inside one message body is tokenised as a whole. As
// literals and interpolations arrive, the part that no continuation can change becomes tokens, the
// rest stays `pending`; a hard seam (role marker, gen) settles it. Before a gen the last tokens of
// the pending text are given back to the generation (token healing, decision 9).
//
// Values are immutable and belong to the engine thread (they may own a Retained handle) until they
// are a run's result: then any thread may hold and drop them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "runtime/constrain/token_trie.h"
#include "runtime/engine/engine.h"
#include "runtime/text/chat_format.h"
#include "runtime/text/tokenizer.h"

namespace lmp::exec {

inline constexpr size_t kHealedTokensMax = 4;

enum class SegmentKind : uint8_t { kControl, kStatic, kDynamic, kGenerated };

// Where a piece of the timeline came from; it reaches to the next segment's begin. A word that
// straddles two texts is counted to the later one.
struct Segment {
  SegmentKind kind = SegmentKind::kControl;
  Span span;  // of the source construct
  size_t token_begin = 0;
  size_t text_begin = 0;  // bytes of pending text before it, as long as that is pending
};

struct ContextValue final : ir::ContextBase {
  std::vector<TokenId> tokens;
  std::string pending;
  text::FragmentStart next = text::FragmentStart::kMessage;  // how `pending` begins
  std::vector<Segment> segments;
  // Passages (ctx.insert), in ascending order; tokens [0, chunk_context) are what their stored KV
  // is computed behind: the first message if it is a system message of fixed text, else BOS.
  std::vector<engine::ChunkSpan> chunks;
  int chunk_context = 0;
  int messages = 0;         // opened so far
  bool is_private = false;  // its KV is shared with no other run
  // For whoever looks at the timeline: tokens that a constraint forced, by index, ascending; how
  // many at its front were in the cache at the last question, and how many had their KV behind it.
  std::vector<int> forced;
  int cached_tokens = 0, known_tokens = 0;
  // Keeps this timeline's KV in the cache; reset by ctx.drop. Does not change the value.
  mutable std::unique_ptr<engine::Retained> retained;
  // The same for a value outside of the engine's thread: the handle is the loop's, and goes when
  // the last copy of this does (Loop::Keep). Set once, on the engine's thread.
  mutable std::shared_ptr<const void> kept;

  ContextValue() = default;
  // Copies the timeline, not the handles.
  ContextValue(const ContextValue& other)
      : ContextBase(other),
        tokens(other.tokens),
        pending(other.pending),
        next(other.next),
        segments(other.segments),
        chunks(other.chunks),
        chunk_context(other.chunk_context),
        messages(other.messages),
        is_private(other.is_private),
        forced(other.forced),
        cached_tokens(other.cached_tokens),
        known_tokens(other.known_tokens) {}
  ContextValue& operator=(const ContextValue&) = delete;
};
using ContextRef = std::shared_ptr<const ContextValue>;

// A literal behind a seam, tokenised when the plan is bound.
struct StaticText {
  text::FragmentStart start = text::FragmentStart::kMessage;
  std::vector<TokenId> tokens;  // of text[0, size - tail.size())
  std::string tail;
};
StaticText TokeniseStatic(const text::Tokenizer& tokenizer, std::string_view text,
                          text::FragmentStart start);

// Makes contexts for one (tokenizer, chat format) pair; borrows both.
class ContextMaker {
 public:
  ContextMaker(const text::Tokenizer& tokenizer, const text::ChatFormat& format)
      : tokenizer_(tokenizer), format_(format) {}

  ContextRef Empty() const;
  ContextRef Open(const ContextValue& context, ir::Role role, Span span,
                  bool is_private = false) const;
  ContextRef Close(const ContextValue& context, ir::Role role, Span span) const;
  // `ready` (nullable) is used where its start fits and nothing is pending.
  ContextRef Append(const ContextValue& context, std::string_view text, SegmentKind kind, Span span,
                    const StaticText* ready) const;
  // Appends a passage between hard seams, tokenised as if it stood alone: the ids of a passage do
  // not depend on its place, so that its stored KV can be reused anywhere.
  // `document`: of which the passage is a part, or "".
  ContextRef Insert(const ContextValue& context, std::string_view passage,
                    const engine::ReusePolicy& policy, Span span, std::string document = {}) const;
  // The same timeline with nothing pending.
  ContextRef Settled(const ContextValue& context) const;
  // Behind a generation: `prompt` with `generated` as a segment of its own.
  std::shared_ptr<ContextValue> AfterGeneration(std::vector<TokenId> prompt,
                                                const std::vector<TokenId>& generated,
                                                const ContextValue& before, Span span) const;
  // Where a generation behind `context` begins (token healing, decision 9): what is pending becomes
  // tokens, but for its last ones, at most kHealedTokensMax, whose bytes a longer token of the
  // vocabulary begins with. The generation must begin with these bytes; they are no part of its
  // value.
  struct Seam {
    ContextRef context;  // nothing pending
    std::string forced;
  };
  Seam Heal(const ContextValue& context, const constrain::TokenTrie& vocabulary) const;
  // How many tokens a prompt is that ends here, or a text that stands alone.
  size_t TokenCount(const ContextValue& context) const;
  size_t TokenCount(std::string_view text) const;
  // The beginning of a text: whole characters, and at most so many tokens if it stands alone.
  std::string_view Clip(std::string_view text, size_t tokens) const;
  // Ids of pending + text as they would stand behind `context.tokens`.
  std::vector<TokenId> TokeniseBehind(const ContextValue& context, std::string_view text) const;

  const text::Tokenizer& tokenizer() const { return tokenizer_; }
  const text::ChatFormat& format() const { return format_; }

 private:
  void Settle(ContextValue* context) const;
  size_t DummyBytes(const ContextValue& context) const;
  // Makes tokens of the first bytes of what is pending.
  void Encode(size_t bytes, ContextValue* context) const;
  void AppendMarker(ContextValue* context, const text::Marker& marker, Span span) const;

  const text::Tokenizer& tokenizer_;
  const text::ChatFormat& format_;
};

}  // namespace lmp::exec
