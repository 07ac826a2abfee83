// Any bytes as a model file: an error or a model, never a crash. What loads runs one step.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/fuzz/first_step.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp;
  const auto file = model::GgufFile::Parse(std::as_bytes(std::span(data, size)));
  if (file.ok()) FirstStep(model::OpenModel(*file, {.kernels = "reference", .threads = 1}));
  return 0;
}
