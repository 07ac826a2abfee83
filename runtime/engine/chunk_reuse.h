// ChunkReuse: what the engine does with a chunk store. It decides which chunks of a prompt come
// from stored objects (Resolve), writes their rows into pages (Load), and has missing objects
// computed when nothing else is to be done (NextJob, ChunkCapture).
//
// Rules (chunk-reuse.md 7.2, 7.3)
//   - The longest exact prefix comes first: a chunk that the tree holds, up to less than a page or
//     than what its policy would compute again, is computed exactly.
//   - A missing, failing or late object means that the chunk is computed like any other tokens
//   (I9),
//     and compiled for the next time.
//   - Objects are made by compile sequences only, which have no chunks of their own: every row is
//     computed, or shared from the exact tree (I3).
//
// Borrows the model; shares the store, which may be null: then prompts are computed exactly. Engine
// thread. A damaged object is a miss, never an error; errors of Load are the model's.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cache/chunk_store.h"
#include "cache/virtual_token.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/status.h"
#include "runtime/engine/batch.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/sequence.h"
#include "runtime/model/model.h"

namespace lmp::engine {

class ChunkReuse final : public model::LayerGate {
 public:
  // Borrows model, options and tokenizer. The tokenizer's BOS alone makes a compile context that
  // all programs share.
  ChunkReuse(model::Model& model, std::shared_ptr<cache::ChunkStore> store,
             const EngineOptions& options, const text::Tokenizer& tokenizer);

  bool enabled() const { return store_ != nullptr; }
  // Spans, policies and compile context of a spec. Errors: InvalidArgument.
  Status CheckSpec(const SequenceSpec& spec) const;
  // What a compile sequence needs to know. REQUIRES: enabled(), CheckSpec.
  std::unique_ptr<ChunkCompile> MakeCompile(const SequenceSpec& spec) const;

  // Makes the plan of a sequence that has chunks and none yet; `exact_found` of its tokens are in
  // the tree. False while objects are on their way: ask again.
  bool Resolve(Sequence& s, int exact_found);
  // The same for a sequence that has nothing beside it, with the first group of each object only:
  // the step of its prompt then loads the others (BeforeLayer), and ends with EndLoading. Once per
  // sequence; `rows_max`: of that step, which must hold all rows of the prompt.
  bool ResolveEarly(Sequence& s, int exact_found, int rows_max);
  // Blocks for a moment, until something that `s` waits for arrives.
  void WaitForReads(const Sequence& s) const;

  // Writes the stored rows of [begin, end) into the pages of `s`, which cover them; of objects
  // whose groups are still coming, BeforeLayer does.
  Status Load(Sequence& s, int begin, int end, model::KvPool& pool);

  // Whether the step that is being planned or computed loads stored rows.
  bool loading() const { return !loading_.empty(); }
  void BeforeLayer(int layer) override;
  // After the step, or instead of it. False: not every layer came; then `s` has no plan any more,
  // its pages hold nothing of use, and Resolve decides anew.
  bool EndLoading(Sequence& s);
  void GiveUpLoading(Sequence& s);

  // A chunk to compile when the engine is idle.
  bool has_jobs() const { return !jobs_.empty(); }
  size_t job_count() const { return jobs_.size(); }
  SequenceSpec NextJob();
  // Stores what a compile sequence has captured; true if the store took it.
  bool Store(ChunkCompile& compile);

  // What the engine's steps took, for `auto`.
  ReuseCost& cost() { return cost_; }

  // Probes and repairs are the engine's to count.
  const ReuseStats& stats() const { return stats_; }
  int64_t load_cpu_ns() const { return load_cpu_ns_; }

 private:
  struct Job {
    std::vector<TokenId> tokens;  // compile context, then chunk
    int context_tokens = 0;
    std::string document;
    cache::ChunkKey key;
  };
  cache::CompileContext ContextOf(std::span<const TokenId> context) const;
  cache::ChunkKey KeyOf(const std::string& tenant, std::span<const TokenId> context,
                        std::span<const TokenId> chunk) const;
  cache::ChunkKey KeyOf(const Sequence& s, const ChunkSpan& span) const;
  std::vector<std::shared_ptr<cache::ChunkRead>> Choose(Sequence& s, int exact_found);
  void BeginReads(Sequence& s, int exact_found);
  void NameDocument(const cache::ChunkKey& key, const std::string& document);
  std::shared_ptr<StoredChunk> TakeRead(ChunkRequest& request);
  std::optional<FusedChunk> Fuse(const Sequence& s, const ChunkRequest& request, bool exact_before,
                                 std::shared_ptr<StoredChunk> stored);
  void SetPlan(Sequence& s, std::vector<FusedChunk> fused);
  bool Fetch(StoredChunk& stored, size_t group);
  void AddJob(const Sequence& s, const ChunkRequest& request);
  // Rows of one chunk that a step loads, layer by layer.
  struct Loading {
    const Sequence* sequence;
    const FusedChunk* chunk;
    std::vector<int32_t> positions;
    model::KvPool* pool;
  };
  Status LoadLayer(const Sequence& s, const FusedChunk& chunk, std::span<const int32_t> positions,
                   int layer, model::KvPool& pool);

  model::Model& model_;
  const std::shared_ptr<cache::ChunkStore> store_;
  const EngineOptions& options_;
  const text::Tokenizer& tokenizer_;
  ReuseCost cost_;
  const SystemClock clock_;
  cache::VirtualTokens virtual_tokens_;
  std::deque<Job> jobs_;
  std::set<std::pair<cache::ChunkKey, std::string>> named_;
  std::set<cache::ChunkKey> queued_;
  ReuseStats stats_;
  int64_t load_cpu_ns_ = 0;
  std::vector<Loading> loading_;
  Status loading_status_;  // of this step: a layer that did not come, or could not be written
  std::vector<int32_t> positions_;  // scratch of Load
  std::vector<float> plane_, k_, v_;
};

// Errors: InvalidArgument when the store's identity is not that of the model's KV.
Status CheckChunkStore(const cache::ChunkStore& store, const model::Model& model);

// The identity of a model's KV. `weights` is the digest of its file's content, `tokenizer` that of
// its vocabulary and merges; both by whoever opened the file. Without position scheme or numerics
// in the model's config the identity is incomplete, and no store opens with it.
cache::ChunkIdentity MakeChunkIdentity(const model::Model& model, std::string weights,
                                       std::string tokenizer);

// Hands the rows of a step to the compile sequences among its batch, and the values of a probe to
// the plans.
class ChunkCapture final : public model::KvCapture {
 public:
  // `batch` outlives the step.
  explicit ChunkCapture(const Batch& batch) : batch_(batch) {}
  void Layer(int layer, std::span<const float> k, std::span<const float> v, int rows) override;
  // Rows that were not of the KV type: a broken model.
  const Status& status() const { return status_; }

 private:
  const Batch& batch_;
  Status status_;
};

}  // namespace lmp::engine
