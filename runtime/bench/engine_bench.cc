// decode, prefill, batch: the engine from tokens to tokens, on models of real shapes with random
// weights, beside the least time that the machine's memory and arithmetic allow.
//
//   tps/SHAPE/FORMAT/dDEPTH/tN          decode: one sequence behind DEPTH tokens, 32 more
//   tps/SHAPE/FORMAT/ppN/tM             prefill: a prompt of N tokens until its first token
//   tps/SHAPE/FORMAT/bB/shared|unshared/tN   batch: B sequences, 32 more tokens of each, behind
//                                       1,500 tokens that all share, or that each has of its own,
//                                       and 16
// floor: of decode, weights and KV at read_gbps; of prefill, multiply-adds at fma_f32_gflops, those
// with weights at dot_int8_gops or dot_bf16_gflops where kernels multiply them as such.
#include <functional>

#include "kernels/thread_pool.h"
#include "runtime/base/clock_rng.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/machine_limits.h"
#include "runtime/bench/subject.h"
#include "runtime/model/tensor_type.h"

namespace lmp::bench {

namespace {

using model::TensorType;

constexpr int kDecodeTokens = 32;
constexpr int kCommonTokens = 1500, kSuffixTokens = 16;
constexpr uint64_t kSmallBytes = uint64_t{400} << 20;  // below it a large L3 helps
constexpr uint64_t kCacheBytes = uint64_t{64} << 20;   // below it memory is no limit

struct Subject {
  std::string shape;
  TensorType format;
};

// With a model file there is one subject. The rest of the matrix comes with --full.
std::vector<Subject> SubjectsOf(const BenchOptions& options) {
  if (!options.model.empty() || !options.full) return {{"smol135m", TensorType::kQ8_0}};
  return {{"smol135m", TensorType::kBF16}, {"smol135m", TensorType::kQ8_0},
          {"smol135m", TensorType::kQ4_0}, {"smol135m", TensorType::kQ4_K},
          {"llama1b", TensorType::kBF16},  {"llama1b", TensorType::kQ8_0},
          {"llama1b", TensorType::kQ4_K},  {"llama8b_4l", TensorType::kQ4_K}};
}

// Multiply-adds of one row through the layers, and of the output head.
struct RowWork {
  double layers = 0, head = 0;
};
RowWork WorkOf(const model::ModelConfig& c) {
  const double q = static_cast<double>(c.heads) * c.head_dim;
  const double kv = static_cast<double>(c.kv_heads) * c.head_dim;
  const double layer = c.width * (2 * q + 2 * kv) + 3.0 * c.width * c.ffn_width;
  return {c.layers * layer, static_cast<double>(c.width) * c.vocabulary};
}

// What every decode step reads of the weights: all but the rows of an embedding of its own.
double WeightBytesRead(const model::ModelConfig& c) {
  const auto all = static_cast<double>(c.weight_bytes);
  if (c.tied_embeddings) return all;
  const RowWork work = WorkOf(c);
  return all * (work.layers + work.head) / (work.layers + 2 * work.head);
}

class EngineBench {
 public:
  explicit EngineBench(const BenchOptions& options) : options_(options) {}

  // Calls `rows` with an engine of each subject that has a row to be measured.
  template <typename Rows>
  Result<std::vector<BenchRow>> Run(std::string_view bench, uint32_t kv_tokens, Rows rows) {
    for (const Subject& subject : SubjectsOf(options_)) {
      suffix_ = "/t" + std::to_string(options_.threads);
      engine::EngineOptions engine_options;
      engine_options.kv_pages = kv_tokens / kPageTokens;
      engine_options.speculation = false;  // random weights like to repeat themselves
      if (options_.progress) {
        options_.progress(std::string(bench) + ": " +
                          (options_.model.empty() ? subject.shape : options_.model));
      }
      LMP_TRY(auto engine, MakeSubject(options_, subject.shape, engine_options, subject.format));
      engine_ = std::move(engine);
      prefix_ = "tps/" + (options_.model.empty() ? subject.shape : engine_->model_config().name) +
                "/" + engine_->model_config().weight_format;
      LMP_RETURN_IF_ERROR(rows());
    }
    return std::move(rows_);
  }

  Status Decode(int depth) {
    const std::string row = prefix_ + "/d" + std::to_string(depth) + suffix_;
    if (!Wants(row, depth)) return OkStatus();
    const std::vector<TokenId> prompt = RandomTokens(*engine_, 1, std::max(depth, 1));
    LMP_RETURN_IF_ERROR(Generate({prompt}, 1).status());
    LMP_TRY(const double read_gbps, ReadGbps());
    const model::ModelConfig& c = engine_->model_config();
    const double kv = 2.0 * c.layers * c.kv_heads * c.head_dim * 2 * (depth + 0.5 * kDecodeTokens);
    const double bytes = WeightBytesRead(c) + kv;
    LMP_TRY(std::vector<double> tps, Repeat([&]() { return Generate({prompt}, kDecodeTokens); }));
    BenchRow out = MakeRow(row, "tok/s", std::move(tps));
    if (bytes > static_cast<double>(kCacheBytes)) out.floor = read_gbps * 1e9 / bytes;
    out.note = "reads " + std::to_string(static_cast<int>(bytes * 1e-6)) + " MB per token";
    rows_.push_back(std::move(out));
    return OkStatus();
  }

  Status Prefill(int tokens) {
    const std::string row = prefix_ + "/pp" + std::to_string(tokens) + suffix_;
    if (!Wants(row, tokens)) return OkStatus();
    LMP_RETURN_IF_ERROR(MeasureMultiplyAdds());
    const model::ModelConfig& c = engine_->model_config();
    const RowWork work = WorkOf(c);
    const double pairs = 0.5 * tokens * (tokens + 1.0);
    const double seconds = 2e-9 * ((work.layers * tokens + work.head) / matmul_gflops_ +
                                   2 * pairs * c.layers * c.heads * c.head_dim / fma_gflops_);
    uint64_t seed = 0;
    LMP_TRY(std::vector<double> tps, Repeat([&]() -> Result<double> {
              LMP_TRY(const double rate, Generate({RandomTokens(*engine_, ++seed, tokens)}, 1));
              return rate * tokens;
            }));
    BenchRow out = MakeRow(row, "tok/s", std::move(tps));
    out.floor = tokens / seconds;
    rows_.push_back(std::move(out));
    return OkStatus();
  }

  Status Batch(int sequences, bool shared) {
    const std::string row =
        prefix_ + "/b" + std::to_string(sequences) + (shared ? "/shared" : "/unshared") + suffix_;
    if (!Wants(row, kCommonTokens)) return OkStatus();
    std::vector<std::vector<TokenId>> prompts;
    for (int i = 0; i < sequences; ++i) {
      const auto seed = static_cast<uint64_t>(i + 1);
      prompts.push_back(RandomTokens(*engine_, shared ? 0 : 1000 + seed, kCommonTokens));
      const std::vector<TokenId> own = RandomTokens(*engine_, 2000 + seed, kSuffixTokens);
      prompts.back().insert(prompts.back().end(), own.begin(), own.end());
    }
    engine_->ClearCache();
    LMP_RETURN_IF_ERROR(Generate(prompts, 1).status());
    LMP_TRY(std::vector<double> tps, Repeat([&]() { return Generate(prompts, kDecodeTokens); }));
    rows_.push_back(MakeRow(row, "tok/s", std::move(tps)));
    return OkStatus();
  }

 private:
  bool Wants(const std::string& row, int prompt) const {
    return WantsRow(options_, row) && prompt + kDecodeTokens < engine_->model_config().context_max;
  }

  // Tokens per second of all together, from Start to the last one's end.
  Result<double> Generate(const std::vector<std::vector<TokenId>>& prompts, int tokens) {
    std::vector<engine::SequenceSpec> specs;
    for (const std::vector<TokenId>& prompt : prompts) {
      specs.push_back(GenerateExactly(prompt, tokens));
    }
    const SystemClock clock;
    const int64_t begin_ns = clock.NowNs();
    LMP_TRY(const auto finished, RunAll(*engine_, std::move(specs)));
    const double seconds = static_cast<double>(clock.NowNs() - begin_ns) * 1e-9;
    size_t generated = 0;
    for (const engine::FinishedEvent& event : finished) generated += event.tokens.size();
    return static_cast<double>(generated) / seconds;
  }

  // Once to warm up, then once per repetition.
  Result<std::vector<double>> Repeat(const std::function<Result<double>()>& measure) {
    std::vector<double> values;
    LMP_RETURN_IF_ERROR(measure().status());
    for (int rep = 0; rep < options_.reps; ++rep) {
      LMP_TRY(const double value, measure());
      values.push_back(value);
    }
    return values;
  }

  Result<double> ReadGbps() {
    const bool small = engine_->model_config().weight_bytes < kSmallBytes;
    double& gbps = small ? small_read_gbps_ : read_gbps_;
    if (gbps > 0) return gbps;
    LMP_TRY(const Machine machine, ChooseMachine());
    kernels::ThreadPool pool(options_.threads);
    LMP_TRY(const std::vector<double> rates,
            ReadRates(machine, pool, int64_t{small ? 150 : 1200} << 20, options_.reps));
    return gbps = Median(rates);
  }

  Status MeasureMultiplyAdds() {
    LMP_TRY(const Machine machine, ChooseMachine());
    kernels::ThreadPool pool(options_.threads);
    if (fma_gflops_ == 0) fma_gflops_ = Median(FmaRates(machine, pool, options_.reps));
    const auto format = model::FindTensorType(engine_->model_config().weight_format);
    matmul_gflops_ = fma_gflops_;
    const kernels::Product product =
        format ? kernels::ProductOf(*machine.ops, model::WeightFormatOf(*format))
               : kernels::Product::kF32;
    if (product == kernels::Product::kInt8) {
      if (int8_gops_ == 0) int8_gops_ = Median(Int8Rates(machine, pool, options_.reps));
      matmul_gflops_ = int8_gops_;
    }
    if (product == kernels::Product::kBf16) {
      if (bf16_gflops_ == 0) bf16_gflops_ = Median(Bf16Rates(machine, pool, options_.reps));
      matmul_gflops_ = bf16_gflops_;
    }
    return OkStatus();
  }

  const BenchOptions& options_;
  std::unique_ptr<engine::Engine> engine_;
  std::string prefix_, suffix_;
  double read_gbps_ = 0, small_read_gbps_ = 0, fma_gflops_ = 0;  // 0: not measured
  double int8_gops_ = 0, bf16_gflops_ = 0;
  double matmul_gflops_ = 0;  // with the weights of the engine
  std::vector<BenchRow> rows_;
};

}  // namespace

Result<std::vector<BenchRow>> RunDecodeBench(const BenchOptions& options) {
  EngineBench bench(options);
  const std::vector<int> depths =
      options.full ? std::vector{0, 512, 1024, 2048, 4096} : std::vector{0, 2048, 4096};
  return bench.Run("decode", 16384, [&]() -> Status {
    for (const int depth : depths) LMP_RETURN_IF_ERROR(bench.Decode(depth));
    return OkStatus();
  });
}

Result<std::vector<BenchRow>> RunPrefillBench(const BenchOptions& options) {
  EngineBench bench(options);
  return bench.Run("prefill", 16384, [&]() -> Status {
    for (const int tokens : {128, 512, 2048}) LMP_RETURN_IF_ERROR(bench.Prefill(tokens));
    return OkStatus();
  });
}

Result<std::vector<BenchRow>> RunBatchBench(const BenchOptions& options) {
  EngineBench bench(options);
  const std::vector<int> batches =
      options.full ? std::vector{1, 4, 8, 16, 32} : std::vector{1, 8, 32};
  return bench.Run("batch", 32 * 1600, [&]() -> Status {
    for (const int b : batches) LMP_RETURN_IF_ERROR(bench.Batch(b, true));
    for (const int b : batches) {
      // 32 long prompts take a minute to compute.
      if (b <= 8 || options.full || options.rows != "*") LMP_RETURN_IF_ERROR(bench.Batch(b, false));
    }
    return OkStatus();
  });
}

}  // namespace lmp::bench
