#include "runtime/constrain/mask_walk.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lmp::constrain {
namespace {

using Node = TokenTrie::Node;

class Walk {
 public:
  Walk(Automaton& automaton, const TokenTrie& trie, TokenMask* mask)
      : automaton_(automaton), class_of_(automaton.class_of()), mask_(mask) {
    // One bit more than tokens, for the nodes that spell none: no branch where there is no pattern.
    mask->words.assign(static_cast<size_t>(trie.vocabulary()) / 64 + 1, 0);
    fuel_.left = automaton.limits().mask_steps;
  }

  Status Finish(const TokenTrie& trie) {
    const auto none = static_cast<size_t>(trie.vocabulary());
    mask_->words[none >> 6] &= ~(uint64_t{1} << (none & 63));
    mask_->words.resize((none + 63) / 64);
    return fuel_.status;
  }

  // All tokens of a slice behind `config`. The slice is walked only where the config takes some
  // texts of a length and refuses others of the same.
  void Slice(const TokenTrie::Slice& slice, const Config* config) {
    if (slice.shortest > 0) {
      const SafeBounds bounds = automaton_.SafeBounds(config, &fuel_);
      if (bounds.most < slice.shortest) return;
      if (bounds.least >= slice.longest) return Allow(slice.words);
      const auto length = static_cast<size_t>(bounds.least - slice.shortest);
      if (bounds.least == bounds.most && length < slice.up_to.size()) {
        return Allow(slice.up_to[length]);
      }
    }
    if (fuel_.status.ok()) Subtrees(slice, 0, slice.nodes.size(), 0, config);
  }

  // Nodes [begin, end) whose parent, `depth` bytes from the root, is at `config`.
  void Subtrees(const TokenTrie::Slice& slice, size_t begin, size_t end, size_t depth,
                const Config* config) {
    if (config->unrestricted()) return AllowNodes(slice, begin, end);
    const Node* const nodes = slice.nodes.data();
    const Config* const dead = automaton_.dead();
    uint64_t* const words = mask_->words.data();
    if (path_.size() < 64) path_.resize(64);
    path_[0] = config;
    for (size_t i = begin; i < end;) {
      const Node& node = nodes[i];
      const size_t level = node.depth - depth;
      const Config* next = automaton_.NextOfClass(path_[level - 1], class_of_[node.byte], &fuel_);
      if (next == dead) {
        i += node.size;
        continue;
      }
      if (next == nullptr) return;  // no fuel; the status says so
      words[node.token >> 6] |= uint64_t{1} << (node.token & 63);
      if (node.size > 1 && next->unrestricted()) {
        AllowNodes(slice, i, i + node.size);
        i += node.size;
        continue;
      }
      if (level >= path_.size()) path_.resize(level * 2);
      path_[level] = next;
      ++i;
    }
  }

  // The same behind `prefix`: down the one path that spells it.
  void Prefixed(const TokenTrie::Slice& slice, std::string_view prefix, const Config* config) {
    size_t begin = 0;
    size_t end = slice.nodes.size();
    size_t depth = 0;
    while (begin < end) {
      const Node& node = slice.nodes[begin];
      if (node.byte != static_cast<uint8_t>(prefix[depth])) {
        begin += node.size;
        continue;
      }
      mask_->words[node.token >> 6] |= uint64_t{1} << (node.token & 63);
      if (node.size == 1) {  // another token of the same bytes, with the subtree, may follow
        ++begin;
        continue;
      }
      end = begin + node.size;
      ++begin;
      if (++depth < prefix.size()) continue;
      return Subtrees(slice, begin, end, depth, config);
    }
  }

 private:
  void Allow(const std::vector<uint64_t>& words) {
    for (size_t i = 0; i < words.size(); ++i) mask_->words[i] |= words[i];
  }
  void AllowNodes(const TokenTrie::Slice& slice, size_t begin, size_t end) {
    if (begin == 0 && end == slice.nodes.size()) return Allow(slice.words);
    for (size_t i = begin; i < end; ++i) {
      const uint32_t token = slice.nodes[i].token;
      mask_->words[token >> 6] |= uint64_t{1} << (token & 63);
    }
  }

  Automaton& automaton_;
  const std::array<uint16_t, 256>& class_of_;
  TokenMask* mask_;
  Fuel fuel_;
  std::vector<const Config*> path_;  // by bytes below the walk's start
};

}  // namespace

Status WalkMask(Automaton& automaton, const TokenTrie& trie, std::string_view prefix,
                const Config* config, TokenMask* mask) {
  Walk walk(automaton, trie, mask);
  for (const TokenTrie::Slice& slice : trie.slices()) {
    if (prefix.empty()) {
      walk.Slice(slice, config);
    } else {
      walk.Prefixed(slice, prefix, config);
    }
  }
  return walk.Finish(trie);
}

}  // namespace lmp::constrain
