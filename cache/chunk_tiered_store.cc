#include "cache/chunk_tiered_store.h"

#include <utility>

namespace lmp::cache {
namespace {

// What is shared with reads in flight, which may outlive the store.
struct Front {
  std::unique_ptr<ChunkStore> memory;
  std::mutex mutex;
  uint64_t removals = 0;  // guarded; a read that began before a removal promotes nothing after it
};

// A read from the disk that puts its object into memory when the last group has arrived. Get
// returns the read and the last notification comes from another thread, in any order: whichever is
// second promotes.
struct Promotion {
  std::shared_ptr<Front> front;
  ChunkKey key;
  uint64_t removals = 0;
  std::mutex mutex;
  std::weak_ptr<ChunkRead> read;
  bool arrived = false;
};

void Promote(Promotion& promotion) {
  const std::shared_ptr<ChunkRead> read = promotion.read.lock();
  if (read == nullptr) return;  // nobody waits for it any more
  auto groups = read->All();
  if (!groups.ok()) return;
  auto object = std::make_shared<ChunkObject>();
  object->key = promotion.key;
  object->shape = read->shape();
  object->provenance = ChunkProvenance::kExactRun;  // nothing else enters a store
  object->compute_seconds = read->compute_seconds();
  object->groups = *std::move(groups);
  std::lock_guard lock(promotion.front->mutex);
  if (promotion.front->removals != promotion.removals) return;
  static_cast<void>(promotion.front->memory->Put(std::move(object)));  // too big: stays on the disk
}

class TieredChunkStore final : public ChunkStore {
 public:
  TieredChunkStore(std::unique_ptr<ChunkStore> memory, std::unique_ptr<ChunkStore> disk)
      : front_(std::make_shared<Front>()), disk_(std::move(disk)) {
    front_->memory = std::move(memory);
    LMP_CHECK(front_->memory->identity_digest() == disk_->identity_digest());
  }

  const ChunkIdentity& identity() const override { return disk_->identity(); }
  const Digest& identity_digest() const override { return disk_->identity_digest(); }

  bool Contains(const ChunkKey& key) const override {
    return front_->memory->Contains(key) || disk_->Contains(key);
  }

  std::shared_ptr<ChunkRead> Get(const ChunkKey& key, ReadNotify notify) override;

  Status Put(std::shared_ptr<const ChunkObject> object) override {
    const Status in_memory = front_->memory->Put(object);
    if (in_memory.code() == StatusCode::kInvalidArgument) return in_memory;
    const Status on_disk = disk_->Put(std::move(object));
    return in_memory.ok() ? in_memory : on_disk;
  }

  Status AddDocument(const ChunkKey& key, const std::string& document) override {
    const Status in_memory = front_->memory->AddDocument(key, document);
    const Status on_disk = disk_->AddDocument(key, document);
    return in_memory.ok() ? in_memory : on_disk;
  }

  Status Remove(const ChunkKey& key) override {
    const Status in_memory = RemoveFromMemory([&](ChunkStore& m) { return m.Remove(key); });
    const Status on_disk = disk_->Remove(key);
    return in_memory.ok() ? in_memory : on_disk;
  }

  // Memory forgets the whole tenant: what came from the disk does not know its documents.
  Result<ChunkRemoval> RemoveDocument(const std::string& tenant,
                                      const std::string& document) override {
    return RemoveFromBoth(tenant,
                          [&](ChunkStore& s) { return s.RemoveDocument(tenant, document); });
  }
  Result<ChunkRemoval> PurgeTenant(const std::string& tenant) override {
    return RemoveFromBoth(tenant, [&](ChunkStore& s) { return s.PurgeTenant(tenant); });
  }

  Status Sync() override { return disk_->Sync(); }
  ChunkStoreStats stats() const override;
  std::vector<std::string> TakeWarnings() override { return disk_->TakeWarnings(); }

 private:
  template <typename F>
  Status RemoveFromMemory(F remove) {
    std::lock_guard lock(front_->mutex);
    ++front_->removals;
    return remove(*front_->memory);
  }
  // Twice from memory: what is read from the disk while it is being removed there may be promoted.
  template <typename F>
  Result<ChunkRemoval> RemoveFromBoth(const std::string& tenant, F remove) {
    const auto forget = [&](ChunkStore& m) { return m.PurgeTenant(tenant).status(); };
    LMP_RETURN_IF_ERROR(RemoveFromMemory(forget));
    auto removal = remove(*disk_);
    LMP_RETURN_IF_ERROR(RemoveFromMemory(forget));
    return removal;
  }

  const std::shared_ptr<Front> front_;
  const std::unique_ptr<ChunkStore> disk_;
};

std::shared_ptr<ChunkRead> TieredChunkStore::Get(const ChunkKey& key, ReadNotify notify) {
  if (front_->memory->Contains(key)) {
    if (auto read = front_->memory->Get(key, notify)) return read;
  }
  auto promotion = std::make_shared<Promotion>();
  promotion->front = front_;
  promotion->key = key;
  {
    std::lock_guard lock(front_->mutex);
    promotion->removals = front_->removals;
  }
  const int last =
      static_cast<int>(LayerGroups(MakeChunkShape(identity(), key.chunk.tokens)).size()) - 1;
  auto read = disk_->Get(key, [promotion, last, notify = std::move(notify)](int group) {
    if (group == last) {
      std::unique_lock lock(promotion->mutex);
      promotion->arrived = true;
      const bool known = !promotion->read.expired();
      lock.unlock();
      if (known) Promote(*promotion);
    }
    if (notify) notify(group);
  });
  if (read == nullptr) return nullptr;
  std::unique_lock lock(promotion->mutex);
  promotion->read = read;
  const bool arrived = promotion->arrived;
  lock.unlock();
  if (arrived) Promote(*promotion);
  return read;
}

ChunkStoreStats TieredChunkStore::stats() const {
  const ChunkStoreStats memory = front_->memory->stats();
  ChunkStoreStats stats = disk_->stats();
  stats.hits_memory = memory.hits;
  stats.hits_disk = stats.hits;
  stats.hits += memory.hits;
  stats.bytes_read += memory.bytes_read;
  return stats;
}

}  // namespace

std::unique_ptr<ChunkStore> MakeTieredChunkStore(std::unique_ptr<ChunkStore> memory,
                                                 std::unique_ptr<ChunkStore> disk) {
  return std::make_unique<TieredChunkStore>(std::move(memory), std::move(disk));
}

}  // namespace lmp::cache
