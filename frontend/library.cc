#include "frontend/library.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "frontend/std_modules.h"
#include "ir/builtin.h"

namespace lmp::frontend {
namespace {

// Built-ins that stand behind operators and imports.
constexpr std::string_view kNotCallable[] = {
    "add",   "sub",   "mul",      "div",         "mod",    "neg",      "eq",  "ne",
    "lt",    "le",    "gt",       "ge",          "and",    "or",       "not", "in",
    "index", "slice", "majority", "concat_list", "unwrap", "math_eval"};

// Functions that are no built-ins of the IR; `stats` is for tests only.
constexpr std::string_view kOfTheLanguage[] = {
    "schema", "file", "confidence", "probabilities", "retrieve", "run", "listen", "tokens", "clip"};

struct StdRow {
  std::string_view module, function, builtin;
};
constexpr StdRow kStd[] = {{"vote", "majority", "majority"}};

constexpr std::string_view kTypeNames[] = {"string", "int", "float", "bool", "list", "context"};

template <typename Range>
bool Has(const Range& range, std::string_view name) {
  return std::find(std::begin(range), std::end(range), name) != std::end(range);
}

}  // namespace

bool IsLanguageFunction(std::string_view name) {
  return IsCallableBuiltin(name) || name == "stats" || Has(kOfTheLanguage, name);
}

bool IsCallableBuiltin(std::string_view name) {
  return ir::FindBuiltin(name) != nullptr && !Has(kNotCallable, name);
}

std::vector<std::string> CallableBuiltins() {
  std::vector<std::string> names(std::begin(kOfTheLanguage), std::end(kOfTheLanguage));
  for (const ir::BuiltinSignature& builtin : ir::AllBuiltins()) {
    if (!Has(kNotCallable, builtin.name)) names.emplace_back(builtin.name);
  }
  return names;
}

const std::vector<std::string>* BuiltinParameters(std::string_view name) {
  static const std::vector<std::string> kSort = {"xs", "by"};
  static const std::vector<std::string> kTop = {"xs", "by", "n"};
  if (name == "sort") return &kSort;
  if (name == "top") return &kTop;
  return nullptr;
}

bool IsStdModule(std::string_view module) {
  return StdText(module).has_value() ||
         std::any_of(std::begin(kStd), std::end(kStd),
                     [&](const StdRow& row) { return row.module == module; });
}

std::vector<std::string> StdModules() {
  std::vector<std::string> names;
  for (const StdRow& row : kStd) {
    if (!Has(names, row.module)) names.emplace_back(row.module);
  }
  names.emplace_back("rag");
  return names;
}

std::optional<std::string_view> StdFunction(std::string_view module, std::string_view function) {
  for (const StdRow& row : kStd) {
    if (row.module == module && row.function == function) return row.builtin;
  }
  return std::nullopt;
}

std::vector<std::string> StdFunctions(std::string_view module) {
  std::vector<std::string> names;
  for (const StdRow& row : kStd) {
    if (row.module == module) names.emplace_back(row.function);
  }
  return names;
}

bool IsLanguageType(std::string_view name) { return Has(kTypeNames, name); }
std::vector<std::string> LanguageTypes() { return {std::begin(kTypeNames), std::end(kTypeNames)}; }

}  // namespace lmp::frontend
