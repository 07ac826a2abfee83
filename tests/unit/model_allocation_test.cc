// Counts every allocation of the process: a decode step after warm-up must make none.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "tests/support/model_steps.h"

namespace {

std::atomic<int64_t> allocations{0};

void* Allocate(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace lmp::model {
namespace {

void CheckNoAllocation(TensorType format) {
  CAPTURE(static_cast<int>(format));
  const auto bytes = MakeSynthModel({.name = "tiny"}, {.format = format});
  REQUIRE(bytes.ok());
  const auto file = GgufFile::Parse(*bytes);
  REQUIRE(file.ok());
  const auto opened = OpenModel(*file, {.threads = 2});
  REQUIRE(opened.ok());
  Model& model = *opened->model;
  auto pool = model.MakeKvPool(64);
  REQUIRE(pool.ok());
  const testing::Timeline a(std::vector<TokenId>(600, 3), 0);
  const testing::Timeline b(std::vector<TokenId>(300, 5), 40);
  StepLayout layout;
  StepOutput output;
  bool stepped = true;
  const auto step = [&](size_t from, size_t to) {
    layout.sequences.clear();
    layout.sequences.push_back(a.Rows(from, to));
    layout.sequences.push_back(b.Rows(from, to));
    stepped = stepped && model.Step(layout, **pool, &output).ok();
  };
  step(0, 290);
  step(290, 291);
  const int64_t before = allocations.load();
  for (size_t at = 291; at < 299; ++at) step(at, at + 1);
  CHECK(before > 0);
  CHECK(allocations.load() == before);
  CHECK(stepped);
  CHECK(output.logit_rows == 2);
}

TEST_CASE("Step allocates nothing once it has seen a step as large") {
  // Floats, and weights that some kernels multiply as 8-bit integers.
  for (const TensorType format : {TensorType::kBF16, TensorType::kQ8_0, TensorType::kQ4_0}) {
    CheckNoAllocation(format);
  }
}

}  // namespace
}  // namespace lmp::model
