#include "runtime/rag/process_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lmp::rag {

Result<std::unique_ptr<ProcessLock>> ProcessLock::Take(const std::string& corpus_path) {
  const std::string path = corpus_path + ".lock";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Unavailable(path + ": " + std::strerror(errno));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(file);
    if (error != EWOULDBLOCK) return Unavailable(path + ": " + std::strerror(error));
    return Unavailable(corpus_path +
                       ": another process is changing this corpus; searching it is possible, "
                       "changing it once that process has ended");
  }
  return std::unique_ptr<ProcessLock>(new ProcessLock(file));
}

ProcessLock::~ProcessLock() { close(file_); }

}  // namespace lmp::rag
