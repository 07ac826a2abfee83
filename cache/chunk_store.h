// ChunkStore: where chunk KV is kept. Three implementations: memory (cache/chunk_memory_store.h),
// RocksDB (runtime/store/rocksdb_store.h), and memory in front of another store
// (cache/chunk_tiered_store.h).
//
// One idea: objects are immutable and complete. An object becomes visible when its last byte is
// stored, and never changes; whatever is missing, damaged, late or of another identity is a miss,
// and the caller computes the chunk again. A store never makes an answer wrong, only slower.
//
// Thread: every function of a store and of ChunkRead may be called from any thread. Get, Contains
// and Put do no I/O in the caller (a disk store queues it), so the engine thread may call them
// between two steps; functions that say "blocks" belong to other threads.
//
// Lifetime: a ChunkRead may outlive its store (then what had not arrived fails). The store's
// destructor waits for its threads, so what a ReadNotify refers to must live until then.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "cache/chunk.h"
#include "cache/chunk_codec.h"
#include "runtime/base/status.h"

namespace lmp::cache {

enum class GroupState : uint8_t { kPending, kReady, kFailed };

// Called on a thread of the store each time a group has arrived (`group` >= 0) or the rest of the
// read has failed (`group` = -1); in the caller of Get when the answer is there at once. Must be
// quick and must not call the store.
using ReadNotify = std::function<void(int group)>;

// One object on its way from a store: groups arrive in ascending order. A store gives it to the
// reader by shared_ptr; dropping that cancels what has not been read.
//
// If a group fails, all later ones fail too, and what had arrived must not be used either
// (invariant I9: never part of a chunk); the store has counted it and removed the object.
class ChunkRead {
 public:
  ChunkRead(const ChunkShape& shape, double compute_seconds, ReadNotify notify);

  // For the reader.
  const ChunkShape& shape() const { return shape_; }
  const std::vector<LayerGroup>& groups() const { return groups_; }
  // What computing the object took, as its ChunkObject said.
  double compute_seconds() const { return compute_seconds_; }
  int group_count() const { return static_cast<int>(groups_.size()); }
  GroupState state(int group) const;
  bool complete() const;  // every group is kReady
  // The payload of `group` (layout in ChunkShape); lives as long as this ChunkRead.
  // Errors: DeadlineExceeded when it has not arrived within `timeout` (the read goes on);
  // NotFound, Corruption, Unavailable or Cancelled when the read has failed.
  Result<std::span<const std::byte>> Wait(int group, std::chrono::nanoseconds timeout) const;
  // Every group, with the bytes' owners. Errors as of Wait, without the timeout: DeadlineExceeded
  // when a group has not arrived yet.
  Result<std::vector<ChunkBytes>> All() const;

  // For the store. Groups are delivered in ascending order; after Fail nothing more is.
  void Deliver(ChunkBytes group_bytes);
  void Fail(Status why);

 private:
  const ChunkShape shape_;
  const std::vector<LayerGroup> groups_;
  const double compute_seconds_;
  const ReadNotify notify_;
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::vector<ChunkBytes> bytes_;  // of the groups that have arrived
  Status failure_;
};

// Counts since the store was opened; all grow only, but for the first two.
struct ChunkStoreStats {
  uint64_t objects = 0;       // stored now
  uint64_t bytes = 0;         // their payloads
  uint64_t hits = 0;          // Get that returned a read
  uint64_t misses = 0;        // Get that returned null
  uint64_t puts = 0;          // objects stored
  uint64_t puts_refused = 0;  // wrong provenance, identity or shape
  uint64_t puts_dropped = 0;  // too big, queue full, disk full
  uint64_t evictions = 0;
  uint64_t corrupt = 0;        // reads that found damage: truncation, checksum, wrong header
  uint64_t failed_reads = 0;   // reads that failed after a hit, damage included
  uint64_t bytes_read = 0;     // payload bytes delivered
  uint64_t bytes_written = 0;  // payload bytes stored
  // Of a tiered store: hits by tier. Otherwise 0.
  uint64_t hits_memory = 0;
  uint64_t hits_disk = 0;
};

struct ChunkRemoval {
  uint64_t objects = 0;
  uint64_t bytes = 0;  // of their payloads
};

class ChunkStore {
 public:
  virtual ~ChunkStore() = default;
  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  virtual const ChunkIdentity& identity() const = 0;
  // ChunkIdentity::Compute() of identity(): for ChunkKey::identity.
  virtual const Digest& identity_digest() const = 0;

  // True if a Get would return a read. Counts nothing, changes no priority.
  virtual bool Contains(const ChunkKey& key) const = 0;

  // Begins to read an object; null is a miss (never stored, evicted, removed, another identity).
  // `notify` may be empty.
  virtual std::shared_ptr<ChunkRead> Get(const ChunkKey& key, ReadNotify notify = {}) = 0;

  // Takes an object. Ok: it is stored, or queued; a queued object may still be lost (full disk,
  // crash), which is a miss later. Storing a key again keeps the old object and adds the document.
  // Errors: InvalidArgument (provenance other than kExactRun, another identity, payloads that do
  // not fit the shape, no tokens or too many), ResourceExhausted (bigger than the store, queue
  // full).
  virtual Status Put(std::shared_ptr<const ChunkObject> object) = 0;

  // Says that a stored object is also a part of `document`. NotFound when it is not stored.
  virtual Status AddDocument(const ChunkKey& key, const std::string& document) = 0;

  // Removes one object. Unlike the next two it makes no claim about bytes on the disk. NotFound
  // when it is not stored.
  virtual Status Remove(const ChunkKey& key) = 0;

  // Removes every object of `document` but those that another named document of the tenant also
  // holds; or every object of the tenant. Blocks; when it returns Ok, no file of the store holds
  // the payloads any more, and a crash does not bring them back. On an error some may be left.
  virtual Result<ChunkRemoval> RemoveDocument(const std::string& tenant,
                                              const std::string& document) = 0;
  virtual Result<ChunkRemoval> PurgeTenant(const std::string& tenant) = 0;

  // Blocks until every object put before is stored durably: from then on a crash does not lose it.
  virtual Status Sync() = 0;

  virtual ChunkStoreStats stats() const = 0;

  // What a person should be told (a store was rewritten, the disk is full), each once; empties the
  // list.
  virtual std::vector<std::string> TakeWarnings() = 0;

 protected:
  ChunkStore() = default;
};

// What every store checks before it takes an object. Errors: InvalidArgument.
Status CheckChunkObject(const ChunkObject& object, const ChunkIdentity& identity,
                        const Digest& identity_digest);

}  // namespace lmp::cache
