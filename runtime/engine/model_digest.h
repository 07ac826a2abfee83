// The name by which tables measured on a model, records and stores know it: SHA-256 of its file, in
// hex; of a folder, SHA-256 over the names and digests of the files that make the model. Reads all
// of them. Any thread.
#pragma once

#include <string>

#include "runtime/base/status.h"

namespace lmp::engine {

// Errors: NotFound, Unavailable, Unsupported (no SHA-256 in this build).
Result<std::string> ModelDigest(const std::string& path);
// "demo.gguf" and "reuse" -> "demo.reuse": where a table of the model stands.
std::string BesideModel(const std::string& model_path, const std::string& extension);

}  // namespace lmp::engine
