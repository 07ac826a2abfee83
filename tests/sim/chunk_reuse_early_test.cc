// Loading behind the computation (P14): a sequence that is alone begins with the first layer of its
// objects; what it computes is the same to the last bit, and a layer that fails or does not come
// costs time only.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/reuse_world.h"
#include "tests/support/forwarding_store.h"

namespace lmp::sim {
namespace {

using std::chrono::milliseconds;

// Gives the first group at once and the others from a thread, one every `pause`; up to `groups` of
// them, then the read fails, or nothing more comes.
class SlowStore final : public test::ForwardingStore {
 public:
  SlowStore(std::shared_ptr<cache::ChunkStore> inner, milliseconds pause, size_t groups, bool fails)
      : ForwardingStore(std::move(inner)), pause_(pause), groups_(groups), fails_(fails) {}
  ~SlowStore() override {
    for (std::thread& thread : threads_) thread.join();
  }
  std::shared_ptr<cache::ChunkRead> Get(const cache::ChunkKey& key,
                                        cache::ReadNotify notify) override {
    const auto whole = inner().Get(key);
    if (whole == nullptr) return nullptr;
    auto slow = std::make_shared<cache::ChunkRead>(whole->shape(), 1.0, std::move(notify));
    const auto bytes = whole->All().value();
    slow->Deliver(bytes[0]);
    gave.push_back(slow);
    threads_.emplace_back([this, bytes, whole, slow = std::weak_ptr(slow)] {
      for (size_t g = 1; g < std::min(groups_, bytes.size()); ++g) {
        std::this_thread::sleep_for(pause_);
        if (const auto read = slow.lock()) read->Deliver(bytes[g]);
      }
      if (!fails_) return;
      std::this_thread::sleep_for(pause_);
      if (const auto read = slow.lock()) read->Fail(Corruption("checksum"));
    });
    return slow;
  }
  std::vector<std::weak_ptr<cache::ChunkRead>> gave;

 private:
  const milliseconds pause_;
  const size_t groups_;
  const bool fails_;
  std::vector<std::thread> threads_;
};

struct Fixture {
  ReuseWorld world;
  std::shared_ptr<cache::ChunkStore> store = world.Store();
  Tokens s = world.Random(1, 21), a = world.Random(2, 37), b = world.Random(3, 50);
  Tokens q = world.Random(7, 9);

  Fixture() {
    const auto engine = world.Engine(store);
    RunOne(*engine, Compile(s, a));
    RunOne(*engine, Compile(s, b));
  }
  engine::SequenceSpec Ask(const ReusePolicy& policy) const {
    return Prompt().Text(s).Context().Text(q).Chunk(b, policy).Chunk(a, policy).Text(q).Generate(3);
  }
  std::shared_ptr<SlowStore> Slow(int pause_ms, size_t groups = 100, bool fails = false) const {
    return std::make_shared<SlowStore>(store, milliseconds(pause_ms), groups, fails);
  }
};

TEST_CASE("the same bits as after waiting for everything, and the same in the tree") {
  const Fixture f;
  for (const ReusePolicy& policy :
       {ReusePolicy::Link(8), ReusePolicy::Link(0), ReusePolicy::Full()}) {
    CAPTURE(ReusePolicyName(policy));
    Tap waited, early;
    const auto all = RunOne(*f.world.Engine(f.store, {}, &waited), f.Ask(policy));
    const auto slow = f.Slow(3);
    const auto engine = f.world.Engine(slow, {}, &early);
    // The whole prompt goes through the model in the first step.
    REQUIRE(engine->Start(f.Ask(policy)).ok());
    std::vector<engine::SequenceEvent> events;
    REQUIRE(engine->Step(&events).ok());
    CHECK(engine->stats().rows > 0);
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    REQUIRE(ends.finished.size() == 1);
    const auto& done = ends.finished.begin()->second;
    CHECK(early.all_layers == waited.all_layers);
    CHECK(early.logits == waited.logits);
    CHECK(done.tokens == all.tokens);
    CHECK(done.usage.reused_tokens == all.usage.reused_tokens);
    CHECK(done.usage.computed_tokens == all.usage.computed_tokens);
    CHECK(engine->stats().reuse.chunks_reused == 2);
    CHECK(slow->gave.size() == 2);
    CHECK(RunOne(*engine, f.Ask(policy)).usage.cached_tokens == all.usage.prompt_tokens - 1);
  }
}

TEST_CASE("a layer that fails or does not come: exact rows, nothing left behind") {
  const Fixture f;
  engine::SequenceSpec plain = f.Ask(ReusePolicy::Prefix());
  Tap exact;
  RunOne(*f.world.Engine(nullptr, {}, &exact), plain);
  for (const std::string what : {"fails", "late", "cancelled", "fails, small pool"}) {
    CAPTURE(what);
    Tap tap;
    engine::EngineOptions options;
    options.compile_missing = false;
    options.chunk_layer_ms_max = 2;
    options.chunk_read_ms_max = 30;
    if (what == "fails, small pool") options.kv_pages = 10;
    const auto slow = f.Slow(1, 2, what.starts_with("fails"));
    const auto engine = f.world.Engine(slow, options, &tap);
    const auto id = engine->Start(f.Ask(ReusePolicy::Link(8)));
    std::vector<engine::SequenceEvent> events;
    REQUIRE(engine->Step(&events).ok());
    CHECK(events.empty());
    tap = {};  // of a step whose rows were thrown away
    if (what == "cancelled") engine->Cancel(*id);
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    if (what == "cancelled") {
      CHECK(ends.failed.contains(*id));
    } else {
      REQUIRE(ends.finished.contains(*id));
      CHECK(tap.all_layers == exact.all_layers);
      const auto& usage = ends.finished.at(*id).usage;
      CHECK_FALSE(usage.tainted);
      CHECK(usage.reused_tokens == 0);
      CHECK(usage.chunks_missing == 2);
      CHECK(usage.computed_tokens == usage.prompt_tokens + 2);
    }
    CHECK(engine->stats().reuse.reused_tokens == 0);
    CHECK(engine->stats().reuse.chunks_reused == 0);
    // The thread that reads lets go a little behind the sequence.
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (const auto& read : slow->gave) {
      while (!read.expired() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(milliseconds(1));
      CHECK(read.expired());
    }
    CHECK(engine->stats().pages_private == 0);
    engine->ClearCache();
    CHECK(engine->stats().pages_free == engine->stats().pages_total);
  }
}

TEST_CASE(
    "objects that go while they are loaded; beside others; too long for a step; switched off") {
  const Fixture f;
  Tap waited;
  const auto all = RunOne(*f.world.Engine(f.store, {}, &waited), f.Ask(ReusePolicy::Link(8)));
  const auto same = [&](engine::EngineOptions options, bool with_other, bool removed) {
    ReuseWorld world;
    const auto store = world.Store();
    const auto filler = world.Engine(store);
    RunOne(*filler, Compile(f.s, f.a));
    RunOne(*filler, Compile(f.s, f.b));
    const auto slow = std::make_shared<SlowStore>(store, milliseconds(2), 100, false);
    const auto engine = world.Engine(slow, options);
    if (with_other) REQUIRE(engine->Start(Prompt().Text(f.b).Generate(20)).ok());
    const auto id = engine->Start(f.Ask(ReusePolicy::Link(8)));
    std::thread remover([&] {
      if (removed) CHECK(store->PurgeTenant("").ok());
    });
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    remover.join();
    REQUIRE(ends.finished.contains(*id));
    const auto& done = ends.finished.at(*id);
    // Removed before it was asked for, it is computed.
    if (done.usage.chunks_missing == 0) CHECK(done.tokens == all.tokens);
    CHECK(engine->stats().pages_private == 0);
    return done.usage;
  };
  same({}, false, true);
  CHECK(same({}, true, false).reused_tokens == all.usage.reused_tokens);
  CHECK(same({.step_tokens_max = 16}, false, false).reused_tokens == all.usage.reused_tokens);
  CHECK(same({.chunk_early_start = false}, false, false).reused_tokens == all.usage.reused_tokens);
}

}  // namespace
}  // namespace lmp::sim
