// What `schema(T)` puts into a prompt: the shortest text that tells a model the form of T, typed
// lines with descriptions (language.md 3.3). Deterministic, pure.
#pragma once

#include <optional>
#include <string>

#include "frontend/model.h"

namespace lmp::frontend {

// Nothing if it is longer than `bytes_max`.
std::optional<std::string> SchemaText(const Model& model, TypeId type, size_t bytes_max);

}  // namespace lmp::frontend
