#include "runtime/api/chunks.h"

#include <limits>
#include <string>
#include <utility>

#include "cache/chunk_digest.h"
#include "cache/chunk_memory_store.h"
#include "cache/chunk_tiered_store.h"
#include "runtime/engine/chunk_reuse.h"
#include "runtime/engine/model_digest.h"
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
  if (!on_disk && (config.chunk_memory_bytes == 0 || !cache::Sha256Available()))
    return std::shared_ptr<cache::ChunkStore>();
  // The model's files hold weights and tokenizer: its digest is the identity of both. Memory alone
  // lives no longer than this model, so nothing needs to be told apart (and a big file takes long
  // to read).
  std::string weights = "this engine's";
  if (on_disk) {
    LMP_TRY(weights, engine::ModelDigest(config.model));
  }
  const cache::ChunkIdentity identity = engine::MakeChunkIdentity(model, weights, "in " + weights);
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

namespace lmp {
namespace {

Result<std::unique_ptr<cache::ChunkStore>> OpenExisting(const std::string& path) {
#if LMP_HAVE_STORE
  store::RocksDbStoreOptions options;
  options.path = path;
  options.bytes_max = std::numeric_limits<uint64_t>::max();  // nothing is evicted here
  return store::OpenExistingRocksDbChunkStore(options);
#else
  return Unsupported("this build has no chunk store on disk (LMP_STORE=OFF): " + path);
#endif
}

}  // namespace

Result<ChunkStoreFacts> ReadChunkStore(const std::string& path) {
  LMP_TRY(const auto store, OpenExisting(path));
  const cache::ChunkStoreStats stats = store->stats();
  const cache::ChunkIdentity& identity = store->identity();
  return ChunkStoreFacts{stats.objects, stats.bytes, identity.weights,
                         std::string(cache::KvTypeName(identity.geometry.type))};
}

Result<ChunkStorePurge> PurgeChunkStore(const std::string& path, const std::string& tenant,
                                        const std::vector<std::string>& documents) {
  LMP_TRY(const auto store, OpenExisting(path));
  ChunkStorePurge all;
  const auto add = [&all](const cache::ChunkRemoval& removal) {
    all.objects += removal.objects;
    all.bytes += removal.bytes;
  };
  if (documents.empty()) {
    LMP_TRY(const cache::ChunkRemoval removal, store->PurgeTenant(tenant));
    add(removal);
  }
  for (const std::string& document : documents) {
    LMP_TRY(const cache::ChunkRemoval removal, store->RemoveDocument(tenant, document));
    add(removal);
  }
  return all;
}

std::function<Status(const std::string&)> PurgeDocumentsOf(std::string path, std::string tenant) {
  // One store for all documents: std::function needs a copyable owner.
  auto store = std::make_shared<std::unique_ptr<cache::ChunkStore>>();
  return [store, path = std::move(path), tenant = std::move(tenant)](const std::string& document) {
    if (*store == nullptr) {
      auto opened = OpenExisting(path);
      if (opened.status().code() == StatusCode::kNotFound) return OkStatus();
      if (!opened.ok()) return opened.status();
      *store = std::move(opened).value();
    }
    return (*store)->RemoveDocument(tenant, document).status();
  };
}

}  // namespace lmp
