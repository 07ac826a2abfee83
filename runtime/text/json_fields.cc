#include "runtime/text/json_fields.h"

#include "runtime/text/tokenizer_origin.h"

namespace lmp::text {
namespace {

// What a value is, for a message.
std::string Found(const SortedJson& value) {
  switch (value.type()) {
    case SortedJson::value_t::null:
      return "null";
    case SortedJson::value_t::object:
      return "an object";
    case SortedJson::value_t::array:
      return "a list";
    case SortedJson::value_t::string:
      return ShownText(value.get_ref<const std::string&>());
    default:
      return value.dump();
  }
}

}  // namespace

JsonField JsonField::Member(std::string_view key, const SortedJson& member) const {
  return {&member, path + "[" + ShownText(key) + "]"};
}

JsonField JsonField::operator[](std::string_view name) const {
  JsonField out{nullptr, path.empty() ? std::string(name) : path + "." + std::string(name)};
  if (!is_object()) return out;
  const auto found = value->find(name);
  if (found != value->end()) out.value = &*found;
  return out;
}

JsonField JsonField::At(size_t index) const {
  return {&(*value)[index], path + "[" + std::to_string(index) + "]"};
}

Status JsonField::Wrong(std::string_view expected) const {
  const std::string where = path.empty() ? "" : path + ": ";
  if (value == nullptr) return Corruption(where + "missing, expected " + std::string(expected));
  return Corruption(where + "expected " + std::string(expected) + ", found " + Found(*value));
}

Result<std::string> JsonField::String() const {
  if (!present() || !value->is_string()) return Wrong("a string");
  return value->get_ref<const std::string&>();
}

Result<std::string> JsonField::StringOr(std::string_view absent) const {
  if (!present()) return std::string(absent);
  return String();
}

Result<bool> JsonField::BoolOr(bool absent) const {
  if (!present()) return absent;
  if (!value->is_boolean()) return Wrong("true or false");
  return value->get<bool>();
}

Result<int64_t> JsonField::Integer() const {
  if (!present() || !value->is_number_integer()) return Wrong("a whole number");
  const bool fits = !value->is_number_unsigned() || value->get<uint64_t>() <= INT64_MAX;
  if (!fits) return Wrong("a smaller number");
  return value->get<int64_t>();
}

}  // namespace lmp::text
