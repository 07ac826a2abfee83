// The tokenizers of ../shared/data by family, and the random strings that
// tests/tools/make_tokenizer_goldens.py makes too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/text/tokenizer.h"
#include "tests/support/read_text_file.h"

namespace lmp::testing {

inline const std::string kTokenizerData = "../shared/data/tokenizers/";

struct TokenizerFamily {
  std::string name;
  std::string path;  // below kTokenizerData
  std::string pre;
  std::string vectors;  // the public reference encodings, below kTokenizerData; may be empty
};

inline const std::vector<TokenizerFamily>& TokenizerFamilies() {
  static const std::vector<TokenizerFamily> kFamilies = {
      {"gpt-2", "gpt2", "", "vectors/ggml-vocab-gpt-2.gguf"},
      {"llama-3", "llama3", "", "vectors/ggml-vocab-llama-bpe.gguf"},
      {"qwen2.5", "qwen2.5", "", "vectors/ggml-vocab-qwen2.gguf"},
      {"smollm", "gpt2/vocab.json", "smollm", ""},
      {"llama-2", "llama2", "", "vectors/ggml-vocab-llama-spm.gguf"},
  };
  return kFamilies;
}

// Null, with a line that says so, where the data is absent. Each is read once.
inline std::shared_ptr<const text::Tokenizer> LoadFamily(const TokenizerFamily& family) {
  static std::map<std::string, std::shared_ptr<const text::Tokenizer>> loaded;
  if (const auto found = loaded.find(family.name); found != loaded.end()) return found->second;
  const std::string path = kTokenizerData + family.path;
  if (!std::filesystem::exists(path)) {
    std::cout << "SKIPPED: " << path << " is absent" << std::endl;
    return nullptr;
  }
  auto spec = model::ReadTokenizerFile(path, family.pre);
  if (!spec.ok()) throw std::runtime_error(spec.status().ToString());
  auto tokenizer = text::MakeTokenizer(*std::move(spec));
  if (!tokenizer.ok()) throw std::runtime_error(tokenizer.status().ToString());
  return loaded[family.name] = *tokenizer;
}

inline std::vector<TokenId> EncodeText(const text::Tokenizer& tokenizer, std::string_view text,
                                       text::FragmentStart start = text::FragmentStart::kMessage) {
  std::vector<TokenId> ids;
  tokenizer.Encode(text, start, &ids);
  return ids;
}

class RandomStrings {
 public:
  explicit RandomStrings(const Json& golden)
      : ranges_(golden["ranges"].get<std::vector<uint32_t>>()),
        words_(golden["words"].get<std::vector<std::string>>()) {
    for (size_t i = 0; i < ranges_.size(); i += 2) total_ += ranges_[i + 1] - ranges_[i] + 1;
  }

  std::string Make(uint64_t index) const {
    uint64_t state = index;
    const auto below = [&](uint64_t n) {  // SplitMix64
      uint64_t z = state += 0x9E3779B97F4A7C15u;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
      z = (z ^ z >> 27) * 0x94D049BB133111EBu;
      return (z ^ z >> 31) % n;
    };
    std::string out;
    for (uint64_t units = 1 + below(24); units > 0; --units) {
      const uint64_t kind = below(8);
      if (kind < 2) {
        AppendCodePoint(Assigned(below(total_)), &out);
      } else if (kind == 2) {
        out += static_cast<char>(0x20 + below(95));
      } else if (kind == 3) {
        out += words_[below(words_.size())];
      } else if (kind == 4) {
        out.append(1 + below(4), ' ');
      } else if (kind == 5) {
        out += static_cast<char>('0' + below(10));
      } else if (kind == 6) {
        for (uint64_t letters = 1 + below(8); letters > 0; --letters) {
          out += static_cast<char>('a' + below(26));
        }
      } else {
        AppendCodePoint(static_cast<uint32_t>(0x300 + below(0x70)), &out);
      }
    }
    return out;
  }

 private:
  uint32_t Assigned(uint64_t at) const {
    for (size_t i = 0;; i += 2) {
      const uint64_t count = ranges_[i + 1] - ranges_[i] + 1;
      if (at < count) return ranges_[i] + static_cast<uint32_t>(at);
      at -= count;
    }
  }
  static void AppendCodePoint(uint32_t c, std::string* out) {
    const auto tail = [&](int shift) { *out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
      *out += static_cast<char>(c);
    } else if (c < 0x800) {
      *out += static_cast<char>(0xC0 | c >> 6);
      tail(0);
    } else if (c < 0x10000) {
      *out += static_cast<char>(0xE0 | c >> 12);
      tail(6);
      tail(0);
    } else {
      *out += static_cast<char>(0xF0 | c >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::vector<uint32_t> ranges_;  // first, last, first, last ...
  std::vector<std::string> words_;
  uint64_t total_ = 0;
};

}  // namespace lmp::testing
