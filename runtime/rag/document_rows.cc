#include "runtime/rag/document_rows.h"

#include <map>
#include <unordered_map>
#include <utility>

#include "runtime/rag/digest.h"
#include "runtime/rag/schema.h"
#include "runtime/rag/words.h"

namespace lmp::rag {
namespace {

// What the index has as a chunk's heading: the last part of a file's name helps to find it.
std::string IndexHeading(DocumentKind kind, std::string_view name, std::string_view heading) {
  std::string out(heading);
  if (kind == DocumentKind::kFile) {
    out += ' ';
    out.append(name.substr(name.rfind('/') + 1));
  }
  return IndexText(out);
}

// Chunks and words of one document, with its statements prepared once.
class ChunkRows {
 public:
  static Result<ChunkRows> Make(Database* database, DocumentKind kind, std::string name) {
    LMP_TRY(Statement add_words,
            database->Prepare("INSERT INTO words(rowid, heading, body) VALUES(?, ?, ?)"));
    LMP_TRY(Statement drop_words,
            database->Prepare(
                "INSERT INTO words(words, rowid, heading, body) VALUES('delete', ?, ?, ?)"));
    LMP_TRY(Statement drop_chunk, database->Prepare("DELETE FROM chunks WHERE id = ?"));
    LMP_TRY(Statement drop_vector, database->Prepare("DELETE FROM vectors WHERE chunk = ?"));
    return ChunkRows{database,
                     kind,
                     std::move(name),
                     std::move(add_words),
                     std::move(drop_words),
                     std::move(drop_chunk),
                     std::move(drop_vector)};
  }

  Status AddWords(int64_t id, std::string_view heading, std::string_view body) {
    const std::string indexed = IndexHeading(kind, name, heading);
    const std::string words = IndexText(body);
    return add_words.Bind(1, id).Bind(2, indexed).Bind(3, words).Execute();
  }

  Status Drop(int64_t id, std::string_view heading, std::string_view body) {
    const std::string indexed = IndexHeading(kind, name, heading);
    const std::string words = IndexText(body);
    LMP_RETURN_IF_ERROR(drop_words.Bind(1, id).Bind(2, indexed).Bind(3, words).Execute());
    LMP_RETURN_IF_ERROR(drop_vector.Bind(1, id).Execute());
    vectors_dropped = vectors_dropped || database->changes() > 0;
    return drop_chunk.Bind(1, id).Execute();
  }

  Database* database;
  DocumentKind kind;
  std::string name;
  Statement add_words, drop_words, drop_chunk, drop_vector;
  bool vectors_dropped = false;
};

// After something was deleted: bytes of it may be anywhere in the file until Erase.
Status MarkResidue(Database* database, const std::string& document, bool vectors) {
  LMP_RETURN_IF_ERROR(SetSetting(database, kResidue, 1));
  LMP_TRY(Statement purge, database->Prepare("INSERT OR IGNORE INTO purges VALUES(?)"));
  LMP_RETURN_IF_ERROR(purge.Bind(1, document).Execute());
  if (!vectors) return OkStatus();
  LMP_RETURN_IF_ERROR(SetSetting(database, kVectorResidue, 1));
  return BumpVectorEpoch(database);
}

struct OldChunk {
  int64_t id;
  std::string heading, body;
};

Result<std::unordered_map<std::string, OldChunk>> ReadOldChunks(Database* database,
                                                                int64_t document) {
  LMP_TRY(Statement read,
          database->Prepare("SELECT key, id, heading, body FROM chunks WHERE document = ?"));
  read.Bind(1, document);
  std::unordered_map<std::string, OldChunk> old;
  for (;;) {
    LMP_TRY(const bool row, read.Step());
    if (!row) return old;
    old.emplace(std::string(read.Text(0)),
                OldChunk{read.Number(1), std::string(read.Text(2)), std::string(read.Text(3))});
  }
}

// Inserts the document or updates it in place; returns its id.
Result<int64_t> PutRow(Database* database, const DocumentFacts& facts) {
  LMP_TRY(Statement put,
          database->Prepare(
              "INSERT INTO documents(name, kind, source, size, mtime_ns, hash) "
              "VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO UPDATE SET kind = excluded.kind, "
              "source = excluded.source, size = excluded.size, mtime_ns = excluded.mtime_ns, "
              "hash = excluded.hash RETURNING id"));
  put.Bind(1, facts.name).Bind(2, static_cast<int64_t>(facts.kind)).Bind(3, facts.source);
  put.Bind(4, facts.size).Bind(5, facts.mtime_ns).Bind(6, facts.hash);
  LMP_TRY(const bool row, put.Step());
  LMP_CHECK(row);
  return put.Number(0);
}

// Equal passages of one document differ in their number, wherever they stand.
class KeyMaker {
 public:
  explicit KeyMaker(std::string_view document) : document_(document) {}
  std::string Next(std::string_view heading, std::string_view body) {
    std::string content = Sha256Hex({heading, body});
    const std::string number = std::to_string(seen_[content]++);
    return Sha256Hex({document_, content, number}).substr(0, 32);
  }

 private:
  const std::string_view document_;
  std::map<std::string, int> seen_;
};

}  // namespace

Status BumpVectorEpoch(Database* database) {
  LMP_TRY(const int64_t epoch, GetSetting(database, kVectorEpoch, 0));
  return SetSetting(database, kVectorEpoch, epoch + 1);
}

Result<ChunkChanges> PutDocument(Database* database, const DocumentFacts& facts,
                                 std::string_view text, const std::vector<Chunk>& chunks) {
  LMP_TRY(const int64_t document, PutRow(database, facts));
  LMP_TRY(auto old, ReadOldChunks(database, document));
  LMP_TRY(ChunkRows rows, ChunkRows::Make(database, facts.kind, facts.name));
  LMP_TRY(Statement add,
          database->Prepare("INSERT INTO chunks(document, position, key, begin_byte, line, "
                            "heading, body, tokens, body_hash) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  LMP_TRY(Statement move, database->Prepare("UPDATE chunks SET position = ?, begin_byte = ?, "
                                            "line = ?, tokens = ? WHERE id = ?"));
  ChunkChanges changes;
  KeyMaker keys(facts.name);
  for (size_t i = 0; i < chunks.size(); ++i) {
    const Chunk& chunk = chunks[i];
    const std::string_view body = text.substr(chunk.begin, chunk.end - chunk.begin);
    const std::string key = keys.Next(chunk.heading, body);
    const auto position = static_cast<int64_t>(i), begin = static_cast<int64_t>(chunk.begin),
               line = static_cast<int64_t>(chunk.line), tokens = static_cast<int64_t>(chunk.tokens);
    if (const auto found = old.find(key); found != old.end()) {
      move.Bind(1, position).Bind(2, begin).Bind(3, line).Bind(4, tokens);
      LMP_RETURN_IF_ERROR(move.Bind(5, found->second.id).Execute());
      old.erase(found);
      ++changes.kept;
      continue;
    }
    const std::string body_hash = Sha256Hex({body}).substr(0, 32);
    add.Bind(1, document).Bind(2, position).Bind(3, key).Bind(4, begin).Bind(5, line);
    add.Bind(6, chunk.heading).Bind(7, body).Bind(8, tokens).Bind(9, body_hash);
    LMP_RETURN_IF_ERROR(add.Execute());
    LMP_RETURN_IF_ERROR(rows.AddWords(database->last_id(), chunk.heading, body));
    ++changes.added;
  }
  for (const auto& [key, chunk] : old) {
    LMP_RETURN_IF_ERROR(rows.Drop(chunk.id, chunk.heading, chunk.body));
    ++changes.removed;
  }
  if (changes.removed > 0) {
    LMP_RETURN_IF_ERROR(MarkResidue(database, facts.name, rows.vectors_dropped));
  }
  return changes;
}

Result<ChunkChanges> DeleteDocument(Database* database, int64_t id) {
  DocumentFacts facts;
  {
    LMP_TRY(Statement read, database->Prepare("SELECT name, kind FROM documents WHERE id = ?"));
    LMP_TRY(const bool row, read.Bind(1, id).Step());
    if (!row) return ChunkChanges();
    facts.name = std::string(read.Text(0));
    facts.kind = static_cast<DocumentKind>(read.Number(1));
  }
  LMP_TRY(const auto old, ReadOldChunks(database, id));
  LMP_TRY(ChunkRows rows, ChunkRows::Make(database, facts.kind, facts.name));
  for (const auto& [key, chunk] : old) {
    LMP_RETURN_IF_ERROR(rows.Drop(chunk.id, chunk.heading, chunk.body));
  }
  LMP_TRY(Statement drop, database->Prepare("DELETE FROM documents WHERE id = ?"));
  LMP_RETURN_IF_ERROR(drop.Bind(1, id).Execute());
  LMP_RETURN_IF_ERROR(MarkResidue(database, facts.name, rows.vectors_dropped));
  return ChunkChanges{0, 0, static_cast<int64_t>(old.size())};
}

}  // namespace lmp::rag
