// Time and randomness are arguments. Clock is the only way to read time (SystemClock in clock.cc is
// the only caller of the system's), Rng a small seeded generator for tests and simulation, Philox
// the counter-based generator of sampling (decision 6): a draw depends on its key and counter
// alone, never on what was drawn before it or on scheduling.
#pragma once

#include <array>
#include <cstdint>

namespace lmp {

class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic nanoseconds; the origin has no meaning.
  virtual int64_t NowNs() const = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t NowNs() const override;
};

// CPU time of the calling thread in nanoseconds (for benches and statistics).
int64_t ThreadCpuNs();

class FakeClock final : public Clock {
 public:
  int64_t NowNs() const override { return now_ns_; }
  void Advance(int64_t ns) { now_ns_ += ns; }

 private:
  int64_t now_ns_ = 0;
};

// SplitMix64: every seed gives a good stream; not for sampling.
class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  // Uniform in [0, n); n > 0.
  uint64_t Below(uint64_t n) { return Next() % n; }
  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

// Philox4x32-10 (Salmon et al., SC'11). `key` = 64 bits, `counter` = 128 bits.
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// Uniform in (0, 1] for the draw at `position` of generation site `site` under `seed` (decision 6).
double PhiloxUnit(uint64_t seed, uint64_t site, uint64_t position);

}  // namespace lmp
