// Files as documents: which format a name means, and reading a file that may be anything.
// Functions without state, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/rag/chunker.h"

namespace lmp::rag {

// By the extension; kText for what it does not know.
Format FormatOf(std::string_view name);

// The text of a file, without a byte-order mark. Errors, each with a message that is a reason
// without the file's name: InvalidArgument (empty, binary, not UTF-8, not a regular file),
// ResourceExhausted (longer than `bytes_max`), Unavailable (cannot be read).
Result<std::string> ReadDocument(const std::string& path, uint64_t bytes_max);
// The same checks on text that is there already. `text` loses its byte-order mark.
Status CheckDocument(std::string* text);

// "1.2 GB"
std::string SizeText(uint64_t bytes);

}  // namespace lmp::rag
