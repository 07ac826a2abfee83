// SpinUntil: waits a moment, awake, for what is likely to come at once. Going to sleep and being
// woken costs tens of microseconds where processors sleep too, more than a short answer takes.
// Threads that are ready to run go first.
#pragma once

#include <chrono>
#include <thread>

namespace lmp {

inline constexpr std::chrono::microseconds kSpin{50};

// True as soon as `ready()` is, false after `most`.
template <typename Ready>
bool SpinUntil(Ready ready, std::chrono::microseconds most = kSpin) {
  const auto end = std::chrono::steady_clock::now() + most;
  do {
    if (ready()) return true;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace lmp
