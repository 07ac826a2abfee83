// One document in the tables of a corpus: written, replaced and deleted with its chunks, words and
// vectors. Used inside a transaction of the caller; one thread at a time; errors as of sqlite.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/rag/chunker.h"
#include "runtime/rag/sqlite.h"

namespace lmp::rag {

enum class DocumentKind : uint8_t { kFile = 0, kPassage = 1 };  // a passage came without a file

struct DocumentFacts {
  std::string name;
  DocumentKind kind = DocumentKind::kFile;
  int64_t source = 0;  // sources.id; 0 for a passage
  int64_t size = 0, mtime_ns = 0;
  std::string hash = {};
};

struct ChunkChanges {
  int64_t added = 0, kept = 0, removed = 0;
};

// Writes the document and its chunks. A chunk with the text, heading and name that an old one had
// is that one: it keeps its key and its vector. What is deleted marks the corpus as having residue
// (corpus.h, Erase), and the document's KV for purging.
Result<ChunkChanges> PutDocument(Database* database, const DocumentFacts& facts,
                                 std::string_view text, const std::vector<Chunk>& chunks);
// Deletes everything of the document but its name among the purges.
Result<ChunkChanges> DeleteDocument(Database* database, int64_t id);

// Tells those who have loaded the vectors that they have changed.
Status BumpVectorEpoch(Database* database);

}  // namespace lmp::rag
