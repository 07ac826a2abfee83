// TextForm: a grammar for what a completion writes, made from a JSON Schema alone.
//
// Pure functions; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"

namespace lmp::exec {

struct TextForm {
  constrain::GrammarRef grammar;                  // null if refused
  std::vector<constrain::SchemaProblem> refused;  // every place that cannot be kept to
};
TextForm FormOfJsonSchema(std::string_view schema);
TextForm FormOfJsonObject();

// Whether a first byte is found within the limits: what can never begin is said at once. Errors:
// ResourceExhausted.
Status TryStart(constrain::GrammarRef grammar);

}  // namespace lmp::exec
