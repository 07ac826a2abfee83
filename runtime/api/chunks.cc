#include "runtime/api/chunks.h"

#include <string>
#include <utility>

#include "cache/chunk_digest.h"
#include "cache/chunk_memory_store.h"
#include "cache/chunk_tiered_store.h"
#include "runtime/engine/chunk_reuse.h"
#if LMP_HAVE_STORE
#include "runtime/store/rocksdb_store.h"
#endif

namespace lmp::api {
namespace {

using StorePtr = std::unique_ptr<cache::ChunkStore>;

Result<StorePtr> OpenOnDisk(const EngineConfig& config, const cache::ChunkIdentity& identity) {
#if LMP_HAVE_STORE
  store::RocksDbStoreOptions options;
  options.path = config.chunk_store;
  if (config.chunk_store_bytes > 0) options.bytes_max = config.chunk_store_bytes;
  return store::OpenRocksDbChunkStore(identity, options);
#else
  static_cast<void>(config), static_cast<void>(identity);
  return Unsupported("this build has no chunk store on disk (LMP_STORE=OFF)");
#endif
}

}  // namespace

Result<std::shared_ptr<cache::ChunkStore>> OpenChunkStore(const EngineConfig& config,
                                                          const model::Model& model) {
  const bool on_disk = !config.chunk_store.empty();
  if (!on_disk && config.chunk_memory_bytes == 0) return std::shared_ptr<cache::ChunkStore>();
  // The file holds weights and tokenizer: its digest is the identity of both.
  LMP_TRY(const cache::Digest digest, cache::DigestFile(config.model));
  const cache::ChunkIdentity identity =
      engine::MakeChunkIdentity(model, digest.Hex(), "in " + digest.Hex());
  if (config.chunk_memory_bytes == 0) {
    LMP_TRY(StorePtr disk, OpenOnDisk(config, identity));
    return std::shared_ptr<cache::ChunkStore>(std::move(disk));
  }
  LMP_TRY(StorePtr memory,
          cache::OpenMemoryChunkStore(
              identity, {.bytes_max = static_cast<size_t>(config.chunk_memory_bytes)}));
  if (!on_disk) return std::shared_ptr<cache::ChunkStore>(std::move(memory));
  LMP_TRY(StorePtr disk, OpenOnDisk(config, identity));
  return std::shared_ptr<cache::ChunkStore>(
      cache::MakeTieredChunkStore(std::move(memory), std::move(disk)));
}

}  // namespace lmp::api
