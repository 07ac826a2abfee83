#include "runtime/store/private_files.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <sys/stat.h>

#include <string>

namespace lmp::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class PrivateFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "LmpPrivateFiles"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    return Protect(name, target()->NewWritableFile(name, options, file, debug));
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    return Protect(name, target()->ReopenWritableFile(name, options, file, debug));
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                             const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override {
    return Protect(name, target()->ReuseWritableFile(name, old_name, options, file, debug));
  }
  IOStatus NewRandomRWFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                           IODebugContext* debug) override {
    return Protect(name, target()->NewRandomRWFile(name, options, file, debug));
  }
  IOStatus LockFile(const std::string& name, const IOOptions& options, rocksdb::FileLock** lock,
                    IODebugContext* debug) override {
    return Protect(name, target()->LockFile(name, options, lock, debug));
  }

 private:
  static IOStatus Protect(const std::string& name, IOStatus made) {
    if (made.ok() && chmod(name.c_str(), S_IRUSR | S_IWUSR) != 0) {
      return IOStatus::IOError("cannot make it private", name);
    }
    return made;
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakePrivateEnv(rocksdb::Env* base) {
  return rocksdb::NewCompositeEnv(std::make_shared<PrivateFileSystem>(base->GetFileSystem()));
}

}  // namespace lmp::store
