#include "runtime/constrain/mask_walk.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lmp::constrain {
namespace {

using Node = TokenTrie::Node;

// Sizes are whole rounds (TokenTrie::word_count), so that the inner loop becomes a few
// instructions.
void OrInto(const std::vector<uint64_t>& from, std::vector<uint64_t>* to) {
  const uint64_t* __restrict source = from.data();
  uint64_t* __restrict target = to->data();
  for (size_t i = 0; i < from.size(); i += 8) {
    for (size_t j = 0; j < 8; ++j) target[i + j] |= source[i + j];
  }
}

class Walk {
 public:
  Walk(Automaton& automaton, const TokenTrie& trie, TokenMask* mask)
      : automaton_(automaton), class_of_(automaton.class_of()), trie_(trie), mask_(mask) {
    path_.resize(64);
    fuel_.left = automaton.limits().mask_steps;
  }

  Status All(const Config* config) {
    bounds_ = automaton_.SafeBounds(config, &fuel_);
    const bool all_safe = bounds_.least >= SafeBounds::kForever;
    if (all_safe) {
      mask_->words = trie_.safe_words();
    } else {
      mask_->words.assign(trie_.word_count(), 0);
    }
    const size_t first = all_safe ? trie_.safe_slice_count() : 0;
    for (size_t i = first; i < trie_.slices().size(); ++i) Slice(trie_.slices()[i], config);
    return Finish();
  }

  Status AllPrefixed(std::string_view prefix, const Config* config) {
    mask_->words.assign(trie_.word_count(), 0);
    for (const TokenTrie::Slice& slice : trie_.slices()) Prefixed(slice, prefix, config);
    return Finish();
  }

 private:
  // A slice is walked only where the config takes some texts of a length and refuses others.
  void Slice(const TokenTrie::Slice& slice, const Config* config) {
    if (slice.shortest > 0) {
      if (bounds_.most < slice.shortest) return;
      if (!slice.tails.empty()) {
        if (bounds_.uniform) return Mixed(slice, config);
      } else if (bounds_.least >= slice.longest) {
        return OrInto(slice.words, &mask_->words);
      } else if (const auto length = static_cast<size_t>(bounds_.least - slice.shortest);
                 bounds_.least == bounds_.most && length < slice.up_to.size()) {
        return OrInto(slice.up_to[length], &mask_->words);
      }
    }
    if (config->unrestricted()) return OrInto(slice.words, &mask_->words);
    for (const TokenTrie::Root& root : slice.roots) {
      if (!fuel_.status.ok()) return;
      const Config* next = automaton_.NextOfClass(config, class_of_[root.byte], &fuel_);
      if (next == automaton_.dead()) continue;
      Nodes(slice, root.begin, root.begin + slice.nodes[root.begin].size, 0, config);
    }
  }

  // Safe text leads to the same whatever it says; here it says "aaa".
  void Mixed(const TokenTrie::Slice& slice, const Config* config) {
    int length = 0;
    for (const TokenTrie::Tails& tails : slice.tails) {
      if (tails.length > bounds_.most) return;
      if ((tails.first & bounds_.behind).empty()) continue;
      for (; length < tails.length; ++length) {
        const Config* next = automaton_.Next(config, 'a', &fuel_);
        if (next == nullptr) return;
        if (next == config) length = tails.length - 1;
        config = next;
      }
      Subtrees(tails.nodes, 0, tails.nodes.size(), 0, config, [&](uint32_t group) {
        if (group + 1 == tails.offsets.size()) return;
        for (uint32_t i = tails.offsets[group]; i < tails.offsets[group + 1]; ++i) {
          Allow(static_cast<uint32_t>(tails.tokens[i]));
        }
      });
    }
  }

  void Nodes(const TokenTrie::Slice& slice, size_t begin, size_t end, size_t depth,
             const Config* config) {
    Subtrees(slice.nodes, begin, end, depth, config, [this](uint32_t token) { Allow(token); });
  }

  // Nodes [begin, end) whose parent, `depth` bytes from the root, is at `config`. `allow` takes
  // `token` of a node.
  template <typename AllowNode>
  void Subtrees(const std::vector<Node>& nodes, size_t begin, size_t end, size_t depth,
                const Config* config, const AllowNode& allow) {
    const auto allow_all = [&](size_t first, size_t last) {
      for (size_t i = first; i < last; ++i) allow(nodes[i].token);
    };
    if (config->unrestricted()) return allow_all(begin, end);
    const Config* const dead = automaton_.dead();
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
      allow(node.token);
      if (node.size > 1 && next->unrestricted()) {
        allow_all(i, i + node.size);
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
      Allow(node.token);
      if (node.size == 1) {  // another token of the same bytes, with the subtree, may follow
        ++begin;
        continue;
      }
      end = begin + node.size;
      ++begin;
      if (++depth < prefix.size()) continue;
      return Nodes(slice, begin, end, depth, config);
    }
  }

  // Nodes that spell no token have the bit behind the last token's: no branch where there is no
  // pattern.
  void Allow(uint32_t token) { mask_->words[token >> 6] |= uint64_t{1} << (token & 63); }

  Status Finish() {
    const auto none = static_cast<size_t>(trie_.vocabulary());
    mask_->words[none >> 6] &= ~(uint64_t{1} << (none & 63));
    mask_->words.resize((none + 63) / 64);
    return fuel_.status;
  }

  Automaton& automaton_;
  const std::array<uint16_t, 256>& class_of_;
  const TokenTrie& trie_;
  TokenMask* mask_;
  Fuel fuel_;
  SafeBounds bounds_;
  std::vector<const Config*> path_;  // by bytes below the walk's start
};

}  // namespace

Status WalkMask(Automaton& automaton, const TokenTrie& trie, std::string_view prefix,
                const Config* config, TokenMask* mask) {
  Walk walk(automaton, trie, mask);
  return prefix.empty() ? walk.All(config) : walk.AllPrefixed(prefix, config);
}

}  // namespace lmp::constrain
