// Typed arguments of lmp.h: written as JSON at once.
#include <cmath>

#include "ir/value.h"
#include "runtime/api/lmp.h"

namespace lmp {

Argument::Argument(std::nullptr_t) : json_("null") {}
Argument::Argument(const char* text) : Argument(std::string_view(text != nullptr ? text : "")) {}
Argument::Argument(std::string_view text)
    : json_(ir::ToJsonText(ir::Value::Str(std::string(text)))) {}
Argument::Argument(bool value) : json_(value ? "true" : "false") {}
Argument::Argument(int64_t value) : json_(std::to_string(value)) {}
Argument::Argument(double value)
    : json_(std::isfinite(value) ? ir::ToJsonText(ir::Value::Float(value)) : "null") {}

Argument Argument::List(const std::vector<Argument>& items) {
  Argument list;
  for (const Argument& item : items) list.json_ += (list.json_.empty() ? "" : ",") + item.json_;
  list.json_ = "[" + list.json_ + "]";
  return list;
}

Argument Argument::Record(const std::vector<std::pair<std::string, Argument>>& fields) {
  Argument record;
  for (const auto& [name, value] : fields) {
    record.json_ += (record.json_.empty() ? "" : ",") + Argument(name).json_ + ":" + value.json_;
  }
  record.json_ = "{" + record.json_ + "}";
  return record;
}

Argument Argument::FromJson(std::string json) {
  Argument value;
  value.json_ = std::move(json);
  return value;
}

std::string ArgumentsJson(const std::vector<std::pair<std::string, Argument>>& arguments) {
  return Argument::Record(arguments).json();
}

}  // namespace lmp
