#include "runtime/engine/draft.h"

#include <algorithm>

namespace lmp::engine {

void Draft::Propose(std::span<const TokenId> tokens, int room) {
  tokens_.clear();
  if (wait_ > 0) {
    --wait_;
    return;
  }
  const auto size = static_cast<int>(tokens.size());
  const auto at = [&](int i) { return tokens[static_cast<size_t>(i)]; };
  // Of the places where the last tokens stood before: the longest match, of those the last.
  int best_end = 0, best = kDraftMatch - 1;
  for (int end = size - 1; end >= kDraftMatch && best < kCompareMax; --end) {
    if (at(end - 1) != at(size - 1)) continue;
    int same = 1;
    while (same < std::min(end, kCompareMax) && at(end - 1 - same) == at(size - 1 - same)) ++same;
    if (same > best) {
      best = same;
      best_end = end;
    }
  }
  if (best_end == 0) return;
  const int count = std::min({length_, room, size - best_end});
  const auto from = tokens.subspan(static_cast<size_t>(best_end));
  for (int i = 0; i < count; ++i) tokens_.push_back(from[static_cast<size_t>(i)]);
}

void Draft::Judge(int drawn) {
  const int guessed = size();
  tokens_.clear();
  if (guessed == 0) return;
  if (drawn == 0) {
    next_wait_ = std::clamp(4 * next_wait_, kWaitMin, kWaitMax);
    wait_ = next_wait_;
    length_ = kDraftMin;
  } else {
    next_wait_ = 0;
    length_ = drawn == guessed ? std::min(2 * length_, kDraftMax) : std::max(drawn, kDraftMin);
  }
}

}  // namespace lmp::engine
