#include "ir/graph.h"

namespace lmp::ir {
namespace {

struct OpEntry {
  std::string_view name;
  OpClass op_class;
};

constexpr OpEntry kOps[] = {
#define LMP_OP(kind, text, op_class) {text, OpClass::op_class},
#include "ir/op.def"
#undef LMP_OP
};

}  // namespace

std::string_view OpName(OpKind kind) { return kOps[static_cast<size_t>(kind)].name; }

OpClass OpClassOf(OpKind kind) { return kOps[static_cast<size_t>(kind)].op_class; }

std::optional<OpKind> OpNamed(std::string_view name) {
  for (size_t i = 0; i < std::size(kOps); ++i) {
    if (kOps[i].name == name) return static_cast<OpKind>(i);
  }
  return std::nullopt;
}

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
    case Role::kObserve:
      return "observe";
  }
  return "?";
}

std::optional<Role> RoleNamed(std::string_view name) {
  for (const Role role : {Role::kSystem, Role::kUser, Role::kAssistant, Role::kObserve}) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

ValueId NamedOperandOf(const Op& op, std::string_view name) {
  for (const NamedOperand& operand : op.named) {
    if (operand.name == name) return operand.value;
  }
  return ValueId();
}

}  // namespace lmp::ir
