#include "runtime/model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::model {
namespace {

constexpr uint64_t kItemsMax = uint64_t{1} << 48;

std::string Shown(const std::string& name) {
  constexpr size_t kShownMax = 80;
  return PrintableText(name.substr(0, kShownMax)) + (name.size() > kShownMax ? "..." : "");
}

std::optional<uint64_t> ElementBytes(std::string_view dtype) {
  static constexpr std::pair<std::string_view, uint64_t> kBytes[] = {
      {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8},     {"I64", 8},
      {"I32", 4}, {"I16", 2}, {"I8", 1},   {"U64", 8},     {"U32", 4},
      {"U16", 2}, {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
  for (const auto& [name, bytes] : kBytes) {
    if (name == dtype) return bytes;
  }
  return std::nullopt;
}

std::optional<TensorType> TypeOf(std::string_view dtype) {
  if (dtype == "F32" || dtype == "F16" || dtype == "BF16") return FindTensorType(dtype);
  return std::nullopt;
}

// A number of the header: a whole one, not negative.
std::optional<uint64_t> NumberOf(const nlohmann::json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  return value.get<uint64_t>();
}

// Fills dims from the shape, the last of which is contiguous, and gives the number of elements.
Result<uint64_t> ReadShape(const std::string& field, const nlohmann::json& shape,
                           SafetensorsFile::Tensor* out) {
  constexpr size_t kRankMax = 8;
  if (!shape.is_array() || shape.size() > kRankMax) {
    return Corruption(field + ": shape: expected an array of at most 8 numbers");
  }
  uint64_t items = 1;
  bool empty = false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const auto dim = NumberOf(shape[i]);
    if (!dim.has_value() || *dim > kItemsMax / items) {
      return Corruption(field + ": shape[" + std::to_string(i) +
                        "]: no number from 0 on, or the tensor would be too large");
    }
    empty = empty || *dim == 0;
    items *= std::max<uint64_t>(*dim, 1);
    const size_t place = shape.size() - 1 - i;
    if (place < out->view.dims.size()) out->view.dims[place] = static_cast<int64_t>(*dim);
  }
  out->view.rank = static_cast<int>(shape.size());
  out->usable = !empty && !shape.empty() && shape.size() <= out->view.dims.size();
  return empty ? 0 : items;
}

struct Extent {
  uint64_t begin, end;
  const std::string* name;
};

Result<Extent> ReadExtent(const std::string& field, const nlohmann::json& offsets,
                          uint64_t data_bytes) {
  const bool pair = offsets.is_array() && offsets.size() == 2;
  const auto begin = pair ? NumberOf(offsets[0]) : std::nullopt;
  const auto end = pair ? NumberOf(offsets[1]) : std::nullopt;
  if (!begin.has_value() || !end.has_value()) {
    return Corruption(field + ": data_offsets: expected two numbers from 0 on");
  }
  if (*begin > *end || *end > data_bytes) {
    return Corruption(field + ": data_offsets: bytes " + std::to_string(*begin) + " to " +
                      std::to_string(*end) + " of the tensor data, the file has " +
                      std::to_string(data_bytes));
  }
  return Extent{*begin, *end, nullptr};
}

Result<Extent> ReadTensor(const std::string& name, const nlohmann::json& json,
                          std::span<const std::byte> data, SafetensorsFile::Tensor* out) {
  const std::string field = "tensor " + Shown(name);
  for (const char* part : {"dtype", "shape", "data_offsets"}) {
    if (!json.is_object() || !json.contains(part)) {
      return Corruption(field + ": " + part + ": missing");
    }
  }
  if (!json["dtype"].is_string()) return Corruption(field + ": dtype: expected a string");
  out->dtype = json["dtype"].get<std::string>();
  const auto element_bytes = ElementBytes(out->dtype);
  if (!element_bytes.has_value()) {
    return Unsupported(field + ": dtype: \"" + Shown(out->dtype) + "\" is not known");
  }
  LMP_TRY(const uint64_t items, ReadShape(field, json["shape"], out));
  LMP_TRY(const Extent extent, ReadExtent(field, json["data_offsets"], data.size()));
  if (extent.end - extent.begin != items * *element_bytes) {
    return Corruption(field + ": data_offsets: " + std::to_string(extent.end - extent.begin) +
                      " bytes, its shape and dtype need " + std::to_string(items * *element_bytes));
  }
  const auto type = TypeOf(out->dtype);
  out->usable = out->usable && type.has_value();
  out->view.type = type.value_or(TensorType::kF32);
  out->view.bytes = data.subspan(static_cast<size_t>(extent.begin),
                                 static_cast<size_t>(extent.end - extent.begin));
  return extent;
}

Status CheckOverlap(std::vector<Extent> extents) {
  std::erase_if(extents, [](const Extent& e) { return e.begin == e.end; });
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < extents.size(); ++i) {
    if (extents[i - 1].end <= extents[i].begin) continue;
    return Corruption("tensor " + Shown(*extents[i].name) + ": data_offsets: overlaps tensor " +
                      Shown(*extents[i - 1].name));
  }
  return OkStatus();
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  LMP_TRY(MappedFile mapping, MappedFile::Open(path));
  auto file = Parse(mapping.bytes());
  if (!file.ok()) return file.status().WithPrefix(path);
  file->mapping_ = std::move(mapping);
  return file;
}

Result<SafetensorsFile> SafetensorsFile::Parse(std::span<const std::byte> bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t length = 0;
  if (bytes.size() < sizeof(length)) return Corruption("header length: the file has no 8 bytes");
  std::memcpy(&length, bytes.data(), sizeof(length));
  bytes = bytes.subspan(sizeof(length));
  if (length > kSafetensorsHeaderBytesMax || length > bytes.size()) {
    return Corruption("header length: " + std::to_string(length) + " bytes, the file has " +
                      std::to_string(bytes.size()) + " and at most " +
                      std::to_string(kSafetensorsHeaderBytesMax) + " are allowed");
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              static_cast<size_t>(length));
  constexpr size_t kDepthMax = 8;
  const auto header =
      ParseSortedJson(text, {.depth_max = kDepthMax, .bytes_max = kSafetensorsHeaderBytesMax});
  if (!header.ok()) return Corruption("header: " + header.status().message());
  if (!header->is_object()) return Corruption("header: expected a JSON object");
  if (header->size() > kGgufTensorsMax) {
    return Corruption("header: " + std::to_string(header->size()) + " tensors, at most " +
                      std::to_string(kGgufTensorsMax) + " are allowed");
  }
  SafetensorsFile file;
  const auto data = bytes.subspan(static_cast<size_t>(length));
  std::vector<Extent> extents;
  for (const auto& [name, json] : header->items()) {
    if (name == "__metadata__") continue;
    const auto at = file.tensors_.emplace(name, Tensor()).first;
    LMP_TRY(Extent extent, ReadTensor(name, json, data, &at->second));
    at->second.view.name = at->first;
    extent.name = &at->first;
    extents.push_back(extent);
  }
  LMP_RETURN_IF_ERROR(CheckOverlap(std::move(extents)));
  return file;
}

}  // namespace lmp::model
