#include "runtime/net/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "runtime/base/text.h"

namespace lmp::net {
namespace {

constexpr std::string_view kHeader = "lmp download 1";

std::string DigestOf(const std::string& text) {
  Sha256 hash;
  hash.Add(text);
  return hash.Hex();
}

std::string Megabytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

}  // namespace

PartFile::PartFile(std::string path, int file)
    : path_(std::move(path)),
      part_path_(path_ + ".part"),
      origin_path_(path_ + ".part.from"),
      file_(file) {}

PartFile::~PartFile() { close(file_); }

Status PartFile::Failed(const char* doing) const {
  const int error = errno;
  const std::string what = part_path_ + ": " + doing + ": " + std::strerror(error);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return ResourceExhausted(what + "; " + Megabytes(size_) +
                             (origin_.total ? " of " + Megabytes(*origin_.total) : "") +
                             " are there and kept");
  }
  return Unavailable(what);
}

Result<std::unique_ptr<PartFile>> PartFile::Open(const std::string& path, const std::string& url) {
  const std::string part = path + ".part";
  const int file = open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) return NotFound("there is no folder for " + path);
    return Unavailable(part + ": " + std::strerror(error));
  }
  std::unique_ptr<PartFile> made(new PartFile(path, file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0)
    return Unavailable(part + ": another process is writing it");
  // Whoever held the lock may have given the file its name meanwhile; then this is not the part.
  struct stat by_file = {}, by_name = {};
  if (fstat(file, &by_file) != 0 || stat(part.c_str(), &by_name) != 0 ||
      by_file.st_ino != by_name.st_ino)
    return Unavailable(part + ": another process has just finished it");
  made->origin_.url = url;
  LMP_RETURN_IF_ERROR(made->Take());
  return made;
}

Status PartFile::Take() {
  std::ifstream in(origin_path_);
  std::string header, digest, validator, total;
  std::getline(in, header);
  std::getline(in, digest);
  std::getline(in, validator);
  std::getline(in, total);
  const bool ours = in && header == kHeader && digest == DigestOf(origin_.url);
  if (!ours || validator.empty()) return Restart();
  origin_.validator = validator;
  if (!total.empty()) origin_.total = std::strtoull(total.c_str(), nullptr, 10);
  std::vector<char> piece(1 << 20);
  for (;;) {
    const ssize_t count = read(file_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("reading");
    if (count == 0) break;
    hash_.Add({piece.data(), static_cast<size_t>(count)});
    size_ += static_cast<uint64_t>(count);
  }
  if (origin_.total && size_ > *origin_.total) return Restart();
  return OkStatus();
}

Status PartFile::Restart() {
  if (ftruncate(file_, 0) != 0 || lseek(file_, 0, SEEK_SET) != 0) return Failed("emptying");
  size_ = 0;
  hash_ = Sha256();
  origin_.validator.clear();
  origin_.total.reset();
  return OkStatus();
}

Status PartFile::WriteOrigin() const {
  const std::string text = std::string(kHeader) + "\n" + DigestOf(origin_.url) + "\n" +
                           origin_.validator + "\n" +
                           (origin_.total ? std::to_string(*origin_.total) : "") + "\n";
  const std::string made = origin_path_ + ".new";
  std::ofstream out(made, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out || std::rename(made.c_str(), origin_path_.c_str()) != 0) {
    const Status status = Failed("writing where it comes from");
    std::remove(made.c_str());
    return status;
  }
  return OkStatus();
}

Status PartFile::SetOrigin(const PartOrigin& origin) {
  origin_ = origin;
  struct statvfs disk = {};
  if (origin.total && fstatvfs(file_, &disk) == 0) {
    const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
    const uint64_t missing = *origin.total - size_;
    if (missing > free) {
      return ResourceExhausted(path_ + ": " + Megabytes(missing) +
                               " are to come, and the disk has " + Megabytes(free) + " free");
    }
  }
  return WriteOrigin();
}

Status PartFile::Append(std::string_view bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t count = write(file_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("writing");
    hash_.Add(rest.substr(0, static_cast<size_t>(count)));
    size_ += static_cast<uint64_t>(count);
    rest.remove_prefix(static_cast<size_t>(count));
  }
  return OkStatus();
}

Status PartFile::Finish() {
  if (fsync(file_) != 0) return Failed("writing to the disk");
  if (std::rename(part_path_.c_str(), path_.c_str()) != 0) {
    return Unavailable(path_ + ": " + std::strerror(errno));
  }
  std::remove(origin_path_.c_str());
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const int directory =
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory);  // the name too; what the disk does not promise here cannot be had
    close(directory);
  }
  return OkStatus();
}

void PartFile::Discard() {
  std::remove(origin_path_.c_str());
  std::remove(part_path_.c_str());
}

}  // namespace lmp::net
