#include "runtime/engine/fusion_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/base/check.h"

namespace lmp::engine {

size_t StoredChunk::GroupOf(int layer) const {
  const auto holds = [&](const cache::LayerGroup& g) { return layer < g.first + g.count; };
  const auto at = std::find_if(groups.begin(), groups.end(), holds);
  LMP_CHECK(at != groups.end());
  return static_cast<size_t>(at - groups.begin());
}

cache::LayerRows StoredChunk::Layer(int layer) const {
  const size_t g = GroupOf(layer);
  LMP_CHECK(g < bytes.size());
  return cache::RowsOfLayer(shape, groups[g], layer, bytes[g].bytes);
}

FusionPlan::FusionPlan(std::vector<FusedChunk> chunks, int prompt_size)
    : chunks_(std::move(chunks)),
      selections_(chunks_.size()),
      prompt_size_(prompt_size),
      exact_end_(prompt_size),
      stored_(static_cast<size_t>(prompt_size), 0),
      in_chunk_(static_cast<size_t>(prompt_size), 0) {
  int last = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const FusedChunk& chunk = chunks_[i];
    LMP_CHECK(chunk.begin >= last && chunk.begin < chunk.end && chunk.end <= prompt_size_);
    LMP_CHECK(chunk.stored != nullptr && chunk.stored->shape.tokens == chunk.rows());
    LMP_CHECK(chunk.exact || chunk.virtual_token < 0);
    last = chunk.end;
    if (!chunk.exact) exact_end_ = std::min(exact_end_, chunk.begin);
    std::fill(in_chunk_.begin() + chunk.begin, in_chunk_.begin() + chunk.end, uint8_t{1});
    if (chunk.exact || chunk.policy.kind != ReuseKind::kBlend) Choose(i);
  }
}

ReuseKind FusionPlan::kind() const {
  for (const FusedChunk& chunk : chunks_) {
    if (!chunk.exact) return chunk.policy.kind;
  }
  return chunks_.empty() ? ReuseKind::kPrefix : chunks_.front().policy.kind;
}

// Marks the rows of chunk `index` that are not computed.
void FusionPlan::Choose(size_t index) {
  const FusedChunk& chunk = chunks_[index];
  Selection& selection = selections_[index];
  const auto rows = static_cast<size_t>(chunk.rows());
  std::vector<uint8_t> keep(rows, 1);
  size_t head = 0;
  if (!chunk.exact && chunk.policy.kind == ReuseKind::kLink) {
    head = static_cast<size_t>(chunk.policy.link_rows);
  } else if (!chunk.exact && chunk.policy.kind == ReuseKind::kBlend) {
    head = kBlendHeadRows;
    LMP_CHECK(selection.deviation.size() == rows);
    const double wanted = std::ceil(chunk.policy.blend_ratio * static_cast<double>(rows));
    const size_t quota = std::min(rows, static_cast<size_t>(std::max(wanted, 0.0)));
    std::vector<size_t> order(rows);
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return selection.deviation[a] > selection.deviation[b];
    });
    for (size_t i = 0; i < quota; ++i) keep[order[i]] = 0;
  }
  for (size_t i = 0; i < rows; ++i) {
    const int position = chunk.begin + static_cast<int>(i);
    const bool stored = keep[i] != 0 && i >= head && position < chunk.computed_from;
    stored_[static_cast<size_t>(position)] = stored ? 1 : 0;
  }
  selection.chosen = true;
  selection.deviation = {};
}

int FusionPlan::RowsToCompute(int begin, int end) const {
  const int known = std::clamp(end, begin, std::max(begin, prompt_size_));
  const auto first = stored_.begin() + std::min(begin, prompt_size_);
  return end - begin -
         static_cast<int>(std::count(
             first, first + (std::min(known, prompt_size_) - std::min(begin, prompt_size_)), 1));
}

int FusionPlan::RunEnd(int begin, int rows, int rows_end) const {
  int end = begin;
  for (; end < rows_end; ++end) {
    if (end >= prompt_size_) return std::min(rows_end, end + rows);
    if (stored(end)) continue;
    if (rows-- == 0) break;
  }
  return end;
}

int FusionPlan::RowsRepaired(int begin, int end) const {
  int count = 0;
  for (int p = begin; p < std::min(end, prompt_size_); ++p) {
    const auto at = static_cast<size_t>(p);
    count += in_chunk_[at] != 0 && stored_[at] == 0 ? 1 : 0;
  }
  return count;
}

int FusionPlan::Clip(int found) const {
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (selections_[i].chosen || found <= chunks_[i].begin || found >= chunks_[i].end) continue;
    return chunks_[i].begin;
  }
  return found;
}

void FusionPlan::Path(std::span<const TokenId> tokens, std::vector<TokenId>* path) const {
  path->assign(tokens.begin(), tokens.end());
  for (const FusedChunk& chunk : chunks_) {
    const auto at = static_cast<size_t>(chunk.begin);
    if (!chunk.exact && at < path->size()) (*path)[at] = chunk.virtual_token;
  }
}

FusionPlan::Rows FusionPlan::NextProbe(int computed) const {
  int end = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (!selections_[i].chosen && chunks_[i].end > computed) end = chunks_[i].end;
  }
  return {std::max(computed, probed_), end};
}

void FusionPlan::TakeProbe(int begin, int rows, std::span<const float> v) {
  probed_ = begin + rows;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const FusedChunk& chunk = chunks_[i];
    const int from = std::max(begin, chunk.begin);
    const int to = std::min(begin + rows, chunk.end);
    if (selections_[i].chosen || from >= to) continue;
    const size_t width = chunk.stored->shape.row_elements();
    LMP_CHECK(v.size() == width * static_cast<size_t>(rows));
    scratch_.resize(width * static_cast<size_t>(to - from));
    chunk.stored->Layer(kCheckLayer).WidenV(from - chunk.begin, to - from, scratch_);
    std::vector<float>& deviation = selections_[i].deviation;
    deviation.resize(static_cast<size_t>(chunk.rows()), 0.0f);
    for (int p = from; p < to; ++p) {
      const float* const fresh = v.data() + static_cast<size_t>(p - begin) * width;
      const float* const old = scratch_.data() + static_cast<size_t>(p - from) * width;
      float sum = 0;
      for (size_t d = 0; d < width; ++d) sum += (fresh[d] - old[d]) * (fresh[d] - old[d]);
      // A row that is not a number deviates most.
      deviation[static_cast<size_t>(p - chunk.begin)] = std::isnan(sum) ? HUGE_VALF : sum;
    }
    if (to == chunk.end) Choose(i);
  }
}

}  // namespace lmp::engine
