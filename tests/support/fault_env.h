// A disk for tests of the store: counts what is written, and is full when told to be.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace rocksdb {
class Env;
}

namespace lmp::test {

struct FaultDisk {
  std::atomic<uint64_t> bytes_written{0};
  std::atomic<bool> full{false};  // every write and every new file fails with "no space"
};

// Files of the system's disk as `disk` says; `disk` must outlive the result.
std::unique_ptr<rocksdb::Env> MakeFaultEnv(FaultDisk* disk);

}  // namespace lmp::test
