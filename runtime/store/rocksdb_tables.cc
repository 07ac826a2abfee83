#include "runtime/store/rocksdb_tables.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "runtime/store/private_files.h"

namespace lmp::store {
namespace {

using cache::ChunkName;

constexpr uint64_t kBlobFrom = 16u << 10;  // smaller values stay among the keys
constexpr size_t kIndexCacheBytes = 8u << 20;
constexpr auto kFlushWait = std::chrono::seconds(30);
constexpr auto kObsoleteFilesWait = std::chrono::seconds(30);

class SilentLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Slice AsSlice(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> AsBytes(const rocksdb::Slice& slice) {
  return std::as_bytes(std::span(slice.data(), slice.size()));
}

std::string Text(const ChunkName& name) { return {name.bytes.begin(), name.bytes.end()}; }

// The first half of a name's digest: as long as a ChunkName.
std::string HalfDigest(const std::string& name) {
  const cache::Digest digest = cache::DigestOfName(name);
  return {digest.bytes.begin(), digest.bytes.begin() + sizeof(ChunkName)};
}

std::string HalfDigest(const cache::Digest& digest) {
  return {digest.bytes.begin(), digest.bytes.begin() + sizeof(ChunkName)};
}

std::string GroupKey(const ChunkName& name, size_t group) {
  return Text(name) + static_cast<char>(group >> 8) + static_cast<char>(group & 0xff);
}

std::string TenantKey(const std::string& tenant, const ChunkName& name) {
  return 'T' + tenant + Text(name);
}

std::string DocumentKey(const std::string& tenant, const std::string& document,
                        const ChunkName& name) {
  return 'D' + tenant + document + Text(name);
}

std::string ObjectKey(const ChunkName& name, const std::string& tenant,
                      const std::string& document) {
  return 'N' + Text(name) + tenant + document;
}

Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return OkStatus();
  const std::string what = "chunk store: " + status.ToString();
  if (status.IsNotFound()) return NotFound(what);
  if (status.IsNoSpace()) return ResourceExhausted(what);
  if (status.IsCorruption()) return Corruption(what);
  return Unavailable(what);
}

rocksdb::ColumnFamilyOptions FamilyOptions(const std::shared_ptr<rocksdb::Cache>& index_cache,
                                           size_t write_buffer_bytes) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = index_cache;
  table.cache_index_and_filter_blocks = true;  // bounds the memory of a million objects
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kNoCompression;  // KV hardly shrinks
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 3;
  return options;
}

rocksdb::ReadOptions ReadChecked() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  return options;
}

rocksdb::WriteOptions WriteUnlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

}  // namespace

struct ChunkTables::State {
  std::string path;
  std::unique_ptr<rocksdb::Env> env;
  std::shared_ptr<rocksdb::Cache> index_cache;
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* links = nullptr;
  rocksdb::ColumnFamilyHandle* kv = nullptr;
  rocksdb::ColumnFamilyHandle* commit = nullptr;

  ~State() {
    if (db == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* family : {links, kv, commit}) {
      static_cast<void>(db->DestroyColumnFamilyHandle(family));
    }
    static_cast<void>(db->Close());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> families() const { return {links, kv, commit}; }

  uint64_t Sum(const char* property) const {
    uint64_t sum = 0;
    for (rocksdb::ColumnFamilyHandle* family : families()) {
      uint64_t value = 0;
      if (db->GetIntProperty(family, property, &value)) sum += value;
    }
    return sum;
  }

  // Names behind `prefix` in the links family: the last 16 bytes of each key.
  Result<std::vector<ChunkName>> NamesBehind(const std::string& prefix) const {
    std::vector<ChunkName> names;
    std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(ReadChecked(), links));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      const rocksdb::Slice key = at->key();
      if (key.size() != prefix.size() + sizeof(ChunkName)) continue;
      ChunkName name;
      std::copy_n(key.data() + prefix.size(), sizeof(ChunkName), name.bytes.begin());
      names.push_back(name);
    }
    LMP_RETURN_IF_ERROR(FromRocks(at->status()));
    return names;
  }

  // (tenant, document) pairs of an object.
  Result<std::vector<std::pair<std::string, std::string>>> DocumentsOf(
      const ChunkName& name) const {
    std::vector<std::pair<std::string, std::string>> documents;
    const std::string prefix = 'N' + Text(name);
    std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(ReadChecked(), links));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      const std::string key = at->key().ToString();
      if (key.size() != prefix.size() + 2 * sizeof(ChunkName)) continue;
      documents.emplace_back(key.substr(prefix.size(), sizeof(ChunkName)),
                             key.substr(prefix.size() + sizeof(ChunkName)));
    }
    LMP_RETURN_IF_ERROR(FromRocks(at->status()));
    return documents;
  }
};

ChunkTables::ChunkTables(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChunkTables::~ChunkTables() = default;

Result<std::unique_ptr<ChunkTables>> ChunkTables::Open(const std::string& path,
                                                       size_t write_buffer_bytes,
                                                       rocksdb::Env* env) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->env = MakePrivateEnv(env != nullptr ? env : rocksdb::Env::Default());
  state->index_cache = rocksdb::NewLRUCache(kIndexCacheBytes);
  rocksdb::DBOptions options;
  options.env = state->env.get();
  options.info_log = std::make_shared<SilentLog>();
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.atomic_flush = true;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  const size_t small_buffer = std::min<size_t>(write_buffer_bytes, 16u << 20);
  rocksdb::ColumnFamilyOptions payloads = FamilyOptions(state->index_cache, write_buffer_bytes);
  payloads.enable_blob_files = true;
  payloads.min_blob_size = kBlobFrom;
  payloads.blob_file_size = 256u << 20;
  const rocksdb::ColumnFamilyOptions small = FamilyOptions(state->index_cache, small_buffer);
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(
      options, path,
      {{rocksdb::kDefaultColumnFamilyName, small}, {"kv", payloads}, {"commit", small}}, &families,
      &db);
  if (!opened.ok()) {
    const std::string what = opened.ToString();
    if (opened.IsIOError() && what.find("lock") != std::string::npos) {
      return Unavailable("chunk store " + path + ": another process has it open");
    }
    if (opened.IsNoSpace() || (opened.IsIOError() && !opened.IsPathNotFound())) {
      return Unavailable("chunk store " + path + ": " + what);
    }
    return Corruption("chunk store " + path + ": " + what);
  }
  state->db.reset(db);
  state->links = families[0];
  state->kv = families[1];
  state->commit = families[2];
  return std::unique_ptr<ChunkTables>(new ChunkTables(std::move(state)));
}

Status ChunkTables::Empty(const std::string& path, rocksdb::Env* env) {
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  options.info_log = std::make_shared<SilentLog>();
  const rocksdb::Status emptied = rocksdb::DestroyDB(path, options);
  if (emptied.ok()) return OkStatus();
  if (emptied.ToString().find("lock") != std::string::npos) {
    return Unavailable("chunk store " + path + ": another process has it open");
  }
  return Unavailable("chunk store " + path + ": " + emptied.ToString());
}

Status ChunkTables::Scan(
    const std::function<void(const ChunkName&, std::span<const std::byte>)>& visit) {
  std::unique_ptr<rocksdb::Iterator> at(state_->db->NewIterator(ReadChecked(), state_->commit));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    if (at->key().size() != sizeof(ChunkName)) continue;
    ChunkName name;
    std::copy_n(at->key().data(), sizeof(ChunkName), name.bytes.begin());
    visit(name, AsBytes(at->value()));
  }
  return FromRocks(at->status());
}

Result<cache::CommitRecord> ChunkTables::ReadCommit(const ChunkName& name) const {
  std::string value;
  LMP_RETURN_IF_ERROR(
      FromRocks(state_->db->Get(ReadChecked(), state_->commit, Text(name), &value)));
  return cache::ParseCommitRecord(AsBytes(value));
}

Result<cache::ChunkBytes> ChunkTables::ReadGroup(const ChunkName& name, int group) const {
  auto value = std::make_shared<rocksdb::PinnableSlice>();
  LMP_RETURN_IF_ERROR(FromRocks(state_->db->Get(
      ReadChecked(), state_->kv, GroupKey(name, static_cast<size_t>(group)), value.get())));
  if (value->size() >= kBlobFrom) {  // read from a blob file into memory of its own
    const auto bytes = AsBytes(*value);
    return cache::ChunkBytes{std::move(value), bytes};
  }
  // A small value may be pinned in the index cache, which ends with the tables.
  auto copy = std::make_shared<std::string>(value->ToString());
  const auto bytes = AsBytes(*copy);
  return cache::ChunkBytes{std::move(copy), bytes};
}

Status ChunkTables::Write(const ChunkName& name, const cache::ChunkObject& object) {
  const std::vector<cache::LayerGroup> groups = LayerGroups(object.shape);
  LMP_CHECK(groups.size() == object.groups.size());
  rocksdb::WriteBatch batch(object.bytes() + 512 * groups.size() + 1024);
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto header =
        cache::MakeGroupHeader(name, object.shape, groups[g], object.groups[g].bytes);
    const std::string key = GroupKey(name, g);
    const rocksdb::Slice key_part(key);
    const std::array<rocksdb::Slice, 2> parts = {AsSlice(header), AsSlice(object.groups[g].bytes)};
    LMP_RETURN_IF_ERROR(FromRocks(batch.Put(state_->kv, rocksdb::SliceParts(&key_part, 1),
                                            rocksdb::SliceParts(parts.data(), 2))));
  }
  const std::string tenant = HalfDigest(object.key.tenant);
  LMP_RETURN_IF_ERROR(FromRocks(batch.Put(state_->links, TenantKey(tenant, name), "")));
  if (!object.document.empty()) {
    const std::string document = HalfDigest(object.document);
    LMP_RETURN_IF_ERROR(
        FromRocks(batch.Put(state_->links, DocumentKey(tenant, document, name), "")));
    LMP_RETURN_IF_ERROR(FromRocks(batch.Put(state_->links, ObjectKey(name, tenant, document), "")));
  }
  const std::string commit = cache::EncodeCommitRecord(cache::MakeCommitRecord(object));
  LMP_RETURN_IF_ERROR(FromRocks(batch.Put(state_->commit, Text(name), commit)));
  return FromRocks(state_->db->Write(WriteUnlogged(), &batch));
}

Status ChunkTables::AddDocument(const ChunkName& name, const std::string& tenant_name,
                                const std::string& document_name) {
  const std::string tenant = HalfDigest(tenant_name), document = HalfDigest(document_name);
  rocksdb::WriteBatch batch;
  LMP_RETURN_IF_ERROR(FromRocks(batch.Put(state_->links, DocumentKey(tenant, document, name), "")));
  LMP_RETURN_IF_ERROR(FromRocks(batch.Put(state_->links, ObjectKey(name, tenant, document), "")));
  return FromRocks(state_->db->Write(WriteUnlogged(), &batch));
}

Status ChunkTables::Delete(const ChunkName& name) {
  rocksdb::WriteBatch batch;
  const auto commit = ReadCommit(name);
  if (commit.ok()) {
    for (size_t g = 0; g < commit->checksums.size(); ++g) {
      LMP_RETURN_IF_ERROR(FromRocks(batch.Delete(state_->kv, GroupKey(name, g))));
    }
    LMP_RETURN_IF_ERROR(
        FromRocks(batch.Delete(state_->links, TenantKey(HalfDigest(commit->tenant), name))));
  } else {  // how many groups there were is not known; its tenant row leads nowhere and does no
            // harm
    LMP_RETURN_IF_ERROR(
        FromRocks(batch.DeleteRange(state_->kv, GroupKey(name, 0), GroupKey(name, 0xffff))));
  }
  LMP_TRY(const auto documents, state_->DocumentsOf(name));
  for (const auto& [tenant, document] : documents) {
    LMP_RETURN_IF_ERROR(
        FromRocks(batch.Delete(state_->links, DocumentKey(tenant, document, name))));
    LMP_RETURN_IF_ERROR(FromRocks(batch.Delete(state_->links, ObjectKey(name, tenant, document))));
  }
  LMP_RETURN_IF_ERROR(FromRocks(batch.Delete(state_->commit, Text(name))));
  return FromRocks(state_->db->Write(WriteUnlogged(), &batch));
}

Status ChunkTables::DropDocument(const ChunkName& name, const std::string& tenant_name,
                                 const std::string& document_name) {
  const std::string tenant = HalfDigest(tenant_name), document = HalfDigest(document_name);
  rocksdb::WriteBatch batch;
  LMP_RETURN_IF_ERROR(FromRocks(batch.Delete(state_->links, DocumentKey(tenant, document, name))));
  LMP_RETURN_IF_ERROR(FromRocks(batch.Delete(state_->links, ObjectKey(name, tenant, document))));
  return FromRocks(state_->db->Write(WriteUnlogged(), &batch));
}

Result<std::vector<ChunkName>> ChunkTables::NamesOfTenant(const std::string& tenant) const {
  return state_->NamesBehind('T' + HalfDigest(tenant));
}

Result<std::vector<ChunkName>> ChunkTables::NamesOfDocument(const std::string& tenant,
                                                            const std::string& document) const {
  return state_->NamesBehind('D' + HalfDigest(tenant) + HalfDigest(document));
}

Result<bool> ChunkTables::HasOtherDocument(const ChunkName& name,
                                           const std::string& document) const {
  LMP_TRY(const auto documents, state_->DocumentsOf(name));
  const std::string half = HalfDigest(document);
  return std::any_of(documents.begin(), documents.end(),
                     [&](const auto& d) { return d.second != half; });
}

Status ChunkTables::Sync() {
  const uint64_t errors = state_->Sum("rocksdb.background-errors");
  LMP_RETURN_IF_ERROR(FromRocks(state_->db->Flush(rocksdb::FlushOptions(), state_->families())));
  // Once RocksDB has recovered from a full disk, Flush no longer waits for what it has begun (it
  // sees the error of the last attempt to recover), and closing would lose that.
  const auto deadline = std::chrono::steady_clock::now() + kFlushWait;
  while (state_->Sum("rocksdb.num-immutable-mem-table") > 0) {
    if (state_->Sum("rocksdb.background-errors") != errors ||
        std::chrono::steady_clock::now() > deadline) {
      return Unavailable("chunk store " + state_->path + ": the disk does not take what was put");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return OkStatus();
}

Status ChunkTables::Erase() {
  LMP_RETURN_IF_ERROR(Sync());
  // First without moving payloads, so that all keys are in the last level; then once with. In one
  // go RocksDB would move every payload at every level.
  for (const bool move : {false, true}) {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = move ? rocksdb::BottommostLevelCompaction::kForce
                                               : rocksdb::BottommostLevelCompaction::kSkip;
    options.blob_garbage_collection_policy = move ? rocksdb::BlobGarbageCollectionPolicy::kForce
                                                  : rocksdb::BlobGarbageCollectionPolicy::kDisable;
    options.blob_garbage_collection_age_cutoff = 1.0;
    for (rocksdb::ColumnFamilyHandle* family : state_->families()) {
      LMP_RETURN_IF_ERROR(FromRocks(state_->db->CompactRange(options, family, nullptr, nullptr)));
    }
  }
  // A read that is under way keeps the old files for a moment.
  const auto deadline = std::chrono::steady_clock::now() + kObsoleteFilesWait;
  for (;;) {
    std::vector<std::string> live, there;
    uint64_t manifest_bytes = 0;
    LMP_RETURN_IF_ERROR(FromRocks(state_->db->GetLiveFiles(live, &manifest_bytes, false)));
    LMP_RETURN_IF_ERROR(FromRocks(state_->env->GetChildren(state_->path, &there)));
    const std::set<std::string> names(live.begin(), live.end());
    const bool gone = std::none_of(there.begin(), there.end(), [&](const std::string& name) {
      const bool payload = name.ends_with(".blob") || name.ends_with(".sst");
      return payload && !names.contains('/' + name);
    });
    if (gone) return OkStatus();
    if (std::chrono::steady_clock::now() > deadline) {
      return Unavailable("chunk store " + state_->path + ": old files are still in use");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    LMP_RETURN_IF_ERROR(FromRocks(state_->db->EnableFileDeletions(/*force=*/true)));
  }
}

Status ChunkTables::ReclaimInBackground() {
  return FromRocks(
      state_->db->SetOptions(state_->kv, {{"enable_blob_garbage_collection", "true"},
                                          {"blob_garbage_collection_age_cutoff", "0.25"},
                                          {"blob_garbage_collection_force_threshold", "0.5"}}));
}

Status ChunkTables::Resume() { return FromRocks(state_->db->Resume()); }

DiskUse ChunkTables::disk_use() const {
  DiskUse use;
  use.table_bytes = state_->Sum("rocksdb.live-sst-files-size");
  state_->db->GetIntProperty(state_->kv, "rocksdb.live-blob-file-size", &use.blob_bytes);
  state_->db->GetIntProperty(state_->kv, "rocksdb.live-blob-file-garbage-size", &use.garbage_bytes);
  return use;
}

}  // namespace lmp::store
