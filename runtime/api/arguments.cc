// Typed arguments of lmp.h, and the contexts that stand in them: written as JSON at once, but for
// the numbers of contexts, which are known when all arguments are.
#include <cmath>

#include "ir/value.h"
#include "runtime/api/lmp.h"

namespace lmp {

Argument::Argument(std::nullptr_t) : json_("null") {}
Argument::Argument(const char* text) : Argument(std::string_view(text != nullptr ? text : "")) {}
Argument::Argument(std::string_view text)
    : json_(ir::ToJsonText(ir::Value::Str(std::string(text)))) {}
Argument::Argument(bool value) : json_(value ? "true" : "false") {}
Argument::Argument(double value)
    : json_(std::isfinite(value) ? ir::ToJsonText(ir::Value::Float(value)) : "null") {}

Argument::Argument(Context context)
    : json_(R"({"$context":})"), held_{{json_.size() - 1, std::move(context)}} {}

void Argument::Append(const Argument& part) {
  for (const Held& held : part.held_)
    held_.push_back({json_.size() + held.number_at, held.context});
  json_ += part.json_;
}

Argument Argument::List(const std::vector<Argument>& items) {
  Argument list;
  list.json_ = "[";
  for (const Argument& item : items) {
    if (list.json_.size() > 1) list.json_ += ",";
    list.Append(item);
  }
  list.json_ += "]";
  return list;
}

Argument Argument::Record(const std::vector<std::pair<std::string, Argument>>& fields) {
  Argument record;
  record.json_ = "{";
  for (const auto& [name, value] : fields) {
    record.json_ += (record.json_.size() > 1 ? "," : "") + Argument(name).json_ + ":";
    record.Append(value);
  }
  record.json_ += "}";
  return record;
}

std::string Argument::json() const {
  std::string out;
  size_t from = 0;
  for (size_t i = 0; i < held_.size(); ++i) {
    out.append(json_, from, held_[i].number_at - from);
    out += std::to_string(i);
    from = held_[i].number_at;
  }
  return out.append(json_, from);
}

std::vector<Context> Argument::contexts() const {
  std::vector<Context> out;
  for (const Held& held : held_) out.push_back(held.context);
  return out;
}

Argument Argument::FromJson(std::string json) {
  Argument value;
  value.json_ = std::move(json);
  return value;
}

Arguments::Arguments(std::initializer_list<std::pair<std::string, Argument>> arguments)
    : Arguments(std::vector(arguments)) {}
Arguments::Arguments(const std::vector<std::pair<std::string, Argument>>& arguments) {
  const Argument record = Argument::Record(arguments);
  json_ = record.json();
  contexts_ = record.contexts();
}

std::string ArgumentsJson(const std::vector<std::pair<std::string, Argument>>& arguments) {
  return Argument::Record(arguments).json();
}

}  // namespace lmp
