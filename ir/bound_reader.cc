#include "ir/bound_reader.h"

#include <algorithm>
#include <utility>

#include "ir/analysis.h"

namespace lmp::ir {

std::string BoundReader::Path(ValueId value) const {
  const ValueDef& def = graph_.value(value);
  if (!def.op.valid()) {
    const size_t hidden = graph_.effectful ? 1 : 0;
    const bool parameter = def.region == RegionId(0) && def.index >= hidden;
    return parameter ? graph_.params[def.index - hidden].name : "";
  }
  const Op& op = graph_.op(def.op);
  if (op.kind != OpKind::kField) return "";
  const std::string record = Path(op.operands[0]);
  return record.empty() ? "" : record + "." + op.attributes.name;
}

Bound BoundReader::Items(ValueId list) const {
  if (const auto most = ItemsMax(program_, graph_, list)) return *most;
  if (const std::string path = Path(list); !path.empty())
    return Bound::Of({path, Bound::Kind::kLength});
  const OpId id = graph_.value(list).op;
  if (!id.valid()) return {};
  const Op& op = graph_.op(id);
  if (op.kind == OpKind::kFork || op.kind == OpKind::kNarrow) return Items(op.operands[0]);
  if (op.kind != OpKind::kCallPure) return {};
  const std::string& name = op.attributes.name;
  // From 0 or more on there are at most as many as its end says.
  if (name == "range" && (op.operands.size() == 1 || NotNegative(op.operands[0])))
    return Number(op.operands.back());
  if (name == "slice") return Items(op.operands[0]);
  if (name == "add") return Items(op.operands[0]) + Items(op.operands[1]);
  if (name == "reverse" || name == "sort" || name == "unique") return Items(op.operands[0]);
  if (name == "concat_list") return Items(op.operands[0]) + Items(op.operands[1]);
  return {};
}

bool BoundReader::NotNegative(ValueId number) const {
  if (const Value* constant = ConstantOf(graph_, number)) return constant->as_int() >= 0;
  if (const auto least = program_.types[graph_.value(number).type].low) return *least >= 0;
  const OpId id = graph_.value(number).op;
  return id.valid() && graph_.op(id).kind == OpKind::kCallPure &&
         graph_.op(id).attributes.name == "len";
}

Bound BoundReader::Number(ValueId number) const {
  const TypeKind kind = program_.types[graph_.value(number).type].kind;
  if (kind != TypeKind::kI64) return {};
  if (const Value* constant = ConstantOf(graph_, number))
    return std::max<int64_t>(0, constant->as_int());
  // Of a value of `int(1..20)` the end of its range holds: what becomes one is checked.
  if (const auto most = program_.types[graph_.value(number).type].high)
    return std::max<int64_t>(0, *most);
  if (const std::string path = Path(number); !path.empty())
    return Bound::Of({path, Bound::Kind::kNumber});
  const OpId id = graph_.value(number).op;
  if (!id.valid()) return {};
  const Op& op = graph_.op(id);
  if (op.kind == OpKind::kNarrow) return Number(op.operands[0]);
  if (op.kind != OpKind::kCallPure) return {};
  if (op.attributes.name == "len" &&
      program_.types[graph_.value(op.operands[0]).type].kind == TypeKind::kList)
    return Items(op.operands[0]);
  if (op.attributes.name == "add") return Number(op.operands[0]) + Number(op.operands[1]);
  // Two below 0 give one above it.
  const bool signs_known = NotNegative(op.operands[0]) || NotNegative(op.operands[1]);
  if (op.attributes.name == "mul" && signs_known && Number(op.operands[0]).constant())
    return Number(op.operands[0]) * Number(op.operands[1]);
  return {};
}

std::function<Bound(const Bound::Input&)> BoundReader::GivenTo(
    const Op& call, std::function<Bound(ValueId)> size) const {
  const Graph& callee = *program_.Find(call.attributes.name);
  return [this, &call, &callee, size = std::move(size)](const Bound::Input& input) -> Bound {
    const size_t hidden = call.operands.size() - callee.params.size();  // the effect, if passed
    const size_t dot = input.path.find('.');
    const std::string name = input.path.substr(0, dot);
    for (size_t i = 0; i < callee.params.size(); ++i) {
      if (callee.params[i].name != name) continue;
      const ValueId argument = call.operands[i + hidden];
      if (input.kind == Bound::Kind::kBytes || input.kind == Bound::Kind::kTokens)
        return size(argument);  // of a field, that of its record
      if (dot == std::string::npos)
        return input.kind == Bound::Kind::kLength ? Items(argument) : Number(argument);
      const std::string path = Path(argument);
      return path.empty() ? Bound() : Bound::Of({path + input.path.substr(dot), input.kind});
    }
    return {};
  };
}

Bound BoundReader::Attempts(const Op& op) const {
  const ValueId retries = NamedOperandOf(op, "retries");
  return retries.valid() ? Number(retries) + 1 : Bound(1);
}

std::string BoundReader::Counted(const Op& loop) const {
  const bool is_while = loop.kind == OpKind::kWhile;
  const ValueId by = is_while ? NamedOperandOf(loop, "limit") : loop.operands[0];
  const std::string& name = graph_.value(by).name;
  return std::string(OpName(loop.kind)) + (is_while ? " with limit " : " over ") +
         (name.empty() ? "a list of unknown length" : "%" + name);
}

}  // namespace lmp::ir
