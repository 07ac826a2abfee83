// A folder of a test's own, gone with it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace lmp::testing {

class TempFolder {
 public:
  // In `base`; its name has `name` and the process in it.
  explicit TempFolder(const std::string& name,
                      const std::filesystem::path& base = std::filesystem::temp_directory_path())
      : path_(base / (name + "_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path() const { return path_.string(); }
  // Writes a file and gives its path.
  std::string Put(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }
  void Drop(const std::string& name) const { std::filesystem::remove(path_ / name); }

 private:
  const std::filesystem::path path_;
};

}  // namespace lmp::testing
