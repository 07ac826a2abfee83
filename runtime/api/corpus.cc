// Corpora behind lmp.h.
#include "runtime/api/lmp.h"
#include "runtime/api/state.h"

#if LMP_HAVE_RAG

#include "runtime/api/counter.h"
#include "runtime/base/clock_rng.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/rag/corpus.h"
#include "runtime/text/tokenizer.h"

namespace lmp {
namespace {

CorpusUpdate Convert(rag::UpdateReport report) {
  CorpusUpdate out;
  out.added = report.files_added;
  out.changed = report.files_changed;
  out.unchanged = report.files_unchanged;
  out.removed = report.files_removed;
  out.read = report.files_read;
  out.chunks_added = report.chunks.added;
  out.chunks_kept = report.chunks.kept;
  out.chunks_removed = report.chunks.removed;
  for (rag::SkippedFile& file : report.skipped) {
    out.skipped.push_back({std::move(file.name), std::move(file.reason)});
  }
  out.missing = std::move(report.missing);
  out.cancelled = report.cancelled;
  return out;
}

CorpusHit Convert(const rag::Hit& hit) {
  return {hit.id,     hit.document, hit.heading,   hit.text,       hit.line,
          hit.tokens, hit.score,    hit.word_rank, hit.vector_rank};
}

rag::UpdateOptions Convert(const CorpusUpdateOptions& options) {
  rag::UpdateOptions out;
  out.file_bytes_max = options.file_bytes_max;
  out.erase = options.erase;
  out.cancelled = options.cancelled;
  if (options.on_progress) {
    out.on_progress = [tell = options.on_progress](const rag::UpdateProgress& p) {
      tell({p.files_done, p.files_total, p.bytes_done, p.bytes_total, p.seconds_left, p.name});
    };
  }
  return out;
}

class OpenCorpus final : public Corpus {
 public:
  Status Open(const CorpusConfig& config) {
    rag::CorpusOptions options;
    if (config.chunk_tokens || config.chunk_overlap) {
      options.limits = rag::ChunkLimits();
      if (config.chunk_tokens) options.limits->tokens = Size(*config.chunk_tokens);
      if (config.chunk_overlap) options.limits->overlap = Size(*config.chunk_overlap);
    }
    if (!config.model.empty()) {
      LMP_TRY(text::TokenizerSpec spec, model::ReadTokenizerFile(config.model, ""));
      LMP_TRY(const auto tokenizer, text::MakeTokenizer(std::move(spec)));
      options.counter = api::CounterName(*tokenizer);
      options.count = api::TokensOf(tokenizer);
    }
    options.on_gone = config.on_gone;
    options.clock = &clock_;
    LMP_TRY(corpus_,
            rag::Corpus::Open(config.path,
                              config.create ? rag::OpenMode::kCreate : rag::OpenMode::kExisting,
                              std::move(options)));
    return OkStatus();
  }

  Result<CorpusUpdate> Update(const std::vector<std::string>& sources,
                              const CorpusUpdateOptions& options) override {
    return api::Wall<CorpusUpdate>([&]() -> Result<CorpusUpdate> {
      LMP_TRY(rag::UpdateReport report, corpus_->Update(sources, Convert(options)));
      return Convert(std::move(report));
    });
  }
  Result<CorpusUpdate> AddPassages(std::string_view jsonl,
                                   const CorpusUpdateOptions& options) override {
    return api::Wall<CorpusUpdate>([&]() -> Result<CorpusUpdate> {
      LMP_TRY(rag::UpdateReport report, corpus_->AddPassages(jsonl, Convert(options)));
      return Convert(std::move(report));
    });
  }
  Result<CorpusVectors> AddVectors(std::string_view jsonl) override {
    return api::Wall<CorpusVectors>([&]() -> Result<CorpusVectors> {
      LMP_TRY(rag::VectorReport report, corpus_->AddVectors(jsonl));
      return CorpusVectors{report.added, report.unchanged, std::move(report.unknown)};
    });
  }
  Result<CorpusRemoval> Remove(const std::vector<std::string>& names) override {
    return api::Wall<CorpusRemoval>([&]() -> Result<CorpusRemoval> {
      LMP_TRY(const rag::RemoveReport report, corpus_->Remove(names));
      return CorpusRemoval{report.documents, report.chunks, report.purges_waiting};
    });
  }
  Result<std::vector<CorpusHit>> Search(const CorpusQuery& query) override {
    return api::Wall<std::vector<CorpusHit>>([&]() -> Result<std::vector<CorpusHit>> {
      LMP_TRY(const std::vector<rag::Hit> hits,
              corpus_->Search({query.text, query.vector, query.k, rag::SearchMode::kAuto}));
      std::vector<CorpusHit> out;
      for (const rag::Hit& hit : hits) out.push_back(Convert(hit));
      return out;
    });
  }
  Status ForEachChunk(const std::function<bool(const CorpusHit&)>& on_chunk) override {
    return api::Wall<bool>([&]() -> Result<bool> {
             LMP_RETURN_IF_ERROR(corpus_->ForEachChunk(
                 [&](const rag::Hit& hit) { return on_chunk(Convert(hit)); }));
             return true;
           })
        .status();
  }
  Result<CorpusFacts> Facts() override {
    return api::Wall<CorpusFacts>([&]() -> Result<CorpusFacts> {
      LMP_TRY(rag::CorpusStats stats, corpus_->Stats());
      CorpusFacts out;
      out.documents = stats.documents;
      out.chunks = stats.chunks;
      out.tokens = stats.tokens;
      out.vectors = stats.vectors;
      out.vector_dimension = stats.vector_dimension;
      out.skipped = stats.skipped;
      out.file_bytes = stats.file_bytes;
      out.purges_waiting = stats.purges_waiting;
      out.chunk_tokens = static_cast<int>(stats.limits.tokens);
      out.chunk_overlap = static_cast<int>(stats.limits.overlap);
      out.counter = std::move(stats.counter);
      out.sources = std::move(stats.sources);
      out.residue = stats.residue;
      return out;
    });
  }

 private:
  // What is negative is too much, and refused as such.
  static size_t Size(int value) { return value < 0 ? SIZE_MAX : static_cast<size_t>(value); }

  SystemClock clock_;
  std::unique_ptr<rag::Corpus> corpus_;
};

}  // namespace

Result<std::unique_ptr<Corpus>> Corpus::Open(const CorpusConfig& config) {
  return api::Wall<std::unique_ptr<Corpus>>([&]() -> Result<std::unique_ptr<Corpus>> {
    auto corpus = std::make_unique<OpenCorpus>();
    LMP_RETURN_IF_ERROR(corpus->Open(config));
    return std::unique_ptr<Corpus>(std::move(corpus));
  });
}

}  // namespace lmp

#else

namespace lmp {

Result<std::unique_ptr<Corpus>> Corpus::Open(const CorpusConfig&) {
  return Unsupported("this build has no corpora (LMP_RAG)");
}

}  // namespace lmp

#endif
