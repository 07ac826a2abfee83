#include "runtime/api/context_parts.h"

#include <algorithm>

namespace lmp::api {
namespace {

std::string_view KindName(exec::SegmentKind kind) {
  switch (kind) {
    case exec::SegmentKind::kControl:
      return "role";
    case exec::SegmentKind::kStatic:
      return "static";
    case exec::SegmentKind::kDynamic:
      return "dynamic";
    case exec::SegmentKind::kGenerated:
      return "generated";
  }
  return "";
}

// What the KV of a token was when the last question was asked.
std::string_view StateOf(const exec::ContextValue& context, size_t token) {
  if (token < static_cast<size_t>(context.cached_tokens)) return "cached";
  return token < static_cast<size_t>(context.known_tokens) ? "computed" : "waiting";
}

void Add(std::string_view kind, std::string_view state, std::string_view text, int tokens,
         std::vector<ContextPart>* parts) {
  if (parts->empty() || parts->back().kind != kind || parts->back().state != state)
    parts->push_back({std::string(kind), std::string(state), "", 0});
  parts->back().text += text;
  parts->back().tokens += tokens;
}

}  // namespace

std::vector<ContextPart> PartsOf(const exec::ContextValue& context,
                                 const text::Tokenizer& tokenizer) {
  std::vector<ContextPart> parts;
  // The beginning of the sequence belongs to no segment.
  size_t segment = 0;
  for (size_t i = 0; i < context.tokens.size(); ++i) {
    while (segment < context.segments.size() && context.segments[segment].token_begin <= i)
      ++segment;
    const exec::SegmentKind kind =
        segment > 0 ? context.segments[segment - 1].kind : exec::SegmentKind::kControl;
    const bool forced =
        std::binary_search(context.forced.begin(), context.forced.end(), static_cast<int>(i));
    const TokenId id = context.tokens[i];
    const std::string_view text = tokenizer.IsControl(id)
                                      ? tokenizer.spec().pieces[static_cast<size_t>(id)]
                                      : tokenizer.Bytes(id);
    Add(forced ? "forced" : KindName(kind), StateOf(context, i), text, 1, &parts);
  }
  if (!context.pending.empty()) {
    std::vector<TokenId> ids;
    tokenizer.Encode(context.pending, context.next, &ids);
    const exec::SegmentKind kind =
        context.segments.empty() ? exec::SegmentKind::kControl : context.segments.back().kind;
    Add(KindName(kind), "waiting", context.pending, static_cast<int>(ids.size()), &parts);
  }
  return parts;
}

}  // namespace lmp::api
