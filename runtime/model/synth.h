// Synthetic models: random weights of a given shape, as a GGUF file in memory. For benches (a 135M
// shape needs no download) and for tests. The same shape, format and seed give the same bytes.
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/model/gguf.h"
#include "runtime/text/tokenizer.h"

namespace lmp::model {

struct SynthShape {
  std::string name;
  std::string architecture = "llama";  // or "qwen2": NeoX rotation and Q, K, V biases;
                                       // "qwen3": NeoX rotation and norms of heads
  int layers = 2;
  int width = 64;
  int heads = 4;
  int kv_heads = 2;
  int head_dim = 16;
  int ffn_width = 128;
  int vocabulary = 512;
  int context = 2048;
  bool tied = true;
};

// "tiny", "smol135m", "llama1b", "llama8b_4l". Errors: NotFound, listing the names.
Result<SynthShape> FindSynthShape(std::string_view name);

// A SentencePiece tokenizer of exactly `vocabulary` pieces (at least 300): unknown, BOS, EOS, the
// chat pieces of the demo model, 256 bytes, then letters and short letter groups, so that English
// text costs about one token per three letters. No dummy prefix.
Result<text::TokenizerSpec> SynthTokenizer(int vocabulary);

struct SynthOptions {
  TensorType format = TensorType::kBF16;  // of the matrices; norms and biases are F32
  uint64_t seed = 1;
  std::optional<text::TokenizerSpec> tokenizer =
      std::nullopt;  // else SynthTokenizer; at most `vocabulary` pieces
};
// Errors: InvalidArgument for a shape that no model can have or rows that are not whole blocks of
// the format (but rows that 256 does not divide have Q5_0, Q5_1, Q8_0 for Q4_K, Q5_K, Q6_K);
// Unsupported for a byte-level tokenizer whose pre-tokenizer has no name.
Result<std::vector<std::byte>> MakeSynthModel(const SynthShape& shape, const SynthOptions& options);

}  // namespace lmp::model
