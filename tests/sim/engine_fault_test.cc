// Broken code on purpose: the digest model sees a wrong page, a page freed too early and a copy
// that was not made; the engine that is broken fails alone.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <vector>

#include "runtime/base/check.h"
#include "tests/sim/sim_engine.h"

namespace lmp::sim {
namespace {

using engine::SequenceSpec;

// What to break. Each hook sees the calls between engine and model and may change them.
struct Faults {
  // Changes the layout of one step; `tables` holds a copy of each sequence's page table.
  std::function<void(int step, model::StepLayout& layout, std::vector<std::vector<PageId>>& tables)>
      layout;
  std::function<Status(int step)> status;
  int copies_lost = 0;  // so many of the next copies are not made
  int copies_seen = 0;
};

class FaultyPool final : public model::KvPool {
 public:
  FaultyPool(std::unique_ptr<model::KvPool> inner, Faults& faults)
      : inner_(std::move(inner)), faults_(faults) {}
  uint32_t page_count() const override { return inner_->page_count(); }
  size_t page_bytes() const override { return inner_->page_bytes(); }
  void CopyTokens(PageId from, PageId to, int count) override {
    ++faults_.copies_seen;
    if (faults_.copies_lost > 0) {
      --faults_.copies_lost;
      return;
    }
    inner_->CopyTokens(from, to, count);
  }
  model::KvPool& inner() { return *inner_; }

 private:
  std::unique_ptr<model::KvPool> inner_;
  Faults& faults_;
};

class FaultyModel final : public model::Model {
 public:
  FaultyModel(std::unique_ptr<model::Model> inner, Faults& faults)
      : inner_(std::move(inner)), faults_(faults) {}
  const model::ModelConfig& config() const override { return inner_->config(); }
  size_t kv_page_bytes() const override { return inner_->kv_page_bytes(); }
  Result<std::unique_ptr<model::KvPool>> MakeKvPool(uint32_t page_count) override {
    LMP_TRY(std::unique_ptr<model::KvPool> pool, inner_->MakeKvPool(page_count));
    return std::unique_ptr<model::KvPool>(std::make_unique<FaultyPool>(std::move(pool), faults_));
  }
  Status Step(const model::StepLayout& layout, model::KvPool& pool,
              model::StepOutput* output) override {
    ++step_;
    if (faults_.status) LMP_RETURN_IF_ERROR(faults_.status(step_));
    model::StepLayout changed = layout;
    std::vector<std::vector<PageId>> tables;
    for (const auto& rows : layout.sequences)
      tables.emplace_back(rows.pages.begin(), rows.pages.end());
    if (faults_.layout) faults_.layout(step_, changed, tables);
    for (size_t i = 0; i < tables.size(); ++i) changed.sequences[i].pages = tables[i];
    return inner_->Step(changed, dynamic_cast<FaultyPool&>(pool).inner(), output);
  }

 private:
  std::unique_ptr<model::Model> inner_;
  Faults& faults_;
  int step_ = 0;
};

std::unique_ptr<engine::Engine> MakeFaultyEngine(const Vocabulary& vocabulary, Faults& faults) {
  auto model = MakeDigestModel(vocabulary.tokenizer->spec(), {.end_period = 0});
  return engine::MakeLocalEngine(std::make_unique<FaultyModel>(std::move(model), faults),
                                 vocabulary.tokenizer, vocabulary.trie, {})
      .value();
}

// Two sequences that share 40 tokens, then go their own ways.
void StartPair(const Vocabulary& vocabulary, engine::Engine& engine) {
  Rng rng(1);
  const auto prefix = RandomTokens(rng, vocabulary, 40);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(engine.Start(Generate(Join(prefix, RandomTokens(rng, vocabulary, 20)), 20)).ok());
  }
}

void CheckPoisoned(engine::Engine& engine, const Ends& ends, const Status& status, size_t failed) {
  CHECK(status.code() == StatusCode::kInternal);
  CHECK(ends.failed.size() == failed);
  for (const auto& [id, event] : ends.failed) CHECK(event.kind == engine::FailureKind::kInternal);
  CHECK(!engine.HasWork());
  std::vector<engine::SequenceEvent> events;
  CHECK(engine.Step(&events).message() == status.message());
  CHECK(events.empty());
  CHECK(engine.Start(SequenceSpec{.tokens = {5}}).status().message() == status.message());
}

TEST_CASE("nothing is broken by the wrappers themselves") {
  const Vocabulary vocabulary = MakeVocabulary();
  Faults faults;
  const auto engine = MakeFaultyEngine(vocabulary, faults);
  StartPair(vocabulary, *engine);
  Ends ends;
  CHECK(RunToEnd(*engine, &ends).ok());
  CHECK(ends.finished.size() == 2);
}

TEST_CASE("a wrong page in a page table is seen") {
  const Vocabulary vocabulary = MakeVocabulary();
  for (const size_t page : {size_t{0}, size_t{1}, size_t{2}}) {
    CAPTURE(page);
    Faults faults;
    faults.layout = [&](int step, model::StepLayout&, std::vector<std::vector<PageId>>& tables) {
      if (step == 5) std::swap(tables[1][page], tables[1][page + 1]);
    };
    const auto engine = MakeFaultyEngine(vocabulary, faults);
    StartPair(vocabulary, *engine);
    Ends ends;
    const Status status = RunToEnd(*engine, &ends);
    CheckPoisoned(*engine, ends, status, 2);
  }
}

TEST_CASE("a page of another sequence is seen") {
  const Vocabulary vocabulary = MakeVocabulary();
  Faults faults;
  faults.layout = [&](int step, model::StepLayout&, std::vector<std::vector<PageId>>& tables) {
    if (step == 5) tables[1][2] = tables[0][2];  // page 2 is where the two differ
  };
  const auto engine = MakeFaultyEngine(vocabulary, faults);
  StartPair(vocabulary, *engine);
  Ends ends;
  const Status status = RunToEnd(*engine, &ends);
  CheckPoisoned(*engine, ends, status, 2);
}

TEST_CASE("a page that was freed too early, and so filled by another, is seen") {
  const Vocabulary vocabulary = MakeVocabulary();
  Faults faults;
  const std::vector<TokenId> stranger(16, 9);
  const std::vector<int32_t> positions = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  // A third sequence gets page 1 of the pair's shared prefix, as if it had been free.
  faults.layout = [&](int step, model::StepLayout& layout,
                      std::vector<std::vector<PageId>>& tables) {
    if (step != 5) return;
    layout.sequences.push_back(
        {.tokens = stranger, .positions = positions, .pages = {}, .logits_from = 16});
    tables.push_back({tables[0][1]});
  };
  const auto engine = MakeFaultyEngine(vocabulary, faults);
  StartPair(vocabulary, *engine);
  Ends ends;
  const Status status = RunToEnd(*engine, &ends);
  CheckPoisoned(*engine, ends, status, 2);
}

TEST_CASE("a copy that was not made is seen") {
  const Vocabulary vocabulary = MakeVocabulary();
  for (const int lost : {0, 1}) {
    CAPTURE(lost);
    Faults faults;
    const auto engine = MakeFaultyEngine(vocabulary, faults);
    Rng rng(2);
    const auto prefix = RandomTokens(rng, vocabulary, 40);
    REQUIRE(engine->Start(SequenceSpec{.tokens = prefix}).ok());
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    faults.copies_lost = lost;
    REQUIRE(engine->Start(Generate(Join(prefix, {7, 8}), 5)).ok());
    const Status status = RunToEnd(*engine, &ends);
    CHECK(faults.copies_seen == 1);
    if (lost == 0) {
      CHECK(status.ok());
    } else {
      CheckPoisoned(*engine, ends, status, 1);
    }
  }
}

TEST_CASE("an engine that is poisoned, by its model or by a broken invariant, fails alone") {
  const Vocabulary vocabulary = MakeVocabulary();
  for (const bool throws : {false, true}) {
    CAPTURE(throws);
    Faults faults;
    Faults none;
    faults.status = [&](int step) {
      LMP_CHECK(step < 4 || !throws);
      return step < 4 ? OkStatus() : Internal("device lost");
    };
    const auto broken = MakeFaultyEngine(vocabulary, faults);
    const auto healthy = MakeFaultyEngine(vocabulary, none);
    StartPair(vocabulary, *broken);
    StartPair(vocabulary, *healthy);
    Ends broken_ends;
    Ends healthy_ends;
    // In turn, as two engines of one process would.
    Status status;
    std::vector<engine::SequenceEvent> events;
    for (int i = 0; i < 5 && status.ok(); ++i) {
      events.clear();
      REQUIRE(healthy->Step(&events).ok());
      events.clear();
      status = broken->Step(&events);
    }
    for (auto& event : events) {
      auto* failed = std::get_if<engine::FailedEvent>(&event);
      REQUIRE(failed != nullptr);
      CHECK(!failed->text.empty());
      broken_ends.failed.emplace(failed->id, std::move(*failed));
    }
    CheckPoisoned(*broken, broken_ends, status, 2);
    CHECK(RunToEnd(*healthy, &healthy_ends).ok());
    CHECK(healthy_ends.finished.size() == 2);
  }
}

}  // namespace
}  // namespace lmp::sim
