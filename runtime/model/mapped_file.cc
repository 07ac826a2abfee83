#include "runtime/model/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace lmp::model {
namespace {

Status FileError(const std::string& path, int error) {
  const std::string message = path + ": " + std::generic_category().message(error);
  return error == ENOENT ? NotFound(message) : Unavailable(message);
}

Result<MappedFile> Fail(int file, Status status) {
  ::close(file);
  return status;
}

}  // namespace

Result<MappedFile> MappedFile::Open(const std::string& path) {
  // Without O_NONBLOCK a pipe would be waited for.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return FileError(path, errno);
  struct stat status {};
  if (::fstat(file, &status) != 0) return Fail(file, FileError(path, errno));
  if (!S_ISREG(status.st_mode)) {
    const bool folder = S_ISDIR(status.st_mode);
    return Fail(file,
                Unsupported(path + (folder ? ": a folder, not a file" : ": not a regular file")));
  }
  if (status.st_size == 0) {
    ::close(file);
    return MappedFile();
  }
  const size_t size = static_cast<size_t>(status.st_size);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (address == MAP_FAILED) return Fail(file, FileError(path, errno));
  ::close(file);  // the mapping stays
  return MappedFile({static_cast<const std::byte*>(address), size});
}

void MappedFile::Release(std::span<const std::byte> part) const {
  if (part.data() < bytes_.data() || part.data() + part.size() > bytes_.data() + bytes_.size()) {
    return;
  }
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  // Whole pages: the neighbours' bytes may be in use.
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(part.data()) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(part.data() + part.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace lmp::model
