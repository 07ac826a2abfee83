// The chunk store on disks that misbehave: full, damaged, and in processes that are killed.
// Whatever happens, a chunk is there as it was put, or it is a miss. LMP_LONG=1 runs 200 kills and
// 1000 damaged stores.
#include <doctest/doctest.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cache/chunk_memory_store.h"
#include "cache/chunk_tiered_store.h"
#include "runtime/base/clock_rng.h"
#include "tests/support/child_process.h"
#include "tests/support/fault_env.h"
#include "tests/support/store_fixture.h"

namespace lmp::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a full disk: reuse goes on, it is said once, and writing resumes") {
  const Folder folder;
  FaultDisk disk;
  const auto env = MakeFaultEnv(&disk);
  auto options = OptionsOf(folder);
  options.env = env.get();
  options.retry_after = std::chrono::milliseconds(1);
  {
    const auto store = MakeTieredChunkStore(
        cache::OpenMemoryChunkStore(SmallIdentity(), {.bytes_max = 64u << 20}).value(),
        Open(options));
    PutNumbers(*store, 0, 10);
    REQUIRE(store->Sync().ok());
    disk.full = true;
    PutNumbers(*store, 10, 40);
    CHECK(!store->Sync().ok());
    PutNumbers(*store, 40, 60);
    CHECK(!store->Sync().ok());
    const auto warnings = store->TakeWarnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("cannot write") != std::string::npos);
    for (uint32_t n = 0; n < 60; ++n) CHECK(Fetch(*store, NumberedKey(n)) == Fetched::kRight);
    CHECK(store->stats().puts_dropped > 0);
    CHECK(store->stats().corrupt == 0);

    disk.full = false;
    bool synced = false;
    for (int i = 0; i < 400 && !synced; ++i) {  // RocksDB asks a full disk every five seconds
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      synced = store->Sync().ok();
    }
    REQUIRE(synced);
    const uint64_t dropped = store->stats().puts_dropped;
    PutNumbers(*store, 60, 70);
    CHECK(store->Sync().ok());
    CHECK(store->stats().puts_dropped == dropped);
    for (auto& w : store->TakeWarnings()) MESSAGE(w);
  }
  options.env = nullptr;
  const auto store = Open(options);
  int wrong = 0;
  for (uint32_t n = 0; n < 70; ++n) {
    const Fetched fetched = Fetch(*store, NumberedKey(n));
    CAPTURE(n);
    wrong += fetched != Fetched::kRight && fetched != Fetched::kMiss;
    if (n < 10 || n >= 60) CHECK(fetched == Fetched::kRight);
  }
  CHECK(wrong == 0);
}

// P10: one bit or the end of any file.
TEST_CASE("damage is a counted miss, never other bytes") {
  const Folder folder;
  const auto options = OptionsOf(folder);
  {
    const auto store = Open(options);
    PutNumbers(*store, 0, 20);
    REQUIRE(store->Sync().ok());
    PutNumbers(*store, 20, 30);
  }
  const std::string clean = folder.path() + "/clean";
  fs::rename(folder.store(), clean);
  Rng rng(4);
  int missed = 0, emptied = 0, counted = 0;
  const int rounds = Long() ? 1000 : 30;
  for (int round = 0; round < rounds; ++round) {
    fs::remove_all(folder.store());
    fs::copy(clean, folder.store(), fs::copy_options::recursive);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder.store())) {
      if (entry.file_size() > 0) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    // Any file, or the one that holds most bytes.
    const auto biggest = std::max_element(
        files.begin(), files.end(),
        [](const auto& a, const auto& b) { return fs::file_size(a) < fs::file_size(b); });
    const fs::path& file = round % 2 == 0 ? *biggest : files[rng.Below(files.size())];
    const uint64_t at = rng.Below(fs::file_size(file));
    if (rng.Below(3) == 0) {
      fs::resize_file(file, at);
    } else {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekg(static_cast<std::streamoff>(at));
      const char c = static_cast<char>(bytes.get() ^ (1 << rng.Below(8)));
      bytes.seekp(static_cast<std::streamoff>(at));
      bytes.put(c);
    }
    CAPTURE(round);
    CAPTURE(file.string());
    CAPTURE(at);
    const auto store = Open(options);
    emptied += !store->TakeWarnings().empty();
    const uint64_t objects = store->stats().objects;
    uint64_t right = 0, failed = 0;
    for (uint32_t n = 0; n < 30; ++n) {
      const Fetched fetched = Fetch(*store, NumberedKey(n));
      REQUIRE(fetched != Fetched::kWrong);
      right += fetched == Fetched::kRight;
      if (fetched != Fetched::kFailed) continue;
      ++failed;
      CHECK(Fetch(*store, NumberedKey(n)) == Fetched::kMiss);  // and it is gone
    }
    missed += right < 30;
    counted += failed > 0;
    CHECK(right + failed == objects);
    CHECK(store->stats().corrupt >= failed);
    CHECK(store->Put(ObjectOf(SmallIdentity(), NumberedKey(100))).ok());
    // Where RocksDB itself met the damage, nothing is written any more: a counted miss, too.
    const Fetched put = Fetch(*store, NumberedKey(100));
    const bool dropped = put == Fetched::kMiss && store->stats().puts_dropped == 1;
    CHECK((put == Fetched::kRight || dropped));
  }
  MESSAGE(rounds << " damaged stores: " << missed << " lost objects, " << emptied
                 << " of them were emptied, " << counted << " had failing reads");
  CHECK(missed > 0);  // the damage was real
  CHECK(counted > 0);
}

// Objects are numbered and written in order by one process, so that what survives must be the first
// ones, each complete, and at least those that were durable.
TEST_CASE("kill -9 leaves complete objects only") {
  const int rounds = Long() ? 200 : 12;
  Rng rng(5);
  uint64_t kept = 0;
  auto folder = std::make_unique<Folder>();
  uint32_t present = 0;
  for (int round = 0; round < rounds; ++round) {
    if (present > 300) {
      folder = std::make_unique<Folder>();
      present = 0;
    }
    ChildProcess child({LMP_STORE_CHILD, "write", folder->store(), std::to_string(present)});
    if (round % 4 != 0) static_cast<void>(child.ReadLine());  // or even while it opens the store
    std::this_thread::sleep_for(std::chrono::microseconds(rng.Below(60000)));
    child.Kill();
    uint32_t durable = present;
    for (const std::string& line : child.Lines()) {
      durable = std::max(durable, static_cast<uint32_t>(std::atoi(line.c_str())));
    }
    const auto store = Open(OptionsOf(*folder));
    CAPTURE(round);
    CHECK(store->TakeWarnings().empty());
    CHECK(store->stats().corrupt == 0);
    const auto objects = static_cast<uint32_t>(store->stats().objects);
    CHECK(objects >= durable);
    kept += objects - present;
    for (uint32_t n = 0; n < objects; ++n)
      REQUIRE(Fetch(*store, NumberedKey(n)) == Fetched::kRight);
    present = objects;
  }
  MESSAGE(rounds << " kills: " << kept << " objects survived, each complete");
  CHECK(kept > 0);
}

}  // namespace
}  // namespace lmp::test
