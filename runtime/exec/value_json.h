// Typed values from text: the arguments of a run, and what a model wrote. Errors of arguments name
// the place inside the argument ("notes[2].text") with what was found and what was expected.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.h"
#include "runtime/base/status.h"
#include "runtime/exec/context.h"

namespace lmp::exec {

// `arguments` is a JSON object with one member per parameter; parameters that have a default may be
// left out. Where a context is asked for, {"$context": i} is `contexts[i]`. Errors: InvalidArgument
// (unknown name, missing argument, wrong type, out of range).
Result<std::vector<ir::Value>> ArgumentsFromJson(const ir::Program& program,
                                                 const ir::Graph& function,
                                                 std::string_view arguments,
                                                 std::span<const ContextRef> contexts = {});

// The value as JSON, its contexts in the form above; they are appended to `contexts`.
std::string ValueToJson(const ir::Value& value, std::vector<ContextRef>* contexts);

// One member for the object above from a command-line word: JSON where the type wants it, plain
// text for strings and enums. Returns JSON text.
Result<std::string> ArgumentFromWord(const ir::Program& program, const ir::Param& parameter,
                                     std::string_view word);

// The value that a model wrote for a type, in the form of bind/type_grammar.h: exactly the T that
// the text spells. Errors: InvalidArgument, for a text that is not of that form.
Result<ir::Value> GeneratedValue(const ir::Program& program, ir::TypeId type,
                                 std::string_view text);

// An element of such a text, if `list` is a list type: alone, and the same value.
Result<ir::Value> GeneratedElement(const ir::Program& program, ir::TypeId list,
                                   std::string_view text);

// What a host gave for a type: JSON, as arguments are. `open`: members that no field has are passed
// over. Errors: InvalidArgument, with the place inside, what was found and what was expected.
Result<ir::Value> ValueFromJson(const ir::Program& program, ir::TypeId type, std::string_view text,
                                bool open = false);

}  // namespace lmp::exec
