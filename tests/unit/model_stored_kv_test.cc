// Stored KV (chunk-reuse.md, properties P3 and P9): rows captured before rotation and written at
// any position have the bits that computing them there gives, at layer 0 for any rows and at every
// layer where the context is equal; and a probe's values are those of the exact step.
#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/registry.h"
#include "runtime/base/clock_rng.h"
#include "runtime/model/kv_pool.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "tests/support/kv_slots.h"
#include "tests/support/model_steps.h"

namespace lmp::model {
namespace {

using testing::Open;
using testing::RandomIds;
using testing::Timeline;

class Captured final : public KvCapture {
 public:
  void Layer(int layer, std::span<const float> layer_k, std::span<const float> layer_v,
             int) override {
    const auto at = static_cast<size_t>(layer);
    if (k.size() <= at) {
      k.resize(at + 1);
      v.resize(at + 1);
    }
    k[at].insert(k[at].end(), layer_k.begin(), layer_k.end());
    v[at].insert(v[at].end(), layer_v.begin(), layer_v.end());
  }
  std::vector<std::vector<float>> k, v;  // [layer][rows * kv width]
};

std::unique_ptr<Model> OpenShape(const std::string& architecture, const std::string& kernels,
                                 KvType kv) {
  const SynthShape shape = {.name = "stored",
                            .architecture = architecture,
                            .layers = 3,
                            .width = 32,
                            .heads = 6,
                            .kv_heads = 2,
                            .head_dim = 8,
                            .ffn_width = 64,
                            .vocabulary = 300,
                            .context = 4096};
  const auto bytes = MakeSynthModel(shape, {.seed = 5}).value();
  return Open(bytes, {.kernels = kernels, .threads = 1, .kv = kv});
}

Captured Run(Model& model, KvPool& pool, const Timeline& timeline) {
  Captured captured;
  StepLayout layout;
  layout.sequences = {timeline.Rows(0, timeline.size(), static_cast<int>(timeline.size()))};
  layout.capture = &captured;
  StepOutput output;
  const Status status = model.Step(layout, pool, &output);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  return captured;
}

// K and V of one slot in one layer, scales included.
std::vector<std::byte> Slot(const KvPool& pool, int layer, PageId page, int token) {
  const auto& heap = dynamic_cast<const HeapKvPool&>(pool);
  const KvGeometry& g = heap.geometry();
  const std::byte* base = heap.layer(layer).base + page.index * g.page_layer_bytes();
  std::vector<std::byte> bytes;
  testing::ForSlot(g, token, [&](size_t at, size_t size) {
    bytes.insert(bytes.end(), base + at, base + at + size);
  });
  return bytes;
}

bool SameSlots(const KvPool& a, const Timeline& of_a, const KvPool& b, const Timeline& of_b,
               int layer, int position_a, int position_b, int count) {
  for (int i = 0; i < count; ++i) {
    const auto slot = [&](const KvPool& pool, const Timeline& t, int position) {
      return Slot(pool, layer, t.pages[static_cast<size_t>(position / kPageTokens)],
                  position % kPageTokens);
    };
    if (slot(a, of_a, position_a + i) != slot(b, of_b, position_b + i)) return false;
  }
  return true;
}

void Write(Model& model, KvPool& pool, const Captured& rows, size_t first, size_t count,
           const Timeline& timeline, int position) {
  const size_t width =
      static_cast<size_t>(model.config().kv_heads) * static_cast<size_t>(model.config().head_dim);
  std::vector<int32_t> positions(count);
  std::iota(positions.begin(), positions.end(), position);
  for (size_t layer = 0; layer < rows.k.size(); ++layer) {
    const auto part = [&](const std::vector<float>& of) {
      return std::vector<float>(of.begin() + static_cast<ptrdiff_t>(first * width),
                                of.begin() + static_cast<ptrdiff_t>((first + count) * width));
    };
    std::vector<float> k = part(rows.k[layer]), v = part(rows.v[layer]);
    const Status status =
        model.WriteKv({static_cast<int>(layer), positions, timeline.pages, k, v}, pool);
    REQUIRE_MESSAGE(status.ok(), status.ToString());
  }
}

struct Variant {
  std::string kernels;
  std::string architecture;
  KvType type;
};

std::vector<Variant> Variants() {
  std::vector<Variant> variants;
  for (const kernels::Implementation& i : kernels::Implementations()) {
    if (!i.available()) continue;
    for (const std::string architecture : {"llama", "qwen2", "qwen3"}) {
      for (const KvType type : {KvType::kF32, KvType::kBf16, KvType::kInt8}) {
        variants.push_back({std::string(i.name), architecture, type});
      }
    }
  }
  return variants;
}

TEST_CASE("P9: captured rows written where they were computed give every layer's bits") {
  for (const Variant& variant : Variants()) {
    CAPTURE(variant.kernels);
    CAPTURE(variant.architecture);
    CAPTURE(static_cast<int>(variant.type));
    const auto model = OpenShape(variant.architecture, variant.kernels, variant.type);
    const auto computed = model->MakeKvPool(8).value();
    const auto written = model->MakeKvPool(8).value();
    const Timeline timeline(RandomIds(7, 75), 1);
    const Captured rows = Run(*model, *computed, timeline);
    Write(*model, *written, rows, 0, 75, timeline, 0);
    for (int layer = 0; layer < 3; ++layer) {
      CHECK(SameSlots(*computed, timeline, *written, timeline, layer, 0, 0, 75));
    }
  }
}

TEST_CASE("P3, P9: at layer 0 rows moved to any position have the bits of rows computed there") {
  Rng rng(9);
  for (const Variant& variant : Variants()) {
    CAPTURE(variant.kernels);
    CAPTURE(variant.architecture);
    CAPTURE(static_cast<int>(variant.type));
    const auto model = OpenShape(variant.architecture, variant.kernels, variant.type);
    const auto alone = model->MakeKvPool(8).value();
    const std::vector<TokenId> chunk = RandomIds(3, 37);
    const Captured rows = Run(*model, *alone, Timeline(chunk, 0));
    for (int round = 0; round < 6; ++round) {
      // Beyond the rope table's first rows as well, which makes it grow.
      const size_t before = round == 5 ? 2100 : rng.Below(200);
      CAPTURE(before);
      std::vector<TokenId> ids = RandomIds(100 + static_cast<uint64_t>(round), before);
      ids.insert(ids.end(), chunk.begin(), chunk.end());
      const Timeline prompt(ids, 0);
      const auto pages = static_cast<uint32_t>(prompt.pages.size());
      const auto computed = model->MakeKvPool(pages).value();
      const auto moved = model->MakeKvPool(pages).value();
      Run(*model, *computed, prompt);
      const int at = static_cast<int>(before);
      Write(*model, *moved, rows, 0, chunk.size(), prompt, at);
      CHECK(SameSlots(*computed, prompt, *moved, prompt, 0, at, at, 37));
      // Deeper layers know what stood before.
      if (before > 0) CHECK_FALSE(SameSlots(*computed, prompt, *moved, prompt, 1, at, at, 37));
    }
  }
}

TEST_CASE("a probe gives the values of its layer, rounded, and writes the layers below only") {
  for (const Variant& variant : Variants()) {
    CAPTURE(variant.kernels);
    CAPTURE(static_cast<int>(variant.type));
    const auto model = OpenShape(variant.architecture, variant.kernels, variant.type);
    const Timeline timeline(RandomIds(11, 50), 0);
    const auto computed = model->MakeKvPool(4).value();
    const auto probed = model->MakeKvPool(4).value();
    const auto untouched = model->MakeKvPool(4).value();
    const Captured all = Run(*model, *computed, timeline);
    Captured probe;
    for (const auto& [begin, end] : {std::pair{0, 20}, std::pair{20, 50}}) {
      StepLayout layout;
      layout.sequences = {timeline.Rows(static_cast<size_t>(begin), static_cast<size_t>(end))};
      layout.capture = &probe;
      layout.probe_layer = 1;
      StepOutput output;
      REQUIRE(model->Step(layout, *probed, &output).ok());
      CHECK(output.logit_rows == 0);
    }
    REQUIRE(probe.v.size() == 2);
    CHECK(probe.k[1].empty());
    CHECK(probe.v[0].empty());
    CHECK(probe.v[1] == all.v[1]);
    CHECK(SameSlots(*computed, timeline, *probed, timeline, 0, 0, 0, 50));
    CHECK(SameSlots(*untouched, timeline, *probed, timeline, 1, 0, 0, 50));
    CHECK(SameSlots(*untouched, timeline, *probed, timeline, 2, 0, 0, 50));
  }
}

TEST_CASE("stored rows and probes that do not fit are refused") {
  const auto model = OpenShape("llama", "auto", KvType::kBf16);
  const auto pool = model->MakeKvPool(2).value();
  const std::vector<PageId> pages = {PageId(0), PageId(1)};
  const std::vector<PageId> foreign = {PageId(7)};
  std::vector<float> rows(32), short_rows(16);
  const std::vector<int32_t> good = {0, 17}, outside = {0, 32}, huge = {0, 5000};
  const auto write = [&](int layer, const std::vector<int32_t>& positions,
                         const std::vector<PageId>& table, std::vector<float>& v) {
    return model->WriteKv({layer, positions, table, rows, v}, *pool).code();
  };
  CHECK(write(0, good, pages, rows) == StatusCode::kOk);
  CHECK(write(3, good, pages, rows) == StatusCode::kInvalidArgument);
  CHECK(write(0, outside, pages, rows) == StatusCode::kInvalidArgument);
  CHECK(write(0, huge, pages, rows) == StatusCode::kInvalidArgument);
  CHECK(write(0, good, foreign, rows) == StatusCode::kInvalidArgument);
  CHECK(write(0, good, pages, short_rows) == StatusCode::kInvalidArgument);

  const Timeline timeline(RandomIds(1, 4), 0);
  StepLayout layout;
  layout.sequences = {timeline.Rows(0, 4)};
  layout.probe_layer = 1;
  StepOutput output;
  CHECK(model->Step(layout, *pool, &output).code() == StatusCode::kInvalidArgument);
  Captured probe;
  layout.capture = &probe;
  layout.probe_layer = 3;
  CHECK(model->Step(layout, *pool, &output).code() == StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lmp::model
