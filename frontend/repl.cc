// The REPL session: every piece is compiled with all earlier declarations, and becomes a function
// of the names and the context so far.
#include <algorithm>
#include <set>

#include "frontend/check.h"
#include "frontend/compile.h"
#include "frontend/diagnose.h"
#include "frontend/parse.h"
#include "frontend/tree.h"

namespace lmp::frontend {
namespace {

struct ReplText {
  Source source;
  ReplParse parsed;
};

// Names that a declaration takes.
std::optional<ast::Name> DeclaredName(const ast::Item& item) {
  if (const auto* decl = std::get_if<ast::ConstDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::TypeDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::RecordDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::EnumDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::FnDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::CorpusDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::ImportDecl>(&item.node)) {
    if (decl->alias) return decl->alias;
    if (decl->module) return decl->module->parts.back();
  }
  return std::nullopt;
}

bool Mentions(const ir::TypeTable& types, TypeId type, const std::string& name) {
  if (!type.valid()) return false;
  const std::vector<TypeId>& members = types[type].members;
  return types[type].name == name || Mentions(types, types[type].element, name) ||
         std::any_of(members.begin(), members.end(),
                     [&](TypeId member) { return Mentions(types, member, name); });
}

// The same type in another table; of no more than what the names need, since a table may name only
// records that its program declares.
TypeId Translate(const ir::TypeTable& from, TypeId id, ir::TypeTable* to) {
  ir::Type type = from[id];
  if (type.element.valid()) type.element = Translate(from, type.element, to);
  for (TypeId& member : type.members) member = Translate(from, member, to);
  return to->Intern(std::move(type));
}

}  // namespace

struct ReplSession::State {
  std::vector<std::shared_ptr<const ReplText>> texts;
  std::vector<std::vector<ast::ItemId>> items;  // of each text: those not replaced by later ones
  std::vector<ReplName> names;
  ir::TypeTable types;
  bool has_past = false;
  int pieces = 0;

  std::set<std::string> DeclaredNames() const {
    std::set<std::string> declared;
    for (size_t i = 0; i < texts.size(); ++i) {
      for (ast::ItemId id : items[i]) {
        if (auto name = DeclaredName(texts[i]->parsed.file[id])) declared.insert(name->text);
      }
    }
    return declared;
  }

  // A new declaration replaces the old one of its name, and a new config all old settings.
  void Replace(const ast::File& file) {
    for (ast::ItemId id : file.items) {
      auto name = DeclaredName(file[id]);
      bool config = std::holds_alternative<ast::ConfigDecl>(file[id].node);
      for (size_t i = 0; i < texts.size(); ++i) {
        std::erase_if(items[i], [&](ast::ItemId old) {
          const ast::Item& item = texts[i]->parsed.file[old];
          auto taken = DeclaredName(item);
          return (name && taken && taken->text == name->text) ||
                 (config && std::holds_alternative<ast::ConfigDecl>(item.node));
        });
      }
    }
  }

  Function MakePiece(const ReplText& text, uint32_t unit) const {
    Function function;
    std::set<std::string> declared = DeclaredNames();
    function.name = "repl" + std::to_string(pieces + 1);
    while (declared.contains(function.name) || declared.contains(function.name + "_result"))
      function.name += "_";
    function.unit = unit;
    function.statements = text.parsed.statements;
    function.span = {unit, 0, static_cast<uint32_t>(text.source.text().size())};
    function.body = function.span;
    function.repl.emplace();
    function.repl->has_past = has_past;
    function.repl->names = names;
    function.repl->expression = text.parsed.expression;
    return function;
  }
};

namespace {

// A type that variables have cannot change under them.
void CheckReplaced(const std::vector<ReplName>& names, const ir::TypeTable& types,
                   const ast::File& file, const std::set<std::string>& declared, Report* report) {
  for (ast::ItemId id : file.items) {
    auto name = DeclaredName(file[id]);
    if (!name || !declared.contains(name->text)) continue;
    for (const ReplName& variable : names) {
      if (!Mentions(types, variable.type, name->text)) continue;
      report
          ->Add(Mistake::kDuplicateName, name->span,
                "`" + name->text + "` cannot change: it is the type of `" + variable.name + "`")
          .helps.push_back("choose another name, or undo the variable first");
      break;
    }
  }
}

}  // namespace

ReplSession::ReplSession() : state_(std::make_shared<const State>()) {}

std::vector<ReplSession::Variable> ReplSession::variables() const {
  std::vector<Variable> variables;
  for (const ReplName& name : state_->names) {
    bool hidden = name.name.find('.') != std::string::npos;
    if (!hidden) variables.push_back({name.name, UserType(state_->types, name.type), name.is_var});
  }
  return variables;
}

std::vector<std::string> ReplSession::declared() const {
  std::set<std::string> names = state_->DeclaredNames();
  return {names.begin(), names.end()};
}

ReplPiece ReplSession::Compile(std::string text, const CompileOptions& options) const {
  ReplPiece piece;
  piece.next = *this;
  auto index = static_cast<uint32_t>(state_->texts.size());
  Source source("<input " + std::to_string(state_->pieces + 1) + ">", std::move(text));
  std::vector<std::string> known = declared();
  for (const ReplName& name : state_->names) known.push_back(name.name);
  ReplParse parsed = ParseReplInput(source, index, known);
  auto entered = std::make_shared<const ReplText>(ReplText{std::move(source), std::move(parsed)});
  for (const auto& earlier : state_->texts) piece.sources.push_back(earlier->source);
  piece.sources.push_back(entered->source);
  piece.incomplete = entered->parsed.incomplete;
  if (piece.incomplete || HasErrors(entered->parsed.diagnostics)) {
    piece.diagnostics = MergeDiagnostics(entered->parsed.diagnostics, {});
    return piece;
  }

  State next = *state_;
  Report report(options.lints);
  CheckReplaced(next.names, next.types, entered->parsed.file, next.DeclaredNames(), &report);
  next.Replace(entered->parsed.file);
  next.texts.push_back(entered);
  next.items.push_back(entered->parsed.file.items);
  next.pieces++;

  auto program = std::make_shared<ir::Program>();
  program->name = "repl";
  Model model;
  model.program = program.get();
  model.read = options.read;
  for (size_t i = 0; i < next.texts.size(); ++i) {
    const ast::File& file = next.texts[i]->parsed.file;
    model.units.push_back({&next.texts[i]->source, &file, next.items[i], {}, Notes(file)});
  }
  bool runs = !entered->parsed.statements.empty() || entered->parsed.expression.valid();
  if (runs) {
    model.functions.push_back(state_->MakePiece(*entered, index));
    for (ReplName& name : model.functions.back().repl->names) {
      name.type = Translate(next.types, name.type, &program->types);
    }
  }
  Checker(&model, &report).Run();
  if (!report.has_errors()) piece.program = FinishProgram(model, program, &report);
  std::vector<Diagnostic> found = report.Take();
  std::erase_if(found, [&](const Diagnostic& d) {
    return d.severity == Severity::kLint && d.span.source != index;
  });
  piece.diagnostics = MergeDiagnostics(entered->parsed.diagnostics, std::move(found));
  if (HasErrors(piece.diagnostics)) return piece;

  if (runs) {
    const Function& function = model.functions.front();
    piece.function = function.name;
    piece.argument_count = function.repl->has_past ? function.param_slots.size() + 1 : 0;
    piece.has_value = function.repl->has_value;
    next.names = function.repl->names;
    next.types = program->types;
    next.has_past = true;
  }
  piece.next = ReplSession(std::make_shared<const State>(std::move(next)));
  return piece;
}

}  // namespace lmp::frontend
