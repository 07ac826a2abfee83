// The small synthetic model that tests of lmp.h run on, as a file.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/model/synth.h"

namespace lmp::testing {

// A file that is gone with its test.
class TempFile {
 public:
  explicit TempFile(const std::vector<std::byte>& bytes) {
    const int fd = mkstemp(path_.data());
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    close(fd);
  }
  ~TempFile() { std::remove(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/lmp_api_test_XXXXXX";
};

inline const std::vector<std::byte>& ApiModelBytes() {
  static const std::vector<std::byte> bytes = model::MakeSynthModel({.name = "api",
                                                                     .layers = 1,
                                                                     .width = 32,
                                                                     .heads = 2,
                                                                     .kv_heads = 1,
                                                                     .head_dim = 16,
                                                                     .ffn_width = 32,
                                                                     .vocabulary = 512,
                                                                     .context = 1024},
                                                                    {.seed = 2})
                                                  .value();
  return bytes;
}

}  // namespace lmp::testing
