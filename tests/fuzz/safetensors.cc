// Any bytes as a safetensors file, and as the config.json of a folder: an error, or tensors whose
// bytes are there; never a crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "kernels/weights.h"
#include "runtime/model/model_folder.h"
#include "runtime/model/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp;
  static_cast<void>(
      model::ReadFolderConfig(std::string_view(reinterpret_cast<const char*>(data), size)));
  const auto file = model::SafetensorsFile::Parse(std::as_bytes(std::span(data, size)));
  if (!file.ok()) return 0;
  for (const auto& entry : file->tensors()) {
    const model::SafetensorsFile::Tensor& tensor = entry.second;
    if (!tensor.usable) continue;
    int64_t items = 1;
    for (const int64_t dim : tensor.view.dims) items *= dim;
    const size_t bytes = kernels::UnpackedBytes(model::WeightFormatOf(tensor.view.type), items);
    if (bytes != tensor.view.bytes.size()) std::abort();
    // Its ends lie in the input.
    const auto* const begin = reinterpret_cast<const uint8_t*>(tensor.view.bytes.data());
    if (begin < data || begin + bytes > data + size) std::abort();
  }
  return 0;
}
