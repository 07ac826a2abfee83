// What a tool's arguments may be named where its JSON Schema leaves that open: what it names. The
// standard would let any other name stand there, too, which no function takes; LangChain and
// LlamaIndex send schemas like that.
//
// Includes the JSON library: only .cc files include this header. Any thread.
#pragma once

#include "runtime/base/json.h"

namespace lmp::api {

// Sets `additionalProperties` to false in objects that have `properties` and say nothing of it.
// What the schema then allows, it allowed before. Left as it is where parts of a schema must hold
// at the same time (`allOf`, `$ref` beside `properties`), for closing one would forbid the names of
// the other.
void CloseObjects(Json* schema);

}  // namespace lmp::api
