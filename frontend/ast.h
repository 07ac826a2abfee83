// The abstract syntax of one .lmp file: what the parser hands to the rest of the front end.
//
// Nodes are plain structs in four vectors (items, statements, expressions, types) and name each
// other by typed 32-bit ids; a parent has a higher id than its children, so a loop over a vector is
// a bottom-up walk. Each node is a span plus a std::variant of the node structs below: `switch`
// over the structs with std::visit or std::get_if. There are no back pointers and no meanings here:
// names are unresolved, types are as written.
//
// A place the parser could not understand is an ErrorExpr, ErrorStmt or ErrorType. It always comes
// with a diagnostic, so later stages pass over it in silence. An id that is not valid() means that
// an optional part is absent. Values only: copy, move and read on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/base/id.h"

namespace lmp::ast {

using ItemId = Id<struct ItemTag>;
using StmtId = Id<struct StmtTag>;
using ExprId = Id<struct ExprTag>;
using TypeId = Id<struct TypeTag>;

// ---- Pieces ----

struct Name {
  std::string text;
  Span span;
};

// a.b.c; never empty.
struct QName {
  std::vector<Name> parts;
  Span span;
};

// Text fixed when the program is written: an import path, a description, a test's name.
struct Text {
  std::string text;  // escapes decoded, block strings dedented
  Span span;         // with its quotes
};

// `value` or `name: value`.
struct Arg {
  std::optional<Name> name;
  ExprId value;
  Span span;
};

// @name or @name(args).
struct Attribute {
  Name name;
  std::vector<Arg> args;
  Span span;
};

// name: type = default "description".
struct Param {
  Name name;
  TypeId type;
  ExprId default_value;  // optional
  std::optional<Text> description;
  Span span;
};

struct Block {
  std::vector<StmtId> statements;
  Span span;  // with its braces, where it has them
};

// ---- Types ----

// `1..5`, `max: 80`, `re"..."`, `ids` in parentheses behind a type name.
struct Refinement {
  std::optional<Name> name;
  ExprId value;
  Span span;
};

// `in ids`, `in hits(k)`: a choice from a list known only when the program runs.
struct Hole {
  QName source;
  std::vector<Arg> args;
  Span span;
};

// string(max: 80), list<T>(1..4), rubrics.Level, Answer(ids), string in ids.
struct NamedType {
  QName name;  // one or two parts
  std::vector<TypeId> args;
  std::vector<Refinement> refinements;
  std::optional<Hole> hole;
};
struct LiteralType {
  Text text;
};
struct OptionalType {
  TypeId inner;
};
struct UnionType {
  std::vector<TypeId> members;  // at least two
};
struct ErrorType {};

struct Type {
  Span span;
  std::variant<ErrorType, NamedType, LiteralType, OptionalType, UnionType> node;
};

// ---- Expressions ----

// Where decoded text comes from: the bytes from `text_offset` on (up to the next entry) start at
// `source_offset`. An escape is an entry of its own; so is each line of a dedented block string.
struct TextOrigin {
  uint32_t text_offset = 0;
  uint32_t source_offset = 0;
};

// One piece of a string: fixed text, or `${value}` when `value` is valid.
struct StringPart {
  Span span;
  std::string text;
  std::vector<TextOrigin> origins;
  ExprId value;
};

// `{name}`, `{f(name)}` or `$name` in a string that could have interpolated it. Not wrong by itself
// (prompts are full of JSON and prices); a lint where the names are in scope. `span` covers all.
struct BraceName {
  Span span;
  QName name;
  std::string argument;  // of a call, else ""
  bool dollar = false;   // `$name`
};

struct StringExpr {
  std::vector<StringPart> parts;  // empty for ""
  std::vector<BraceName> brace_names;
  bool raw = false;
};
struct IntExpr {
  int64_t value = 0;
};
struct FloatExpr {
  double value = 0;
};
struct DurationExpr {
  int64_t milliseconds = 0;
};
// re"...": the pattern exactly as written, so offset i of it is source offset span.begin + 3 + i.
struct RegexExpr {
  std::string pattern;
};
// A name on its own; `true`, `false` and `null` are names too (predefined constants).
struct NameExpr {
  Name name;
};
struct FieldExpr {
  ExprId object;
  Name field;
};
struct CallExpr {
  ExprId callee;
  std::vector<Arg> args;
};
struct IndexExpr {
  ExprId object;
  ExprId index;
};
// object[first:last]
struct SliceExpr {
  ExprId object;
  ExprId begin;
  ExprId end;
};

enum class UnaryOp { kNegate, kNot };
struct UnaryExpr {
  UnaryOp op = UnaryOp::kNegate;
  ExprId operand;
};

enum class BinaryOp {
  kMultiply,
  kDivide,
  kRemainder,
  kAdd,
  kSubtract,
  kRange,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kAnd,
  kOr,
};
struct BinaryExpr {
  BinaryOp op = BinaryOp::kAdd;
  Span op_span;
  ExprId left;
  ExprId right;
};

// condition ? then : otherwise
struct ConditionalExpr {
  ExprId condition;
  ExprId then_value;
  ExprId else_value;
};
// try attempt else fallback
struct TryExpr {
  ExprId attempt;
  ExprId fallback;
};
struct ListExpr {
  std::vector<ExprId> items;
};
// [value for name in list if condition]
struct ComprehensionExpr {
  ExprId value;
  Name name;
  ExprId list;
  ExprId condition;  // optional
};
struct MapPair {
  Name key;  // an identifier or a fixed string
  ExprId value;
};
struct MapExpr {
  std::vector<MapPair> pairs;
};
// context { ... }
struct ContextExpr {
  Block body;
};
// fork name in list with options { ... }
struct ForkExpr {
  Name name;
  ExprId list;
  std::vector<Arg> options;
  Block body;
};
struct ErrorExpr {};

// `span` leaves out parentheses around the whole expression.
struct Expr {
  Span span;
  std::variant<ErrorExpr, StringExpr, IntExpr, FloatExpr, DurationExpr, RegexExpr, NameExpr,
               FieldExpr, CallExpr, IndexExpr, SliceExpr, UnaryExpr, BinaryExpr, ConditionalExpr,
               TryExpr, ListExpr, ComprehensionExpr, MapExpr, ContextExpr, ForkExpr>
      node;
};

// ---- Statements ----

struct LetStmt {
  bool is_var = false;
  Name name;
  TypeId type;  // optional
  ExprId value;
};
struct AssignStmt {
  Name name;
  ExprId value;
};
// Appends text: a string statement, or the expression of an unbraced role (`user question`).
struct TextStmt {
  ExprId value;
};

enum class Role { kSystem, kUser, kAssistant, kObserve };
// `user "x"`, `user x`, `assistant gen y` have the one statement in an unbraced body.
struct RoleStmt {
  Role role = Role::kUser;
  Span role_span;
  Block body;
  bool braced = false;
};
struct GenStmt {
  Name name;
  TypeId type;  // optional; absent means string
  std::vector<Arg> options;
};
struct SelectStmt {
  Name name;
  ExprId choices;
  std::vector<Arg> options;
};
struct InsertStmt {
  ExprId value;
  std::vector<Arg> options;
};
struct OnStmt {
  bool copy = false;
  QName target;
  Block body;
};
// `else if` is an else body that holds one IfStmt.
struct IfStmt {
  ExprId condition;
  Block then_body;
  std::optional<Block> else_body;
};
struct ForStmt {
  Name name;
  ExprId list;
  Block body;
};
struct WhileStmt {
  ExprId condition;  // optional
  ExprId limit;      // invalid where it was left out (the parser has reported E0320)
  Block body;
};

// `verdict.better`, `Finish(f)`, "text", 3.
struct Pattern {
  Span span;
  std::optional<QName> name;
  std::optional<Name> binding;  // only behind a name
  std::optional<Text> text;
  std::optional<int64_t> number;
};
struct Arm {
  std::vector<Pattern> patterns;  // at least one
  Block body;
  Span span;
};
struct MatchStmt {
  ExprId subject;
  std::vector<Arm> arms;
  std::optional<Block> else_body;
};
// try with options { body } else failure { else_body }
struct TryStmt {
  std::vector<Arg> options;
  Block body;
  std::optional<Name> failure;
  std::optional<Block> else_body;
};
struct ReturnStmt {
  ExprId value;
};
struct YieldStmt {
  ExprId value;
};
struct BreakStmt {};
struct ContinueStmt {};
struct EmitStmt {
  ExprId value;
};
struct CheckStmt {
  ExprId condition;
  ExprId message;  // optional; a StringExpr
};
struct MockStmt {
  QName target;
  ExprId value;
};
struct CallStmt {
  ExprId call;  // a CallExpr
};
struct ErrorStmt {};

struct Stmt {
  Span span;  // with its attributes
  std::vector<Attribute> attributes;
  std::variant<ErrorStmt, LetStmt, AssignStmt, TextStmt, RoleStmt, GenStmt, SelectStmt, InsertStmt,
               OnStmt, IfStmt, ForStmt, WhileStmt, MatchStmt, TryStmt, ReturnStmt, YieldStmt,
               BreakStmt, ContinueStmt, EmitStmt, CheckStmt, MockStmt, CallStmt>
      node;
};

// ---- Items (declarations) ----

// import "./path.lmp" as alias   |   import std.vote as alias
struct ImportDecl {
  std::optional<Text> path;
  std::optional<QName> module;
  std::optional<Name> alias;  // always there with a path
};
struct ConfigDecl {
  std::vector<MapPair> pairs;
};
struct ConstDecl {
  Name name;
  TypeId type;  // optional
  ExprId value;
};
struct TypeDecl {
  Name name;
  TypeId type;
};
struct Field {
  std::vector<Attribute> attributes;
  Name name;
  TypeId type;
  ExprId default_value;  // optional
  std::optional<Text> description;
  Span span;
};
struct RecordDecl {
  Name name;
  std::vector<Param> params;
  std::vector<Field> fields;
};
struct Member {
  Name name;
  std::optional<Text> alias;        // A = "alias"
  std::optional<Text> description;  // A "description"
  Span span;
};
struct EnumDecl {
  Name name;
  std::vector<Member> members;
};
struct ToolDecl {
  Name name;
  std::vector<Param> params;
  TypeId result;
  ExprId value;
};
struct CorpusDecl {
  Name name;
  Text source;
  std::vector<Arg> options;
};
struct FnDecl {
  Name name;
  std::vector<Param> params;
  TypeId result;  // optional
  Block body;
};
struct TestDecl {
  Text name;
  Block body;
};

struct Item {
  Span span;  // with its attributes
  std::vector<Attribute> attributes;
  std::variant<ImportDecl, ConfigDecl, ConstDecl, TypeDecl, RecordDecl, EnumDecl, ToolDecl,
               CorpusDecl, FnDecl, TestDecl>
      node;
};

// ---- The file ----

struct Comment {
  Span span;
  bool doc = false;  // `///`
};

class File {
 public:
  std::vector<ItemId> items;      // in source order
  std::vector<Comment> comments;  // in source order; the tree does not point to them

  const Item& operator[](ItemId id) const { return items_[id.index]; }
  const Stmt& operator[](StmtId id) const { return statements_[id.index]; }
  const Expr& operator[](ExprId id) const { return expressions_[id.index]; }
  const Type& operator[](TypeId id) const { return types_[id.index]; }

  ItemId Add(Item item) { return Push<ItemId>(items_, std::move(item)); }
  StmtId Add(Stmt stmt) { return Push<StmtId>(statements_, std::move(stmt)); }
  ExprId Add(Expr expr) { return Push<ExprId>(expressions_, std::move(expr)); }
  TypeId Add(Type type) { return Push<TypeId>(types_, std::move(type)); }

  size_t statement_count() const { return statements_.size(); }
  size_t expression_count() const { return expressions_.size(); }
  size_t type_count() const { return types_.size(); }

 private:
  template <typename IdType, typename T>
  static IdType Push(std::vector<T>& nodes, T node) {
    nodes.push_back(std::move(node));
    return IdType(nodes.size() - 1);
  }

  std::vector<Item> items_;
  std::vector<Stmt> statements_;
  std::vector<Expr> expressions_;
  std::vector<Type> types_;
};

}  // namespace lmp::ast
