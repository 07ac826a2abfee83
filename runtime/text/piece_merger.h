// PieceMerger: the merge loop of SentencePiece BPE over one run of text. Reusable: TakePieces
// empties it for the next run. One thread at a time; the text and the piece table outlive it.
#pragma once

#include <cstddef>
#include <queue>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/text/tokenizer.h"

namespace lmp::text {

// Pieces that merging may produce, by text. Borrowed.
struct PieceTable {
  const std::unordered_map<std::string_view, TokenId>& ids;
  std::span<const float> scores;     // per id
  std::span<const PieceType> types;  // per id
  size_t piece_bytes_max = 0;
};

class PieceMerger {
 public:
  explicit PieceMerger(const PieceTable& pieces) : pieces_(pieces) {}

  // The next symbol; symbols lie side by side in one text. A frozen symbol (a user-defined piece)
  // is never merged.
  void Add(std::string_view text, bool frozen);
  // Merges until no adjacent pair is a piece: highest score first, ties leftmost.
  void MergeAll();
  // Appends the final pieces in text order, unused ones split again, and clears the merger.
  void TakePieces(std::vector<std::string_view>* out);

 private:
  // Symbols form a doubly linked list in text order; one merged into its left neighbour has no
  // text.
  struct Symbol {
    int prev = -1;
    int next = -1;
    std::string_view text;
    bool frozen = false;
  };
  struct Pair {
    float score;
    int left;
    int right;
    size_t bytes;  // joined size when queued: a pair whose parts have grown since is stale

    bool operator<(const Pair& other) const {
      return score < other.score || (score == other.score && left > other.left);
    }
  };

  Symbol& At(int index) { return symbols_[static_cast<size_t>(index)]; }
  static std::string_view Joined(const Symbol& left, const Symbol& right) {
    return {left.text.data(), left.text.size() + right.text.size()};
  }
  void Queue(int left, int right);
  void Resegment(std::string_view text, std::vector<std::string_view>* out) const;

  PieceTable pieces_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Pair> queue_;
  // Of each unused piece, the pair that was last seen to make it (as the SentencePiece library
  // does).
  std::unordered_map<std::string_view, std::pair<std::string_view, std::string_view>> halves_;
};

}  // namespace lmp::text
