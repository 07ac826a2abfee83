// Corpus: bringing documents up to date.
#include <sys/stat.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "runtime/base/json.h"
#include "runtime/rag/corpus.h"
#include "runtime/rag/digest.h"
#include "runtime/rag/document_file.h"
#include "runtime/rag/process_lock.h"

namespace lmp::rag {

namespace {

// A commit costs a write to the disk, a long transaction makes others wait.
constexpr int64_t kBatchDocuments = 64, kBatchBytes = 8 << 20;
// A file changed so shortly before it was read may change again without a new time.
constexpr int64_t kFreshNs = 2'000'000'000;
constexpr int64_t kNoTime = -1;  // of a document that is to be read again

bool IsBelow(const std::string& name, const std::string& folder) {
  return name.starts_with(folder) && (folder.empty() || folder.ends_with('/') ||
                                      name.size() == folder.size() || name[folder.size()] == '/');
}

}  // namespace

struct Corpus::Walk {
  struct Known {
    int64_t id, size, mtime_ns, source;
    std::string hash;
    DocumentKind kind;
  };

  const UpdateOptions& options;
  const Clock* clock;
  UpdateReport report = {};
  std::vector<int64_t> source_ids = {};  // in the order of `places`
  std::vector<std::string> places = {};
  std::unordered_map<std::string, Known> known = {};
  std::unordered_map<std::string, FoundFile> skipped_before = {};
  std::unordered_map<std::string, std::string> reasons_before = {};
  std::vector<std::string> excluded = {};
  int64_t fresh_since_ns = 0;
  UpdateProgress progress = {};
  int64_t began_ns = 0;
  std::unique_ptr<Transaction> transaction = {};
  int64_t batch_documents = 0, batch_bytes = 0;

  bool Cancelled() {
    if (options.cancelled && options.cancelled()) report.cancelled = true;
    return report.cancelled;
  }

  void Tell(std::string_view name) {
    if (!options.on_progress) return;
    progress.name = name;
    progress.seconds_left.reset();
    if (clock != nullptr && progress.bytes_done > 0) {
      const double seconds = static_cast<double>(clock->NowNs() - began_ns) * 1e-9;
      const double left = static_cast<double>(progress.bytes_total - progress.bytes_done);
      progress.seconds_left = seconds * left / static_cast<double>(progress.bytes_done);
    }
    options.on_progress(progress);
  }

  // Counts one document written in the open transaction, which is committed when it is full.
  Status Wrote(int64_t bytes, Database* database) {
    ++batch_documents;
    batch_bytes += bytes;
    if (batch_documents < kBatchDocuments && batch_bytes < kBatchBytes) return OkStatus();
    LMP_RETURN_IF_ERROR(transaction->Commit());
    LMP_TRY(transaction, Transaction::Begin(database));
    batch_documents = batch_bytes = 0;
    return OkStatus();
  }

  bool IsExcluded(const std::string& name) const {
    if (excluded.empty()) return false;
    // Asked for by its own name.
    if (std::find(places.begin(), places.end(), name) != places.end()) return false;
    for (const std::string& folder : excluded) {
      if (IsBelow(name, folder)) return true;
    }
    return false;
  }

  Status Read(Database* database);
};

// What the corpus has before the change.
Status Corpus::Walk::Read(Database* database) {
  {
    LMP_TRY(Statement rows, database->Prepare("SELECT id, place FROM sources ORDER BY id"));
    for (;;) {
      LMP_TRY(const bool row, rows.Step());
      if (!row) break;
      source_ids.push_back(rows.Number(0));
      places.emplace_back(rows.Text(1));
    }
  }
  {
    LMP_TRY(Statement rows, database->Prepare("SELECT name, id, size, mtime_ns, source, hash, kind "
                                              "FROM documents"));
    for (;;) {
      LMP_TRY(const bool row, rows.Step());
      if (!row) break;
      known.emplace(std::string(rows.Text(0)),
                    Known{rows.Number(1), rows.Number(2), rows.Number(3), rows.Number(4),
                          std::string(rows.Text(5)), static_cast<DocumentKind>(rows.Number(6))});
    }
  }
  {
    LMP_TRY(Statement rows, database->Prepare("SELECT name, size, mtime_ns, reason FROM skips"));
    for (;;) {
      LMP_TRY(const bool row, rows.Step());
      if (!row) break;
      const std::string name(rows.Text(0));
      skipped_before[name] = {name, static_cast<uint64_t>(rows.Number(1)), rows.Number(2), 0};
      reasons_before[name] = std::string(rows.Text(3));
    }
  }
  LMP_TRY(Statement rows, database->Prepare("SELECT name FROM excluded"));
  for (;;) {
    LMP_TRY(const bool row, rows.Step());
    if (!row) return OkStatus();
    excluded.emplace_back(rows.Text(0));
  }
}

Status Corpus::AddSources(const std::vector<std::string>& sources) {
  std::vector<std::string> places;
  for (const std::string& source : sources) {
    places.push_back(NameFrom(base_, source));
    if (IsPattern(source)) continue;
    struct stat facts;
    if (stat(source.c_str(), &facts) != 0) {
      return NotFound(source + ": there is no such file or folder");
    }
  }
  LMP_TRY(const auto transaction, Transaction::Begin(database_.get()));
  LMP_TRY(Statement add, database_->Prepare("INSERT OR IGNORE INTO sources(place) VALUES(?)"));
  LMP_TRY(Statement allow,
          database_->Prepare("DELETE FROM excluded WHERE name = ?1 OR name = ?1 || '/'"));
  for (const std::string& place : places) {
    LMP_RETURN_IF_ERROR(add.Bind(1, place).Execute());
    LMP_RETURN_IF_ERROR(allow.Bind(1, place).Execute());
  }
  return transaction->Commit();
}

Status Corpus::Scan(Walk* walk, SourceScan* scan) {
  LMP_RETURN_IF_ERROR(walk->Read(database_.get()));
  *scan = ScanSources(
      base_, walk->places,
      [this](const std::string& path) {
        return path.starts_with(path_) &&
               (path.size() == path_.size() || path.ends_with("-wal") || path.ends_with("-shm") ||
                path.ends_with(".lock") || path.ends_with(".hnsw") || path.ends_with(".hnsw.new"));
      },
      walk->options.cancelled);
  walk->fresh_since_ns = scan->began_ns - kFreshNs;
  for (const size_t index : scan->missing) walk->report.missing.push_back(walk->places[index]);
  walk->report.skipped = scan->skipped;
  walk->progress.files_total = static_cast<int64_t>(scan->files.size());
  for (const FoundFile& file : scan->files) {
    walk->progress.bytes_total += static_cast<int64_t>(file.size);
  }
  return OkStatus();
}

Result<UpdateReport> Corpus::Update(const std::vector<std::string>& sources,
                                    const UpdateOptions& options) {
  LMP_TRY(const auto lock, ProcessLock::Take(path_));
  LMP_RETURN_IF_ERROR(AdoptSettings());
  LMP_RETURN_IF_ERROR(AddSources(sources));
  Walk walk{options, options_.clock};
  if (walk.clock != nullptr) walk.began_ns = walk.clock->NowNs();
  SourceScan scan;
  LMP_RETURN_IF_ERROR(Scan(&walk, &scan));
  LMP_TRY(walk.transaction, Transaction::Begin(database_.get()));
  for (const FoundFile& file : scan.files) {
    if (walk.Cancelled()) break;
    walk.Tell(file.name);
    LMP_RETURN_IF_ERROR(TakeFile(&walk, file));
    ++walk.progress.files_done;
    walk.progress.bytes_done += static_cast<int64_t>(file.size);
  }
  if (!walk.Cancelled()) LMP_RETURN_IF_ERROR(DropGone(&walk, scan));
  LMP_RETURN_IF_ERROR(walk.transaction->Commit());
  walk.transaction.reset();
  walk.Tell("");
  LMP_RETURN_IF_ERROR(FinishChange(options.erase && !walk.report.cancelled));
  return std::move(walk.report);
}

Status Corpus::TakeFile(Walk* walk, const FoundFile& file) {
  const auto known = walk->known.find(file.name);
  const bool there = known != walk->known.end();
  const auto size = static_cast<int64_t>(file.size);
  if (there && known->second.kind == DocumentKind::kPassage) {
    walk->report.skipped.push_back({file.name, "a passage of this corpus has this name"});
    return OkStatus();
  }
  if (walk->IsExcluded(file.name)) {
    walk->report.skipped.push_back({file.name,
                                    "was removed from this corpus; add it by its name "
                                    "to have it again"});
    return OkStatus();
  }
  const int64_t source = walk->source_ids[file.source];
  if (there && known->second.size == size && known->second.mtime_ns == file.mtime_ns) {
    ++walk->report.files_unchanged;
    if (known->second.source == source) return OkStatus();
  }
  if (const auto before = walk->skipped_before.find(file.name);
      before != walk->skipped_before.end() && before->second.size == file.size &&
      before->second.mtime_ns == file.mtime_ns) {
    walk->report.skipped.push_back({file.name, walk->reasons_before[file.name]});
    return OkStatus();
  }
  const std::string path = file.name.starts_with('/') ? file.name : base_ + "/" + file.name;
  DocumentFacts facts{file.name, DocumentKind::kFile, source, size, file.mtime_ns, ""};
  if (facts.mtime_ns >= walk->fresh_since_ns) facts.mtime_ns = kNoTime;
  const Result<std::string> text = ReadDocument(path, walk->options.file_bytes_max);
  if (!text.ok()) return SkipFile(walk, file, text.status());
  ++walk->report.files_read;
  facts.hash = Sha256Hex({text.value()});
  return TakeText(walk, facts, text.value(), FormatOf(file.name), "");
}

Status Corpus::TakeText(Walk* walk, const DocumentFacts& facts, const std::string& text,
                        Format format, std::string_view title) {
  const auto known = walk->known.find(facts.name);
  if (known != walk->known.end() && known->second.hash == facts.hash) {
    LMP_TRY(Statement touch,
            database_->Prepare("UPDATE documents SET size = ?, mtime_ns = ?, source = ? "
                               "WHERE id = ?"));
    touch.Bind(1, facts.size).Bind(2, facts.mtime_ns).Bind(3, facts.source);
    LMP_RETURN_IF_ERROR(touch.Bind(4, known->second.id).Execute());
    ++walk->report.files_unchanged;
    return OkStatus();
  }
  const std::vector<Chunk> chunks = SplitDocument(text, format, limits_, options_.count, title);
  LMP_TRY(const ChunkChanges changes, PutDocument(database_.get(), facts, text, chunks));
  walk->report.chunks.added += changes.added;
  walk->report.chunks.kept += changes.kept;
  walk->report.chunks.removed += changes.removed;
  ++(known == walk->known.end() ? walk->report.files_added : walk->report.files_changed);
  LMP_TRY(Statement forget, database_->Prepare("DELETE FROM skips WHERE name = ?"));
  LMP_RETURN_IF_ERROR(forget.Bind(1, facts.name).Execute());
  return walk->Wrote(static_cast<int64_t>(text.size()), database_.get());
}

// A file that is no document (any more): what it was before must not be found.
Status Corpus::SkipFile(Walk* walk, const FoundFile& file, const Status& why) {
  walk->report.skipped.push_back({file.name, why.message()});
  if (const auto known = walk->known.find(file.name); known != walk->known.end()) {
    LMP_TRY(const ChunkChanges changes, DeleteDocument(database_.get(), known->second.id));
    walk->report.chunks.removed += changes.removed;
    ++walk->report.files_removed;
    LMP_RETURN_IF_ERROR(walk->Wrote(0, database_.get()));
  }
  // Rights, disks and the limit may change while the file does not.
  if (why.code() != StatusCode::kInvalidArgument) return OkStatus();
  const int64_t mtime = file.mtime_ns >= walk->fresh_since_ns ? kNoTime : file.mtime_ns;
  LMP_TRY(Statement put, database_->Prepare("INSERT OR REPLACE INTO skips VALUES(?, ?, ?, ?)"));
  put.Bind(1, file.name).Bind(2, static_cast<int64_t>(file.size)).Bind(3, mtime);
  return put.Bind(4, why.message()).Execute();
}

// Documents that no source has any more, except where a source could not be looked at.
Status Corpus::DropGone(Walk* walk, const SourceScan& scan) {
  std::unordered_set<std::string> seen;
  for (const FoundFile& file : scan.files) seen.insert(file.name);
  std::unordered_set<int64_t> missing;
  for (const size_t index : scan.missing) missing.insert(walk->source_ids[index]);
  for (const auto& [name, document] : walk->known) {
    if (document.kind == DocumentKind::kPassage || seen.contains(name)) continue;
    if (missing.contains(document.source)) continue;
    bool unread = false;
    for (const std::string& folder : scan.unread) unread = unread || IsBelow(name, folder);
    if (unread) continue;
    LMP_TRY(const ChunkChanges changes, DeleteDocument(database_.get(), document.id));
    walk->report.chunks.removed += changes.removed;
    ++walk->report.files_removed;
    LMP_RETURN_IF_ERROR(walk->Wrote(0, database_.get()));
  }
  LMP_TRY(Statement forget, database_->Prepare("DELETE FROM skips WHERE name = ?"));
  for (const auto& [name, file] : walk->skipped_before) {
    if (!seen.contains(name)) LMP_RETURN_IF_ERROR(forget.Bind(1, name).Execute());
  }
  return OkStatus();
}

namespace {

struct Passage {
  std::string id, title, text;
};

Result<Passage> ReadPassage(std::string_view line) {
  LMP_TRY(const Json json, ParseJson(line));
  const auto field = [&](const char* name, std::string* out) {
    const auto at = json.find(name);
    if (at == json.end() || !at->is_string()) return false;
    *out = at->get<std::string>();
    return true;
  };
  Passage passage;
  if (!json.is_object() || !field("id", &passage.id) || passage.id.empty()) {
    return InvalidArgument("has no string \"id\"");
  }
  if (!field("text", &passage.text)) return InvalidArgument("has no string \"text\"");
  if (json.contains("title") && !field("title", &passage.title)) {
    return InvalidArgument("its \"title\" is not a string");
  }
  LMP_RETURN_IF_ERROR(CheckDocument(&passage.text));
  return passage;
}

}  // namespace

Result<UpdateReport> Corpus::AddPassages(std::string_view jsonl, const UpdateOptions& options) {
  LMP_TRY(const auto lock, ProcessLock::Take(path_));
  LMP_RETURN_IF_ERROR(AdoptSettings());
  Walk walk{options, options_.clock};
  if (walk.clock != nullptr) walk.began_ns = walk.clock->NowNs();
  LMP_RETURN_IF_ERROR(walk.Read(database_.get()));
  walk.progress.bytes_total = static_cast<int64_t>(jsonl.size());
  LMP_TRY(walk.transaction, Transaction::Begin(database_.get()));
  size_t number = 0;
  for (size_t begin = 0; begin < jsonl.size() && !walk.Cancelled();) {
    const size_t end = std::min(jsonl.find('\n', begin), jsonl.size());
    const std::string_view line = jsonl.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    walk.progress.bytes_done = static_cast<int64_t>(end);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Result<Passage> passage = ReadPassage(line);
    if (passage.ok()) {
      const auto known = walk.known.find(passage->id);
      if (known != walk.known.end() && known->second.kind == DocumentKind::kFile) {
        passage = InvalidArgument("its id is the name of a file of this corpus");
      }
    }
    if (!passage.ok()) {
      walk.report.skipped.push_back({"line " + std::to_string(number), passage.status().message()});
      continue;
    }
    walk.Tell(passage->id);
    const DocumentFacts facts{passage->id, DocumentKind::kPassage,
                              0,           static_cast<int64_t>(passage->text.size()),
                              kNoTime,     Sha256Hex({passage->title, passage->text})};
    LMP_RETURN_IF_ERROR(TakeText(&walk, facts, passage->text, Format::kText, passage->title));
    ++walk.progress.files_done;
  }
  LMP_RETURN_IF_ERROR(walk.transaction->Commit());
  walk.transaction.reset();
  walk.Tell("");
  LMP_RETURN_IF_ERROR(FinishChange(options.erase && !walk.report.cancelled));
  return std::move(walk.report);
}

}  // namespace lmp::rag
