// What of a graph is fixed: the op behind a value, and the text of a constant.
#pragma once

#include <string>

#include "ir/graph.h"

namespace lmp::exec {

// Null for parameters.
inline const ir::Op* DefiningOp(const ir::Graph& graph, ir::ValueId value) {
  const ir::OpId id = graph.value(value).op;
  return id.valid() ? &graph.op(id) : nullptr;
}

// Null if the value is no constant text.
inline const std::string* ConstText(const ir::Graph& graph, ir::ValueId value) {
  const ir::Op* op = DefiningOp(graph, value);
  const bool is_text =
      op != nullptr && op->kind == ir::OpKind::kConst && op->attributes.value.is_str();
  return is_text ? &op->attributes.value.as_str() : nullptr;
}

}  // namespace lmp::exec
