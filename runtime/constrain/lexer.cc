#include "runtime/constrain/lexer.h"

#include <algorithm>
#include <string>

namespace lmp::constrain {

Lexer::Lexer(const Rules& rules) : rules_(rules), exprs_(rules.exprs) {
  // A state has a few expressions of a few nodes each.
  exprs_.Extend(rules.limits.lexer_states * 16);
}

uint32_t Lexer::Start(std::span<const uint32_t> lexemes) {
  std::vector<Part> parts;
  for (const uint32_t lexeme : lexemes) parts.emplace_back(lexeme, rules_.lexemes[lexeme].expr);
  return Intern(parts);
}

uint32_t Lexer::Intern(const std::vector<Part>& parts) {
  if (parts.empty()) return kNoState;
  size_t hash = 0;
  for (const auto& [lexeme, expr] : parts) {
    hash = (hash ^ (uint64_t{lexeme} << 32 | expr.index)) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 29;
  }
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    if (states_[at->second].parts == parts) return at->second;
  }
  if (states_.size() >= rules_.limits.lexer_states && status_.ok()) {
    status_ = ResourceExhausted("the constraint needs more than " +
                                std::to_string(rules_.limits.lexer_states) +
                                " states of its lexemes (limit lexer_states)");
  }
  State state;
  for (const auto& [lexeme, expr] : parts) {
    if (expr == exprs_.AnyBytes()) state.any_bytes.push_back(lexeme);
  }
  state.next.resize(rules_.class_byte.size(), {kNoState, kUnknown});
  state.parts = parts;
  bytes_ += sizeof(State) + state.parts.size() * sizeof(Part) +
            state.next.size() * sizeof(Transition) + 48;
  const auto id = static_cast<uint32_t>(states_.size());
  states_.push_back(std::move(state));
  by_hash_.emplace(hash, id);
  return id;
}

uint32_t Lexer::InternAccepted(const std::vector<uint32_t>& lexemes) {
  if (lexemes.empty()) return 0;
  const auto [slot, added] =
      accepted_ids_.emplace(lexemes, static_cast<uint32_t>(accepted_.size()));
  if (added) accepted_.push_back(slot->first);
  return slot->second;
}

Lexer::Transition Lexer::Next(uint32_t state, uint16_t byte_class) {
  const Transition known = states_[state].next[byte_class];
  if (known.accepted != kUnknown) return known;
  const uint8_t byte = rules_.class_byte[byte_class];
  std::vector<Part>& parts = parts_;
  std::vector<uint32_t>& accepted = complete_;
  parts.clear();
  accepted.clear();
  ByteSet alike = ByteSet::All();
  steps_ += states_[state].parts.size();
  exprs_.Refuel();
  for (const auto& [lexeme, expr] : states_[state].parts) {
    alike = alike & exprs_.AlikeBytes(expr, byte);
    const Expr rest = exprs_.Derive(expr, byte);
    if (rest == exprs_.Empty()) continue;
    if (exprs_.Nullable(rest)) accepted.push_back(lexeme);
    const Result<bool> more = exprs_.HasMore(rest);
    if (!more.ok()) {
      if (status_.ok()) status_ = more.status();
      return {};
    }
    if (*more) parts.emplace_back(lexeme, rest);
  }
  if (!fits()) return {};
  const Transition next{Intern(parts), InternAccepted(accepted)};
  if (!fits()) return {};
  std::vector<Transition>& transitions = states_[state].next;
  for (size_t c = 0; c < transitions.size(); ++c) {
    if (alike.Contains(rules_.class_byte[c])) transitions[c] = next;
  }
  return next;
}

ByteSet Lexer::FirstBytes(uint32_t state, bool* exact) {
  ByteSet set;
  *exact = true;
  for (const auto& [lexeme, expr] : states_[state].parts) {
    set = set | exprs_.FirstBytes(expr);
    *exact = *exact && exprs_.Plain(expr);
  }
  return set;
}

bool Lexer::BeginsSafe(Expr expr, const SafeText& safe) {
  return !(exprs_.FirstBytes(expr) & safe.first()).empty();
}

// Follows the bytes of every safe code point through the expression.
Lexer::SafeItem Lexer::SafeItemOf(Expr item, const SafeText& safe) {
  const auto known = safe_items_.find(item.index);
  if (known != safe_items_.end()) return known->second;
  SafeItem answer{true, !exprs_.Nullable(item)};
  std::vector<std::pair<Expr, uint8_t>> seen = {{item, SafeText::kBetween}};
  for (size_t i = 0; i < seen.size() && answer.every; ++i) {
    const auto [from, state] = seen[i];
    for (const auto& [bytes, next_state] : safe.byte_steps(state)) {
      const bool whole = next_state == SafeText::kBetween;
      for (ByteSet left = bytes; !left.empty();) {
        const auto byte = static_cast<uint8_t>(left.first());
        left = left & ~exprs_.AlikeBytes(from, byte);
        const Expr next = exprs_.Derive(from, byte);
        answer.every = answer.every && next != exprs_.Empty() && (!whole || exprs_.Nullable(next));
        answer.single = answer.single && (whole ? !BeginsSafe(next, safe) : !exprs_.Nullable(next));
        const std::pair place(next, next_state);
        if (!whole && std::find(seen.begin(), seen.end(), place) == seen.end()) {
          seen.push_back(place);
        }
      }
    }
  }
  if (fits()) safe_items_.emplace(item.index, answer);
  return answer;
}

// Of one expression that begins safe. Three forms say it at once:
//   X{m,n} T          X takes every safe code point: n of them fit; no more if T begins with none
//   (X{m,n} - W) T    what is left out are single words: where a code point more fits, some of
//   those
//                     texts are not left out, so at least n - 1 fit
//   else              nothing is known
SafeBounds Lexer::SafeBoundsOf(Expr expr, const SafeText& safe, bool* may_end) {
  constexpr size_t kWordsMax = 1'000'000;  // there are more safe code points than that
  constexpr auto kForever = static_cast<uint32_t>(constrain::SafeBounds::kForever);
  constrain::SafeBounds bounds;
  Expr kept = expr, item, tail;
  size_t words = 0;
  const bool plain = exprs_.Plain(expr);
  if (!plain && !(exprs_.SplitDifference(expr, &kept, &words, &tail) && words < kWordsMax)) {
    *may_end = true;
    return bounds;
  }
  Expr kept_tail;
  uint32_t count = 0;
  if (!exprs_.SplitRepeat(kept, &item, &count, &kept_tail)) {
    *may_end = true;
    return bounds;
  }
  if (plain) {
    tail = kept_tail;
  } else if (kept_tail != exprs_.Epsilon() || !exprs_.Plain(tail)) {
    *may_end = true;
    return bounds;
  }
  const SafeItem kind = SafeItemOf(item, safe);
  const auto rounds = static_cast<int>(std::min(count, kForever));
  if (kind.every) bounds.least = plain || count >= kForever ? rounds : rounds - 1;
  const bool single = kind.every && kind.single && !BeginsSafe(tail, safe);
  if (single) bounds.most = rounds;
  if (single && plain) {
    bounds.uniform = true;
    bounds.behind = exprs_.FirstBytes(item) | exprs_.FirstBytes(tail);
  }
  *may_end = *may_end || exprs_.Nullable(tail);
  return bounds;
}

SafeBounds Lexer::SafeBounds(uint32_t state, const SafeText& safe, bool* may_end) {
  constrain::SafeBounds bounds{.least = 0, .most = 0, .uniform = true, .behind = {}};
  *may_end = false;
  for (const auto& [lexeme, expr] : states_[state].parts) {
    if (!BeginsSafe(expr, safe)) continue;
    const constrain::SafeBounds here = SafeBoundsOf(expr, safe, may_end);
    bounds.least = std::max(bounds.least, here.least);
    bounds.most = std::max(bounds.most, here.most);
    bounds.uniform = bounds.uniform && here.uniform;
    bounds.behind = bounds.behind | here.behind;
  }
  return bounds;
}

}  // namespace lmp::constrain
