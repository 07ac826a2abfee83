// GgufParser: the bounds-checked pass over a file's header that fills a GgufFile. Used by gguf.cc
// only.
#pragma once

#include "runtime/model/gguf.h"

namespace lmp::model {

class GgufParser {
 public:
  GgufParser(std::span<const std::byte> bytes, GgufFile* file) : bytes_(bytes), file_(*file) {}
  Status Parse();

 private:
  size_t remaining() const { return bytes_.size() - at_; }
  template <typename T>
  Result<T> Read(const std::string& field);
  Result<std::span<const std::byte>> ReadBytes(const std::string& field, uint64_t count);
  Result<std::string_view> ReadString(const std::string& field);
  Result<GgufType> ReadType(const std::string& field);

  Status ParseCounts();
  Status ParseValues();
  Result<GgufValue> ParseValue(const std::string& key);
  Status ParseArray(const std::string& key, GgufValue* value);
  Status ParseAlignment();
  Status ParseTensors();
  Status ParseTensor(uint64_t index);
  Status CheckOverlap() const;

  // A tensor as its header tells it, before the data's place is known.
  struct Extent {
    uint64_t offset;  // from the start of the data
    uint64_t bytes;
  };

  std::span<const std::byte> bytes_;
  GgufFile& file_;
  size_t at_ = 0;
  uint64_t value_count_ = 0;
  uint64_t tensor_count_ = 0;
  uint64_t alignment_ = 32;
  std::vector<Extent> extents_;
};

}  // namespace lmp::model
