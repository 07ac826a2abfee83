#include "runtime/rag/schema.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lmp::rag {
namespace {

constexpr int64_t kApplicationId = 0x4C4D5043;  // "LMPC"

constexpr char kTables[] = R"(
CREATE TABLE settings(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE sources(id INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT NOT NULL UNIQUE);
CREATE TABLE documents(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
  source INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE skips(
  name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE excluded(name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE chunks(
  id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, position INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE, begin_byte INTEGER NOT NULL, line INTEGER NOT NULL,
  heading TEXT NOT NULL, body TEXT NOT NULL, tokens INTEGER NOT NULL, body_hash TEXT NOT NULL);
CREATE INDEX chunks_of_document ON chunks(document, position);
CREATE INDEX chunks_by_body ON chunks(body_hash);
CREATE TABLE vectors(
  chunk INTEGER PRIMARY KEY, label INTEGER NOT NULL UNIQUE, embedding BLOB NOT NULL);
CREATE TABLE purges(document TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(heading, body, content='', tokenize='porter unicode61');
)";

Status MakePrivateFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno != EEXIST) {
    return Unavailable(path + ": cannot be made: " + std::strerror(errno));
  }
  if (file >= 0) close(file);
  return OkStatus();
}

Status MakeTables(Database* database) {
  LMP_TRY(const auto transaction, Transaction::Begin(database));
  // Another process may have been faster.
  LMP_TRY(const int64_t tables, database->Number("SELECT count(*) FROM sqlite_schema"));
  if (tables > 0) return transaction->Commit();
  LMP_RETURN_IF_ERROR(database->Run(kTables));
  LMP_RETURN_IF_ERROR(database->Run("PRAGMA application_id = " + std::to_string(kApplicationId)));
  LMP_RETURN_IF_ERROR(database->Run("PRAGMA user_version = " + std::to_string(kFormatVersion)));
  return transaction->Commit();
}

Status CheckIsCorpus(Database* database) {
  LMP_TRY(const int64_t application, database->Number("PRAGMA application_id"));
  if (application != kApplicationId) {
    return Corruption(database->path() + ": is a SQLite database, but not a corpus");
  }
  LMP_TRY(const int64_t version, database->Number("PRAGMA user_version"));
  if (version == kFormatVersion) return OkStatus();
  return Unsupported(database->path() + ": is a corpus of format " + std::to_string(version) +
                     ", this lmp reads format " + std::to_string(kFormatVersion) +
                     "; make it again from its documents");
}

}  // namespace

Result<std::unique_ptr<Database>> OpenCorpusFile(const std::string& path, OpenMode mode,
                                                 int busy_ms) {
  struct stat facts;
  const bool there = stat(path.c_str(), &facts) == 0;
  if (!there && mode == OpenMode::kExisting) return NotFound(path + ": there is no such corpus");
  if (there && !S_ISREG(facts.st_mode)) {
    return InvalidArgument(path + ": a corpus is a file, and this is none");
  }
  if (!there) LMP_RETURN_IF_ERROR(MakePrivateFile(path));
  LMP_TRY(std::unique_ptr<Database> database, Database::Open(path, busy_ms));
  // Deleted content is overwritten with zeros; the write-ahead log lets readers go on meanwhile.
  LMP_RETURN_IF_ERROR(
      database->Run("PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; "
                    "PRAGMA synchronous = NORMAL"));
  LMP_TRY(const int64_t tables, database->Number("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0 && mode == OpenMode::kExisting) {
    return Corruption(path + ": is not a corpus: it is empty");
  }
  if (tables == 0) LMP_RETURN_IF_ERROR(MakeTables(database.get()));
  LMP_RETURN_IF_ERROR(CheckIsCorpus(database.get()));
  return database;
}

Result<int64_t> GetSetting(Database* database, std::string_view name, int64_t otherwise) {
  LMP_TRY(Statement get, database->Prepare("SELECT value FROM settings WHERE name = ?"));
  LMP_TRY(const bool row, get.Bind(1, name).Step());
  return row ? get.Number(0) : otherwise;
}

Result<std::string> GetTextSetting(Database* database, std::string_view name) {
  LMP_TRY(Statement get, database->Prepare("SELECT value FROM settings WHERE name = ?"));
  LMP_TRY(const bool row, get.Bind(1, name).Step());
  return row ? std::string(get.Text(0)) : std::string();
}

Status SetSetting(Database* database, std::string_view name, int64_t value) {
  LMP_TRY(Statement set, database->Prepare("INSERT OR REPLACE INTO settings VALUES(?, ?)"));
  return set.Bind(1, name).Bind(2, value).Execute();
}

Status SetSetting(Database* database, std::string_view name, std::string_view value) {
  LMP_TRY(Statement set, database->Prepare("INSERT OR REPLACE INTO settings VALUES(?, ?)"));
  return set.Bind(1, name).Bind(2, value).Execute();
}

}  // namespace lmp::rag
