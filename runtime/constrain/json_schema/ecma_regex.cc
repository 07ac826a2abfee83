#include "runtime/constrain/json_schema/ecma_regex.h"

#include <array>
#include <vector>

#include "runtime/constrain/json_schema/ecma_syntax.h"

namespace lmp::constrain {
namespace {

using Kind = EcmaNode::Kind;

// What a part of the pattern matches, by what it asks of its edges: [1][..] only at the beginning
// of the string, [..][1] only if the string ends behind it.
using Edged = std::array<std::array<Expr, 2>, 2>;
// What a part matches from its place up to the end of the string: [1] only at the beginning.
using Tail = std::array<Expr, 2>;

class Translator {
 public:
  explicit Translator(JsonText& text) : text_(text), e_(text.pool()) {}

  Result<Expr> Search(const EcmaNode& root) {
    LMP_TRY(const Tail tail, TailOf(root, {text_.AnyString(), e_.Empty()}));
    return e_.Or(e_.Concat(text_.AnyString(), tail[0]), tail[1]);
  }

 private:
  Edged Nothing() const { return {{{e_.Empty(), e_.Empty()}, {e_.Empty(), e_.Empty()}}}; }
  void AddTo(Expr* sum, Expr part) { *sum = e_.Or(*sum, part); }

  Result<Edged> EdgedOf(const EcmaNode& node) {
    Edged out = Nothing();
    switch (node.kind) {
      case Kind::kClass:
        out[0][0] = text_.Class(node.ranges);
        return out;
      case Kind::kBegin:
        out[1][0] = e_.Epsilon();
        return out;
      case Kind::kEnd:
        out[0][1] = e_.Epsilon();
        return out;
      case Kind::kOr:
        for (const EcmaNode& child : node.children) {
          LMP_TRY(const Edged part, EdgedOf(child));
          for (size_t b = 0; b < 2; ++b) {
            for (size_t e = 0; e < 2; ++e) AddTo(&out[b][e], part[b][e]);
          }
        }
        return out;
      case Kind::kConcat:
        out[0][0] = e_.Epsilon();
        // From the right, so that concatenations are built without copying.
        for (size_t i = node.children.size(); i > 0; --i) {
          LMP_TRY(const Edged part, EdgedOf(node.children[i - 1]));
          out = Join(part, out);
        }
        return out;
      case Kind::kRepeat:
        return RepeatOf(node);
      case Kind::kAhead:
      case Kind::kNotAhead:
        break;
    }
    return Unsupported("lookahead inside a repeat or before more of a group is not supported");
  }

  Result<Edged> RepeatOf(const EcmaNode& node) {
    LMP_TRY(Edged child, EdgedOf(node.children[0]));
    const bool edges =
        child[0][1] != e_.Empty() || child[1][0] != e_.Empty() || child[1][1] != e_.Empty();
    if (!edges) {
      child[0][0] = e_.Repeat(child[0][0], node.min, node.max);
      return child;
    }
    if (node.max > 1) return Unsupported("`^` or `$` inside a repeat is not supported");
    if (node.max == 0) child = Nothing();
    if (node.min == 0) AddTo(&child[0][0], e_.Epsilon());
    return child;
  }

  // A part that asks for the end is followed by what matches the empty text; one that asks for the
  // beginning stands behind such.
  Edged Join(const Edged& left, const Edged& right) {
    Edged out = Nothing();
    for (size_t b = 0; b < 2; ++b) {
      for (size_t e = 0; e < 2; ++e) {
        AddTo(&out[b][e], e_.Concat(left[b][0], right[0][e]));
        if (e_.Nullable(left[b][0])) AddTo(&out[1][e], right[1][e]);
        if (e_.Nullable(right[0][e])) AddTo(&out[b][1], left[b][1]);
        if (e_.Nullable(left[b][1]) && e_.Nullable(right[1][e])) {
          AddTo(&out[1][1], e_.Epsilon());
        }
      }
    }
    return out;
  }

  Tail Join(const Edged& left, const Tail& rest) {
    Tail out = {e_.Empty(), e_.Empty()};
    for (size_t b = 0; b < 2; ++b) {
      AddTo(&out[b], e_.Concat(left[b][0], rest[0]));
      if (e_.Nullable(left[b][0])) AddTo(&out[1], rest[1]);
      if (e_.Nullable(rest[0])) AddTo(&out[b], left[b][1]);
      if (e_.Nullable(left[b][1]) && e_.Nullable(rest[1])) AddTo(&out[1], e_.Epsilon());
    }
    return out;
  }

  // `node`, then `rest`.
  Result<Tail> TailOf(const EcmaNode& node, const Tail& rest) {
    if (!node.looks_ahead) {
      LMP_TRY(const Edged edged, EdgedOf(node));
      return Join(edged, rest);
    }
    Tail out = {e_.Empty(), e_.Empty()};
    switch (node.kind) {
      case Kind::kOr:
        for (const EcmaNode& child : node.children) {
          LMP_TRY(const Tail part, TailOf(child, rest));
          for (size_t b = 0; b < 2; ++b) AddTo(&out[b], part[b]);
        }
        return out;
      case Kind::kConcat:
        out = rest;
        for (size_t i = node.children.size(); i > 0; --i) {
          LMP_TRY(out, TailOf(node.children[i - 1], out));
        }
        return out;
      case Kind::kAhead:
      case Kind::kNotAhead:
        return AheadOf(node, rest);
      default:
        return RepeatedAhead(node, rest);
    }
  }

  Result<Tail> AheadOf(const EcmaNode& node, const Tail& rest) {
    LMP_TRY(const Tail look, TailOf(node.children[0], {text_.AnyString(), e_.Empty()}));
    if (look[1] != e_.Empty()) return Unsupported("lookahead with `^` is not supported");
    Tail out = rest;
    for (Expr& part : out) {
      part = node.kind == Kind::kAhead ? e_.And(part, look[0]) : e_.AndNot(part, look[0]);
    }
    return out;
  }

  // ((?!x)c)* up to the end of the string: characters c in which x begins nowhere.
  Result<Tail> RepeatedAhead(const EcmaNode& node, const Tail& rest) {
    const EcmaNode* body = &node.children[0];
    const bool shape =
        node.kind == Kind::kRepeat && body->kind == Kind::kConcat && body->children.size() == 2 &&
        node.max == kUnbounded && node.min <= 1 && body->children[0].kind == Kind::kNotAhead &&
        body->children[1].kind == Kind::kClass && rest[0] == e_.Epsilon() && rest[1] == e_.Empty();
    if (!shape) return Unsupported("lookahead inside a repeat is not supported");
    LMP_TRY(const Tail look,
            TailOf(body->children[0].children[0], {text_.AnyString(), e_.Empty()}));
    if (look[1] != e_.Empty()) return Unsupported("lookahead with `^` is not supported");
    const Expr found = e_.Concat(text_.AnyString(), look[0]);
    const Expr chars = e_.Repeat(text_.Class(body->children[1].ranges), node.min, kUnbounded);
    return Tail{e_.AndNot(chars, e_.Nullable(look[0]) ? e_.AndNot(found, e_.Epsilon()) : found),
                e_.Empty()};
  }

  JsonText& text_;
  ExprPool& e_;
};

}  // namespace

Result<Expr> SearchExpr(JsonText& text, std::string_view pattern) {
  LMP_TRY(const EcmaNode root, ParseEcma(pattern));
  LMP_TRY(const Expr found, Translator(text).Search(root));
  return found;
}

}  // namespace lmp::constrain
