#include "runtime/text/jinja_builtins.h"

#include <algorithm>
#include <functional>

namespace lmp::text::jinja {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kBlank = " \t\n\r\f\v";

std::string_view Strip(std::string_view text, std::string_view set, bool left, bool right) {
  if (left) text.remove_prefix(std::min(text.find_first_not_of(set), text.size()));
  if (right) text = text.substr(0, text.find_last_not_of(set) + 1);
  return text;
}

Result<Value> Replace(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return Unsupported("replace() of an empty text");
  std::string out;
  for (size_t at; (at = text.find(from)) != std::string_view::npos;) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
    if (out.size() > kTextBytesMax) return Unsupported("replace() makes too long a text");
  }
  return Value::String(out.append(text));
}

// Letters beyond ASCII keep their case.
std::string MapCase(std::string text, bool upper) {
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

Value PairsOf(const Value::Dict& dict) {
  Value::List items;
  for (const auto& [key, value] : dict) items.push_back(Value::ListOf({Value::String(key), value}));
  return Value::ListOf(std::move(items));
}

Value SplitText(std::string_view text, const Value* separator) {
  Value::List parts;
  if (separator != nullptr && separator->is(Kind::kString) && !separator->string.empty()) {
    for (size_t at; (at = text.find(separator->string)) != std::string_view::npos;) {
      parts.push_back(Value::String(std::string(text.substr(0, at))));
      text.remove_prefix(at + separator->string.size());
    }
    parts.push_back(Value::String(std::string(text)));
    return Value::ListOf(std::move(parts));
  }
  while (!(text = Strip(text, kBlank, true, false)).empty()) {
    const size_t end = std::min(text.find_first_of(kBlank), text.size());
    parts.push_back(Value::String(std::string(text.substr(0, end))));
    text.remove_prefix(end);
  }
  return Value::ListOf(std::move(parts));
}

Result<Value> Join(const Value::List& items, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += separator;
    out += items[i].ToText();
    if (out.size() > kTextBytesMax) return Unsupported("join() makes too long a text");
  }
  return Value::String(std::move(out));
}

Result<Value> Select(const Value& value, std::span<const Value> arguments, bool keep) {
  Value::List out;
  for (const Value& item : *value.list) {
    const Value* const field = item.Find(arguments[0].string);
    const Value of = field == nullptr ? Value() : *field;
    bool holds = of.Truthy();
    if (arguments.size() > 1) {
      LMP_TRY(holds, ApplyTest(arguments[1].string, of, arguments.subspan(2)));
    }
    if (holds == keep) out.push_back(item);
  }
  return Value::ListOf(std::move(out));
}

Value FieldsOf(const Value::List& items, const std::string& field) {
  Value::List out;
  for (const Value& item : items) {
    const Value* const found = item.Find(field);
    out.push_back(found == nullptr ? Value() : *found);
  }
  return Value::ListOf(std::move(out));
}

Result<Value> Length(const Value& value) {
  if (value.is(Kind::kString)) return Value::Int(static_cast<int64_t>(CodePoints(value.string)));
  if (value.is(Kind::kList)) return Value::Int(static_cast<int64_t>(value.list->size()));
  if (value.is(Kind::kDict)) return Value::Int(static_cast<int64_t>(value.dict->size()));
  return Unsupported("the length of something without one");
}

Result<Value> ListFilter(const std::string& name, const Value& value,
                         std::span<const Value> arguments) {
  const Value::List& items = *value.list;
  if (name == "join") return Join(items, arguments.empty() ? "" : arguments[0].ToText());
  if (name == "list") return Value::ListOf(items);
  if (name == "first") return items.empty() ? Value() : items.front();
  if (name == "last") return items.empty() ? Value() : items.back();
  const bool by_field = !arguments.empty() && arguments[0].is(Kind::kString);
  if (by_field && name == "selectattr") return Select(value, arguments, true);
  if (by_field && name == "rejectattr") return Select(value, arguments, false);
  if (by_field && name == "map") return FieldsOf(items, arguments[0].string);
  return Unsupported("the filter \"" + name + "\" of a list");
}

}  // namespace

Result<Value> ApplyFilter(const std::string& name, const Value& value,
                          std::span<const Value> arguments) {
  if (name == "length" || name == "count") return Length(value);
  if (name == "tojson") return Value::String(value.ToJson());
  if (name == "string") return Value::String(value.ToText());
  if (name == "safe") return value;
  if (name == "default" || name == "d") {
    const bool falsy_too = arguments.size() > 1 && arguments[1].Truthy();
    const bool replace = falsy_too ? !value.Truthy() : value.is(Kind::kUndefined);
    if (!replace) return value;
    return arguments.empty() ? Value::String("") : arguments[0];
  }
  if (value.is(Kind::kList)) return ListFilter(name, value, arguments);
  if (value.is(Kind::kDict) && name == "items") return PairsOf(*value.dict);
  if (value.is(Kind::kDict) && name == "dictsort") {
    Value::Dict sorted = *value.dict;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return MapCase(a.first, false) < MapCase(b.first, false);
    });
    return PairsOf(sorted);
  }
  const std::string text = value.ToText();
  if (name == "trim") return Value::String(std::string(Strip(text, kBlank, true, true)));
  if (name == "lower" || name == "upper") return Value::String(MapCase(text, name == "upper"));
  if (name == "replace" && arguments.size() == 2) {
    return Replace(text, arguments[0].ToText(), arguments[1].ToText());
  }
  return Unsupported("the filter \"" + name + "\"");
}

Result<bool> ApplyTest(const std::string& name, const Value& value,
                       std::span<const Value> arguments) {
  if (name == "defined") return !value.is(Kind::kUndefined);
  if (name == "undefined") return value.is(Kind::kUndefined);
  if (name == "none") return value.is(Kind::kNone);
  if (name == "string") return value.is(Kind::kString);
  if (name == "mapping") return value.is(Kind::kDict);
  if (name == "boolean") return value.is(Kind::kBool);
  if (name == "number") return value.is_number();
  if (name == "integer") return value.is(Kind::kInt);
  if (name == "true") return value.is(Kind::kBool) && value.boolean;
  if (name == "false") return value.is(Kind::kBool) && !value.boolean;
  if (name == "iterable" || name == "sequence") {
    return value.is(Kind::kString) || value.is(Kind::kList) || value.is(Kind::kDict);
  }
  if ((name == "equalto" || name == "eq") && arguments.size() == 1) {
    return value.Equals(arguments[0]);
  }
  return Unsupported("the test \"" + name + "\"");
}

Result<Value> CallMethod(const std::string& name, const Value& of,
                         std::span<const Value> arguments) {
  if (of.is(Kind::kDict)) {
    if (name == "items") return PairsOf(*of.dict);
    if (name == "get" && !arguments.empty()) {
      const Value* const found = of.Find(arguments[0].ToText());
      if (found != nullptr) return *found;
      return arguments.size() > 1 ? arguments[1] : Value::None();
    }
  }
  if (!of.is(Kind::kString)) return Unsupported("the method \"" + name + "\"");
  const std::string& text = of.string;
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    const std::string set = arguments.empty() ? std::string(kBlank) : arguments[0].ToText();
    return Value::String(std::string(Strip(text, set, name != "rstrip", name != "lstrip")));
  }
  if (name == "split") return SplitText(text, arguments.empty() ? nullptr : &arguments[0]);
  if (name == "lower" || name == "upper") return Value::String(MapCase(text, name == "upper"));
  if (arguments.size() == 1 && name == "startswith") {
    return Value::Bool(text.starts_with(arguments[0].ToText()));
  }
  if (arguments.size() == 1 && name == "endswith") {
    return Value::Bool(text.ends_with(arguments[0].ToText()));
  }
  if (arguments.size() == 2 && name == "replace") {
    return Replace(text, arguments[0].ToText(), arguments[1].ToText());
  }
  return Unsupported("the method \"" + name + "\" of a string");
}

}  // namespace lmp::text::jinja
