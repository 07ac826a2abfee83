#include "cache/chunk_memory_store.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cache/chunk_index.h"

namespace lmp::cache {
namespace {

class MemoryChunkStore final : public ChunkStore {
 public:
  MemoryChunkStore(ChunkIdentity identity, const Digest& digest, const MemoryStoreOptions& options)
      : identity_(std::move(identity)), digest_(digest), options_(options) {}

  const ChunkIdentity& identity() const override { return identity_; }
  const Digest& identity_digest() const override { return digest_; }

  bool Contains(const ChunkKey& key) const override {
    const ChunkName name = NameOf(key);
    std::lock_guard lock(mutex_);
    return FindLocked(name, key) != objects_.end();
  }

  std::shared_ptr<ChunkRead> Get(const ChunkKey& key, ReadNotify notify) override {
    const ChunkName name = NameOf(key);
    std::shared_ptr<const ChunkObject> object;
    {
      std::lock_guard lock(mutex_);
      const auto at = FindLocked(name, key);
      if (at == objects_.end()) {
        ++stats_.misses;
        return nullptr;
      }
      index_.Touch(name);
      object = at->second.object;
      ++stats_.hits;
      stats_.bytes_read += object->bytes();
    }
    auto read =
        std::make_shared<ChunkRead>(object->shape, object->compute_seconds, std::move(notify));
    for (const ChunkBytes& group : object->groups) read->Deliver({object, group.bytes});
    return read;
  }

  Status Put(std::shared_ptr<const ChunkObject> object) override;
  Status AddDocument(const ChunkKey& key, const std::string& document) override;
  Status Remove(const ChunkKey& key) override;
  Result<ChunkRemoval> RemoveDocument(const std::string& tenant,
                                      const std::string& document) override;
  Result<ChunkRemoval> PurgeTenant(const std::string& tenant) override;
  Status Sync() override { return OkStatus(); }

  ChunkStoreStats stats() const override {
    std::lock_guard lock(mutex_);
    ChunkStoreStats stats = stats_;
    stats.objects = index_.size();
    stats.bytes = index_.bytes();
    return stats;
  }

  std::vector<std::string> TakeWarnings() override { return {}; }

 private:
  struct Stored {
    std::shared_ptr<const ChunkObject> object;
    std::vector<std::string> documents;
  };
  using Objects = std::map<ChunkName, Stored>;

  Objects::const_iterator FindLocked(const ChunkName& name, const ChunkKey& key) const {
    const auto at = objects_.find(name);
    return at != objects_.end() && at->second.object->key == key ? at : objects_.end();
  }
  static void AddName(std::vector<std::string>* documents, const std::string& document) {
    if (document.empty()) return;
    if (std::find(documents->begin(), documents->end(), document) != documents->end()) return;
    documents->push_back(document);
  }
  // Removes the objects of `tenant` for which `remove` is true.
  template <typename F>
  ChunkRemoval RemoveIf(const std::string& tenant, F remove);

  const ChunkIdentity identity_;
  const Digest digest_;
  const MemoryStoreOptions options_;
  mutable std::mutex mutex_;
  ChunkIndex index_;
  Objects objects_;
  ChunkStoreStats stats_;
};

Status MemoryChunkStore::Put(std::shared_ptr<const ChunkObject> object) {
  LMP_CHECK(object != nullptr);
  const Status fit = CheckChunkObject(*object, identity_, digest_);
  const ChunkName name = NameOf(object->key);
  const size_t bytes = object->bytes();
  std::lock_guard lock(mutex_);
  if (!fit.ok()) {
    ++stats_.puts_refused;
    return fit;
  }
  if (const auto at = objects_.find(name); at != objects_.end()) {
    AddName(&at->second.documents, object->document);
    return OkStatus();
  }
  if (bytes > options_.bytes_max) {
    ++stats_.puts_dropped;
    return ResourceExhausted("chunk store: an object of " + std::to_string(bytes) +
                             " bytes, the store keeps " + std::to_string(options_.bytes_max));
  }
  while (index_.bytes() + bytes > options_.bytes_max) {
    const auto victim = index_.Evict();
    LMP_CHECK(victim.has_value());  // nothing is ever pinned here: readers hold the object itself
    objects_.erase(*victim);
    ++stats_.evictions;
  }
  index_.Insert(name, bytes, object->compute_seconds);
  Stored stored{std::move(object), {}};
  AddName(&stored.documents, stored.object->document);
  objects_.emplace(name, std::move(stored));
  ++stats_.puts;
  stats_.bytes_written += bytes;
  return OkStatus();
}

Status MemoryChunkStore::AddDocument(const ChunkKey& key, const std::string& document) {
  const ChunkName name = NameOf(key);
  std::lock_guard lock(mutex_);
  if (FindLocked(name, key) == objects_.end()) return NotFound("chunk store: no such chunk");
  AddName(&objects_.find(name)->second.documents, document);
  return OkStatus();
}

Status MemoryChunkStore::Remove(const ChunkKey& key) {
  const ChunkName name = NameOf(key);
  std::lock_guard lock(mutex_);
  if (FindLocked(name, key) == objects_.end()) return NotFound("chunk store: no such chunk");
  index_.Erase(name);
  objects_.erase(name);
  return OkStatus();
}

template <typename F>
ChunkRemoval MemoryChunkStore::RemoveIf(const std::string& tenant, F remove) {
  ChunkRemoval removal;
  std::lock_guard lock(mutex_);
  for (auto at = objects_.begin(); at != objects_.end();) {
    if (at->second.object->key.tenant != tenant || !remove(&at->second.documents)) {
      ++at;
      continue;
    }
    ++removal.objects;
    removal.bytes += index_.Erase(at->first).value_or(0);
    at = objects_.erase(at);
  }
  return removal;
}

Result<ChunkRemoval> MemoryChunkStore::RemoveDocument(const std::string& tenant,
                                                      const std::string& document) {
  if (document.empty()) return InvalidArgument("chunk store: a document needs a name");
  return RemoveIf(tenant, [&](std::vector<std::string>* documents) {
    return std::erase(*documents, document) > 0 && documents->empty();
  });
}

Result<ChunkRemoval> MemoryChunkStore::PurgeTenant(const std::string& tenant) {
  return RemoveIf(tenant, [](std::vector<std::string>*) { return true; });
}

}  // namespace

Result<std::unique_ptr<ChunkStore>> OpenMemoryChunkStore(const ChunkIdentity& identity,
                                                         const MemoryStoreOptions& options) {
  LMP_TRY(const Digest digest, identity.Compute());
  return std::unique_ptr<ChunkStore>(std::make_unique<MemoryChunkStore>(identity, digest, options));
}

}  // namespace lmp::cache
