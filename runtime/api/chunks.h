// The chunk store of an engine, from its config. Caller's thread; blocks while the model's file is
// hashed and the store on disk is opened.
#pragma once

#include <memory>

#include "cache/chunk_store.h"
#include "runtime/api/lmp.h"
#include "runtime/model/model.h"

namespace lmp::api {

// Null if the config names none. Errors: of reading the file, of the store (another process has it
// open, the folder holds something else), Unsupported in a build without what it needs.
Result<std::shared_ptr<cache::ChunkStore>> OpenChunkStore(const EngineConfig& config,
                                                          const model::Model& model);

}  // namespace lmp::api
