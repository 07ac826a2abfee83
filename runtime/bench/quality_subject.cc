#include "runtime/bench/quality_subject.h"

#include <utility>

#include "cache/chunk_memory_store.h"
#include "runtime/bench/subject.h"
#include "runtime/engine/chunk_reuse.h"
#include "runtime/engine/generation.h"
#include "runtime/engine/local_engine.h"
#include "runtime/engine/reuse_risks.h"
#include "runtime/exec/context.h"

namespace lmp::bench {
namespace {

constexpr size_t kStoreBytes = size_t{64} << 20;
constexpr int kPoolTokens = 16384;

engine::SequenceSpec SpecOf(const exec::ContextValue& context) {
  engine::SequenceSpec spec;
  spec.tokens = context.tokens;
  spec.chunks = context.chunks;
  spec.context_tokens = context.chunk_context;
  return spec;
}

std::vector<TokenId> Joined(std::vector<TokenId> a, const std::vector<TokenId>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

Result<std::unique_ptr<QualitySubject>> QualitySubject::Open(const BenchOptions& options) {
  std::unique_ptr<QualitySubject> out(new QualitySubject);
  LMP_TRY(model::OpenedModel opened, OpenSubjectModel(options, "demo"));
  LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(opened.tokenizer)));
  LMP_TRY(out->format_, text::MakeChatFormat(*tokenizer));
  LMP_TRY(std::unique_ptr<cache::ChunkStore> store,
          cache::OpenMemoryChunkStore(engine::MakeChunkIdentity(*opened.model, "bench", "bench"),
                                      {.bytes_max = kStoreBytes}));
  out->store_ = std::move(store);
  auto tap = std::make_unique<ModelTap>(std::move(opened.model), &out->trace_);
  out->released_ = std::make_unique<ReleasedBlend>(
      tap->inner(), out->store_, *engine::TextTokens(*tokenizer), out->format_.ends);
  engine::EngineOptions engine_options;
  engine_options.chunk_store = out->store_;
  engine_options.compile_missing = false;
  engine_options.speculation = false;  // every row whose logits are kept is one that counts
  if (auto risks = engine::LoadReuseRisks(options.model); risks.ok()) {
    engine_options.reuse_risks = std::move(risks).value();
  }
  engine_options.kv_pages = kPoolTokens / kPageTokens;
  // A prompt in one step, so that the tap sees it whole.
  engine_options.step_tokens_max = tap->config().context_max;
  LMP_TRY(out->engine_,
          engine::MakeLocalEngine(std::move(tap), std::move(tokenizer), nullptr, engine_options));
  return out;
}

engine::SequenceSpec QualitySubject::Prompt(const QualityTask& task,
                                            const engine::ReusePolicy* policy) const {
  const exec::ContextMaker maker(engine_->tokenizer(), format_);
  const auto say = [&](exec::ContextRef context, std::string_view text) {
    return maker.Append(*context, text, exec::SegmentKind::kStatic, {}, nullptr);
  };
  exec::ContextRef context = maker.Empty();
  if (!task.system.empty()) {
    context = say(maker.Open(*context, ir::Role::kSystem, {}), task.system);
    context = maker.Close(*context, ir::Role::kSystem, {});
  }
  context = say(maker.Open(*context, ir::Role::kUser, {}), task.head);
  for (const QualityPassage& passage : task.passages) {
    context = say(context, passage.label);
    context = policy == nullptr ? say(context, passage.text)
                                : maker.Insert(*context, passage.text, *policy, {});
  }
  context = maker.Close(*say(context, task.question), ir::Role::kUser, {});
  return SpecOf(*maker.Settled(*maker.Open(*context, ir::Role::kAssistant, {})));
}

Status QualitySubject::Store(const engine::SequenceSpec& prompt) {
  trace_.Clear();
  trace_.logits_before = 0;
  trace_.keep_kv = false;
  // Those of earlier prompts go, so that none of this one is evicted for them.
  LMP_RETURN_IF_ERROR(store_->PurgeTenant("").status());
  std::vector<engine::SequenceSpec> specs;
  for (const engine::ChunkSpan& span : prompt.chunks) {
    engine::SequenceSpec spec;
    spec.tokens.assign(prompt.tokens.begin(), prompt.tokens.begin() + prompt.context_tokens);
    spec.tokens.insert(spec.tokens.end(), prompt.tokens.begin() + span.begin,
                       prompt.tokens.begin() + span.end);
    spec.work = engine::CompileSpec{.context_tokens = prompt.context_tokens, .document = {}};
    specs.push_back(std::move(spec));
  }
  LMP_TRY(const auto done, RunAll(*engine_, std::move(specs)));
  for (const engine::FinishedEvent& event : done) {
    if (!event.usage.chunk_stored) return Internal("the store took no passage");
  }
  return OkStatus();
}

// A probe costs the first layer and the V of the next one.
double QualitySubject::Charged(const engine::SequenceSpec& prompt,
                               const engine::SequenceUsage& usage) const {
  double reusable = 0;
  for (const engine::ChunkSpan& span : prompt.chunks) reusable += span.end - span.begin;
  if (reusable == 0) return 1;
  const double v_share = static_cast<double>(config().kv_heads) /
                         static_cast<double>(config().heads + 2 * config().kv_heads);
  const double computed = reusable - usage.reused_tokens;
  const double probed = usage.probed_tokens * (1 + v_share) / config().layers;
  return (computed + probed) / reusable;
}

Result<QualityAnswer> QualitySubject::Answer(const engine::SequenceSpec& prompt) {
  engine_->ClearCache();
  trace_.Clear();
  trace_.logits_before = 0;
  engine::SequenceSpec spec = prompt;
  engine::GenerateSpec gen;
  gen.max_tokens = kAnswerTokensMax;
  gen.end_tokens = format_.ends;
  spec.work = std::move(gen);
  LMP_TRY(auto done, RunAll(*engine_, {std::move(spec)}));
  if (done[0].usage.chunks_missing > 0) return Internal("a passage was not found");
  QualityAnswer out;
  out.text = std::move(done[0].text);
  out.tokens = std::move(done[0].tokens);
  out.ended = done[0].reason == engine::EndReason::kEndToken;
  out.logits = trace_.logits;
  out.usage = done[0].usage;
  out.charged = Charged(prompt, out.usage);
  return out;
}

Result<QualityAnswer> QualitySubject::AnswerReleased(const engine::SequenceSpec& prompt,
                                                     double ratio) {
  LMP_TRY(ReleasedRun run, released_->Run(prompt, ratio, kAnswerTokensMax, 0));
  QualityAnswer out;
  out.text = engine_->tokenizer().Decode(run.tokens, format_.header(text::Role::kAssistant).next);
  out.tokens = std::move(run.tokens);
  out.ended = run.ended;
  out.logits = std::move(run.logits);
  out.charged = run.charged;
  return out;
}

Result<std::vector<float>> QualitySubject::Force(const engine::SequenceSpec& prompt,
                                                 const std::vector<TokenId>& continuation) {
  engine_->ClearCache();
  trace_.Clear();
  trace_.logits_before = static_cast<int>(continuation.size());
  engine::SequenceSpec spec = GenerateExactly(Joined(prompt.tokens, continuation), 1);
  spec.chunks = prompt.chunks;
  spec.context_tokens = prompt.context_tokens;
  LMP_RETURN_IF_ERROR(RunAll(*engine_, {std::move(spec)}).status());
  trace_.logits_before = 0;
  return trace_.logits;
}

Result<std::vector<float>> QualitySubject::ForceReleased(const engine::SequenceSpec& prompt,
                                                         double ratio,
                                                         const std::vector<TokenId>& continuation) {
  engine::SequenceSpec spec = prompt;
  spec.tokens = Joined(prompt.tokens, continuation);
  LMP_TRY(ReleasedRun run, released_->Run(spec, ratio, 0, static_cast<int>(continuation.size())));
  return std::move(run.logits);
}

}  // namespace lmp::bench
