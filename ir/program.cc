#include "ir/program.h"

#include <algorithm>

namespace lmp::ir {
namespace {

template <typename T>
const T* FindNamed(const std::vector<T>& items, std::string_view name) {
  for (const T& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

}  // namespace

const Graph* Program::Find(std::string_view function) const {
  return FindNamed(functions, function);
}

const RecordDecl* Program::FindRecord(std::string_view record) const {
  return FindNamed(records, record);
}

const EnumDecl* Program::FindEnum(std::string_view enumeration) const {
  return FindNamed(enums, enumeration);
}

const CorpusDecl* Program::FindCorpus(std::string_view corpus) const {
  return FindNamed(corpora, corpus);
}

const ToolDecl* Program::FindTool(std::string_view tool) const {
  for (const ToolDecl& declared : tools) {
    if (declared.name == tool) return &declared;
  }
  return nullptr;
}

std::string_view ToolEffectName(ToolEffect effect) {
  switch (effect) {
    case ToolEffect::kPure:
      return "pure";
    case ToolEffect::kRead:
      return "read";
    case ToolEffect::kWrite:
      return "write";
  }
  return "";
}

const Value* Program::FindConfig(std::string_view entry) const {
  const ConfigEntry* found = FindNamed(config, entry);
  return found == nullptr ? nullptr : &found->value;
}

bool HoldsContext(const Program& program, TypeId id) {
  const Type& type = program.types[id];
  const auto inside = [&](TypeId part) { return HoldsContext(program, part); };
  if (type.kind == TypeKind::kCtx) return true;
  if (type.element.valid()) return inside(type.element);
  if (type.kind == TypeKind::kUnion) {
    return std::any_of(type.members.begin(), type.members.end(), inside);
  }
  if (type.kind != TypeKind::kRecord) return false;  // no record contains itself
  const RecordDecl* record = program.FindRecord(type.name);
  return record != nullptr &&
         std::any_of(record->fields.begin(), record->fields.end(),
                     [&](const FieldDecl& field) { return inside(field.type); });
}

}  // namespace lmp::ir
