// Queries from arbitrary text, against FTS5 itself.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/rag/words.h"

namespace {

using lmp::rag::IndexText;
using lmp::rag::MatchExpression;

// The tables of a corpus as far as words go.
class Index {
 public:
  Index() {
    REQUIRE(sqlite3_open(":memory:", &handle_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(handle_,
                         "CREATE VIRTUAL TABLE w USING fts5(heading, body, content='', "
                         "tokenize='porter unicode61')",
                         nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Index() { sqlite3_close(handle_); }
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  void Add(int id, const std::string& text) {
    Step("INSERT INTO w(rowid, heading, body) VALUES(" + std::to_string(id) + ", '', ?)",
         IndexText(text));
  }
  // Rows that match; -1 if FTS5 refuses the expression.
  int Matches(const std::string& query) {
    const std::string expression = MatchExpression(query);
    if (expression.empty()) return 0;
    return Step("SELECT count(*) FROM w WHERE w MATCH ?", expression);
  }

 private:
  int Step(const std::string& sql, const std::string& value) {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    const int code = sqlite3_step(statement);
    const int out = code == SQLITE_ROW    ? sqlite3_column_int(statement, 0)
                    : code == SQLITE_DONE ? 0
                                          : -1;
    sqlite3_finalize(statement);
    return out;
  }
  sqlite3* handle_ = nullptr;
};

TEST_CASE("expressions") {
  CHECK(MatchExpression("Refund policy") == "\"refund\" OR \"policy\"");
  CHECK(MatchExpression("what is the refund, the REFUND?") ==
        "\"what\" OR \"is\" OR \"the\" OR \"refund\"");
  std::string many = "the cat of ";
  for (int i = 0; i < 40; ++i) many += "w" + std::to_string(i) + " ";
  CHECK(MatchExpression(many).starts_with("\"cat\" OR \"w0\" OR "));
  CHECK(MatchExpression("") == "");
  CHECK(MatchExpression(" \t\n\"\"'*()-+^:{}") == "");
  CHECK(MatchExpression(std::string("a\0b\xFF\xC0zed", 8)) == "\"a\" OR \"b\" OR \"zed\"");
}

TEST_CASE("whatever the text, FTS5 takes the expression") {
  Index index;
  index.Add(1, "the quick brown fox near a lazy dog, AND OR NOT NEAR");
  for (const std::string query :
       {"fox", "\"fox", "fox\"", "fox*", "fox AND (", "NOT fox", "NEAR(fox dog)", "body:fox",
        "-fox", "^fox", "fox + dog", "{heading body}: fox", "'; DROP TABLE w; --fox", "fox\\",
        "(((((fox", "FOXES", "f\xC3\xB3x fox"}) {
    CAPTURE(query);
    CHECK(index.Matches(query) == 1);
  }
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "w" + std::to_string(i) + " ";
  CHECK(index.Matches("fox " + many) == 1);
  CHECK(index.Matches(std::string(1'000'000, 'x')) == 0);
  lmp::Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    std::string query;
    for (uint64_t i = rng.Below(24); i > 0; --i) query += static_cast<char>(rng.Below(256));
    CHECK(index.Matches(query) >= 0);
  }
}

TEST_CASE("folding, stems, and scripts without spaces") {
  Index index;
  index.Add(1, "Caf\xC3\xA9s are running");
  index.Add(
      2,
      "\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD\xE3\x81\xAE\xE5\xA4\xA9\xE6\xB0\x97");  // 東京都の天気
  index.Add(3, "\xE5\xA4\xA9");                                                     // 天
  CHECK(index.Matches("cafe run") == 1);
  CHECK(index.Matches("\xE5\xA4\xA9\xE6\xB0\x97") == 1);  // 天気
  CHECK(index.Matches("\xE4\xBA\xAC\xE9\x83\xBD") == 1);  // 京都: neighbours, found too
  CHECK(index.Matches("\xE5\xA4\xA9") == 1);              // 天 alone
  CHECK(index.Matches("\xE5\x8C\x97\xE6\xB5\xB7\xE9\x81\x93") == 0);  // 北海道
  CHECK(IndexText("plain text, as it is") == "plain text, as it is");
}

}  // namespace
