// ChunkTables: chunk objects as rows of RocksDB, without threads, index or policy.
//
//   column family   key                                    value
//   kv              name | group (u16 big-endian)          group record, from 16 KiB on in a blob
//   file commit          name                                   commit record default         'T'
//   tenant | name                      (which objects a tenant has)
//                   'D' tenant | document | name           (which objects a document has)
//                   'N' name | tenant | document           (the same, from the object)
//
// name, tenant and document are 16 bytes of digests: no name and no text is on the disk. An
// object's rows are one write batch, and all families are flushed together, so that after a crash
// an object has all its rows or none; the commit record is read first and decides.
//
// Errors of every function: Unavailable (the disk refuses), ResourceExhausted (the disk is full),
// Corruption, NotFound. Thread: reads from any, everything else from one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cache/chunk_codec.h"
#include "cache/chunk_record.h"
#include "runtime/base/status.h"

namespace rocksdb {
class Env;
}

namespace lmp::store {

struct DiskUse {
  uint64_t table_bytes = 0;    // key files
  uint64_t blob_bytes = 0;     // payload files, garbage included
  uint64_t garbage_bytes = 0;  // removed payloads that still take space
};

class ChunkTables {
 public:
  // env: null for the system's files; not owned.
  // Errors: Unavailable when another process has the store open; Corruption when it cannot be read
  // and must be emptied.
  static Result<std::unique_ptr<ChunkTables>> Open(const std::string& path,
                                                   size_t write_buffer_bytes, rocksdb::Env* env);
  // Removes RocksDB's files from the folder, nothing else. Unavailable when a process has it open.
  static Status Empty(const std::string& path, rocksdb::Env* env);
  ~ChunkTables();  // what was not synced is lost

  // Calls `visit` with every commit record's name and bytes.
  Status Scan(
      const std::function<void(const cache::ChunkName&, std::span<const std::byte>)>& visit);
  Result<cache::CommitRecord> ReadCommit(const cache::ChunkName& name) const;
  // The group record's bytes, unchecked; they may outlive the tables.
  Result<cache::ChunkBytes> ReadGroup(const cache::ChunkName& name, int group) const;

  Status Write(const cache::ChunkName& name, const cache::ChunkObject& object);
  Status AddDocument(const cache::ChunkName& name, const std::string& tenant,
                     const std::string& document);
  // Every row of the object.
  Status Delete(const cache::ChunkName& name);
  // The object stays, but is no part of the document any more.
  Status DropDocument(const cache::ChunkName& name, const std::string& tenant,
                      const std::string& document);

  Result<std::vector<cache::ChunkName>> NamesOfTenant(const std::string& tenant) const;
  Result<std::vector<cache::ChunkName>> NamesOfDocument(const std::string& tenant,
                                                        const std::string& document) const;
  Result<bool> HasOtherDocument(const cache::ChunkName& name, const std::string& document) const;

  // What was written is on the disk when it returns.
  Status Sync();
  // Rewrites the store without what was deleted, and waits until the old files are gone.
  Status Erase();
  // From now on RocksDB rewrites payload files that are mostly garbage. Off while a store fills,
  // for compactions would also move what is not garbage.
  Status ReclaimInBackground();
  // After the disk was full: writes are accepted again if there is space.
  Status Resume();
  DiskUse disk_use() const;

 private:
  struct State;
  explicit ChunkTables(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lmp::store
