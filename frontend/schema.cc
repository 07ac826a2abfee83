#include "frontend/schema.h"

#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

class Writer {
 public:
  Writer(const Model& model, size_t bytes_max)
      : model_(model), types_(model.program->types), bytes_max_(bytes_max) {}

  bool too_long() const { return too_long_; }

  std::string Text(TypeId id, const std::string& indent) {
    if (!id.valid()) return "?";
    const ir::Type& type = types_[id];
    switch (type.kind) {
      case TypeKind::kI64:
        return "int" +
               Range(type, type.low, type.high, [](int64_t n) { return std::to_string(n); });
      case TypeKind::kF64:
        return "number" + Range(type, type.low_f, type.high_f, FormatDouble);
      case TypeKind::kBool:
        return "true | false";
      case TypeKind::kStr:
        return StringText(type);
      case TypeKind::kList:
        return ListText(type, indent);
      case TypeKind::kOptional:
        return Text(type.element, indent) + " | null";
      case TypeKind::kEnum:
        return EnumText(type.name);
      case TypeKind::kRecord:
        return RecordText(type.name, indent, false);
      case TypeKind::kUnion: {
        std::string text;
        for (const TypeId member : type.members)
          text += (text.empty() ? "" : " | ") + RecordText(types_[member].name, indent, true);
        return Bounded(std::move(text));
      }
      default:
        return "?";
    }
  }

 private:
  // " 1..5", or nothing; an end known only at run time is named.
  template <typename T, typename Format>
  static std::string Range(const ir::Type& type, const std::optional<T>& low,
                           const std::optional<T>& high, Format format) {
    const std::string begin = !type.low_hole.empty() ? type.low_hole : low ? format(*low) : "";
    const std::string end = !type.high_hole.empty() ? type.high_hole : high ? format(*high) : "";
    return begin.empty() && end.empty() ? "" : " " + begin + ".." + end;
  }

  static std::string StringText(const ir::Type& type) {
    if (type.grammar) return type.grammar->source;
    if (!type.options_hole.empty()) return "one of the " + type.options_hole + " above";
    if (type.options) {
      std::string text;
      for (const std::string& option : *type.options)
        text += (text.empty() ? "" : " | ") + QuoteText(option);
      return text;
    }
    std::string text = "string";
    if (type.pattern) text += " like /" + *type.pattern + "/";
    const std::string least = type.low ? std::to_string(*type.low) : type.low_hole;
    const std::string most = type.high ? std::to_string(*type.high) : type.high_hole;
    if (!least.empty() && !most.empty())
      return text + " of " + least + " to " + most + " characters";
    if (!least.empty()) return text + " of at least " + least + " characters";
    return most.empty() ? text : text + " of at most " + most + " characters";
  }

  std::string ListText(const ir::Type& type, const std::string& indent) {
    std::string element = Text(type.element, indent);
    // What has blanks in it would not be seen as one element.
    const bool several = types_[type.element].kind == TypeKind::kUnion;
    if (element.find(' ') != std::string::npos && (several || element.front() != '{'))
      element = "(" + element + ")";
    const std::string size =
        Range(type, type.low, type.high, [](int64_t n) { return std::to_string(n); });
    return element + "[]" + (size.empty() ? "" : " of" + size + " items");
  }

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

  // Records are written out wherever they stand, so a short program may have a long text.
  std::string Bounded(std::string text) {
    too_long_ |= text.size() > bytes_max_;
    return too_long_ ? std::string() : text;
  }

  // `tagged`: as a member of a union.
  std::string RecordText(const std::string& name, const std::string& indent, bool tagged) {
    const Record& record = *model_.FindRecord(name);
    std::string text = "{\n";
    if (tagged) {
      text += indent + "  \"kind\": " + QuoteText(name) + (record.fields.empty() ? "\n" : ",\n");
    }
    for (size_t i = 0; i < record.fields.size() && text.size() <= bytes_max_; ++i) {
      text += indent + "  " + QuoteText(record.fields[i].name) + ": " +
              Text(record.fields[i].generated, indent + "  ");
      if (i + 1 < record.fields.size()) text += ",";
      if (!record.fields[i].description.empty()) text += "  // " + record.fields[i].description;
      text += "\n";
    }
    return Bounded(text + indent + "}");
  }

  const Model& model_;
  const ir::TypeTable& types_;
  const size_t bytes_max_;
  bool too_long_ = false;
};

}  // namespace

std::optional<std::string> SchemaText(const Model& model, TypeId type, size_t bytes_max) {
  Writer writer(model, bytes_max);
  std::string text = writer.Text(type, "");
  if (writer.too_long() || text.size() > bytes_max) return std::nullopt;
  return text;
}

}  // namespace lmp::frontend
