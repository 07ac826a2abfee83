// Corpus: removing documents, and making sure that nothing of them is left.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/rag/corpus.h"
#include "runtime/rag/process_lock.h"

namespace lmp::rag {

Result<RemoveReport> Corpus::Remove(const std::vector<std::string>& names) {
  LMP_TRY(const auto lock, ProcessLock::Take(path_));
  RemoveReport report;
  LMP_TRY(const auto transaction, Transaction::Begin(database_.get()));
  for (const std::string& name : names) LMP_RETURN_IF_ERROR(RemoveName(name, &report));
  LMP_RETURN_IF_ERROR(transaction->Commit());
  LMP_RETURN_IF_ERROR(FinishChange(true));
  LMP_TRY(report.purges_waiting, database_->Number("SELECT count(*) FROM purges"));
  return report;
}

// The id the source had; 0 if there is none.
Result<int64_t> Corpus::DropSource(const std::string& place) {
  int64_t id = 0;
  {
    LMP_TRY(Statement find, database_->Prepare("SELECT id FROM sources WHERE place = ?"));
    LMP_TRY(const bool row, find.Bind(1, place).Step());
    if (!row) return 0;
    id = find.Number(0);
  }
  LMP_TRY(Statement drop, database_->Prepare("DELETE FROM sources WHERE id = ?"));
  LMP_RETURN_IF_ERROR(drop.Bind(1, id).Execute());
  return id;
}

Status Corpus::RemoveName(const std::string& given, RemoveReport* report) {
  bool found = false;
  // As the corpus names it first: that is what search prints.
  for (const std::string& name : {given, NameFrom(base_, given)}) {
    std::string folder = name;
    if (!folder.ends_with('/')) folder += '/';
    LMP_TRY(const int64_t source, DropSource(name));
    const bool was_source = source != 0;
    std::vector<std::pair<int64_t, std::string>> gone;
    {
      LMP_TRY(Statement rows,
              database_->Prepare("SELECT id, name FROM documents WHERE name = ?1 OR "
                                 "substr(name, 1, length(?2)) = ?2 OR (source = ?3 AND kind = 0)"));
      rows.Bind(1, name).Bind(2, folder).Bind(3, source);
      for (;;) {
        LMP_TRY(const bool row, rows.Step());
        if (!row) break;
        gone.emplace_back(rows.Number(0), std::string(rows.Text(1)));
      }
    }
    for (const auto& [id, document] : gone) {
      LMP_TRY(const ChunkChanges changes, DeleteDocument(database_.get(), id));
      ++report->documents;
      report->chunks += changes.removed;
    }
    found = found || was_source || !gone.empty();
    struct stat facts;
    if (!was_source && !gone.empty() && stat((base_ + "/" + name).c_str(), &facts) == 0) {
      LMP_TRY(Statement exclude, database_->Prepare("INSERT OR IGNORE INTO excluded VALUES(?)"));
      LMP_RETURN_IF_ERROR(exclude.Bind(1, S_ISDIR(facts.st_mode) ? folder : name).Execute());
    }
    if (found) return OkStatus();
  }
  return NotFound("\"" + given +
                  "\": the corpus has no document, folder or source of this name; "
                  "nothing was removed");
}

// Purges KV and, with `erase`, overwrites what deleted rows have left. With the process lock held.
Status Corpus::FinishChange(bool erase) {
  LMP_RETURN_IF_ERROR(RunPurges());
  if (!erase) return OkStatus();
  LMP_TRY(const int64_t residue, GetSetting(database_.get(), kResidue, 0));
  return residue != 0 ? EraseNow() : OkStatus();
}

Status Corpus::RunPurges() {
  if (options_.on_gone == nullptr) {
    LMP_TRY(const int64_t has_kv, GetSetting(database_.get(), kHasKv, 0));
    return has_kv != 0 ? OkStatus() : database_->Run("DELETE FROM purges");
  }
  LMP_RETURN_IF_ERROR(SetSetting(database_.get(), kHasKv, 1));
  std::vector<std::string> documents;
  {
    LMP_TRY(Statement rows, database_->Prepare("SELECT document FROM purges"));
    for (;;) {
      LMP_TRY(const bool row, rows.Step());
      if (!row) break;
      documents.emplace_back(rows.Text(0));
    }
  }
  LMP_TRY(Statement done, database_->Prepare("DELETE FROM purges WHERE document = ?"));
  for (const std::string& document : documents) {
    LMP_RETURN_IF_ERROR(options_.on_gone(document).WithPrefix("stored KV of " + document));
    LMP_RETURN_IF_ERROR(done.Bind(1, document).Execute());
  }
  return OkStatus();
}

Status Corpus::Erase() {
  LMP_TRY(const auto lock, ProcessLock::Take(path_));
  return FinishChange(true);
}

// FTS5 keeps the words of deleted rows until its segments are merged into one; SQLite moves rows
// between pages and leaves copies that secure_delete does not see, so the file is written anew; the
// write-ahead log has old pages until it is cut off.
Status Corpus::EraseNow() {
  LMP_TRY(const int64_t of_vectors, GetSetting(database_.get(), kVectorResidue, 0));
  if (of_vectors != 0) {
    vectors_.reset();
    for (const std::string& file : {GraphPath(path_), GraphPath(path_) + ".new"}) {
      if (unlink(file.c_str()) != 0 && errno != ENOENT) {
        return Unavailable(file + ": cannot be removed: " + std::strerror(errno));
      }
    }
  }
  LMP_RETURN_IF_ERROR(database_->Run("INSERT INTO words(words) VALUES('optimize')"));
  LMP_RETURN_IF_ERROR(database_->Run("VACUUM"));
  LMP_TRY(const int64_t busy, database_->Number("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy != 0) {
    return Unavailable(path_ +
                       ": removed, but other processes are reading, so bytes of it are left; "
                       "run this again when they have ended");
  }
  LMP_TRY(const auto transaction, Transaction::Begin(database_.get()));
  LMP_RETURN_IF_ERROR(SetSetting(database_.get(), kResidue, 0));
  LMP_RETURN_IF_ERROR(SetSetting(database_.get(), kVectorResidue, 0));
  LMP_RETURN_IF_ERROR(transaction->Commit());
  return OkStatus();
}

}  // namespace lmp::rag
