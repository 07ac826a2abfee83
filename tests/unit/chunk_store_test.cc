// The index, the memory store, reads in flight, and the two tiers.
#include "cache/chunk_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "cache/chunk_index.h"
#include "cache/chunk_memory_store.h"
#include "cache/chunk_tiered_store.h"
#include "tests/support/chunk_fixture.h"
#include "tests/support/forwarding_store.h"

namespace lmp::cache {
namespace {

using test::Fetch;
using test::Fetched;
using test::KeyOf;
using test::ObjectOf;
using test::SmallIdentity;

ChunkName NameNumber(uint64_t n) {
  ChunkName name;
  Rng rng(n);
  for (size_t i = 0; i < name.bytes.size(); ++i) name.bytes[i] = static_cast<uint8_t>(rng.Next());
  return name;
}

// The index against a list that computes PGDSF naively.
TEST_CASE("the index evicts what a naive PGDSF evicts") {
  struct Twin {
    uint64_t bytes;
    float seconds;
    int uses, pins;
    double priority;
  };
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    ChunkIndex index;
    std::map<uint64_t, Twin> twin;
    double clock = 0;
    uint64_t bytes = 0;
    const auto priority = [&](const Twin& t) {
      return clock + t.uses * static_cast<double>(t.seconds) / static_cast<double>(t.bytes);
    };
    for (int step = 0; step < 3000; ++step) {
      const uint64_t n = rng.Below(200);
      const auto at = twin.find(n);
      switch (rng.Below(7)) {
        case 0:
        case 1: {
          // Continuous costs, so that no two priorities tie.
          Twin t{1 + rng.Below(1u << 30), static_cast<float>(rng.Unit()), 1, 0, 0};
          t.priority = priority(t);
          CHECK(index.Insert(NameNumber(n), t.bytes, static_cast<double>(t.seconds)) ==
                (at == twin.end()));
          if (at == twin.end()) bytes += t.bytes, twin.emplace(n, t);
          break;
        }
        case 2:
          CHECK(index.Touch(NameNumber(n)).has_value() == (at != twin.end()));
          if (at != twin.end()) ++at->second.uses, at->second.priority = priority(at->second);
          break;
        case 3: {
          const auto erased = index.Erase(NameNumber(n));
          CHECK(erased.has_value() == (at != twin.end()));
          if (at == twin.end()) break;
          CHECK(*erased == at->second.bytes);
          bytes -= *erased, twin.erase(at);
          break;
        }
        case 4:
          CHECK(index.Pin(NameNumber(n)) == (at != twin.end()));
          if (at != twin.end()) ++at->second.pins;
          break;
        case 5:
          index.Unpin(NameNumber(n));
          if (at != twin.end() && at->second.pins > 0) --at->second.pins;
          break;
        default: {
          auto victim = twin.end();
          for (auto i = twin.begin(); i != twin.end(); ++i) {
            if (i->second.pins > 0) continue;
            if (victim == twin.end() || i->second.priority < victim->second.priority) victim = i;
          }
          const auto evicted = index.Evict();
          REQUIRE(evicted.has_value() == (victim != twin.end()));
          if (victim == twin.end()) break;
          REQUIRE(*evicted == NameNumber(victim->first));
          clock = std::max(clock, victim->second.priority);
          bytes -= victim->second.bytes, twin.erase(victim);
        }
      }
      REQUIRE(index.size() == twin.size());
      REQUIRE(index.bytes() == bytes);
      if (step % 100 == 0) index.CheckInvariants();
    }
    index.CheckInvariants();
  }
}

TEST_CASE("a million objects are indexed in under 64 MB") {
  ChunkIndex index;
  for (uint64_t n = 0; n < 1'000'000; ++n) index.Insert(NameNumber(n), 1u << 20, 0.1);
  CHECK(index.size() == 1'000'000);
  MESSAGE("index of 1M objects: " << index.memory_bytes() << " bytes");
  CHECK(index.memory_bytes() < 64'000'000);
  for (uint64_t n = 0; n < 1'000'000; n += 997) CHECK(index.Contains(NameNumber(n)));
}

std::unique_ptr<ChunkStore> Memory(size_t bytes_max = 1u << 20) {
  return OpenMemoryChunkStore(SmallIdentity(), {.bytes_max = bytes_max}).value();
}

TEST_CASE("only exact runs of this identity enter a store") {
  const auto store = Memory();
  const ChunkIdentity identity = SmallIdentity();
  const auto refused = [&](auto change) {
    auto object = ObjectOf(identity, KeyOf(identity, 1));
    change(*object);
    CHECK(store->Put(object).code() == StatusCode::kInvalidArgument);
    CHECK(!store->Contains(object->key));
  };
  refused([](ChunkObject& o) { o.provenance = ChunkProvenance::kUnstated; });
  refused([](ChunkObject& o) { o.provenance = ChunkProvenance::kTaintedRun; });
  refused([](ChunkObject& o) { o.key.identity.bytes[0] ^= 1; });
  refused([](ChunkObject& o) { o.groups.pop_back(); });
  refused([](ChunkObject& o) { o.groups[0].bytes = o.groups[0].bytes.first(1); });
  refused([](ChunkObject& o) { o.shape.tokens = 4; });
  refused([](ChunkObject& o) { o.key.chunk.tokens = 0; });
  refused([](ChunkObject& o) { o.key.tenant = std::string(kTenantBytesMax + 1, 'x'); });
  refused([](ChunkObject& o) { o.compute_seconds = -1; });
  CHECK(store->stats().puts_refused == 9);
  CHECK(store->stats().objects == 0);
  ChunkIdentity incomplete = identity;
  incomplete.tokenizer.clear();
  CHECK(OpenMemoryChunkStore(incomplete, {}).status().code() == StatusCode::kInvalidArgument);
}

TEST_CASE("objects of another tenant, context or identity are misses") {
  const auto store = Memory();
  const ChunkIdentity identity = SmallIdentity();
  const ChunkKey key = KeyOf(identity, 1, 3, "a");
  CHECK(store->Put(ObjectOf(identity, key)).ok());
  CHECK(Fetch(*store, key) == Fetched::kRight);
  for (const auto& other :
       {KeyOf(identity, 1, 3, "b"), KeyOf(identity, 1, 3, ""), KeyOf(identity, 2, 3, "a")}) {
    CHECK(Fetch(*store, other) == Fetched::kMiss);
  }
  ChunkKey elsewhere = key;
  elsewhere.context = CompileContext::None();
  CHECK(Fetch(*store, elsewhere) == Fetched::kMiss);
  CHECK(store->stats().hits == 1);
  CHECK(store->stats().misses == 4);
}

TEST_CASE("the byte limit holds, and what is dear stays") {
  const ChunkIdentity identity = SmallIdentity();
  const size_t bytes = MakeChunkShape(identity, 3).bytes();
  const auto store = Memory(4 * bytes);
  CHECK(store->Put(ObjectOf(identity, KeyOf(identity, 0), "", 50)).ok());
  for (uint32_t n = 1; n <= 20; ++n) {
    CHECK(store->Put(ObjectOf(identity, KeyOf(identity, n), "", 1)).ok());
    CHECK(store->stats().bytes <= 4 * bytes);
  }
  CHECK(store->stats().objects == 4);
  CHECK(store->stats().evictions == 17);
  CHECK(store->Contains(KeyOf(identity, 0)));
  CHECK(store->Contains(KeyOf(identity, 20)));
  CHECK(store->Put(ObjectOf(identity, KeyOf(identity, 1, 30))).code() ==
        StatusCode::kResourceExhausted);
  // What is being read outlives its eviction.
  const auto read = store->Get(KeyOf(identity, 20));
  CHECK(store->Remove(KeyOf(identity, 20)).ok());
  CHECK(read->Wait(0, {}).ok());
  CHECK(store->Remove(KeyOf(identity, 20)).code() == StatusCode::kNotFound);
}

TEST_CASE("documents and tenants are removed whole, and what others share stays") {
  const auto store = Memory();
  const ChunkIdentity identity = SmallIdentity();
  const auto put = [&](uint32_t n, const std::string& tenant, const std::string& document) {
    CHECK(store->Put(ObjectOf(identity, KeyOf(identity, n, 3, tenant), document)).ok());
  };
  put(1, "a", "doc");
  put(2, "a", "doc");
  put(2, "a", "other");  // both documents hold this passage
  put(3, "a", "");
  put(1, "b", "doc");
  CHECK(store->AddDocument(KeyOf(identity, 3, 3, "a"), "late").ok());
  CHECK(store->AddDocument(KeyOf(identity, 9, 3, "a"), "late").code() == StatusCode::kNotFound);
  CHECK(store->RemoveDocument("a", "doc").value().objects == 1);
  CHECK(!store->Contains(KeyOf(identity, 1, 3, "a")));
  CHECK(store->Contains(KeyOf(identity, 2, 3, "a")));
  CHECK(store->Contains(KeyOf(identity, 1, 3, "b")));
  CHECK(store->RemoveDocument("a", "other").value().objects == 1);
  CHECK(store->RemoveDocument("a", "late").value().objects == 1);
  CHECK(store->RemoveDocument("a", "").status().code() == StatusCode::kInvalidArgument);
  put(4, "a", "");
  CHECK(store->PurgeTenant("a").value().objects == 1);
  CHECK(store->stats().objects == 1);
  CHECK(store->PurgeTenant("b").value().bytes == MakeChunkShape(identity, 3).bytes());
}

TEST_CASE("a read: groups in order, deadlines, failure, notification") {
  const ChunkIdentity identity = SmallIdentity();
  const auto object = ObjectOf(identity, KeyOf(identity, 1));
  std::vector<int> notified;
  ChunkRead read(object->shape, 2.5, [&](int group) { notified.push_back(group); });
  CHECK(read.compute_seconds() == 2.5);
  CHECK(read.Wait(0, std::chrono::milliseconds(1)).status().code() ==
        StatusCode::kDeadlineExceeded);
  std::thread store([&] { read.Deliver(object->groups[0]); });
  CHECK(read.Wait(0, std::chrono::seconds(30)).ok());
  store.join();
  CHECK(read.state(0) == GroupState::kReady);
  CHECK(read.state(1) == GroupState::kPending);
  CHECK(read.All().status().code() == StatusCode::kDeadlineExceeded);
  read.Fail(Corruption("damaged"));
  CHECK(read.state(0) == GroupState::kFailed);  // what had arrived must not be used either
  CHECK(read.Wait(0, {}).status().code() == StatusCode::kCorruption);
  CHECK(read.All().status().code() == StatusCode::kCorruption);
  CHECK(!read.complete());
  CHECK(notified == std::vector<int>{0, -1});
}

// A disk whose reads the test answers by hand.
class SlowDisk final : public test::ForwardingStore {
 public:
  SlowDisk() : ForwardingStore(Memory(64u << 20)) {}

  std::shared_ptr<ChunkRead> Get(const ChunkKey& key, ReadNotify notify) override {
    const auto source = inner().Get(key);
    if (source == nullptr) return nullptr;
    auto read = std::make_shared<ChunkRead>(source->shape(), 1.0, std::move(notify));
    open.emplace_back(read, source);
    if (at_once) Answer();
    return read;
  }
  void Answer() {
    for (auto& [weak, source] : open) {
      if (const auto read = weak.lock()) {
        const std::vector<ChunkBytes> groups = source->All().value();
        for (const ChunkBytes& bytes : groups) read->Deliver(bytes);
      }
    }
    open.clear();
  }
  Status Put(std::shared_ptr<const ChunkObject> object) override {
    return fail_puts ? Unavailable("disk") : inner().Put(std::move(object));
  }
  std::vector<std::string> TakeWarnings() override { return {"warned"}; }

  std::vector<std::pair<std::weak_ptr<ChunkRead>, std::shared_ptr<ChunkRead>>> open;
  bool at_once = false;
  bool fail_puts = false;
};

TEST_CASE("tiers: memory first, then the disk, and what came from the disk is in memory") {
  const ChunkIdentity identity = SmallIdentity();
  const size_t bytes = MakeChunkShape(identity, 3).bytes();
  for (const bool at_once : {false, true}) {
    auto owned = std::make_unique<SlowDisk>();
    SlowDisk& disk = *owned;
    disk.at_once = at_once;
    const auto store = MakeTieredChunkStore(Memory(2 * bytes), std::move(owned));
    for (uint32_t n = 0; n < 5; ++n)
      CHECK(store->Put(ObjectOf(identity, KeyOf(identity, n), "doc")).ok());
    CHECK(Fetch(*store, KeyOf(identity, 4)) == Fetched::kRight);
    CHECK(store->stats().hits_memory == 1);
    const auto read = store->Get(KeyOf(identity, 0));
    REQUIRE(read != nullptr);
    CHECK(read->complete() == at_once);
    disk.Answer();
    CHECK(read->complete());
    CHECK(store->stats().hits_disk == 1);
    CHECK(Fetch(*store, KeyOf(identity, 0)) == Fetched::kRight);  // promoted
    CHECK(store->stats().hits_memory == 2);
    CHECK(store->stats().hits_disk == 1);
    // Nothing of a removed document is left in memory, not even what the disk was about to give.
    const auto late = store->Get(KeyOf(identity, 1));
    REQUIRE(late != nullptr);
    CHECK(store->RemoveDocument("", "doc").value().objects == 5);
    disk.Answer();
    for (uint32_t n = 0; n < 5; ++n) CHECK(!store->Contains(KeyOf(identity, n)));
    CHECK(store->TakeWarnings().size() == 1);
  }
}

TEST_CASE("tiers: a disk that refuses leaves memory at work") {
  const ChunkIdentity identity = SmallIdentity();
  auto owned = std::make_unique<SlowDisk>();
  owned->fail_puts = true;
  const auto store = MakeTieredChunkStore(Memory(), std::move(owned));
  CHECK(store->Put(ObjectOf(identity, KeyOf(identity, 1))).ok());
  CHECK(Fetch(*store, KeyOf(identity, 1)) == Fetched::kRight);
  CHECK(Fetch(*store, KeyOf(identity, 2)) == Fetched::kMiss);
  auto tainted = ObjectOf(identity, KeyOf(identity, 3));
  tainted->provenance = ChunkProvenance::kTaintedRun;
  CHECK(store->Put(tainted).code() == StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lmp::cache
