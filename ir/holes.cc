#include "ir/holes.h"

#include <utility>

namespace lmp::ir {
namespace {

Status Use(const std::string& hole, TypeKind kind, HoleKinds* kinds) {
  if (hole.empty()) return OkStatus();
  const auto [entry, is_new] = kinds->emplace(hole, kind);
  if (is_new || entry->second == kind) return OkStatus();
  return InvalidArgument("the hole `$" + hole + "` is used for two kinds of values");
}

Status UseArguments(const Program& program, const Type& type, HoleKinds* kinds) {
  const RecordDecl* found = program.FindRecord(type.name);
  if (found == nullptr) return InvalidArgument("there is no record `" + type.name + "`");
  const RecordDecl& record = *found;
  if (type.arguments.size() != record.holes.size()) {
    return InvalidArgument("`" + record.name + "` has " + std::to_string(record.holes.size()) +
                           " holes, filled are " + std::to_string(type.arguments.size()));
  }
  for (size_t i = 0; i < record.holes.size(); ++i) {
    const auto& [hole, by] = type.arguments[i];
    if (hole != record.holes[i].name) {
      return InvalidArgument("`" + record.name + "` has no hole `$" + hole + "` in this place");
    }
    LMP_RETURN_IF_ERROR(Use(by, program.types[record.holes[i].type].kind, kinds));
  }
  return OkStatus();
}

Status UseType(const Program& program, TypeId id, HoleKinds* kinds) {
  const Type& type = program.types[id];
  const TypeKind number = type.kind == TypeKind::kF64 ? TypeKind::kF64 : TypeKind::kI64;
  LMP_RETURN_IF_ERROR(Use(type.low_hole, number, kinds));
  LMP_RETURN_IF_ERROR(Use(type.high_hole, number, kinds));
  LMP_RETURN_IF_ERROR(Use(type.options_hole, TypeKind::kList, kinds));
  if (type.kind == TypeKind::kRecord) return UseArguments(program, type, kinds);
  for (const TypeId member : type.members) {
    LMP_RETURN_IF_ERROR(UseType(program, member, kinds));
  }
  return type.element.valid() ? UseType(program, type.element, kinds) : OkStatus();
}

}  // namespace

Result<HoleKinds> HolesOf(const Program& program, TypeId type) {
  HoleKinds kinds;
  LMP_RETURN_IF_ERROR(UseType(program, type, &kinds));
  return kinds;
}

Result<HoleKinds> HolesOf(const Program& program, const RecordDecl& record) {
  HoleKinds kinds;
  for (const FieldDecl& field : record.fields) {
    LMP_RETURN_IF_ERROR(UseType(program, field.type, &kinds));
  }
  return kinds;
}

HoleValues HoleValuesOf(const std::vector<std::pair<std::string, Value>>& named) {
  HoleValues values;
  for (const auto& [name, value] : named) {
    if (name.starts_with('$')) values.emplace(name.substr(1), value);
  }
  return values;
}

Type Filled(Type type, const HoleValues& values) {
  const auto value_of = [&](std::string* hole) -> const Value* {
    const auto found = values.find(*hole);
    if (hole->empty() || found == values.end()) return nullptr;
    hole->clear();
    return &found->second;
  };
  const bool real = type.kind == TypeKind::kF64;
  if (const Value* low = value_of(&type.low_hole)) {
    if (real) type.low_f = low->as_float();
    if (!real) type.low = low->as_int();
  }
  if (const Value* high = value_of(&type.high_hole)) {
    if (real) type.high_f = high->as_float();
    if (!real) type.high = high->as_int();
  }
  if (const Value* options = value_of(&type.options_hole)) {
    type.options.emplace();
    for (const Value& option : options->as_list()) type.options->push_back(option.as_str());
  }
  return type;
}

HoleValues ValuesInside(const Type& type, const HoleValues& values) {
  HoleValues inside;
  for (const auto& [hole, by] : type.arguments) {
    if (const auto found = values.find(by); found != values.end()) {
      inside.emplace(hole, found->second);
    }
  }
  return inside;
}

}  // namespace lmp::ir
