// SQLite behind Status: a connection and prepared statements. Only this folder uses it, and only
// sqlite.cc includes sqlite3.h.
//
// A Database and its statements belong to one thread at a time; statements must go first. Errors:
// Corruption (damaged, not a database), Unavailable (another process holds the lock, a disk that
// fails), ResourceExhausted (full disk, out of memory), Internal (wrong SQL); each names the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace lmp::rag {

class Statement;

class Database {
 public:
  // The file must exist. Waits at most `busy_ms` for other processes.
  static Result<std::unique_ptr<Database>> Open(const std::string& path, int busy_ms);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One or more statements without results.
  Status Run(const std::string& sql);
  // `sql` is a literal of this folder: text of users is bound, never spliced.
  Result<Statement> Prepare(std::string_view sql);
  // The first column of the first row; `otherwise` if there is no row.
  Result<int64_t> Number(std::string_view sql, int64_t otherwise = 0);
  int64_t last_id() const;
  int64_t changes() const;  // rows of the last insert, update or delete
  const std::string& path() const { return path_; }
  Status Error(int code) const;

 private:
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  const std::string path_;
  sqlite3* const handle_;
};

// Positions of Bind and of columns count from 1 and 0, as SQLite's. A text that is bound must live
// until the statement is reset or gone.
class Statement {
 public:
  Statement(Database* database, sqlite3_stmt* handle) : database_(database), handle_(handle) {}
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  Statement& Bind(int position, int64_t value);
  Statement& Bind(int position, std::string_view text);
  Statement& BindBlob(int position, std::string_view bytes);
  // True if there is a row, false at the end.
  Result<bool> Step();
  // Runs a statement without rows and makes it ready for the next values.
  Status Execute();
  void Reset();

  int64_t Number(int column) const;
  double Real(int column) const;
  // Valid until the next Step or Reset.
  std::string_view Text(int column) const;
  std::string_view Blob(int column) const;

 private:
  Database* database_;
  sqlite3_stmt* handle_;
};

// kWrite takes the write lock at once; kRead sees one state of the file, whatever others commit.
enum class Access { kRead, kWrite };

// A transaction. Rolled back unless committed.
class Transaction {
 public:
  static Result<std::unique_ptr<Transaction>> Begin(Database* database,
                                                    Access access = Access::kWrite);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* const database_;
  bool open_ = true;
};

}  // namespace lmp::rag
