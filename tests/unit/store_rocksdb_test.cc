// The chunk store on disk: life across restarts, another identity, rights, removal with proof, what
// it writes and what it takes in memory. LMP_LONG=1 runs the long variants.
#include "runtime/store/rocksdb_store.h"

#include <doctest/doctest.h>
#include <rocksdb/env.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/fault_env.h"
#include "tests/support/store_fixture.h"

namespace lmp::test {
namespace {

namespace fs = std::filesystem;
using cache::ChunkIdentity;
using cache::ChunkKey;
using cache::ChunkStore;
using store::OpenRocksDbChunkStore;
using store::RocksDbStoreOptions;

TEST_CASE("what was put is there at once, after Sync, and after a restart") {
  const Folder folder;
  const auto options = OptionsOf(folder);
  {
    const auto store = Open(options);
    PutNumbers(*store, 0, 30);
    for (uint32_t n = 0; n < 30; ++n) CHECK(Fetch(*store, NumberedKey(n)) == Fetched::kRight);
    CHECK(store->Sync().ok());
    for (uint32_t n = 0; n < 30; ++n) CHECK(Fetch(*store, NumberedKey(n)) == Fetched::kRight);
    PutNumbers(*store, 0, 30);  // immutable: nothing is written again
    PutNumbers(*store, 30, 31);
    CHECK(Fetch(*store, NumberedKey(31)) == Fetched::kMiss);
  }  // closing syncs
  const auto store = Open(options);
  CHECK(store->stats().objects == 31);
  for (uint32_t n = 0; n < 31; ++n) CHECK(Fetch(*store, NumberedKey(n)) == Fetched::kRight);
  const ChunkKey other_tenant = NumberedKey(3, "other");
  CHECK(Fetch(*store, other_tenant) == Fetched::kMiss);
  CHECK(store->stats().corrupt == 0);
  CHECK(store->TakeWarnings().empty());
  // A read that outlives its store keeps its bytes.
  const auto read = store->Get(NumberedKey(3));
  REQUIRE(read->Wait(read->group_count() - 1, std::chrono::seconds(30)).ok());
}

TEST_CASE("a read outlives its store") {
  const Folder folder;
  std::shared_ptr<cache::ChunkRead> small, big, unread;
  {
    const auto store = Open(OptionsOf(folder));
    PutNumbers(*store, 0, 5);
    REQUIRE(store->Sync().ok());
    small = store->Get(NumberedKey(0));
    big = store->Get(NumberedKey(4));
    REQUIRE(small->Wait(small->group_count() - 1, std::chrono::seconds(30)).ok());
    REQUIRE(big->Wait(big->group_count() - 1, std::chrono::seconds(30)).ok());
    for (int i = 0; i < 50; ++i) unread = store->Get(NumberedKey(4));
  }
  for (const auto& [read, n] : {std::pair(small, 0u), std::pair(big, 4u)}) {
    const auto expected = PayloadOf(NumberedKey(n), read->shape());
    const auto bytes = read->Wait(0, {}).value();
    CHECK(std::equal(bytes.begin(), bytes.end(), expected[0].bytes.begin()));
  }
  CHECK(unread->state(0) !=
        cache::GroupState::kPending);  // arrived or failed, nobody waits forever
}

TEST_CASE("the folder is private") {
  const Folder folder;
  const mode_t before = umask(0);
  {
    const auto store = Open(OptionsOf(folder));
    PutNumbers(*store, 0, 10);
    REQUIRE(store->Sync().ok());
    REQUIRE(store->PurgeTenant("").ok());
  }
  umask(before);
  struct stat status;
  REQUIRE(stat(folder.store().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.store())) {
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    CHECK_MESSAGE((status.st_mode & 0777) == 0600, entry.path());
    ++files;
  }
  CHECK(files > 4);
}

TEST_CASE("a store of another identity or format is emptied, which is said once") {
  const Folder folder;
  const auto options = OptionsOf(folder);
  PutNumbers(*Open(options), 0, 5);
  ChunkIdentity other = SmallIdentity();
  other.tokenizer = "another tokenizer";
  {
    const auto store = Open(options, other);
    const auto warnings = store->TakeWarnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("it was made for another tokenizer") != std::string::npos);
    CHECK(store->stats().objects == 0);
    CHECK(Fetch(*store, NumberedKey(0)) == Fetched::kMiss);
    CHECK(store->Put(ObjectOf(SmallIdentity(), NumberedKey(0))).code() ==
          StatusCode::kInvalidArgument);
    CHECK(store->Put(ObjectOf(other, KeyOf(other, 1))).ok());
    CHECK(store->TakeWarnings().empty());
  }
  {
    const auto store = Open(options, other);
    CHECK(store->TakeWarnings().empty());
    CHECK(Fetch(*store, KeyOf(other, 1)) == Fetched::kRight);
  }
  const std::string marker = folder.store() + "/LMP-CHUNKS";
  std::ifstream in(marker);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text[text.find('\n') - 1] = '0';
  std::ofstream(marker) << text;
  const auto store = Open(options, other);
  const auto warnings = store->TakeWarnings();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("another format") != std::string::npos);
  CHECK(store->stats().objects == 0);
}

TEST_CASE("a folder that is no store is not touched") {
  const Folder folder;
  fs::create_directories(folder.store());
  std::ofstream(folder.store() + "/thesis.txt") << "years of work";
  const auto opened = OpenRocksDbChunkStore(SmallIdentity(), OptionsOf(folder));
  CHECK(opened.status().code() == StatusCode::kInvalidArgument);
  CHECK(std::distance(fs::directory_iterator(folder.store()), {}) == 1);
  RocksDbStoreOptions at_file = OptionsOf(folder);
  at_file.path += "/thesis.txt";
  CHECK(OpenRocksDbChunkStore(SmallIdentity(), at_file).status().code() ==
        StatusCode::kInvalidArgument);
}

TEST_CASE("a second process is told, and nothing is damaged") {
  const Folder folder;
  const auto options = OptionsOf(folder);
  PutNumbers(*Open(options), 0, 5);
  {
    ChildProcess child({LMP_STORE_CHILD, "hold", folder.store()});
    REQUIRE(child.ReadLine() == "open");
    ChunkIdentity other = SmallIdentity();
    other.weights = "another model";
    for (const ChunkIdentity& identity : {SmallIdentity(), other}) {
      const auto refused = OpenRocksDbChunkStore(identity, options);
      REQUIRE(!refused.ok());
      CHECK(refused.status().code() == StatusCode::kUnavailable);
      CHECK(refused.status().message().find("another process has it open") != std::string::npos);
    }
    child.CloseInput();
    CHECK(child.Wait() == 0);
  }
  const auto store = Open(options);
  for (uint32_t n = 0; n < 5; ++n) CHECK(Fetch(*store, NumberedKey(n)) == Fetched::kRight);
  CHECK(OpenRocksDbChunkStore(SmallIdentity(), options).status().code() ==
        StatusCode::kUnavailable);  // nor twice in one process
}

std::map<std::string, uint64_t> SizesOf(const std::string& path) {
  std::map<std::string, uint64_t> sizes;
  std::error_code gone;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    sizes[entry.path().string()] = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
  }
  return sizes;
}

// Every file of the folder as one text, of one moment: the store replaces files on its own threads,
// so where one came, went or grew meanwhile the folder is read again.
std::string AllBytes(const std::string& path) {
  for (auto before = SizesOf(path);;) {
    std::string all;
    for (const auto& [file, size] : before) {
      std::ifstream in(file, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    auto after = SizesOf(path);
    if (after == before) return all;
    before = std::move(after);
  }
}

// How many of the object's groups have a piece (24 bytes of their middle) in `bytes`.
int GroupsFound(const std::string& bytes, const ChunkKey& key) {
  int found = 0;
  const auto object = ObjectOf(SmallIdentity(), key);
  for (const auto& group : object->groups) {
    const auto piece = group.bytes.subspan(group.bytes.size() / 2 - 12, 24);
    const std::string needle(reinterpret_cast<const char*>(piece.data()), piece.size());
    found += bytes.find(needle) != std::string::npos;
  }
  return found;
}

TEST_CASE("what was removed is in no file any more") {
  const Folder folder;
  const auto options = OptionsOf(folder);
  auto store = Open(options);
  PutNumbers(*store, 0, 10, "a", "secret");
  PutNumbers(*store, 10, 20, "a", "kept");
  PutNumbers(*store, 8, 10, "a", "kept");  // passages that both documents hold
  PutNumbers(*store, 0, 10, "b", "secret");
  REQUIRE(store->Sync().ok());
  PutNumbers(*store, 20, 25, "a", "secret");  // some of it not yet in a file
  const auto found = [&](uint32_t begin, uint32_t end, const std::string& tenant) {
    const std::string bytes = AllBytes(folder.store());
    int sum = 0;
    for (uint32_t n = begin; n < end; ++n) sum += GroupsFound(bytes, NumberedKey(n, tenant));
    return sum;
  };
  const auto there = [&](uint32_t begin, uint32_t end, const std::string& tenant) {
    const int groups = 4;  // of an object of the small identity
    return found(begin, end, tenant) == static_cast<int>(end - begin) * groups;
  };
  CHECK(there(0, 10, "a"));  // the search does find what is there

  const auto removed = store->RemoveDocument("a", "secret");
  REQUIRE(removed.ok());
  CHECK(removed->objects == 13);
  CHECK(found(0, 8, "a") == 0);
  CHECK(found(20, 25, "a") == 0);
  CHECK(there(8, 20, "a"));
  CHECK(there(0, 10, "b"));
  CHECK(Fetch(*store, NumberedKey(0, "a")) == Fetched::kMiss);
  CHECK(Fetch(*store, NumberedKey(9, "a")) == Fetched::kRight);
  CHECK(Fetch(*store, NumberedKey(9, "b")) == Fetched::kRight);

  REQUIRE(store->PurgeTenant("b").value().objects == 10);
  CHECK(found(0, 10, "b") == 0);
  CHECK(there(8, 20, "a"));

  // What was evicted or removed before is garbage in the files: removal takes it as well.
  REQUIRE(store->Remove(NumberedKey(15, "a")).ok());
  store.reset();
  store = Open(options);
  CHECK(store->RemoveDocument("a", "secret").value().objects == 0);
  CHECK(found(15, 16, "a") == 0);
  CHECK(store->PurgeTenant("a").value().objects == 11);
  CHECK(found(0, 25, "a") == 0);
  CHECK(store->stats().objects == 0);
}

TEST_CASE("the byte limit holds, also when it is smaller after a restart") {
  const Folder folder;
  auto options = OptionsOf(folder);
  const uint64_t bytes = MakeChunkShape(SmallIdentity(), 801).bytes();
  options.bytes_max = 8 * bytes;
  const auto put = [](ChunkStore& store, uint32_t n, double seconds) {
    const ChunkKey key = KeyOf(SmallIdentity(), n, 801);
    REQUIRE(store.Put(ObjectOf(SmallIdentity(), key, "", seconds)).ok());
  };
  {
    const auto store = Open(options);
    put(*store, 0, 100);  // dear
    for (uint32_t n = 1; n < 40; ++n) put(*store, n, 1);
    REQUIRE(store->Sync().ok());
    CHECK(store->stats().objects == 8);
    CHECK(store->stats().bytes <= options.bytes_max);
    CHECK(store->stats().evictions == 32);
    CHECK(Fetch(*store, KeyOf(SmallIdentity(), 0, 801)) == Fetched::kRight);
    CHECK(Fetch(*store, KeyOf(SmallIdentity(), 39, 801)) == Fetched::kRight);
    CHECK(Fetch(*store, KeyOf(SmallIdentity(), 1, 801)) == Fetched::kMiss);
  }
  options.bytes_max = 3 * bytes;
  const auto store = Open(options);
  CHECK(store->stats().objects == 3);
  CHECK(Fetch(*store, KeyOf(SmallIdentity(), 0, 801)) == Fetched::kRight);
  const auto too_big = ObjectOf(SmallIdentity(), KeyOf(SmallIdentity(), 1, 4000));
  CHECK(store->Put(too_big).code() == StatusCode::kResourceExhausted);
}

TEST_CASE("less than 1.4 bytes go to the disk for each byte stored") {
  const Folder folder;
  FaultDisk disk;
  const auto env = MakeFaultEnv(&disk);
  RocksDbStoreOptions options;
  options.path = folder.store();
  options.env = env.get();
  options.write_buffer_bytes = Long() ? 64u << 20 : 8u << 20;
  ChunkIdentity identity = SmallIdentity();
  identity.geometry.head_dim = 64;
  const uint64_t total = Long() ? 384ull << 20 : 48ull << 20;
  const auto fill = [&](ChunkStore& store, uint32_t first) {
    uint64_t bytes = 0;
    for (uint32_t n = first; bytes < total; ++n) {
      const auto object = ObjectOf(identity, KeyOf(identity, n, 256));
      bytes += object->bytes();
      while (!store.Put(object).ok()) REQUIRE(store.Sync().ok());
    }
    REQUIRE(store.Sync().ok());
    return static_cast<double>(bytes);
  };
  double filled = 0, churned = 0;
  {
    const auto store = Open(options, identity);
    filled = fill(*store, 0);
    const uint64_t after_fill = disk.bytes_written;
    CHECK(store->PurgeTenant("nobody").ok());  // a whole rewrite, to show what a removal costs
    MESSAGE("a removal rewrote " << static_cast<double>(disk.bytes_written - after_fill) / filled
                                 << " of the store");
    disk.bytes_written = after_fill;
  }
  const double ratio = static_cast<double>(disk.bytes_written) / filled;
  MESSAGE("filling: " << ratio << " device bytes for each byte of " << total);
  CHECK(ratio < 1.4);
  if (!Long()) return;
  options.bytes_max = total;  // from now on each object evicts another
  const auto store = Open(options, identity);
  disk.bytes_written = 0;
  for (int i = 1; i <= 3; ++i) churned += fill(*store, static_cast<uint32_t>(i) * 100000);
  uint64_t on_disk = 0;
  for (const auto& entry : fs::directory_iterator(folder.store())) on_disk += entry.file_size();
  MESSAGE("replacing: " << static_cast<double>(disk.bytes_written) / churned
                        << " device bytes for each byte, the folder has "
                        << static_cast<double>(on_disk) / static_cast<double>(total)
                        << " of the limit");
}

TEST_CASE("opening a store of a million chunks takes under 64 MB") {
  if (!Long()) {
    std::printf("SKIPPED: a store of a million chunks (LMP_LONG=1 runs it)\n");
    return;
  }
  const Folder folder;
  ChildProcess fill({LMP_STORE_CHILD, "fill", folder.store(), "1000000"});
  REQUIRE(fill.Wait() == 0);
  const auto start = std::chrono::steady_clock::now();
  ChildProcess open({LMP_STORE_CHILD, "open", folder.store()});
  const std::string line = open.ReadLine();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  MESSAGE(line << ", opened in " << seconds.count() << " s");
  CHECK(line.find("for 1000000 objects") != std::string::npos);
  CHECK(std::atol(line.c_str()) < 64'000'000 / 1024);
}

}  // namespace
}  // namespace lmp::test
