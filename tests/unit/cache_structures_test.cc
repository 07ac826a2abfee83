// The small structures inside the tree, each against the plainest stand-in.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "cache/child_table.h"
#include "cache/ghost_set.h"
#include "cache/kv_key.h"
#include "cache/page_text.h"
#include "cache/sibling_order.h"
#include "runtime/base/clock_rng.h"

namespace lmp::cache {
namespace {

TEST_CASE("child table: equal and crowded digests, growth, erasure from the middle of a run") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Rng random(seed);
    ChildTable table;
    std::map<uint32_t, uint64_t> twin;  // node -> digest
    for (int step = 0; step < 400; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      const NodeId node(static_cast<uint32_t>(random.Below(60)));
      if (!twin.contains(node.index)) {
        // Few digests, near each other and near the end of the table.
        const uint64_t digest = 0xfffffffau + random.Below(9);
        table.Insert(digest, node);
        twin[node.index] = digest;
      } else {
        table.Erase(twin[node.index], node);
        twin.erase(node.index);
      }
      REQUIRE(table.size() == twin.size());
      for (const auto& [other, digest] : twin) {
        const auto is_it = [o = other](NodeId id) { return id.index == o; };
        REQUIRE(table.Find(digest, is_it).index == other);
        REQUIRE_FALSE(table.Find(digest + 1, is_it).valid());
      }
    }
  }
}

TEST_CASE("child table: replace keeps the place") {
  ChildTable table;
  table.Insert(5, NodeId(1));
  table.Replace(5, NodeId(1), NodeId(2));
  CHECK(table.Find(5, [](NodeId) { return true; }) == NodeId(2));
  CHECK(table.size() == 1);
}

TEST_CASE("ghost set: remembers, is bounded, may be off") {
  GhostSet ghosts(64);
  const size_t bytes = ghosts.bytes_used();
  ghosts.Add(1234);
  CHECK(ghosts.Contains(1234));
  CHECK_FALSE(ghosts.Contains(1235));
  CHECK_FALSE(ghosts.Contains(0));
  Rng random(1);
  for (int i = 0; i < 10'000; ++i) ghosts.Add(random.Next());
  CHECK_FALSE(ghosts.Contains(1234));
  CHECK(ghosts.bytes_used() == bytes);
  ghosts.Add(77);
  CHECK(ghosts.Contains(77));
  GhostSet off(0);
  off.Add(1);
  CHECK_FALSE(off.Contains(1));
}

TEST_CASE("digests: every token, its place and the path before it matter") {
  std::set<uint64_t> seen;
  const std::vector<TokenId> base(16, 7);
  seen.insert(ExtendDigest(1, base));
  seen.insert(ExtendDigest(2, base));
  for (size_t size = 1; size < 16; ++size)
    seen.insert(ExtendDigest(1, std::span(base).first(size)));
  for (size_t place = 0; place < 16; ++place) {
    std::vector<TokenId> changed = base;
    changed[place] = 8;
    seen.insert(ExtendDigest(1, changed));
  }
  CHECK(seen.size() == 33);
}

TEST_CASE("keys: equal fields, tenants, hashes") {
  const KvKey key{.model = "m", .adapter = "x", .tenant = "t"};
  KvKey other = key;
  CHECK(key == other);
  CHECK(KvKeyHash()(key) == KvKeyHash()(other));
  other.tenant = std::string("u");
  CHECK(key != other);
  CHECK(key.SameButTenant(other));
  other.type = KvType::kF32;
  CHECK_FALSE(key.SameButTenant(other));
  // Fields do not run into each other.
  const KvKey left{.model = "ab"}, right{.model = "a", .adapter = "b"};
  CHECK(left != right);
}

// Children of node 0 of a node array, one page each; labels are text, one letter per token, four
// letters for a full page.
class Children {
 public:
  explicit Children(uint32_t count) : text_(count + 1, 4), nodes_(count + 1) {
    nodes_[0].kind = NodeKind::kRoot;
  }
  void Insert(uint32_t index, const std::string& label) {
    RadixNode& node = nodes_[index];
    node.kind = label.size() == 4 ? NodeKind::kRun : NodeKind::kTail;
    node.fill = static_cast<uint16_t>(label.size() % 4);
    node.first_page = node.last_page = PageId(index);
    const std::vector<TokenId> tokens(label.begin(), label.end());
    text_.Write(PageId(index), tokens, 0);
    InsertSibling(nodes_, text_, NodeId(0), NodeId(index));
  }
  void Erase(uint32_t index) { EraseSibling(nodes_, text_, NodeId(index)); }
  std::string Bound(const std::string& label) const {
    const std::vector<TokenId> tokens(label.begin(), label.end());
    const NodeId found = LowerBound(nodes_, text_, NodeId(0), tokens);
    return found.valid() ? LabelOf(found) : "";
  }
  std::vector<std::string> All() const {
    CheckSiblings(nodes_, text_, NodeId(0));
    std::vector<std::string> labels;
    for (NodeId at = FirstChild(nodes_, NodeId(0)); at.valid(); at = SiblingAfter(nodes_, at)) {
      labels.push_back(LabelOf(at));
    }
    return labels;
  }

 private:
  std::string LabelOf(NodeId id) const {
    const std::span<const TokenId> label = Label(nodes_[id.index], text_);
    return {label.begin(), label.end()};
  }

  PageText text_;
  RadixNodes nodes_;
};

TEST_CASE("sibling order: sorted, with exact bounds, under insertion and erasure") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Rng random(seed);
    Children children(60);
    std::map<std::string, uint32_t> twin;
    std::vector<uint32_t> unused;
    for (uint32_t i = 1; i <= 60; ++i) unused.push_back(i);
    for (int step = 0; step < 150; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      std::string label(1 + random.Below(4), 'a');
      for (char& c : label) c = static_cast<char>(c + static_cast<char>(random.Below(3)));
      if (const auto at = twin.find(label); at != twin.end()) {
        children.Erase(at->second);
        unused.push_back(at->second);
        twin.erase(at);
      } else if (!unused.empty()) {
        children.Insert(unused.back(), label);
        twin[label] = unused.back();
        unused.pop_back();
      }
      std::vector<std::string> sorted;
      for (const auto& [known, index] : twin) sorted.push_back(known);
      REQUIRE(children.All() == sorted);
      const auto bound = twin.lower_bound("bab");
      REQUIRE(children.Bound("bab") == (bound == twin.end() ? "" : bound->first));
    }
  }
}

}  // namespace
}  // namespace lmp::cache
