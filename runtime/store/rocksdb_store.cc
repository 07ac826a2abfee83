#include "runtime/store/rocksdb_store.h"

#include <deque>
#include <future>
#include <map>
#include <thread>
#include <utility>

#include "cache/chunk_index.h"
#include "runtime/store/rocksdb_folder.h"
#include "runtime/store/rocksdb_tables.h"

namespace lmp::store {
namespace {

using cache::ChunkKey;
using cache::ChunkName;
using cache::ChunkObject;
using cache::ChunkRead;
using cache::ChunkRemoval;
using Clock = std::chrono::steady_clock;

// Lock order: mutex_ alone, never held during I/O. Whatever changes the tables runs on the writer
// thread, in the order in which it was asked for; reads run on the reader thread.
class RocksDbChunkStore final : public cache::ChunkStore {
 public:
  RocksDbChunkStore(cache::ChunkIdentity identity, const cache::Digest& digest,
                    const RocksDbStoreOptions& options, std::unique_ptr<ChunkTables> tables)
      : identity_(std::move(identity)),
        digest_(digest),
        options_(options),
        tables_(std::move(tables)) {}
  ~RocksDbChunkStore() override;

  // Before any other call: fills the index from the commit records, then starts the threads.
  Status Start();
  void Warn(std::string warning) {
    std::lock_guard lock(mutex_);
    warnings_.push_back(std::move(warning));
  }

  const cache::ChunkIdentity& identity() const override { return identity_; }
  const cache::Digest& identity_digest() const override { return digest_; }
  bool Contains(const ChunkKey& key) const override;
  std::shared_ptr<ChunkRead> Get(const ChunkKey& key, cache::ReadNotify notify) override;
  Status Put(std::shared_ptr<const ChunkObject> object) override;
  Status AddDocument(const ChunkKey& key, const std::string& document) override;
  Status Remove(const ChunkKey& key) override;
  Result<ChunkRemoval> RemoveDocument(const std::string& tenant,
                                      const std::string& document) override;
  Result<ChunkRemoval> PurgeTenant(const std::string& tenant) override;
  Status Sync() override;
  cache::ChunkStoreStats stats() const override;
  std::vector<std::string> TakeWarnings() override {
    std::lock_guard lock(mutex_);
    return std::exchange(warnings_, {});
  }

 private:
  struct ReadTask {
    std::weak_ptr<ChunkRead> read;  // expired: nobody waits
    ChunkKey key;
    ChunkName name;
    std::shared_ptr<const cache::CommitRecord> commit = nullptr;  // once it has been read
    int group = 0;                                                // next to be read
  };

  // Writer thread.
  void WriterLoop();
  void WriteObject(const ChunkName& name, const std::shared_ptr<const ChunkObject>& object);
  Status MakeRoom(uint64_t bytes);
  Status DeleteRows(const ChunkName& name);
  bool Writable();
  void WriteFailed(const Status& why);
  Result<ChunkRemoval> RemoveNames(const std::vector<ChunkName>& names);
  Status SyncTables();
  void Enqueue(std::function<void()> write);
  template <typename T>
  T OnWriter(std::function<T()> write);

  // Reader thread.
  void ReaderLoop();
  bool ReadNext(ReadTask& task);
  Result<bool> ReadGroup(ReadTask& task);
  void ReadFailed(const ReadTask& task, const Status& why);

  const cache::ChunkIdentity identity_;
  const cache::Digest digest_;
  const RocksDbStoreOptions options_;
  const std::unique_ptr<ChunkTables> tables_;

  mutable std::mutex mutex_;  // guards what follows, up to the threads
  std::condition_variable write_asked_;
  std::condition_variable read_asked_;
  cache::ChunkIndex index_;                                          // of what the tables hold
  std::map<ChunkName, std::shared_ptr<const ChunkObject>> pending_;  // put, not yet written
  size_t pending_bytes_ = 0;
  std::deque<std::function<void()>> writes_;
  // By round: a group of each waiting object in turn, so that many objects of one prompt have their
  // first layers early. A new read joins the round that is being served.
  std::multimap<uint64_t, ReadTask> reads_;
  uint64_t read_round_ = 0;
  cache::ChunkStoreStats stats_;
  std::vector<std::string> warnings_;
  bool stopping_ = false;

  // Writer thread only.
  bool unsynced_ = false;
  bool garbage_ = true;  // deleted payloads may still be in the files; after opening nobody knows
  bool reclaiming_ = false;
  bool failing_ = false;  // the disk refused the last write
  Clock::time_point retry_at_;

  std::thread writer_;
  std::thread reader_;
};

Status RocksDbChunkStore::Start() {
  std::vector<ChunkName> damaged;
  const Status scanned =
      tables_->Scan([&](const ChunkName& name, std::span<const std::byte> bytes) {
        const auto commit = cache::ParseCommitRecord(bytes);
        if (!commit.ok() || commit->identity != digest_ || commit->payload_bytes >= 1ull << 40) {
          damaged.push_back(name);
          return;
        }
        index_.Insert(name, commit->payload_bytes, commit->compute_seconds);
      });
  LMP_RETURN_IF_ERROR(scanned);
  stats_.corrupt += damaged.size();
  for (const ChunkName& name : damaged) LMP_RETURN_IF_ERROR(tables_->Delete(name));
  LMP_RETURN_IF_ERROR(MakeRoom(0));
  writer_ = std::thread([this] { WriterLoop(); });
  reader_ = std::thread([this] { ReaderLoop(); });
  return OkStatus();
}

RocksDbChunkStore::~RocksDbChunkStore() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  write_asked_.notify_all();
  read_asked_.notify_all();
  if (writer_.joinable()) writer_.join();
  if (reader_.joinable()) reader_.join();
}

bool RocksDbChunkStore::Contains(const ChunkKey& key) const {
  if (key.identity != digest_) return false;
  const ChunkName name = NameOf(key);
  std::lock_guard lock(mutex_);
  return index_.Contains(name) || pending_.contains(name);
}

std::shared_ptr<ChunkRead> RocksDbChunkStore::Get(const ChunkKey& key, cache::ReadNotify notify) {
  const ChunkName name = NameOf(key);
  const cache::ChunkShape shape = MakeChunkShape(identity_, key.chunk.tokens);
  std::shared_ptr<const ChunkObject> object;
  std::shared_ptr<ChunkRead> read;
  {
    std::lock_guard lock(mutex_);
    const auto waiting = pending_.find(name);
    if (waiting != pending_.end() && waiting->second->key == key) {
      object = waiting->second;
      stats_.bytes_read += object->bytes();
    } else if (const auto seconds = key.identity == digest_ ? index_.Touch(name) : std::nullopt) {
      read = std::make_shared<ChunkRead>(shape, *seconds, std::move(notify));
      index_.Pin(name);
      reads_.emplace(read_round_, ReadTask{read, key, name});
    } else {
      ++stats_.misses;
      return nullptr;
    }
    ++stats_.hits;
  }
  if (read != nullptr) {
    read_asked_.notify_one();
    return read;
  }
  read = std::make_shared<ChunkRead>(shape, object->compute_seconds, std::move(notify));
  for (const cache::ChunkBytes& group : object->groups) read->Deliver({object, group.bytes});
  return read;
}

Status RocksDbChunkStore::Put(std::shared_ptr<const ChunkObject> object) {
  LMP_CHECK(object != nullptr);
  const Status fit = CheckChunkObject(*object, identity_, digest_);
  const ChunkName name = NameOf(object->key);
  const uint64_t bytes = object->bytes();
  {
    std::lock_guard lock(mutex_);
    if (!fit.ok()) {
      ++stats_.puts_refused;
      return fit;
    }
    if (!index_.Contains(name) && !pending_.contains(name)) {
      const bool too_big = bytes > options_.bytes_max || bytes > options_.queue_bytes_max;
      if (too_big || pending_bytes_ + bytes > options_.queue_bytes_max) {
        ++stats_.puts_dropped;
        return ResourceExhausted(too_big ? "chunk store: the object is bigger than the store allows"
                                         : "chunk store: too many objects wait to be written");
      }
      pending_.emplace(name, object);
      pending_bytes_ += bytes;
      writes_.push_back([this, name, object] { WriteObject(name, object); });
      write_asked_.notify_one();
      return OkStatus();
    }
  }
  return object->document.empty() ? OkStatus() : AddDocument(object->key, object->document);
}

Status RocksDbChunkStore::AddDocument(const ChunkKey& key, const std::string& document) {
  if (document.empty() || document.size() > cache::kTenantBytesMax) {
    return InvalidArgument("chunk store: a document needs a name of at most " +
                           std::to_string(cache::kTenantBytesMax) + " bytes");
  }
  if (!Contains(key)) return NotFound("chunk store: no such chunk");
  Enqueue([this, name = NameOf(key), tenant = key.tenant, document] {
    {
      std::lock_guard lock(mutex_);
      if (!index_.Contains(name)) return;  // it was evicted or could not be written
    }
    const Status added = tables_->AddDocument(name, tenant, document);
    unsynced_ = true;
    if (!added.ok()) WriteFailed(added);
  });
  return OkStatus();
}

Status RocksDbChunkStore::Remove(const ChunkKey& key) {
  if (!Contains(key)) return NotFound("chunk store: no such chunk");
  return OnWriter<Status>([this, name = NameOf(key)] { return RemoveNames({name}).status(); });
}

Result<ChunkRemoval> RocksDbChunkStore::RemoveDocument(const std::string& tenant,
                                                       const std::string& document) {
  if (document.empty()) return InvalidArgument("chunk store: a document needs a name");
  return OnWriter<Result<ChunkRemoval>>([&, this]() -> Result<ChunkRemoval> {
    LMP_TRY(const auto names, tables_->NamesOfDocument(tenant, document));
    std::vector<ChunkName> alone;
    for (const ChunkName& name : names) {
      LMP_TRY(const bool shared, tables_->HasOtherDocument(name, document));
      if (!shared) {
        alone.push_back(name);
      } else {
        LMP_RETURN_IF_ERROR(tables_->DropDocument(name, tenant, document));
      }
    }
    LMP_TRY(const ChunkRemoval removal, RemoveNames(alone));
    if (garbage_) LMP_RETURN_IF_ERROR(tables_->Erase());
    garbage_ = false;
    return removal;
  });
}

Result<ChunkRemoval> RocksDbChunkStore::PurgeTenant(const std::string& tenant) {
  return OnWriter<Result<ChunkRemoval>>([&, this]() -> Result<ChunkRemoval> {
    LMP_TRY(const auto names, tables_->NamesOfTenant(tenant));
    LMP_TRY(const ChunkRemoval removal, RemoveNames(names));
    if (garbage_) LMP_RETURN_IF_ERROR(tables_->Erase());
    garbage_ = false;
    return removal;
  });
}

Status RocksDbChunkStore::Sync() {
  return OnWriter<Status>([this] {
    if (!Writable()) return Unavailable("chunk store " + options_.path + ": the disk refuses");
    return SyncTables();
  });
}

cache::ChunkStoreStats RocksDbChunkStore::stats() const {
  std::lock_guard lock(mutex_);
  cache::ChunkStoreStats stats = stats_;
  stats.objects = index_.size();
  stats.bytes = index_.bytes();
  return stats;
}

// The writer.

void RocksDbChunkStore::Enqueue(std::function<void()> write) {
  {
    std::lock_guard lock(mutex_);
    writes_.push_back(std::move(write));
  }
  write_asked_.notify_one();
}

template <typename T>
T RocksDbChunkStore::OnWriter(std::function<T()> write) {
  auto task = std::make_shared<std::packaged_task<T()>>(std::move(write));
  std::future<T> done = task->get_future();
  Enqueue([task] { (*task)(); });
  return done.get();
}

void RocksDbChunkStore::WriterLoop() {
  for (;;) {
    std::function<void()> write;
    {
      std::unique_lock lock(mutex_);
      const auto asked = [this] { return !writes_.empty() || stopping_; };
      if (unsynced_ && !failing_) {
        write_asked_.wait_for(lock, options_.sync_after, asked);
      } else {
        write_asked_.wait(lock, asked);
      }
      if (!writes_.empty()) {
        write = std::move(writes_.front());
        writes_.pop_front();
      } else if (stopping_) {
        break;
      }
    }
    // What fails a check here must not end the process (docs/adr/0001): the store stops writing.
    try {
      if (write) {
        write();
      } else {
        static_cast<void>(SyncTables());  // nothing was asked for a while
      }
    } catch (const std::exception& failure) {
      WriteFailed(Internal(failure.what()));
    }
  }
  if (unsynced_ && Writable()) static_cast<void>(SyncTables());
}

Status RocksDbChunkStore::SyncTables() {
  const Status synced = tables_->Sync();
  unsynced_ = unsynced_ && !synced.ok();
  if (!synced.ok()) WriteFailed(synced);
  return synced;
}

void RocksDbChunkStore::WriteObject(const ChunkName& name,
                                    const std::shared_ptr<const ChunkObject>& object) {
  const uint64_t bytes = object->bytes();
  Status written = Unavailable("the disk refuses");
  if (Writable()) {
    written = MakeRoom(bytes);
    if (written.ok()) written = tables_->Write(name, *object);
    if (!written.ok()) WriteFailed(written);
    unsynced_ = true;
  }
  std::lock_guard lock(mutex_);
  pending_.erase(name);
  pending_bytes_ -= bytes;
  if (!written.ok()) {
    ++stats_.puts_dropped;
    return;
  }
  index_.Insert(name, bytes, object->compute_seconds);
  ++stats_.puts;
  stats_.bytes_written += bytes;
}

Status RocksDbChunkStore::MakeRoom(uint64_t bytes) {
  for (;;) {
    std::optional<ChunkName> victim;
    {
      std::lock_guard lock(mutex_);
      if (index_.bytes() + bytes <= options_.bytes_max) return OkStatus();
      victim = index_.Evict();
      if (!victim.has_value()) return OkStatus();  // all is being read: over the limit for a moment
      ++stats_.evictions;
    }
    LMP_RETURN_IF_ERROR(DeleteRows(*victim));
    if (!reclaiming_) LMP_RETURN_IF_ERROR(tables_->ReclaimInBackground());
    reclaiming_ = true;
  }
}

Status RocksDbChunkStore::DeleteRows(const ChunkName& name) {
  garbage_ = true;
  unsynced_ = true;
  return tables_->Delete(name);
}

Result<ChunkRemoval> RocksDbChunkStore::RemoveNames(const std::vector<ChunkName>& names) {
  ChunkRemoval removal;
  for (const ChunkName& name : names) {
    {
      std::lock_guard lock(mutex_);
      if (const auto bytes = index_.Erase(name)) {
        ++removal.objects;
        removal.bytes += *bytes;
      }
    }
    LMP_RETURN_IF_ERROR(DeleteRows(name));
  }
  return removal;
}

// False while the disk refuses; asks it again now and then.
bool RocksDbChunkStore::Writable() {
  if (!failing_) return true;
  if (Clock::now() < retry_at_) return false;
  if (!tables_->Resume().ok()) {
    retry_at_ = Clock::now() + options_.retry_after;
    return false;
  }
  failing_ = false;
  return true;
}

void RocksDbChunkStore::WriteFailed(const Status& why) {
  retry_at_ = Clock::now() + options_.retry_after;
  if (std::exchange(failing_, true)) return;
  if (why.code() == StatusCode::kCorruption) {
    static_cast<void>(WriteMarker(options_.path, "damaged\n"));
    Warn("chunk store " + options_.path + ": a file is damaged (" + why.message() +
         "); nothing is written any more, and the next start empties the store");
  } else {
    Warn("chunk store " + options_.path + ": cannot write (" + why.message() +
         "); chunks are reused from memory and from what is stored");
  }
}

// The reader.

void RocksDbChunkStore::ReaderLoop() {
  for (;;) {
    ReadTask task;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      read_asked_.wait(lock, [this] { return !reads_.empty() || stopping_; });
      if (reads_.empty()) return;
      auto next = reads_.extract(reads_.begin());
      read_round_ = next.key();
      task = std::move(next.mapped());
      stopping = stopping_;
    }
    bool more = false;
    if (!stopping) {
      try {
        more = ReadNext(task);
      } catch (const std::exception& failure) {
        ReadFailed(task, Internal(failure.what()));
      }
    } else if (const auto read = task.read.lock()) {
      read->Fail(Cancelled("chunk store: closed"));
    }
    std::lock_guard lock(mutex_);
    if (more) {
      reads_.emplace(read_round_ + 1, std::move(task));
    } else {
      index_.Unpin(task.name);
    }
  }
}

// One group; whether there are more.
bool RocksDbChunkStore::ReadNext(ReadTask& task) {
  const Result<bool> more = ReadGroup(task);
  if (!more.ok()) ReadFailed(task, more.status());
  return more.ok() && more.value();
}

Result<bool> RocksDbChunkStore::ReadGroup(ReadTask& task) {
  const std::shared_ptr<ChunkRead> read = task.read.lock();
  if (read == nullptr) return false;  // dropped: nothing to tell
  if (task.commit == nullptr) {
    LMP_TRY(cache::CommitRecord commit, tables_->ReadCommit(task.name));
    if (!commit.Matches(task.key)) return NotFound("chunk store: another chunk");
    if (commit.checksums.size() != read->groups().size()) {
      return Corruption("chunk store: the commit record has another number of groups");
    }
    task.commit = std::make_shared<const cache::CommitRecord>(std::move(commit));
  }
  LMP_TRY(cache::ChunkBytes record, tables_->ReadGroup(task.name, task.group));
  const auto at = static_cast<size_t>(task.group);
  LMP_TRY(const auto payload,
          cache::CheckGroupRecord(record.bytes, task.name, read->shape(), read->groups()[at]));
  if (cache::Checksum(payload) != task.commit->checksums[at]) {
    return Corruption("chunk store: the group is not the one that was committed");
  }
  {
    std::lock_guard lock(mutex_);
    stats_.bytes_read += payload.size();
  }
  read->Deliver({std::move(record.owner), payload});
  return ++task.group < read->group_count();
}

void RocksDbChunkStore::ReadFailed(const ReadTask& task, const Status& why) {
  bool damaged = why.code() == StatusCode::kCorruption;
  {
    std::lock_guard lock(mutex_);
    // A row that the index knows and the tables do not is damage as well.
    damaged = damaged || (why.code() == StatusCode::kNotFound && index_.Contains(task.name));
    ++stats_.failed_reads;
    if (damaged) {
      ++stats_.corrupt;
      index_.Erase(task.name);
    }
  }
  if (damaged) {
    Enqueue([this, name = task.name] {
      const Status deleted = DeleteRows(name);
      if (!deleted.ok()) WriteFailed(deleted);
    });
  }
  if (const auto read = task.read.lock()) read->Fail(why);
}

// Opens the tables, emptied first if they must be or cannot be read.
Result<std::unique_ptr<ChunkTables>> OpenTables(const cache::ChunkIdentity& identity,
                                                const RocksDbStoreOptions& options,
                                                FolderState folder,
                                                std::vector<std::string>* warnings) {
  for (bool emptied = false;; emptied = true) {
    if (folder.rewrite) {
      LMP_RETURN_IF_ERROR(ChunkTables::Empty(options.path, options.env));
      LMP_RETURN_IF_ERROR(WriteMarker(options.path, identity.ToText()));
      warnings->push_back(folder.reason);
    }
    auto tables = ChunkTables::Open(options.path, options.write_buffer_bytes, options.env);
    if (tables.ok() || emptied || tables.status().code() != StatusCode::kCorruption) return tables;
    folder = {true, tables.status().message() + "; it is emptied and written anew"};
  }
}

}  // namespace

Result<std::unique_ptr<cache::ChunkStore>> OpenRocksDbChunkStore(
    const cache::ChunkIdentity& identity, const RocksDbStoreOptions& options) {
  LMP_TRY(const cache::Digest digest, identity.Compute());
  LMP_TRY(FolderState folder, InspectFolder(options.path, identity));
  std::vector<std::string> warnings;
  for (bool again = false;; again = true) {
    LMP_TRY(auto tables, OpenTables(identity, options, folder, &warnings));
    auto store = std::make_unique<RocksDbChunkStore>(identity, digest, options, std::move(tables));
    const Status started = store->Start();
    if (started.ok()) {
      for (std::string& warning : warnings) store->Warn(std::move(warning));
      return std::unique_ptr<cache::ChunkStore>(std::move(store));
    }
    if (again || started.code() != StatusCode::kCorruption) return started;
    folder = {true, "chunk store " + options.path + ": " + started.message() +
                        "; it is emptied and written anew"};
  }
}

Result<std::unique_ptr<cache::ChunkStore>> OpenExistingRocksDbChunkStore(
    const RocksDbStoreOptions& options) {
  LMP_TRY(const cache::ChunkIdentity identity, ReadFolderIdentity(options.path));
  return OpenRocksDbChunkStore(identity, options);
}

}  // namespace lmp::store
