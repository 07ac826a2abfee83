// Engine: turns sequences into tokens. An interface over Sequences with two implementations: local
// (runtime/engine/local_engine.h: continuous batching over one Model and one paged KV cache) and
// remote (runtime/remote: servers of other people's, or of ours). Simulation is the local engine
// over the digest model.
//
// An Engine has no thread of its own: its owner calls Step in a loop (runtime/exec/loop.h) and
// every function here belongs to that one thread. It knows tokens, bytes and pages, nothing of
// programs, IR or HTTP.
//
// Promise (promise 1, decisions 1-9): the tokens, texts, scores and end reason of a sequence are a
// pure function of its SequenceSpec and the model: not of the cache, the batch, the chunk budget,
// the pool size, preemption, or what else runs. A sequence that reuses chunks approximately
// (SequenceSpec::chunks) has asked for less: what it yields also depends on which chunks were
// stored and which of its prompt was cached exactly. Its usage says so (`tainted`), and nothing
// that it leaves in the cache is ever found by a sequence that did not ask for the same.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/constrain/constraint.h"
#include "runtime/engine/reuse_cost.h"
#include "runtime/engine/reuse_policy.h"
#include "runtime/model/model.h"
#include "runtime/text/tokenizer.h"

namespace lmp::cache {
class ChunkStore;
}

namespace lmp::engine {

struct ReuseRisks;

// Never reused within an engine; order of ids is order of Start.
using SequenceId = uint64_t;

struct SamplingOptions {
  double temperature = 0.0;  // 0 (or < 1e-5): argmax, lowest id wins ties
  int top_k = 0;             // 0: off
  double top_p = 1.0;
  double min_p = 0.0;
  uint64_t seed = 0;  // decision 6: Philox keyed by (seed, site, position in the generation)
  uint64_t site = 0;
  // Before all of these, by the tokens of this generation's text alone: a token that stands there n
  // times loses n * frequency_penalty, and presence_penalty if n > 0.
  double presence_penalty = 0, frequency_penalty = 0;
  // Added to logits; each token once. What the constraint forbids stays forbidden.
  std::vector<std::pair<TokenId, double>> logit_bias = {};
};

struct GenerateSpec {
  // Counted are tokens that hold a byte of the text, so none that only spells healed bytes again.
  int max_tokens = 512;
  int min_tokens = 0;  // suppresses end tokens and stops until reached
  SamplingOptions sampling = {};
  std::optional<constrain::Matcher> matcher = {};  // absent: any text
  std::vector<std::string> stops = {};             // not part of the text; non-empty, limits.h
  std::string stops_until = {};                    // text::StopMatcher's: behind it is no text
  std::vector<TokenId> end_tokens = {};            // end the generation, not part of its text
  // True for types that end by themselves: reaching max_tokens is then a failure (`limit`), not a
  // truncated value.
  bool must_complete = false;
  // Bytes of the matcher's forced prefix that belong to the prompt text (healing): not part of the
  // generated text that is reported.
  int healed_bytes = 0;
  // If not negative, TextEvents carry a TokenScore of each token of the text, with so many of the
  // likeliest tokens at its place.
  int top_scores = -1;
};

// A token of a generated text as the model saw it: natural log-probabilities of the raw logits,
// before sampling options and constraint.
struct TokenScore {
  struct Likely {
    TokenId id = 0;
    double logprob = 0;
  };
  TokenId id = 0;
  // What it adds to the text, which may be a part of a character: of a token that also spells
  // healed bytes, or into which a stop string cuts, the rest. Never empty.
  std::string bytes;
  double logprob = 0;
  std::vector<Likely> top;  // likeliest first, then by lower id
};

// Sum and list of raw log-probabilities of the last `count` tokens of the prompt (count >= 1; the
// prompt must be longer).
struct ScoreSpec {
  int count = 1;
};

// Computes the prompt's KV so that later sequences find it.
struct WarmSpec {};

// Computes the KV of a chunk behind its compile context, exactly, and stores it: the prompt is
// context, then chunk. Needs an engine with a chunk store.
struct CompileSpec {
  int context_tokens = 0;
  std::string document = {};  // of which document the chunk is a part
};

struct SequenceSpec {
  std::vector<TokenId> tokens = {};  // the whole prompt, non-empty
  std::variant<GenerateSpec, ScoreSpec, WarmSpec, CompileSpec> work = WarmSpec{};
  // Passages of the prompt whose stored KV may be used, in ascending order. Ignored (all exact) for
  // a ScoreSpec (decision 11) and by an engine without a chunk store.
  std::vector<ChunkSpan> chunks = {};
  // The first tokens of the prompt, behind which its chunks are compiled: BOS alone, or the
  // program's exact system prefix (decision 15).
  int context_tokens = 0;
  std::string tenant = {};  // part of every cache key: nothing is shared across tenants
  // Who waits for it. Those of one owner are taken in order of id; owners take turns, so that
  // nobody waits for all that another has started.
  uint64_t owner = 0;
  uint64_t program = 0;  // run number, for whoever watches the engine; orders nothing
  // KV of tokens at or after this index is never shared (select's losers); -1: all may be.
  int private_from = -1;
  bool retain = false;  // Finished carries a Retained handle
};

// Keeps the KV of a finished sequence's tokens more valuable than unretained KV: evicted last, but
// evictable. Move-only through unique_ptr; must be destroyed on the engine's thread, before the
// engine.
class Retained {
 public:
  virtual ~Retained() = default;
  // When the plan uses it next, in any unit that grows: of the retained KV, that with the largest
  // next use is evicted first. 0 until set.
  virtual void SetNextUse(int64_t next_use) = 0;
};

enum class EndReason : uint8_t {
  kEndToken,  // an end token was drawn
  kStop,      // a stop string
  kComplete,  // the constraint can take nothing more, or the score or warm is done
  kLength,    // max_tokens reached (text types only)
};

enum class FailureKind : uint8_t {
  kLimit,       // max_tokens reached before the type was complete
  kConstraint,  // no token allowed, or all allowed logits were NaN
  kOverflow,    // does not fit the model's context or the whole KV pool
  kCancelled,
  kInternal,
  kRemote,  // the server that generates cannot be asked, or answers what cannot be used
};
std::string_view FailureKindName(FailureKind kind);  // "limit", "constraint", ...

// Why the prompt was not (wholly) found in the cache; closed (decision 16). kNone: all that may be
// reused was found. kOff: not looked up, because the cache is off or the sequence ended before.
enum class MissReason : uint8_t { kNone, kNew, kEvicted, kSalt, kKey, kDiverged, kTainted, kOff };
std::string_view MissReasonName(MissReason reason);

struct SequenceUsage {
  int prompt_tokens = 0;
  // Of the prompt: found in the cache, or shared, before this sequence ever computed them.
  int cached_tokens = 0;
  // Rows computed for this sequence, recomputation after preemption included.
  int computed_tokens = 0;
  int generated_tokens = 0;  // drawn or forced
  int forced_tokens = 0;     // of these, jumped forward
  int preemptions = 0;
  MissReason miss = MissReason::kOff;
  int diverged_at = -1;  // token index, with kDiverged

  // Fidelity. Rows of the prompt before `exact_tokens` are what a full prefill gives; if `tainted`,
  // the rest is approximate or was computed from approximate rows.
  bool tainted = false;
  int exact_tokens = 0;
  ReuseKind reuse = ReuseKind::kPrefix;
  int reused_tokens = 0;      // rows loaded from stored chunks, exact ones included
  int recomputed_tokens = 0;  // of computed_tokens: rows of reused chunks that the policy repairs
  int probed_tokens = 0;      // rows that went through the first layer only, to choose those
  int chunks_missing = 0;     // computed, because the store had no object
  bool chunk_stored = false;  // CompileSpec: the store took it
  // Under `auto`: passages whose stored KV was to be used, passages computed, and why.
  int auto_reused = 0, auto_computed = 0;
  std::string auto_reason = {};
};

// Text that became final: complete code points, no part of a possible stop string.
struct TextEvent {
  SequenceId id = 0;
  std::string text;
  // With GenerateSpec::top_scores: of the tokens that end in the text so far and in no text before.
  // `text` may be empty then.
  std::vector<TokenScore> scores = {};
};
struct FinishedEvent {
  SequenceId id = 0;
  EndReason reason = EndReason::kComplete;
  std::string text;              // the whole generated text (healed bytes, stop and end excluded)
  std::vector<TokenId> tokens;   // generated ids as they stand behind the prompt (decision 8)
  std::vector<int> forced;       // of these, by index, ascending: jumped forward
  std::vector<double> logprobs;  // ScoreSpec: per scored token
  SequenceUsage usage;
  std::unique_ptr<Retained> retained;  // with SequenceSpec::retain
};
struct FailedEvent {
  SequenceId id = 0;
  FailureKind kind = FailureKind::kInternal;
  std::string message;
  std::string text;  // generated so far
  SequenceUsage usage;
};
using SequenceEvent = std::variant<TextEvent, FinishedEvent, FailedEvent>;

// Chunk reuse since the engine was made.
struct ReuseStats {
  uint64_t chunks_reused = 0;    // chunks of sequences that came from the store
  uint64_t chunks_missing = 0;   // ... that it did not have
  uint64_t chunks_failed = 0;    // ... of these, reads that failed or were late
  uint64_t chunks_compiled = 0;  // objects stored
  uint64_t chunks_waiting = 0;   // now: to be compiled when the engine is idle, or being compiled
  uint64_t reused_tokens = 0, recomputed_tokens = 0, probed_tokens = 0;
};

struct EngineStats {
  uint64_t steps = 0;
  uint64_t rows = 0;  // computed token rows
  uint64_t prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0, forced_tokens = 0;
  // Rows of guessed tokens, in `rows` too, and how many of these tokens were drawn.
  uint64_t draft_rows = 0, draft_drawn = 0;
  uint64_t preemptions = 0, sequences_finished = 0, sequences_failed = 0;
  uint64_t sequences_running = 0, sequences_waiting = 0;  // now
  uint64_t pages_total = 0, pages_free = 0, pages_tree = 0, pages_private = 0;
  uint64_t pages_evicted = 0;
  // CPU time of the engine's thread; plan_cpu_ns without the three before it.
  int64_t match_cpu_ns = 0, insert_cpu_ns = 0, evict_cpu_ns = 0;
  int64_t plan_cpu_ns = 0, sample_cpu_ns = 0, model_cpu_ns = 0;
  int64_t load_cpu_ns = 0;  // writing stored chunks into pages
  ReuseStats reuse;
};

struct EngineOptions {
  uint32_t kv_pages = 4096;       // of kPageTokens tokens
  int step_tokens_max = 512;      // chunk budget: rows per step, decode rows included
  int sequences_max = 64;         // running at once (batch limit)
  bool mask_worker = true;        // masks while a step computes; off: for the bench's baseline
  bool prefix_cache = true;       // off: nothing is looked up or kept
  bool same_step_sharing = true;  // off: for the bench's baseline
  bool speculation = true;        // off: for the bench's baseline (runtime/engine/draft.h)
  // Testing: every n-th step preempts the youngest running sequence (0: never).
  int preempt_every = 0;
  // Stored chunks; null: prompts are computed exactly. It must be of the model's identity
  // (runtime/engine/chunk_reuse.h).
  std::shared_ptr<cache::ChunkStore> chunk_store = nullptr;
  bool compile_missing = true;   // chunks that the store lacks are compiled when the engine is idle
  int chunk_read_ms_max = 2000;  // objects that take longer are computed instead
  // A sequence that is alone begins when the first layer of its objects is there; false: it waits
  // for all layers. A layer that is not there after so many ms of waiting in a step: it waits after
  // all.
  bool chunk_early_start = true;
  int chunk_layer_ms_max = 100;
  // What `auto` chooses by: measured losses of the model (null: it computes everything), how many
  // points of right answers may be lost, and costs instead of those measured (for tests).
  std::shared_ptr<const ReuseRisks> reuse_risks = nullptr;
  double reuse_loss_max = 1;
  std::optional<ReuseCostNumbers> reuse_cost = {};
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const text::Tokenizer& tokenizer() const = 0;
  virtual const model::ModelConfig& model_config() const = 0;
  virtual const EngineOptions& options() const = 0;
  // Vocabulary trie for matchers, shared.
  virtual std::shared_ptr<const constrain::TokenTrie> token_trie() const = 0;

  // Queues a sequence. Errors: InvalidArgument (empty prompt, token out of the vocabulary, bad
  // options), ResourceExhausted (kSequencesMax of one owner). What does not fit the context or the
  // pool is a FailedEvent with kOverflow at the next Step.
  virtual Result<SequenceId> Start(SequenceSpec spec) = 0;
  // How many sequences of that owner Start would take now.
  virtual size_t Room(uint64_t owner) const = 0;
  // A FailedEvent with kCancelled follows at the next Step, unless the sequence has ended.
  virtual void Cancel(SequenceId id) = 0;
  // What a sequence has used so far; all zero once it has ended.
  virtual SequenceUsage UsageOf(SequenceId id) const = 0;
  // Of these tokens as the beginning of a prompt: how many have exact KV in the cache now, in whole
  // pages. Changes nothing, not even what is evicted next.
  virtual int CachedTokens(std::span<const TokenId> tokens, const std::string& tenant) const = 0;
  // Retains what the cache has now of these tokens, in whole pages; null if that is nothing.
  virtual std::unique_ptr<Retained> Retain(std::span<const TokenId> tokens,
                                           const std::string& tenant) = 0;
  virtual bool HasWork() const = 0;
  // Plans, computes and samples one step; appends events in order of sequence id. An error means
  // the engine is poisoned: every later call of Start and Step returns the same error.
  virtual Status Step(std::vector<SequenceEvent>* events) = 0;
  // For an engine whose sequences go on elsewhere, so that HasWork becomes true without a call: it
  // then calls `wake`, on any thread. Called once, before the first Start; `wake` may outlive the
  // owner.
  virtual void SetWake(std::function<void()> /*wake*/) {}
  virtual EngineStats stats() const = 0;
  // Drops every page of the cache that no running sequence needs.
  virtual void ClearCache() = 0;
};

}  // namespace lmp::engine
