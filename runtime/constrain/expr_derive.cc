// Derivatives (Brzozowski): the states of an expression's automaton. The smart constructors keep a
// normal form, so that the derivatives of an expression are finite in number.
#include <algorithm>
#include <unordered_set>

#include "runtime/base/check.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {

Expr ExprPool::Derive(Expr a, uint8_t byte) {
  if (exhausted()) return kEmptyExpr;
  const Node& n = node(a);
  switch (n.kind) {
    case Kind::kEmpty:
    case Kind::kEpsilon:
      return kEmptyExpr;
    case Kind::kBytes:
      return sets_[n.a].Contains(byte) ? kEpsilonExpr : kEmptyExpr;
    case Kind::kLiterals:
      return DeriveLiterals(n, byte);
    case Kind::kMultiple:
      if (byte < '0' || byte > '9') return kEmptyExpr;
      {
        const auto rest = static_cast<uint32_t>((n.b * 10ull + byte - '0') % n.a);
        return Intern({.kind = Kind::kMultiple,
                       .nullable = rest == 0,
                       .has_more = Truth::kYes,
                       .a = n.a,
                       .b = rest,
                       .c = 1});
      }
    default:
      break;
  }
  if (a == kAnyBytesExpr) return a;
  const uint32_t known = derivatives_.Find(a.index, byte);
  if (known != DerivativeTable::kNone) return Expr(known);
  const Expr result = DeriveUncached(a, byte);
  if (!exhausted()) derivatives_.Insert(a.index, byte, result.index);
  return result;
}

Expr ExprPool::DeriveUncached(Expr a, uint8_t byte) {
  const Node n = node(a);  // a copy: nodes_ grows below
  switch (n.kind) {
    case Kind::kConcat:
      return DeriveConcat(a, byte);
    case Kind::kNot:
      return Not(Derive(Expr(n.a), byte));
    case Kind::kRepeat: {
      const Expr head = Derive(Expr(n.a), byte);
      if (head == kEmptyExpr) return head;
      return Concat(head,
                    Repeat(Expr(n.a), n.b == 0 ? 0 : n.b - 1, n.c == kUnbounded ? n.c : n.c - 1));
    }
    default:
      break;
  }
  LMP_CHECK(n.kind == Kind::kOr || n.kind == Kind::kAnd);
  std::vector<Expr> parts;
  for (uint32_t i = 0; i < n.b; ++i) {
    const Expr part = Derive(children_[n.a + i], byte);
    if (n.kind == Kind::kAnd && part == kEmptyExpr) return part;
    if (n.kind == Kind::kAnd || part != kEmptyExpr) parts.push_back(part);
  }
  return n.kind == Kind::kOr ? Or(parts) : And(parts);
}

// Along the spine of a concatenation without recursion: it may be as long as the source.
Expr ExprPool::DeriveConcat(Expr a, uint8_t byte) {
  std::vector<Expr> parts;
  while (node(a).kind == Kind::kConcat) {
    const Expr head(node(a).a);
    const Expr tail(node(a).b);
    const Expr derived = Derive(head, byte);
    if (derived != kEmptyExpr) parts.push_back(Concat(derived, tail));
    if (exhausted()) return kEmptyExpr;
    if (!Nullable(head)) return Or(parts);
    a = tail;
  }
  parts.push_back(Derive(a, byte));
  return Or(parts);
}

Expr ExprPool::DeriveLiterals(const Node& n, uint8_t byte) {
  const std::vector<std::string>& texts = tables_[n.a]->texts;
  const auto at = [&](const std::string& text) {
    return n.d < text.size() ? static_cast<int>(static_cast<uint8_t>(text[n.d])) : -1;
  };
  const auto begin = texts.begin() + n.b;
  const auto end = texts.begin() + n.c;
  const auto first = std::lower_bound(begin, end, static_cast<int>(byte),
                                      [&](const std::string& t, int b) { return at(t) < b; });
  const auto last = std::upper_bound(first, end, static_cast<int>(byte),
                                     [&](int b, const std::string& t) { return b < at(t); });
  if (first == last) return kEmptyExpr;
  return LiteralRange(n.a, static_cast<uint32_t>(first - texts.begin()),
                      static_cast<uint32_t>(last - texts.begin()), n.d + 1);
}

// What the first byte tells apart.
uint32_t ExprPool::Front(Expr a) {
  if (a.index < fronts_.size() && fronts_[a.index] != kNotKnown) return fronts_[a.index];
  const uint32_t front = FindFront(a);
  if (fronts_.size() < nodes_.size()) fronts_.resize(nodes_.size(), kNotKnown);
  fronts_[a.index] = front;
  return front;
}

uint32_t ExprPool::FindFront(Expr a) {
  const Node& n = node(a);
  switch (n.kind) {
    case Kind::kBytes:
      return partitions_.OfSet(sets_[n.a]);
    case Kind::kLiterals:
    case Kind::kMultiple:
      return partitions_.OfEach(FirstBytes(a));
    case Kind::kNot:
    case Kind::kRepeat:
      return Front(Expr(n.a));
    case Kind::kConcat:
      return ConcatFront(a);
    case Kind::kOr:
    case Kind::kAnd: {
      uint32_t front = BytePartitions::kWhole;
      for (const Expr kid : children(n)) front = partitions_.Meet(front, Front(kid));
      return front;
    }
    default:
      return BytePartitions::kWhole;
  }
}

// From the end of its nullable beginning, so that no part of a long spine is looked at twice.
uint32_t ExprPool::ConcatFront(Expr a) {
  std::vector<Expr> spine;
  Expr at = a;
  for (; node(at).kind == Kind::kConcat && Nullable(Expr(node(at).a)); at = Expr(node(at).b)) {
    if (at.index < fronts_.size() && fronts_[at.index] != kNotKnown) break;
    spine.push_back(at);
  }
  const bool stops = node(at).kind == Kind::kConcat && !Nullable(Expr(node(at).a));
  uint32_t front = Front(stops ? Expr(node(at).a) : at);
  fronts_.resize(nodes_.size(), kNotKnown);
  for (auto part = spine.rbegin(); part != spine.rend(); ++part) {
    front = partitions_.Meet(Front(Expr(node(*part).a)), front);
    fronts_[part->index] = front;
  }
  return front;
}

ByteSet ExprPool::LiteralFirstBytes(const Node& n) const {
  const std::vector<std::string>& texts = tables_[n.a]->texts;
  ByteSet set;
  for (uint32_t i = n.b; i < n.c;) {
    if (texts[i].size() == n.d) {
      ++i;
      continue;
    }
    const auto byte = static_cast<uint8_t>(texts[i][n.d]);
    set.Add(byte);
    const auto next = std::upper_bound(
        texts.begin() + i, texts.begin() + n.c, byte,
        [&](uint8_t b, const std::string& t) { return b < static_cast<uint8_t>(t[n.d]); });
    i = static_cast<uint32_t>(next - texts.begin());
  }
  return set;
}

ByteSet ExprPool::FirstBytes(Expr a) {
  const Node& n = node(a);
  if (n.kind == Kind::kEmpty || n.kind == Kind::kEpsilon) return {};
  if (n.kind == Kind::kBytes) return sets_[n.a];
  if (n.kind == Kind::kMultiple) return ByteSet::Range('0', '9');
  if (n.kind == Kind::kNot) return ByteSet::All();
  if (a.index < first_bytes_.size() && first_bytes_[a.index] != kNotKnown) {
    return sets_[first_bytes_[a.index]];
  }
  const ByteSet set = FindFirstBytes(a);
  if (first_bytes_.size() < nodes_.size()) first_bytes_.resize(nodes_.size(), kNotKnown);
  first_bytes_[a.index] = InternSet(set);
  return set;
}

ByteSet ExprPool::FindFirstBytes(Expr a) {
  const Node& n = node(a);
  if (n.kind == Kind::kLiterals) return LiteralFirstBytes(n);
  if (n.kind == Kind::kRepeat) return FirstBytes(Expr(n.a));
  if (n.kind == Kind::kConcat) {
    ByteSet set;
    for (; node(a).kind == Kind::kConcat; a = Expr(node(a).b)) {
      set = set | FirstBytes(Expr(node(a).a));
      if (!Nullable(Expr(node(a).a))) return set;
    }
    return set | FirstBytes(a);
  }
  const bool is_or = n.kind == Kind::kOr;
  ByteSet set = is_or ? ByteSet() : ByteSet::All();
  for (const Expr kid : children(n)) {
    set = is_or ? set | FirstBytes(kid) : set & FirstBytes(kid);
  }
  return set;
}

bool ExprPool::SplitRepeat(Expr a, Expr* item, uint32_t* max, Expr* tail) const {
  const Node* n = &node(a);
  *item = a;
  *tail = kEpsilonExpr;
  if (n->kind == Kind::kConcat) {
    *item = Expr(n->a);
    *tail = Expr(n->b);
    n = &node(*item);
  }
  *max = 1;
  if (n->kind == Kind::kRepeat) {
    *max = n->c;
    *item = Expr(n->a);
  }
  return *item != kEmptyExpr && *item != kEpsilonExpr;
}

bool ExprPool::SplitDifference(Expr a, Expr* kept, size_t* words, Expr* tail) const {
  const Node* n = &node(a);
  *tail = kEpsilonExpr;
  if (n->kind == Kind::kConcat) {
    *tail = Expr(n->b);
    n = &node(Expr(n->a));
  }
  if (n->kind != Kind::kAnd || n->b != 2) return false;
  const std::span<const Expr> parts = children(*n);
  for (size_t i = 0; i < 2; ++i) {
    if (node(parts[i]).kind != Kind::kNot || !Plain(parts[1 - i])) continue;
    const Node& left_out = node(Expr(node(parts[i]).a));
    if (left_out.kind != Kind::kLiterals && left_out.kind != Kind::kEpsilon) continue;
    *kept = parts[1 - i];
    *words = left_out.kind == Kind::kEpsilon ? 1 : left_out.c - left_out.b;
    return true;
  }
  return false;
}

bool ExprPool::Matches(Expr a, std::string_view bytes) {
  for (const char byte : bytes) a = Derive(a, static_cast<uint8_t>(byte));
  return Nullable(a);
}

std::vector<uint16_t> ExprPool::ByteClasses(std::span<const Expr> exprs, int* count) const {
  std::vector<bool> sets(sets_.size(), false);
  ByteSet alone;  // bytes that are a class each
  std::vector<Expr> pending(exprs.begin(), exprs.end());
  std::unordered_set<uint32_t> seen;
  while (!pending.empty()) {
    const Expr at = pending.back();
    pending.pop_back();
    if (!seen.insert(at.index).second) continue;
    const Node& n = node(at);
    if (n.kind == Kind::kBytes) sets[n.a] = true;
    if (n.kind == Kind::kLiterals) alone = alone | tables_[n.a]->used;
    if (n.kind == Kind::kMultiple) alone = alone | ByteSet::Range('0', '9');
    if (n.kind == Kind::kConcat) pending.emplace_back(n.b);
    if (n.kind == Kind::kConcat || n.kind == Kind::kNot || n.kind == Kind::kRepeat) {
      pending.emplace_back(n.a);
    }
    if (n.kind == Kind::kOr || n.kind == Kind::kAnd) {
      for (const Expr kid : children(n)) pending.push_back(kid);
    }
  }
  std::vector<ByteSet> parts = {~alone};
  if (alone == ByteSet::All()) parts.clear();
  for (size_t id = 0; id < sets.size(); ++id) {
    if (sets[id]) CutClasses(sets_[id], &parts);
  }
  AppendEach(alone, &parts);
  *count = static_cast<int>(parts.size());
  std::vector<uint16_t> classes(256, 0);
  for (size_t c = 0; c < parts.size(); ++c) {
    for (ByteSet left = parts[c]; !left.empty();) {
      const auto byte = static_cast<uint8_t>(left.first());
      left = left & ~ByteSet::Of(byte);
      classes[byte] = static_cast<uint16_t>(c);
    }
  }
  return classes;
}

}  // namespace lmp::constrain
