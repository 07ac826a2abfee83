#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/large_memory.h"
#include "runtime/base/mailbox.h"
#include "runtime/base/memo.h"
#include "runtime/base/status.h"

namespace lmp {
namespace {

TEST_CASE("philox gives the published words") {
  // Random123's known answers for philox4x32-10.
  const auto zero = Philox4x32({0, 0, 0, 0}, {0, 0});
  CHECK(zero == std::array<uint32_t, 4>{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
  const auto ones = Philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u});
  CHECK(ones == std::array<uint32_t, 4>{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
  const auto pi =
      Philox4x32({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u});
  CHECK(pi == std::array<uint32_t, 4>{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
}

TEST_CASE("a draw depends on its key and position alone, and is uniform") {
  double sum = 0;
  for (uint64_t p = 0; p < 10000; ++p) {
    const double u = PhiloxUnit(7, 11, p);
    CHECK_MESSAGE((u > 0.0 && u <= 1.0), u);
    sum += u;
  }
  CHECK(sum / 10000 == doctest::Approx(0.5).epsilon(0.02));
  CHECK(PhiloxUnit(7, 11, 5) == PhiloxUnit(7, 11, 5));
  CHECK(PhiloxUnit(7, 11, 5) != PhiloxUnit(7, 12, 5));
  CHECK(PhiloxUnit(7, 11, 5) != PhiloxUnit(8, 11, 5));
}

Result<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("found an odd number");
  return n / 2;
}
Result<int> Quarter(int n) {
  LMP_TRY(const int half, Half(n));
  return Half(half);
}

TEST_CASE("results carry values and errors") {
  CHECK(Quarter(8).value() == 2);
  CHECK(Quarter(6).status().code() == StatusCode::kInvalidArgument);
  CHECK(Quarter(7).status().WithPrefix("n").ToString() ==
        "invalid_argument: n: found an odd number");
  CHECK_THROWS_AS(Quarter(7).value(), InvariantFailure);
}

TEST_CASE("a full or closed mailbox refuses, control items always fit") {
  Mailbox<int> mailbox(2);
  CHECK(mailbox.TryPush(1));
  CHECK(mailbox.TryPush(2));
  CHECK_FALSE(mailbox.TryPush(3));
  CHECK(mailbox.PushControl(4));
  std::vector<int> out;
  CHECK(mailbox.Drain(2, &out) == 2);
  CHECK(mailbox.Drain(10, &out) == 1);
  CHECK(out == std::vector<int>{1, 2, 4});
  CHECK_FALSE(mailbox.WaitNonEmpty(std::chrono::milliseconds(1)));
  mailbox.Close();
  CHECK_FALSE(mailbox.TryPush(5));
  CHECK_FALSE(mailbox.PushControl(5));
}

TEST_CASE("a memo keeps what was asked for last, and makes it without its lock") {
  Memo<int, std::string> memo;
  int made = 0;
  const auto get = [&](int key) {
    return memo
        .Get(key,
             [&]() -> Result<std::string> {
               ++made;
               // Nobody waits for it: not even for the same.
               if (key == 7 && made == 1) {
                 CHECK(memo.Get(8, [] { return Result<std::string>("8"); }).value() == "8");
                 CHECK(memo.Get(7, [] { return Result<std::string>("first"); }).value() == "first");
               }
               return std::to_string(key);
             })
        .value();
  };
  CHECK(get(7) == "first");
  CHECK(made == 1);
  CHECK(get(7) == "first");
  CHECK(made == 1);
  const int kept = static_cast<int>(Memo<int, std::string>::kKept);
  for (int key = 100; key < 100 + kept - 1; ++key) get(key);
  CHECK(get(7) == "first");
  CHECK(made == kept);
  for (int key = 200; key < 200 + kept; ++key) get(key);
  CHECK(get(7) == "7");
  // What fails is made again.
  CHECK(memo.Get(1, [] { return Result<std::string>(Internal("no")); }).status().message() == "no");
  CHECK(get(1) == "1");
}

TEST_CASE("many producers lose nothing that was accepted, and each one's order holds") {
  constexpr int kProducers = 4, kEach = 2000;
  Mailbox<std::pair<int, int>> mailbox(64);
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) {
        if (!mailbox.TryPush({p, i})) ++refused;
      }
    });
  }
  int taken = 0;
  std::vector<int> last(kProducers, -1);
  std::vector<std::pair<int, int>> out;
  while (taken + refused < kProducers * kEach) {
    out.clear();
    mailbox.WaitNonEmpty(std::chrono::milliseconds(5));
    taken += static_cast<int>(mailbox.Drain(16, &out));
    for (const auto& [p, i] : out) {
      CHECK(last[static_cast<size_t>(p)] < i);
      last[static_cast<size_t>(p)] = i;
    }
  }
  for (std::thread& t : threads) t.join();
  CHECK(taken + refused == kProducers * kEach);
}

TEST_CASE(
    "large memory is zero, aligned and nobody else's, whatever the sizes and the order of going") {
  constexpr size_t kMiB = size_t{1} << 20;
  std::vector<std::pair<std::shared_ptr<std::byte>, size_t>> arrays;
  // Around the sizes from which an array has a mapping of its own and from which a chunk is full.
  for (int round = 0; round < 3; ++round) {
    for (const size_t bytes : {size_t{1}, size_t{65}, kMiB, 8 * kMiB - 1, 8 * kMiB, 8 * kMiB + 1}) {
      std::shared_ptr<std::byte> memory = AllocateLarge(bytes);
      REQUIRE(memory != nullptr);
      CHECK(reinterpret_cast<uintptr_t>(memory.get()) % 64 == 0);
      CHECK(std::all_of(memory.get(), memory.get() + bytes,
                        [](std::byte b) { return b == std::byte{0}; }));
      std::fill(memory.get(), memory.get() + bytes, static_cast<std::byte>(arrays.size() + 1));
      arrays.emplace_back(std::move(memory), bytes);
    }
    // Every other one goes: the rest stays as it was written.
    for (size_t i = static_cast<size_t>(round); i < arrays.size(); i += 2) arrays[i].first.reset();
  }
  for (size_t i = 0; i < arrays.size(); ++i) {
    const auto& [memory, bytes] = arrays[i];
    if (memory == nullptr) continue;
    CHECK(std::all_of(memory.get(), memory.get() + bytes,
                      [&](std::byte b) { return b == static_cast<std::byte>(i + 1); }));
  }
#if !defined(__SANITIZE_ADDRESS__)  // which ends the program instead
  CHECK(AllocateLarge(SIZE_MAX / 2) == nullptr);
  CHECK(AllocateLarge(SIZE_MAX) == nullptr);
#endif
}

}  // namespace
}  // namespace lmp
