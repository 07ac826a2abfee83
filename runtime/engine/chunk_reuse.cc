#include "runtime/engine/chunk_reuse.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/engine/passage_class.h"
#include "runtime/engine/reuse_chooser.h"

namespace lmp::engine {
namespace {

constexpr size_t kJobsMax = 256;
constexpr size_t kNamedMax = 4096;
constexpr std::chrono::milliseconds kReadWait{20};

// Rows of a chunk that its policy computes again, at least.
int PolicyRows(const ChunkSpan& span) { return RowsComputed(span.policy, span.end - span.begin); }

std::string SpanText(const ChunkSpan& span) {
  return "[" + std::to_string(span.begin) + ", " + std::to_string(span.end) + ")";
}

Status CheckPolicy(const ReusePolicy& policy, int layers) {
  if (policy.kind == ReuseKind::kLink && policy.link_rows < 0) {
    return InvalidArgument("link needs a number of rows that is not negative");
  }
  if (policy.kind != ReuseKind::kBlend) return OkStatus();
  if (!std::isfinite(policy.blend_ratio) || policy.blend_ratio < 0) {
    return InvalidArgument("blend needs a ratio that is not negative");
  }
  if (layers > 0 && layers <= kCheckLayer) {
    return InvalidArgument("blend needs a model of more than " + std::to_string(kCheckLayer) +
                           " layer");
  }
  return OkStatus();
}

}  // namespace

Status CheckChunkStore(const cache::ChunkStore& store, const model::Model& model) {
  const cache::ChunkIdentity want =
      MakeChunkIdentity(model, store.identity().weights, store.identity().tokenizer);
  cache::ChunkIdentity have = store.identity();
  have.codec = want.codec;
  if (have == want) return OkStatus();
  return InvalidArgument("the chunk store belongs to another model; it has\n" + have.ToText() +
                         "and the model needs\n" + want.ToText());
}

cache::ChunkIdentity MakeChunkIdentity(const model::Model& model, std::string weights,
                                       std::string tokenizer) {
  cache::ChunkIdentity identity;
  identity.weights = std::move(weights);
  identity.adapter = "none";
  identity.tokenizer = std::move(tokenizer);
  identity.rope = model.config().rope;
  identity.windows = "full";
  identity.numerics = model.config().numerics;
  identity.heads = model.config().heads;
  identity.geometry = model.kv_geometry();
  return identity;
}

ChunkReuse::ChunkReuse(model::Model& model, std::shared_ptr<cache::ChunkStore> store,
                       const EngineOptions& options, const text::Tokenizer& tokenizer)
    : model_(model),
      store_(std::move(store)),
      options_(options),
      tokenizer_(tokenizer),
      cost_(model.config(), options.reuse_cost) {}

Status ChunkReuse::CheckSpec(const SequenceSpec& spec) const {
  const auto size = static_cast<int>(spec.tokens.size());
  if (const auto* compile = std::get_if<CompileSpec>(&spec.work)) {
    if (!enabled()) return InvalidArgument("compiling a chunk needs an engine with a chunk store");
    if (!spec.chunks.empty()) return InvalidArgument("a chunk is compiled from exact rows only");
    if (compile->context_tokens < 0 || compile->context_tokens >= size) {
      return InvalidArgument("a compile context of " + std::to_string(compile->context_tokens) +
                             " of " + std::to_string(size) + " tokens leaves no chunk");
    }
  }
  int last = spec.context_tokens;
  if (last < 0 || last > size) {
    return InvalidArgument("a compile context of " + std::to_string(last) +
                           " tokens, the prompt has " + std::to_string(size));
  }
  for (const ChunkSpan& span : spec.chunks) {
    if (span.begin < last || span.end < span.begin || span.end > size) {
      return InvalidArgument(
          "chunk " + SpanText(span) + " of a prompt of " + std::to_string(size) +
          " tokens; chunks ascend behind the compile context and do not overlap");
    }
    if (span.document.size() > cache::kTenantBytesMax) {
      return InvalidArgument("the name of a passage's document has " +
                             std::to_string(span.document.size()) + " bytes, at most " +
                             std::to_string(cache::kTenantBytesMax) + " are possible");
    }
    last = span.end;
    LMP_RETURN_IF_ERROR(CheckPolicy(span.policy, model_.kv_geometry().layers));
  }
  return OkStatus();
}

cache::CompileContext ChunkReuse::ContextOf(std::span<const TokenId> context) const {
  if (context.empty()) return cache::CompileContext::None();
  if (context.size() == 1 && context[0] == tokenizer_.spec().bos)
    return cache::CompileContext::Bos();
  return cache::CompileContext::Prefix(context);
}

cache::ChunkKey ChunkReuse::KeyOf(const std::string& tenant, std::span<const TokenId> context,
                                  std::span<const TokenId> chunk) const {
  return {.tenant = tenant,
          .identity = store_->identity_digest(),
          .chunk = cache::MakeChunkId(chunk),
          .context = ContextOf(context)};
}

std::unique_ptr<ChunkCompile> ChunkReuse::MakeCompile(const SequenceSpec& spec) const {
  const auto& work = std::get<CompileSpec>(spec.work);
  const std::span<const TokenId> tokens = spec.tokens;
  const auto context = static_cast<size_t>(work.context_tokens);
  auto compile = std::make_unique<ChunkCompile>();
  compile->context_tokens = work.context_tokens;
  compile->document = work.document;
  compile->key = KeyOf(spec.tenant, tokens.first(context), tokens.subspan(context));
  compile->shape = cache::MakeChunkShape(store_->identity(), compile->key.chunk.tokens);
  return compile;
}

cache::ChunkKey ChunkReuse::KeyOf(const Sequence& s, const ChunkSpan& span) const {
  const std::span<const TokenId> tokens = s.tokens;
  return KeyOf(
      s.tenant, tokens.first(static_cast<size_t>(s.context_tokens)),
      tokens.subspan(static_cast<size_t>(span.begin), static_cast<size_t>(span.end - span.begin)));
}

// Gives each chunk under `auto` a policy of its own. The reads that it has begun, one per chunk of
// the sequence, null where there is none.
std::vector<std::shared_ptr<cache::ChunkRead>> ChunkReuse::Choose(Sequence& s, int exact_found) {
  std::vector<std::shared_ptr<cache::ChunkRead>> reads(s.chunks.size());
  std::vector<size_t> asked;
  ReuseQuestion question{.rows = s.prompt_size - std::min(exact_found, s.prompt_size),
                         .context = exact_found,
                         .layers = model_.config().layers,
                         .loss_max = options_.reuse_loss_max};
  for (size_t i = 0; i < s.chunks.size(); ++i) {
    ChunkSpan& span = s.chunks[i];
    if (span.policy.kind != ReuseKind::kAuto) continue;
    span.policy = ReusePolicy::Prefix();
    const int rows = span.end - std::max(span.begin, exact_found);
    if (rows < kPageTokens) continue;
    const std::span<const TokenId> tokens = std::span(s.tokens).subspan(
        static_cast<size_t>(span.begin), static_cast<size_t>(span.end - span.begin));
    PassageFacts facts{.rows = rows};
    facts.passages = ReadPassage(tokenizer_, tokens, &facts.head_rows).passages;
    if (facts.passages != PassageClass::kShort && options_.reuse_risks != nullptr) {
      reads[i] = store_->Get(KeyOf(s, span));
    }
    facts.stored = reads[i] != nullptr;
    if (facts.stored && !reads[i]->complete()) facts.read_bytes = reads[i]->shape().bytes();
    question.passages.push_back(facts);
    asked.push_back(i);
  }
  if (asked.empty()) return reads;
  ReuseChoice choice = ChooseReuse(question, options_.reuse_risks.get(), cost_.numbers());
  for (size_t j = 0; j < asked.size(); ++j) {
    s.chunks[asked[j]].policy = choice.policies[j];
    const bool reused = choice.policies[j].kind != ReuseKind::kPrefix;
    (reused ? s.usage.auto_reused : s.usage.auto_computed) += 1;
    if (!reused) reads[asked[j]] = nullptr;
  }
  s.usage.auto_reason = std::move(choice.reason);
  return reads;
}

// Asks the store for every chunk that its policy lets it give.
void ChunkReuse::BeginReads(Sequence& s, int exact_found) {
  s.reads_begun_ns = clock_.NowNs();
  bool exact = true;
  std::vector<std::shared_ptr<cache::ChunkRead>> begun = Choose(s, exact_found);
  for (size_t i = 0; i < s.chunks.size(); ++i) {
    const ChunkSpan& span = s.chunks[i];
    const int rows = span.end - span.begin;
    if (rows == 0) continue;
    const int missing = span.end - std::clamp(exact_found, span.begin, span.end);
    if (exact && (missing < kPageTokens || missing <= PolicyRows(span))) continue;
    if (PolicyRows(span) == rows) continue;
    ChunkRequest request{.span = span, .key = KeyOf(s, span), .read = std::move(begun[i])};
    if (request.read == nullptr) request.read = store_->Get(request.key);
    if (request.read != nullptr && !request.read->complete()) {
      s.bytes_awaited += request.read->shape().bytes();
    }
    if (request.read != nullptr) NameDocument(request.key, span.document);
    if (request.read != nullptr && span.begin != s.context_tokens) exact = false;
    s.chunk_requests.push_back(std::move(request));
  }
}

// An object that was stored for one document may be a part of others. Said once while it is
// remembered: a store on disk writes a row each time.
void ChunkReuse::NameDocument(const cache::ChunkKey& key, const std::string& document) {
  if (document.empty()) return;
  if (named_.size() >= kNamedMax) named_.clear();
  if (named_.emplace(key, document).second) static_cast<void>(store_->AddDocument(key, document));
}

// The object of a finished read; null if it is missing or failed.
std::shared_ptr<StoredChunk> ChunkReuse::TakeRead(ChunkRequest& request) {
  const std::shared_ptr<cache::ChunkRead> read = std::move(request.read);
  if (read == nullptr) return nullptr;
  auto bytes = read->All();
  if (!bytes.ok()) {
    ++stats_.chunks_failed;
    return nullptr;
  }
  auto stored = std::make_shared<StoredChunk>();
  stored->shape = read->shape();
  stored->groups = read->groups();
  stored->bytes = std::move(bytes).value();
  return stored;
}

bool ChunkReuse::Resolve(Sequence& s, int exact_found) {
  if (s.reads_begun_ns < 0) BeginReads(s, exact_found);
  const bool late =
      clock_.NowNs() - s.reads_begun_ns > int64_t{options_.chunk_read_ms_max} * 1000000;
  for (const ChunkRequest& request : s.chunk_requests) {
    if (late || request.read == nullptr || request.read->complete()) continue;
    if (request.read->state(request.read->group_count() - 1) == cache::GroupState::kPending) {
      return false;
    }
  }
  if (!late) {
    cost_.AddRead(s.bytes_awaited, static_cast<double>(clock_.NowNs() - s.reads_begun_ns) * 1e-9);
  }
  std::vector<FusedChunk> fused;
  bool exact = true;
  for (ChunkRequest& request : s.chunk_requests) {
    const std::shared_ptr<StoredChunk> stored = TakeRead(request);
    if (stored == nullptr) {
      ++s.usage.chunks_missing;
      ++stats_.chunks_missing;
      AddJob(s, request);
      continue;
    }
    if (auto chunk = Fuse(s, request, exact, stored); chunk.has_value()) {
      exact = exact && chunk->exact;
      ++stats_.chunks_reused;
      fused.push_back(std::move(*chunk));
    }
  }
  s.chunk_requests.clear();
  SetPlan(s, std::move(fused));
  return true;
}

void ChunkReuse::SetPlan(Sequence& s, std::vector<FusedChunk> fused) {
  s.plan = std::make_unique<FusionPlan>(std::move(fused), s.prompt_size);
  s.usage.exact_tokens = s.plan->exact_end();
  s.usage.tainted = s.plan->tainted();
  s.usage.reuse = s.plan->kind();
}

bool ChunkReuse::ResolveEarly(Sequence& s, int exact_found, int rows_max) {
  if (!options_.chunk_early_start || s.early_tried || !s.generation.has_value()) return false;
  for (const ChunkRequest& request : s.chunk_requests) {
    // A probe wants its own step; a miss is for Resolve.
    if (request.read == nullptr || request.span.policy.kind == ReuseKind::kBlend) return false;
    if (request.read->state(0) != cache::GroupState::kReady) return false;
  }
  s.early_tried = true;
  std::vector<FusedChunk> fused;
  bool exact = true;
  for (const ChunkRequest& request : s.chunk_requests) {
    auto stored = std::make_shared<StoredChunk>();
    stored->shape = request.read->shape();
    stored->groups = request.read->groups();
    stored->read = request.read;
    auto chunk = Fuse(s, request, exact, std::move(stored));
    if (!chunk.has_value()) return false;
    exact = exact && chunk->exact;
    fused.push_back(std::move(*chunk));
  }
  SetPlan(s, std::move(fused));
  s.early = s.plan->RowsToCompute(exact_found, s.rows_end()) <= rows_max;
  if (!s.early) s.plan.reset();
  return s.early;
}

std::optional<FusedChunk> ChunkReuse::Fuse(const Sequence& s, const ChunkRequest& request,
                                           bool exact_before, std::shared_ptr<StoredChunk> stored) {
  const ChunkSpan& span = request.span;
  FusedChunk chunk{.begin = span.begin, .end = span.end, .policy = span.policy};
  chunk.computed_from = std::clamp(s.logits_begin(), span.begin, span.end);
  chunk.exact = exact_before && span.begin == s.context_tokens && stored->shape.lossless();
  chunk.stored = std::move(stored);
  if (chunk.exact) return chunk;

  cache::Sha256 digest;
  digest.AddText("lmp fused chunk 1");
  digest.AddText(request.key.tenant);
  digest.Add(std::as_bytes(std::span(request.key.identity.bytes)));
  digest.Add(std::as_bytes(std::span(request.key.chunk.digest.bytes)));
  digest.AddU32(request.key.chunk.tokens);
  digest.AddU32(static_cast<uint32_t>(request.key.context.kind));
  digest.Add(std::as_bytes(std::span(request.key.context.prefix.bytes)));
  digest.AddU32(request.key.context.tokens);
  digest.AddU32(static_cast<uint32_t>(span.policy.kind));
  digest.AddU32(static_cast<uint32_t>(PolicyRows(span)));
  digest.AddU32(static_cast<uint32_t>(chunk.computed_from - chunk.begin));
  const std::optional<TokenId> name = virtual_tokens_.For(digest.Finish());
  if (!name.has_value()) return std::nullopt;  // no names left: the chunk is computed
  chunk.virtual_token = *name;
  return chunk;
}

void ChunkReuse::WaitForReads(const Sequence& s) const {
  for (const ChunkRequest& request : s.chunk_requests) {
    if (request.read == nullptr || request.read->complete()) continue;
    (void)request.read->Wait(request.read->group_count() - 1, kReadWait);
    return;
  }
}

Status ChunkReuse::Load(Sequence& s, int begin, int end, model::KvPool& pool) {
  const int64_t begin_ns = ThreadCpuNs();
  int placed = 0;
  for (const FusedChunk& chunk : s.plan->chunks()) {
    positions_.clear();
    for (int p = std::max(begin, chunk.begin); p < std::min(end, chunk.end); ++p) {
      if (s.plan->stored(p)) positions_.push_back(p);
    }
    if (positions_.empty()) continue;
    const auto rows = static_cast<int>(positions_.size());
    s.usage.reused_tokens += rows;
    stats_.reused_tokens += static_cast<uint64_t>(rows);
    if (!chunk.stored->complete()) {
      loading_.push_back({&s, &chunk, positions_, &pool});
      continue;
    }
    placed += rows;
    for (int layer = 0; layer < chunk.stored->shape.geometry.layers; ++layer) {
      LMP_RETURN_IF_ERROR(LoadLayer(s, chunk, positions_, layer, pool));
    }
  }
  load_cpu_ns_ += ThreadCpuNs() - begin_ns;
  cost_.AddPlaced(placed, static_cast<double>(ThreadCpuNs() - begin_ns) * 1e-9);
  return OkStatus();
}

// Writes rows of one chunk in one layer.
Status ChunkReuse::LoadLayer(const Sequence& s, const FusedChunk& chunk,
                             std::span<const int32_t> positions, int layer, model::KvPool& pool) {
  const size_t width = chunk.stored->shape.row_elements();
  const int first = positions.front() - chunk.begin;
  const int span = positions.back() - positions.front() + 1;
  const size_t rows = positions.size();
  const bool whole = static_cast<size_t>(span) == rows;
  k_.resize(rows * width);
  v_.resize(rows * width);
  if (!whole) plane_.resize(static_cast<size_t>(span) * width);
  const auto gather = [&](std::vector<float>& out) {
    for (size_t i = 0; i < rows; ++i) {
      const auto from = static_cast<size_t>(positions[i] - positions.front()) * width;
      std::copy_n(plane_.begin() + static_cast<ptrdiff_t>(from), width,
                  out.begin() + static_cast<ptrdiff_t>(i * width));
    }
  };
  const cache::LayerRows stored = chunk.stored->Layer(layer);
  stored.WidenK(first, span, whole ? k_ : plane_);
  if (!whole) gather(k_);
  stored.WidenV(first, span, whole ? v_ : plane_);
  if (!whole) gather(v_);
  return model_.WriteKv(
      {.layer = layer, .positions = positions, .pages = s.kv.pages(), .k = k_, .v = v_}, pool);
}

// Waits until a group is there. False: it has failed, or is late.
bool ChunkReuse::Fetch(StoredChunk& stored, size_t group) {
  while (stored.bytes.size() <= group) {
    const auto next = static_cast<int>(stored.bytes.size());
    const auto bytes =
        stored.read->Wait(next, std::chrono::milliseconds(options_.chunk_layer_ms_max));
    if (!bytes.ok()) {
      loading_status_ = bytes.status();
      return false;
    }
    stored.bytes.push_back({stored.read, *bytes});
  }
  return true;
}

void ChunkReuse::BeforeLayer(int layer) {
  const int64_t begin_ns = ThreadCpuNs();
  for (const Loading& rows : loading_) {
    if (!loading_status_.ok()) break;
    StoredChunk& stored = *rows.chunk->stored;
    if (!Fetch(stored, stored.GroupOf(layer))) break;
    const Status written =
        LoadLayer(*rows.sequence, *rows.chunk, rows.positions, layer, *rows.pool);
    if (!written.ok()) loading_status_ = written;
  }
  load_cpu_ns_ += ThreadCpuNs() - begin_ns;
}

bool ChunkReuse::EndLoading(Sequence& s) {
  // Also what this step needed no row of: after a preemption it may.
  for (const FusedChunk& chunk : s.plan->chunks()) {
    if (!loading_status_.ok() || !Fetch(*chunk.stored, chunk.stored->groups.size() - 1)) break;
  }
  if (!loading_status_.ok()) {
    GiveUpLoading(s);
    return false;
  }
  loading_.clear();
  s.early = false;
  stats_.chunks_reused += s.plan->chunks().size();
  s.chunk_requests.clear();
  return true;
}

// The reads go on: Resolve waits for them, or finds out that they failed.
void ChunkReuse::GiveUpLoading(Sequence& s) {
  for (const Loading& rows : loading_) {
    const auto count = rows.positions.size();
    s.usage.reused_tokens -= static_cast<int>(count);
    stats_.reused_tokens -= count;
  }
  loading_.clear();
  loading_status_ = OkStatus();
  s.early = false;
  s.plan.reset();
}

void ChunkReuse::AddJob(const Sequence& s, const ChunkRequest& request) {
  if (!options_.compile_missing || jobs_.size() >= kJobsMax || queued_.contains(request.key))
    return;
  Job job{.tokens = {},
          .context_tokens = s.context_tokens,
          .document = request.span.document,
          .key = request.key};
  job.tokens.assign(s.tokens.begin(), s.tokens.begin() + s.context_tokens);
  job.tokens.insert(job.tokens.end(), s.tokens.begin() + request.span.begin,
                    s.tokens.begin() + request.span.end);
  queued_.insert(request.key);
  jobs_.push_back(std::move(job));
}

SequenceSpec ChunkReuse::NextJob() {
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  queued_.erase(job.key);
  SequenceSpec spec;
  spec.tokens = std::move(job.tokens);
  spec.tenant = std::move(job.key.tenant);
  spec.work =
      CompileSpec{.context_tokens = job.context_tokens, .document = std::move(job.document)};
  return spec;
}

bool ChunkReuse::Store(ChunkCompile& compile) {
  if (compile.builder == nullptr || !compile.builder->complete()) return false;
  auto object = std::make_shared<cache::ChunkObject>();
  object->key = compile.key;
  object->shape = compile.shape;
  object->provenance = cache::ChunkProvenance::kExactRun;
  object->compute_seconds = compile.seconds;
  object->document = compile.document;
  object->groups = compile.builder->TakeGroups();
  compile.builder.reset();
  const bool stored = store_->Put(std::move(object)).ok();
  stats_.chunks_compiled += stored ? 1 : 0;
  return stored;
}

void ChunkCapture::Layer(int layer, std::span<const float> k, std::span<const float> v, int rows) {
  LMP_CHECK(rows == batch_.row_count());
  size_t row = 0;
  const size_t width = v.size() / static_cast<size_t>(rows);
  for (const BatchRows& part : batch_.rows()) {
    const auto count = static_cast<size_t>(part.count);
    Sequence& s = *part.sequence;
    const auto values = [&](std::span<const float> all, size_t skip) {
      return all.subspan((row + skip) * width, (count - skip) * width);
    };
    if (k.empty()) {
      s.plan->TakeProbe(part.first, part.count, values(v, 0));
    } else if (s.compile != nullptr && part.end > s.compile->context_tokens) {
      ChunkCompile& compile = *s.compile;
      const int skip = std::max(0, compile.context_tokens - part.first);
      // The chunk's first row, for the first time or after a preemption.
      if (layer == 0 && part.first <= compile.context_tokens) {
        compile.builder = std::make_unique<cache::ChunkBuilder>(compile.shape);
      }
      const auto from = static_cast<size_t>(skip);
      const Status added =
          compile.builder->AddRows(layer, values(k, from), values(v, from), part.count - skip);
      if (!added.ok() && status_.ok()) status_ = added;
    }
    row += count;
  }
}

}  // namespace lmp::engine
