// A file that is on its way: PATH.part with what has come, and PATH.part.from saying what of, until
// all is there and it gets its name in one step. Both survive the end of the process, and the next
// one goes on from them.
//
// Errors: NotFound (no such folder), Unavailable (the disk; another process writes it),
// ResourceExhausted (no space, saying how much). One thread; one process at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/net/sha256.h"

namespace lmp::net {

// What the bytes are of.
struct PartOrigin {
  std::string url;        // only a digest of it is kept: it may hold secrets
  std::string validator;  // of If-Range: a strong ETag or a date; "" if the server gave none
  std::optional<uint64_t> total;
};

class PartFile {
 public:
  // Goes on with what is there if it is of `url` and can be continued; else begins anew.
  static Result<std::unique_ptr<PartFile>> Open(const std::string& path, const std::string& url);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  uint64_t size() const { return size_; }
  const PartOrigin& origin() const { return origin_; }
  const std::string& part_path() const { return part_path_; }
  std::string Sha256Hex() const { return hash_.Hex(); }

  // Drops what is there.
  Status Restart();
  // Before the first byte of an answer; also looks whether the rest fits on the disk.
  Status SetOrigin(const PartOrigin& origin);
  Status Append(std::string_view bytes);
  // On the disk, and under its name.
  Status Finish();
  // Removes all of it.
  void Discard();

 private:
  PartFile(std::string path, int file);
  Status Take();  // reads what is there
  Status WriteOrigin() const;
  Status Failed(const char* doing) const;

  const std::string path_, part_path_, origin_path_;
  const int file_;
  uint64_t size_ = 0;
  PartOrigin origin_;
  Sha256 hash_;
};

}  // namespace lmp::net
