// Derivatives (Brzozowski): the states of an expression's automaton. The smart constructors keep a
// normal form, so that the derivatives of an expression are finite in number.
#include <algorithm>
#include <unordered_set>

#include "runtime/base/check.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {
namespace {

// Cuts every class that lies partly in `set` into two.
void Split(const ByteSet& set, std::vector<uint16_t>* classes, int* count) {
  std::vector<bool> outside(static_cast<size_t>(*count), false);
  for (size_t b = 0; b < 256; ++b) {
    if (!set.Contains(static_cast<uint8_t>(b))) outside[(*classes)[b]] = true;
  }
  std::vector<int> moved(outside.size(), -1);
  for (size_t b = 0; b < 256; ++b) {
    uint16_t& c = (*classes)[b];
    if (!set.Contains(static_cast<uint8_t>(b)) || !outside[c]) continue;
    if (moved[c] < 0) moved[c] = (*count)++;
    c = static_cast<uint16_t>(moved[c]);
  }
}

}  // namespace

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

// Leaves in `alike` what no byte set at the front of `a` tells from `byte`.
void ExprPool::NarrowAlike(Expr a, uint8_t byte, ByteSet* alike) {
  const auto narrow = [&](const ByteSet& set) {
    *alike = *alike & (set.Contains(byte) ? set : ~set);
  };
  while (node(a).kind == Kind::kConcat) {
    const Expr head(node(a).a);
    NarrowAlike(head, byte, alike);
    if (!Nullable(head)) return;
    a = Expr(node(a).b);
  }
  const Node& n = node(a);
  switch (n.kind) {
    case Kind::kBytes:
      return narrow(sets_[n.a]);
    case Kind::kLiterals:
    case Kind::kMultiple: {
      const ByteSet first = FirstBytes(a);
      return narrow(first.Contains(byte) ? ByteSet::Of(byte) : first);
    }
    case Kind::kNot:
    case Kind::kRepeat:
      return NarrowAlike(Expr(n.a), byte, alike);
    case Kind::kOr:
    case Kind::kAnd: {
      const uint32_t first = n.a, count = n.b;
      for (uint32_t i = 0; i < count; ++i) NarrowAlike(children_[first + i], byte, alike);
      return;
    }
    default:
      return;
  }
}

ByteSet ExprPool::AlikeBytes(Expr a, uint8_t byte) {
  ByteSet alike = ByteSet::All();
  NarrowAlike(a, byte, &alike);
  return alike;
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
  const auto found = first_bytes_.find(a.index);
  if (found != first_bytes_.end()) return found->second;
  ByteSet set;
  if (n.kind == Kind::kLiterals) {
    set = LiteralFirstBytes(n);
  } else if (n.kind == Kind::kConcat) {
    Expr at = a;
    while (node(at).kind == Kind::kConcat) {
      set = set | FirstBytes(Expr(node(at).a));
      if (!Nullable(Expr(node(at).a))) break;
      at = Expr(node(at).b);
    }
    if (node(at).kind != Kind::kConcat) set = set | FirstBytes(at);
  } else if (n.kind == Kind::kRepeat) {
    set = FirstBytes(Expr(n.a));
  } else {
    const bool is_or = n.kind == Kind::kOr;
    if (!is_or) set = ByteSet::All();
    for (const Expr kid : children(n)) {
      set = is_or ? set | FirstBytes(kid) : set & FirstBytes(kid);
    }
  }
  first_bytes_.emplace(a.index, set);
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
  std::vector<uint16_t> classes(256, 0);
  *count = 1;
  for (size_t id = 0; id < sets.size(); ++id) {
    if (sets[id]) Split(sets_[id], &classes, count);
  }
  for (size_t b = 0; b < 256; ++b) {
    const auto byte = static_cast<uint8_t>(b);
    if (alone.Contains(byte)) Split(ByteSet::Of(byte), &classes, count);
  }
  return classes;
}

}  // namespace lmp::constrain
