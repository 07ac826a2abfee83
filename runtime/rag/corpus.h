// Corpus: documents cut into chunks, found again by words (BM25 through SQLite's FTS5), by vectors
// that the user computed, or by both. Everything is in one SQLite file that its owner alone may
// read (tables: schema.h); an index over many vectors is kept beside it and made again when lost.
//
// Processes: any number may search; one at a time changes (ProcessLock), the second is told at
// once. A change is committed document by document, so a crash or Cancel loses none that was done,
// and the next Update goes on from there.
//
// Removing: DeleteDocument's rows are gone with the commit. Their bytes are overwritten by Erase,
// which Remove calls and Update calls by default; until it is done the file says so (residue), and
// the next change finishes it. Then no file of the corpus has a byte of the text, its words or its
// vectors. The same holds for chunk KV through CorpusOptions::on_gone.
//
// An object belongs to one thread at a time. Errors: as of sqlite.h, and those named below.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/base/status.h"
#include "runtime/rag/chunker.h"
#include "runtime/rag/document_rows.h"
#include "runtime/rag/schema.h"
#include "runtime/rag/source_scan.h"
#include "runtime/rag/sqlite.h"
#include "runtime/rag/vector_index.h"

namespace lmp::rag {

struct CorpusOptions {
  // None: those of the file, for a new file ChunkLimits(). Others than the file's: the next Update
  // cuts every document again.
  std::optional<ChunkLimits> limits = {};
  // Null: EstimateTokens. `counter` names it; it is stored, and a corpus is cut by one counter.
  TokenCount count = {};
  std::string counter = {};
  // Purges what was computed from a document that was removed or edited. Called after the change is
  // committed; an error, or a crash before, makes the next change call it again. A corpus that was
  // once changed with it keeps the names of documents to purge until it is given again.
  std::function<Status(const std::string& document)> on_gone = {};
  int busy_ms = 5000;            // how long to wait for readers and writers of other processes
  const Clock* clock = nullptr;  // for progress; null: none is reported in time
};

struct UpdateProgress {
  int64_t files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
  std::optional<double> seconds_left = {};  // once there is something to judge by
  std::string_view name;                    // the file being read
};

struct UpdateOptions {
  uint64_t file_bytes_max = 64u << 20;
  bool erase = true;                                            // see above
  std::function<void(const UpdateProgress&)> on_progress = {};  // nullable
  std::function<bool()> cancelled = {};                         // nullable; asked between files
};

struct UpdateReport {
  int64_t files_added = 0, files_changed = 0, files_unchanged = 0, files_removed = 0;
  int64_t files_read = 0;  // contents read, to chunk them or to see that they are as before
  ChunkChanges chunks = {};
  std::vector<SkippedFile> skipped = {};  // with the reason
  std::vector<std::string> missing = {};  // sources that are not there; their documents stay
  bool cancelled = false;
};

struct RemoveReport {
  int64_t documents = 0, chunks = 0;
  int64_t purges_waiting = 0;  // documents whose KV stays until a call with on_gone
};

struct VectorReport {
  int64_t added = 0, unchanged = 0;
  std::vector<std::string> unknown = {};  // ids and beginnings of texts that no chunk has
};

enum class SearchMode { kAuto, kWords, kVectors, kHybrid };  // kAuto: by what the query has

struct Query {
  std::string text = {};
  std::vector<float> vector = {};  // may be empty
  size_t k = 5;
  SearchMode mode = SearchMode::kAuto;
};

struct Hit {
  std::string id;        // of the chunk: the same until its text, heading or document's name change
  std::string document;  // its name
  int64_t line = 0;
  std::string heading, text;
  int64_t tokens = 0;  // of PassageText(heading, text)
  double score = 0;    // BM25, cosine, or the sum of reciprocal ranks; comparable in one answer
  int word_rank = 0, vector_rank = 0;  // from 1; 0: not found that way
};

struct CorpusStats {
  int64_t documents = 0, chunks = 0, tokens = 0, vectors = 0, vector_dimension = 0, skipped = 0;
  int64_t file_bytes = 0;
  ChunkLimits limits = {};
  std::string counter;
  std::vector<std::string> sources;
  int64_t purges_waiting = 0;
  bool residue = false;  // something was removed and its bytes are not overwritten yet
};

class Corpus {
 public:
  // Errors: those of OpenCorpusFile; InvalidArgument (limits).
  static Result<std::unique_ptr<Corpus>> Open(const std::string& path, OpenMode mode,
                                              CorpusOptions options = {});
  ~Corpus();

  // Adds files, folders and patterns (seen from the working directory; source_scan.h) to the
  // sources and brings the corpus up to date with all of its sources: what is new or has changed is
  // read, what is gone vanishes. Errors: NotFound (a new source), InvalidArgument (another
  // counter), Unavailable (another process changes it).
  Result<UpdateReport> Update(const std::vector<std::string>& sources,
                              const UpdateOptions& options = {});
  // Documents without files: lines {"id": .., "text": .., "title": ..}, title optional. An id that
  // is there is replaced. Bad lines are skipped with a reason.
  Result<UpdateReport> AddPassages(std::string_view jsonl, const UpdateOptions& options = {});

  // Removes documents by name, whole folders, or sources, each as seen from the working directory
  // or as the corpus names it, and erases. What a source still has on disk stays excluded until it
  // is added by its own name. Errors: NotFound (nothing is removed then).
  Result<RemoveReport> Remove(const std::vector<std::string>& names);
  // Overwrites what deleted rows have left, and purges their KV. Unavailable: other processes are
  // reading; the corpus is as before, and later calls try again.
  Status Erase();

  // Lines {"id" or "text": .., "embedding": [..]}: id is that of a chunk, or of a document with one
  // chunk; text that of a chunk, with or without its heading. All lines or, after an error, none.
  // Errors: InvalidArgument naming the line.
  Result<VectorReport> AddVectors(std::string_view jsonl);

  // Errors: InvalidArgument (a vector of another dimension, a mode without what it needs).
  Result<std::vector<Hit>> Search(const Query& query);
  // The chunks in order, to compute vectors from. False from the callback ends it.
  Status ForEachChunk(const std::function<bool(const Hit&)>& on_chunk);
  Result<CorpusStats> Stats();

 private:
  struct Walk;  // one change under way: corpus_update.cc

  Corpus(std::string path, std::unique_ptr<Database> database, CorpusOptions options);

  // corpus.cc
  Result<ChunkLimits> StoredLimits();
  Status AdoptSettings();
  // corpus_update.cc
  Status AddSources(const std::vector<std::string>& sources);
  Status Scan(Walk* walk, SourceScan* scan);
  Status TakeFile(Walk* walk, const FoundFile& file);
  Status TakeText(Walk* walk, const DocumentFacts& facts, const std::string& text, Format format,
                  std::string_view title);
  Status SkipFile(Walk* walk, const FoundFile& file, const Status& why);
  Status DropGone(Walk* walk, const SourceScan& scan);
  // corpus_remove.cc
  Result<int64_t> DropSource(const std::string& place);
  Status RemoveName(const std::string& name, RemoveReport* report);
  Status FinishChange(bool erase);
  Status RunPurges();
  Status EraseNow();
  // corpus_search.cc
  using Ranked = std::vector<std::pair<int64_t, double>>;  // chunks.id, score; best first
  Result<Ranked> RankByWords(std::string_view text, size_t k);
  Result<Ranked> RankByVector(std::span<const float> vector, size_t k);
  Result<Hit> ReadHit(int64_t chunk);
  // corpus_vectors.cc
  Status LoadVectors();

  const std::string path_;  // absolute
  const std::string base_;  // the folder of the file: names of documents are relative to it
  const std::unique_ptr<Database> database_;
  const CorpusOptions options_;
  ChunkLimits limits_;
  std::unique_ptr<VectorIndex> vectors_;  // null until asked for
  int64_t vectors_epoch_ = -1;            // of the file when they were loaded
};

}  // namespace lmp::rag
