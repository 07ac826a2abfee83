#include "kernels/weights.h"

#include "tests/kernels/kernel_testing.h"

namespace lmp::kernels {
namespace {

// fp16 by its definition.
double HalfByDefinition(uint16_t h) {
  const int exponent = (h >> 10) & 31;
  const int mantissa = h & 0x3ff;
  const double magnitude = exponent == 0    ? std::ldexp(mantissa, -24)
                           : exponent == 31 ? (mantissa != 0 ? NAN : INFINITY)
                                            : std::ldexp(1024 + mantissa, exponent - 25);
  return (h & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST_CASE("all 65536 fp16 values widen exactly, and bf16 round trips") {
  for (uint32_t i = 0; i < 65536; ++i) {
    const uint16_t h = static_cast<uint16_t>(i);
    const double expected = HalfByDefinition(h);
    const float f = F32FromF16(h);
    const bool same = std::isnan(expected) ? std::isnan(f) : static_cast<double>(f) == expected;
    CHECK_MESSAGE(same, i);
    const float b = F32FromBf16(h);
    CHECK_MESSAGE((std::isnan(b) ? std::isnan(F32FromBf16(Bf16FromF32(b))) : Bf16FromF32(b) == h),
                  i);
  }
}

TEST_CASE("bf16 rounds to nearest, ties to even, and overflows to infinity") {
  CHECK(F32FromBf16(Bf16FromF32(1.0f + 0x1p-8f)) == 1.0f);            // tie, even below
  CHECK(F32FromBf16(Bf16FromF32(1.0f + 0x3p-8f)) == 1.0f + 0x1p-6f);  // tie, even above
  CHECK(F32FromBf16(Bf16FromF32(1.0f + 0x1.1p-8f)) == 1.0f + 0x1p-7f);
  CHECK(std::isinf(F32FromBf16(Bf16FromF32(3.4028235e38f))));
  CHECK(std::isnan(F32FromBf16(Bf16FromF32(std::bit_cast<float>(0x7f800001u)))));
}

TEST_CASE("a packed matrix holds what was put in, in every format and odd size") {
  Rng rng(1);
  for (WeightFormat format : kFormats) {
    for (int64_t n : {1, 15, 16, 17, 40}) {
      for (int64_t k : {1, 31, 32, 33, 96, 512}) {
        if (k % BlockElements(format) != 0) continue;
        CAPTURE(WeightFormatName(format));
        CAPTURE(n);
        CAPTURE(k);
        const std::vector<std::byte> source = RandomWeights(rng, format, n, k);
        const PackedMatrix m = PackedMatrix::Pack(format, n, k, source.data()).value();
        std::vector<float> widened(static_cast<size_t>(n * k));
        WidenElements(format, source.data(), n * k, widened.data());
        bool same = true;
        for (int64_t i = 0; i < n * k; ++i) {
          same &= SameBits(WeightAt(m.view(), i / k, i % k), widened[static_cast<size_t>(i)]);
        }
        CHECK(same);
        CHECK(m.bytes() == PanelBytes(format, k) * static_cast<size_t>((n + 15) / 16));
      }
    }
  }
}

TEST_CASE("a Q8_0 block is scale times int8") {
  std::vector<std::byte> block(34);
  const uint16_t scale = 0x3800;  // 0.5
  std::memcpy(block.data(), &scale, 2);
  for (size_t i = 0; i < 32; ++i)
    block[2 + i] = static_cast<std::byte>(static_cast<int8_t>(i * 8) - 128);
  float out[32];
  WidenElements(WeightFormat::kQ8_0, block.data(), 32, out);
  for (int i = 0; i < 32; ++i) {
    CHECK(out[i] == 0.5f * static_cast<float>(static_cast<int8_t>(i * 8 - 128)));
  }
}

// The blocks of tests/tools/make_dequantise_goldens.py: bytes of a splitmix64 sequence.
std::vector<std::byte> GoldenBlocks(const BlockLayout& layout, WeightFormat format) {
  constexpr size_t kBlocks = 64;
  const auto size = static_cast<size_t>(layout.file_bytes);
  std::vector<std::byte> bytes(kBlocks * size);
  uint64_t state = size;
  for (std::byte& byte : bytes) {
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    byte = static_cast<std::byte>(z ^ (z >> 31));
  }
  const auto make_finite = [&](size_t at) {
    if ((bytes[at + 1] & std::byte{0x7C}) == std::byte{0x7C}) bytes[at + 1] &= std::byte{0xBF};
  };
  for (size_t block = 0; block < bytes.size(); block += size) {
    make_finite(block + (format == WeightFormat::kQ6_K ? size - 2 : 0));
    if (layout.has_offset) make_finite(block + 2);
  }
  return bytes;
}

uint64_t Fnv(const std::vector<float>& values) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const float value : values) {
    const auto bits = std::bit_cast<uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) {
      hash = (hash ^ ((bits >> shift) & 0xffu)) * 0x100000001B3u;
    }
  }
  return hash;
}

TEST_CASE("random blocks widen to the bytes that the gguf package makes of them") {
  const struct {
    WeightFormat format;
    uint64_t digest;
  } goldens[] = {
      {WeightFormat::kQ8_0, 0x54a17b709f7e1ce3u}, {WeightFormat::kQ4_0, 0xcda999e8c4bfb11bu},
      {WeightFormat::kQ4_1, 0x559d394241e69ad5u}, {WeightFormat::kQ5_0, 0x753d252d58165e6eu},
      {WeightFormat::kQ5_1, 0x927961692fb3972du}, {WeightFormat::kQ4_K, 0x20f19e8e4086bd9fu},
      {WeightFormat::kQ5_K, 0x66b1af384d5e524eu}, {WeightFormat::kQ6_K, 0xf68b13a8f3fa7ed5u},
  };
  for (const auto& golden : goldens) {
    CAPTURE(WeightFormatName(golden.format));
    const BlockLayout layout = LayoutOf(golden.format);
    const std::vector<std::byte> blocks = GoldenBlocks(layout, golden.format);
    const int64_t count = static_cast<int64_t>(blocks.size()) / layout.file_bytes * layout.elements;
    std::vector<float> values(static_cast<size_t>(count));
    WidenElements(golden.format, blocks.data(), count, values.data());
    CHECK(Fnv(values) == golden.digest);
    // The same through the packed form: 4 rows of 16 blocks, the first in another panel's middle.
    const int64_t k = count / 4;
    PackedMatrix packed = PackedMatrix::Allocate(golden.format, 25, k).value();
    packed.SetRows(7, 4, blocks.data());
    for (int64_t i = 0; i < 4; ++i) WidenRow(packed.view(), 7 + i, values.data() + i * k);
    CHECK(Fnv(values) == golden.digest);
  }
}

TEST_CASE("rows that are set again forget what was there") {
  Rng rng(11);
  for (WeightFormat format : kFormats) {
    const std::vector<std::byte> a = RandomWeights(rng, format, 20, 256);
    const std::vector<std::byte> b = RandomWeights(rng, format, 20, 256);
    PackedMatrix twice = PackedMatrix::Pack(format, 20, 256, a.data()).value();
    twice.SetRows(0, 20, b.data());
    const PackedMatrix once = PackedMatrix::Pack(format, 20, 256, b.data()).value();
    CHECK(std::memcmp(twice.view().panels, once.view().panels, once.bytes()) == 0);
  }
}

TEST_CASE("matrices join along n") {
  Rng rng(2);
  const int64_t k = 64;
  const std::vector<std::byte> a = RandomWeights(rng, WeightFormat::kBf16, 21, k);
  const std::vector<std::byte> b = RandomWeights(rng, WeightFormat::kBf16, 7, k);
  PackedMatrix joined = PackedMatrix::Allocate(WeightFormat::kBf16, 28, k).value();
  joined.SetRows(21, 7, b.data());
  joined.SetRows(0, 21, a.data());
  const PackedMatrix alone = PackedMatrix::Pack(WeightFormat::kBf16, 7, k, b.data()).value();
  for (int64_t i = 0; i < 7 * k; ++i) {
    CHECK(WeightAt(joined.view(), 21 + i / k, i % k) == WeightAt(alone.view(), i / k, i % k));
  }
  CHECK_THROWS_AS(joined.SetRows(22, 7, b.data()), InvariantFailure);
}

TEST_CASE("impossible shapes are errors") {
  for (const WeightFormat format : kFormats) {
    const int64_t block = BlockElements(format);
    CHECK(PackedMatrix::Allocate(format, 4, 2 * block).ok());
    if (block == 1) continue;
    for (const int64_t k : {block - 1, block + 1, block + block / 2}) {
      CHECK(PackedMatrix::Allocate(format, 4, k).status().code() == StatusCode::kInvalidArgument);
    }
  }
  CHECK(PackedMatrix::Allocate(WeightFormat::kF32, 0, 8).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(PackedMatrix::Allocate(WeightFormat::kF32, 8, -1).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(PackedMatrix::Allocate(WeightFormat::kF32, (int64_t{1} << 28) + 1, 8).status().code() ==
        StatusCode::kInvalidArgument);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // 2^58 bytes: more than any address space.
  CHECK(PackedMatrix::Allocate(WeightFormat::kF32, int64_t{1} << 28, int64_t{1} << 28)
            .status()
            .code() == StatusCode::kResourceExhausted);
#endif
}

TEST_CASE("packed offsets behind 2^31 bytes do not wrap") {
  // Address arithmetic only: the last panel of a 3 GB matrix, without its memory.
  const int64_t n = 49152, k = 16384;
  CHECK(PanelBytes(WeightFormat::kF32, k) == size_t{16} * 16384 * 4);
  CHECK(UnpackedBytes(WeightFormat::kF32, n * k) == size_t{49152} * 16384 * 4);
  CHECK(UnpackedBytes(WeightFormat::kQ8_0, n * k) == size_t{49152} * 512 * 34);
}

}  // namespace
}  // namespace lmp::kernels
