// ModelSource: where a model comes from, a GGUF file or a folder of Hugging Face with safetensors.
// Both say the same three things: the network, its tensors, its tokenizer.
//
// Immutable, any thread. Tensors are views into mapped files that the source owns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/model/gguf.h"
#include "runtime/model/model.h"
#include "runtime/text/tokenizer.h"

namespace lmp::model {

struct Network {
  ModelConfig config;  // all but weight_bytes
  int rope_dims = 0;   // rotated elements per head
  // [rope_dims / 2] what divides the rotation frequencies; empty for none, or where the tensor
  // rope_freqs.weight says it.
  std::vector<float> rope_factors;
};

class ModelSource {
 public:
  virtual ~ModelSource() = default;
  // Errors: NotFound / Corruption / Unsupported naming the file, where there is one, and the key.
  virtual Result<Network> ReadNetwork() const = 0;
  virtual Result<text::TokenizerSpec> ReadTokenizer() const = 0;
  // Tensors are asked for by their GGUF names (docs/FORMATS.md); this is the source's own, for
  // errors.
  virtual std::string TensorName(const std::string& name) const = 0;
  // nullptr if absent. Errors: Unsupported (a type that LMP does not read).
  virtual Result<const GgufTensor*> FindTensor(const std::string& name) const = 0;
  virtual uint64_t tensor_bytes() const = 0;  // of all tensors
  // These bytes of a tensor have been used: their memory may go. Any thread.
  virtual void Release(std::span<const std::byte> part) const = 0;
};

// A GGUF file or a folder (model_folder.h). Errors: those of GgufFile::Open and OpenModelFolder;
// Unsupported for a pickle of PyTorch.
Result<std::unique_ptr<ModelSource>> OpenModelSource(const std::string& path);
// Borrows the file.
std::unique_ptr<ModelSource> SourceOf(const GgufFile& file);

}  // namespace lmp::model
