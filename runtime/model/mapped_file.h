// MappedFile: a file's bytes, mapped read-only. Move-only owner; any thread may read. A file that
// is cut short by another process while mapped raises SIGBUS: model files are expected to be
// replaced by rename, as every downloader does.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "runtime/base/status.h"

namespace lmp::model {

class MappedFile {
 public:
  // Errors: NotFound, Unavailable (with the system's words), InvalidArgument for a folder or
  // device.
  static Result<MappedFile> Open(const std::string& path);
  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }
  // Gives back the memory of what lies in this file; reading it again reads the disk again.
  void Release(std::span<const std::byte> part) const;

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace lmp::model
