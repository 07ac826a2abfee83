// What the server takes and gives, as an OpenAPI 3.1 document: the paths of docs/SERVER.md, and the
// functions of the served programs by their types.
//
// Pure function; any thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/server/service.h"

namespace lmp::server {

// `keyed`: the server asks for keys.
std::string OpenApiDocument(const std::vector<ServedProgram>& programs, bool keyed);

}  // namespace lmp::server
