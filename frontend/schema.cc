#include "frontend/schema.h"

#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

class Writer {
 public:
  explicit Writer(const Model& model) : model_(model), types_(model.program->types) {}

  std::string Text(TypeId id, const std::string& indent) const {
    if (!id.valid()) return "?";
    const ir::Type& type = types_[id];
    switch (type.kind) {
      case TypeKind::kI64:
        return type.low ? "int " + std::to_string(*type.low) + ".." + std::to_string(*type.high)
                        : "int";
      case TypeKind::kF64:
        return type.low_f
                   ? "number " + FormatDouble(*type.low_f) + ".." + FormatDouble(*type.high_f)
                   : "number";
      case TypeKind::kBool:
        return "true | false";
      case TypeKind::kStr:
        return type.high ? "string of at most " + std::to_string(*type.high) + " characters"
                         : "string";
      case TypeKind::kList: {
        std::string element = Text(type.element, indent);
        if (element.find(" | ") != std::string::npos && element.front() != '{')
          element = "(" + element + ")";
        return element + "[]";
      }
      case TypeKind::kOptional:
        return Text(type.element, indent) + " | null";
      case TypeKind::kEnum:
        return EnumText(type.name);
      case TypeKind::kRecord:
        return RecordText(type.name, indent);
      default:
        return "?";
    }
  }

 private:
  std::string EnumText(const std::string& name) const {
    const Declared* declared = model_.Find(name);
    std::string text;
    for (const ir::EnumMember& member : model_.enums[declared->index].members.members) {
      if (!text.empty()) text += " | ";
      text += QuoteText(member.text);
      if (!member.description.empty()) text += " (" + member.description + ")";
    }
    return text;
  }

  std::string RecordText(const std::string& name, const std::string& indent) const {
    const Declared* declared = model_.Find(name);
    const Record& record = model_.records[declared->index];
    std::string text = "{\n";
    for (size_t i = 0; i < record.fields.size(); ++i) {
      const auto& description = record.decl->fields[i].description;
      text += indent + "  " + QuoteText(record.fields[i].name) + ": " +
              Text(record.fields[i].type, indent + "  ");
      if (i + 1 < record.fields.size()) text += ",";
      if (description) text += "  // " + description->text;
      text += "\n";
    }
    return text + indent + "}";
  }

  const Model& model_;
  const ir::TypeTable& types_;
};

}  // namespace

std::string SchemaText(const Model& model, TypeId type) { return Writer(model).Text(type, ""); }

}  // namespace lmp::frontend
