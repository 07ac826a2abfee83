// What `schema(T)` puts into a prompt: the shortest text that tells a model the form of T, typed
// lines with descriptions (language.md 3.3). Deterministic, pure.
#pragma once

#include <string>

#include "frontend/model.h"

namespace lmp::frontend {

std::string SchemaText(const Model& model, TypeId type);

}  // namespace lmp::frontend
