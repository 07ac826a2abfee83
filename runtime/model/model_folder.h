// A folder as Hugging Face's transformers writes it: config.json, model.safetensors or its shards
// with model.safetensors.index.json, and a tokenizer (tokenizer_file.h). What is read and what is
// refused stands in docs/FORMATS.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/model/model_source.h"

namespace lmp::model {

inline constexpr std::string_view kPickleAdvice =
    "a pickle of PyTorch, which can run code when it is read, so LMP does not: convert the model "
    "to "
    "safetensors with transformers (AutoModelForCausalLM.from_pretrained(FOLDER)"
    ".save_pretrained(OUT)), or to GGUF";

// By its name: .bin, .pt, .pth, .ckpt.
bool IsPickle(const std::string& path);

// Maps all files. Errors: NotFound, Corruption, Unsupported, with the file in front.
Result<std::unique_ptr<ModelSource>> OpenModelFolder(const std::string& path);

// What config.json says; `text` is its content. `vocabulary`, `tied_embeddings`, everything but
// weight_format, weight_bytes and qkv_bias is filled. Errors name the member.
Result<Network> ReadFolderConfig(std::string_view text);

}  // namespace lmp::model
