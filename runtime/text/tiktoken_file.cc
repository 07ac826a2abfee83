#include <algorithm>
#include <array>
#include <unordered_map>

#include "runtime/text/byte_alphabet.h"
#include "runtime/text/tokenizer_files.h"

namespace lmp::text {
namespace {

constexpr size_t kLlama3Pieces = 128000;
constexpr size_t kLlama3Special = 256;
constexpr size_t kPieceBytes = 512;  // of Llama-3's the longest has 128

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// False where `text` is not base64.
bool DecodeBase64(std::string_view text, std::string* out) {
  while (text.ends_with('=')) text.remove_suffix(1);
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return false;
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out->push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return !out->empty();
}

// The pieces by rank. Errors name the line.
Result<std::vector<std::string>> ReadRanks(std::string_view text) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const std::string where = "line " + std::to_string(pieces.size() + 1);
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t space = line.find(' ');
    std::string piece;
    if (space == std::string_view::npos || space > kPieceBytes * 2 ||
        !DecodeBase64(line.substr(0, space), &piece)) {
      return Corruption(where + ": not a piece in base64 and its rank");
    }
    std::string_view rank = line.substr(space + 1);
    if (rank.ends_with('\r')) rank.remove_suffix(1);
    if (rank != std::to_string(pieces.size())) {
      return Corruption(where + ": rank \"" + std::string(rank.substr(0, 20)) + "\", expected " +
                        std::to_string(pieces.size()));
    }
    if (pieces.size() >= kLlama3Pieces) {
      return Unsupported(where + ": the file names no pre-tokenizer, and only Llama-3's, of " +
                         std::to_string(kLlama3Pieces) + " pieces, is known");
    }
    pieces.push_back(std::move(piece));
  }
  if (pieces.size() == kLlama3Pieces) return pieces;
  return Unsupported(std::to_string(pieces.size()) +
                     " pieces: the file names no pre-tokenizer, and only Llama-3's, of " +
                     std::to_string(kLlama3Pieces) + " pieces, is known");
}

// Any pair that joins to a piece merges, the piece's rank deciding. As a list: by rank of the
// joined piece, then by those of the halves.
std::vector<std::string> MergesOf(const std::vector<std::string>& pieces) {
  std::unordered_map<std::string_view, uint32_t> ranks;
  for (size_t i = 0; i < pieces.size(); ++i) ranks.emplace(pieces[i], static_cast<uint32_t>(i));
  std::vector<std::string> merges;
  std::vector<std::pair<uint32_t, uint32_t>> halves;
  for (const std::string_view piece : pieces) {
    halves.clear();
    for (size_t cut = 1; cut < piece.size(); ++cut) {
      const auto left = ranks.find(piece.substr(0, cut));
      const auto right = ranks.find(piece.substr(cut));
      if (left != ranks.end() && right != ranks.end()) {
        halves.emplace_back(left->second, right->second);
      }
    }
    std::sort(halves.begin(), halves.end());
    for (const auto& [left, right] : halves) {
      merges.push_back(AlphabetOfBytes(pieces[left]) + " " + AlphabetOfBytes(pieces[right]));
    }
  }
  return merges;
}

std::vector<std::string> Llama3Special() {
  std::vector<std::string> out = {"<|begin_of_text|>",
                                  "<|end_of_text|>",
                                  "<|reserved_special_token_0|>",
                                  "<|reserved_special_token_1|>",
                                  "<|finetune_right_pad_id|>",
                                  "<|reserved_special_token_2|>",
                                  "<|start_header_id|>",
                                  "<|end_header_id|>",
                                  "<|eom_id|>",
                                  "<|eot_id|>",
                                  "<|python_tag|>"};
  for (int i = 3; out.size() < kLlama3Special; ++i) {
    out.push_back("<|reserved_special_token_" + std::to_string(i) + "|>");
  }
  return out;
}

}  // namespace

Result<TokenizerSpec> ReadTiktoken(const TokenizerFile& file) {
  const Result<std::vector<std::string>> read = ReadRanks(file.bytes);
  if (!read.ok()) return InFile(file, read.status());
  const std::vector<std::string>& pieces = *read;
  TokenizerSpec spec;
  spec.origin.format = TokenizerOrigin::Format::kTiktoken;
  spec.origin.file = file.name;
  spec.model = "gpt2";
  spec.pre = "llama-bpe";
  spec.add_space_prefix = false;
  for (const std::string& piece : pieces) spec.pieces.push_back(AlphabetOfBytes(piece));
  spec.types.resize(pieces.size(), PieceType::kNormal);
  spec.merges = MergesOf(pieces);
  for (std::string& special : Llama3Special()) spec.pieces.push_back(std::move(special));
  spec.types.resize(spec.pieces.size(), PieceType::kControl);
  const auto special = [](TokenId offset) { return static_cast<TokenId>(kLlama3Pieces) + offset; };
  spec.bos = special(0);
  spec.eos = special(1);
  spec.eot = special(9);
  const auto header = [](const char* role) {
    return std::string("<|start_header_id|>") + role + "<|end_header_id|>\n\n";
  };
  spec.chat = {header("system"),  header("user"), header("assistant"),
               header("ipython"), "<|eot_id|>",   true};
  return spec;
}

}  // namespace lmp::text
