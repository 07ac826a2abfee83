// speculation: what guessing ahead of a generation gains or costs (runtime/engine/draft.h). The
// model computes as ever, but its logits dictate what comes:
//
//   copy     the prompt again
//   edit     the prompt again with another token at every 12th place
//   new      text that nothing repeats
//   misled   three tokens that stood before, then one that did not, again and again: every guess
//   fails
//
//   speculation_speedup/TEXT  time without guesses / time with them
//   speculation_steps/TEXT    steps per token, with them
#include <memory>
#include <string>

#include "runtime/base/clock_rng.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/dictated_model.h"
#include "runtime/bench/subject.h"
#include "runtime/engine/local_engine.h"

namespace lmp::bench {

namespace {

constexpr int kKnownTokens = 512;
constexpr int kDictatedTokens = 192;

class SpeculationBench {
 public:
  explicit SpeculationBench(const BenchOptions& options) : options_(options) {}

  Status Open() {
    LMP_TRY(plain_, Engine(false));
    LMP_TRY(guessing_, Engine(true));
    return OkStatus();
  }

  Status Measure(const std::string& name, std::vector<TokenId> prompt, std::vector<TokenId> text) {
    const std::string row = "speculation_speedup/" + name, steps_row = "speculation_steps/" + name;
    if (!WantsRow(options_, row) && !WantsRow(options_, steps_row)) return OkStatus();
    if (options_.progress) options_.progress("speculation: " + name);
    dictation_ = prompt;
    dictation_.insert(dictation_.end(), text.begin(), text.end());
    std::vector<double> speedups, steps;
    for (int rep = 0; rep <= options_.reps; ++rep) {  // the first fills the cache
      // In turns which is first: the machine may be slower for whoever comes second.
      double without = 0, with = 0;
      if (rep % 2 == 0) {
        LMP_TRY(without, Seconds(*plain_, prompt));
      }
      const uint64_t before = guessing_->stats().steps;
      LMP_TRY(with, Seconds(*guessing_, prompt));
      if (rep % 2 != 0) {
        LMP_TRY(without, Seconds(*plain_, prompt));
      }
      if (rep == 0) continue;
      speedups.push_back(without / with);
      steps.push_back(static_cast<double>(guessing_->stats().steps - before) / kDictatedTokens);
    }
    if (WantsRow(options_, row)) rows_.push_back(MakeRow(row, "x", std::move(speedups)));
    if (WantsRow(options_, steps_row)) rows_.push_back(MakeRow(steps_row, "", std::move(steps)));
    return OkStatus();
  }

  const engine::Engine& engine() const { return *plain_; }
  std::vector<BenchRow> TakeRows() { return std::move(rows_); }

 private:
  Result<std::unique_ptr<engine::Engine>> Engine(bool speculation) {
    LMP_TRY(model::OpenedModel opened, OpenSubjectModel(options_, "smol135m"));
    LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(opened.tokenizer)));
    engine::EngineOptions engine_options;
    engine_options.kv_pages = 256;
    engine_options.speculation = speculation;
    return engine::MakeLocalEngine(
        std::make_unique<DictatedModel>(std::move(opened.model), &dictation_), std::move(tokenizer),
        nullptr, engine_options);
  }

  // Greedy, as long as the text.
  Result<double> Seconds(engine::Engine& engine, const std::vector<TokenId>& prompt) {
    std::vector<engine::SequenceSpec> one;
    one.push_back(GenerateExactly(prompt, kDictatedTokens));
    std::get<engine::GenerateSpec>(one[0].work).sampling.temperature = 0;
    const SystemClock clock;
    const int64_t begin_ns = clock.NowNs();
    LMP_TRY(const auto finished, RunAll(engine, std::move(one)));
    const double seconds = static_cast<double>(clock.NowNs() - begin_ns) * 1e-9;
    const std::vector<TokenId>& drawn = finished[0].tokens;
    if (!std::equal(drawn.begin(), drawn.end(), dictation_.begin() + kKnownTokens)) {
      return Internal("the text was not what was dictated");
    }
    return seconds;
  }

  const BenchOptions& options_;
  std::vector<TokenId> dictation_;
  std::unique_ptr<engine::Engine> plain_, guessing_;
  std::vector<BenchRow> rows_;
};

}  // namespace

Result<std::vector<BenchRow>> RunSpeculationBench(const BenchOptions& options) {
  SpeculationBench bench(options);
  LMP_RETURN_IF_ERROR(bench.Open());
  const std::vector<TokenId> prompt = RandomTokens(bench.engine(), 1, kKnownTokens);
  const std::vector<TokenId> fresh = RandomTokens(bench.engine(), 2, kKnownTokens);
  LMP_RETURN_IF_ERROR(
      bench.Measure("copy", prompt, {prompt.begin(), prompt.begin() + kDictatedTokens}));
  std::vector<TokenId> edited(prompt.begin(), prompt.begin() + kDictatedTokens);
  for (size_t i = 6; i < edited.size(); i += 12) edited[i] = fresh[i];
  LMP_RETURN_IF_ERROR(bench.Measure("edit", prompt, edited));
  LMP_RETURN_IF_ERROR(
      bench.Measure("new", prompt, {fresh.begin(), fresh.begin() + kDictatedTokens}));
  std::vector<TokenId> misled(prompt.begin(), prompt.end()), text(fresh.begin(), fresh.end());
  for (size_t i = 0; i < misled.size(); ++i) {
    if (i % 4 != 3) misled[i] = prompt[i % 4];
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % 4 != 3) text[i] = prompt[i % 4];
  }
  LMP_RETURN_IF_ERROR(
      bench.Measure("misled", misled, {text.begin(), text.begin() + kDictatedTokens}));
  return bench.TakeRows();
}

}  // namespace lmp::bench
