// The chunk store on disk: RocksDB, payloads in its blob files. The only folder that includes
// RocksDB. Files and record formats: docs/FORMATS.md; the why: docs/CACHE.md.
//
// One writer thread and one reader thread. Writes bypass the write-ahead log: a crash loses what
// was put since the last Sync (one happens by itself once writing pauses), and reopening finds
// complete objects only. One process at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cache/chunk_store.h"

namespace rocksdb {
class Env;
}

namespace lmp::store {

struct RocksDbStoreOptions {
  std::string path;                     // a folder of its own; made with mode 0700
  uint64_t bytes_max = 8ull << 30;      // payload bytes kept; the disk holds up to about twice that
  size_t queue_bytes_max = 256u << 20;  // objects put and not yet written
  size_t write_buffer_bytes = 64u << 20;        // gathered in memory before a file is written
  std::chrono::milliseconds sync_after{500};    // a Sync by itself when nothing was put for so long
  std::chrono::milliseconds retry_after{5000};  // after the disk refused
  rocksdb::Env* env = nullptr;                  // tests inject faults; null: the system's files
};

// Opens or makes the store. A store of another identity or format, or one that cannot be read, is
// emptied, which TakeWarnings() says once.
// Errors: InvalidArgument (incomplete identity; the folder holds something else), Unavailable
// (another process has it open, or the disk refuses).
Result<std::unique_ptr<cache::ChunkStore>> OpenRocksDbChunkStore(
    const cache::ChunkIdentity& identity, const RocksDbStoreOptions& options);

// Opens a store that is there, whatever model it belongs to, to count or to remove.
// Errors: NotFound (no chunk store there), Unsupported (another format), Corruption (damaged: the
// next engine that opens it empties it), and those of opening.
Result<std::unique_ptr<cache::ChunkStore>> OpenExistingRocksDbChunkStore(
    const RocksDbStoreOptions& options);

}  // namespace lmp::store
