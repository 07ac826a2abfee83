// Keywords whose value is of a wrong type, in all schemas of a document: also in those that nothing
// refers to and that are therefore never read. Pure; any thread.
#pragma once

#include <vector>

#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/json_schema/schema_document.h"

namespace lmp::constrain {

std::vector<SchemaProblem> WrongTypes(const SchemaDocument& document);

}  // namespace lmp::constrain
