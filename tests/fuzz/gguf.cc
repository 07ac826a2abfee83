// Any bytes as a model file: an error or a model, never a crash. What loads runs one step.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/model/transformer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp;
  const auto file = model::GgufFile::Parse(std::as_bytes(std::span(data, size)));
  if (!file.ok()) return 0;
  auto opened = model::OpenModel(*file, {.kernels = "reference", .threads = 1});
  if (!opened.ok()) return 0;
  static_cast<void>(text::MakeTokenizer(std::move(opened->tokenizer)));
  auto pool = opened->model->MakeKvPool(1);
  if (!pool.ok()) return 0;
  const std::vector<TokenId> tokens = {0};
  const std::vector<int32_t> positions = {0};
  const std::vector<PageId> pages = {PageId(0)};
  model::StepLayout layout;
  layout.sequences.push_back({tokens, positions, pages, 0});
  model::StepOutput output;
  static_cast<void>(opened->model->Step(layout, **pool, &output));
  return 0;
}
