#include "ir/value.h"

#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

constexpr size_t kScalarBytes = sizeof(Value);

size_t SaturatingAdd(size_t a, size_t b) { return a + b < a ? SIZE_MAX : a + b; }

void AppendJsonString(const std::string& text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += "\\u00";
          out->push_back(kHex[static_cast<unsigned char>(c) >> 4]);
          out->push_back(kHex[static_cast<unsigned char>(c) & 15]);
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

// `blank` stands behind commas and colons.
void AppendJson(const Value& value, std::string_view blank, std::string* out) {
  if (value.is_null()) {
    *out += "null";
  } else if (value.is_bool()) {
    *out += value.as_bool() ? "true" : "false";
  } else if (value.is_int()) {
    *out += std::to_string(value.as_int());
  } else if (value.is_float()) {
    *out += FormatDouble(value.as_float());
  } else if (value.is_str()) {
    AppendJsonString(value.as_str(), out);
  } else if (value.is_enum()) {
    AppendJsonString(value.as_enum().text, out);
  } else if (value.is_list()) {
    out->push_back('[');
    bool first = true;
    for (const Value& item : value.as_list()) {
      if (!first) (*out += ',') += blank;
      first = false;
      AppendJson(item, blank, out);
    }
    out->push_back(']');
  } else if (value.is_record()) {
    out->push_back('{');
    bool first = true;
    if (value.as_record().tagged) {
      (*out += "\"kind\":") += blank;
      AppendJsonString(value.as_record().name, out);
      first = false;
    }
    for (const auto& [name, field] : value.as_record().fields) {
      if (!first) (*out += ',') += blank;
      first = false;
      AppendJsonString(name, out);
      (*out += ':') += blank;
      AppendJson(field, blank, out);
    }
    out->push_back('}');
  } else {
    *out += value.is_context() ? "\"<context>\"" : "\"<effect>\"";
  }
}

}  // namespace

Value::Value() = default;
Value::~Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;

Value Value::List(std::vector<Value> items) {
  auto list = std::make_shared<ListValue>();
  list->bytes = kScalarBytes;
  for (const Value& item : items) list->bytes = SaturatingAdd(list->bytes, ValueBytes(item));
  list->items = std::move(items);
  return Value(Storage(ListRef(std::move(list))));
}

Value Value::Record(std::string name, std::vector<std::pair<std::string, Value>> fields,
                    bool tagged) {
  auto record = std::make_shared<RecordValue>();
  record->bytes = kScalarBytes + (tagged ? name.size() : 0);
  for (const auto& [field, value] : fields) {
    record->bytes = SaturatingAdd(record->bytes, SaturatingAdd(field.size(), ValueBytes(value)));
  }
  record->name = std::move(name);
  record->fields = std::move(fields);
  record->tagged = tagged;
  return Value(Storage(RecordRef(std::move(record))));
}

Value Value::Enum(std::string name, std::string member, std::string text) {
  return Value(Storage(std::make_shared<const EnumValue>(
      EnumValue{std::move(name), std::move(member), std::move(text)})));
}

bool Value::operator==(const Value& other) const {
  if (storage_.index() != other.storage_.index()) return false;
  if (is_bool()) return as_bool() == other.as_bool();
  if (is_int()) return as_int() == other.as_int();
  if (is_float()) return as_float() == other.as_float();
  if (is_str()) return as_str() == other.as_str();
  if (is_list()) return Get<ListRef>() == other.Get<ListRef>() || as_list() == other.as_list();
  if (is_record()) {
    const RecordValue& a = as_record();
    const RecordValue& b = other.as_record();
    return &a == &b || (a.name == b.name && a.tagged == b.tagged && a.fields == b.fields);
  }
  if (is_enum()) {
    return as_enum().name == other.as_enum().name && as_enum().member == other.as_enum().member;
  }
  if (is_context()) return as_context() == other.as_context();
  return true;  // both null, or both effects
}

size_t ValueBytes(const Value& value) {
  if (value.is_str()) return SaturatingAdd(kScalarBytes, value.as_str().size());
  if (value.is_enum()) return kScalarBytes + value.as_enum().text.size();
  if (value.is_list()) return value.list_bytes();
  if (value.is_record()) return value.as_record().bytes;
  return kScalarBytes;
}

Status CheckValueBytes(const Value& value) {
  if (ValueBytes(value) <= kValueBytesMax) return OkStatus();
  return ResourceExhausted("a value of more than " + std::to_string(kValueBytesMax >> 20) +
                           " MiB (limit of one value)");
}

std::string ToJsonText(const Value& value) {
  std::string out;
  AppendJson(value, "", &out);
  return out;
}

std::string ToSpacedJsonText(const Value& value) {
  std::string out;
  AppendJson(value, " ", &out);
  return out;
}

Result<std::string> ToPromptText(const Value& value) {
  if (value.is_str()) return value.as_str();
  if (value.is_enum()) return value.as_enum().text;
  if (value.is_null())
    return InvalidArgument("null has no text; choose one with `x == null ? ... : ...`");
  if (value.is_context()) return InvalidArgument("a context has no text of its own");
  if (value.is_effect()) return InvalidArgument("an effect has no text");
  return ToJsonText(value);
}

}  // namespace lmp::ir
