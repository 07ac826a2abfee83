// Steady decoding does not allocate, but for the growth of token lists and page tables, which gets
// rarer and rarer.
#include <doctest/doctest.h>

#include <vector>

#include "tests/sim/sim_engine.h"
#include "tests/support/allocation_count.h"

namespace lmp::sim {
namespace {

TEST_CASE("steady decoding does not allocate") {
  const Vocabulary vocabulary = MakeVocabulary();
  const auto engine =
      MakeDigestEngine(vocabulary, {}, {.end_period = 0, .check = DigestCheck::kLinks});
  Rng rng(1);
  for (int i = 0; i < 16; ++i) {
    engine::SequenceSpec spec = Generate(RandomTokens(rng, vocabulary, 50), 2000);
    auto& generate = std::get<engine::GenerateSpec>(spec.work);
    if (i % 2 == 0) generate.sampling = {.temperature = 0.9, .top_k = 40, .top_p = 0.9};
    if (i % 4 < 2) generate.stops = {"neverseen\x01"};
    REQUIRE(engine->Start(std::move(spec)).ok());
  }
  std::vector<engine::SequenceEvent> events;
  const auto step = [&] {
    events.clear();
    REQUIRE(engine->Step(&events).ok());
  };
  for (int i = 0; i < 300; ++i) step();
  const long before = testing::AllocationCount();
  constexpr int kSteps = 200;
  for (int i = 0; i < kSteps; ++i) step();
  const long count = testing::AllocationCount() - before;
  MESSAGE(count << " allocations in " << kSteps << " steps of 16 sequences");
  CHECK(count <= kSteps / 4);
}

}  // namespace
}  // namespace lmp::sim
