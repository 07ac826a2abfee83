#include "runtime/model/gguf.h"

#include <cmath>
#include <cstring>

#include "runtime/model/gguf_parser.h"

namespace lmp::model {
namespace {

template <typename T>
T Load(std::span<const std::byte> bytes, size_t index = 0) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

// The value of an integer scalar; nullopt for other types and for what int64 cannot hold.
std::optional<int64_t> IntegerOf(const GgufValue& value) {
  switch (value.type) {
    case GgufType::kUint8:
      return Load<uint8_t>(value.bytes);
    case GgufType::kInt8:
      return Load<int8_t>(value.bytes);
    case GgufType::kUint16:
      return Load<uint16_t>(value.bytes);
    case GgufType::kInt16:
      return Load<int16_t>(value.bytes);
    case GgufType::kUint32:
      return Load<uint32_t>(value.bytes);
    case GgufType::kInt32:
      return Load<int32_t>(value.bytes);
    case GgufType::kInt64:
      return Load<int64_t>(value.bytes);
    case GgufType::kUint64: {
      const auto wide = Load<uint64_t>(value.bytes);
      if (wide > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
      return static_cast<int64_t>(wide);
    }
    default:
      return std::nullopt;
  }
}

Status TypeError(std::string_view key, GgufType found, std::string_view wanted) {
  return Corruption(std::string(key) + ": is " + std::string(GgufTypeName(found)) + ", expected " +
                    std::string(wanted));
}

template <typename T>
Result<T> OrAbsent(Result<T> result, T absent) {
  if (!result.ok() && result.status().code() == StatusCode::kNotFound) return absent;
  return result;
}

}  // namespace

std::string_view GgufTypeName(GgufType type) {
  switch (type) {
    case GgufType::kUint8:
      return "uint8";
    case GgufType::kInt8:
      return "int8";
    case GgufType::kUint16:
      return "uint16";
    case GgufType::kInt16:
      return "int16";
    case GgufType::kUint32:
      return "uint32";
    case GgufType::kInt32:
      return "int32";
    case GgufType::kFloat32:
      return "float32";
    case GgufType::kBool:
      return "bool";
    case GgufType::kString:
      return "string";
    case GgufType::kArray:
      return "array";
    case GgufType::kUint64:
      return "uint64";
    case GgufType::kInt64:
      return "int64";
    case GgufType::kFloat64:
      return "float64";
  }
  return "unknown";
}

Result<GgufFile> GgufFile::Open(const std::string& path) {
  LMP_TRY(MappedFile mapping, MappedFile::Open(path));
  auto file = Parse(mapping.bytes());
  if (!file.ok()) return file.status().WithPrefix(path);
  file->mapping_ = std::move(mapping);
  file->path_ = path;
  return file;
}

Result<GgufFile> GgufFile::Parse(std::span<const std::byte> bytes) {
  GgufFile file;
  file.file_bytes_ = bytes.size();
  LMP_RETURN_IF_ERROR(GgufParser(bytes, &file).Parse());
  return file;
}

const GgufValue* GgufFile::Find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const GgufTensor* GgufFile::FindTensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

Result<const GgufValue*> GgufFile::Get(std::string_view key, GgufType type) const {
  const GgufValue* const value = Find(key);
  if (value == nullptr) return NotFound(std::string(key) + ": missing");
  if (value->type != type) return TypeError(key, value->type, GgufTypeName(type));
  return value;
}

Result<const GgufValue*> GgufFile::GetArray(std::string_view key) const {
  return Get(key, GgufType::kArray);
}

Result<int64_t> GgufFile::Integer(std::string_view key, Bounds bounds) const {
  const GgufValue* const value = Find(key);
  if (value == nullptr) return NotFound(std::string(key) + ": missing");
  const auto number = IntegerOf(*value);
  if (!number.has_value()) return TypeError(key, value->type, "an integer below 2^63");
  if (*number < bounds.low || *number > bounds.high) {
    return Corruption(std::string(key) + ": " + std::to_string(*number) + ", allowed are " +
                      std::to_string(bounds.low) + " to " + std::to_string(bounds.high));
  }
  return *number;
}

Result<double> GgufFile::Number(std::string_view key) const {
  const GgufValue* const value = Find(key);
  if (value == nullptr) return NotFound(std::string(key) + ": missing");
  double number = 0;
  if (value->type == GgufType::kFloat32) {
    number = static_cast<double>(Load<float>(value->bytes));
  } else if (value->type == GgufType::kFloat64) {
    number = Load<double>(value->bytes);
  } else {
    return TypeError(key, value->type, "float32 or float64");
  }
  if (!std::isfinite(number)) return Corruption(std::string(key) + ": is not a finite number");
  return number;
}

Result<bool> GgufFile::Bool(std::string_view key) const {
  LMP_TRY(const auto* value, Get(key, GgufType::kBool));
  const auto byte = Load<uint8_t>(value->bytes);
  if (byte > 1) return Corruption(std::string(key) + ": a bool of value " + std::to_string(byte));
  return byte == 1;
}

Result<std::string> GgufFile::String(std::string_view key) const {
  LMP_TRY(const auto* value, Get(key, GgufType::kString));
  return std::string(reinterpret_cast<const char*>(value->bytes.data()), value->bytes.size());
}

Result<std::vector<std::string_view>> GgufFile::Strings(std::string_view key) const {
  LMP_TRY(const auto* value, GetArray(key));
  if (value->item_type != GgufType::kString) {
    return TypeError(key, value->item_type, "items of type string");
  }
  return value->strings;
}

Result<std::vector<float>> GgufFile::Floats(std::string_view key) const {
  LMP_TRY(const auto* value, GetArray(key));
  if (value->item_type != GgufType::kFloat32) {
    return TypeError(key, value->item_type, "items of type float32");
  }
  std::vector<float> items(static_cast<size_t>(value->item_count));
  if (!items.empty()) std::memcpy(items.data(), value->bytes.data(), value->bytes.size());
  return items;
}

Result<std::vector<int32_t>> GgufFile::Ints(std::string_view key) const {
  LMP_TRY(const auto* value, GetArray(key));
  if (value->item_type != GgufType::kInt32 && value->item_type != GgufType::kUint32) {
    return TypeError(key, value->item_type, "items of type int32");
  }
  std::vector<int32_t> items(static_cast<size_t>(value->item_count));
  if (!items.empty()) std::memcpy(items.data(), value->bytes.data(), value->bytes.size());
  return items;
}

Result<int64_t> GgufFile::IntegerOr(std::string_view key, Bounds bounds, int64_t absent) const {
  return OrAbsent(Integer(key, bounds), absent);
}
Result<double> GgufFile::NumberOr(std::string_view key, double absent) const {
  return OrAbsent(Number(key), absent);
}
Result<bool> GgufFile::BoolOr(std::string_view key, bool absent) const {
  return OrAbsent(Bool(key), absent);
}
Result<std::string> GgufFile::StringOr(std::string_view key, std::string absent) const {
  return OrAbsent(String(key), std::move(absent));
}

}  // namespace lmp::model
