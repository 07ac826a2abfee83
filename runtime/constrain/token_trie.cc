#include "runtime/constrain/token_trie.h"

#include <algorithm>
#include <map>
#include <utility>

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

// Sorted by bytes, texts are in depth-first order: each adds the nodes below the bytes that it
// shares with the one before.
class NodeWriter {
 public:
  NodeWriter(std::vector<TokenTrie::Node>* nodes, uint32_t none) : nodes_(*nodes), none_(none) {}

  void Add(std::string_view bytes, uint32_t token) {
    const auto shared = static_cast<size_t>(
        std::mismatch(before_.begin(), before_.end(), bytes.begin(), bytes.end()).first -
        before_.begin());
    // A text equal to the one before has a node of its own; the last one of several has the
    // subtree.
    Close(std::min(shared, bytes.size() - 1));
    for (size_t depth = path_.size(); depth < bytes.size(); ++depth) {
      path_.push_back(nodes_.size());
      nodes_.push_back(
          {1, none_, static_cast<uint32_t>(depth + 1), static_cast<uint8_t>(bytes[depth])});
    }
    nodes_.back().token = token;
    before_ = bytes;
  }
  void Finish() { Close(0); }

 private:
  void Close(size_t depth) {
    for (; path_.size() > depth; path_.pop_back()) {
      nodes_[path_.back()].size = static_cast<uint32_t>(nodes_.size() - path_.back());
    }
  }

  std::vector<TokenTrie::Node>& nodes_;
  const uint32_t none_;
  std::vector<size_t> path_;  // from the root to the last node
  std::string_view before_;
};

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
  std::vector<std::vector<TokenId>> parts(kSafe + 2);
  for (const TokenId id : sorted) {
    const SafePrefix safe = SafePrefixOf(Bytes(id));
    size_t part = 0;
    if (safe.bytes < Bytes(id).size()) {
      part = safe.length > 0 ? kSafe : kSafe + 1;
    } else {
      while (safe.length > kSliceLengths[part]) ++part;
    }
    parts[part].push_back(id);
  }
  safe_words_.resize(word_count());
  for (size_t part = 0; part < kSafe; ++part) {
    const int shortest = part == 0 ? 1 : kSliceLengths[part - 1] + 1;
    slices_.push_back(MakeSlice(parts[part], shortest, kSliceLengths[part]));
    if (part + 1 < kSafe) AddLengths(parts[part], &slices_.back());
    for (const TokenId id : parts[part]) SetBit(&safe_words_, id);
  }
  slices_.push_back(MakeSlice(parts[kSafe], 1, kSliceLengths[kSafe - 1]));
  AddTails(parts[kSafe], &slices_.back());
  slices_.push_back(MakeSlice(parts[kSafe + 1], 0, 0));
}

TokenTrie::Slice TokenTrie::MakeSlice(const std::vector<TokenId>& sorted, int shortest,
                                      int longest) const {
  Slice slice;
  slice.shortest = shortest;
  slice.longest = longest;
  slice.words.resize(word_count());
  NodeWriter writer(&slice.nodes, static_cast<uint32_t>(vocabulary()));
  for (const TokenId id : sorted) {
    writer.Add(Bytes(id), static_cast<uint32_t>(id));
    SetBit(&slice.words, id);
  }
  writer.Finish();
  for (uint32_t i = 0; i < slice.nodes.size(); i += slice.nodes[i].size) {
    slice.roots.push_back({i, slice.nodes[i].byte});
  }
  return slice;
}

void TokenTrie::AddLengths(const std::vector<TokenId>& ids, Slice* slice) const {
  slice->up_to.assign(static_cast<size_t>(slice->longest - slice->shortest),
                      std::vector<uint64_t>(slice->words.size()));
  for (const TokenId id : ids) {
    const auto length = static_cast<size_t>(SafePrefixOf(Bytes(id)).length - slice->shortest);
    if (length < slice->up_to.size()) SetBit(&slice->up_to[length], id);
  }
  for (size_t i = 1; i < slice->up_to.size(); ++i) {
    for (size_t w = 0; w < slice->words.size(); ++w) slice->up_to[i][w] |= slice->up_to[i - 1][w];
  }
}

void TokenTrie::AddTails(const std::vector<TokenId>& ids, Slice* slice) const {
  std::map<int, std::map<std::string_view, std::vector<TokenId>>> by_length;
  for (const TokenId id : ids) {
    const SafePrefix safe = SafePrefixOf(Bytes(id));
    by_length[safe.length][Bytes(id).substr(safe.bytes)].push_back(id);
  }
  for (const auto& [length, groups] : by_length) {
    Tails tails;
    tails.length = length;
    NodeWriter writer(&tails.nodes, static_cast<uint32_t>(groups.size()));
    for (const auto& [bytes, tokens] : groups) {
      tails.first.Add(static_cast<uint8_t>(bytes[0]));
      writer.Add(bytes, static_cast<uint32_t>(tails.offsets.size()));
      tails.offsets.push_back(static_cast<uint32_t>(tails.tokens.size()));
      tails.tokens.insert(tails.tokens.end(), tokens.begin(), tokens.end());
    }
    writer.Finish();
    tails.offsets.push_back(static_cast<uint32_t>(tails.tokens.size()));
    slice->tails.push_back(std::move(tails));
  }
}

std::string_view TokenTrie::Bytes(TokenId id) const {
  if (id < 0 || id >= vocabulary()) return {};
  const auto at = static_cast<size_t>(id);
  return std::string_view(bytes_).substr(offsets_[at], offsets_[at + 1] - offsets_[at]);
}

bool TokenTrie::GoesOn(std::string_view bytes) const {
  for (const Slice& slice : slices_) {
    uint32_t begin = 0;
    auto end = static_cast<uint32_t>(slice.nodes.size());
    size_t spelt = 0;
    while (spelt < bytes.size() && begin < end) {
      const Node& node = slice.nodes[begin];
      const bool alike =
          node.size == 1 && begin + 1 < end && slice.nodes[begin + 1].byte == node.byte;
      if (node.byte == static_cast<uint8_t>(bytes[spelt]) &&
          !alike) {  // the last of equals goes on
        ++spelt;
        end = begin + node.size;
        ++begin;
      } else {
        begin += node.size;
      }
    }
    if (spelt == bytes.size() && begin < end) return true;
  }
  return false;
}

}  // namespace lmp::constrain
