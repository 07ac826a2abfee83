// GgufWriter: makes GGUF files (version 3) in memory: for synthetic models and for tests. Trusts
// its caller. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/model/gguf.h"

namespace lmp::model {

class GgufWriter {
 public:
  void AddUint32(std::string_view key, uint32_t value);
  void AddFloat32(std::string_view key, float value);
  void AddBool(std::string_view key, bool value);
  void AddString(std::string_view key, std::string_view value);
  void AddStrings(std::string_view key, std::span<const std::string> items);
  void AddFloats(std::string_view key, std::span<const float> items);
  void AddInts(std::string_view key, std::span<const int32_t> items);
  // dims[0] is the contiguous dimension; `bytes` are the elements in the file's form.
  void AddTensor(std::string_view name, TensorType type, std::span<const int64_t> dims,
                 std::vector<std::byte> bytes);

  // The whole file. Tensors in the order they were added, each at a multiple of 32 bytes.
  std::vector<std::byte> Finish() const;

 private:
  struct Tensor {
    std::string name;
    TensorType type;
    std::vector<int64_t> dims;
    std::vector<std::byte> bytes;
  };
  void AddKey(std::string_view key, GgufType type);
  void AddArray(std::string_view key, GgufType item_type, size_t count);

  std::vector<std::byte> values_;
  uint64_t value_count_ = 0;
  std::vector<Tensor> tensors_;
};

// Writes beside the target and renames, so that no reader sees half a file. Errors:
// InvalidArgument (something else than a file is there), NotFound (no such folder), Unavailable.
Status WriteModelFile(const std::string& path, std::span<const std::byte> bytes);

}  // namespace lmp::model
