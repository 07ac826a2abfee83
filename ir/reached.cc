#include "ir/reached.h"

#include <algorithm>
#include <functional>
#include <set>

namespace lmp::ir {

namespace {

// The engines on which each function runs, where `begins` do on what they name.
FunctionsByEngine ByEngine(const Program& program,
                           const std::function<bool(const Graph&)>& begins) {
  std::map<std::string, std::set<std::string>, std::less<>> engines;  // of each function
  FunctionsByEngine placed;
  // Callees stand before callers.
  for (auto graph = program.functions.rbegin(); graph != program.functions.rend(); ++graph) {
    std::set<std::string>& own = engines[graph->name];
    const bool called = !own.empty();
    if (!graph->engine.empty()) own.clear();
    if (begins(*graph) || (called && own.empty())) own.insert(graph->engine);
    for (const std::string& engine : own) placed[engine].push_back(&*graph);
    for (const Op& op : graph->ops) {
      if (op.kind == OpKind::kCall) engines[op.attributes.name].insert(own.begin(), own.end());
    }
  }
  for (auto& [engine, functions] : placed) std::reverse(functions.begin(), functions.end());
  return placed;
}

}  // namespace

std::vector<const Graph*> ReachedFunctions(const Program& program, std::string_view function) {
  std::set<std::string, std::less<>> names = {std::string(function)};
  std::vector<const Graph*> reached;
  // Callees stand before callers.
  for (auto graph = program.functions.rbegin(); graph != program.functions.rend(); ++graph) {
    if (!names.contains(graph->name)) continue;
    reached.push_back(&*graph);
    for (const Op& op : graph->ops) {
      if (op.kind == OpKind::kCall) names.insert(op.attributes.name);
    }
  }
  std::reverse(reached.begin(), reached.end());
  return reached;
}

FunctionsByEngine ReachedByEngine(const Program& program, std::string_view function) {
  return ByEngine(program, [&](const Graph& graph) { return graph.name == function; });
}

FunctionsByEngine AllByEngine(const Program& program) {
  return ByEngine(program, [](const Graph&) { return true; });
}

bool NamesNoEngine(const Program& program) {
  return std::all_of(program.functions.begin(), program.functions.end(),
                     [](const Graph& graph) { return graph.engine.empty(); });
}

bool IsEngineName(std::string_view name) {
  constexpr size_t kBytesMax = 64;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= kBytesMax && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

}  // namespace lmp::ir
