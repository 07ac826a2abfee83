// Shorthands of the tests of the chunk store on disk: a folder that goes away, stores in it,
// objects by number.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "runtime/store/rocksdb_store.h"
#include "tests/support/chunk_fixture.h"

namespace lmp::test {

// The long variants, with LMP_LONG=1.
inline bool Long() { return getenv("LMP_LONG") != nullptr; }

// A folder that is removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lmp-store-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string store() const { return path_ + "/store"; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline store::RocksDbStoreOptions OptionsOf(const Folder& folder) {
  store::RocksDbStoreOptions options;
  options.path = folder.store();
  options.write_buffer_bytes = 1u << 20;
  return options;
}

inline std::unique_ptr<cache::ChunkStore> Open(
    const store::RocksDbStoreOptions& options,
    const cache::ChunkIdentity& identity = SmallIdentity()) {
  auto opened = store::OpenRocksDbChunkStore(identity, options);
  REQUIRE_MESSAGE(opened.ok(), opened.status().ToString());
  return std::move(opened).value();
}

// Objects of every size: rows among the keys, rows in blob files.
inline cache::ChunkKey NumberedKey(uint32_t n, const std::string& tenant = "") {
  return KeyOf(SmallIdentity(), n, 1 + n % 5 * 200, tenant);
}

inline void PutNumbers(cache::ChunkStore& store, uint32_t begin, uint32_t end,
                       const std::string& tenant = "", const std::string& document = "") {
  for (uint32_t n = begin; n < end; ++n) {
    REQUIRE(store.Put(ObjectOf(SmallIdentity(), NumberedKey(n, tenant), document)).ok());
  }
}

}  // namespace lmp::test
