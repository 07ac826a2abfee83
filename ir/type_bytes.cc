#include "ir/type_bytes.h"

#include <algorithm>
#include <string>

namespace lmp::ir {
namespace {

int64_t Bytes(const std::string& text, bool json) {
  return static_cast<int64_t>(json ? ToJsonText(Value::Str(text)).size() : text.size());
}

Bound Text(const Type& type, bool json) {
  if (type.options) {
    int64_t longest = 0;
    for (const std::string& option : *type.options)
      longest = std::max(longest, Bytes(option, json));
    return longest;
  }
  if (!type.high || !type.high_hole.empty()) return {};
  // A character has at most 4 bytes, and is at most `\u001f` in JSON.
  return json ? Bound(*type.high) * 6 + 2 : Bound(*type.high) * 4;
}

}  // namespace

Bound TypeBytes::Of(TypeId id, bool json) const {
  const Type& type = program_.types[id];
  switch (type.kind) {
    case TypeKind::kI64:
      return 20;
    case TypeKind::kF64:
      return 32;
    case TypeKind::kBool:
      return 5;
    case TypeKind::kStr:
      return Text(type, json);
    case TypeKind::kEnum: {
      int64_t longest = 0;
      for (const EnumMember& member : program_.FindEnum(type.name)->members)
        longest = std::max(longest, Bytes(member.text, json));
      return longest;
    }
    case TypeKind::kOptional:
      return Larger(4, Of(type.element, true));
    case TypeKind::kList:
      if (!type.high || !type.high_hole.empty()) return {};
      return (Of(type.element, true) + 2) * *type.high + 2;
    case TypeKind::kRecord: {
      Bound total = 2;
      for (const FieldDecl& field : program_.FindRecord(type.name)->fields)
        total = total + Bytes(field.name, true) + 4 + Of(field.type, true);
      return total;
    }
    case TypeKind::kUnion: {
      Bound longest = 0;
      for (const TypeId member : type.members) {
        const Bound kind = 10 + Bytes(program_.types[member].name, true);
        longest = Larger(longest, kind + Of(member, true));
      }
      return longest;
    }
    default:
      return {};
  }
}

bool TypeBytes::HoldsFloat(TypeId id) const {
  const Type& type = program_.types[id];
  switch (type.kind) {
    case TypeKind::kF64:
      return true;
    case TypeKind::kList:
    case TypeKind::kOptional:
      return HoldsFloat(type.element);
    case TypeKind::kUnion:
      return std::any_of(type.members.begin(), type.members.end(),
                         [&](TypeId member) { return HoldsFloat(member); });
    case TypeKind::kRecord: {
      const auto& fields = program_.FindRecord(type.name)->fields;
      return std::any_of(fields.begin(), fields.end(),
                         [&](const FieldDecl& field) { return HoldsFloat(field.type); });
    }
    default:
      return false;
  }
}

}  // namespace lmp::ir
