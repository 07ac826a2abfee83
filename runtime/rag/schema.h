// The tables of a corpus file, and its settings. One thread at a time; errors as of sqlite.h.
//
//   settings    name, value            format, limits, counter, vector dimension, residue, epoch
//   sources     id, place              what `add` was given; scanned again by each update
//   documents   id, name, kind, source, size, mtime_ns, hash
//   skips       name, size, mtime_ns, reason       so that a file in vain is not read again
//   excluded    name                   removed by hand while a source still has it
//   chunks      id, document, position, key, begin_byte, line, heading, body, tokens, body_hash
//   vectors     chunk, label, embedding            float32, little-endian, of length 1
//   words       FTS5 without content: heading, body; rowid = chunks.id
//   purges      document               whose chunk KV is still to be purged
//
// Ids are never used again. A change of any of this raises kFormatVersion; a file of another
// version is refused, for it can be made again from its sources.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/status.h"
#include "runtime/rag/sqlite.h"

namespace lmp::rag {

inline constexpr int kFormatVersion = 1;

enum class OpenMode { kExisting, kCreate };

// Opens a corpus, with kCreate makes one (mode 0600) where there is none. Errors: NotFound,
// Corruption (damaged, or a file of something else), Unsupported (another version), Unavailable.
Result<std::unique_ptr<Database>> OpenCorpusFile(const std::string& path, OpenMode mode,
                                                 int busy_ms);

Result<int64_t> GetSetting(Database* database, std::string_view name, int64_t otherwise);
Result<std::string> GetTextSetting(Database* database, std::string_view name);
Status SetSetting(Database* database, std::string_view name, int64_t value);
Status SetSetting(Database* database, std::string_view name, std::string_view value);

// Names of settings that more than one file uses.
inline constexpr std::string_view kResidue = "residue";               // rows were deleted: Erase
inline constexpr std::string_view kVectorResidue = "vector_residue";  // of them some with vectors
inline constexpr std::string_view kVectorEpoch = "vector_epoch";      // grows with each change
inline constexpr std::string_view kGraphDigest = "graph_digest";      // of the file with the graph
inline constexpr std::string_view kHasKv = "has_kv";  // chunk KV was made: purges must not be lost

}  // namespace lmp::rag
