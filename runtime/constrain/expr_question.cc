// Exact questions about expressions: is a language empty, has it a word besides the empty one, does
// it meet or include another. Without And and Not only the empty expression is empty; otherwise the
// derivatives are explored until one accepts (then all on the way have a word) or no new one is
// found (then none of them has). Every derivative costs fuel, and every answer is kept.
#include <deque>
#include <unordered_map>
#include <vector>

#include "runtime/constrain/expr.h"

namespace lmp::constrain {

Result<bool> ExprPool::NoFuel() const {
  if (exhausted()) return status_;
  return ResourceExhausted("it took more than " + std::to_string(limits_.emptiness_steps) +
                           " steps to find out whether anything can match (limit emptiness_steps)");
}

// What the structure alone says.
ExprPool::Truth ExprPool::QuickEmpty(Expr a) const {
  const Node& n = node(a);
  if (n.is_empty != Truth::kUnknown) return n.is_empty;
  if (n.nullable || n.plain) return Truth::kNo;
  return Truth::kUnknown;
}

Result<bool> ExprPool::IsEmpty(Expr a) {
  if (exhausted()) return status_;
  const Truth quick = QuickEmpty(a);
  if (quick != Truth::kUnknown) return quick == Truth::kYes;
  const Node n = node(a);
  bool empty = false;
  switch (n.kind) {
    case Kind::kConcat:
      for (Expr at = a; !empty;) {
        const bool last = node(at).kind != Kind::kConcat;
        LMP_TRY(empty, IsEmpty(last ? at : Expr(node(at).a)));
        if (last) break;
        at = Expr(node(at).b);
      }
      break;
    case Kind::kRepeat: {
      LMP_TRY(empty, IsEmpty(Expr(n.a)));  // its least count is not 0, else it were nullable
      break;
    }
    case Kind::kOr:
      empty = true;
      for (uint32_t i = 0; i < n.b && empty; ++i) {
        LMP_TRY(empty, IsEmpty(children_[n.a + i]));
      }
      break;
    default: {
      LMP_TRY(empty, ExploreEmpty(a));
    }
  }
  nodes_[a.index].is_empty = empty ? Truth::kYes : Truth::kNo;
  return empty;
}

// Depth first: most expressions of practice shed what makes them hard after a byte or two.
Result<bool> ExprPool::ExploreEmpty(Expr a) {
  std::vector<Expr> seen, pending;
  // False if `next` has a word: then so has all on the way to it.
  const auto visit = [&](Expr next, Expr from) {
    if (came_from_.size() < nodes_.size()) came_from_.resize(nodes_.size(), kNotKnown);
    if (came_from_[next.index] != kNotKnown) return true;
    const Truth quick = QuickEmpty(next);
    if (quick == Truth::kYes) return true;
    came_from_[next.index] = from.index;
    seen.push_back(next);
    pending.push_back(next);
    if (quick == Truth::kUnknown) return true;
    for (uint32_t id = next.index; id != a.index; id = came_from_[id]) {
      nodes_[id].is_empty = Truth::kNo;
    }
    nodes_[a.index].is_empty = Truth::kNo;
    return false;
  };
  Result<bool> empty = visit(a, a);
  while (!pending.empty() && empty.ok() && *empty) {
    const Expr at = pending.back();
    pending.pop_back();
    if (node(at).kind == Kind::kOr) {
      for (const Expr kid : children(node(at))) empty = *empty && visit(kid, at);
      continue;
    }
    const ByteSet first = FirstBytes(at);
    for (const ByteSet& alike : AlikeClasses(at)) {
      if ((alike & first).empty()) continue;
      if (++emptiness_steps_ > limits_.emptiness_steps) empty = NoFuel();
      const Expr next = Derive(at, static_cast<uint8_t>(alike.first()));
      if (exhausted()) empty = status_;
      if (empty.ok()) empty = visit(next, at);
      if (!empty.ok() || !*empty) break;
    }
  }
  for (const Expr at : seen) {
    came_from_[at.index] = kNotKnown;
    if (empty.ok() && *empty) nodes_[at.index].is_empty = Truth::kYes;
  }
  return empty;
}

Result<bool> ExprPool::HasMore(Expr a) {
  if (exhausted()) return status_;
  const Node n = node(a);
  if (n.has_more != Truth::kUnknown) return n.has_more == Truth::kYes;
  bool more = n.plain;  // a plain expression besides empty and epsilon has a longer word
  if (!more && !n.nullable) {
    LMP_TRY(const bool empty, IsEmpty(a));
    more = !empty;
  } else if (!more) {
    const ByteSet first = FirstBytes(a);
    for (const ByteSet& alike : AlikeClasses(a)) {
      if (more) break;
      if ((alike & first).empty()) continue;
      LMP_TRY(const bool empty, IsEmpty(Derive(a, static_cast<uint8_t>(alike.first()))));
      more = !empty;
    }
  }
  nodes_[a.index].has_more = more ? Truth::kYes : Truth::kNo;
  return more;
}

Result<bool> ExprPool::Intersects(Expr a, Expr b) {
  LMP_TRY(const bool empty, IsEmpty(And(a, b)));
  return !empty;
}

Result<bool> ExprPool::Includes(Expr a, Expr b) { return IsEmpty(AndNot(b, a)); }

// Breadth first over derivatives, so that the word is a shortest one.
bool ExprPool::FindWord(Expr a, std::string* word) {
  std::unordered_map<uint32_t, std::pair<uint32_t, uint8_t>> came_from;
  std::deque<Expr> pending = {a};
  word->clear();
  while (!pending.empty()) {
    const Expr at = pending.front();
    pending.pop_front();
    if (Nullable(at)) {
      for (uint32_t id = at.index; id != a.index; id = came_from.at(id).first) {
        word->insert(word->begin(), static_cast<char>(came_from.at(id).second));
      }
      return true;
    }
    for (ByteSet left = FirstBytes(at); !left.empty();) {
      if (++emptiness_steps_ > limits_.emptiness_steps) return false;
      const auto byte = static_cast<uint8_t>(left.first());
      left = left & ~AlikeBytes(at, byte);
      const Expr next = Derive(at, byte);
      if (exhausted()) return false;
      if (next == kEmptyExpr || next == a) continue;
      if (came_from.emplace(next.index, std::pair(at.index, byte)).second) pending.push_back(next);
    }
  }
  return false;
}

}  // namespace lmp::constrain
