// What a name stands for, and what was meant where it stands for nothing.
#include <algorithm>
#include <iterator>
#include <utility>

#include "frontend/check.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/tree.h"

namespace lmp::frontend {

TypeId Checker::Constantly(ast::ExprId id, ir::Value value, TypeId type) {
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kConstant;
  note.target = static_cast<uint32_t>(notes().constants.size());
  notes().constants.push_back(std::move(value));
  return type;
}

TypeId Checker::CheckName(ast::ExprId id, const ast::Name& name) {
  if (SlotId local = FindLocal(name.text); local.valid()) {
    Slot& bound = slot(local);
    bound.reads++;
    if (bound.kind == SlotKind::kContext || bound.kind == SlotKind::kVar) Continue(local);
    notes()[id].meaning = Meaning::kLocal;
    notes()[id].target = local.index;
    return IsNotNull(local) ? types()[bound.type].element : bound.type;
  }
  if (const Declared* declared = Named(name.text)) {
    if (declared->kind == DeclKind::kConstant) {
      CheckConstant(declared->index);
      const Constant& constant = model_->constants[declared->index];
      return constant.type.valid() ? Constantly(id, constant.value, constant.type) : TypeId();
    }
    if (declared->kind == DeclKind::kRefused) return TypeId();
    Diagnostic& d = report_->Add(Mistake::kNotAValue, name.span,
                                 "`" + name.text + "` is " +
                                     (declared->kind == DeclKind::kFunction ? "a function"
                                      : declared->kind == DeclKind::kModule ? "a module"
                                      : declared->kind == DeclKind::kCorpus ? "a corpus"
                                                                            : "a type") +
                                     ", not a value");
    d.secondary.push_back({declared->span, "defined here"});
    if (declared->kind == DeclKind::kFunction)
      d.helps.push_back("to call it, write `" + name.text + "(...)`");
    if (declared->kind == DeclKind::kCorpus)
      d.helps.push_back("its passages are found by `retrieve(question, from: " + name.text + ")`");
    if (declared->kind == DeclKind::kEnum)
      d.helps.push_back("a member is written `" + name.text + ".member`");
    return TypeId();
  }
  if (name.text == "true" || name.text == "false") {
    return Constantly(id, ir::Value::Bool(name.text == "true"), types().boolean());
  }
  if (name.text == "null") return Constantly(id, ir::Value::Null(), types().none());
  ReportUnknownName(name);
  return TypeId();
}

namespace {

// How statements and expressions go on that begin with a word of the language.
constexpr std::pair<std::string_view, std::string_view> kForms[] = {
    {"gen", "gen name with max: 40"},
    {"select", "select name from options"},
    {"insert", "insert passages"},
    {"not", "not condition"},
    {"if", "if condition { }"},
    {"for", "for x in xs { }"},
    {"while", "while condition limit 100 { }"},
    {"fork", "fork x in xs { }"},
    {"on", "on talk { }"},
    {"let", "let name = value"},
    {"var", "var name = value"},
    {"const", "const NAME = value"},
    {"return", "return value"},
    {"yield", "yield value"},
    {"emit", "emit value"},
    {"fn", "fn name(x: int) { }"},
    {"record", "record Name { field: int }"},
    {"enum", "enum Name { one two }"},
    {"import", "import std.vote"},
    {"system", "system \"...\""},
    {"user", "user \"...\""},
    {"assistant", "assistant \"...\""},
    {"observe", "observe \"...\""},
    {"context", "context { }"},
    {"config", "config { max: 40 }"},
};

}  // namespace

// A word of the language that the filter had to take for a name, because nothing follows it.
bool Checker::ReportLoneWord(const ast::Name& name) {
  const auto* form = std::find_if(std::begin(kForms), std::end(kForms),
                                  [&](const auto& row) { return row.first == name.text; });
  if (form == std::end(kForms)) return false;
  const std::string& text = model_->units[unit_].source->text();
  const bool alone = text.find_first_not_of(" \t\r\n") == name.span.begin &&
                     text.find_last_not_of(" \t\r\n") + 1 == name.span.end;
  if (!alone && name.text != "not" && name.text != "gen") return false;
  Diagnostic& d =
      report_->Add(Mistake::kUnexpected, {name.span.source, name.span.end, name.span.end},
                   "something must follow `" + name.text + "`");
  d.label = "nothing follows";
  d.helps.push_back("for instance `" + std::string(form->second) + "`");
  return true;
}

std::vector<std::string> Checker::VisibleNames() const {
  std::vector<std::string> names = {"true", "false", "null"};
  if (body_ != nullptr) {
    for (const Scope& scope : body_->scopes) {
      for (const auto& [name, id] : scope.names) names.push_back(name);
    }
  }
  for (const Constant& constant : model_->constants) names.push_back(constant.name);
  return names;
}

// "Color.red" for `red` if one enum alone has such a member.
std::string Checker::MemberNamed(std::string_view name) const {
  std::string found;
  for (const Enumeration& enumeration : model_->enums) {
    for (const ir::EnumMember& member : enumeration.members.members) {
      if (member.name != name) continue;
      if (!found.empty()) return "";
      found = enumeration.name + "." + member.name;
    }
  }
  return found;
}

void Checker::ReportUnknownName(const ast::Name& name) {
  if (model_->names_incomplete || has_enough_errors() || ReportBoundElsewhere(name)) return;
  if (ReportLoneWord(name)) return;
  Diagnostic& d =
      report_->Add(Mistake::kUnknownName, name.span, "`" + name.text + "` is not defined");
  std::string meant(ConstantElsewhere(name.text));
  std::vector<std::string> names = VisibleNames();
  if (TextOf({name.span.source, name.span.end, name.span.end + 1}) == ".") {
    for (const Enumeration& enumeration : model_->enums) names.push_back(enumeration.name);
    for (const Module& module : model_->modules) names.push_back(module.name);
  }
  if (meant.empty()) meant = MemberNamed(name.text);
  if (meant.empty()) meant = Nearest(name.text, names);
  if (!meant.empty()) {
    d.helps.push_back("did you mean `" + meant + "`?");
    d.fixes.push_back({name.span, meant});
    if (meant == "null") AdviseNull(name, &d);
  } else if (IsCallableBuiltin(name.text)) {
    d.helps.push_back("`" + name.text + "` is a function: write `" + name.text + "(...)`");
  } else if (IsStdModule(name.text)) {
    d.helps.push_back("`" + name.text + "` is a module: write `import std." + name.text +
                      "` at the top");
  } else if (IsLanguageType(name.text)) {
    d.helps.push_back("`" + name.text + "` is a type");
  }
}

// `let a = None`, `return None`: `null` alone has no type.
void Checker::AdviseNull(const ast::Name& name, Diagnostic* d) const {
  if (body_ == nullptr) return;
  for (size_t i = 0; i < tree().statement_count(); ++i) {
    const ast::Stmt& stmt = tree()[ast::StmtId(i)];
    if (!Contains(stmt.span, name.span)) continue;
    const auto* let = std::get_if<ast::LetStmt>(&stmt.node);
    if (let != nullptr && !let->type.valid() && SpanOf(let->value) == name.span) {
      d->helps.push_back("and say of which type it may be: `" + let->name.text + ": string?`");
      d->fixes.push_back({{name.span.source, let->name.span.end, let->name.span.end}, ": string?"});
    }
    const auto* result = std::get_if<ast::ReturnStmt>(&stmt.node);
    const ast::FnDecl* function = body_->function->decl;
    if (result == nullptr || function == nullptr || SpanOf(result->value) != name.span) continue;
    if (!function->result.valid()) {
      const std::vector<ast::StmtId>& body = function->body.statements;
      d->helps.push_back("a function without result ends without `return`");
      d->fixes.clear();
      if (!body.empty() && body.back().index == i) d->fixes.push_back({stmt.span, ""});
      continue;
    }
    const Span type = tree()[function->result].span;
    if (std::holds_alternative<ast::OptionalType>(tree()[function->result].node)) continue;
    d->helps.push_back("a result that may be null has the type `" + TextOf(type) + "?`");
    // Who calls the function counts on a value.
    const std::string& text = model_->units[unit_].source->text();
    const std::string call = body_->function->name + "(";
    const size_t first = text.find(call);
    const bool called =
        first != std::string::npos && text.find(call, first + 1) != std::string::npos;
    if (called) {
      d->fixes.clear();
    } else {
      d->fixes.push_back({{type.source, type.end, type.end}, "?"});
    }
  }
}

// True if the function binds the name, but later or inside another block.
bool Checker::ReportBoundElsewhere(const ast::Name& name) {
  if (body_ == nullptr || body_->function->decl == nullptr) return false;
  // Every block of the function, to find the binding and the list it stands in.
  struct Found {
    const ast::Name* name = nullptr;
    const ast::Block* block = nullptr;
    size_t index = 0;
  } found;
  const ast::File& file = tree();
  Span whole = body_->function->body;
  auto search = [&](const ast::Block& block) {
    for (size_t i = 0; i < block.statements.size(); ++i) {
      const ast::Name* bound = BoundName(file[block.statements[i]]);
      if (bound != nullptr && bound->text == name.text && found.name == nullptr)
        found = {bound, &block, i};
    }
  };
  search(body_->function->decl->body);
  for (size_t i = 0; i < file.statement_count(); ++i) {
    const ast::Stmt& stmt = file[ast::StmtId(i)];
    if (Contains(whole, stmt.span)) ForEachBlock(stmt, search);
  }
  for (size_t i = 0; i < file.expression_count(); ++i) {
    const ast::Expr& expr = file[ast::ExprId(i)];
    if (Contains(whole, expr.span)) ForEachBlock(expr, search);
  }
  if (found.name == nullptr) return false;
  const ast::Stmt& binding = file[found.block->statements[found.index]];
  if (Contains(binding.span, name.span)) return false;
  if (binding.span.begin < name.span.begin) {
    Diagnostic& d =
        report_->Add(Mistake::kNotYetBound, name.span,
                     "`" + name.text + "` is known only inside the block that binds it");
    d.secondary.push_back({found.name->span, "bound here"});
    d.helps.push_back(
        "use it inside that block, or define a `var` before the block and assign it there");
    return true;
  }
  Diagnostic& d = report_->Add(Mistake::kNotYetBound, name.span,
                               "`" + name.text + "` is used before it is there");
  d.secondary.push_back({found.name->span, "bound only here"});
  for (size_t i = 0; i < found.index; ++i) {
    Span user = file[found.block->statements[i]].span;
    if (!Contains(user, name.span)) continue;
    d.helps.push_back("move the line that binds it up");
    d.fixes.push_back({{user.source, user.begin, user.begin}, TextOf(binding.span) + "\n"});
    d.fixes.push_back({binding.span, ""});
  }
  return true;
}

}  // namespace lmp::frontend
