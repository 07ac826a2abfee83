#include "ir/program.h"

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

const Value* Program::FindConfig(std::string_view entry) const {
  const ConfigEntry* found = FindNamed(config, entry);
  return found == nullptr ? nullptr : &found->value;
}

}  // namespace lmp::ir
