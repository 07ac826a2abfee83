// What fuzz targets of model files do with a model that was opened: one step of one token.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/model/transformer.h"

namespace lmp {

inline void FirstStep(Result<model::OpenedModel> opened) {
  if (!opened.ok()) return;
  static_cast<void>(text::MakeTokenizer(std::move(opened->tokenizer)));
  auto pool = opened->model->MakeKvPool(1);
  if (!pool.ok()) return;
  const std::vector<TokenId> tokens = {0};
  const std::vector<int32_t> positions = {0};
  const std::vector<PageId> pages = {PageId(0)};
  model::StepLayout layout;
  layout.sequences.push_back({tokens, positions, pages, 0});
  model::StepOutput output;
  static_cast<void>(opened->model->Step(layout, **pool, &output));
}

}  // namespace lmp
