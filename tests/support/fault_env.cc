#include "tests/support/fault_env.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace lmp::test {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus Full() { return IOStatus::NoSpace("the test's disk is full"); }

class FaultFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultDisk* disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    if (disk_->full) return Full();
    disk_->bytes_written += bytes.size();
    return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    if (disk_->full) return Full();
    disk_->bytes_written += bytes.size();
    return FSWritableFileOwnerWrapper::Append(bytes, options, verification, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return disk_->full ? Full() : FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  FaultDisk* const disk_;
};

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base, FaultDisk* disk)
      : FileSystemWrapper(base), disk_(disk) {}
  const char* Name() const override { return "LmpFaultFiles"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    if (disk_->full) return Full();
    IOStatus made = target()->NewWritableFile(name, options, file, debug);
    if (made.ok()) *file = std::make_unique<FaultFile>(std::move(*file), disk_);
    return made;
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* bytes,
                        IODebugContext* debug) override {
    if (!disk_->full) return target()->GetFreeSpace(path, options, bytes, debug);
    *bytes = 0;
    return IOStatus::OK();
  }

 private:
  FaultDisk* const disk_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakeFaultEnv(FaultDisk* disk) {
  return rocksdb::NewCompositeEnv(
      std::make_shared<FaultFileSystem>(rocksdb::Env::Default()->GetFileSystem(), disk));
}

}  // namespace lmp::test
