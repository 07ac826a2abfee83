// What all splitters share, and the names of pre-tokenizers in GGUF files.
#include <algorithm>
#include <array>

#include "runtime/text/splitter.h"

namespace lmp::text {
namespace {

struct Named {
  std::string_view name;
  PreTokenizer pre;
};
constexpr PreTokenizer kGpt2 = {};
constexpr PreTokenizer kLlama3 = {SplitFamily::kLlama3, true, false, true};
constexpr PreTokenizer kDbrx = {SplitFamily::kLlama3, false, false, false};
constexpr PreTokenizer kQwen2 = {SplitFamily::kQwen2, false, true, false};
constexpr PreTokenizer kSmollm = {SplitFamily::kSmollm, false, false, false};
// Of names for the same settings the first is written to files.
constexpr std::array<Named, 14> kNames = {{
    {"gpt-2", kGpt2},
    {"gpt2", kGpt2},
    {"phi-2", kGpt2},
    {"olmo", kGpt2},
    {"llama-bpe", kLlama3},
    {"llama3", kLlama3},
    {"llama-v3", kLlama3},
    {"dbrx", kDbrx},
    {"smaug-bpe", kDbrx},
    {"qwen2", kQwen2},
    {"deepseek-r1-qwen", kQwen2},
    {"smollm", kSmollm},
    {"starcoder", kSmollm},
    {"refact", kSmollm},
}};

}  // namespace

bool Splitter::SplitsAlone(std::string_view text, std::span<const size_t> ends) const {
  const std::string_view head = text.substr(0, ends.back());
  std::vector<size_t> batch;
  for (size_t at = 0; at < head.size(); at = batch.back()) {
    Split(head, at, &batch);
    if (batch.size() > ends.size() || !std::equal(batch.begin(), batch.end(), ends.begin())) {
      return false;
    }
    ends = ends.subspan(batch.size());
  }
  return ends.empty();
}

std::optional<PreTokenizer> FindPreTokenizer(std::string_view name) {
  for (const Named& named : kNames) {
    if (named.name == name) return named.pre;
  }
  return std::nullopt;
}

std::string PreTokenizerNames() {
  std::string names;
  for (const Named& named : kNames) {
    if (!names.empty()) names += ", ";
    names += named.name;
  }
  return names;
}

std::string_view FindPreTokenizerName(SplitFamily family, bool ignore_merges, bool nfc) {
  for (const Named& named : kNames) {
    const PreTokenizer& pre = named.pre;
    if (pre.family == family && pre.ignore_merges == ignore_merges && pre.nfc == nfc) {
      return named.name;
    }
  }
  return {};
}

}  // namespace lmp::text
