// The prefix cache against its naive twin: random scripts whose mix of operations is drawn per seed
// (swarm testing: most seeds leave some operations out), over small alphabets, so that prefixes are
// shared, split and evicted all the time.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/model/prefix_cache_script.h"
#include "tests/support/sanitized.h"

namespace lmp::cache::testing {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  int Below(int bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int>((state_ >> 33) % static_cast<uint64_t>(bound));
  }

 private:
  uint64_t state_;
};

// Prompts share long beginnings: one of three endless texts, left for another at some point.
// Lengths lie around page boundaries.
Tokens Prompt(Random& random, int page_tokens, int alphabet) {
  const int pages = random.Below(6);
  const int length = std::max(0, pages * page_tokens + random.Below(3) - 1);
  const int change = random.Below(2 * length + 1);
  int text = random.Below(3);
  Tokens tokens;
  for (int i = 0; i < length; ++i) {
    if (i == change) text = random.Below(3);
    tokens.push_back(((i * (text + 1)) / (text + 2) + text * (i / 5)) % alphabet);
  }
  return tokens;
}

std::vector<Op> RandomScript(Random& random, const Setup& setup, int size) {
  const int alphabet = 2 + random.Below(3);
  int weights[kOpKinds];
  int sum = 0;
  for (int kind = 0; kind < kOpKinds; ++kind) {
    weights[kind] = random.Below(3) == 0 ? 0 : 1 + random.Below(8);
    if (kind == static_cast<int>(OpKind::kMatch)) weights[kind] = 24;
    sum += weights[kind];
  }
  std::vector<Op> script;
  for (int i = 0; i < size; ++i) {
    int pick = random.Below(sum);
    int kind = 0;
    while (pick >= weights[kind]) pick -= weights[kind++];
    Op op{static_cast<OpKind>(kind), random.Below(64), random.Below(1024), {}};
    if (op.kind == OpKind::kMatch || op.kind == OpKind::kPeek) {
      op.a = random.Below(8) == 0 ? 1 + random.Below(2) : 0;  // mostly one tenant
      op.tokens = Prompt(random, setup.page_tokens, alphabet);
    } else if (op.kind == OpKind::kExtend) {
      const int length = 1 + random.Below(2 * setup.page_tokens + 1);
      for (int t = 0; t < length; ++t) op.tokens.push_back(random.Below(alphabet));
    }
    script.push_back(std::move(op));
  }
  return script;
}

void ReportFailure(const Setup& setup, const std::vector<Op>& script, uint64_t seed) {
  const std::vector<Op> small = Shrink(setup, script);
  FAIL_CHECK("seed ", seed, ": ", RunScript(setup, small).value_or("?"),
             "\nreplay (for tests/model/regress/):\n", PrintScript(setup, small));
}

constexpr uint64_t kSeeds = lmp::testing::kSanitized ? 600 : 3000;

TEST_CASE("random scripts: the cache and its twin agree") {
  constexpr Setup kSetups[] = {{2, 16}, {4, 24}, {4, 9}, {16, 20}, {3, 40}};
  CacheStatistics reached;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Random random(seed);
    const Setup& setup = kSetups[seed % std::size(kSetups)];
    const std::vector<Op> script = RandomScript(random, setup, 150);
    if (RunScript(setup, script, &reached)) {
      ReportFailure(setup, script, seed);
      return;
    }
  }
  // The scripts reach what they are for.
  CHECK(reached.splits > kSeeds / 4);
  CHECK(reached.tokens_hit_partial > kSeeds / 4);
  CHECK(reached.pages_deduplicated > kSeeds / 4);
  CHECK(reached.pages_evicted > kSeeds / 4);
  CHECK(reached.tails_donated > kSeeds / 4);
  for (const MissReason reason : {MissReason::kNew, MissReason::kEvicted, MissReason::kSalt,
                                  MissReason::kKey, MissReason::kDiverged}) {
    CAPTURE(MissReasonName(reason));
    CHECK(reached.tokens_missed[static_cast<size_t>(reason)] > kSeeds / 4);
  }
}

TEST_CASE("digests that collide slow the cache down and change no answer") {
  for (uint64_t seed = 1; seed <= kSeeds / 4; ++seed) {
    Random random(seed + 1'000'000);
    const Setup setup{.page_tokens = 2 + random.Below(3),
                      .page_count = 30,
                      .digest_bits = static_cast<uint64_t>(random.Below(4))};
    const std::vector<Op> script = RandomScript(random, setup, 150);
    if (RunScript(setup, script)) {
      ReportFailure(setup, script, seed);
      return;
    }
  }
}

TEST_CASE("scripts that once failed") {
  const std::filesystem::path folder = "tests/model/regress";
  if (!std::filesystem::exists(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("prefix_cache")) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    Setup setup;
    std::vector<Op> script;
    CAPTURE(entry.path().string());
    REQUIRE(ReadScript(text.str(), &setup, &script));
    CHECK_MESSAGE(!RunScript(setup, script), RunScript(setup, script).value_or(""));
  }
}

TEST_CASE("the harness finds a planted fault and shrinks it") {
  const Setup setup{.page_tokens = 2, .page_count = 16, .evict_lie = 1};
  Random random(7);
  std::vector<Op> script;
  do {
    script = RandomScript(random, setup, 100);
  } while (!RunScript(setup, script));
  const std::vector<Op> small = Shrink(setup, script);
  // Something has to be inserted and released before an eviction can differ.
  CHECK(small.size() <= 4);
  CHECK(RunScript(setup, small));
  CHECK(small.back().kind == OpKind::kEvict);
  Setup read;
  std::vector<Op> again;
  REQUIRE(ReadScript(PrintScript(setup, small), &read, &again));
  CHECK(PrintScript(read, again) == PrintScript(setup, small));
}

}  // namespace
}  // namespace lmp::cache::testing
