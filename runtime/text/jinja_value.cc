#include "runtime/text/jinja_value.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "runtime/base/json.h"

namespace lmp::text::jinja {
namespace {

Value Make(Value::Kind kind) {
  Value value;
  value.kind = kind;
  return value;
}

void Hold(const Value& part, Value* whole) {
  whole->bytes += part.bytes;
  whole->depth = std::max(whole->depth, part.depth + 1);
}

std::string NumberText(const Value& value) {
  if (value.is(Value::Kind::kInt)) return std::to_string(value.integer);
  char text[32];
  std::snprintf(text, sizeof text, "%g", value.number);
  return text;
}

// As Python's repr.
std::string Repr(const Value& value) {
  if (!value.is(Value::Kind::kString)) return value.ToText();
  const bool has_single = value.string.find('\'') != std::string::npos;
  const char quote = has_single && value.string.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : value.string) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == quote || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + quote;
}

}  // namespace

Value Value::None() { return Make(Kind::kNone); }

Value Value::Bool(bool value) {
  Value out = Make(Kind::kBool);
  out.boolean = value;
  return out;
}

Value Value::Int(int64_t value) {
  Value out = Make(Kind::kInt);
  out.integer = value;
  return out;
}

Value Value::Float(double value) {
  Value out = Make(Kind::kFloat);
  out.number = value;
  return out;
}

Value Value::String(std::string value) {
  Value out = Make(Kind::kString);
  out.string = std::move(value);
  out.bytes += out.string.size();
  return out;
}

Value Value::ListOf(List items) {
  Value out = Make(Kind::kList);
  for (const Value& item : items) Hold(item, &out);
  out.list = std::make_shared<List>(std::move(items));
  return out;
}

Value Value::DictOf(Dict items) {
  Value out = Make(Kind::kDict);
  for (const auto& [key, value] : items) {
    out.bytes += key.size();
    Hold(value, &out);
  }
  out.dict = std::make_shared<Dict>(std::move(items));
  return out;
}

Value Value::Namespace(Dict fields) {
  Value out = Make(Kind::kNamespace);
  out.dict = std::make_shared<Dict>(std::move(fields));
  return out;
}

bool Value::Truthy() const {
  switch (kind) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
      return boolean;
    case Kind::kInt:
      return integer != 0;
    case Kind::kFloat:
      return number != 0;
    case Kind::kString:
      return !string.empty();
    case Kind::kList:
      return !list->empty();
    case Kind::kDict:
      return !dict->empty();
    case Kind::kNamespace:
    case Kind::kMacro:
      return true;
  }
  return false;
}

bool Value::Equals(const Value& other) const {
  if (is_number() && other.is_number()) return as_number() == other.as_number();
  if (kind != other.kind) return false;
  switch (kind) {
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kBool:
      return boolean == other.boolean;
    case Kind::kString:
      return string == other.string;
    case Kind::kList:
    case Kind::kDict:
      return ToJson() == other.ToJson();
    default:
      return macro == other.macro && dict == other.dict;
  }
}

const Value* Value::Find(const std::string& key) const {
  return dict == nullptr ? nullptr : FindIn(*dict, key);
}

const Value* FindIn(const Value::Dict& dict, const std::string& key) {
  const auto found =
      std::find_if(dict.begin(), dict.end(), [&](const auto& entry) { return entry.first == key; });
  return found == dict.end() ? nullptr : &found->second;
}

void SetIn(Value::Dict* dict, const std::string& key, Value value) {
  for (auto& [name, old] : *dict) {
    if (name != key) continue;
    old = std::move(value);
    return;
  }
  dict->emplace_back(key, std::move(value));
}

std::string Value::ToText() const {
  switch (kind) {
    case Kind::kUndefined:
      return "";
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return boolean ? "True" : "False";
    case Kind::kString:
      return string;
    case Kind::kInt:
    case Kind::kFloat:
      return NumberText(*this);
    case Kind::kList: {
      std::string out;
      for (const Value& item : *list) out += (out.empty() ? "" : ", ") + Repr(item);
      return "[" + out + "]";
    }
    case Kind::kDict: {
      std::string out;
      for (const auto& [key, item] : *dict) {
        out += (out.empty() ? "" : ", ") + Repr(String(key)) + ": " + Repr(item);
      }
      return "{" + out + "}";
    }
    case Kind::kNamespace:
    case Kind::kMacro:
      break;
  }
  return "<" + string + ">";
}

std::string Value::ToJson() const {
  std::string out;
  switch (kind) {
    case Kind::kUndefined:
    case Kind::kNone:
    case Kind::kNamespace:
    case Kind::kMacro:
      return "null";
    case Kind::kBool:
      return boolean ? "true" : "false";
    case Kind::kInt:
    case Kind::kFloat:
      return NumberText(*this);
    case Kind::kString:
      return DumpJson(Json(string));
    case Kind::kList:
      for (const Value& item : *list) out += (out.empty() ? "" : ", ") + item.ToJson();
      return "[" + out + "]";
    case Kind::kDict:
      for (const auto& [key, item] : *dict) {
        out += (out.empty() ? "" : ", ") + DumpJson(Json(key)) + ": " + item.ToJson();
      }
      return "{" + out + "}";
  }
  return out;
}

}  // namespace lmp::text::jinja
