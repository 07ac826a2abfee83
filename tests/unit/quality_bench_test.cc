// The parts of `lmp bench quality`: tasks, figures, CacheBlend as released.
#include <doctest/doctest.h>

#include <unistd.h>
#include <cmath>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/bench/quality_metrics.h"
#include "runtime/bench/quality_subject.h"
#include "runtime/bench/quality_tasks.h"
#include "runtime/model/gguf.h"
#include "runtime/model/synth.h"

namespace lmp::bench {
namespace {

const char kLine[] =
    R"({"task": "T0", "head": "Passages:", "passages": [{"id": "1", "label": "\n[1] ", "text": )"
    R"("The old lamp is red and the new lamp is blue as far as we know."}, {"label": "\n[2] ", )"
    R"("text": "It is small and it has been small for as long as we know."}], "question": )"
    R"("\nWhich?", "answer": "red"})";

TEST_CASE("tasks are read, wrong lines are named") {
  const auto task = ParseQualityTask(kLine);
  REQUIRE(task.ok());
  CHECK(task->task == "T0");
  CHECK(task->system.empty());
  CHECK(task->passages[1].label == "\n[2] ");
  for (const char* wrong : {"", "[]", R"({"task": 1})", R"({"task": "T0", "question": "?"})",
                            R"({"task": "T0", "question": "?", "answer": "a", "passages": []})",
                            R"({"task": "T0", "question": "?", "answer": "a", "passages": [1]})",
                            R"({"task": "T0", "question": "?", "answer": "a",
                                "passages": [{"text": ""}]})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseQualityTask(wrong).ok());
  }
  const std::string path =
      (std::filesystem::temp_directory_path() / ("lmp-tasks-" + std::to_string(getpid()))).string();
  std::ofstream(path) << kLine << "\n\n" << kLine << "\n" << kLine << "\n";
  CHECK(ReadQualityTasks(path, 2)->size() == 2);
  std::ofstream(path) << kLine << "\nnone\n";
  const auto refused = ReadQualityTasks(path, 2);
  CHECK(std::string(refused.status().message()).find(":2: ") != std::string::npos);
  std::filesystem::remove(path);
  CHECK_FALSE(ReadQualityTasks(path, 2).ok());
}

TEST_CASE("figures") {
  const std::vector<float> p = {0, 0, 0, 0}, q = {std::log(4.0f), 0, 0, 0};
  CHECK(KlDivergence(p, p) == 0);
  // Uniform against (4, 1, 1, 1) / 7.
  const double kl = std::log(0.25) - 0.25 * std::log(4.0 / 7) - 0.75 * std::log(1.0 / 7);
  CHECK(KlDivergence(p, q) == doctest::Approx(kl));
  const std::vector<std::vector<float>> a = {{1, 0}, {3, 4}, {}}, b = {{9, 9}, {3, 0}, {1, 1}};
  CHECK(RelativeL2(a, b, 1, 3) == doctest::Approx(4.0 / 3));
  CHECK(RelativeL2(a, a, 0, 3) == 0);
  std::vector<double> values(400, 0.0);
  for (size_t i = 0; i < 100; ++i) values[i] = 1;
  const Interval i = BootstrapMean(values);
  CHECK(i.mean == doctest::Approx(0.25));
  CHECK(i.low == doctest::Approx(0.25 - 1.96 * 0.02165).epsilon(0.03));
  CHECK(i.high == doctest::Approx(0.25 + 1.96 * 0.02165).epsilon(0.03));
  CHECK(BootstrapMean(values).low == i.low);
  CHECK(BootstrapMean({}).high == 0);
}

// Random weights of four layers, on disk.
struct RandomModel {
  RandomModel() {
    const model::SynthShape shape = {.name = "quality",
                                     .architecture = "qwen2",
                                     .layers = 4,
                                     .width = 48,
                                     .heads = 6,
                                     .kv_heads = 2,
                                     .head_dim = 8,
                                     .ffn_width = 64,
                                     .vocabulary = 512,
                                     .context = 512};
    const auto bytes = model::MakeSynthModel(shape, {.seed = 3}).value();
    path = (std::filesystem::temp_directory_path() / ("lmp-quality-" + std::to_string(getpid())))
               .string();
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  }
  ~RandomModel() { std::filesystem::remove(path); }
  std::string path;
};

TEST_CASE(
    "a subject answers under policies; CacheBlend as released is exact where it computes all") {
  if (!cache::Sha256Available()) return;
  const RandomModel model;
  BenchOptions options;
  options.model = model.path;
  options.threads = 1;
  auto opened = QualitySubject::Open(options);
  REQUIRE_MESSAGE(opened.ok(), opened.status().message());
  QualitySubject& subject = **opened;
  const QualityTask task = ParseQualityTask(kLine).value();
  const engine::ReusePolicy prefix = engine::ReusePolicy::Prefix();
  const engine::SequenceSpec prompt = subject.Prompt(task, &prefix);
  REQUIRE(prompt.chunks.size() == 2);
  CHECK(subject.Prompt(task, nullptr).chunks.empty());
  REQUIRE(subject.Store(prompt).ok());
  const auto exact = subject.Answer(prompt);
  REQUIRE(exact.ok());
  CHECK(exact->charged == 1);
  const auto vocabulary = static_cast<size_t>(subject.config().vocabulary);
  CHECK(exact->logits.size() == (exact->tokens.size() + (exact->ended ? 1 : 0)) * vocabulary);
  // Along its own answer teacher forcing gives what drawing gave.
  const auto forced = subject.Force(prompt, exact->tokens);
  REQUIRE(forced.ok());
  CHECK(std::vector<float>(forced->begin(),
                           forced->begin() + static_cast<long>(exact->logits.size())) ==
        exact->logits);

  const auto all = subject.AnswerReleased(prompt, 1.0);
  REQUIRE(all.ok());
  CHECK(all->charged == 1);
  CHECK(all->tokens == exact->tokens);
  CHECK(std::vector<float>(all->logits.begin(),
                           all->logits.begin() + static_cast<long>(vocabulary)) ==
        std::vector<float>(exact->logits.begin(),
                           exact->logits.begin() + static_cast<long>(vocabulary)));
  const auto some = subject.AnswerReleased(prompt, 0.15);
  REQUIRE(some.ok());
  CHECK(some->charged > 0.5);  // layers 0 and 1 of 4
  CHECK(some->charged < 0.6);
  CHECK(some->logits != exact->logits);

  engine::SequenceSpec full = prompt;
  for (engine::ChunkSpan& span : full.chunks) span.policy = engine::ReusePolicy::Full();
  const auto reused = subject.Answer(full);
  REQUIRE(reused.ok());
  CHECK(reused->charged == 0);
  CHECK(reused->usage.tainted);
  CHECK(KlDivergence(std::span(exact->logits).first(vocabulary),
                     std::span(reused->logits).first(vocabulary)) > 0);
}

}  // namespace
}  // namespace lmp::bench
