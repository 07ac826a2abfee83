// SafetensorsFile: the tensors of one .safetensors file: 8 bytes with the length of a JSON header,
// the header, the tensors' bytes (docs/FORMATS.md).
//
// As with GGUF nothing in it is trusted: lengths, shapes and offsets are checked against the bytes
// that are there, and an error names the tensor. Views point into the file's bytes: one made by
// Open owns the mapping, one made by Parse borrows its argument.
//
// Immutable after construction, movable, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/model/gguf.h"
#include "runtime/model/mapped_file.h"

namespace lmp::model {

class SafetensorsFile {
 public:
  struct Tensor {
    std::string dtype;  // "BF16", "I64", ...
    bool usable =
        false;        // F32, F16 or BF16 of 1 to 4 dimensions, none 0; else `view` has only bytes
    GgufTensor view;  // dims[0] is the contiguous one; the name is the key below
  };

  // Errors: those of MappedFile::Open; Corruption naming the tensor, with the path in front.
  static Result<SafetensorsFile> Open(const std::string& path);
  static Result<SafetensorsFile> Parse(std::span<const std::byte> bytes);

  const std::map<std::string, Tensor, std::less<>>& tensors() const { return tensors_; }
  void Release(std::span<const std::byte> part) const { mapping_.Release(part); }  // MappedFile

 private:
  MappedFile mapping_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace lmp::model
