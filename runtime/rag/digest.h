// SHA-256 over a list of texts, each with its length in front: names of documents and chunks
// (decision 16: what a user chooses is never named by a weaker digest). Pure, any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp::rag {

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::initializer_list<std::string_view> parts);
// Of a file's bytes. Errors: NotFound, Unavailable.
Result<std::string> FileSha256Hex(const std::string& path);

}  // namespace lmp::rag
