#include "runtime/sim/digest_model.h"

#include <string>
#include <utility>

namespace lmp::sim {
namespace {

uint64_t Mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

uint64_t DigestSeed(uint64_t seed) { return Mix(seed + 0x9e3779b97f4a7c15ull); }

uint64_t Continue(uint64_t digest, TokenId token) {
  return Mix(digest * 0x9e3779b97f4a7c15ull + static_cast<uint64_t>(static_cast<uint32_t>(token)) +
             1);
}

struct Slot {
  uint64_t digest = 0;
  int32_t position = -1;
  TokenId token = -1;
  uint64_t step = 0;  // that wrote it
};

class DigestPool final : public model::KvPool {
 public:
  explicit DigestPool(uint32_t page_count)
      : page_count_(page_count), slots_(static_cast<size_t>(page_count) * kPageTokens) {}
  uint32_t page_count() const override { return page_count_; }
  size_t page_bytes() const override { return sizeof(Slot) * kPageTokens; }
  void CopyTokens(PageId from, PageId to, int count) override {
    for (int i = 0; i < count; ++i) at(to, i) = at(from, i);
  }
  Slot& at(PageId page, int offset) {
    return slots_[static_cast<size_t>(page.index) * kPageTokens + static_cast<size_t>(offset)];
  }

 private:
  uint32_t page_count_;
  std::vector<Slot> slots_;
};

class DigestModel final : public model::Model {
 public:
  DigestModel(const text::TokenizerSpec& vocabulary, const DigestModelOptions& options);

  const model::ModelConfig& config() const override { return config_; }
  Result<std::unique_ptr<model::KvPool>> MakeKvPool(uint32_t page_count) override {
    return std::unique_ptr<model::KvPool>(std::make_unique<DigestPool>(page_count));
  }
  size_t kv_page_bytes() const override { return sizeof(Slot) * kPageTokens; }
  Status Step(const model::StepLayout& layout, model::KvPool& pool,
              model::StepOutput* output) override;

 private:
  Status CheckLayout(const model::SequenceRows& rows, const DigestPool& pool) const;
  Status WriteRows(const model::SequenceRows& rows, DigestPool& pool) const;
  Status ReadRows(const model::SequenceRows& rows, DigestPool& pool) const;
  void AppendLogits(uint64_t digest);

  DigestModelOptions options_;
  model::ModelConfig config_;
  std::vector<float> bias_;  // [vocabulary]: how much a piece's kind is liked
  std::vector<TokenId> ends_;
  std::vector<float> logits_;
  uint64_t step_ = 0;
};

DigestModel::DigestModel(const text::TokenizerSpec& vocabulary, const DigestModelOptions& options)
    : options_(options) {
  config_.architecture = "digest";
  config_.name = "digest";
  config_.weight_format = "F32";
  config_.layers = 1;
  config_.width = config_.head_dim = config_.heads = config_.kv_heads = 1;
  config_.vocabulary = static_cast<int>(vocabulary.pieces.size());
  config_.context_max = options.context_max;
  for (const text::PieceType type : vocabulary.types) {
    // Words mostly, bytes now and then (so that code points are cut across tokens), control pieces
    // hardly ever.
    bias_.push_back(type == text::PieceType::kNormal ? 4.0f
                    : type == text::PieceType::kByte ? 2.0f
                                                     : -8.0f);
  }
  for (const TokenId end : {vocabulary.eos, vocabulary.eot}) {
    if (end >= 0) ends_.push_back(end);
  }
}

Slot& SlotAt(const model::SequenceRows& rows, DigestPool& pool, int32_t position) {
  return pool.at(rows.pages[static_cast<size_t>(position / kPageTokens)], position % kPageTokens);
}

std::string Place(const model::SequenceRows& rows, int32_t position) {
  return "position " + std::to_string(position) + " (page " +
         std::to_string(rows.pages[static_cast<size_t>(position / kPageTokens)].index) + ")";
}

Status DigestModel::CheckLayout(const model::SequenceRows& rows, const DigestPool& pool) const {
  const size_t n = rows.tokens.size();
  if (n == 0 || rows.positions.size() != n || rows.logits_from < 0 ||
      rows.logits_from > static_cast<int>(n)) {
    return InvalidArgument("layout: a sequence's rows, positions and logits do not fit together");
  }
  for (size_t i = 0; i < n; ++i) {
    if (rows.tokens[i] < 0 || rows.tokens[i] >= config_.vocabulary) {
      return InvalidArgument("layout: token " + std::to_string(rows.tokens[i]) +
                             " is not in the vocabulary");
    }
    if (rows.positions[i] < 0 || rows.positions[i] >= config_.context_max ||
        (i > 0 && rows.positions[i] != rows.positions[i - 1] + 1)) {
      return InvalidArgument("layout: bad position " + std::to_string(rows.positions[i]));
    }
  }
  if (static_cast<int>(rows.pages.size()) < PagesFor(rows.positions.back() + 1)) {
    return InvalidArgument("layout: the page table does not cover the last position");
  }
  for (const PageId page : rows.pages) {
    if (page.index >= pool.page_count()) return InvalidArgument("layout: no such page");
  }
  return OkStatus();
}

Status DigestModel::WriteRows(const model::SequenceRows& rows, DigestPool& pool) const {
  for (size_t i = 0; i < rows.tokens.size(); ++i) {
    const int32_t position = rows.positions[i];
    const uint64_t before =
        position == 0 ? DigestSeed(options_.seed) : SlotAt(rows, pool, position - 1).digest;
    Slot& slot = SlotAt(rows, pool, position);
    if (slot.step == step_) {
      return Internal("kv slot of " + Place(rows, position) + " is written twice in one step");
    }
    slot = {Continue(before, rows.tokens[i]), position, rows.tokens[i], step_};
  }
  return OkStatus();
}

Status DigestModel::ReadRows(const model::SequenceRows& rows, DigestPool& pool) const {
  const int32_t first = rows.positions.front();
  const int32_t end = rows.positions.back() + 1;
  const int32_t from = options_.check == DigestCheck::kAll || first == 0 ? 0 : first - 1;
  uint64_t digest = from == 0 ? DigestSeed(options_.seed) : SlotAt(rows, pool, from - 1).digest;
  for (int32_t p = from; p < end; ++p) {
    const Slot& slot = SlotAt(rows, pool, p);
    digest = Continue(digest, slot.token);
    if (slot.position != p || slot.digest != digest) {
      return Internal("kv slot of " + Place(rows, p) + " does not continue the slot before it");
    }
    if (p >= first && slot.token != rows.tokens[static_cast<size_t>(p - first)]) {
      return Internal("kv slot of " + Place(rows, p) + " was overwritten in its own step");
    }
  }
  return OkStatus();
}

void DigestModel::AppendLogits(uint64_t digest) {
  for (size_t i = 0; i < bias_.size(); ++i) {
    const uint64_t bits = Mix(digest + (i + 1) * 0x9e3779b97f4a7c15ull);
    // 24 bits: exact in a float, and few ties.
    logits_.push_back(bias_[i] + static_cast<float>(bits >> 40) * 0x1.0p-21f);
  }
  const bool ends = options_.end_period > 0 &&
                    Mix(digest ^ 0x656e64) % static_cast<uint64_t>(options_.end_period) == 0;
  float* row = logits_.data() + (logits_.size() - bias_.size());
  for (const TokenId end : ends_) row[end] += ends ? 24.0f : 0.0f;
}

Status DigestModel::Step(const model::StepLayout& layout, model::KvPool& pool,
                         model::StepOutput* output) {
  if (layout.hook != nullptr || layout.capture != nullptr) {
    return Unsupported("the digest model has no layers to hook or capture");
  }
  auto* slots = dynamic_cast<DigestPool*>(&pool);
  if (slots == nullptr) return InvalidArgument("the pool was made by another model");
  ++step_;
  logits_.clear();
  for (const model::SequenceRows& rows : layout.sequences) {
    LMP_RETURN_IF_ERROR(CheckLayout(rows, *slots));
  }
  for (const model::SequenceRows& rows : layout.sequences) {
    LMP_RETURN_IF_ERROR(WriteRows(rows, *slots));
  }
  for (const model::SequenceRows& rows : layout.sequences) {
    LMP_RETURN_IF_ERROR(ReadRows(rows, *slots));
    for (size_t i = static_cast<size_t>(rows.logits_from); i < rows.tokens.size(); ++i) {
      const Slot& slot = SlotAt(rows, *slots, rows.positions[i]);
      const auto own = static_cast<TokenId>(slot.token % 5);
      AppendLogits(options_.repeats ? Continue(DigestSeed(options_.seed), own) : slot.digest);
    }
  }
  output->logits = logits_;
  output->logit_rows = static_cast<int>(logits_.size() / bias_.size());
  return OkStatus();
}

}  // namespace

std::unique_ptr<model::Model> MakeDigestModel(const text::TokenizerSpec& vocabulary,
                                              const DigestModelOptions& options) {
  return std::make_unique<DigestModel>(vocabulary, options);
}

uint64_t DigestOf(uint64_t seed, std::span<const TokenId> tokens) {
  uint64_t digest = DigestSeed(seed);
  for (const TokenId token : tokens) digest = Continue(digest, token);
  return digest;
}

}  // namespace lmp::sim
