// GgufFile: a model file's metadata and tensors, versions 2 and 3, little-endian (docs/FORMATS.md).
//
// Nothing in the file is trusted: every count, length, offset and extent is checked against the
// bytes that are there and against runtime/base/limits.h before it is used, and an error names the
// field or tensor. Views point into the file's bytes: a GgufFile made by Open owns the mapping, one
// made by Parse borrows its argument.
//
// Immutable after construction, movable, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/model/mapped_file.h"
#include "runtime/model/tensor_type.h"

namespace lmp::model {

// Numbers as in the file.
enum class GgufType : uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};
std::string_view GgufTypeName(GgufType type);

struct GgufValue {
  GgufType type = GgufType::kUint8;
  std::span<const std::byte> bytes;  // scalar: its bytes; string: its text; array of numbers: items
  GgufType item_type = GgufType::kUint8;  // of an array
  uint64_t item_count = 0;
  std::vector<std::string_view> strings;  // an array of strings
};

struct GgufTensor {
  std::string_view name;
  TensorType type = TensorType::kF32;
  int rank = 0;
  std::array<int64_t, 4> dims = {1, 1, 1, 1};  // dims[0] is the contiguous one
  std::span<const std::byte> bytes;
};

class GgufFile {
 public:
  // Errors: those of MappedFile::Open; Corruption or Unsupported naming the field or tensor.
  static Result<GgufFile> Open(const std::string& path);
  static Result<GgufFile> Parse(std::span<const std::byte> bytes);

  uint32_t version() const { return version_; }
  size_t file_bytes() const { return file_bytes_; }
  void Release(std::span<const std::byte> part) const { mapping_.Release(part); }  // MappedFile
  const std::string& path() const { return path_; }  // empty for one made by Parse

  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  const GgufValue* Find(std::string_view key) const;  // nullptr if absent
  // Typed reads. An absent key is NotFound, another type Corruption; both name the key. Integers of
  // any width are taken if the value fits [low, high].
  struct Bounds {
    int64_t low = 0;
    int64_t high = INT64_MAX;
  };
  Result<int64_t> Integer(std::string_view key, Bounds bounds) const;
  Result<double> Number(std::string_view key) const;  // finite; float32 or float64
  Result<bool> Bool(std::string_view key) const;
  Result<std::string> String(std::string_view key) const;
  Result<std::vector<std::string_view>> Strings(std::string_view key) const;
  Result<std::vector<float>> Floats(std::string_view key) const;
  Result<std::vector<int32_t>> Ints(std::string_view key) const;  // int32 or uint32 items
  // The same, with a value for an absent key.
  Result<int64_t> IntegerOr(std::string_view key, Bounds bounds, int64_t absent) const;
  Result<double> NumberOr(std::string_view key, double absent) const;
  Result<bool> BoolOr(std::string_view key, bool absent) const;
  Result<std::string> StringOr(std::string_view key, std::string absent) const;

  std::span<const GgufTensor> tensors() const { return tensors_; }
  const GgufTensor* FindTensor(std::string_view name) const;  // nullptr if absent

 private:
  friend class GgufParser;
  Result<const GgufValue*> Get(std::string_view key, GgufType type) const;
  Result<const GgufValue*> GetArray(std::string_view key) const;

  MappedFile mapping_;
  std::string path_;
  uint32_t version_ = 0;
  size_t file_bytes_ = 0;
  std::unordered_map<std::string_view, GgufValue> values_;
  std::vector<GgufTensor> tensors_;
  std::unordered_map<std::string_view, size_t> tensor_index_;
};

}  // namespace lmp::model
