#include "tests/support/ast_text.h"

#include "runtime/base/text.h"

namespace lmp::testing {
namespace {

const char* OpText(ast::BinaryOp op) {
  static constexpr const char* kTexts[] = {
      "*", "/", "%", "+", "-", "..", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"};
  return kTexts[static_cast<size_t>(op)];
}

const char* RoleText(ast::Role role) {
  static constexpr const char* kTexts[] = {"system", "user", "assistant", "observe"};
  return kTexts[static_cast<size_t>(role)];
}

class Printer {
 public:
  explicit Printer(const ast::File& file) : file_(file) {}

  std::string Item(ast::ItemId id) const {
    return Attributes(file_[id].attributes) +
           std::visit([&](const auto& node) { return Node(node); }, file_[id].node);
  }
  std::string Stmt(ast::StmtId id) const {
    return Attributes(file_[id].attributes) +
           std::visit([&](const auto& node) { return Node(node); }, file_[id].node);
  }
  std::string Expr(ast::ExprId id) const {
    if (!id.valid()) return "_";
    return std::visit([&](const auto& node) { return Node(node); }, file_[id].node);
  }
  std::string Type(ast::TypeId id) const {
    if (!id.valid()) return "_";
    return std::visit([&](const auto& node) { return Node(node); }, file_[id].node);
  }

 private:
  using S = std::string;

  template <typename T, typename F>
  static S List(const std::vector<T>& things, F text) {
    S result;
    for (const T& thing : things) result += (result.empty() ? "" : " ") + text(thing);
    return "[" + result + "]";
  }
  static S Q(const ast::QName& name) {
    S result;
    for (const ast::Name& part : name.parts) result += (result.empty() ? "" : ".") + part.text;
    return result;
  }
  static S T(const std::optional<ast::Text>& text) { return text ? QuoteText(text->text) : "_"; }
  static S N(const std::optional<ast::Name>& name) { return name ? name->text : "_"; }
  S Args(const std::vector<ast::Arg>& args) const {
    return List(args, [&](const ast::Arg& a) {
      return (a.name ? a.name->text + ":" : "") + Expr(a.value);
    });
  }
  S Attributes(const std::vector<ast::Attribute>& attributes) const {
    S result;
    for (const ast::Attribute& a : attributes) result += "@" + a.name.text + Args(a.args) + " ";
    return result;
  }
  S Params(const std::vector<ast::Param>& params) const {
    return List(params, [&](const ast::Param& p) {
      return "(" + p.name.text + " " + Type(p.type) + " " + Expr(p.default_value) + " " +
             T(p.description) + ")";
    });
  }
  S Pairs(const std::vector<ast::MapPair>& pairs) const {
    return List(pairs, [&](const ast::MapPair& p) { return p.key.text + ":" + Expr(p.value); });
  }
  S Block(const ast::Block& block) const {
    S result;
    for (const ast::StmtId id : block.statements) result += (result.empty() ? "" : " ") + Stmt(id);
    return "{" + result + "}";
  }
  S Block(const std::optional<ast::Block>& block) const { return block ? Block(*block) : "_"; }

  // Declarations.
  S Node(const ast::ImportDecl& n) const {
    return "(import " + T(n.path) + " " + (n.module ? Q(*n.module) : "_") + " " + N(n.alias) + ")";
  }
  S Node(const ast::ConfigDecl& n) const { return "(config " + Pairs(n.pairs) + ")"; }
  S Node(const ast::ConstDecl& n) const {
    return "(const " + n.name.text + " " + Type(n.type) + " " + Expr(n.value) + ")";
  }
  S Node(const ast::TypeDecl& n) const { return "(type " + n.name.text + " " + Type(n.type) + ")"; }
  S Node(const ast::RecordDecl& n) const {
    return "(record " + n.name.text + " " + Params(n.params) + " " +
           List(n.fields,
                [&](const ast::Field& f) {
                  return Attributes(f.attributes) + "(" + f.name.text + " " + Type(f.type) + " " +
                         Expr(f.default_value) + " " + T(f.description) + ")";
                }) +
           ")";
  }
  S Node(const ast::EnumDecl& n) const {
    return "(enum " + n.name.text + " " +
           List(n.members,
                [&](const ast::Member& m) {
                  return "(" + m.name.text + " " + T(m.alias) + " " + T(m.description) + ")";
                }) +
           ")";
  }
  S Node(const ast::ToolDecl& n) const {
    return "(tool " + n.name.text + " " + Params(n.params) + " " + Type(n.result) + " " +
           Expr(n.value) + ")";
  }
  S Node(const ast::CorpusDecl& n) const {
    return "(corpus " + n.name.text + " " + T(n.source) + " " + Args(n.options) + ")";
  }
  S Node(const ast::FnDecl& n) const {
    return "(fn " + n.name.text + " " + Params(n.params) + " " + Type(n.result) + " " +
           Block(n.body) + ")";
  }
  S Node(const ast::TestDecl& n) const { return "(test " + T(n.name) + " " + Block(n.body) + ")"; }

  // Types.
  S Node(const ast::ErrorType&) const { return "error"; }
  S Node(const ast::NamedType& n) const {
    S result = Q(n.name);
    if (!n.args.empty()) result += "<" + List(n.args, [&](ast::TypeId t) { return Type(t); }) + ">";
    if (!n.refinements.empty()) {
      result += "(" +
                List(n.refinements,
                     [&](const ast::Refinement& r) {
                       return (r.name ? r.name->text + ":" : "") + Expr(r.value);
                     }) +
                ")";
    }
    if (n.hole) result += " in " + Q(n.hole->source) + Args(n.hole->args);
    return result;
  }
  S Node(const ast::LiteralType& n) const { return QuoteText(n.text.text); }
  S Node(const ast::OptionalType& n) const { return Type(n.inner) + "?"; }
  S Node(const ast::UnionType& n) const {
    return "(| " + List(n.members, [&](ast::TypeId t) { return Type(t); }) + ")";
  }

  // Expressions.
  S Node(const ast::ErrorExpr&) const { return "error"; }
  S Node(const ast::StringExpr& n) const {
    S result;
    for (const ast::StringPart& part : n.parts) {
      result += " " + (part.value.valid() ? "$" + Expr(part.value) : QuoteText(part.text));
    }
    return S(n.raw ? "(raw" : "(string") + result + ")";
  }
  S Node(const ast::IntExpr& n) const { return std::to_string(n.value); }
  S Node(const ast::FloatExpr& n) const { return FormatDouble(n.value); }
  S Node(const ast::DurationExpr& n) const { return std::to_string(n.milliseconds) + "ms"; }
  S Node(const ast::RegexExpr& n) const { return "re" + QuoteText(n.pattern); }
  S Node(const ast::NameExpr& n) const { return n.name.text; }
  S Node(const ast::FieldExpr& n) const {
    return "(. " + Expr(n.object) + " " + n.field.text + ")";
  }
  S Node(const ast::CallExpr& n) const {
    return "(call " + Expr(n.callee) + " " + Args(n.args) + ")";
  }
  S Node(const ast::IndexExpr& n) const {
    return "(index " + Expr(n.object) + " " + Expr(n.index) + ")";
  }
  S Node(const ast::SliceExpr& n) const {
    return "(slice " + Expr(n.object) + " " + Expr(n.begin) + " " + Expr(n.end) + ")";
  }
  S Node(const ast::UnaryExpr& n) const {
    return S(n.op == ast::UnaryOp::kNot ? "(not " : "(neg ") + Expr(n.operand) + ")";
  }
  S Node(const ast::BinaryExpr& n) const {
    return "(" + S(OpText(n.op)) + " " + Expr(n.left) + " " + Expr(n.right) + ")";
  }
  S Node(const ast::ConditionalExpr& n) const {
    return "(? " + Expr(n.condition) + " " + Expr(n.then_value) + " " + Expr(n.else_value) + ")";
  }
  S Node(const ast::TryExpr& n) const {
    return "(try " + Expr(n.attempt) + " " + Expr(n.fallback) + ")";
  }
  S Node(const ast::ListExpr& n) const {
    return "(list " + List(n.items, [&](ast::ExprId e) { return Expr(e); }) + ")";
  }
  S Node(const ast::ComprehensionExpr& n) const {
    return "(each " + Expr(n.value) + " " + n.name.text + " " + Expr(n.list) + " " +
           Expr(n.condition) + ")";
  }
  S Node(const ast::MapExpr& n) const { return "(map " + Pairs(n.pairs) + ")"; }
  S Node(const ast::ContextExpr& n) const { return "(context " + Block(n.body) + ")"; }
  S Node(const ast::ForkExpr& n) const {
    return "(fork " + n.name.text + " " + Expr(n.list) + " " + Args(n.options) + " " +
           Block(n.body) + ")";
  }

  // Statements.
  S Node(const ast::ErrorStmt&) const { return "error"; }
  S Node(const ast::LetStmt& n) const {
    return S(n.is_var ? "(var " : "(let ") + n.name.text + " " + Type(n.type) + " " +
           Expr(n.value) + ")";
  }
  S Node(const ast::AssignStmt& n) const { return "(= " + n.name.text + " " + Expr(n.value) + ")"; }
  S Node(const ast::TextStmt& n) const { return "(text " + Expr(n.value) + ")"; }
  S Node(const ast::RoleStmt& n) const {
    return "(" + S(RoleText(n.role)) + (n.braced ? " braced " : " ") + Block(n.body) + ")";
  }
  S Node(const ast::GenStmt& n) const {
    return "(gen " + n.name.text + " " + Type(n.type) + " " + Args(n.options) + ")";
  }
  S Node(const ast::SelectStmt& n) const {
    return "(select " + n.name.text + " " + Expr(n.choices) + " " + Args(n.options) + ")";
  }
  S Node(const ast::InsertStmt& n) const {
    return "(insert " + Expr(n.value) + " " + Args(n.options) + ")";
  }
  S Node(const ast::OnStmt& n) const {
    return S(n.copy ? "(on-copy " : "(on ") + Q(n.target) + " " + Block(n.body) + ")";
  }
  S Node(const ast::IfStmt& n) const {
    return "(if " + Expr(n.condition) + " " + Block(n.then_body) + " " + Block(n.else_body) + ")";
  }
  S Node(const ast::ForStmt& n) const {
    return "(for " + n.name.text + " " + Expr(n.list) + " " + Block(n.body) + ")";
  }
  S Node(const ast::WhileStmt& n) const {
    return "(while " + Expr(n.condition) + " " + Expr(n.limit) + " " + Block(n.body) + ")";
  }
  S Node(const ast::MatchStmt& n) const {
    return "(match " + Expr(n.subject) + " " +
           List(n.arms,
                [&](const ast::Arm& a) {
                  return "(" + List(a.patterns, [&](const ast::Pattern& p) { return Pattern(p); }) +
                         " " + Block(a.body) + ")";
                }) +
           " " + Block(n.else_body) + ")";
  }
  S Pattern(const ast::Pattern& p) const {
    if (p.text) return T(p.text);
    if (p.number) return std::to_string(*p.number);
    return Q(*p.name) + (p.binding ? "(" + p.binding->text + ")" : "");
  }
  S Node(const ast::TryStmt& n) const {
    return "(try " + Args(n.options) + " " + Block(n.body) + " " + N(n.failure) + " " +
           Block(n.else_body) + ")";
  }
  S Node(const ast::ReturnStmt& n) const { return "(return " + Expr(n.value) + ")"; }
  S Node(const ast::YieldStmt& n) const { return "(yield " + Expr(n.value) + ")"; }
  S Node(const ast::BreakStmt&) const { return "(break)"; }
  S Node(const ast::ContinueStmt&) const { return "(continue)"; }
  S Node(const ast::EmitStmt& n) const { return "(emit " + Expr(n.value) + ")"; }
  S Node(const ast::CheckStmt& n) const {
    return "(check " + Expr(n.condition) + " " + Expr(n.message) + ")";
  }
  S Node(const ast::MockStmt& n) const {
    return "(mock " + Q(n.target) + " " + Expr(n.value) + ")";
  }
  S Node(const ast::CallStmt& n) const { return Expr(n.call); }

  const ast::File& file_;
};

}  // namespace

std::string TreeText(const ast::File& file) {
  std::string text;
  for (const ast::ItemId id : file.items) text += TreeText(file, id) + "\n";
  return text;
}
std::string TreeText(const ast::File& file, ast::ItemId id) { return Printer(file).Item(id); }
std::string TreeText(const ast::File& file, ast::StmtId id) { return Printer(file).Stmt(id); }
std::string TreeText(const ast::File& file, ast::ExprId id) { return Printer(file).Expr(id); }
std::string TreeText(const ast::File& file, ast::TypeId id) { return Printer(file).Type(id); }

}  // namespace lmp::testing
