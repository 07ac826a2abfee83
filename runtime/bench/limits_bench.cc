// `lmp bench limits`: what this machine can do at most, and how near the kernels come to it.
//
//   read_gbps/tN            a 1.2 GB array read once (four streams), in GB/s
//   read_gbps/150mb/tN      the same of 150 MB, read again and again (a large L3 helps)
//   fma_f32_gflops/tN       fp32 multiply-adds on registers
//   dot_int8_gops/tN        8-bit multiply-adds on registers, where a kernel uses them
//   dot_bf16_gflops/tN      the same of bf16
//   matmul_gbps/F/m1/tN     decode: one row against 300 MB of weights of format F; floor: read_gbps
//   matmul_gflops/F/m128/tN prefill: 128 rows, K = N = 2048; floor: fma_f32_gflops, where weights
//                           are multiplied as 8-bit integers or bf16 dot_int8_gops, dot_bf16_gflops
// N is 1 and the threads asked for; F of 4 to 6 bits but Q4_0 and Q4_K only with --full or by name.
// disk, oneDNN and AMX rows belong to their own issues.
#include <algorithm>
#include <cstring>
#include <memory>

#include "kernels/weight_blocks.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/machine_limits.h"

namespace lmp::bench {
namespace {

using kernels::ThreadPool;
using kernels::WeightFormat;

constexpr int64_t kWidth = 2048;  // K and N of the matmul rows

constexpr auto& kFormats = kernels::kWeightFormats;

class LimitsRun {
 public:
  LimitsRun(const BenchOptions& options, Machine machine) : options_(options), machine_(machine) {}

  Result<std::vector<BenchRow>> Run() {
    std::vector<int> threads = {1};
    if (options_.threads > 1) threads.push_back(options_.threads);
    for (const int t : threads) {
      pool_ = std::make_unique<ThreadPool>(t);
      suffix_ = "/t" + std::to_string(t);
      LMP_RETURN_IF_ERROR(ReadRows());
      FmaRow();
      for (const WeightFormat format : kFormats) {
        if (Covers(format)) LMP_RETURN_IF_ERROR(MatmulRows(format));
      }
    }
    return std::move(rows_);
  }

 private:
  bool Wants(const std::string& row) const { return WantsRow(options_, row); }

  // The rest, much alike, with --full or by name.
  bool Covers(WeightFormat format) const {
    return options_.full || options_.rows != "*" || format <= WeightFormat::kQ8_0 ||
           format == WeightFormat::kQ4_0 || format == WeightFormat::kQ4_K;
  }

  bool WantsDecode() const {
    return std::any_of(std::begin(kFormats), std::end(kFormats),
                       [&](WeightFormat f) { return Wants(DecodeRow(f)); });
  }
  std::string DecodeRow(WeightFormat format) const {
    return "matmul_gbps/" + std::string(kernels::WeightFormatName(format)) + "/m1" + suffix_;
  }

  void Add(std::string row, std::string unit, std::vector<double> rates, std::string note,
           std::optional<double> floor = std::nullopt) {
    if (!Wants(row)) return;
    BenchRow r = MakeRow(std::move(row), std::move(unit), std::move(rates));
    r.note = std::move(note);
    r.floor = floor;
    rows_.push_back(std::move(r));
  }

  Status ReadRows() {
    read_floor_ = 0;
    const struct {
      std::string row;
      int64_t bytes;
      std::string note;
    } cases[] = {{"read_gbps" + suffix_, int64_t{1200} << 20, "1.2 GB, four streams"},
                 {"read_gbps/150mb" + suffix_, int64_t{150} << 20, "150 MB, four streams"}};
    for (const auto& c : cases) {
      const bool is_floor = &c == cases && WantsDecode();
      if (!Wants(c.row) && !is_floor) continue;
      LMP_TRY(std::vector<double> rates, ReadRates(machine_, *pool_, c.bytes, options_.reps));
      if (&c == cases) read_floor_ = Median(rates);
      Add(c.row, "GB/s", std::move(rates), c.note);
    }
    return OkStatus();
  }

  void FmaRow() {
    std::vector<double> rates = FmaRates(machine_, *pool_, options_.reps);
    fma_floor_ = Median(rates);
    Add("fma_f32_gflops" + suffix_, "GFLOP/s", std::move(rates),
        std::string(machine_.ops->implementation));
    int8_floor_ = DotRow("dot_int8_gops", "GOP/s", Int8Rates(machine_, *pool_, options_.reps));
    bf16_floor_ = DotRow("dot_bf16_gflops", "GFLOP/s", Bf16Rates(machine_, *pool_, options_.reps));
  }
  double DotRow(const std::string& row, std::string unit, std::vector<double> rates) {
    if (rates.empty()) return 0;
    const double floor = Median(rates);
    Add(row + suffix_, std::move(unit), std::move(rates),
        std::string(machine_.ops->implementation));
    return floor;
  }
  double MatmulFloor(WeightFormat format) const {
    const kernels::Product product = kernels::ProductOf(*machine_.ops, format);
    return product == kernels::Product::kInt8   ? int8_floor_
           : product == kernels::Product::kBf16 ? bf16_floor_
                                                : fma_floor_;
  }

  Status MatmulRows(WeightFormat format) {
    const std::string name(kernels::WeightFormatName(format));
    const std::string decode = DecodeRow(format);
    const std::string prefill = "matmul_gflops/" + name + "/m128" + suffix_;
    if (!Wants(decode) && !Wants(prefill)) return OkStatus();
    std::vector<kernels::PackedMatrix> weights;
    int64_t bytes = 0;
    const std::vector<std::byte> source = Weights(format);
    while (bytes < 300'000'000) {
      LMP_TRY(kernels::PackedMatrix w,
              kernels::PackedMatrix::Pack(format, kWidth, kWidth, source.data()));
      bytes += static_cast<int64_t>(w.bytes());
      weights.push_back(std::move(w));
    }
    const std::vector<float> x(static_cast<size_t>(128 * kWidth), 0.5f);
    std::vector<float> y(x.size());
    const auto multiply = [&](const kernels::PackedMatrix& w, int64_t rows) {
      machine_.ops->matmul({w.view(), x.data(), kWidth, y.data(), kWidth, rows, nullptr}, *pool_);
    };
    if (Wants(decode)) {
      Add(decode, "GB/s",
          Rates(options_.reps, static_cast<double>(bytes),
                [&] {
                  for (const kernels::PackedMatrix& w : weights) multiply(w, 1);
                }),
          "300 MB of 2048 x 2048", read_floor_);
    }
    if (Wants(prefill)) {
      constexpr double kFlops = 2.0 * 128 * kWidth * kWidth;
      Add(prefill, "GFLOP/s",
          Rates(options_.reps, 4 * kFlops,
                [&] {
                  for (size_t i = 0; i < 4; ++i) multiply(weights[i], 128);
                }),
          "128 rows, 2048 x 2048", MatmulFloor(format));
    }
    return OkStatus();
  }

  static std::vector<std::byte> Weights(WeightFormat format) {
    std::vector<std::byte> bytes(kernels::UnpackedBytes(format, kWidth * kWidth));
    // 1.0 in the floats, any finite weights in the quantised formats: random small fp16 factors.
    const uint32_t one32 = 0x3f800000u;
    const uint16_t one16 = format == WeightFormat::kBf16 ? 0x3f80 : 0x3c00;
    const kernels::BlockLayout layout = kernels::LayoutOf(format);
    const auto step = static_cast<size_t>(layout.file_bytes);
    for (size_t i = 0; i < bytes.size(); i += step) {
      if (step == 4) {
        std::memcpy(&bytes[i], &one32, 4);
      } else {
        std::memcpy(&bytes[i], &one16, 2);
      }
    }
    return bytes;
  }

  const BenchOptions& options_;
  Machine machine_;
  std::unique_ptr<ThreadPool> pool_;
  std::string suffix_;
  double read_floor_ = 0, fma_floor_ = 0, int8_floor_ = 0, bf16_floor_ = 0;
  std::vector<BenchRow> rows_;
};

}  // namespace

Result<std::vector<BenchRow>> RunLimitsBench(const BenchOptions& options) {
  LMP_TRY(const Machine machine, ChooseMachine());
  return LimitsRun(options, machine).Run();
}

}  // namespace lmp::bench
