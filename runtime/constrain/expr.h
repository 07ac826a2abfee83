// Expr: a regular expression over bytes, and the pool that owns all expressions of a grammar. One
// structure, one id: expressions are hash-consed and kept in a normal form, so that equal ids mean
// equal languages (not the other way round) and repeated derivatives come back to known ids. That
// makes the derivatives of an expression the states of its automaton (expr_derive.cc).
//
//   empty         no word                     Literals  one of a sorted table of strings
//   epsilon       the empty word              Concat, Or, And, Not: complement in all byte strings
//   Bytes(set)    one byte                    Repeat{min,max}: kept symbolic, never unrolled
//   Multiple      decimal digits whose number is divisible by a modulus
//
// Words are byte strings. For text, write UTF-8: Class and AnyText yield exactly the well-formed
// sequences (RFC 3629), and Not should be intersected with AnyText.
//
// Fuel. Nothing here fails one by one: when a limit is exceeded the pool becomes `exhausted`, every
// function from then on returns empty, and status() says which limit. Callers build as if nothing
// could fail and look at status() once, at the end (GrammarBuilder::Build does). A question
// (IsEmpty, Intersects, Includes) answers with that status itself.
//
// A pool is copyable; an Expr belongs to the pool that made it and to its copies. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/id.h"
#include "runtime/base/status.h"
#include "runtime/constrain/byte_partitions.h"
#include "runtime/constrain/byte_set.h"
#include "runtime/constrain/derivative_table.h"
#include "runtime/constrain/limits.h"

namespace lmp::constrain {

using Expr = Id<struct ExprTag>;

// Code points, both inclusive.
using CodeRange = std::pair<char32_t, char32_t>;

inline constexpr uint32_t kUnbounded = 0xffffffffu;  // the `max` of a repeat without a bound

class ExprPool {
 public:
  explicit ExprPool(const ConstraintLimits& limits = {});

  // Atoms.
  Expr Empty() const { return kEmptyExpr; }
  Expr Epsilon() const { return kEpsilonExpr; }
  Expr Byte(uint8_t byte) { return Bytes(ByteSet::Of(byte)); }
  Expr Bytes(const ByteSet& set);
  // Exactly this text; cheap whatever its length.
  Expr Literal(std::string_view text);
  // One of these texts (duplicates are one; none: empty). Costs a sort, not an alternation: meant
  // for enums of 100,000 members.
  Expr Literals(std::vector<std::string> texts);
  // Well-formed UTF-8 of one code point in the ranges. Ranges may overlap and come in any order;
  // surrogates and what lies above U+10FFFF are left out.
  Expr Class(std::span<const CodeRange> ranges);
  Expr AnyCodePoint();  // Class of everything
  Expr AnyText();       // AnyCodePoint{0,}
  Expr AnyBytes();      // every byte string, well formed or not: the complement of empty
  // Non-empty strings of digits whose number, leading zeros allowed, is a multiple of `modulus`
  // (at least 1). Intersect it with the spelling that is wanted.
  Expr Multiple(uint32_t modulus);

  // Composites; all simplify.
  Expr Concat(Expr a, Expr b);
  Expr Concat(std::span<const Expr> parts);
  Expr Or(Expr a, Expr b);
  Expr Or(std::span<const Expr> parts);  // none: empty
  Expr And(Expr a, Expr b);
  Expr And(std::span<const Expr> parts);  // none: AnyBytes
  Expr Not(Expr a);
  Expr AndNot(Expr a, Expr b) { return And(a, Not(b)); }
  Expr Repeat(Expr a, uint32_t min, uint32_t max);  // min > max: empty
  Expr Optional(Expr a) { return Repeat(a, 0, 1); }
  Expr Star(Expr a) { return Repeat(a, 0, kUnbounded); }
  Expr Plus(Expr a) { return Repeat(a, 1, kUnbounded); }
  // Items with a separator between two: Repeat with `separator`.
  Expr List(Expr item, Expr separator, uint32_t min, uint32_t max);

  // Does the language hold the empty word? Exact, free.
  bool Nullable(Expr a) const { return node(a).nullable; }
  // True if there is no And and no Not below; then only Empty() is empty, and FirstBytes is exact.
  bool Plain(Expr a) const { return node(a).plain; }
  // The words that follow `byte` in words of `a`. Memoised.
  Expr Derive(Expr a, uint8_t byte);
  // All bytes in classes that each lead to one derivative, mostly as few as there can be, so that a
  // derivative is found once for a whole class of characters. Valid as long as the pool lives.
  std::span<const ByteSet> AlikeClasses(Expr a) { return partitions_.classes(Front(a)); }
  // The class of a byte.
  ByteSet AlikeBytes(Expr a, uint8_t byte) { return partitions_.ClassOf(Front(a), byte); }
  // The bytes that a word may begin with: exact without And and Not inside, else a superset.
  ByteSet FirstBytes(Expr a);
  // True if the bytes are a word of `a`.
  bool Matches(Expr a, std::string_view bytes);

  // Exact questions; Errors: ResourceExhausted when the fuel for them is used up.
  Result<bool> IsEmpty(Expr a);
  // Is there a word that is not the empty one?
  Result<bool> HasMore(Expr a);
  Result<bool> Intersects(Expr a, Expr b);  // a and b have a common word
  Result<bool> Includes(Expr a, Expr b);    // every word of b is one of a
  // A shortest word, for messages and tests; false if there is none or no fuel is left.
  bool FindWord(Expr a, std::string* word);

  bool exhausted() const { return !status_.ok(); }
  const Status& status() const { return status_; }
  const ConstraintLimits& limits() const { return limits_; }
  // Nodes and children made so far: what limits().expr_nodes bounds while a grammar is built.
  size_t size() const { return size_; }
  // For an automaton, which adds derivatives as it meets them: from here on the bound is `size() +
  // nodes`.
  void Extend(size_t nodes);
  // The coarsest partition of the byte values of which every byte set below the expressions is a
  // union: class numbers by byte, from 0 on. Bytes of one class lead to equal derivatives.
  std::vector<uint16_t> ByteClasses(std::span<const Expr> exprs, int* count) const;
  // Splits `a` into item{m,max} tail, if it has that form with max > 0; a first part that is no
  // repeat is an item with max = 1.
  bool SplitRepeat(Expr a, Expr* item, uint32_t* max, Expr* tail) const;
  // Splits `a` into (kept and not words) tail, if it has that form with `kept` plain and finitely
  // many words that are told one by one.
  bool SplitDifference(Expr a, Expr* kept, size_t* words, Expr* tail) const;
  // Gives the next questions the whole of limits().emptiness_steps again.
  void Refuel() { emptiness_steps_ = 0; }
  // How an expression is made, for those who write it in another notation.
  enum class Form : uint8_t { kEmpty, kEpsilon, kBytes, kTexts, kConcat, kOr, kRepeat, kOther };
  struct View {
    Form form = Form::kOther;
    std::vector<Expr> parts;         // Concat (two or more, none a Concat), Or; Repeat: its item
    std::vector<std::string> texts;  // kTexts: Literals
    uint32_t min = 0, max = 0;       // Repeat
  };
  View ViewOf(Expr a) const;
  // For people: a regex-like spelling, cut at about `length_max` bytes.
  std::string ToText(Expr a, size_t length_max = 200) const;

 private:
  enum class Kind : uint8_t {
    kEmpty,
    kEpsilon,
    kBytes,
    kLiterals,
    kMultiple,
    kConcat,
    kOr,
    kAnd,
    kNot,
    kRepeat
  };
  enum class Truth : uint8_t { kUnknown, kNo, kYes };

  // What a, b, c, d mean by kind: Bytes: set. Literals: table, first, end, bytes already read.
  // Multiple: modulus, remainder, digits read (0 or 1). Concat: head, tail (never a Concat as
  // head). Or, And: first of children_, count (sorted, at least two, none of its own kind). Not:
  // child. Repeat: child, min, max.
  struct Node {
    Kind kind = Kind::kEmpty;
    bool nullable = false;
    bool plain = true;  // no And and no Not below: then only kEmpty is empty
    Truth is_empty = Truth::kUnknown;
    Truth has_more = Truth::kUnknown;
    uint16_t depth = 0;
    uint32_t a = 0, b = 0, c = 0, d = 0;
  };
  struct LiteralTable {
    std::vector<std::string> texts;  // sorted, distinct
    ByteSet used;
  };

  static constexpr Expr kEmptyExpr{0u};
  static constexpr Expr kEpsilonExpr{1u};
  static constexpr Expr kAnyBytesExpr{2u};  // Not(empty)
  static constexpr uint32_t kNotKnown = 0xffffffffu;

  const Node& node(Expr a) const { return nodes_[a.index]; }
  std::span<const Expr> children(const Node& n) const { return {children_.data() + n.a, n.b}; }
  Expr Intern(const Node& node);
  Expr InternChildren(Kind kind, std::span<const Expr> sorted);
  uint32_t InternSet(const ByteSet& set);
  uint64_t HashOf(const Node& node, std::span<const Expr> kids) const;
  bool Same(const Node& x, const Node& y, std::span<const Expr> y_kids) const;
  void GrowIndex();
  void Exhaust(std::string message);
  bool Charge(size_t cost);
  void Flatten(Kind kind, std::span<const Expr> parts, std::vector<Expr>* out) const;
  Expr OrSorted(std::vector<Expr> parts);
  Expr LiteralRange(uint32_t table, uint32_t first, uint32_t end, uint32_t read);
  Expr DeriveUncached(Expr a, uint8_t byte);
  Expr DeriveConcat(Expr a, uint8_t byte);
  Expr DeriveLiterals(const Node& n, uint8_t byte);
  ByteSet FindFirstBytes(Expr a);
  ByteSet LiteralFirstBytes(const Node& n) const;
  Truth QuickEmpty(Expr a) const;
  Result<bool> ExploreEmpty(Expr a);
  uint32_t Front(Expr a);
  uint32_t FindFront(Expr a);
  uint32_t ConcatFront(Expr a);
  Result<bool> NoFuel() const;
  void AppendText(Expr a, int precedence, size_t length_max, std::string* out) const;

  ConstraintLimits limits_;
  Status status_;
  size_t size_ = 0;
  size_t size_max_ = 0;
  size_t literal_bytes_ = 0;
  size_t emptiness_steps_ = 0;
  std::vector<Node> nodes_;
  std::vector<Expr> children_;
  std::vector<uint32_t> index_;  // open addressing over nodes_; 0xffffffff: free
  std::vector<ByteSet> sets_;
  std::map<ByteSet, uint32_t> set_ids_;
  std::vector<std::shared_ptr<const LiteralTable>> tables_;
  std::map<std::string, uint32_t, std::less<>> literal_ids_;  // tables of one text
  DerivativeTable derivatives_;
  BytePartitions partitions_;
  // By expression, kNotKnown until asked for: what its first byte tells apart, of partitions_; what
  // it may be, of sets_; and from where an exploration came to it.
  std::vector<uint32_t> fronts_, first_bytes_, came_from_;
  Expr any_code_point_;
};

}  // namespace lmp::constrain
