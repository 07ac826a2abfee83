#include "frontend/repair.h"

#include <algorithm>

namespace lmp::frontend {
namespace {

// Marks origins of bytes that a repair put in; texts are far shorter (kProgramBytesMax).
constexpr uint32_t kInserted = 0x80000000u;

}  // namespace

RepairedText::RepairedText(std::string text, uint32_t source_index)
    : text_(std::move(text)), source_index_(source_index) {}

uint32_t RepairedText::OriginOf(size_t at) const {
  at = std::min(at, text_.size());
  return origins_.empty() ? static_cast<uint32_t>(at) : origins_[at] & ~kInserted;
}

bool RepairedText::IsInserted(size_t at) const {
  return !origins_.empty() && (origins_[std::min(at, text_.size())] & kInserted) != 0;
}

Span RepairedText::Original(uint32_t begin, uint32_t end) const {
  const uint32_t first = OriginOf(begin);
  if (end <= begin) return {source_index_, first, first};
  const uint32_t last = IsInserted(end - 1) ? OriginOf(end) : OriginOf(end - 1) + 1;
  return {source_index_, first, std::max(first, last)};
}

bool RepairedText::IsMadeUp(const Span& span) const {
  for (uint32_t at = span.begin; at < span.end; ++at) {
    if (!IsInserted(at)) return false;
  }
  return span.begin < span.end;
}

void RepairedText::ToOriginal(Diagnostic* diagnostic) const {
  diagnostic->span = Original(diagnostic->span);
  for (Label& label : diagnostic->secondary) label.span = Original(label.span);
  for (Fix& fix : diagnostic->fixes) fix.span = Original(fix.span);
}

void RepairedText::Apply(const std::vector<Diagnostic>& repairs) {
  std::vector<const Fix*> fixes;
  for (const Diagnostic& repair : repairs) {
    for (const Fix& fix : repair.fixes) fixes.push_back(&fix);
  }
  std::stable_sort(fixes.begin(), fixes.end(),
                   [](const Fix* a, const Fix* b) { return a->span.begin < b->span.begin; });
  std::string text;
  std::vector<uint32_t> origins;
  size_t at = 0;
  const auto keep_until = [&](size_t end) {
    for (; at < end; ++at) {
      text += text_[at];
      origins.push_back(OriginOf(at) | (IsInserted(at) ? kInserted : 0));
    }
  };
  for (const Fix* fix : fixes) {
    // Overlapping repairs: the first wins.
    if (fix->span.begin < at) continue;
    keep_until(std::min<size_t>(fix->span.begin, text_.size()));
    const uint32_t origin = OriginOf(at);
    text += fix->replacement;
    origins.insert(origins.end(), fix->replacement.size(), origin | kInserted);
    at = std::clamp<size_t>(fix->span.end, at, text_.size());
  }
  keep_until(text_.size());
  origins.push_back(OriginOf(text_.size()));
  text_ = std::move(text);
  origins_ = std::move(origins);
}

}  // namespace lmp::frontend
