#include "runtime/constrain/gbnf_text.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/constrain/gbnf_syntax.h"
#include "runtime/constrain/rules.h"

namespace lmp::constrain {
namespace {

// What may follow: one code point of the ranges, then `then`.
struct Edge {
  CodeRange range;
  Expr then;
};

// Longer texts have a rule of their own: what is said twice is written once, and nothing nests
// deeper than a reader of GBNF takes.
constexpr size_t kInlineBytes = 40;

// A piece of a rule; of a whole one a repeat may stand behind it.
struct Piece {
  std::string text;
  bool whole = false;
};

// Escapes of a fixed length: xgrammar takes all hexadecimal digits that stand behind \x.
std::string Escaped(char32_t c, bool in_class) {
  char out[12];
  const std::string_view marks = in_class ? "]^-\\[" : "\"\\";
  if (c >= ' ' && c < 0x7f && marks.find(static_cast<char>(c)) == marks.npos)
    return {static_cast<char>(c)};
  std::snprintf(out, sizeof out, c < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(c));
  return out;
}

// Errors: Unsupported (no UTF-8).
Result<std::string> Quoted(std::string_view text) {
  if (!IsValidUtf8(text))
    return Unsupported("a text of the grammar that is cut inside a character");
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    out += byte < 0x80 ? Escaped(byte, false) : std::string(1, c);
  }
  return out + '"';
}

std::string ClassText(std::vector<CodeRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::string out = "[";
  for (size_t i = 0; i < ranges.size(); ++i) {
    CodeRange range = ranges[i];
    while (i + 1 < ranges.size() && ranges[i + 1].first <= range.second + 1)
      range.second = std::max(range.second, ranges[++i].second);
    out += Escaped(range.first, true);
    if (range.second > range.first) out += "-" + Escaped(range.second, true);
  }
  return out + "]";
}

// Edges of an expression, over code points: surrogates and overlong forms are none.
class CodeEdges {
 public:
  explicit CodeEdges(ExprPool* pool) : pool_(pool) {}

  std::vector<Edge> Of(Expr from) {
    std::vector<Edge> out;
    for (const ByteSet& alike : ClassesOf(from)) {
      const Expr then = pool_->Derive(from, static_cast<uint8_t>(alike.first()));
      if (then == pool_->Empty()) continue;
      for (int byte = 0; byte < 0xf5; ++byte) {
        if (!alike.Contains(static_cast<uint8_t>(byte)) || (byte >= 0x80 && byte < 0xc2)) continue;
        const int count = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        const auto payload = static_cast<char32_t>(count == 0 ? byte : byte & (0x3f >> count));
        const char32_t base = payload << (6 * count);
        static constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
        for (Edge edge : Behind(then, count)) {
          edge.range.first =
              std::max(static_cast<char32_t>(base + edge.range.first), kLeast[count]);
          edge.range.second += base;
          AddCodePoints(edge, &out);
        }
      }
    }
    return out;
  }

 private:
  std::vector<ByteSet> ClassesOf(Expr from) {
    const auto classes = pool_->AlikeClasses(from);
    return {classes.begin(), classes.end()};
  }

  static void AddCodePoints(const Edge& edge, std::vector<Edge>* out) {
    const auto add = [&](char32_t first, char32_t last) {
      if (first > last) return;
      for (Edge& known : *out) {
        if (known.then != edge.then || known.range.second + 1 != first) continue;
        known.range.second = last;
        return;
      }
      out->push_back({{first, last}, edge.then});
    };
    add(edge.range.first, std::min<char32_t>(edge.range.second, 0xd7ff));
    add(std::max<char32_t>(edge.range.first, 0xe000),
        std::min<char32_t>(edge.range.second, 0x10ffff));
  }

  // Of `count` bytes that go on a character, with the numbers that they spell.
  const std::vector<Edge>& Behind(Expr from, int count) {
    std::vector<Edge>& out = behind_[{from, count}];
    if (!out.empty()) return out;
    if (count == 0) {
      out.push_back({{0, 0}, from});
      return out;
    }
    std::vector<Edge> found;
    const char32_t step = char32_t{1} << (6 * (count - 1));
    for (const ByteSet& alike : ClassesOf(from)) {
      const Expr then = pool_->Derive(from, static_cast<uint8_t>(alike.first()));
      if (then == pool_->Empty()) continue;
      for (char32_t i = 0; i < 64; ++i) {
        if (!alike.Contains(static_cast<uint8_t>(0x80 + i))) continue;
        for (const Edge& edge : Behind(then, count - 1)) {
          const CodeRange range = {i * step + edge.range.first, i * step + edge.range.second};
          const auto before = std::find_if(found.begin(), found.end(), [&](const Edge& known) {
            return known.then == edge.then && known.range.second + 1 == range.first;
          });
          if (before != found.end()) {
            before->range.second = range.second;
          } else {
            found.push_back({range, edge.then});
          }
        }
      }
    }
    return behind_[{from, count}] = std::move(found);
  }

  ExprPool* const pool_;
  std::map<std::pair<Expr, int>, std::vector<Edge>> behind_;
};

class GbnfPrinter {
 public:
  explicit GbnfPrinter(const Rules& rules) : rules_(rules), pool_(rules.exprs), edges_(&pool_) {
    pool_.Extend(rules.limits.expr_nodes);
  }

  Result<std::string> Write(std::string_view prefix) {
    LMP_TRY(const std::string before, prefix.empty() ? std::string() : Quoted(prefix));
    LMP_TRY(const std::string start, SymbolText(rules_.rule_begin()));
    std::string out(kGbnfRoot);
    out += " ::= " + before + (before.empty() ? "" : " ") + start + "\n";
    for (size_t i = 0; i < rules_.rules.size(); ++i) {
      const auto symbol = rules_.rule_begin() + static_cast<uint32_t>(i);
      LMP_TRY(const std::string body, RuleBody(rules_.rule(symbol)));
      out += RuleName(symbol) + " ::= " + body + "\n";
    }
    for (const Written& rule : written_) out += rule.name + " ::= " + rule.body + "\n";
    if (pool_.exhausted()) return pool_.status();
    return out;
  }

 private:
  static std::string RuleName(uint32_t symbol) { return "r" + std::to_string(symbol); }

  Result<std::string> SymbolText(uint32_t symbol) {
    if (symbol >= rules_.rule_begin()) return RuleName(symbol);
    if (symbol >= rules_.special_begin())
      return Unsupported("a special token in a grammar cannot be said to another server");
    return Item(rules_.lexemes[symbol].expr);
  }

  Result<std::string> RuleBody(const Rules::Rule& rule) {
    std::string out;
    for (const uint32_t start : rule.starts) {
      LMP_TRY(const std::string production, ProductionText(start));
      out += (out.empty() ? "" : " | ") + production;
    }
    return out.empty() ? "\"\"" : out;  // no word but, at most, the empty one
  }

  Result<std::string> ProductionText(uint32_t step) {
    std::string out;
    for (; rules_.steps[step] != Rules::kEndStep; ++step) {
      LMP_TRY(const std::string part, SymbolText(rules_.steps[step]));
      const uint32_t next = rules_.steps[step + 1];
      if (next != Rules::kEndStep && (next & Rules::kRepeatEnd) != 0)
        return RepeatText(part, rules_.repeats[next & ~Rules::kRepeatEnd]);
      out += (out.empty() ? "" : " ") + part;
    }
    return out.empty() ? "\"\"" : out;
  }

  static std::string Bounds(uint32_t min, uint32_t max) {
    if (max == kUnbounded && min <= 1) return min == 0 ? "*" : "+";
    if (min == 0 && max == 1) return "?";
    if (min == max) return "{" + std::to_string(min) + "}";
    return "{" + std::to_string(min) + "," + (max == kUnbounded ? "" : std::to_string(max)) + "}";
  }

  Result<std::string> RepeatText(const std::string& item, const Rules::RepeatRule& repeat) {
    if (repeat.max == 0) return std::string("\"\"");
    if (repeat.separator_step == Rules::kEndStep) return item + Bounds(repeat.min, repeat.max);
    LMP_TRY(const std::string separator, SymbolText(rules_.steps[repeat.separator_step]));
    const uint32_t more_max = repeat.max == kUnbounded ? kUnbounded : repeat.max - 1;
    const uint32_t more_min = repeat.min == 0 ? 0 : repeat.min - 1;
    std::string out = item;
    if (more_max > 0) out += " (" + separator + " " + item + ")" + Bounds(more_min, more_max);
    return repeat.min == 0 ? "(" + out + ")?" : out;
  }

  // An expression as one item, which a repeat may follow.
  Result<std::string> Item(Expr expr) {
    const auto known = items_.find(expr);
    if (known != items_.end()) return known->second;
    LMP_TRY(Piece piece, PieceOf(expr));
    if (piece.text.size() > kInlineBytes) {
      LMP_TRY(const size_t rule, NewRule("x", std::move(piece.text)));
      piece.text = written_[rule].name;
    } else if (!piece.whole) {
      piece.text = "(" + piece.text + ")";
    }
    return items_[expr] = piece.text;
  }

  // Errors: ResourceExhausted.
  Result<size_t> NewRule(const char* kind, std::string body) {
    if (written_.size() >= kGbnfTextRulesMax) {
      return ResourceExhausted("the grammar takes more than " + std::to_string(kGbnfTextRulesMax) +
                               " rules of GBNF");
    }
    written_.push_back({kind + std::to_string(written_.size()), std::move(body)});
    return written_.size() - 1;
  }

  Result<Piece> PieceOf(Expr expr) {
    if (expr == pool_.AnyBytes()) expr = pool_.AnyText();
    if (const auto ranges = CharacterOf(expr)) return Piece{ClassText(*ranges), true};
    if (IsText(expr)) return AsMade(expr);
    return AsAutomaton(expr);
  }

  // The characters of an expression whose words are single characters.
  std::optional<std::vector<CodeRange>> CharacterOf(Expr expr) {
    if (pool_.Nullable(expr)) return std::nullopt;
    const ExprPool::Form form = pool_.ViewOf(expr).form;
    const bool may_be = form == ExprPool::Form::kBytes || form == ExprPool::Form::kOr ||
                        form == ExprPool::Form::kConcat;
    if (!may_be) return std::nullopt;
    std::vector<CodeRange> ranges;
    for (const Edge& edge : edges_.Of(expr)) {
      if (edge.then != pool_.Epsilon()) return std::nullopt;
      ranges.push_back(edge.range);
    }
    if (ranges.empty()) return std::nullopt;
    return ranges;
  }

  // Whether it is made of what GBNF has, of whole characters: some bytes of one are none.
  bool IsText(Expr expr) {
    if (const auto known = is_text_.find(expr); known != is_text_.end()) return known->second;
    const ExprPool::View view = pool_.ViewOf(expr);
    bool is = false;
    switch (view.form) {
      case ExprPool::Form::kEmpty:
      case ExprPool::Form::kOther:
        break;
      case ExprPool::Form::kBytes:
        is = CharacterOf(expr).has_value();
        break;
      case ExprPool::Form::kEpsilon:
        is = true;
        break;
      case ExprPool::Form::kTexts:
        is = std::all_of(view.texts.begin(), view.texts.end(),
                         [](const std::string& text) { return IsValidUtf8(text); });
        break;
      case ExprPool::Form::kConcat:
      case ExprPool::Form::kOr:
      case ExprPool::Form::kRepeat:
        // A part that is not can be one of the others, if its words are whole characters.
        is = CharacterOf(expr).has_value() ||
             std::all_of(view.parts.begin(), view.parts.end(), [&](Expr part) {
               return IsText(part) || (pool_.ViewOf(part).form == ExprPool::Form::kOther &&
                                       HasWholeCharacters(part));
             });
    }
    return is_text_[expr] = is;
  }

  bool HasWholeCharacters(Expr expr) {
    pool_.Refuel();
    const Result<bool> has = pool_.Includes(pool_.AnyText(), expr);
    return has.ok() && *has;
  }

  // Of one that IsText.
  Result<Piece> AsMade(Expr expr) {
    const ExprPool::View view = pool_.ViewOf(expr);
    Piece out;
    const auto add = [&](const std::string& text, const char* between) {
      out.text += (out.text.empty() ? "" : between) + text;
    };
    switch (view.form) {
      case ExprPool::Form::kTexts:
        for (const std::string& text : view.texts) {
          LMP_TRY(const std::string quoted, Quoted(text));
          add(quoted, " | ");
        }
        out.whole = view.texts.size() == 1;
        return out;
      case ExprPool::Form::kConcat:
      case ExprPool::Form::kOr:
        for (const Expr part : view.parts) {
          LMP_TRY(const std::string item, Item(part));
          add(item, view.form == ExprPool::Form::kOr ? " | " : " ");
        }
        return out;
      case ExprPool::Form::kRepeat: {
        LMP_TRY(const std::string item, Item(view.parts[0]));
        return Piece{item + Bounds(view.min, view.max), false};
      }
      default:
        return Piece{"\"\"", true};
    }
  }

  // The states of its automaton as rules, without those from which no end can be reached.
  Result<Piece> AsAutomaton(Expr start) {
    std::map<Expr, size_t> numbers = {{start, 0}};
    std::vector<Expr> states = {start};
    std::vector<std::vector<Edge>> edges;
    for (size_t i = 0; i < states.size(); ++i) {
      if (states.size() > kGbnfTextRulesMax) {
        return ResourceExhausted("a part of the grammar has more than " +
                                 std::to_string(kGbnfTextRulesMax) + " states");
      }
      edges.push_back(edges_.Of(states[i]));
      for (const Edge& edge : edges.back()) {
        if (numbers.emplace(edge.then, states.size()).second) states.push_back(edge.then);
      }
    }
    std::vector<std::vector<size_t>> from(states.size());
    std::vector<bool> ends(states.size());
    std::vector<size_t> open;
    for (size_t i = 0; i < states.size(); ++i) {
      for (const Edge& edge : edges[i]) from[numbers[edge.then]].push_back(i);
      if (!pool_.Nullable(states[i])) continue;
      ends[i] = true;
      open.push_back(i);
    }
    while (!open.empty()) {
      const size_t i = open.back();
      open.pop_back();
      for (const size_t before : from[i]) {
        if (ends[before]) continue;
        ends[before] = true;
        open.push_back(before);
      }
    }
    if (!ends[0]) return Unsupported("a part of the grammar has no word of whole characters");
    std::vector<size_t> rule_of(states.size());
    for (size_t i = 0; i < states.size(); ++i) {
      if (!ends[i]) continue;
      LMP_TRY(rule_of[i], NewRule("s", ""));
    }
    for (size_t i = 0; i < states.size(); ++i) {
      if (!ends[i]) continue;
      std::map<size_t, std::vector<CodeRange>> by_target;
      for (const Edge& edge : edges[i]) {
        if (const size_t to = numbers[edge.then]; ends[to]) by_target[to].push_back(edge.range);
      }
      std::string stay, body;
      for (auto& [to, ranges] : by_target) {
        const std::string character = ClassText(std::move(ranges));
        if (to == i) {
          stay = character + "*";
        } else {
          body += (body.empty() ? "" : " | ") + character;
          if (!edges[to].empty()) body += " " + written_[rule_of[to]].name;
        }
      }
      const bool may_end = pool_.Nullable(states[i]);
      if (!stay.empty() && body.empty()) {
        body = stay;
      } else {
        if (may_end) body += body.empty() ? "\"\"" : " | \"\"";
        if (!stay.empty()) body = stay + " (" + body + ")";
      }
      written_[rule_of[i]].body = std::move(body);
    }
    return Piece{written_[rule_of[0]].name, true};
  }

  const Rules& rules_;
  ExprPool pool_;
  CodeEdges edges_;
  struct Written {
    std::string name, body;
  };
  std::map<Expr, std::string> items_;
  std::map<Expr, bool> is_text_;
  std::vector<Written> written_;
};

}  // namespace

Result<std::string> GbnfText(const Grammar& grammar) {
  return GbnfPrinter(grammar.rules()).Write(grammar.prefix());
}

}  // namespace lmp::constrain
