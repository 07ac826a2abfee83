#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim/digest_model.h"

namespace lmp::sim {
namespace {

constexpr std::string_view kWordMark = "\u2581";

// Every prefix of a word is a piece, so that merging reaches the word.
constexpr std::array<std::string_view, 48> kWords = {
    "the",     "and",   "that",  "this",  "with",   "from",  "have",    "what",
    "which",   "when",  "there", "their", "about",  "would", "answer",  "question",
    "passage", "story", "once",  "upon",  "time",   "name",  "number",  "yes",
    "no",      "true",  "false", "good",  "bad",    "red",   "green",   "blue",
    "user",    "model", "token", "page",  "prefix", "cache", "fork",    "select",
    "score",   "list",  "item",  "first", "second", "third", "because", "please"};

void AddPiece(std::string piece, text::PieceType type, float score, text::TokenizerSpec* spec) {
  spec->pieces.push_back(std::move(piece));
  spec->types.push_back(type);
  spec->scores.push_back(score);
}

std::vector<std::string> NormalPieces() {
  std::set<std::string> longer;
  for (const std::string_view word : kWords) {
    for (size_t n = 1; n <= word.size(); ++n) {
      if (n > 1) longer.insert(std::string(word.substr(0, n)));
      longer.insert(std::string(kWordMark) + std::string(word.substr(0, n)));
    }
  }
  std::vector<std::string> pieces = {std::string(kWordMark)};
  for (char c = '!'; c <= '~'; ++c) pieces.emplace_back(1, c);
  std::vector<std::string> by_length(longer.begin(), longer.end());
  std::stable_sort(by_length.begin(), by_length.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  pieces.insert(pieces.end(), by_length.begin(), by_length.end());
  return pieces;
}

}  // namespace

text::TokenizerSpec DigestTokenizerSpec() {
  using text::PieceType;
  text::TokenizerSpec spec;
  spec.model = "llama";
  AddPiece("<unk>", PieceType::kUnknown, 0, &spec);
  AddPiece("<s>", PieceType::kControl, 0, &spec);
  AddPiece("</s>", PieceType::kControl, 0, &spec);
  spec.unknown = 0;
  spec.bos = 1;
  spec.eos = 2;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (size_t byte = 0; byte < 256; ++byte) {
    AddPiece(std::string("<0x") + kHex[byte / 16] + kHex[byte % 16] + ">", PieceType::kByte, 0,
             &spec);
  }
  for (const std::string_view control :
       {"<|system|>", "<|user|>", "<|assistant|>", "<|observe|>", "<|end|>"}) {
    AddPiece(std::string(control), PieceType::kControl, 0, &spec);
  }
  spec.eot = static_cast<TokenId>(spec.pieces.size() - 1);
  float score = 0;
  for (std::string& piece : NormalPieces())
    AddPiece(std::move(piece), PieceType::kNormal, score -= 1, &spec);
  spec.chat = {.system_header = "<|system|>",
               .user_header = "<|user|>",
               .assistant_header = "<|assistant|>",
               .observe_header = "<|observe|>",
               .footer = "<|end|>\n",
               .present = true};
  return spec;
}

Result<std::shared_ptr<const text::Tokenizer>> MakeDigestTokenizer() {
  return text::MakeTokenizer(DigestTokenizerSpec());
}

}  // namespace lmp::sim
