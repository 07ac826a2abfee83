#include "runtime/constrain/token_trie.h"

#include <algorithm>

namespace lmp::constrain {
namespace {

constexpr int kSliceLengths[] = {10, 30, 1 << 30};

// Pieces that stand for text: not control, unknown or unused ones.
bool IsText(const text::Tokenizer& tokenizer, TokenId id) {
  const text::PieceType type = tokenizer.spec().types[static_cast<size_t>(id)];
  return type == text::PieceType::kNormal || type == text::PieceType::kUserDefined ||
         type == text::PieceType::kByte;
}

// Code points of text that a JSON string may hold unescaped; -1 if it is not such text.
int SafeLength(std::string_view text) {
  int length = 0;
  for (size_t i = 0; i < text.size(); ++length) {
    const auto at = [&](size_t k) { return static_cast<uint8_t>(text[k]); };
    const uint8_t lead = at(i);
    if (lead < 0x20 || lead == '"' || lead == '\\' || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4) {
      return -1;
    }
    const size_t count = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (i + count >= text.size()) return -1;
    for (size_t k = 1; k <= count; ++k) {
      if ((at(i + k) & 0xc0) != 0x80) return -1;
    }
    if (count > 0) {
      const uint8_t second = at(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
          (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
        return -1;
      }
    }
    i += count + 1;
  }
  return length;
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
    slice.code_points = part < kSafe ? kSliceLengths[part] : 0;
    slice.words.resize((static_cast<size_t>(vocabulary()) + 63) / 64);
    AddSorted(parts[part], &slice);
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
    // A token of the same bytes as the one before has a node of its own; the last one of several has
    // the subtree.
    close(std::min(shared, bytes.size() - 1));
    for (size_t depth = path.size(); depth < bytes.size(); ++depth) {
      path.push_back(nodes.size());
      nodes.push_back({1, none, static_cast<uint32_t>(depth + 1), static_cast<uint8_t>(bytes[depth])});
    }
    nodes.back().token = static_cast<uint32_t>(id);
    slice->words[static_cast<size_t>(id) >> 6] |= uint64_t{1} << (static_cast<size_t>(id) & 63);
    before = bytes;
  }
  close(0);
}

std::string_view TokenTrie::Bytes(TokenId id) const {
  if (id < 0 || id >= vocabulary()) return {};
  const auto at = static_cast<size_t>(id);
  return std::string_view(bytes_).substr(offsets_[at], offsets_[at + 1] - offsets_[at]);
}

}  // namespace lmp::constrain
