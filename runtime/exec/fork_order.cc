#include "runtime/exec/fork_order.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "ir/analysis.h"

namespace lmp::exec {
namespace {

using ir::Graph;
using ir::Op;
using ir::OpKind;
using ir::ValueId;

// A value as a parameter of its region or function, or a field of one.
struct Origin {
  ValueId root;
  std::vector<std::string> fields;  // from the root inwards
};

// What the text of the value begins with.
std::optional<Origin> BeginOf(const Graph& graph, ValueId value) {
  const ir::OpId id = graph.value(value).op;
  if (!id.valid()) return Origin{value, {}};
  const Op& op = graph.op(id);
  switch (op.kind) {
    case OpKind::kStrFmt:
    case OpKind::kClip:
      return BeginOf(graph, op.operands[0]);
    case OpKind::kField: {
      std::optional<Origin> of = BeginOf(graph, op.operands[0]);
      if (of) of->fields.push_back(op.attributes.name);
      return of;
    }
    case OpKind::kStrCat:
      for (const ValueId part : op.operands) {
        if (ConstantOf(graph, part) == nullptr) return BeginOf(graph, part);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// What the prompts of a region differ by first: a text that begins with a value for which
// `differs`. Nothing where that is not plain to see.
class FirstText {
 public:
  explicit FirstText(const ir::Program& program) : program_(program) {}

  template <typename Differs>
  std::optional<Origin> In(const Graph& graph, ir::RegionId region, const Differs& differs) {
    for (const ir::OpId id : graph.region(region).ops) {
      const Op& op = graph.op(id);
      std::optional<Origin> begin;
      if (op.kind == OpKind::kCtxText || op.kind == OpKind::kCtxInsert) {
        if (ConstantOf(graph, op.operands[1]) != nullptr) continue;
        begin = BeginOf(graph, op.operands[1]);
      } else if (op.kind == OpKind::kCall) {
        const std::optional<Origin> given = InCallee(op);
        if (given) begin = BeginOf(graph, given->root);
        if (begin)
          begin->fields.insert(begin->fields.end(), given->fields.begin(), given->fields.end());
      } else if (op.kind == OpKind::kGen || op.kind == OpKind::kSelect || !op.regions.empty()) {
        return std::nullopt;
      } else {
        continue;
      }
      if (!begin || differs(begin->root)) return begin;
    }
    return std::nullopt;
  }

 private:
  // The argument that the callee's prompt begins with.
  std::optional<Origin> InCallee(const Op& call) {
    const Graph* callee = program_.Find(call.attributes.name);
    if (callee == nullptr) return std::nullopt;
    std::optional<Origin> origin =
        In(*callee, ir::RegionId(0), [](ValueId) { return true; });  // callees end: no recursion
    if (!origin) return std::nullopt;
    const std::vector<ValueId>& params = callee->body().params;
    for (size_t i = 0; i < params.size(); ++i) {
      const size_t at = i + call.operands.size() - params.size();
      if (params[i] == origin->root && at < call.operands.size())
        return Origin{call.operands[at], std::move(origin->fields)};
    }
    return std::nullopt;
  }

  const ir::Program& program_;
};

// Nullable.
const ir::Value* FieldOf(const ir::Value& value, const std::vector<std::string>& fields) {
  const ir::Value* at = &value;
  for (const std::string& name : fields) {
    if (!at->is_record()) return nullptr;
    const ir::Value* found = nullptr;
    for (const auto& [field, inner] : at->as_record().fields) {
      if (field == name) found = &inner;
    }
    if (found == nullptr) return nullptr;
    at = found;
  }
  return at;
}

}  // namespace

std::vector<size_t> StartOrder(const ir::Program& program, const ir::Graph& graph,
                               const ir::Op& fork, const std::vector<ir::Value>& elements) {
  if (elements.size() < 3) return {};
  const ValueId element = graph.region(fork.regions[0]).params[0];
  const std::optional<Origin> begin = FirstText(program).In(
      graph, fork.regions[0], [&](ValueId value) { return value == element; });
  if (!begin) return {};
  std::unordered_map<std::string, size_t> numbers;
  std::vector<std::vector<size_t>> groups;
  for (size_t i = 0; i < elements.size(); ++i) {
    const ir::Value* text = FieldOf(elements[i], begin->fields);
    if (text == nullptr || text->is_context()) return {};
    const auto [number, fresh] = numbers.try_emplace(ToJsonText(*text), groups.size());
    if (fresh) groups.emplace_back();
    groups[number->second].push_back(i);
  }
  if (groups.size() == elements.size()) return {};
  std::vector<size_t> order;
  for (const std::vector<size_t>& group : groups)
    order.insert(order.end(), group.begin(), group.end());
  return order;
}

}  // namespace lmp::exec
