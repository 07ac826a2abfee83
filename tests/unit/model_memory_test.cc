// How much memory loading takes at most, in a process of its own: packed weights, and little more,
// although the file is read through a mapping.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "tests/support/sanitized.h"

namespace lmp::model {
namespace {

// "VmRSS" and the like, in bytes; 0 where the system does not say.
uint64_t OfThisProcess(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":"))
      return 1024 * std::strtoull(line.c_str() + key.size() + 1, nullptr, 10);
  }
  return 0;
}

struct Measured {
  uint64_t peak_bytes = 0;    // beyond what the process had before
  uint64_t weight_bytes = 0;  // 0: it did not load
};

// In a child, so that nothing that a test did before counts.
Measured LoadInChild(const std::string& path) {
  std::array<int, 2> ends;
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // 5: the peak counts from here on (proc(5)).
    std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
    const uint64_t before = OfThisProcess("VmRSS");
    Measured measured;
    const auto opened = OpenModel(path, {.threads = 2});
    if (opened.ok()) {
      measured.weight_bytes = opened->model->config().weight_bytes;
      measured.peak_bytes = OfThisProcess("VmHWM") - before;
    }
    const bool said = ::write(ends[1], &measured, sizeof measured) == sizeof measured;
    ::_exit(said ? 0 : 1);
  }
  ::close(ends[1]);
  Measured measured;
  CHECK(::read(ends[0], &measured, sizeof measured) == sizeof measured);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  return measured;
}

TEST_CASE("loading takes at most 1.15 times the memory of the packed weights") {
  if (testing::kSanitized || OfThisProcess("VmHWM") == 0) {
    MESSAGE("SKIPPED: memory of a process says little here (a sanitizer, or no /proc)");
    return;
  }
  const auto shape = FindSynthShape("smol135m");
  REQUIRE(shape.ok());
  std::array<char, 32> folder = {"/tmp/lmp-memory-XXXXXX"};
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string path = std::string(folder.data()) + "/model.gguf";
  // Tokenizer, tables and scratch take 10 to 20 MB, whatever the model: smaller ones would need
  // more.
  for (const TensorType format : {TensorType::kQ8_0, TensorType::kBF16}) {
    CAPTURE(static_cast<int>(format));
    {
      const auto bytes = MakeSynthModel(*shape, {.format = format});
      REQUIRE(bytes.ok());
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes->data()),
                 static_cast<std::streamsize>(bytes->size()));
    }
    const Measured measured = LoadInChild(path);
    REQUIRE(measured.weight_bytes > 100'000'000);
    const double ratio =
        static_cast<double>(measured.peak_bytes) / static_cast<double>(measured.weight_bytes);
    MESSAGE("peak over packed weights: " << ratio);
    CHECK(ratio <= 1.15);
    CHECK(ratio > 0.9);  // else it measures something else
  }
  std::filesystem::remove_all(folder.data());
}

}  // namespace
}  // namespace lmp::model
