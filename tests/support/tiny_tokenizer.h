// Small tokenizer specs for tests: all bytes, a few control pieces and the pieces given.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/text/tokenizer.h"

namespace lmp::testing {

struct Piece {
  std::string text;  // spaces are written as spaces and become word marks
  float score = 0;
  text::PieceType type = text::PieceType::kNormal;
};

inline std::string Marked(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? std::string("\xE2\x96\x81") : std::string(1, c);
  return out;
}

// 0 <unk>, 1 <s>, 2 </s>, 3 <|end|>, 4..259 bytes, then `pieces`.
inline text::TokenizerSpec TinySpec(const std::vector<Piece>& pieces) {
  text::TokenizerSpec spec;
  spec.model = "llama";
  spec.unknown = 0;
  spec.bos = 1;
  spec.eos = 2;
  spec.eot = 3;
  const auto add = [&](std::string text, float score, text::PieceType type) {
    spec.pieces.push_back(std::move(text));
    spec.scores.push_back(score);
    spec.types.push_back(type);
  };
  add("<unk>", 0, text::PieceType::kUnknown);
  add("<s>", 0, text::PieceType::kControl);
  add("</s>", 0, text::PieceType::kControl);
  add("<|end|>", 0, text::PieceType::kControl);
  const char* hex = "0123456789ABCDEF";
  for (int b = 0; b < 256; ++b) {
    add(std::string("<0x") + hex[b >> 4] + hex[b & 15] + ">", 0, text::PieceType::kByte);
  }
  for (const Piece& piece : pieces) add(Marked(piece.text), piece.score, piece.type);
  return spec;
}

}  // namespace lmp::testing
