#include "runtime/model/gguf_parser.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "runtime/base/limits.h"

namespace lmp::model {
namespace {

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr uint64_t kAlignmentMax = 1u << 16;

size_t ScalarBytes(GgufType type) {
  switch (type) {
    case GgufType::kUint8:
    case GgufType::kInt8:
    case GgufType::kBool:
      return 1;
    case GgufType::kUint16:
    case GgufType::kInt16:
      return 2;
    case GgufType::kUint32:
    case GgufType::kInt32:
    case GgufType::kFloat32:
      return 4;
    case GgufType::kUint64:
    case GgufType::kInt64:
    case GgufType::kFloat64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      return 0;
  }
  return 0;
}

// Names of the types that LMP does not read, for the error.
std::string NameOfType(uint32_t type) {
  static constexpr const char* kNames[] = {
      "F32",     "F16",    "Q4_0",    "Q4_1",  "",       "",      "Q5_0",  "Q5_1",
      "Q8_0",    "Q8_1",   "Q2_K",    "Q3_K",  "Q4_K",   "Q5_K",  "Q6_K",  "Q8_K",
      "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS",
      "I8",      "I16",    "I32",     "I64",   "F64",    "IQ1_M", "BF16"};
  if (type < std::size(kNames) && kNames[type][0] != '\0') return kNames[type];
  return "number " + std::to_string(type);
}

std::string Count(uint64_t value) { return std::to_string(value); }

// `name` cut and made printable: it comes from the file.
std::string Shown(std::string_view name) {
  constexpr size_t kShownMax = 80;
  std::string out;
  for (const char c : name.substr(0, kShownMax)) {
    out.push_back(c >= 0x20 && c < 0x7F ? c : '?');
  }
  return name.size() > kShownMax ? out + "..." : out;
}

}  // namespace

template <typename T>
Result<T> GgufParser::Read(const std::string& field) {
  LMP_TRY(const auto bytes, ReadBytes(field, sizeof(T)));
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

Result<std::span<const std::byte>> GgufParser::ReadBytes(const std::string& field, uint64_t count) {
  if (count > remaining()) {
    return Corruption(field + ": needs " + Count(count) + " bytes at offset " + Count(at_) +
                      ", the file has " + Count(remaining()) + " more");
  }
  const auto bytes = bytes_.subspan(at_, static_cast<size_t>(count));
  at_ += static_cast<size_t>(count);
  return bytes;
}

Result<std::string_view> GgufParser::ReadString(const std::string& field) {
  LMP_TRY(const auto length, Read<uint64_t>(field + " (length)"));
  if (length > kGgufStringBytesMax) {
    return Corruption(field + ": a string of " + Count(length) + " bytes, at most " +
                      Count(kGgufStringBytesMax) + " are allowed");
  }
  LMP_TRY(const auto bytes, ReadBytes(field, length));
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<GgufType> GgufParser::ReadType(const std::string& field) {
  LMP_TRY(const auto type, Read<uint32_t>(field + " (type)"));
  if (type > static_cast<uint32_t>(GgufType::kFloat64)) {
    return Corruption(field + ": unknown value type " + Count(type));
  }
  return static_cast<GgufType>(type);
}

Status GgufParser::Parse() {
  LMP_RETURN_IF_ERROR(ParseCounts());
  LMP_RETURN_IF_ERROR(ParseValues());
  LMP_RETURN_IF_ERROR(ParseAlignment());
  return ParseTensors();
}

Status GgufParser::ParseCounts() {
  LMP_TRY(const auto magic, Read<uint32_t>("magic"));
  if (magic != kMagic) return Corruption("magic: the file does not begin with \"GGUF\"");
  LMP_TRY(file_.version_, Read<uint32_t>("version"));
  if ((file_.version_ & 0xFFFFu) == 0) return Unsupported("version: a big-endian file");
  if (file_.version_ < 2 || file_.version_ > 3) {
    return Unsupported("version: " + Count(file_.version_) + ", supported are 2 and 3");
  }
  LMP_TRY(tensor_count_, Read<uint64_t>("tensor_count"));
  if (tensor_count_ > kGgufTensorsMax) {
    return Corruption("tensor_count: " + Count(tensor_count_) + ", at most " +
                      Count(kGgufTensorsMax) + " are allowed");
  }
  LMP_TRY(value_count_, Read<uint64_t>("metadata_kv_count"));
  if (value_count_ > kGgufKeysMax) {
    return Corruption("metadata_kv_count: " + Count(value_count_) + ", at most " +
                      Count(kGgufKeysMax) + " are allowed");
  }
  return OkStatus();
}

Status GgufParser::ParseValues() {
  for (uint64_t i = 0; i < value_count_; ++i) {
    LMP_TRY(const auto key, ReadString("metadata key " + Count(i)));
    LMP_TRY(auto value, ParseValue(Shown(key)));
    if (!file_.values_.emplace(key, std::move(value)).second) {
      return Corruption(Shown(key) + ": the key appears twice");
    }
  }
  return OkStatus();
}

Result<GgufValue> GgufParser::ParseValue(const std::string& key) {
  GgufValue value;
  LMP_TRY(value.type, ReadType(key));
  if (value.type == GgufType::kArray) {
    LMP_RETURN_IF_ERROR(ParseArray(key, &value));
    return value;
  }
  if (value.type == GgufType::kString) {
    LMP_TRY(const auto text, ReadString(key));
    value.bytes = std::as_bytes(std::span(text));
    return value;
  }
  LMP_TRY(value.bytes, ReadBytes(key, ScalarBytes(value.type)));
  return value;
}

Status GgufParser::ParseArray(const std::string& key, GgufValue* value) {
  LMP_TRY(value->item_type, ReadType(key + " (item type)"));
  LMP_TRY(value->item_count, Read<uint64_t>(key + " (item count)"));
  if (value->item_type == GgufType::kArray) return Unsupported(key + ": an array of arrays");
  if (value->item_count > kGgufArrayItemsMax) {
    return Corruption(key + ": an array of " + Count(value->item_count) + " items, at most " +
                      Count(kGgufArrayItemsMax) + " are allowed");
  }
  if (value->item_type != GgufType::kString) {
    LMP_TRY(value->bytes, ReadBytes(key, value->item_count * ScalarBytes(value->item_type)));
    return OkStatus();
  }
  // Each string has a length in front, so a count beyond this cannot be met; checked before memory
  // is taken for it.
  if (value->item_count > remaining() / sizeof(uint64_t)) {
    return Corruption(key + ": an array of " + Count(value->item_count) +
                      " strings, the file has only " + Count(remaining()) + " bytes more");
  }
  value->strings.reserve(static_cast<size_t>(value->item_count));
  for (uint64_t i = 0; i < value->item_count; ++i) {
    LMP_TRY(const auto text, ReadString(key + "[" + Count(i) + "]"));
    value->strings.push_back(text);
  }
  return OkStatus();
}

Status GgufParser::ParseAlignment() {
  LMP_TRY(const auto alignment, file_.IntegerOr("general.alignment", {}, 32));
  alignment_ = static_cast<uint64_t>(alignment);
  const bool power_of_two = alignment_ != 0 && (alignment_ & (alignment_ - 1)) == 0;
  if (!power_of_two || alignment_ < 8 || alignment_ > kAlignmentMax) {
    return Corruption("general.alignment: " + Count(alignment_) +
                      ", allowed are powers of two from 8 to " + Count(kAlignmentMax));
  }
  return OkStatus();
}

Status GgufParser::ParseTensors() {
  for (uint64_t i = 0; i < tensor_count_; ++i) LMP_RETURN_IF_ERROR(ParseTensor(i));
  if (tensor_count_ == 0) return OkStatus();
  const uint64_t data_begin = (at_ + alignment_ - 1) / alignment_ * alignment_;
  const uint64_t data_bytes = data_begin < bytes_.size() ? bytes_.size() - data_begin : 0;
  for (size_t i = 0; i < extents_.size(); ++i) {
    const Extent& extent = extents_[i];
    GgufTensor& tensor = file_.tensors_[i];
    if (extent.offset > data_bytes || extent.bytes > data_bytes - extent.offset) {
      return Corruption("tensor " + Shown(tensor.name) + ": needs bytes " + Count(extent.offset) +
                        " to " + Count(extent.offset + extent.bytes) +
                        " of the tensor data, the file has " + Count(data_bytes));
    }
    tensor.bytes = bytes_.subspan(static_cast<size_t>(data_begin + extent.offset),
                                  static_cast<size_t>(extent.bytes));
  }
  return CheckOverlap();
}

Status GgufParser::ParseTensor(uint64_t index) {
  LMP_TRY(const auto name, ReadString("name of tensor " + Count(index)));
  const std::string field = "tensor " + Shown(name);
  GgufTensor tensor;
  tensor.name = name;
  LMP_TRY(const auto rank, Read<uint32_t>(field + " (rank)"));
  if (rank < 1 || rank > tensor.dims.size()) {
    return Corruption(field + ": rank " + Count(rank) + ", allowed are 1 to 4");
  }
  tensor.rank = static_cast<int>(rank);
  uint64_t items = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    LMP_TRY(const auto dim, Read<uint64_t>(field + " (dimension " + Count(i) + ")"));
    // No tensor in memory has 2^48 elements; the bound keeps all products below 2^63.
    constexpr uint64_t kItemsMax = uint64_t{1} << 48;
    if (dim == 0 || dim > kItemsMax / items) {
      return Corruption(field + ": dimension " + Count(i) + " is " + Count(dim) +
                        ", the tensor would be empty or too large");
    }
    items *= dim;
    tensor.dims[i] = static_cast<int64_t>(dim);
  }
  LMP_TRY(const auto type, Read<uint32_t>(field + " (type)"));
  const auto known = FindTensorType(type);
  if (!known.has_value()) {
    return Unsupported(field + ": type " + NameOfType(type) + ", supported are " +
                       TensorTypeNames());
  }
  tensor.type = *known;
  const kernels::WeightFormat format = WeightFormatOf(tensor.type);
  const int block = kernels::BlockElements(format);
  if (tensor.dims[0] % block != 0) {
    return Corruption(field + ": rows of " + std::to_string(tensor.dims[0]) + " elements, " +
                      NameOfType(type) + " needs a multiple of " + std::to_string(block));
  }
  LMP_TRY(const auto offset, Read<uint64_t>(field + " (offset)"));
  if (offset % alignment_ != 0) {
    return Corruption(field + ": offset " + Count(offset) + " is not a multiple of the alignment " +
                      Count(alignment_));
  }
  if (!file_.tensor_index_.emplace(name, file_.tensors_.size()).second) {
    return Corruption(field + ": the name appears twice");
  }
  file_.tensors_.push_back(tensor);
  extents_.push_back({offset, kernels::UnpackedBytes(format, static_cast<int64_t>(items))});
  return OkStatus();
}

Status GgufParser::CheckOverlap() const {
  std::vector<size_t> order(extents_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return extents_[a].offset < extents_[b].offset; });
  for (size_t i = 1; i < order.size(); ++i) {
    const Extent& before = extents_[order[i - 1]];
    if (before.offset + before.bytes <= extents_[order[i]].offset) continue;
    return Corruption("tensor " + Shown(file_.tensors_[order[i]].name) + ": overlaps tensor " +
                      Shown(file_.tensors_[order[i - 1]].name));
  }
  return OkStatus();
}

}  // namespace lmp::model
