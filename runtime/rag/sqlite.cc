#include "runtime/rag/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace lmp::rag {

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, int busy_ms) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle));
  if (code != SQLITE_OK) return database->Error(code);
  sqlite3_busy_timeout(handle, busy_ms);
  // Hostile files: no triggers or views of theirs run functions, no schema is trusted.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Database::~Database() { sqlite3_close(handle_); }

Status Database::Error(int code) const {
  const std::string detail = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return Corruption(path_ + ": is not a corpus: " + detail);
    case SQLITE_CORRUPT:
      return Corruption(path_ + ": the corpus is damaged (" + detail +
                        "); remove the file and add the documents again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable(path_ + ": another process is writing to this corpus");
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ResourceExhausted(path_ + ": " + detail);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
      return Unavailable(path_ + ": " + detail);
    default:
      return Internal(path_ + ": " + detail);
  }
}

Status Database::Run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? OkStatus() : Error(code);
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  return Statement(this, statement);
}

Result<int64_t> Database::Number(std::string_view sql, int64_t otherwise) {
  LMP_TRY(Statement statement, Prepare(sql));
  LMP_TRY(const bool row, statement.Step());
  return row ? statement.Number(0) : otherwise;
}

int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_); }
int64_t Database::changes() const { return sqlite3_changes(handle_); }

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::Bind(int position, int64_t value) {
  sqlite3_bind_int64(handle_, position, value);
  return *this;
}

// An empty view may have no address, which would bind NULL.
Statement& Statement::Bind(int position, std::string_view text) {
  sqlite3_bind_text64(handle_, position, text.empty() ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(int position, std::string_view bytes) {
  sqlite3_bind_blob64(handle_, position, bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->Error(code);
}

Status Statement::Execute() {
  const Result<bool> row = Step();
  Reset();
  return row.ok() ? OkStatus() : row.status();
}

void Statement::Reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

int64_t Statement::Number(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::Real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::Text(int column) const { return Blob(column); }

std::string_view Statement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

Result<std::unique_ptr<Transaction>> Transaction::Begin(Database* database, Access access) {
  LMP_RETURN_IF_ERROR(database->Run(access == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  return std::unique_ptr<Transaction>(new Transaction(database));
}

Transaction::~Transaction() {
  // A failure of the statement before may have rolled back already; then this has nothing to do.
  if (open_) static_cast<void>(database_->Run("ROLLBACK"));
}

Status Transaction::Commit() {
  LMP_RETURN_IF_ERROR(database_->Run("COMMIT"));
  open_ = false;
  return OkStatus();
}

}  // namespace lmp::rag
