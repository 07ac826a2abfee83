#include "runtime/rag/corpus.h"

#include <sys/stat.h>

#include <filesystem>

#include "runtime/rag/process_lock.h"

namespace lmp::rag {
namespace {

constexpr char kEstimate[] = "estimate 1";

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

Status CheckLimits(const ChunkLimits& limits) {
  if (limits.tokens < kChunkTokensMin || limits.tokens > kChunkTokensMax) {
    return InvalidArgument("chunks have " + std::to_string(kChunkTokensMin) + " to " +
                           std::to_string(kChunkTokensMax) + " tokens, not " +
                           std::to_string(limits.tokens));
  }
  if (limits.overlap >= limits.tokens / 2) {
    return InvalidArgument("an overlap of " + std::to_string(limits.overlap) +
                           " is not under half of a chunk of " + std::to_string(limits.tokens) +
                           " tokens");
  }
  return OkStatus();
}

}  // namespace

Corpus::Corpus(std::string path, std::unique_ptr<Database> database, CorpusOptions options)
    : path_(std::move(path)),
      base_(FolderOf(path_)),
      database_(std::move(database)),
      options_(std::move(options)) {}

Corpus::~Corpus() = default;

Result<std::unique_ptr<Corpus>> Corpus::Open(const std::string& path, OpenMode mode,
                                             CorpusOptions options) {
  if (options.limits) LMP_RETURN_IF_ERROR(CheckLimits(*options.limits));
  if (options.count == nullptr) {
    options.count = EstimateTokens;
    options.counter.clear();
  }
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error || path.empty()) return InvalidArgument("\"" + path + "\" is not a path of a corpus");
  LMP_TRY(std::unique_ptr<Database> database, OpenCorpusFile(absolute, mode, options.busy_ms));
  std::unique_ptr<Corpus> corpus(new Corpus(absolute, std::move(database), std::move(options)));
  LMP_TRY(corpus->limits_, corpus->StoredLimits());
  return corpus;
}

Result<ChunkLimits> Corpus::StoredLimits() {
  const ChunkLimits usual = options_.limits.value_or(ChunkLimits());
  ChunkLimits limits;
  LMP_TRY(const int64_t tokens,
          GetSetting(database_.get(), "tokens", static_cast<int64_t>(usual.tokens)));
  LMP_TRY(const int64_t overlap,
          GetSetting(database_.get(), "overlap", static_cast<int64_t>(usual.overlap)));
  limits.tokens = static_cast<size_t>(tokens);
  limits.overlap = static_cast<size_t>(overlap);
  LMP_RETURN_IF_ERROR(CheckLimits(limits).WithPrefix(path_));
  return limits;
}

// Makes the options' limits and counter those of the file. Documents cut by others are marked to be
// read again. Called with the process lock.
Status Corpus::AdoptSettings() {
  LMP_TRY(const std::string stored, GetTextSetting(database_.get(), "counter"));
  if (options_.counter.empty() && !stored.empty() && stored != kEstimate) {
    return InvalidArgument(path_ + ": tokens of this corpus are counted by " + stored +
                           "; give the same again");
  }
  const std::string counter = options_.counter.empty() ? kEstimate : options_.counter;
  const ChunkLimits limits = options_.limits.value_or(limits_);
  if (stored == counter && limits == limits_) return OkStatus();
  LMP_TRY(const auto transaction, Transaction::Begin(database_.get()));
  if (!stored.empty()) {
    LMP_TRY(const int64_t passages,
            database_->Number("SELECT count(*) FROM documents WHERE kind = 1"));
    if (passages > 0) {
      return InvalidArgument(path_ + ": was made with chunks of " + std::to_string(limits_.tokens) +
                             " tokens, overlap " + std::to_string(limits_.overlap) +
                             ", counted by " + stored +
                             "; passages without files cannot be cut again");
    }
    LMP_RETURN_IF_ERROR(database_->Run("UPDATE documents SET mtime_ns = -1, hash = ''"));
  }
  LMP_RETURN_IF_ERROR(SetSetting(database_.get(), "counter", counter));
  LMP_RETURN_IF_ERROR(SetSetting(database_.get(), "tokens", static_cast<int64_t>(limits.tokens)));
  LMP_RETURN_IF_ERROR(SetSetting(database_.get(), "overlap", static_cast<int64_t>(limits.overlap)));
  LMP_RETURN_IF_ERROR(transaction->Commit());
  limits_ = limits;
  return OkStatus();
}

Result<CorpusStats> Corpus::Stats() {
  CorpusStats stats;
  LMP_TRY(stats.documents, database_->Number("SELECT count(*) FROM documents"));
  LMP_TRY(stats.chunks, database_->Number("SELECT count(*) FROM chunks"));
  LMP_TRY(stats.tokens, database_->Number("SELECT total(tokens) FROM chunks"));
  LMP_TRY(stats.vectors, database_->Number("SELECT count(*) FROM vectors"));
  LMP_TRY(stats.purges_waiting, database_->Number("SELECT count(*) FROM purges"));
  LMP_TRY(stats.skipped, database_->Number("SELECT count(*) FROM skips"));
  LMP_TRY(stats.vector_dimension, GetSetting(database_.get(), "vector_dimension", 0));
  LMP_TRY(const int64_t residue, GetSetting(database_.get(), kResidue, 0));
  LMP_TRY(stats.counter, GetTextSetting(database_.get(), "counter"));
  LMP_TRY(stats.limits, StoredLimits());
  stats.residue = residue != 0;
  for (const char* suffix : {"", "-wal", ".hnsw"}) {
    struct stat facts;
    if (stat((path_ + suffix).c_str(), &facts) == 0) stats.file_bytes += facts.st_size;
  }
  LMP_TRY(Statement sources, database_->Prepare("SELECT place FROM sources ORDER BY id"));
  for (;;) {
    LMP_TRY(const bool row, sources.Step());
    if (!row) return stats;
    stats.sources.emplace_back(sources.Text(0));
  }
}

}  // namespace lmp::rag
