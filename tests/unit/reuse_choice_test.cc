// What `auto` goes by: classes of passages, tables of losses, measured costs, and the choice itself
// with given numbers.
#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "cache/chunk_digest.h"
#include "runtime/engine/passage_class.h"
#include "runtime/engine/reuse_chooser.h"
#include "runtime/engine/reuse_cost.h"
#include "runtime/engine/reuse_risks.h"

namespace lmp::engine {
namespace {

PassageReading Read(std::string_view text, int tokens = 100) { return ReadPassage(text, tokens); }

TEST_CASE("a passage is short, dangling or plain, and a dangling one has a head") {
  CHECK(Read("It is red.", 63).passages == PassageClass::kShort);
  CHECK(Read("The capital of Foo is Bar. It is old.").passages == PassageClass::kPlain);
  CHECK(Read("Alice lives in Rome. She has a cat.").passages == PassageClass::kPlain);
  CHECK(Read("`limit` has a default of 5. It may be raised.").passages == PassageClass::kPlain);
  CHECK(Read("").passages == PassageClass::kPlain);
  for (const std::string begin :
       {"It is red. ", "Its capital is Bar. ", "As to the state, he has it. ", "Then comes cake. ",
        "However, Foo is red. ", "A round stone. These are old. ", "the old lamp. It's red. "}) {
    CAPTURE(begin);
    const PassageReading reading = Read(begin + "Now we turn to Foo. It is new.");
    CHECK(reading.passages == PassageClass::kDangling);
    CHECK(reading.head_bytes >= begin.size() - 1);
    CHECK(reading.head_bytes <= begin.size());
    // Nothing after it names anything: all of it hangs.
    CHECK(Read(begin + "it is new.").head_bytes == begin.size() + 10);
  }
}

ReuseRisk Row(PassageClass passages, const ReusePolicy& policy, double high) {
  return {
      .passages = passages, .policy = policy, .loss = high / 2, .loss_high = high, .samples = 9};
}

TEST_CASE("a table of losses is read as it was written; others are refused with the line") {
  ReuseRisks risks{.weights = "abc", .rows = {}};
  risks.rows.push_back(Row(PassageClass::kPlain, ReusePolicy::Link(0), 0.5));
  risks.rows.push_back(Row(PassageClass::kDangling, ReusePolicy::Blend(0.15), 30));
  risks.rows.push_back(Row(PassageClass::kDangling, ReusePolicy::Link(kLinkHead), 0.25));
  const std::string text = risks.ToText();
  const auto again = ReuseRisks::FromText(text);
  REQUIRE(again.ok());
  CHECK(again->weights == "abc");
  REQUIRE(again->rows.size() == 3);
  CHECK(again->rows[1].policy == ReusePolicy::Blend(0.15));
  CHECK(again->rows[2].policy == ReusePolicy::Link(kLinkHead));
  CHECK(again->ToText() == text);
  for (const auto& [wrong, says] :
       {std::pair<std::string, std::string>{"", "line 1"},
        {"lmp reuse risks 2\n", "line 1"},
        {"lmp reuse risks 1\n", "line 2"},
        {text + "plain link(-3) loss 0 high 0 kl 0 samples 1\n", "line 6: \"link(-3)\""},
        {text + "odd link(3) loss 0 high 0 kl 0 samples 1\n", "\"odd\""},
        {text + "plain link(3) loss x high 0 kl 0 samples 1\n", "expected"},
        {text + "plain link(3) loss 0 high 0 kl 0 samples 1 more\n", "expected"}}) {
    CAPTURE(wrong);
    const auto refused = ReuseRisks::FromText(wrong);
    REQUIRE_FALSE(refused.ok());
    CHECK(std::string(refused.status().message()).find(says) != std::string::npos);
  }
}

TEST_CASE("a model's table stands beside it and belongs to its bytes") {
  namespace fs = std::filesystem;
  if (!cache::Sha256Available()) return;
  const fs::path folder = fs::temp_directory_path() / ("lmp-risks-" + std::to_string(getpid()));
  fs::create_directory(folder);
  const std::string model = (folder / "m.gguf").string();
  std::ofstream(model) << "weights";
  CHECK(ReuseRisksPath(model) == (folder / "m.reuse").string());
  CHECK(LoadReuseRisks(model).value() == nullptr);
  ReuseRisks risks{.weights = cache::DigestFile(model)->Hex(), .rows = {}};
  std::ofstream(ReuseRisksPath(model)) << risks.ToText();
  REQUIRE(LoadReuseRisks(model).ok());
  CHECK(LoadReuseRisks(model).value()->weights == risks.weights);
  std::ofstream(model) << "other weights";
  CHECK_FALSE(LoadReuseRisks(model).ok());
  std::ofstream(ReuseRisksPath(model)) << "no table";
  CHECK_FALSE(LoadReuseRisks(model).ok());
  fs::remove_all(folder);
}

TEST_CASE("costs are those of the steps seen") {
  model::ModelConfig config;
  config.layers = 2;
  config.width = config.heads = config.kv_heads = config.head_dim = config.ffn_width = 8;
  ReuseCost cost(config, std::nullopt);
  CHECK(cost.numbers().row_seconds > 0);
  const auto step = [&](double rows, double context) {
    const double pairs = ReuseCost::Pairs(rows, context);
    cost.AddStep(rows, pairs, 1e-4 * rows + 2e-8 * pairs);
  };
  for (int i = 0; i < 20; ++i) {
    step(100, 0);
    step(400, 800);
    cost.AddStep(1, 1000, 1.0);  // a decode step tells nothing
  }
  CHECK(cost.numbers().row_seconds == doctest::Approx(1e-4).epsilon(0.02));
  CHECK(cost.numbers().pair_seconds == doctest::Approx(2e-8).epsilon(0.02));
  for (int i = 0; i < 60; ++i) cost.AddRead(1000, 1e-3), cost.AddPlaced(10, 1e-3);
  CHECK(cost.numbers().read_byte_seconds == doctest::Approx(1e-6).epsilon(0.02));
  CHECK(cost.numbers().place_row_seconds == doctest::Approx(1e-4).epsilon(0.02));
  // Steps without any attention do not make it negative.
  for (int i = 0; i < 400; ++i) cost.AddStep(100 + i, 0, 1e-5 * (100 + i));
  CHECK(cost.numbers().pair_seconds >= 0);
  const ReuseCost fixed(config, ReuseCostNumbers{.row_seconds = 7});
  CHECK(fixed.numbers().row_seconds == 7);
}

const ReuseCostNumbers kCost{
    .row_seconds = 1e-3, .pair_seconds = 0, .read_byte_seconds = 1e-9, .place_row_seconds = 1e-6};

ReuseQuestion Question() {
  ReuseQuestion q{.rows = 460, .context = 10, .layers = 10};
  q.passages = {{.rows = 200, .passages = PassageClass::kPlain, .stored = true},
                {.rows = 200, .passages = PassageClass::kDangling, .head_rows = 30, .stored = true},
                {.rows = 40, .passages = PassageClass::kShort, .stored = true}};
  return q;
}
ReuseRisks Risks() {
  ReuseRisks risks;
  risks.rows = {Row(PassageClass::kPlain, ReusePolicy::Link(0), 0.9),
                Row(PassageClass::kPlain, ReusePolicy::Link(8), 0.2),
                Row(PassageClass::kDangling, ReusePolicy::Link(0), 40),
                Row(PassageClass::kDangling, ReusePolicy::Blend(0.15), 0.8),
                Row(PassageClass::kDangling, ReusePolicy::Link(kLinkHead), 0.7)};
  return risks;
}

TEST_CASE("the cheapest policy whose loss is small enough, by class; short passages are computed") {
  ReuseQuestion q = Question();
  const ReuseRisks risks = Risks();
  ReuseChoice choice = ChooseReuse(q, &risks, kCost);
  REQUIRE(choice.policies.size() == 3);
  CHECK(choice.policies[0] == ReusePolicy::Link(0));
  CHECK(choice.policies[1] == ReusePolicy::Link(30));  // blend: 30 rows and a probe
  CHECK(choice.policies[2] == ReusePolicy::Prefix());
  CHECK(choice.loss_high == doctest::Approx(0.9));
  CHECK(choice.exact_seconds == doctest::Approx(0.46));
  CHECK(choice.seconds == doctest::Approx(0.09 + 370e-6));
  CHECK(choice.reason.find("1 dangling link(head)") != std::string::npos);
  CHECK(choice.reason.find("0.90 points") != std::string::npos);
  q.loss_max = 0.75;
  choice = ChooseReuse(q, &risks, kCost);
  CHECK(choice.policies[0] == ReusePolicy::Link(8));
  q.loss_max = 0.1;
  choice = ChooseReuse(q, &risks, kCost);
  for (const ReusePolicy& policy : choice.policies) CHECK(policy == ReusePolicy::Prefix());
  q.loss_max = 1;
  q.passages[1].head_rows = 200;  // all of it hangs
  choice = ChooseReuse(q, &risks, kCost);
  CHECK(choice.policies[1] == ReusePolicy::Blend(0.15));
}

TEST_CASE("exact without a table, and where reuse is not clearly faster") {
  const ReuseQuestion q = Question();
  const ReuseRisks risks = Risks();
  ReuseChoice choice = ChooseReuse(q, nullptr, kCost);
  for (const ReusePolicy& policy : choice.policies) CHECK(policy == ReusePolicy::Prefix());
  CHECK(choice.reason.find("no table") != std::string::npos);
  ReuseCostNumbers cost = kCost;
  cost.place_row_seconds = 0.86e-3;  // 0.09 + 0.318 s against 0.46 s: 1.13 times
  choice = ChooseReuse(q, &risks, cost);
  CHECK(choice.policies[0] == ReusePolicy::Prefix());
  CHECK(choice.reason.find("so exact") != std::string::npos);
  cost.place_row_seconds = 0.80e-3;
  CHECK(ChooseReuse(q, &risks, cost).policies[0] == ReusePolicy::Link(0));
  // A slow disk.
  ReuseQuestion slow = q;
  slow.passages[0].read_bytes = slow.passages[1].read_bytes = 200'000'000;
  CHECK(ChooseReuse(slow, &risks, kCost).policies[0] == ReusePolicy::Prefix());
}

TEST_CASE("a passage that is not stored is asked for, so that it is there the next time") {
  ReuseQuestion q = Question();
  for (PassageFacts& passage : q.passages) passage.stored = false;
  const ReuseRisks risks = Risks();
  const ReuseChoice choice = ChooseReuse(q, &risks, kCost);
  CHECK(choice.policies[0] == ReusePolicy::Link(0));
  CHECK(choice.loss_high == 0);
  CHECK(choice.seconds == doctest::Approx(choice.exact_seconds));
}

}  // namespace
}  // namespace lmp::engine
