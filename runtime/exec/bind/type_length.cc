#include "runtime/exec/bind/type_length.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ir/regex.h"
#include "runtime/base/text.h"

namespace lmp::exec {
namespace {

using ir::Type;
using ir::TypeKind;

constexpr int64_t kLongest = int64_t{1} << 40;  // beyond any `max`; sums of two do not overflow

int64_t JsonBytes(const std::string& text) {
  return static_cast<int64_t>(ir::ToJsonText(ir::Value::Str(text)).size());
}

class Measure {
 public:
  explicit Measure(const ir::Program& program) : program_(program) {}

  int64_t Of(ir::TypeId id, bool as_json) {
    const Type& type = program_.types[id];
    switch (type.kind) {
      case TypeKind::kI64:
        return Integer(type);
      case TypeKind::kF64:
        return 1;
      case TypeKind::kBool:
        return 4;
      case TypeKind::kStr:
        return Text(type, as_json);
      case TypeKind::kEnum: {
        std::vector<std::string> texts;
        for (const ir::EnumMember& member : program_.FindEnum(type.name)->members)
          texts.push_back(member.text);
        return Choice(texts, as_json);
      }
      case TypeKind::kOptional:
        return std::min<int64_t>(4, Of(type.element, true));
      case TypeKind::kList:
        return List(type);
      case TypeKind::kUnion: {
        int64_t shortest = kLongest;
        for (const ir::TypeId one : type.members) {
          const Type& member = program_.types[one];
          const bool alone = program_.FindRecord(member.name)->fields.empty();
          const int64_t kind = 8 + JsonBytes(member.name) + (alone ? 0 : 2);  // `"kind": "A", `
          shortest = std::min(shortest, Record(member) + kind);
        }
        return shortest;
      }
      default:
        return Record(type);
    }
  }

 private:
  static int64_t Integer(const Type& type) {
    const bool open = !type.low_hole.empty() || !type.high_hole.empty();
    const int64_t low = type.low.value_or(INT64_MIN);
    const int64_t high = type.high.value_or(INT64_MAX);
    if (open || (low <= 0 && high >= 0)) return 1;
    return static_cast<int64_t>(std::to_string(low > 0 ? low : high).size());
  }

  static int64_t Choice(const std::vector<std::string>& texts, bool as_json) {
    int64_t shortest = texts.empty() ? 0 : kLongest;
    for (const std::string& text : texts) {
      shortest = std::min(shortest, as_json ? JsonBytes(text) : static_cast<int64_t>(text.size()));
    }
    return shortest;
  }

  static int64_t Text(const Type& type, bool as_json) {
    const int64_t quotes = as_json ? 2 : 0;
    if (!type.options_hole.empty()) return quotes;
    if (type.grammar) return 0;  // not known
    if (type.options) return Choice(*type.options, as_json);
    int64_t characters = type.low.value_or(0);
    if (type.pattern) {
      const Result<ir::Regex> regex = ir::Regex::Compile(*type.pattern);
      const auto text = regex.ok() ? regex.value().ShortestMatch() : std::nullopt;
      if (text) characters = std::max(characters, static_cast<int64_t>(Utf8Length(*text)));
    }
    return characters + quotes;
  }

  int64_t List(const Type& type) {
    const int64_t items = type.low_hole.empty() ? type.low.value_or(0) : 0;
    if (items <= 0) return 2;
    const int64_t item = Of(type.element, true) + 2;
    return items > kLongest / item ? kLongest : items * item;
  }

  int64_t Record(const Type& type) {
    if (const auto known = records_.find(type.name); known != records_.end()) return known->second;
    const ir::RecordDecl& record = *program_.FindRecord(type.name);
    int64_t total = record.fields.empty() ? 2 : 0;
    for (const ir::FieldDecl& field : record.fields) {  // `{"name": value` or `, "name": value`
      total = std::min(kLongest, total + JsonBytes(field.name) + 4 + Of(field.type, true));
    }
    return records_[type.name] = total;
  }

  const ir::Program& program_;
  std::map<std::string, int64_t> records_;
};

}  // namespace

int64_t ShortestText(const ir::Program& program, ir::TypeId type) {
  return Measure(program).Of(type, false);
}

}  // namespace lmp::exec
