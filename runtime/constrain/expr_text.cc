// ExprPool::Class (code points to UTF-8) and ExprPool::ToText (for people).
#include <algorithm>
#include <cstdio>
#include <iterator>

#include "runtime/constrain/expr.h"

namespace lmp::constrain {
namespace {

using Ranges = std::vector<CodeRange>;

// Sorted, disjoint, not adjacent, without surrogates and what is no code point.
Ranges Normalise(std::span<const CodeRange> ranges) {
  Ranges cut;
  const auto add = [&](char32_t first, char32_t last) {
    if (first <= last) cut.emplace_back(first, last);
  };
  for (const auto& [first, last] : ranges) {
    add(first, std::min<char32_t>(last, 0xd7ff));
    add(std::max<char32_t>(first, 0xe000), std::min<char32_t>(last, 0x10ffff));
  }
  std::sort(cut.begin(), cut.end());
  Ranges out;
  for (const CodeRange& range : cut) {
    if (!out.empty() && range.first <= out.back().second + 1) {
      out.back().second = std::max(out.back().second, range.second);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

// The parts of the ranges in [first, last], relative to `first`.
Ranges Within(const Ranges& ranges, char32_t first, char32_t last) {
  Ranges out;
  auto at = std::lower_bound(ranges.begin(), ranges.end(), first,
                             [](const CodeRange& r, char32_t c) { return r.second < c; });
  for (; at != ranges.end() && at->first <= last; ++at) {
    out.emplace_back(std::max(at->first, first) - first, std::min(at->second, last) - first);
  }
  return out;
}

// A lead or continuation byte and what follows it, grouped so that equal tails share one byte set.
class Branches {
 public:
  void Add(Expr tail, const ByteSet& bytes) {
    for (auto& [known, set] : groups_) {
      if (known != tail) continue;
      set = set | bytes;
      return;
    }
    groups_.emplace_back(tail, bytes);
  }
  Expr Make(ExprPool* pool) const {
    std::vector<Expr> parts;
    for (const auto& [tail, bytes] : groups_)
      parts.push_back(pool->Concat(pool->Bytes(bytes), tail));
    return pool->Or(parts);
  }

 private:
  std::vector<std::pair<Expr, ByteSet>> groups_;
};

// Continuation bytes, by their number: first those that spell a number in the ranges, then any.
class Continuations {
 public:
  explicit Continuations(ExprPool* pool) : pool_(pool) {
    any_[0] = pool->Epsilon();
    const Expr one = pool->Bytes(ByteSet::Range(0x80, 0xbf));
    for (size_t i = 1; i < std::size(any_); ++i) any_[i] = pool->Concat(one, any_[i - 1]);
  }

  // `count` bytes; the ranges are not empty and lie in [0, 64^count).
  Expr Of(const Ranges& ranges, int count) const {
    if (ranges[0] == CodeRange(0, (char32_t{1} << (6 * count)) - 1)) return Any(count);
    const char32_t step = char32_t{1} << (6 * (count - 1));
    Branches branches;
    for (char32_t i = 0; i < 64; ++i) {
      const Ranges inside = Within(ranges, i * step, (i + 1) * step - 1);
      if (inside.empty()) continue;
      const char32_t first = i;
      // Bytes behind which anything may come are many: those of the same range at once.
      if (inside[0] == CodeRange(0, step - 1)) {
        const char32_t end = RangeOf(ranges, i * step).second + 1;
        i = std::max<char32_t>(i, end / step - 1);
      }
      branches.Add(Of(inside, count - 1), ByteSet::Range(static_cast<uint8_t>(0x80 + first),
                                                         static_cast<uint8_t>(0x80 + i)));
    }
    return branches.Make(pool_);
  }

 private:
  Expr Any(int count) const { return any_[static_cast<size_t>(count)]; }
  static const CodeRange& RangeOf(const Ranges& ranges, char32_t c) {
    return *std::lower_bound(ranges.begin(), ranges.end(), c,
                             [](const CodeRange& r, char32_t at) { return r.second < at; });
  }

  ExprPool* const pool_;
  Expr any_[4];
};

}  // namespace

Expr ExprPool::Class(std::span<const CodeRange> ranges) {
  const Ranges all = Normalise(ranges);
  ByteSet ascii;
  for (const auto& [first, last] : all) {
    for (char32_t c = first; c <= std::min<char32_t>(last, 0x7f); ++c) {
      ascii.Add(static_cast<uint8_t>(c));
    }
  }
  std::vector<Expr> parts = {Bytes(ascii)};
  if (all.empty() || all.back().second < 0x80) return parts[0];
  const Continuations continuations(this);
  Branches leads;
  for (int lead = 0xc2; lead <= 0xf4; ++lead) {
    const int count = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    const auto payload = static_cast<char32_t>(lead & (0x3f >> count));
    const char32_t first = payload << (6 * count);
    // What the shorter forms spell is not there: overlong sequences are not well-formed.
    const char32_t least = count == 1 ? 0x80 : count == 2 ? 0x800 : 0x10000;
    const char32_t last = first + (char32_t{1} << (6 * count)) - 1;
    Ranges inside = Within(all, std::max(first, least), last);
    if (first < least) {
      for (CodeRange& r : inside) r = {r.first + least - first, r.second + least - first};
    }
    if (inside.empty()) continue;
    leads.Add(continuations.Of(inside, count), ByteSet::Of(static_cast<uint8_t>(lead)));
  }
  parts.push_back(leads.Make(this));
  return Or(parts);
}

Expr ExprPool::AnyCodePoint() {
  if (!any_code_point_.valid()) {
    const CodeRange all[] = {{0, 0x10ffff}};
    any_code_point_ = Class(all);
  }
  return any_code_point_;
}

Expr ExprPool::AnyText() { return Star(AnyCodePoint()); }

Expr ExprPool::AnyBytes() { return exhausted() ? kEmptyExpr : kAnyBytesExpr; }

namespace {

void AppendByte(int byte, std::string* out) {
  if (byte > 0x20 && byte < 0x7f) {
    if (std::string_view("\\[](){}|&~*+?.^$-\"").find(static_cast<char>(byte)) !=
        std::string_view::npos) {
      *out += '\\';
    }
    *out += static_cast<char>(byte);
    return;
  }
  char hex[8];
  std::snprintf(hex, sizeof hex, "\\x%02X", static_cast<unsigned>(byte));
  *out += hex;
}

void AppendSet(const ByteSet& set, std::string* out) {
  if (set.count() == 1) return AppendByte(set.first(), out);
  if (set == ByteSet::All()) {
    *out += "[any byte]";
    return;
  }
  const bool negate = set.count() > 128;
  const ByteSet shown = negate ? ~set : set;
  *out += negate ? "[^" : "[";
  for (int b = 0; b < 256; ++b) {
    if (!shown.Contains(static_cast<uint8_t>(b))) continue;
    int last = b;
    while (last < 255 && shown.Contains(static_cast<uint8_t>(last + 1))) ++last;
    AppendByte(b, out);
    if (last > b + 1) *out += '-';
    if (last > b) AppendByte(last, out);
    b = last;
  }
  *out += ']';
}

}  // namespace

// precedence: 0 around Or, 1 around And, 2 around Concat, 3 around Repeat and Not.
void ExprPool::AppendText(Expr a, int precedence, size_t length_max, std::string* out) const {
  if (out->size() > length_max) return;
  const Node& n = node(a);
  const auto join = [&](int level, const char* between) {
    if (precedence > level) *out += '(';
    bool first = true;
    for (const Expr kid : children(n)) {
      if (!first) *out += between;
      first = false;
      AppendText(kid, level + 1, length_max, out);
      if (out->size() > length_max) break;
    }
    if (precedence > level) *out += ')';
  };
  switch (n.kind) {
    case Kind::kEmpty:
      *out += "(nothing)";
      return;
    case Kind::kEpsilon:
      *out += "()";
      return;
    case Kind::kBytes:
      return AppendSet(sets_[n.a], out);
    case Kind::kMultiple:
      *out += "(multiple of " + std::to_string(n.a) + ")";
      return;
    case Kind::kLiterals:
      *out += '(';
      for (uint32_t i = n.b; i < n.c && out->size() <= length_max; ++i) {
        if (i > n.b) *out += '|';
        for (const char c : std::string_view(tables_[n.a]->texts[i]).substr(n.d)) {
          if (out->size() <= length_max) AppendByte(static_cast<uint8_t>(c), out);
        }
      }
      *out += ')';
      return;
    case Kind::kConcat:
      if (precedence > 2) *out += '(';
      for (; node(a).kind == Kind::kConcat; a = Expr(node(a).b)) {
        AppendText(Expr(node(a).a), 3, length_max, out);
        if (out->size() > length_max) break;
      }
      AppendText(a, 3, length_max, out);
      if (precedence > 2) *out += ')';
      return;
    case Kind::kOr:
      return join(0, "|");
    case Kind::kAnd:
      return join(1, "&");
    case Kind::kNot:
      *out += '~';
      return AppendText(Expr(n.a), 3, length_max, out);
    case Kind::kRepeat:
      AppendText(Expr(n.a), 3, length_max, out);
      if (n.c == kUnbounded && n.b <= 1) {
        *out += n.b == 0 ? '*' : '+';
      } else {
        *out += '{' + std::to_string(n.b) + ',';
        if (n.c != kUnbounded) *out += std::to_string(n.c);
        *out += '}';
      }
      return;
  }
}

ExprPool::View ExprPool::ViewOf(Expr a) const {
  const Node& n = node(a);
  switch (n.kind) {
    case Kind::kEmpty:
      return {Form::kEmpty, {}, {}};
    case Kind::kEpsilon:
      return {Form::kEpsilon, {}, {}};
    case Kind::kBytes:
      return {Form::kBytes, {}, {}};
    case Kind::kLiterals: {
      View view{Form::kTexts, {}, {}};
      for (uint32_t i = n.b; i < n.c; ++i) view.texts.push_back(tables_[n.a]->texts[i].substr(n.d));
      return view;
    }
    case Kind::kConcat: {
      View view{Form::kConcat, {}, {}};
      for (; node(a).kind == Kind::kConcat; a = Expr(node(a).b)) view.parts.emplace_back(node(a).a);
      view.parts.push_back(a);
      return view;
    }
    case Kind::kOr:
      return {Form::kOr, {children(n).begin(), children(n).end()}, {}};
    case Kind::kRepeat:
      return {Form::kRepeat, {Expr(n.a)}, {}, n.b, n.c};
    case Kind::kMultiple:
    case Kind::kAnd:
    case Kind::kNot:
      break;
  }
  return {};
}

std::string ExprPool::ToText(Expr a, size_t length_max) const {
  std::string out;
  AppendText(a, 0, length_max, &out);
  if (out.size() > length_max) {
    out.resize(length_max);
    out += "...";
  }
  return out;
}

}  // namespace lmp::constrain
