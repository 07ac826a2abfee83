// Any bytes as a search: FTS5 takes every expression made from them, and a text is found by itself
// unless it has no words.
#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/rag/words.h"

namespace {

sqlite3* OpenIndex() {
  sqlite3* handle = nullptr;
  if (sqlite3_open(":memory:", &handle) != SQLITE_OK) std::abort();
  if (sqlite3_exec(handle,
                   "CREATE VIRTUAL TABLE w USING fts5(b, content='', tokenize='porter unicode61')",
                   nullptr, nullptr, nullptr) != SQLITE_OK) {
    std::abort();
  }
  return handle;
}

int Step(sqlite3* handle, const char* sql, std::string_view value) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) != SQLITE_OK) std::abort();
  sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  const int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) std::abort();
  const int found = code == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
  sqlite3_finalize(statement);
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static sqlite3* const kIndex = OpenIndex();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string indexed = lmp::rag::IndexText(text);
  const std::string expression = lmp::rag::MatchExpression(text);
  Step(kIndex, "INSERT INTO w(rowid, b) VALUES(1, ?)", indexed);
  if (!expression.empty()) Step(kIndex, "SELECT count(*) FROM w WHERE w MATCH ?", expression);
  Step(kIndex, "INSERT INTO w(w, rowid, b) VALUES('delete', 1, ?)", indexed);
  return 0;
}
