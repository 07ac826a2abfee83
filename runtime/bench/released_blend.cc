#include "runtime/bench/released_blend.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include "runtime/engine/fusion_plan.h"

namespace lmp::bench {
namespace {

constexpr int kBlendLayer = 1;  // the check layer; it and those below are computed for all rows
constexpr std::chrono::seconds kReadWait{60};

// V of the check layer of a step's rows.
class CheckValues final : public model::KvCapture {
 public:
  void Layer(int layer, std::span<const float>, std::span<const float> v, int) override {
    if (layer == kBlendLayer) values.assign(v.begin(), v.end());
  }
  std::vector<float> values;
};

}  // namespace

struct ReleasedBlend::Prepared {
  std::unique_ptr<model::KvPool> pool;
  std::vector<PageId> pages;
  std::vector<float> check_v;  // fresh, of all rows
  std::vector<engine::StoredChunk> stored;
  std::vector<uint8_t> computed;  // per row: above the check layer as well
  std::vector<float> logits;      // of the prompt rows that were asked for
  int before = 0;
  double charged = 0;
};

// Everything computed, as a start.
Status ReleasedBlend::Compute(const engine::SequenceSpec& spec, Prepared* out) {
  const auto page_count = static_cast<uint32_t>(out->pages.size());
  LMP_TRY(out->pool, model_.MakeKvPool(page_count));
  std::vector<int32_t> positions(spec.tokens.size());
  std::iota(positions.begin(), positions.end(), 0);
  CheckValues capture;
  model::StepLayout layout;
  layout.sequences.push_back({.tokens = spec.tokens,
                              .positions = positions,
                              .pages = out->pages,
                              .logits_from = static_cast<int>(spec.tokens.size())});
  layout.capture = &capture;
  model::StepOutput output;
  LMP_RETURN_IF_ERROR(model_.Step(layout, *out->pool, &output));
  out->check_v = std::move(capture.values);
  return OkStatus();
}

// The stored objects of the chunks, in order.
Status ReleasedBlend::Find(const engine::SequenceSpec& spec, Prepared* out) {
  const std::span<const TokenId> tokens = spec.tokens;
  const auto context = tokens.first(static_cast<size_t>(spec.context_tokens));
  for (const engine::ChunkSpan& span : spec.chunks) {
    const cache::ChunkKey key{
        .tenant = spec.tenant,
        .identity = store_->identity_digest(),
        .chunk = cache::MakeChunkId(tokens.subspan(static_cast<size_t>(span.begin),
                                                   static_cast<size_t>(span.end - span.begin))),
        .context = context.size() == 1 ? cache::CompileContext::Bos()
                                       : cache::CompileContext::Prefix(context)};
    const auto read = store_->Get(key);
    if (read == nullptr) return NotFound("a passage is not stored");
    LMP_RETURN_IF_ERROR(read->Wait(read->group_count() - 1, kReadWait).status());
    engine::StoredChunk object{.shape = read->shape(), .groups = read->groups(), .bytes = {}};
    LMP_TRY(object.bytes, read->All());
    out->stored.push_back(std::move(object));
  }
  return OkStatus();
}

// Which rows are computed above the check layer: those of no chunk, and over all chunks those whose
// V deviates most.
void ReleasedBlend::Choose(const engine::SequenceSpec& spec, double ratio, Prepared* out) {
  const size_t width = out->check_v.size() / spec.tokens.size();
  std::vector<std::pair<float, size_t>> order;
  std::vector<float> v;
  out->computed.assign(spec.tokens.size(), 1);
  for (size_t c = 0; c < spec.chunks.size(); ++c) {
    const engine::ChunkSpan& span = spec.chunks[c];
    const auto first = static_cast<size_t>(span.begin), end = static_cast<size_t>(span.end);
    v.resize(width * (end - first));
    out->stored[c].Layer(kBlendLayer).WidenV(0, span.end - span.begin, v);
    for (size_t p = first; p < end; ++p) {
      float sum = 0;
      for (size_t d = 0; d < width; ++d) {
        const float x = out->check_v[p * width + d] - v[(p - first) * width + d];
        sum += x * x;
      }
      order.emplace_back(-sum, p);
      out->computed[p] = 0;
    }
  }
  const auto reusable = static_cast<double>(order.size());
  const auto chosen = static_cast<size_t>(ratio * reusable);
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < chosen; ++i) out->computed[order[i].second] = 1;
  const double layers = model_.config().layers, checked = kBlendLayer + 1;
  out->charged = (checked + (layers - checked) * static_cast<double>(chosen) / reusable) / layers;
}

// Puts stored rows in the place of computed ones, above the check layer.
Status ReleasedBlend::Overlay(const engine::SequenceSpec& spec, Prepared* out) {
  const size_t width = out->check_v.size() / spec.tokens.size();
  std::vector<float> k(width), v(width);
  for (size_t c = 0; c < out->stored.size(); ++c) {
    for (int layer = kBlendLayer + 1; layer < model_.config().layers; ++layer) {
      const cache::LayerRows rows = out->stored[c].Layer(layer);
      for (int32_t p = spec.chunks[c].begin; p < spec.chunks[c].end; ++p) {
        if (out->computed[static_cast<size_t>(p)] != 0) continue;
        rows.WidenK(p - spec.chunks[c].begin, 1, k);
        rows.WidenV(p - spec.chunks[c].begin, 1, v);
        LMP_RETURN_IF_ERROR(model_.WriteKv(
            {.layer = layer, .positions = {&p, 1}, .pages = out->pages, .k = k, .v = v},
            *out->pool));
      }
    }
  }
  return OkStatus();
}

// The chosen rows again, over the stored ones.
Status ReleasedBlend::Repair(const engine::SequenceSpec& spec, Prepared* out) {
  std::vector<TokenId> tokens;
  std::vector<int32_t> positions, mask;
  for (size_t p = 0; p < spec.tokens.size(); ++p) {
    if (out->computed[p] == 0) continue;
    tokens.push_back(spec.tokens[p]);
    positions.push_back(static_cast<int32_t>(p));
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    mask.push_back(static_cast<int32_t>(spec.tokens.size() - positions.size() + i));
  }
  model::StepLayout layout;
  layout.sequences.push_back({.tokens = tokens,
                              .positions = positions,
                              .pages = out->pages,
                              .logits_from = static_cast<int>(tokens.size()) - 1 - out->before,
                              .mask = mask});
  layout.mask_layer = kBlendLayer + 1;
  model::StepOutput output;
  LMP_RETURN_IF_ERROR(model_.Step(layout, *out->pool, &output));
  out->logits.assign(output.logits.begin(), output.logits.end());
  return OkStatus();
}

Status ReleasedBlend::Decode(const Prepared& prepared, int tokens_max, ReleasedRun* run) {
  const auto vocabulary = static_cast<size_t>(model_.config().vocabulary);
  run->logits = prepared.logits;
  run->charged = prepared.charged;
  for (auto position = static_cast<int32_t>(prepared.computed.size());; ++position) {
    const auto row = std::span(run->logits).last(vocabulary);
    const std::optional<TokenId> drawn = sampler_.Draw(row, allowed_, {}, 0);
    if (!drawn.has_value()) return Internal("no token can be drawn");
    const TokenId best = *drawn;
    run->ended = std::find(ends_.begin(), ends_.end(), best) != ends_.end();
    if (run->ended || static_cast<int>(run->tokens.size()) == tokens_max) return OkStatus();
    run->tokens.push_back(best);
    model::StepLayout layout;
    layout.sequences.push_back({.tokens = std::span(&best, 1),
                                .positions = std::span(&position, 1),
                                .pages = prepared.pages,
                                .logits_from = 0});
    model::StepOutput output;
    LMP_RETURN_IF_ERROR(model_.Step(layout, *prepared.pool, &output));
    run->logits.insert(run->logits.end(), output.logits.begin(), output.logits.end());
  }
}

ReleasedBlend::ReleasedBlend(model::Model& model, std::shared_ptr<cache::ChunkStore> store,
                             constrain::TokenMask allowed, std::vector<TokenId> ends)
    : model_(model),
      store_(std::move(store)),
      allowed_(std::move(allowed)),
      ends_(std::move(ends)) {
  for (const TokenId id : ends_) allowed_.Set(id, true);
}

Result<ReleasedRun> ReleasedBlend::Run(const engine::SequenceSpec& spec, double ratio,
                                       int tokens_max, int before) {
  Prepared prepared;
  prepared.before = before;
  const int rows = static_cast<int>(spec.tokens.size()) + tokens_max;
  for (int page = 0; page < PagesFor(rows); ++page) {
    prepared.pages.push_back(PageId{static_cast<uint32_t>(page)});
  }
  LMP_RETURN_IF_ERROR(Find(spec, &prepared));
  LMP_RETURN_IF_ERROR(Compute(spec, &prepared));
  Choose(spec, ratio, &prepared);
  LMP_RETURN_IF_ERROR(Overlay(spec, &prepared));
  LMP_RETURN_IF_ERROR(Repair(spec, &prepared));
  ReleasedRun run;
  LMP_RETURN_IF_ERROR(Decode(prepared, tokens_max, &run));
  return run;
}

}  // namespace lmp::bench
