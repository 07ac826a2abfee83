#include "frontend/ast_builder.h"

#include <LmpParser.h>
#include <antlr4-runtime.h>

#include <algorithm>
#include <limits>
#include <span>

#include "frontend/mistakes.h"
#include "frontend/number_literal.h"
#include "frontend/string_literal.h"
#include "runtime/base/check.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

using P = grammar::LmpParser;
using antlr4::ParserRuleContext;
using antlr4::tree::TerminalNode;

class Builder {
 public:
  Builder(const RepairedText& text, AstOutput output)
      : text_(text), file_(*output.file), diagnostics_(*output.diagnostics) {}

  void AddItem(P::ItemContext* item);
  ast::StmtId AddStatement(P::StmtContext* stmt);
  ast::ExprId AddExpression(P::ExprContext* expr);

 private:
  // ---- Places ----
  static uint32_t BeginOf(const antlr4::Token* token) {
    return static_cast<uint32_t>(token->getStartIndex());
  }
  static uint32_t EndOf(const antlr4::Token* token) {
    return static_cast<uint32_t>(token->getStopIndex());
  }
  Span Place(TerminalNode* node) const {
    return text_.Original(BeginOf(node->getSymbol()), EndOf(node->getSymbol()));
  }
  Span Place(const ParserRuleContext* node) const {
    return text_.Original(BeginOf(node->start), EndOf(node->stop));
  }
  std::string TextOf(TerminalNode* node) const {
    const uint32_t begin = BeginOf(node->getSymbol());
    return text_.text().substr(begin, EndOf(node->getSymbol()) - begin);
  }
  static TokenKind KindOf(antlr4::tree::ParseTree* node) {
    const auto* terminal = dynamic_cast<TerminalNode*>(node);
    return terminal == nullptr ? TokenKind::kNone
                               : static_cast<TokenKind>(
                                     const_cast<TerminalNode*>(terminal)->getSymbol()->getType());
  }
  Diagnostic& Report(Mistake mistake, Span span, std::string title) {
    diagnostics_.push_back(MakeMistake(mistake, 0, 0, std::move(title)));
    diagnostics_.back().span = span;
    return diagnostics_.back();
  }

  // ---- Pieces ----
  ast::Name NameOf(TerminalNode* id) const { return {TextOf(id), Place(id)}; }
  ast::QName QNameOf(P::QnameContext* qname) const;
  ast::Text FixedText(P::StringContext* string);
  std::optional<ast::Text> MaybeFixedText(P::StringContext* string);
  ast::Arg ArgOf(P::ArgContext* arg);
  std::vector<ast::Arg> ArgsOf(P::ArgsContext* args);
  std::vector<ast::Arg> OptionsOf(P::WithArgsContext* with);
  std::vector<ast::Attribute> AttributesOf(const std::vector<P::AttrContext*>& attrs);
  std::vector<ast::Param> ParamsOf(P::ParamsContext* params);
  std::vector<ast::MapPair> PairsOf(P::MapLitContext* map);
  ast::Block BlockOf(P::BlockContext* block);
  ast::Block BlockOf(P::StmtContext* stmt);  // a block of one statement without braces

  // ---- Declarations ----
  ast::ImportDecl Import(P::ImportDeclContext* node);
  ast::RecordDecl Record(P::RecordDeclContext* node);
  ast::EnumDecl Enum(P::EnumDeclContext* node);

  // ---- Types ----
  ast::TypeId AddType(P::TypeContext* type);
  ast::TypeId MaybeType(P::TypeContext* type) {
    return type == nullptr ? ast::TypeId() : AddType(type);
  }
  ast::TypeId AddPostType(P::PostTypeContext* type);
  ast::TypeId AddPrimType(P::PrimTypeContext* type);

  // ---- Statements ----
  template <typename Node>
  ast::StmtId Statement(Span span, Node node, std::vector<ast::Attribute> attributes = {}) {
    return file_.Add(ast::Stmt{span, std::move(attributes), std::move(node)});
  }
  decltype(ast::Stmt::node) StatementNode(P::StmtContext* stmt);
  ast::GenStmt Gen(P::GenStmtContext* node);
  ast::SelectStmt Select(P::SelectStmtContext* node);
  ast::InsertStmt Insert(P::InsertStmtContext* node);
  ast::RoleStmt Role(P::RoleStmtContext* node);
  ast::IfStmt If(P::IfStmtContext* node);
  ast::WhileStmt While(P::WhileStmtContext* node);
  ast::MatchStmt Match(P::MatchStmtContext* node);
  ast::Arm ArmOf(P::ArmContext* node);
  ast::Pattern PatternOf(P::PatternContext* node);
  ast::TryStmt Try(P::TryStmtContext* node);
  decltype(ast::Stmt::node) AssignOrCall(P::NameStmtContext* node);

  // ---- Expressions ----
  ast::ExprId MaybeExpression(P::ExprContext* expr) {
    return expr == nullptr ? ast::ExprId() : AddExpression(expr);
  }
  ast::ExprId Add(Span span, decltype(ast::Expr::node) node,
                  std::initializer_list<ast::ExprId> children);
  uint32_t HeightOf(ast::ExprId expr) const { return heights_[expr.index - first_expression_]; }
  ast::ExprId Highest(std::span<const ast::ExprId> exprs) const;
  ast::ExprId HighestSince(size_t expression) const;
  ast::ExprId Extend(P::ExprContext* expr, ast::ExprId first);
  ast::ExprId Binary(P::BinaryExprContext* node, ast::ExprId left);
  ast::ExprId Leaf(P::ExprContext* expr);
  ast::ExprId Primary(P::PrimaryContext* node);
  ast::ExprId List(P::ListLitContext* node);
  ast::ExprId Fork(P::ForkExprContext* node);
  ast::ExprId Negated(P::NegateExprContext* node);
  ast::ExprId String(P::StringContext* node);
  ast::StringExpr Decode(P::StringContext* node);
  int64_t IntOf(TerminalNode* node, bool negative = false) {
    return ReadInt(TextOf(node), negative, Place(node), &diagnostics_);
  }

  const RepairedText& text_;
  ast::File& file_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<uint32_t> heights_;  // per expression this builder made
  size_t first_expression_ = file_.expression_count();
};

// ---- Pieces ----

ast::QName Builder::QNameOf(P::QnameContext* qname) const {
  ast::QName name{{}, Place(qname)};
  for (TerminalNode* id : qname->ID()) name.parts.push_back(NameOf(id));
  return name;
}

ast::Text Builder::FixedText(P::StringContext* string) {
  const ast::StringExpr decoded = Decode(string);
  ast::Text text{"", Place(string)};
  for (const ast::StringPart& part : decoded.parts) {
    text.text += part.text;
    if (!part.value.valid()) continue;
    Diagnostic& d = Report(Mistake::kTextMustBeFixed, part.span,
                           "this text is fixed when the program is written");
    d.label = "a value cannot be inserted here";
    d.helps.push_back("write the text out, or `\\${` for a dollar sign and a brace");
  }
  return text;
}

std::optional<ast::Text> Builder::MaybeFixedText(P::StringContext* string) {
  if (string == nullptr) return std::nullopt;
  return FixedText(string);
}

ast::Arg Builder::ArgOf(P::ArgContext* arg) {
  ast::Arg result;
  if (arg->ID() != nullptr) result.name = NameOf(arg->ID());
  result.value = AddExpression(arg->expr());
  result.span = Place(arg);
  return result;
}

std::vector<ast::Arg> Builder::ArgsOf(P::ArgsContext* args) {
  std::vector<ast::Arg> result;
  if (args == nullptr) return result;
  for (P::ArgContext* arg : args->arg()) result.push_back(ArgOf(arg));
  return result;
}

std::vector<ast::Arg> Builder::OptionsOf(P::WithArgsContext* with) {
  std::vector<ast::Arg> result;
  if (with == nullptr) return result;
  for (P::ArgContext* arg : with->arg()) result.push_back(ArgOf(arg));
  return result;
}

std::vector<ast::Attribute> Builder::AttributesOf(const std::vector<P::AttrContext*>& attrs) {
  std::vector<ast::Attribute> result;
  for (P::AttrContext* attr : attrs) {
    result.push_back({NameOf(attr->ID()), ArgsOf(attr->args()), Place(attr)});
  }
  return result;
}

std::vector<ast::Param> Builder::ParamsOf(P::ParamsContext* params) {
  std::vector<ast::Param> result;
  if (params == nullptr) return result;
  for (P::ParamContext* param : params->param()) {
    result.push_back({NameOf(param->ID()), AddType(param->type()), MaybeExpression(param->expr()),
                      MaybeFixedText(param->string()), Place(param)});
  }
  return result;
}

std::vector<ast::MapPair> Builder::PairsOf(P::MapLitContext* map) {
  std::vector<ast::MapPair> result;
  for (P::PairContext* pair : map->pair()) {
    ast::Name key;
    if (pair->ID() != nullptr) {
      key = NameOf(pair->ID());
    } else {
      ast::Text text = FixedText(pair->string());
      key = {std::move(text.text), text.span};
    }
    result.push_back({std::move(key), AddExpression(pair->expr())});
  }
  return result;
}

ast::Block Builder::BlockOf(P::BlockContext* block) {
  ast::Block result{{}, Place(block)};
  for (P::StmtContext* stmt : block->stmt()) result.statements.push_back(AddStatement(stmt));
  return result;
}

ast::Block Builder::BlockOf(P::StmtContext* stmt) { return {{AddStatement(stmt)}, Place(stmt)}; }

// ---- Declarations ----

void Builder::AddItem(P::ItemContext* item) {
  if (item->ERROR() != nullptr) return;
  ast::Item result{Place(item), AttributesOf(item->attr()), {}};
  if (auto* import = item->importDecl()) {
    result.node = Import(import);
  } else if (auto* config = item->configDecl()) {
    result.node = ast::ConfigDecl{PairsOf(config->mapLit())};
  } else if (auto* constant = item->constDecl()) {
    result.node = ast::ConstDecl{NameOf(constant->ID()), MaybeType(constant->type()),
                                 AddExpression(constant->expr())};
  } else if (auto* type = item->typeDecl()) {
    result.node = ast::TypeDecl{NameOf(type->ID()), AddType(type->type())};
  } else if (auto* record = item->recordDecl()) {
    result.node = Record(record);
  } else if (auto* enumeration = item->enumDecl()) {
    result.node = Enum(enumeration);
  } else if (auto* tool = item->toolDecl()) {
    result.node = ast::ToolDecl{NameOf(tool->ID()), ParamsOf(tool->params()), AddType(tool->type()),
                                AddExpression(tool->expr())};
  } else if (auto* corpus = item->corpusDecl()) {
    result.node = ast::CorpusDecl{NameOf(corpus->ID()), FixedText(corpus->string()),
                                  OptionsOf(corpus->withArgs())};
  } else if (auto* fn = item->fnDecl()) {
    result.node = ast::FnDecl{NameOf(fn->ID()), ParamsOf(fn->params()), MaybeType(fn->type()),
                              BlockOf(fn->block())};
  } else if (auto* test = item->testDecl()) {
    result.node = ast::TestDecl{FixedText(test->string()), BlockOf(test->block())};
  }
  file_.items.push_back(file_.Add(std::move(result)));
}

ast::ImportDecl Builder::Import(P::ImportDeclContext* node) {
  ast::ImportDecl result;
  result.path = MaybeFixedText(node->string());
  if (node->qname() != nullptr) result.module = QNameOf(node->qname());
  if (node->ID() != nullptr) result.alias = NameOf(node->ID());
  return result;
}

ast::RecordDecl Builder::Record(P::RecordDeclContext* node) {
  ast::RecordDecl result{NameOf(node->ID()), ParamsOf(node->params()), {}};
  for (P::FieldContext* field : node->field()) {
    if (field->ERROR() != nullptr) continue;
    result.fields.push_back({AttributesOf(field->attr()), NameOf(field->ID()),
                             AddType(field->type()), MaybeExpression(field->expr()),
                             MaybeFixedText(field->string()), Place(field)});
  }
  return result;
}

ast::EnumDecl Builder::Enum(P::EnumDeclContext* node) {
  ast::EnumDecl result{NameOf(node->ID()), {}};
  for (P::MemberContext* member : node->member()) {
    if (member->ERROR() != nullptr) continue;
    ast::Member entry{NameOf(member->ID()), std::nullopt, std::nullopt, Place(member)};
    auto strings = member->string();
    if (member->ASSIGN() != nullptr) {
      entry.alias = FixedText(strings.front());
      strings.erase(strings.begin());
    }
    if (!strings.empty()) entry.description = FixedText(strings.front());
    result.members.push_back(std::move(entry));
  }
  return result;
}

// ---- Types ----

ast::TypeId Builder::AddType(P::TypeContext* type) {
  const auto members = type->postType();
  if (members.size() == 1) return AddPostType(members.front());
  ast::UnionType node;
  for (P::PostTypeContext* member : members) node.members.push_back(AddPostType(member));
  return file_.Add(ast::Type{Place(type), std::move(node)});
}

ast::TypeId Builder::AddPostType(P::PostTypeContext* type) {
  const ast::TypeId inner = AddPrimType(type->primType());
  if (type->QUESTION() == nullptr) return inner;
  return file_.Add(ast::Type{Place(type), ast::OptionalType{inner}});
}

ast::TypeId Builder::AddPrimType(P::PrimTypeContext* type) {
  if (type->string() != nullptr) {
    return file_.Add(ast::Type{Place(type), ast::LiteralType{FixedText(type->string())}});
  }
  ast::NamedType node;
  node.name.span = Place(type->qtype());
  for (TerminalNode* id : type->qtype()->ID()) node.name.parts.push_back(NameOf(id));
  if (auto* args = type->typeArgs()) {
    for (P::TypeContext* arg : args->type()) node.args.push_back(AddType(arg));
  }
  if (auto* refine = type->refine()) {
    for (P::RefArgContext* arg : refine->refArg()) {
      std::optional<ast::Name> name;
      if (arg->ID() != nullptr) name = NameOf(arg->ID());
      node.refinements.push_back({std::move(name), AddExpression(arg->expr()), Place(arg)});
    }
  }
  if (auto* hole = type->hole()) {
    node.hole = ast::Hole{QNameOf(hole->qname()), ArgsOf(hole->args()), Place(hole)};
  }
  return file_.Add(ast::Type{Place(type), std::move(node)});
}

// ---- Statements ----

ast::StmtId Builder::AddStatement(P::StmtContext* stmt) {
  std::vector<ast::Attribute> attributes = AttributesOf(stmt->attr());
  auto node = StatementNode(stmt);
  return Statement(Place(stmt), std::move(node), std::move(attributes));
}

decltype(ast::Stmt::node) Builder::StatementNode(P::StmtContext* stmt) {
  if (auto* let = stmt->letStmt()) {
    return ast::LetStmt{let->VAR() != nullptr, NameOf(let->ID()), MaybeType(let->type()),
                        AddExpression(let->expr())};
  }
  if (auto* name = stmt->nameStmt()) return AssignOrCall(name);
  if (auto* text = stmt->textStmt()) return ast::TextStmt{String(text->string())};
  if (auto* role = stmt->roleStmt()) return Role(role);
  if (auto* gen = stmt->genStmt()) return Gen(gen);
  if (auto* select = stmt->selectStmt()) return Select(select);
  if (auto* insert = stmt->insertStmt()) return Insert(insert);
  if (auto* on = stmt->onStmt()) {
    return ast::OnStmt{on->COPY() != nullptr, QNameOf(on->qname()), BlockOf(on->block())};
  }
  if (auto* branch = stmt->ifStmt()) return If(branch);
  if (auto* loop = stmt->forStmt()) {
    return ast::ForStmt{NameOf(loop->ID()), AddExpression(loop->expr()), BlockOf(loop->block())};
  }
  if (auto* loop = stmt->whileStmt()) return While(loop);
  if (auto* match = stmt->matchStmt()) return Match(match);
  if (auto* attempt = stmt->tryStmt()) return Try(attempt);
  if (auto* exit = stmt->exitStmt()) {
    if (exit->RETURN() != nullptr) return ast::ReturnStmt{AddExpression(exit->expr())};
    if (exit->YIELD() != nullptr) return ast::YieldStmt{AddExpression(exit->expr())};
    if (exit->BREAK() != nullptr) return ast::BreakStmt{};
    return ast::ContinueStmt{};
  }
  if (auto* emit = stmt->emitStmt()) return ast::EmitStmt{AddExpression(emit->expr())};
  if (auto* check = stmt->checkStmt()) {
    const ast::ExprId condition = AddExpression(check->expr());
    return ast::CheckStmt{condition,
                          check->string() == nullptr ? ast::ExprId() : String(check->string())};
  }
  if (auto* mock = stmt->mockStmt()) {
    return ast::MockStmt{QNameOf(mock->qname()), AddExpression(mock->expr())};
  }
  return ast::ErrorStmt{};
}

ast::GenStmt Builder::Gen(P::GenStmtContext* node) {
  return {NameOf(node->ID()), MaybeType(node->type()), OptionsOf(node->withArgs())};
}

ast::SelectStmt Builder::Select(P::SelectStmtContext* node) {
  return {NameOf(node->ID()), AddExpression(node->expr()), OptionsOf(node->withArgs())};
}

ast::InsertStmt Builder::Insert(P::InsertStmtContext* node) {
  return {AddExpression(node->expr()), OptionsOf(node->withArgs())};
}

ast::RoleStmt Builder::Role(P::RoleStmtContext* node) {
  ast::RoleStmt result;
  auto* word = dynamic_cast<TerminalNode*>(node->children.front());
  result.role_span = Place(word);
  result.role = node->SYSTEM() != nullptr      ? ast::Role::kSystem
                : node->USER() != nullptr      ? ast::Role::kUser
                : node->ASSISTANT() != nullptr ? ast::Role::kAssistant
                                               : ast::Role::kObserve;
  if (node->block() != nullptr) {
    result.body = BlockOf(node->block());
    result.braced = true;
    return result;
  }
  auto* body = dynamic_cast<ParserRuleContext*>(node->children.back());
  const Span span = Place(body);
  ast::StmtId statement;
  if (node->genStmt() != nullptr) {
    statement = Statement(span, Gen(node->genStmt()));
  } else if (node->selectStmt() != nullptr) {
    statement = Statement(span, Select(node->selectStmt()));
  } else if (node->insertStmt() != nullptr) {
    statement = Statement(span, Insert(node->insertStmt()));
  } else {
    statement = Statement(span, ast::TextStmt{AddExpression(node->expr())});
  }
  result.body = {{statement}, span};
  return result;
}

// `else if` chains are bounded by the nesting cap, so they may recurse.
ast::IfStmt Builder::If(P::IfStmtContext* node) {
  ast::IfStmt result{AddExpression(node->expr()), BlockOf(node->block(0)), std::nullopt};
  if (node->ifStmt() != nullptr) {
    const Span span = Place(node->ifStmt());
    result.else_body = ast::Block{{Statement(span, If(node->ifStmt()))}, span};
  } else if (node->block().size() > 1) {
    result.else_body = BlockOf(node->block(1));
  }
  return result;
}

ast::WhileStmt Builder::While(P::WhileStmtContext* node) {
  ast::WhileStmt result;
  auto exprs = node->expr();
  const bool limited = node->LIMIT() != nullptr;
  if (exprs.size() > (limited ? 1u : 0u)) result.condition = AddExpression(exprs.front());
  if (limited) {
    result.limit = AddExpression(exprs.back());
  } else {
    Diagnostic& d = Report(Mistake::kWhileWithoutLimit, Place(node->WHILE()),
                           "`while` needs a `limit`: the most rounds it may run");
    d.notes.push_back("with a limit, what a program can cost is known before it runs");
    d.helps.push_back("write `while condition limit 100 {`");
    const antlr4::Token* last = exprs.empty() ? node->WHILE()->getSymbol() : exprs.front()->stop;
    const Span at = text_.Original(EndOf(last), EndOf(last));
    d.fixes.push_back({at, " limit 100"});
  }
  result.body = BlockOf(node->block());
  return result;
}

ast::MatchStmt Builder::Match(P::MatchStmtContext* node) {
  ast::MatchStmt result{AddExpression(node->expr()), {}, std::nullopt};
  for (P::ArmContext* arm : node->arm()) {
    if (arm->ERROR() == nullptr) result.arms.push_back(ArmOf(arm));
  }
  if (auto* otherwise = node->matchElse()) {
    result.else_body =
        otherwise->block() != nullptr ? BlockOf(otherwise->block()) : BlockOf(otherwise->stmt());
  }
  return result;
}

ast::Arm Builder::ArmOf(P::ArmContext* node) {
  ast::Arm arm;
  for (P::PatternContext* pattern : node->pattern()) arm.patterns.push_back(PatternOf(pattern));
  arm.body = node->block() != nullptr ? BlockOf(node->block()) : BlockOf(node->stmt());
  arm.span = Place(node);
  return arm;
}

ast::Pattern Builder::PatternOf(P::PatternContext* node) {
  ast::Pattern pattern;
  pattern.span = Place(node);
  if (node->qname() != nullptr) pattern.name = QNameOf(node->qname());
  if (node->ID() != nullptr) pattern.binding = NameOf(node->ID());
  pattern.text = MaybeFixedText(node->string());
  if (node->INT() != nullptr) {
    pattern.number = IntOf(node->INT(), node->MINUS() != nullptr);
  }
  return pattern;
}

ast::TryStmt Builder::Try(P::TryStmtContext* node) {
  ast::TryStmt result{OptionsOf(node->withArgs()), BlockOf(node->block()), std::nullopt,
                      std::nullopt};
  if (auto* rescue = node->catchPart()) {
    if (rescue->ID() != nullptr) result.failure = NameOf(rescue->ID());
    result.else_body = BlockOf(rescue->block());
  }
  return result;
}

decltype(ast::Stmt::node) Builder::AssignOrCall(P::NameStmtContext* node) {
  const ast::Name name = NameOf(node->ID());
  if (node->expr() != nullptr) return ast::AssignStmt{name, AddExpression(node->expr())};
  P::CallTailContext* tail = node->callTail();
  ast::ExprId callee = Add(name.span, ast::NameExpr{name}, {});
  const uint32_t begin = BeginOf(node->start);
  for (size_t i = 0; i < tail->children.size(); ++i) {
    const TokenKind kind = KindOf(tail->children[i]);
    if (kind == TokenKind::kDot) {
      auto* field = dynamic_cast<TerminalNode*>(tail->children[++i]);
      const Span span = text_.Original(begin, EndOf(field->getSymbol()));
      callee = Add(span, ast::FieldExpr{callee, NameOf(field)}, {callee});
    } else if (kind == TokenKind::kLBrack) {
      auto* index = dynamic_cast<P::ExprContext*>(tail->children[i + 1]);
      i += 2;
      auto* bracket = dynamic_cast<TerminalNode*>(tail->children[i]);
      const Span span = text_.Original(begin, EndOf(bracket->getSymbol()));
      const ast::ExprId at = AddExpression(index);
      callee = Add(span, ast::IndexExpr{callee, at}, {callee, at});
    }
  }
  const size_t first = file_.expression_count();
  std::vector<ast::Arg> args = ArgsOf(tail->args());
  return ast::CallStmt{
      Add(Place(node), ast::CallExpr{callee, std::move(args)}, {callee, HighestSince(first)})};
}

// ---- Expressions ----

ast::ExprId Builder::Add(Span span, decltype(ast::Expr::node) node,
                         std::initializer_list<ast::ExprId> children) {
  uint32_t height = 0;
  for (const ast::ExprId child : children) {
    if (child.valid()) height = std::max(height, HeightOf(child) + 1);
  }
  if (height == kExpressionHeightMax + 1) {
    Diagnostic& d = Report(
        Mistake::kNestedTooDeep, span,
        "this expression chains more than " + std::to_string(kExpressionHeightMax) + " operators");
    d.helps.push_back("bind a part of it with `let`");
  }
  // What grows on from there is the same mistake.
  if (height > kExpressionHeightMax) node = ast::ErrorExpr{};
  heights_.push_back(height);
  return file_.Add(ast::Expr{span, std::move(node)});
}

// Parts that lie side by side: only the highest counts. An invalid id where there are none.
ast::ExprId Builder::Highest(std::span<const ast::ExprId> exprs) const {
  ast::ExprId highest;
  for (const ast::ExprId expr : exprs) {
    if (expr.valid() && (!highest.valid() || HeightOf(expr) > HeightOf(highest))) highest = expr;
  }
  return highest;
}

// Of all expressions added since there were so many of them.
ast::ExprId Builder::HighestSince(size_t expression) const {
  ast::ExprId highest;
  for (size_t i = expression; i < file_.expression_count(); ++i) {
    const ast::ExprId expr(i);
    if (!highest.valid() || HeightOf(expr) > HeightOf(highest)) highest = expr;
  }
  return highest;
}

// The operand an operator expression starts with, if it starts with one.
P::ExprContext* FirstOperand(P::ExprContext* expr) {
  return dynamic_cast<P::ExprContext*>(expr->children.front());
}

ast::ExprId Builder::AddExpression(P::ExprContext* expr) {
  std::vector<P::ExprContext*> chain;
  while (P::ExprContext* first = FirstOperand(expr)) {
    chain.push_back(expr);
    expr = first;
  }
  ast::ExprId result = Leaf(expr);
  for (; !chain.empty(); chain.pop_back()) result = Extend(chain.back(), result);
  return result;
}

// `first op ...`, of which `first` is already built.
ast::ExprId Builder::Extend(P::ExprContext* expr, ast::ExprId first) {
  const Span span = Place(expr);
  if (auto* field = dynamic_cast<P::FieldExprContext*>(expr)) {
    return Add(span, ast::FieldExpr{first, NameOf(field->ID())}, {first});
  }
  if (auto* call = dynamic_cast<P::CallExprContext*>(expr)) {
    const size_t before = file_.expression_count();
    std::vector<ast::Arg> args = ArgsOf(call->args());
    return Add(span, ast::CallExpr{first, std::move(args)}, {first, HighestSince(before)});
  }
  if (auto* index = dynamic_cast<P::IndexExprContext*>(expr)) {
    const ast::ExprId begin = AddExpression(index->expr(1));
    if (index->COLON() == nullptr) return Add(span, ast::IndexExpr{first, begin}, {first, begin});
    const ast::ExprId end = AddExpression(index->expr(2));
    return Add(span, ast::SliceExpr{first, begin, end}, {first, begin, end});
  }
  if (auto* choice = dynamic_cast<P::ConditionalExprContext*>(expr)) {
    const ast::ExprId then_value = AddExpression(choice->expr(1));
    const ast::ExprId else_value = AddExpression(choice->expr(2));
    return Add(span, ast::ConditionalExpr{first, then_value, else_value},
               {first, then_value, else_value});
  }
  return Binary(dynamic_cast<P::BinaryExprContext*>(expr), first);
}

ast::ExprId Builder::Binary(P::BinaryExprContext* node, ast::ExprId left) {
  static constexpr struct {
    TokenKind token;
    ast::BinaryOp op;
  } kOps[] = {{TokenKind::kStar, ast::BinaryOp::kMultiply},
              {TokenKind::kSlash, ast::BinaryOp::kDivide},
              {TokenKind::kPercent, ast::BinaryOp::kRemainder},
              {TokenKind::kPlus, ast::BinaryOp::kAdd},
              {TokenKind::kMinus, ast::BinaryOp::kSubtract},
              {TokenKind::kRange, ast::BinaryOp::kRange},
              {TokenKind::kEqual, ast::BinaryOp::kEqual},
              {TokenKind::kNotEqual, ast::BinaryOp::kNotEqual},
              {TokenKind::kLess, ast::BinaryOp::kLess},
              {TokenKind::kLessEqual, ast::BinaryOp::kLessEqual},
              {TokenKind::kGreater, ast::BinaryOp::kGreater},
              {TokenKind::kGreaterEqual, ast::BinaryOp::kGreaterEqual},
              {TokenKind::kIn, ast::BinaryOp::kIn},
              {TokenKind::kNot, ast::BinaryOp::kNotIn},
              {TokenKind::kAnd, ast::BinaryOp::kAnd},
              {TokenKind::kOr, ast::BinaryOp::kOr}};
  const TokenKind kind = KindOf(node->children[1]);
  const auto* row = std::find_if(std::begin(kOps), std::end(kOps),
                                 [kind](const auto& r) { return r.token == kind; });
  LMP_CHECK(row != std::end(kOps));
  auto* first = dynamic_cast<TerminalNode*>(node->children[1]);
  auto* last = dynamic_cast<TerminalNode*>(node->children[node->children.size() - 2]);
  ast::BinaryExpr binary;
  binary.op = row->op;
  binary.op_span = text_.Original(BeginOf(first->getSymbol()), EndOf(last->getSymbol()));
  binary.left = left;
  binary.right = AddExpression(node->expr(1));
  return Add(Place(node), binary, {left, binary.right});
}

// An expression that does not start with another one.
ast::ExprId Builder::Leaf(P::ExprContext* expr) {
  const Span span = Place(expr);
  if (auto* negate = dynamic_cast<P::NegateExprContext*>(expr)) return Negated(negate);
  if (auto* inverse = dynamic_cast<P::NotExprContext*>(expr)) {
    const ast::ExprId operand = AddExpression(inverse->expr());
    return Add(span, ast::UnaryExpr{ast::UnaryOp::kNot, operand}, {operand});
  }
  if (auto* attempt = dynamic_cast<P::TryExprContext*>(expr)) {
    const ast::ExprId value = AddExpression(attempt->expr(0));
    const ast::ExprId fallback = AddExpression(attempt->expr(1));
    return Add(span, ast::TryExpr{value, fallback}, {value, fallback});
  }
  return Primary(dynamic_cast<P::PrimaryExprContext*>(expr)->primary());
}

// The least int has no positive counterpart, so a sign is read together with its number.
ast::ExprId Builder::Negated(P::NegateExprContext* node) {
  const Span span = Place(node);
  if (auto* primary = dynamic_cast<P::PrimaryExprContext*>(node->expr());
      primary != nullptr && primary->primary()->INT() != nullptr &&
      IsLeastInt(TextOf(primary->primary()->INT()))) {
    return Add(span, ast::IntExpr{std::numeric_limits<int64_t>::min()}, {});
  }
  const ast::ExprId operand = AddExpression(node->expr());
  return Add(span, ast::UnaryExpr{ast::UnaryOp::kNegate, operand}, {operand});
}

ast::ExprId Builder::Primary(P::PrimaryContext* node) {
  const Span span = Place(node);
  if (node->string() != nullptr) return String(node->string());
  if (node->INT() != nullptr) return Add(span, ast::IntExpr{IntOf(node->INT())}, {});
  if (node->FLOAT() != nullptr) {
    return Add(span, ast::FloatExpr{ReadFloat(TextOf(node->FLOAT()), span, &diagnostics_)}, {});
  }
  if (node->DURATION() != nullptr) {
    const int64_t duration = ReadDuration(TextOf(node->DURATION()), span, &diagnostics_);
    return Add(span, ast::DurationExpr{duration}, {});
  }
  if (node->REGEX() != nullptr) {
    const std::string text = TextOf(node->REGEX());
    return Add(span, ast::RegexExpr{text.substr(3, text.size() - 4)}, {});
  }
  if (node->ID() != nullptr) return Add(span, ast::NameExpr{NameOf(node->ID())}, {});
  if (node->expr() != nullptr) return AddExpression(node->expr());
  if (node->listLit() != nullptr) return List(node->listLit());
  const size_t before = file_.expression_count();
  if (node->mapLit() != nullptr) {
    std::vector<ast::MapPair> pairs = PairsOf(node->mapLit());
    return Add(span, ast::MapExpr{std::move(pairs)}, {HighestSince(before)});
  }
  if (node->block() != nullptr) {
    ast::Block body = BlockOf(node->block());
    return Add(span, ast::ContextExpr{std::move(body)}, {HighestSince(before)});
  }
  return Fork(node->forkExpr());
}

ast::ExprId Builder::List(P::ListLitContext* node) {
  const auto exprs = node->expr();
  std::vector<ast::ExprId> parts;
  for (P::ExprContext* expr : exprs) parts.push_back(AddExpression(expr));
  if (node->FOR() == nullptr) {
    const ast::ExprId highest = Highest(parts);
    return Add(Place(node), ast::ListExpr{std::move(parts)}, {highest});
  }
  const ast::ExprId condition = parts.size() > 2 ? parts[2] : ast::ExprId();
  return Add(Place(node), ast::ComprehensionExpr{parts[0], NameOf(node->ID()), parts[1], condition},
             {parts[0], parts[1], condition});
}

ast::ExprId Builder::Fork(P::ForkExprContext* node) {
  const size_t before = file_.expression_count();
  ast::ForkExpr fork{NameOf(node->ID()), AddExpression(node->expr()), OptionsOf(node->withArgs()),
                     BlockOf(node->block())};
  return Add(Place(node), std::move(fork), {HighestSince(before)});
}

ast::ExprId Builder::String(P::StringContext* node) {
  ast::StringExpr decoded = Decode(node);
  std::vector<ast::ExprId> values;
  for (const ast::StringPart& part : decoded.parts) values.push_back(part.value);
  const ast::ExprId highest = Highest(values);
  return Add(Place(node), std::move(decoded), {highest});
}

ast::StringExpr Builder::Decode(P::StringContext* node) {
  const uint32_t begin = BeginOf(node->start);
  const uint32_t end = EndOf(node->stop);
  if (node->RAWSTR() != nullptr) {
    return DecodeRawString(text_, begin + 2, end - 1, false, &diagnostics_);
  }
  if (node->RAWBLOCK() != nullptr) {
    return DecodeRawString(text_, begin + 4, end - 3, true, &diagnostics_);
  }
  const bool block = node->BLOCK_OPEN() != nullptr;
  std::vector<StringPiece> pieces;
  const auto add = [&](ParserRuleContext* part, P::ExprContext* value) {
    StringPiece piece{KindOf(part->children.front()), BeginOf(part->start), EndOf(part->stop), {}};
    if (value != nullptr) piece.value = AddExpression(value);
    pieces.push_back(piece);
  };
  for (P::SPartContext* part : node->sPart()) add(part, part->expr());
  for (P::BPartContext* part : node->bPart()) add(part, part->expr());
  const uint32_t quotes = block ? 3 : 1;
  return DecodeString(text_, begin + quotes, end - quotes, block, pieces, &diagnostics_);
}

// The tree's accessors are not const.
template <typename Context>
Context* As(const ParserRuleContext& tree) {
  auto* context = dynamic_cast<Context*>(const_cast<ParserRuleContext*>(&tree));
  LMP_CHECK(context != nullptr);
  return context;
}

}  // namespace

void BuildItems(const ParserRuleContext& tree, const RepairedText& text, AstOutput output) {
  Builder builder(text, output);
  for (P::ItemContext* item : As<P::FileContext>(tree)->item()) builder.AddItem(item);
}

std::vector<ast::StmtId> BuildStatements(const ParserRuleContext& tree, const RepairedText& text,
                                         AstOutput output) {
  Builder builder(text, output);
  std::vector<ast::StmtId> statements;
  for (antlr4::tree::ParseTree* child : As<P::ReplStatementsContext>(tree)->children) {
    if (auto* item = dynamic_cast<P::ItemContext*>(child)) builder.AddItem(item);
    if (auto* stmt = dynamic_cast<P::StmtContext*>(child)) {
      statements.push_back(builder.AddStatement(stmt));
    }
  }
  return statements;
}

ast::ExprId BuildExpression(const ParserRuleContext& tree, const RepairedText& text,
                            AstOutput output) {
  return Builder(text, output).AddExpression(As<P::ReplExpressionContext>(tree)->expr());
}

}  // namespace lmp::frontend
