// TokenizerOrigin: where the parts of a TokenizerSpec stand in the files it was read from, so that
// an error that shows later than the reading names the field as it is in the user's file.
//
// A plain value, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/token_id.h"

namespace lmp::text {

struct TokenizerOrigin {
  enum class Format : uint8_t { kGguf, kTokenizerJson, kVocabMerges, kSentencePiece, kTiktoken };
  enum class Part : uint8_t {
    kModel,
    kPieces,
    kTypes,
    kScores,
    kMerges,
    kPre,
    kSpacePrefix,
    kBos,
    kEos,
    kEot,
    kUnknown
  };

  Format format = Format::kGguf;
  std::string file;             // what the names begin with; "" where bytes came without a name
  std::string merges_file;      // kVocabMerges
  size_t first_merge_line = 1;  // kVocabMerges
  // Pieces that stand elsewhere than in their format's vocabulary: the whole name.
  std::map<TokenId, std::string> pieces;

  // "dir/tokenizer.json: model.vocab"
  std::string Of(Part part) const;
  // "dir/tokenizer.json: model.vocab["ab"]"
  std::string Piece(TokenId id, std::string_view text) const;
  // "dir/merges.txt: line 7"
  std::string Merge(size_t rank) const;
};

// "FILE: FIELD", or the one of them that is not empty.
std::string NameField(std::string_view file, std::string_view field);
// What an error shows of a text from a file: its beginning, quoted, escaped.
std::string ShownText(std::string_view text);

}  // namespace lmp::text
