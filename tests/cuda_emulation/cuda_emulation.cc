#include "tests/cuda_emulation/cuda_emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace lmp::cuda_emulation {
namespace {

constexpr unsigned kWarp = 32;
constexpr unsigned kThreadsMax = 1024;
constexpr size_t kStaticSharedMax = size_t{48} << 10;
constexpr size_t kSharedMax = 101376;  // of a block, by opting in: the least of sm_80 and later
constexpr size_t kStackBytes = size_t{64} << 10;
constexpr size_t kGuardBytes = 64;  // behind every shared array
constexpr std::byte kGuard{0xA5}, kUnwritten{0xFF};

enum class State { kRunnable, kAtBarrier, kInWarp, kEnded };

// A fiber is made once with ucontext and then switched to by setjmp and longjmp, which leave the
// signal mask, and with it the kernel, alone. Between blocks it waits inside FiberMain.
struct Fiber {
  jmp_buf here;
  ucontext_t start;
  std::unique_ptr<char[]> stack;
  bool started = false;
  State state = State::kEnded;
  std::source_location where;
  unsigned shuffles = 0;
};

struct SharedArrayBytes {
  std::vector<std::byte> bytes;  // guard included
  bool used = false;             // in this block
};

struct Machine {
  jmp_buf scheduler;
  std::deque<Fiber> fibers;
  Fiber* current = nullptr;
  const std::function<void()>* kernel = nullptr;
  std::map<const void*, SharedArrayBytes> shared;
  size_t dynamic_bytes = 0;
  uint64_t lanes[2][kThreadsMax] = {};
  std::string failure;
  bool descending = false;
  int64_t launches = 0;
};

Machine& machine() {
  static Machine m;
  return m;
}
const char dynamic_key = 0;

void SwitchToScheduler() {
  if (_setjmp(machine().current->here) == 0) _longjmp(machine().scheduler, 1);
}

void FiberMain() {
  for (;;) {
    (*machine().kernel)();
    machine().current->state = State::kEnded;
    SwitchToScheduler();
  }
}

void Resume(Fiber* fiber) {
  machine().current = fiber;
  if (_setjmp(machine().scheduler) != 0) return;
  if (fiber->started) _longjmp(fiber->here, 1);
  fiber->started = true;
  setcontext(&fiber->start);
}

void Wait(State state, const std::source_location& where) {
  machine().current->state = state;
  machine().current->where = where;
  SwitchToScheduler();
}

std::string Line(const std::source_location& where) {
  const std::string file = where.file_name();
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(where.line());
}

// Alone in its function: a call that may return twice must not share it with variables.
[[gnu::noinline]] void ReadContext(ucontext_t* context) { getcontext(context); }

void MakeFibers(unsigned count) {
  std::deque<Fiber>& fibers = machine().fibers;
  while (fibers.size() < count) {
    Fiber& fiber = fibers.emplace_back();
    fiber.stack = std::make_unique<char[]>(kStackBytes);
    ReadContext(&fiber.start);
    fiber.start.uc_stack.ss_sp = fiber.stack.get();
    fiber.start.uc_stack.ss_size = kStackBytes;
    fiber.start.uc_link = nullptr;
    makecontext(&fiber.start, FiberMain, 0);
  }
}

// Threads of a failed block stand in the middle of the kernel: they are given up with their stacks.
[[noreturn]] void Throw(const std::string& what) {
  Machine& m = machine();
  m.fibers.clear();
  m.shared.clear();
  m.failure.clear();
  throw std::runtime_error("block (" + std::to_string(blockIdx.x) + ", " +
                           std::to_string(blockIdx.y) + "): " + what);
}

unsigned Ordered(unsigned i, unsigned count) { return machine().descending ? count - 1 - i : i; }

// Runs a warp until its lanes have ended or wait at a barrier of the block.
void RunWarp(unsigned begin, unsigned end) {
  Machine& m = machine();
  for (;;) {
    for (unsigned i = 0; i < end - begin; ++i) {
      const unsigned thread = begin + Ordered(i, end - begin);
      Fiber& fiber = m.fibers[thread];
      if (fiber.state != State::kRunnable) continue;
      threadIdx.x = thread;
      Resume(&fiber);
      if (!m.failure.empty()) {
        Throw("thread " + std::to_string(thread) + ": " + std::string(m.failure));
      }
    }
    unsigned waiting = 0;
    for (unsigned i = begin; i < end; ++i) waiting += m.fibers[i].state == State::kInWarp;
    if (waiting == 0) return;
    for (unsigned i = begin; i < end; ++i) {
      const Fiber& fiber = m.fibers[i];
      const Fiber& first = m.fibers[begin];
      if (waiting != kWarp || fiber.where.line() != first.where.line()) {
        Throw("warp " + std::to_string(begin / kWarp) + " has " + std::to_string(waiting) +
              " of 32 lanes at a shuffle or __syncwarp, lane 0 last at " + Line(first.where) +
              ", lane " + std::to_string(i - begin) + " at " + Line(fiber.where));
      }
    }
    for (unsigned i = begin; i < end; ++i) m.fibers[i].state = State::kRunnable;
  }
}

void CheckGuards() {
  for (auto& [key, array] : machine().shared) {
    if (!array.used) continue;
    array.used = false;
    const auto guard = array.bytes.end() - static_cast<int64_t>(kGuardBytes);
    if (!std::all_of(guard, array.bytes.end(), [](std::byte b) { return b == kGuard; })) {
      Throw("a write behind a shared array of " + std::to_string(array.bytes.size() - kGuardBytes) +
            " bytes");
    }
  }
}

void RunBlock(unsigned threads) {
  Machine& m = machine();
  for (unsigned i = 0; i < threads; ++i) {
    m.fibers[i].state = State::kRunnable;
    m.fibers[i].where = {};
    m.fibers[i].shuffles = 0;
  }
  const unsigned warps = (threads + kWarp - 1) / kWarp;
  for (;;) {
    for (unsigned i = 0; i < warps; ++i) {
      const unsigned warp = Ordered(i, warps);
      RunWarp(warp * kWarp, std::min(threads, (warp + 1) * kWarp));
    }
    unsigned waiting = 0;
    const Fiber* at = nullptr;
    for (unsigned i = 0; i < threads; ++i) {
      if (m.fibers[i].state != State::kAtBarrier) continue;
      ++waiting;
      if (at == nullptr) at = &m.fibers[i];
      if (at->where.line() != m.fibers[i].where.line()) {
        Throw("threads wait at two barriers, " + Line(at->where) + " and " +
              Line(m.fibers[i].where));
      }
    }
    if (waiting == 0) break;
    if (waiting != threads) {
      Throw("the barrier at " + Line(at->where) + " is reached by " + std::to_string(waiting) +
            " of " + std::to_string(threads) + " threads");
    }
    for (unsigned i = 0; i < threads; ++i) m.fibers[i].state = State::kRunnable;
  }
  CheckGuards();
}

}  // namespace

void Run(const Shape& shape, const std::function<void()>& kernel) {
  Machine& m = machine();
  blockIdx = {};
  if (shape.blocks_x == 0 || shape.blocks_y == 0 || shape.blocks_x > 0x7fffffffu ||
      shape.blocks_y > 65535 || shape.threads == 0 || shape.threads > kThreadsMax ||
      shape.shared_bytes > kSharedMax) {
    Throw("no device runs " + std::to_string(shape.blocks_x) + " x " +
          std::to_string(shape.blocks_y) + " blocks of " + std::to_string(shape.threads) +
          " threads with " + std::to_string(shape.shared_bytes) + " bytes of shared memory");
  }
  MakeFibers(shape.threads);
  m.kernel = &kernel;
  m.shared.clear();
  m.dynamic_bytes = shape.shared_bytes;
  m.descending = m.launches++ % 2 != 0;
  blockDim = {shape.threads, 1, 1};
  gridDim = {shape.blocks_x, shape.blocks_y, 1};
  threadIdx = {};
  for (unsigned y = 0; y < shape.blocks_y; ++y) {
    for (unsigned x = 0; x < shape.blocks_x; ++x) {
      blockIdx = {Ordered(x, shape.blocks_x), Ordered(y, shape.blocks_y), 0};
      RunBlock(shape.threads);
    }
  }
}

int64_t LaunchCount() { return machine().launches; }

void SyncThreads(const std::source_location& where) { Wait(State::kAtBarrier, where); }

void SyncWarp(const std::source_location& where) { Wait(State::kInWarp, where); }

// Two sets of values in turn: a lane that is ahead writes the next set while others read this one.
uint64_t ShuffleXor(uint64_t value, int lane_mask, const std::source_location& where) {
  const unsigned thread = threadIdx.x;
  uint64_t* const set = machine().lanes[machine().current->shuffles++ % 2];
  set[thread] = value;
  Wait(State::kInWarp, where);
  return set[thread ^ static_cast<unsigned>(lane_mask)];
}

std::byte* SharedBytes(const void* key, size_t bytes) {
  Machine& m = machine();
  SharedArrayBytes& array = m.shared[key];
  if (!array.used) {
    array.used = true;
    array.bytes.resize(bytes + kGuardBytes);
    std::fill(array.bytes.begin(), array.bytes.end(), kUnwritten);
    std::fill(array.bytes.end() - static_cast<int64_t>(kGuardBytes), array.bytes.end(), kGuard);
    size_t fixed = 0;
    for (const auto& [other, its] : m.shared) {
      if (other != &dynamic_key) fixed += its.bytes.size() - kGuardBytes;
    }
    if (fixed > kStaticSharedMax || fixed + m.dynamic_bytes > kSharedMax) {
      Fail("more shared memory than a device has: " + std::to_string(fixed) + " and " +
           std::to_string(m.dynamic_bytes) + " bytes");
    }
  }
  return array.bytes.data();
}

std::byte* DynamicSharedBytes() { return SharedBytes(&dynamic_key, machine().dynamic_bytes); }

void Fail(const std::string& what) {
  machine().failure = what;
  for (;;) SwitchToScheduler();
}

}  // namespace lmp::cuda_emulation
