#include "runtime/base/large_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <mutex>
#include <new>

namespace lmp {
namespace {

constexpr size_t kAlignment = 64;

}  // namespace

#if defined(__has_feature)
#define LMP_ASAN __has_feature(address_sanitizer)  // clang's
#elif defined(__SANITIZE_ADDRESS__)
#define LMP_ASAN 1
#else
#define LMP_ASAN 0
#endif

#if LMP_ASAN

// Each array by itself, so that reading past its end is seen.
std::shared_ptr<std::byte> AllocateLarge(size_t bytes) {
  auto* const memory = new (std::align_val_t{kAlignment}, std::nothrow) std::byte[bytes]();
  return {memory, [](std::byte* p) { ::operator delete[](p, std::align_val_t{kAlignment}); }};
}

#else

namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kChunk = size_t{32} << 20;
constexpr size_t kShared = size_t{8} << 20;  // smaller arrays share a chunk

constexpr size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// A mapping of its own, aligned to huge pages.
std::shared_ptr<std::byte> Map(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * kHugePage) return nullptr;
  const size_t mapped = RoundUp(bytes, kHugePage) + kHugePage;
  void* const base =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  const uintptr_t begin = RoundUp(reinterpret_cast<uintptr_t>(base), kHugePage);
  auto* const memory = reinterpret_cast<std::byte*>(begin);
  ::madvise(memory, RoundUp(bytes, kHugePage), MADV_HUGEPAGE);  // where it is refused: small pages
  return {memory, [base, mapped](std::byte*) { ::munmap(base, mapped); }};
}

}  // namespace

std::shared_ptr<std::byte> AllocateLarge(size_t bytes) {
  if (bytes >= kShared) return Map(bytes);
  static std::mutex mutex;
  static std::weak_ptr<std::byte> current;  // the chunk that still has room
  static size_t used = 0;
  const std::lock_guard lock(mutex);
  std::shared_ptr<std::byte> chunk = current.lock();
  if (chunk == nullptr || kChunk - used < bytes) {
    chunk = Map(kChunk);
    if (chunk == nullptr) return nullptr;
    current = chunk;
    used = 0;
  }
  std::byte* const memory = chunk.get() + used;
  used += RoundUp(bytes, kAlignment);
  return {std::move(chunk), memory};
}

#endif

}  // namespace lmp
