// A memory store in front of a disk store. Put goes to both; Get asks memory first, then the disk,
// and puts what came from the disk into memory when its last group has arrived. Removal goes to
// both, memory first. If the disk fails, memory goes on alone.
#pragma once

#include <memory>

#include "cache/chunk_store.h"

namespace lmp::cache {

// Both must have the same identity (checked). Owns both.
std::unique_ptr<ChunkStore> MakeTieredChunkStore(std::unique_ptr<ChunkStore> memory,
                                                 std::unique_ptr<ChunkStore> disk);

}  // namespace lmp::cache
