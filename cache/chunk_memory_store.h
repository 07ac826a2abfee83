// The chunk store in memory: Get is complete at once, nothing is copied, nothing survives the
// process.
//
// Under its byte limit it keeps what is dear per byte: PGDSF (priority = clock + uses * seconds /
// bytes; the clock rises to the priority of what is evicted, so that old fame fades). Objects that
// somebody still reads live on outside the limit until the last reader drops them.
#pragma once

#include <memory>

#include "cache/chunk_store.h"

namespace lmp::cache {

struct MemoryStoreOptions {
  size_t bytes_max = 256u << 20;  // payload bytes; the index comes on top (about 100 B an object)
};

// Errors: InvalidArgument (incomplete identity), Unsupported (no SHA-256 in this build).
Result<std::unique_ptr<ChunkStore>> OpenMemoryChunkStore(const ChunkIdentity& identity,
                                                         const MemoryStoreOptions& options);

}  // namespace lmp::cache
