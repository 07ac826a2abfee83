// The exactness contract of Model::Step (decisions 1-5), bit for bit, for every kernel
// implementation of this machine: cuts of a prefix into steps, company in a step, threads, shared
// pages, preemption, hooks and capture change no bit.
#include "runtime/model/transformer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "kernels/registry.h"
#include "kernels/rope_table.h"
#include "runtime/base/clock_rng.h"
#include "runtime/model/synth.h"
#include "tests/support/model_steps.h"

namespace lmp::model {
namespace {

using testing::ChunkedLogits;
using testing::Open;
using testing::RandomIds;
using testing::StepLogits;
using testing::Timeline;

SynthShape Shape(const std::string& architecture) {
  return {.name = "test",
          .architecture = architecture,
          .layers = 2,
          .width = 32,
          .heads = 6,
          .kv_heads = 2,
          .head_dim = 8,
          .ffn_width = 64,
          .vocabulary = 300,
          .context = 4096,
          .tied = architecture == "llama"};
}

std::vector<std::byte> File(const std::string& architecture,
                            TensorType format = TensorType::kBF16) {
  SynthShape shape = Shape(architecture);
  const int block = kernels::BlockElements(WeightFormatOf(format));
  if (block > 1) shape.head_dim = 16;
  if (block > 32) shape.width = shape.ffn_width = block;
  auto bytes = MakeSynthModel(shape, {.format = format, .seed = 5});
  REQUIRE(bytes.ok());
  return std::move(bytes).value();
}

std::unique_ptr<KvPool> Pool(Model& model, uint32_t pages) {
  auto pool = model.MakeKvPool(pages);
  REQUIRE(pool.ok());
  return std::move(pool).value();
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<float> LastRow(const std::vector<float>& logits) {
  return {logits.end() - 300, logits.end()};
}

std::vector<std::string> AvailableKernels() {
  std::vector<std::string> names;
  for (const kernels::Implementation& implementation : kernels::Implementations()) {
    if (implementation.available()) names.emplace_back(implementation.name);
  }
  return names;
}

// Calls check(model, options) for every implementation, both architectures and KV types.
template <typename Check>
void ForAllModels(const Check& check) {
  for (const std::string architecture : {"llama", "qwen2", "qwen3"}) {
    const auto bytes = File(architecture);
    for (const std::string& kernels : AvailableKernels()) {
      for (const KvType kv : {KvType::kF32, KvType::kBf16, KvType::kInt8}) {
        CAPTURE(architecture);
        CAPTURE(kernels);
        CAPTURE(static_cast<int>(kv));
        const auto model = Open(bytes, {.kernels = kernels, .threads = 2, .kv = kv});
        check(*model);
      }
    }
  }
}

TEST_CASE("one step == any chunks == token by token") {
  const Timeline timeline(RandomIds(1, 290), 0);
  ForAllModels([&](Model& model) {
    const auto pool = Pool(model, 19);
    const auto whole = ChunkedLogits(model, *pool, timeline, timeline.size());
    for (const size_t chunk : {size_t{1}, size_t{7}, size_t{16}, size_t{512}}) {
      CAPTURE(chunk);
      const auto fresh = Pool(model, 19);
      REQUIRE(SameBits(ChunkedLogits(model, *fresh, timeline, chunk), whole));
    }
  });
}

TEST_CASE(
    "weights of every format: chunks agree bit for bit, and kernels whose numerics are the same") {
  const Timeline timeline(RandomIds(2, 100), 0);
  for (const char* name :
       {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"}) {
    const TensorType format = *FindTensorType(std::string_view(name));
    CAPTURE(name);
    const auto bytes = File("llama", format);
    std::vector<std::pair<std::string, std::vector<float>>> seen;  // numerics, logits
    for (const std::string& kernels : AvailableKernels()) {
      CAPTURE(kernels);
      const auto model = Open(bytes, {.kernels = kernels, .threads = 1});
      const auto pool = Pool(*model, 7);
      const auto whole = ChunkedLogits(*model, *pool, timeline, 100);
      REQUIRE(SameBits(ChunkedLogits(*model, *pool, timeline, 3), whole));
      const std::string& numerics = model->config().numerics;
      for (const auto& [other, logits] : seen) {
        CHECK((other == numerics) == SameBits(logits, whole));
      }
      seen.emplace_back(numerics, whole);
    }
  }
}

TEST_CASE("threads and company in a step change no bit") {
  const Timeline a(RandomIds(3, 300), 0);
  const Timeline b(RandomIds(4, 150), 19);
  const Timeline c(RandomIds(5, 33), 29);
  for (const std::string& kernels : AvailableKernels()) {
    CAPTURE(kernels);
    const auto bytes = File("qwen2");
    const auto alone_model = Open(bytes, {.kernels = kernels, .threads = 1});
    const auto alone_pool = Pool(*alone_model, 40);
    std::vector<float> alone;
    for (const Timeline* timeline : {&a, &b, &c}) {
      const auto part = ChunkedLogits(*alone_model, *alone_pool, *timeline, timeline->size());
      alone.insert(alone.end(), part.begin(), part.end());
    }
    for (const int threads : {1, 2, 3, 7}) {
      CAPTURE(threads);
      const auto model = Open(bytes, {.kernels = kernels, .threads = threads});
      const auto pool = Pool(*model, 40);
      const auto together =
          StepLogits(*model, *pool, {a.Rows(0, 300), b.Rows(0, 150), c.Rows(0, 33)});
      REQUIRE(SameBits(together, alone));
    }
  }
}

TEST_CASE("a sequence may read pages that another writes in the same step") {
  const auto prefix = RandomIds(6, 64);
  ForAllModels([&](Model& model) {
    auto ids_a = prefix;
    for (const TokenId id : RandomIds(7, 40)) ids_a.push_back(id);
    auto ids_b = prefix;
    for (const TokenId id : RandomIds(8, 21)) ids_b.push_back(id);
    const Timeline a(ids_a, 0);
    Timeline b(ids_b, 20);
    for (size_t i = 0; i < 4; ++i) b.pages[i] = a.pages[i];  // the shared prefix: A's pages
    const auto pool = Pool(model, 64);
    const auto joint = StepLogits(model, *pool, {a.Rows(0, a.size()), b.Rows(64, b.size())});
    // Alone, on pages of their own.
    const auto own_pool = Pool(model, 64);
    auto expected = StepLogits(model, *own_pool, {a.Rows(0, a.size())});
    const Timeline own(ids_b, 40);
    const auto own_logits = StepLogits(model, *own_pool, {own.Rows(0, own.size())});
    expected.insert(expected.end(), own_logits.begin() + 64 * 300, own_logits.end());
    REQUIRE(SameBits(joint, expected));
    // Afterwards, on A's pages.
    const auto later = StepLogits(model, *pool, {b.Rows(64, b.size())});
    REQUIRE(SameBits(later, {expected.end() - 21 * 300, expected.end()}));
  });
}

TEST_CASE("a copied partial page continues with the same bits") {
  const Timeline a(RandomIds(9, 40), 0);
  ForAllModels([&](Model& model) {
    const auto pool = Pool(model, 16);
    const auto whole = ChunkedLogits(model, *pool, a, 40);
    Timeline b = a;
    b.pages[2] = PageId(9);
    pool->CopyTokens(a.pages[2], PageId(9), 5);  // positions 32 to 36
    const auto rest = StepLogits(model, *pool, {b.Rows(37, 40)});
    REQUIRE(SameBits(rest, {whole.end() - 3 * 300, whole.end()}));
  });
}

TEST_CASE("asking for fewer logits gives the same rows") {
  const Timeline a(RandomIds(10, 50), 0);
  const Timeline b(RandomIds(11, 20), 8);
  ForAllModels([&](Model& model) {
    const auto pool = Pool(model, 16);
    const auto all = StepLogits(model, *pool, {a.Rows(0, 50), b.Rows(0, 20)});
    const auto some = StepLogits(model, *pool, {a.Rows(0, 50, 49), b.Rows(0, 20, 18)});
    std::vector<float> expected(all.begin() + 49 * 300, all.begin() + 50 * 300);
    expected.insert(expected.end(), all.end() - 2 * 300, all.end());
    REQUIRE(SameBits(some, expected));
    REQUIRE(StepLogits(model, *pool, {a.Rows(0, 50, 50), b.Rows(0, 20, 20)}).empty());
    const auto next = StepLogits(model, *pool, {a.Rows(49, 50)});
    REQUIRE(SameBits(next, {expected.begin(), expected.begin() + 300}));
  });
}

// Keeps what it is given.
struct Recorder final : KvCapture, LayerHook {
  std::vector<std::vector<float>> k, v, hidden;
  void Layer(int layer, std::span<const float> k_rows, std::span<const float> v_rows,
             int rows) override {
    REQUIRE(static_cast<size_t>(layer) == k.size());
    REQUIRE(k_rows.size() == static_cast<size_t>(rows) * 16);
    k.emplace_back(k_rows.begin(), k_rows.end());
    v.emplace_back(v_rows.begin(), v_rows.end());
  }
  void AfterLayer(int layer, std::span<float> rows, int count, int width) override {
    REQUIRE(static_cast<size_t>(layer) == hidden.size());
    REQUIRE(rows.size() == static_cast<size_t>(count) * static_cast<size_t>(width));
    hidden.emplace_back(rows.begin(), rows.end());
  }
};

TEST_CASE("capture gives K before rotation: the pool holds its rotation; V is the pool's") {
  const auto bytes = File("llama");
  const auto model = Open(bytes, {.threads = 2, .kv = KvType::kF32});
  const auto pool = Pool(*model, 8);
  const Timeline a(RandomIds(12, 40), 0);
  Recorder recorder;
  StepLayout layout;
  layout.sequences = {a.Rows(0, 40, 39)};
  layout.capture = &recorder;
  StepOutput output;
  REQUIRE(model->Step(layout, *pool, &output).ok());
  const std::vector<float> logits(output.logits.begin(), output.logits.end());
  REQUIRE(recorder.k.size() == 2);
  // The first layer's K depends on the token alone, so equal tokens have equal captured K at any
  // position; the same is not true after rotation.
  const Timeline twice({7, 7, 7, 7}, 4);
  Recorder same;
  layout.sequences = {twice.Rows(0, 4)};
  layout.capture = &same;
  REQUIRE(model->Step(layout, *pool, &output).ok());
  for (size_t row = 1; row < 4; ++row) {
    CHECK(std::memcmp(same.k[0].data(), same.k[0].data() + row * 16, 16 * sizeof(float)) == 0);
  }
  // Positions enter only by rotation: at the same place shifted by a page, capture is unchanged.
  Timeline shifted({7, 7, 7, 7}, 6);
  shifted.positions = {16, 17, 18, 19};
  Recorder moved;
  layout.capture = &moved;
  layout.sequences = {{shifted.tokens, shifted.positions, std::vector<PageId>{}, 0}};
  const std::vector<PageId> pages = {PageId(6), PageId(7)};
  layout.sequences[0].pages = pages;
  REQUIRE(model->Step(layout, *pool, &output).ok());
  CHECK(SameBits(moved.k[0], same.k[0]));
  CHECK(SameBits(moved.v[0], same.v[0]));
  // Capture changes no bit of the result.
  const auto plain = StepLogits(*model, *pool, {a.Rows(0, 40, 39)});
  CHECK(SameBits(plain, logits));
}

TEST_CASE("capture is rounded to the KV type") {
  const auto model = Open(File("llama"), {.threads = 1, .kv = KvType::kBf16});
  const auto pool = Pool(*model, 1);
  const Timeline a(RandomIds(13, 10), 0);
  Recorder recorder;
  StepLayout layout;
  layout.sequences = {a.Rows(0, 10)};
  layout.capture = &recorder;
  StepOutput output;
  REQUIRE(model->Step(layout, *pool, &output).ok());
  for (const auto& rows : {recorder.k[1], recorder.v[1]}) {
    for (const float x : rows) {
      uint32_t bits;
      std::memcpy(&bits, &x, sizeof(bits));
      REQUIRE((bits & 0xFFFFu) == 0);
    }
  }
}

TEST_CASE("a hook sees all rows of every layer, and what it changes counts") {
  const auto model = Open(File("qwen2"), {.threads = 2});
  const auto pool = Pool(*model, 8);
  const Timeline a(RandomIds(14, 30), 0);
  const auto plain = StepLogits(*model, *pool, {a.Rows(0, 30)});
  Recorder recorder;
  StepLayout layout;
  layout.sequences = {a.Rows(0, 30, 29)};
  layout.hook = &recorder;
  StepOutput output;
  REQUIRE(model->Step(layout, *pool, &output).ok());
  REQUIRE(recorder.hidden.size() == 2);
  CHECK(recorder.hidden[1].size() == 30 * 32);
  CHECK(SameBits({output.logits.begin(), output.logits.end()}, LastRow(plain)));
  struct Zero final : LayerHook {
    void AfterLayer(int, std::span<float> hidden, int, int) override {
      for (float& x : hidden) x = 0;
    }
  } zero;
  layout.hook = &zero;
  REQUIRE(model->Step(layout, *pool, &output).ok());
  for (const float x : output.logits) CHECK(x == 0.0f);
}

TEST_CASE("positions may start anywhere and pages may lie in any order") {
  const auto model = Open(File("llama"), {.threads = 2, .kv = KvType::kF32});
  Timeline a(RandomIds(15, 100), 0);
  const auto pool = Pool(*model, 20);
  const auto expected = ChunkedLogits(*model, *pool, a, 100);
  a.pages = {PageId(19), PageId(3), PageId(11), PageId(4), PageId(0), PageId(7), PageId(12)};
  const auto fresh = Pool(*model, 20);
  CHECK(SameBits(ChunkedLogits(*model, *fresh, a, 13), expected));
}

TEST_CASE("wrong layouts are refused and say why") {
  const auto model = Open(File("llama"), {.threads = 1, .context_max = 64});
  const auto pool = Pool(*model, 4);
  const Timeline good(RandomIds(16, 20), 0);
  const auto message = [&](const SequenceRows& rows) {
    StepLayout layout;
    layout.sequences = {rows};
    StepOutput output;
    const Status status = model->Step(layout, *pool, &output);
    CHECK(status.code() == StatusCode::kInvalidArgument);
    return status.message();
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  SequenceRows rows = good.Rows(0, 0);
  CHECK(has(message(rows), "0 tokens"));
  rows = good.Rows(0, 20, 21);
  CHECK(has(message(rows), "logits from row 21 of 20"));
  const Timeline bad_token({0, 300}, 0);
  CHECK(has(message(bad_token.Rows(0, 2)), "token 300"));
  const Timeline bad_page(RandomIds(17, 20), 3);
  CHECK(has(message(bad_page.Rows(0, 20)), "page 4 of a pool of 4"));
  Timeline far(RandomIds(18, 2), 0);
  far.positions = {63, 64};
  far.pages = {PageId(0), PageId(1), PageId(2), PageId(3), PageId(0)};
  rows = {far.tokens, far.positions, far.pages, 0};
  CHECK(has(message(rows), "the context has 64"));
  far.positions = {5, 5};
  CHECK(!message(rows).empty());
  rows = good.Rows(0, 20);
  rows.pages = rows.pages.first(1);
  CHECK(!message(rows).empty());
  StepOutput output;
  CHECK(model->Step({}, *pool, &output).ok());
  CHECK(output.logit_rows == 0);
  // Still usable afterwards.
  CHECK(StepLogits(*model, *pool, {good.Rows(0, 20)}).size() == 20 * 300);
}

TEST_CASE("loading says how far it is") {
  const auto bytes = File("llama");
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  std::vector<std::pair<uint64_t, uint64_t>> said;
  const auto opened = OpenModel(
      *file, {.threads = 1,
              .on_load = [&](uint64_t done, uint64_t total) { said.emplace_back(done, total); }});
  REQUIRE(opened.ok());
  REQUIRE(said.size() > 10);
  for (size_t i = 0; i < said.size(); ++i) {
    CHECK(said[i].first <= said[i].second);
    CHECK(said[i].second == SourceOf(*file)->tensor_bytes());
    if (i > 0) CHECK(said[i].first >= said[i - 1].first);
  }
  CHECK(said.front().first < said.front().second);
  CHECK(said.back().first == said.back().second);
}

TEST_CASE("two models share weights and do not disturb each other") {
  const auto bytes = File("llama");
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  kernels::ThreadPool threads(1);
  const auto weights = LoadWeights(*SourceOf(*file), threads);
  REQUIRE(weights.ok());
  auto first = MakeTransformer(*weights, {.threads = 1});
  auto second = MakeTransformer(*weights, {.threads = 2, .kv = KvType::kF32});
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  const Timeline a(RandomIds(19, 40), 0);
  const auto first_pool = Pool(**first, 3);
  const auto second_pool = Pool(**second, 3);
  const auto alone = ChunkedLogits(**first, *first_pool, a, 40);
  std::vector<float> mixed;
  for (size_t at = 0; at < 40; at += 10) {
    const auto part = StepLogits(**first, *first_pool, {a.Rows(at, at + 10)});
    mixed.insert(mixed.end(), part.begin(), part.end());
    StepLogits(**second, *second_pool, {a.Rows(at, at + 10)});
  }
  CHECK(SameBits(mixed, alone));
  CHECK((*weights)->config.weight_bytes > 0);
}

}  // namespace
}  // namespace lmp::model
