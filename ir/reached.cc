#include "ir/reached.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

namespace lmp::ir {

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

}  // namespace lmp::ir
