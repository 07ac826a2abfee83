// Logits and greedy ids against outside oracles: the trained 260K-parameter model with its golden
// file, and small random checkpoints made by tests/tools/make_goldens.py with `transformers`.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/registry.h"
#include "runtime/base/json.h"
#include "runtime/model/transformer.h"
#include "tests/support/model_steps.h"

namespace lmp::model {
namespace {

using testing::ArgmaxId;
using testing::GreedyIds;
using testing::StepLogits;
using testing::Timeline;

constexpr const char* kStories = "../shared/data/models/stories260K/stories260Ktok512.gguf";
constexpr const char* kStoriesGolden = "../shared/data/models/golden/stories260K.json";
constexpr const char* kGoldenFolder = "tests/e2e/golden_models";

Json ReadJson(const std::string& path) {
  std::ifstream in(path);
  REQUIRE_MESSAGE(in.good(), path);
  std::stringstream text;
  text << in.rdbuf();
  auto json = ParseJson(text.str());
  REQUIRE_MESSAGE(json.ok(), json.status().ToString());
  return *json;
}

std::vector<std::string> AvailableKernels() {
  std::vector<std::string> names;
  for (const kernels::Implementation& implementation : kernels::Implementations()) {
    if (implementation.available()) names.emplace_back(implementation.name);
  }
  return names;
}

OpenedModel Open(const std::string& path, const std::string& kernels) {
  auto opened = OpenModel(path, {.kernels = kernels, .threads = 2, .kv = KvType::kF32});
  REQUIRE_MESSAGE(opened.ok(), opened.status().ToString());
  return std::move(opened).value();
}

std::unique_ptr<KvPool> Pool(Model& model, size_t tokens) {
  auto pool = model.MakeKvPool(static_cast<uint32_t>(PagesFor(static_cast<int>(tokens))));
  REQUIRE(pool.ok());
  return std::move(pool).value();
}

TEST_CASE("stories260K: golden prompt ids, top-5 logits within 1e-4, 100 greedy ids") {
  if (!std::filesystem::exists(kStories) || !std::filesystem::exists(kStoriesGolden)) {
    MESSAGE("SKIPPED: " << kStories << " is absent");
    return;
  }
  const Json golden = ReadJson(kStoriesGolden);
  for (const std::string& kernels : AvailableKernels()) {
    CAPTURE(kernels);
    OpenedModel opened = Open(kStories, kernels);
    auto tokenizer = text::MakeTokenizer(opened.tokenizer);
    REQUIRE(tokenizer.ok());
    const int vocabulary = opened.model->config().vocabulary;
    const auto pool = Pool(*opened.model, 128);
    for (const Json& golden_case : golden["cases"]) {
      const auto prompt = golden_case["prompt"].get<std::string>();
      CAPTURE(prompt);
      std::vector<TokenId> ids = {opened.tokenizer.bos};
      (*tokenizer)->Encode(prompt, text::FragmentStart::kMessage, &ids);
      REQUIRE(ids == golden_case["ids"].get<std::vector<TokenId>>());
      const Timeline timeline(ids, 0);
      const auto logits = StepLogits(*opened.model, *pool, {timeline.Rows(0, ids.size())});
      const float* last = logits.data() + (ids.size() - 1) * static_cast<size_t>(vocabulary);
      for (const Json& entry : golden_case["last_logits_top5"]) {
        const float found = last[entry[0].get<size_t>()];
        CHECK(std::fabs(static_cast<double>(found) - entry[1].get<double>()) < 1e-4);
      }
      double sum = 0;
      for (const float x : logits) sum += static_cast<double>(x);
      const double expected = golden_case["logit_sum_all_positions"].get<double>();
      CHECK(std::fabs(sum - expected) < 1e-5 * static_cast<double>(logits.size()));
      const auto greedy = golden_case["greedy"].get<std::vector<TokenId>>();
      CHECK(GreedyIds(*opened.model, *pool, ids, greedy.size()) == greedy);
    }
  }
}

// One checkpoint of tests/e2e/golden_models: NAME.gguf or the folder NAME, and NAME.json.
void CheckGolden(const std::filesystem::path& model, const std::string& kernels) {
  const Json golden = ReadJson((model.parent_path() / model.stem()).string() + ".json");
  OpenedModel opened = Open(model.string(), kernels);
  const auto vocabulary = static_cast<size_t>(opened.model->config().vocabulary);
  const auto prompt = golden["prompt"].get<std::vector<TokenId>>();
  const auto greedy = golden["greedy"].get<std::vector<TokenId>>();
  REQUIRE(prompt.size() > 1024);
  REQUIRE(greedy.size() == 64);
  const auto pool = Pool(*opened.model, prompt.size() + greedy.size());
  const auto logits =
      StepLogits(*opened.model, *pool, {Timeline(prompt, 0).Rows(0, prompt.size())});
  const auto ids = golden["logit_ids"].get<std::vector<size_t>>();
  const std::string name = model.stem().string();
  const bool quantised = name.ends_with("q8_0") || name.find("mixed") != std::string::npos;
  const kernels::Ops& ops = *kernels::ChooseOps(kernels).value();
  const bool bf16 = opened.model->config().weight_format == "BF16";
  const bool rounds = quantised ? ops.int8_products : bf16 && ops.bf16_products;
  double worst = 0, error = 0, size = 0;
  for (const Json& position : golden["positions"]) {
    const float* row = logits.data() + position["position"].get<size_t>() * vocabulary;
    CHECK(ArgmaxId({row, vocabulary}) == position["argmax"].get<TokenId>());
    const auto values = position["logits"].get<std::vector<double>>();
    REQUIRE(values.size() == ids.size());
    for (size_t i = 0; i < ids.size(); ++i) {
      const double off = static_cast<double>(row[ids[i]]) - values[i];
      worst = std::max(worst, std::fabs(off));
      error += off * off;
      size += values[i] * values[i];
    }
  }
  if (rounds) {
    // Activations of 8 bits: a few hundredths of a random model's logits, whose order may change;
    // of bf16 less than one.
    CHECK(std::sqrt(error / size) < (quantised ? 0.06 : 0.02));
    return;
  }
  CHECK(worst < 1e-3);
  CHECK(GreedyIds(*opened.model, *pool, prompt, greedy.size()) == greedy);
}

TEST_CASE("random 3-layer checkpoints: transformers' logits within 1e-3 and 64 equal greedy ids") {
  size_t files = 0, folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldenFolder)) {
    if (!entry.is_directory() && entry.path().extension() != ".gguf") continue;
    ++(entry.is_directory() ? folders : files);
    for (const std::string& kernels : AvailableKernels()) {
      CAPTURE(entry.path().string());
      CAPTURE(kernels);
      CheckGolden(entry.path(), kernels);
    }
  }
  CHECK(files == 11);
  CHECK(folders == 6);
}

}  // namespace
}  // namespace lmp::model
