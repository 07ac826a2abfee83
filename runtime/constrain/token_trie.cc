#include "runtime/constrain/token_trie.h"

#include <algorithm>

#include "runtime/constrain/safe_text.h"

namespace lmp::constrain {
namespace {

constexpr int kSliceLengths[] = {10, 30, 1 << 30};

// Pieces that stand for text: not control, unknown or unused ones.
bool IsText(const text::Tokenizer& tokenizer, TokenId id) {
  const text::PieceType type = tokenizer.spec().types[static_cast<size_t>(id)];
  return type == text::PieceType::kNormal || type == text::PieceType::kUserDefined ||
         type == text::PieceType::kByte;
}

void SetBit(std::vector<uint64_t>* words, TokenId id) {
  (*words)[static_cast<size_t>(id) >> 6] |= uint64_t{1} << (static_cast<size_t>(id) & 63);
}

}  // namespace

TokenTrie::TokenTrie(const text::Tokenizer& tokenizer) {
  std::vector<std::string_view> tokens;
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id) {
    tokens.push_back(IsText(tokenizer, id) ? tokenizer.Bytes(id) : std::string_view());
  }
  Make(tokens);
}

TokenTrie::TokenTrie(const std::vector<std::string>& tokens) {
  Make({tokens.begin(), tokens.end()});
}

void TokenTrie::Make(const std::vector<std::string_view>& tokens) {
  for (const std::string_view token : tokens) {
    offsets_.push_back(bytes_.size());
    bytes_ += token;
  }
  offsets_.push_back(bytes_.size());
  std::vector<TokenId> sorted;
  for (TokenId id = 0; id < vocabulary(); ++id) {
    if (!Bytes(id).empty()) sorted.push_back(id);
  }
  std::sort(sorted.begin(), sorted.end(), [&](TokenId a, TokenId b) {
    const int order = Bytes(a).compare(Bytes(b));
    return order != 0 ? order < 0 : a < b;
  });
  constexpr size_t kSafe = std::size(kSliceLengths);
  std::vector<std::vector<TokenId>> parts(kSafe + 1);
  for (const TokenId id : sorted) {
    const int length = SafeLength(Bytes(id));
    size_t part = 0;
    while (part < kSafe && (length < 0 || length > kSliceLengths[part])) ++part;
    parts[part].push_back(id);
  }
  for (size_t part = 0; part < parts.size(); ++part) {
    Slice slice;
    slice.words.resize((static_cast<size_t>(vocabulary()) + 63) / 64);
    AddSorted(parts[part], &slice);
    if (part < kSafe) {
      slice.shortest = part == 0 ? 1 : kSliceLengths[part - 1] + 1;
      slice.longest = kSliceLengths[part];
      if (part + 1 < kSafe) AddLengths(parts[part], &slice);
    }
    slices_.push_back(std::move(slice));
  }
}

// Sorted by bytes, the tokens are in depth-first order: each adds the nodes below the bytes that it
// shares with the one before.
void TokenTrie::AddSorted(const std::vector<TokenId>& ids, Slice* slice) const {
  std::vector<Node>& nodes = slice->nodes;
  const auto none = static_cast<uint32_t>(vocabulary());
  std::vector<size_t> path;  // from the root to the last node
  const auto close = [&](size_t depth) {
    for (; path.size() > depth; path.pop_back()) {
      nodes[path.back()].size = static_cast<uint32_t>(nodes.size() - path.back());
    }
  };
  std::string_view before;
  for (const TokenId id : ids) {
    const std::string_view bytes = Bytes(id);
    const size_t shared = static_cast<size_t>(
        std::mismatch(before.begin(), before.end(), bytes.begin(), bytes.end()).first -
        before.begin());
    // A token of the same bytes as the one before has a node of its own; the last one of several
    // has the subtree.
    close(std::min(shared, bytes.size() - 1));
    for (size_t depth = path.size(); depth < bytes.size(); ++depth) {
      path.push_back(nodes.size());
      nodes.push_back(
          {1, none, static_cast<uint32_t>(depth + 1), static_cast<uint8_t>(bytes[depth])});
    }
    nodes.back().token = static_cast<uint32_t>(id);
    SetBit(&slice->words, id);
    before = bytes;
  }
  close(0);
}

void TokenTrie::AddLengths(const std::vector<TokenId>& ids, Slice* slice) const {
  slice->up_to.assign(static_cast<size_t>(slice->longest - slice->shortest),
                      std::vector<uint64_t>(slice->words.size()));
  for (const TokenId id : ids) {
    const auto length = static_cast<size_t>(SafeLength(Bytes(id)) - slice->shortest);
    if (length < slice->up_to.size()) SetBit(&slice->up_to[length], id);
  }
  for (size_t i = 1; i < slice->up_to.size(); ++i) {
    for (size_t w = 0; w < slice->words.size(); ++w) slice->up_to[i][w] |= slice->up_to[i - 1][w];
  }
}

std::string_view TokenTrie::Bytes(TokenId id) const {
  if (id < 0 || id >= vocabulary()) return {};
  const auto at = static_cast<size_t>(id);
  return std::string_view(bytes_).substr(offsets_[at], offsets_[at + 1] - offsets_[at]);
}

}  // namespace lmp::constrain
