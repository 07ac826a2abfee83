// What programs can call besides their own functions: built-ins of ir/builtin.h under the names
// users may write, and the modules of `std`. Constant tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmp::frontend {

// Built-ins that are written as calls (operators are not, nor what needs an import).
bool IsCallableBuiltin(std::string_view name);
// A built-in, or another function that every program has.
bool IsLanguageFunction(std::string_view name);
std::vector<std::string> CallableBuiltins();
// Parameter names where arguments may be named; nullptr where they are positional only.
const std::vector<std::string>* BuiltinParameters(std::string_view name);

bool IsStdModule(std::string_view module);
std::vector<std::string> StdModules();
// The built-in behind `module.function`.
std::optional<std::string_view> StdFunction(std::string_view module, std::string_view function);
std::vector<std::string> StdFunctions(std::string_view module);

// Names of types that no declaration may take.
bool IsLanguageType(std::string_view name);
std::vector<std::string> LanguageTypes();

}  // namespace lmp::frontend
