// The naive twin of cache::PrefixCache: a map from a token path to its page, and answers by looking
// at every entry. No nodes, no digests, no order but "the smallest of all". Trees 0 and 1 differ in
// the tenant, 2 in the model.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "cache/prefix_cache.h"

namespace lmp::cache::testing {

using Tokens = std::vector<TokenId>;
using Path = std::pair<int, Tokens>;  // (tree, tokens from position 0)

class Twin {
 public:
  struct Page {
    PageId id;
    uint64_t used = 0;
    bool dropped = false;
    bool pending = false;
  };
  struct Answer {
    size_t full = 0, partial = 0, common = 0;
    MissReason miss = MissReason::kNone;
  };

  explicit Twin(size_t page_tokens) : page_(page_tokens) {}

  Answer Match(int tree, const Tokens& tokens) const {
    Answer answer;
    answer.full = FullPrefix(tree, tokens);
    const Tokens rest(tokens.begin() + static_cast<long>(answer.full), tokens.end());
    bool diverges = false;
    for (const auto& [path, page] : pages) {
      if (path.first != tree || Parent(path).second != Cut(tokens, answer.full)) continue;
      const Tokens label(path.second.begin() + static_cast<long>(answer.full), path.second.end());
      const size_t common = Common(label, rest);
      if (!page.pending) answer.partial = std::max(answer.partial, common);
      if (common > answer.common) diverges = false;
      answer.common = std::max(answer.common, common);
      diverges |= common == answer.common && common < label.size() && common < rest.size();
    }
    if (answer.partial == rest.size()) return answer;
    answer.miss = diverges ? MissReason::kDiverged : MissReason::kNew;
    if (rest.size() < page_) return answer;
    const Path next{tree, Cut(tokens, answer.full + page_)};
    for (int other = 0; answer.full == 0 && other < 3; ++other) {
      if (other == tree || !pages.contains({other, next.second})) continue;
      if (answer.miss != MissReason::kSalt) answer.miss = MissReason::kKey;
      if (tree < 2 && other < 2) answer.miss = MissReason::kSalt;
    }
    if (evicted.contains(next)) answer.miss = MissReason::kEvicted;
    return answer;
  }

  size_t FullPrefix(int tree, const Tokens& tokens) const {
    size_t full = 0;
    while (full + page_ <= tokens.size() && pages.contains({tree, Cut(tokens, full + page_)}))
      full += page_;
    return full;
  }

  void Touch(const Path& path, size_t dropped_from) {
    ++tick_;
    for (auto& [other, page] : pages) {
      if (!Begins(path, other)) continue;
      page.used = tick_;
      page.dropped = Parent(other).second.size() >= dropped_from;
    }
  }
  void Touch(const Path& path) { Touch(path, path.second.size() + 1); }

  // False if the tree has these tokens already. `path` may end inside a page.
  bool Insert(const Path& path, PageId id, bool pending) {
    for (const auto& [other, page] : pages)
      if (Parent(other) == Parent(path) && Begins(other, path)) return false;
    std::erase_if(pages, [&](const auto& entry) {
      return Parent(entry.first) == Parent(path) && Begins(path, entry.first);
    });
    pages[path] = {id, 0, false, pending};
    return true;
  }

  bool Pinned(const Path& path) const {
    return std::any_of(pins.begin(), pins.end(), [&](const Path& p) { return Begins(p, path); });
  }

  size_t Evict(size_t wanted) {
    size_t freed = 0;
    for (; freed < wanted; ++freed) {
      const Path* worst = nullptr;
      for (const auto& [path, page] : pages) {
        const bool has_child = std::any_of(pages.begin(), pages.end(), [&](const auto& entry) {
          return Parent(entry.first) == path;
        });
        if (has_child || Pinned(path)) continue;
        if (worst == nullptr || Rank(path) < Rank(*worst)) worst = &path;
      }
      if (worst == nullptr) break;
      const Path gone = *worst;
      if (gone.second.size() % page_ == 0) evicted.insert(gone);
      for (auto& [handle, kept] : retained)
        if (Begins(kept.first, gone)) kept.first = Parent(gone);
      pages.erase(gone);
    }
    return freed;
  }

  std::map<Path, Page> pages;
  std::multiset<Path> pins;
  std::map<int, std::pair<Path, int64_t>> retained;  // by handle: what is kept, next use
  std::set<Path> evicted;

 private:
  static Tokens Cut(const Tokens& tokens, size_t size) {
    return Tokens(tokens.begin(), tokens.begin() + static_cast<long>(size));
  }
  static size_t Common(const Tokens& a, const Tokens& b) {
    size_t i = 0;
    while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
    return i;
  }
  // True if `path` begins with `prefix`.
  static bool Begins(const Path& path, const Path& prefix) {
    return path.first == prefix.first && Common(path.second, prefix.second) == prefix.second.size();
  }
  Path Parent(const Path& path) const {
    return {path.first, Cut(path.second, (path.second.size() - 1) / page_ * page_)};
  }
  std::tuple<int, int64_t, uint64_t> Rank(const Path& path) const {
    const Page& page = pages.at(path);
    int64_t soonest = INT64_MAX;
    for (const auto& [handle, kept] : retained) {
      if (Begins(kept.first, path)) soonest = std::min(soonest, kept.second);
    }
    if (soonest != INT64_MAX) return {2, -soonest, page.used};
    return {page.dropped ? 0 : 1, 0, page.used};
  }

  size_t page_;
  uint64_t tick_ = 0;
};

}  // namespace lmp::cache::testing
