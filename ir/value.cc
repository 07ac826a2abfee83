#include "ir/value.h"

#include <algorithm>
#include <atomic>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {

struct ValueCounts {
  explicit ValueCounts(size_t most) : bytes_max(most) {}
  const size_t bytes_max;
  std::atomic<size_t> live{0};
  std::atomic<uint64_t> made{0};
};

namespace {

constexpr size_t kScalarBytes = sizeof(Value);
constexpr size_t kSharedBytes = 24;  // what a value in storage of its own costs beside that

thread_local std::shared_ptr<ValueCounts> counts_in_use;

// "64 MiB", or "1000 bytes" where it is no whole number of these.
std::string BytesText(size_t bytes) {
  constexpr size_t kMiB = 1u << 20;
  return bytes % kMiB == 0 ? std::to_string(bytes / kMiB) + " MiB"
                           : std::to_string(bytes) + " bytes";
}

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

ValueAccount::ValueAccount(size_t bytes_max) : counts_(std::make_shared<ValueCounts>(bytes_max)) {}
size_t ValueAccount::bytes_max() const { return counts_->bytes_max; }
size_t ValueAccount::live() const { return counts_->live.load(std::memory_order_relaxed); }
uint64_t ValueAccount::made() const { return counts_->made.load(std::memory_order_relaxed); }

ValueAccount::Use::Use(const ValueAccount& account)
    : outer_(std::exchange(counts_in_use, account.counts_)) {}
ValueAccount::Use::~Use() { counts_in_use = std::move(outer_); }

ValueCharge::ValueCharge(size_t bytes) {
  if (counts_in_use == nullptr) return;
  counts_ = counts_in_use;
  bytes_ = bytes;
  counts_->live.fetch_add(bytes, std::memory_order_relaxed);
  counts_->made.fetch_add(bytes, std::memory_order_relaxed);
}
ValueCharge::ValueCharge(ValueCharge&& other) noexcept
    : counts_(std::move(other.counts_)), bytes_(std::exchange(other.bytes_, 0)) {}
ValueCharge& ValueCharge::operator=(ValueCharge&& other) noexcept {
  std::swap(counts_, other.counts_);
  std::swap(bytes_, other.bytes_);
  return *this;
}
ValueCharge::~ValueCharge() {
  if (counts_ != nullptr) counts_->live.fetch_sub(bytes_, std::memory_order_relaxed);
}

Value::Value() = default;
Value::~Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;

Value Value::Str(std::string v) {
  ValueCharge charge(sizeof(StringValue) + kSharedBytes + v.capacity());
  return Value(
      Storage(std::make_shared<const StringValue>(StringValue{std::move(v), std::move(charge)})));
}

Value Value::List(std::vector<Value> items) {
  auto list = std::make_shared<ListValue>();
  list->bytes = kScalarBytes;
  for (const Value& item : items) list->bytes = SaturatingAdd(list->bytes, ValueBytes(item));
  list->charge = ValueCharge(sizeof(ListValue) + kSharedBytes + items.capacity() * sizeof(Value));
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
  record->charge = ValueCharge(sizeof(RecordValue) + kSharedBytes +
                               fields.capacity() * sizeof(std::pair<std::string, Value>));
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

size_t OneValueBytesMax() {
  const size_t most = counts_in_use == nullptr ? 0 : counts_in_use->bytes_max;
  return most == 0 ? kValueBytesMax : std::min(most, kValueBytesMax);
}

Status ValueTooLarge() {
  return ResourceExhausted("a value of more than " + BytesText(OneValueBytesMax()) +
                           " (limit of one value)");
}

Status CheckValueBytes(const Value& value) {
  return ValueBytes(value) <= OneValueBytesMax() ? OkStatus() : ValueTooLarge();
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
