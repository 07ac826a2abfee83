// Opens and drives a Model in tests: one sequence with its own pages, fed in any cuts.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/model/gguf.h"
#include "runtime/model/model.h"
#include "runtime/model/transformer.h"

namespace lmp::testing {

// A model of the bytes of a GGUF file.
inline std::unique_ptr<model::Model> Open(const std::vector<std::byte>& bytes,
                                          const model::TransformerOptions& options) {
  const auto file = model::GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  auto opened = model::OpenModel(*file, options);
  REQUIRE_MESSAGE(opened.ok(), opened.status().ToString());
  return std::move(opened->model);
}

// Of a vocabulary of 300.
inline std::vector<TokenId> RandomIds(uint64_t seed, size_t count) {
  Rng rng(seed);
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(rng.Below(300));
  return ids;
}

// A token timeline and the pages it lies on.
struct Timeline {
  std::vector<TokenId> tokens;
  std::vector<PageId> pages;
  std::vector<int32_t> positions;

  // Pages first_page, first_page + 1, ...
  Timeline(std::vector<TokenId> ids, int first_page) : tokens(std::move(ids)) {
    for (int i = 0; i < PagesFor(static_cast<int>(tokens.size())); ++i) {
      pages.push_back(PageId(first_page + i));
    }
    positions.resize(tokens.size());
    std::iota(positions.begin(), positions.end(), 0);
  }
  // Rows [begin, end); logits for all of them, or from row `logits_from` of the rows.
  model::SequenceRows Rows(size_t begin, size_t end, int logits_from = 0) const {
    return {std::span(tokens).subspan(begin, end - begin),
            std::span(positions).subspan(begin, end - begin),
            std::span(pages).first(static_cast<size_t>(PagesFor(static_cast<int>(end)))),
            logits_from};
  }
  size_t size() const { return tokens.size(); }
};

inline std::vector<float> StepLogits(model::Model& model, model::KvPool& pool,
                                     std::vector<model::SequenceRows> sequences) {
  model::StepLayout layout;
  layout.sequences = std::move(sequences);
  model::StepOutput output;
  const Status status = model.Step(layout, pool, &output);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  return {output.logits.begin(), output.logits.end()};
}

// Logits of every position, the timeline fed in steps of `chunk` rows.
inline std::vector<float> ChunkedLogits(model::Model& model, model::KvPool& pool,
                                        const Timeline& timeline, size_t chunk) {
  std::vector<float> all;
  for (size_t at = 0; at < timeline.size(); at += chunk) {
    const auto part =
        StepLogits(model, pool, {timeline.Rows(at, std::min(timeline.size(), at + chunk))});
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

inline TokenId ArgmaxId(std::span<const float> logits) {
  size_t best = 0;
  for (size_t i = 1; i < logits.size(); ++i) {
    if (logits[i] > logits[best]) best = i;
  }
  return static_cast<TokenId>(best);
}

// The prompt's continuation by argmax, one token per step; `pool` has pages enough from page 0.
inline std::vector<TokenId> GreedyIds(model::Model& model, model::KvPool& pool,
                                      const std::vector<TokenId>& prompt, size_t count) {
  std::vector<TokenId> tokens = prompt;
  size_t computed = 0;
  while (tokens.size() < prompt.size() + count) {
    const Timeline timeline(tokens, 0);
    const size_t rows = tokens.size() - computed;
    const auto logits = StepLogits(
        model, pool, {timeline.Rows(computed, tokens.size(), static_cast<int>(rows) - 1)});
    computed = tokens.size();
    tokens.push_back(ArgmaxId(logits));
  }
  return {tokens.begin() + static_cast<std::ptrdiff_t>(prompt.size()), tokens.end()};
}

}  // namespace lmp::testing
