// The folder of a chunk store: its marker file says whose the store is, so that a store of another
// model, tokenizer or format is emptied, and a folder that is no store is never touched.
//
// The marker is text: a line with the format version, then ChunkIdentity::ToText().
#pragma once

#include <string>

#include "cache/chunk.h"
#include "runtime/base/status.h"

namespace lmp::store {

inline constexpr char kMarkerName[] = "LMP-CHUNKS";

struct FolderState {
  bool rewrite = false;     // what is there must be emptied first
  std::string reason = {};  // with rewrite: a sentence for a person
};

// Makes the folder (0700) if it is not there, and compares the marker.
// Errors: InvalidArgument (not empty and no chunk store), Unavailable (the disk refuses).
Result<FolderState> InspectFolder(const std::string& path, const cache::ChunkIdentity& identity);

// Whose store the folder is. Errors: NotFound (no chunk store there), Unsupported (another format),
// Corruption (a damaged marker, or a store that is to be emptied).
Result<cache::ChunkIdentity> ReadFolderIdentity(const std::string& path);

// Writes the marker, atomically, mode 0600. An empty identity text marks a store that must be
// rewritten when it is opened next.
Status WriteMarker(const std::string& path, const std::string& identity_text);

}  // namespace lmp::store
