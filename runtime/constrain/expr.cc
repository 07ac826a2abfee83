#include "runtime/constrain/expr.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace lmp::constrain {
namespace {

constexpr uint32_t kFreeSlot = 0xffffffffu;

uint64_t Mix(uint64_t h, uint64_t v) {
  h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
  h *= 0xbf58476d1ce4e5b9ull;
  return h ^ (h >> 29);
}

}  // namespace

ExprPool::ExprPool(const ConstraintLimits& limits)
    : limits_(limits), size_max_(limits.expr_nodes), index_(256, kFreeSlot) {
  Intern({.kind = Kind::kEmpty, .is_empty = Truth::kYes, .has_more = Truth::kNo});
  Intern({.kind = Kind::kEpsilon, .nullable = true, .has_more = Truth::kNo});
  Intern({.kind = Kind::kNot, .nullable = true, .depth = 1, .a = kEmptyExpr.index});
}

uint64_t ExprPool::HashOf(const Node& n, std::span<const Expr> kids) const {
  uint64_t h = Mix(static_cast<uint64_t>(n.kind), n.b);
  if (n.kind == Kind::kOr || n.kind == Kind::kAnd) {
    for (const Expr kid : kids) h = Mix(h, kid.index);
    return h;
  }
  return Mix(Mix(Mix(h, n.a), n.c), n.d);
}

bool ExprPool::Same(const Node& x, const Node& y, std::span<const Expr> y_kids) const {
  if (x.kind != y.kind || x.b != y.b) return false;
  if (x.kind == Kind::kOr || x.kind == Kind::kAnd) {
    return std::equal(y_kids.begin(), y_kids.end(), children(x).begin());
  }
  return x.a == y.a && x.c == y.c && x.d == y.d;
}

void ExprPool::Exhaust(std::string message) {
  if (status_.ok()) status_ = ResourceExhausted(std::move(message));
}

bool ExprPool::Charge(size_t cost) {
  if (exhausted()) return false;
  size_ += cost;
  if (size_ > size_max_) {
    Exhaust("the constraint's expressions have more than " + std::to_string(size_max_) +
            " parts (limit expr_nodes)");
  }
  return !exhausted();
}

void ExprPool::Extend(size_t nodes) {
  size_max_ = size_ + nodes;
  emptiness_steps_ = 0;
}

void ExprPool::GrowIndex() {
  std::vector<uint32_t> bigger(index_.size() * 2, kFreeSlot);
  for (uint32_t id = 0; id < nodes_.size(); ++id) {
    const Node& n = nodes_[id];
    const bool many = n.kind == Kind::kOr || n.kind == Kind::kAnd;
    size_t slot = HashOf(n, many ? children(n) : std::span<const Expr>()) & (bigger.size() - 1);
    while (bigger[slot] != kFreeSlot) slot = (slot + 1) & (bigger.size() - 1);
    bigger[slot] = id;
  }
  index_.swap(bigger);
}

Expr ExprPool::Intern(const Node& n) {
  size_t slot = HashOf(n, {}) & (index_.size() - 1);
  for (; index_[slot] != kFreeSlot; slot = (slot + 1) & (index_.size() - 1)) {
    if (Same(nodes_[index_[slot]], n, {})) return Expr(index_[slot]);
  }
  if (!Charge(1)) return kEmptyExpr;
  if (n.depth > limits_.expr_depth) {
    Exhaust("an expression is nested deeper than " + std::to_string(limits_.expr_depth) +
            " (limit expr_depth)");
    return kEmptyExpr;
  }
  const auto id = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(n);
  index_[slot] = id;
  if (nodes_.size() * 2 > index_.size()) GrowIndex();
  return Expr(id);
}

Expr ExprPool::InternChildren(Kind kind, std::span<const Expr> kids) {
  Node n{.kind = kind, .nullable = kind == Kind::kAnd, .b = static_cast<uint32_t>(kids.size())};
  size_t slot = HashOf(n, kids) & (index_.size() - 1);
  for (; index_[slot] != kFreeSlot; slot = (slot + 1) & (index_.size() - 1)) {
    if (Same(nodes_[index_[slot]], n, kids)) return Expr(index_[slot]);
  }
  if (!Charge(1 + kids.size())) return kEmptyExpr;
  n.plain = kind == Kind::kOr;
  for (const Expr kid : kids) {
    const Node& k = node(kid);
    n.nullable = kind == Kind::kOr ? n.nullable || k.nullable : n.nullable && k.nullable;
    n.plain = n.plain && k.plain;
    n.depth = std::max(n.depth, static_cast<uint16_t>(k.depth + 1));
  }
  if (n.depth > limits_.expr_depth) {
    Exhaust("an expression is nested deeper than " + std::to_string(limits_.expr_depth) +
            " (limit expr_depth)");
    return kEmptyExpr;
  }
  n.a = static_cast<uint32_t>(children_.size());
  children_.insert(children_.end(), kids.begin(), kids.end());
  const auto id = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(n);
  index_[slot] = id;
  if (nodes_.size() * 2 > index_.size()) GrowIndex();
  return Expr(id);
}

uint32_t ExprPool::InternSet(const ByteSet& set) {
  const auto [slot, added] = set_ids_.emplace(set, static_cast<uint32_t>(sets_.size()));
  if (added) sets_.push_back(set);
  return slot->second;
}

Expr ExprPool::Bytes(const ByteSet& set) {
  if (set.empty()) return kEmptyExpr;
  return Intern({.kind = Kind::kBytes, .has_more = Truth::kYes, .a = InternSet(set)});
}

Expr ExprPool::Literal(std::string_view text) {
  if (text.empty()) return kEpsilonExpr;
  if (text.size() == 1) return Byte(static_cast<uint8_t>(text[0]));
  const auto found = literal_ids_.find(text);
  if (found != literal_ids_.end()) return LiteralRange(found->second, 0, 1, 0);
  literal_bytes_ += text.size();
  if (literal_bytes_ > limits_.literal_bytes) {
    Exhaust("the constraint's literals have more than " + std::to_string(limits_.literal_bytes) +
            " bytes (limit literal_bytes)");
    return kEmptyExpr;
  }
  auto table = std::make_shared<LiteralTable>();
  table->texts.emplace_back(text);
  table->used = ByteSet::OfEach(text);
  const auto id = static_cast<uint32_t>(tables_.size());
  tables_.push_back(std::move(table));
  literal_ids_.emplace(text, id);
  return LiteralRange(id, 0, 1, 0);
}

Expr ExprPool::Literals(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (texts.empty()) return kEmptyExpr;
  if (texts.size() == 1) return Literal(texts[0]);
  auto table = std::make_shared<LiteralTable>();
  for (const std::string& text : texts) {
    literal_bytes_ += text.size();
    table->used = table->used | ByteSet::OfEach(text);
  }
  if (literal_bytes_ > limits_.literal_bytes) {
    Exhaust("the constraint's literals have more than " + std::to_string(limits_.literal_bytes) +
            " bytes (limit literal_bytes)");
    return kEmptyExpr;
  }
  const auto count = static_cast<uint32_t>(texts.size());
  table->texts = std::move(texts);
  tables_.push_back(std::move(table));
  return LiteralRange(static_cast<uint32_t>(tables_.size() - 1), 0, count, 0);
}

// The texts [first, end) of a table behind their first `read` bytes, which are equal.
Expr ExprPool::LiteralRange(uint32_t table, uint32_t first, uint32_t end, uint32_t read) {
  const std::string& text = tables_[table]->texts[first];
  if (end - first == 1) {
    if (text.size() == read) return kEpsilonExpr;
    if (text.size() == read + 1) return Byte(static_cast<uint8_t>(text[read]));
  }
  return Intern({.kind = Kind::kLiterals,
                 .nullable = text.size() == read,
                 .has_more = Truth::kYes,
                 .a = table,
                 .b = first,
                 .c = end,
                 .d = read});
}

Expr ExprPool::Multiple(uint32_t modulus) {
  LMP_CHECK(modulus > 0);
  return Intern({.kind = Kind::kMultiple, .has_more = Truth::kYes, .a = modulus});
}

Expr ExprPool::Concat(Expr a, Expr b) {
  if (a == kEmptyExpr || b == kEmptyExpr) return kEmptyExpr;
  if (a == kEpsilonExpr) return b;
  if (b == kEpsilonExpr) return a;
  if (a == kAnyBytesExpr && b == kAnyBytesExpr) return a;
  std::vector<Expr> heads;
  while (node(a).kind == Kind::kConcat) {
    heads.emplace_back(node(a).a);
    a = Expr(node(a).b);
  }
  heads.push_back(a);
  Expr tail = b;
  for (auto head = heads.rbegin(); head != heads.rend(); ++head) {
    const Node& h = node(*head);
    const Node& t = node(tail);
    tail = Intern({.kind = Kind::kConcat,
                   .nullable = h.nullable && t.nullable,
                   .plain = h.plain && t.plain,
                   .depth = std::max(static_cast<uint16_t>(h.depth + 1), t.depth),
                   .a = head->index,
                   .b = tail.index});
    if (exhausted()) return kEmptyExpr;
  }
  return tail;
}

Expr ExprPool::Concat(std::span<const Expr> parts) {
  Expr tail = kEpsilonExpr;
  for (size_t i = parts.size(); i > 0; --i) tail = Concat(parts[i - 1], tail);
  return tail;
}

// `parts` with the children of parts of the same kind in their place, sorted and distinct.
void ExprPool::Flatten(Kind kind, std::span<const Expr> parts, std::vector<Expr>* out) const {
  for (const Expr part : parts) {
    const Node& n = node(part);
    if (n.kind == kind) {
      const auto kids = children(n);
      out->insert(out->end(), kids.begin(), kids.end());
    } else {
      out->push_back(part);
    }
  }
  std::sort(out->begin(), out->end());
  out->erase(std::unique(out->begin(), out->end()), out->end());
}

Expr ExprPool::Or(Expr a, Expr b) {
  const Expr parts[] = {a, b};
  return Or(parts);
}

Expr ExprPool::Or(std::span<const Expr> parts) {
  std::vector<Expr> flat;
  Flatten(Kind::kOr, parts, &flat);
  return OrSorted(std::move(flat));
}

Expr ExprPool::OrSorted(std::vector<Expr> parts) {
  std::erase(parts, kEmptyExpr);
  ByteSet bytes;
  int byte_sets = 0;
  bool nullable_besides = false;
  for (const Expr part : parts) {
    const Node& n = node(part);
    if (part == kAnyBytesExpr) return part;
    if (n.kind == Kind::kBytes) {
      bytes = bytes | sets_[n.a];
      ++byte_sets;
    }
    if (part != kEpsilonExpr && n.nullable) nullable_besides = true;
    if (n.kind == Kind::kNot && std::binary_search(parts.begin(), parts.end(), Expr(n.a))) {
      return kAnyBytesExpr;
    }
  }
  if (nullable_besides) std::erase(parts, kEpsilonExpr);
  if (byte_sets > 1) {
    std::erase_if(parts, [&](Expr part) { return node(part).kind == Kind::kBytes; });
    const Expr merged = Bytes(bytes);
    parts.insert(std::lower_bound(parts.begin(), parts.end(), merged), merged);
  }
  if (parts.empty()) return kEmptyExpr;
  if (parts.size() == 1) return parts[0];
  if (parts.size() == 2 && parts[0] == kEpsilonExpr) return Repeat(parts[1], 0, 1);
  return InternChildren(Kind::kOr, parts);
}

Expr ExprPool::And(Expr a, Expr b) {
  const Expr parts[] = {a, b};
  return And(parts);
}

Expr ExprPool::And(std::span<const Expr> parts) {
  std::vector<Expr> flat;
  Flatten(Kind::kAnd, parts, &flat);
  std::erase(flat, kAnyBytesExpr);
  ByteSet bytes = ByteSet::All();
  int byte_sets = 0;
  bool all_nullable = true;
  std::vector<Expr> negated;
  for (const Expr part : flat) {
    const Node& n = node(part);
    if (part == kEmptyExpr) return part;
    all_nullable = all_nullable && n.nullable;
    if (n.kind == Kind::kBytes) {
      bytes = bytes & sets_[n.a];
      ++byte_sets;
    }
    if (n.kind == Kind::kNot) {
      if (std::binary_search(flat.begin(), flat.end(), Expr(n.a))) return kEmptyExpr;
      negated.emplace_back(n.a);
    }
  }
  if (std::binary_search(flat.begin(), flat.end(), kEpsilonExpr)) {
    return all_nullable ? kEpsilonExpr : kEmptyExpr;
  }
  const auto replace = [&](Kind kind, Expr by) {
    std::erase_if(flat, [&](Expr part) { return node(part).kind == kind; });
    flat.insert(std::lower_bound(flat.begin(), flat.end(), by), by);
  };
  if (byte_sets > 0) {
    // One byte that every other part must be: decided here, so that no And of it exists.
    if (byte_sets > 1) replace(Kind::kBytes, Bytes(bytes));
    if (bytes.empty()) return kEmptyExpr;
  }
  if (negated.size() > 1) replace(Kind::kNot, Not(Or(negated)));
  if (exhausted()) return kEmptyExpr;
  if (flat.empty()) return kAnyBytesExpr;
  if (flat.size() == 1) return flat[0];
  return InternChildren(Kind::kAnd, flat);
}

Expr ExprPool::Not(Expr a) {
  if (exhausted()) return kEmptyExpr;
  const Node& n = node(a);
  if (n.kind == Kind::kNot) return Expr(n.a);
  return Intern({.kind = Kind::kNot,
                 .nullable = !n.nullable,
                 .plain = false,
                 .depth = static_cast<uint16_t>(n.depth + 1),
                 .a = a.index});
}

Expr ExprPool::Repeat(Expr a, uint32_t min, uint32_t max) {
  if (min > max) return kEmptyExpr;
  if (max == 0 || a == kEpsilonExpr) return kEpsilonExpr;
  if (a == kEmptyExpr) return min == 0 ? kEpsilonExpr : kEmptyExpr;
  if (min == 1 && max == 1) return a;
  if (a == kAnyBytesExpr) return a;
  const Node& n = node(a);
  if (n.nullable) min = 0;
  if (n.kind == Kind::kRepeat && n.b <= 1) {
    // (x*){..} = x*, (x?){..,n} = x{0,n}, (x?)* = x*, (x+)* = x*.
    const Expr inner(n.a);
    if (n.c == kUnbounded) return Repeat(inner, n.b == 0 ? 0 : min, kUnbounded);
    if (n.b == 0 && n.c == 1) return Repeat(inner, 0, max);
  }
  if (n.kind == Kind::kBytes && min == 0 && max == kUnbounded && sets_[n.a] == ByteSet::All()) {
    return kAnyBytesExpr;
  }
  return Intern({.kind = Kind::kRepeat,
                 .nullable = min == 0,
                 .plain = n.plain,
                 .depth = static_cast<uint16_t>(n.depth + 1),
                 .a = a.index,
                 .b = min,
                 .c = max});
}

Expr ExprPool::List(Expr item, Expr separator, uint32_t min, uint32_t max) {
  if (min > max) return kEmptyExpr;
  if (max == 0) return kEpsilonExpr;
  const Expr more =
      Repeat(Concat(separator, item), min == 0 ? 0 : min - 1, max == kUnbounded ? max : max - 1);
  const Expr some = Concat(item, more);
  return min == 0 ? Optional(some) : some;
}

}  // namespace lmp::constrain
