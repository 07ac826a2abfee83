#include "runtime/model/gguf_writer.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

namespace lmp::model {
namespace {

constexpr size_t kAlignment = 32;

template <typename T>
void Put(T value, std::vector<std::byte>* out) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out->insert(out->end(), bytes.begin(), bytes.end());
}

void PutString(std::string_view text, std::vector<std::byte>* out) {
  Put<uint64_t>(text.size(), out);
  const auto bytes = std::as_bytes(std::span(text));
  out->insert(out->end(), bytes.begin(), bytes.end());
}

template <typename T>
void PutAll(std::span<const T> items, std::vector<std::byte>* out) {
  const auto bytes = std::as_bytes(items);
  out->insert(out->end(), bytes.begin(), bytes.end());
}

void Align(std::vector<std::byte>* out) {
  out->resize((out->size() + kAlignment - 1) / kAlignment * kAlignment);
}

}  // namespace

void GgufWriter::AddKey(std::string_view key, GgufType type) {
  PutString(key, &values_);
  Put(static_cast<uint32_t>(type), &values_);
  ++value_count_;
}

void GgufWriter::AddArray(std::string_view key, GgufType item_type, size_t count) {
  AddKey(key, GgufType::kArray);
  Put(static_cast<uint32_t>(item_type), &values_);
  Put<uint64_t>(count, &values_);
}

void GgufWriter::AddUint32(std::string_view key, uint32_t value) {
  AddKey(key, GgufType::kUint32);
  Put(value, &values_);
}

void GgufWriter::AddFloat32(std::string_view key, float value) {
  AddKey(key, GgufType::kFloat32);
  Put(value, &values_);
}

void GgufWriter::AddBool(std::string_view key, bool value) {
  AddKey(key, GgufType::kBool);
  Put<uint8_t>(value ? 1 : 0, &values_);
}

void GgufWriter::AddString(std::string_view key, std::string_view value) {
  AddKey(key, GgufType::kString);
  PutString(value, &values_);
}

void GgufWriter::AddStrings(std::string_view key, std::span<const std::string> items) {
  AddArray(key, GgufType::kString, items.size());
  for (const std::string& item : items) PutString(item, &values_);
}

void GgufWriter::AddFloats(std::string_view key, std::span<const float> items) {
  AddArray(key, GgufType::kFloat32, items.size());
  PutAll(items, &values_);
}

void GgufWriter::AddInts(std::string_view key, std::span<const int32_t> items) {
  AddArray(key, GgufType::kInt32, items.size());
  PutAll(items, &values_);
}

void GgufWriter::AddTensor(std::string_view name, TensorType type, std::span<const int64_t> dims,
                           std::vector<std::byte> bytes) {
  tensors_.push_back({std::string(name), type, {dims.begin(), dims.end()}, std::move(bytes)});
}

std::vector<std::byte> GgufWriter::Finish() const {
  std::vector<std::byte> out;
  size_t total = values_.size() + 4096;
  for (const Tensor& tensor : tensors_) total += tensor.name.size() + tensor.bytes.size() + 128;
  out.reserve(total);
  const auto magic = std::as_bytes(std::span("GGUF", 4));
  out.insert(out.end(), magic.begin(), magic.end());
  Put<uint32_t>(3, &out);
  Put<uint64_t>(tensors_.size(), &out);
  Put<uint64_t>(value_count_, &out);
  out.insert(out.end(), values_.begin(), values_.end());
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors_) {
    PutString(tensor.name, &out);
    Put(static_cast<uint32_t>(tensor.dims.size()), &out);
    for (const int64_t dim : tensor.dims) Put(dim, &out);
    Put(static_cast<uint32_t>(tensor.type), &out);
    Put(offset, &out);
    offset += (tensor.bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
  }
  for (const Tensor& tensor : tensors_) {
    Align(&out);
    out.insert(out.end(), tensor.bytes.begin(), tensor.bytes.end());
  }
  return out;
}

Status WriteModelFile(const std::string& path, std::span<const std::byte> bytes) {
  std::error_code ignored;
  const auto what = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(what) && !std::filesystem::is_regular_file(what))
    return InvalidArgument(path + ": is there and no file that could be replaced");
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    return NotFound(path + ": there is no folder " + folder.string());
  const std::string partial = path + ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    std::remove(partial.c_str());
    return Unavailable(path + ": cannot write " + std::to_string(bytes.size()) + " bytes");
  }
  if (std::rename(partial.c_str(), path.c_str()) != 0) {
    std::remove(partial.c_str());
    return Unavailable(path + ": cannot rename the finished file to this name");
  }
  return OkStatus();
}

}  // namespace lmp::model
