// The REPL session: every piece is compiled with all earlier declarations, and becomes a function
// of the names and the context so far.
#include <algorithm>
#include <set>

#include "frontend/check.h"
#include "frontend/diagnose.h"
#include "frontend/repl_state.h"
#include "frontend/tree.h"

namespace lmp::frontend {

// Names that a declaration takes.
std::optional<ast::Name> DeclaredName(const ast::Item& item) {
  if (const auto* decl = std::get_if<ast::ConstDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::TypeDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::RecordDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::EnumDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::FnDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::ToolDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::CorpusDecl>(&item.node)) return decl->name;
  if (const auto* decl = std::get_if<ast::ImportDecl>(&item.node)) {
    if (decl->alias) return decl->alias;
    if (decl->module) return decl->module->parts.back();
  }
  return std::nullopt;
}

std::set<std::string> ReplSession::State::DeclaredNames() const {
  std::set<std::string> declared;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i]->is_module) continue;
    for (ast::ItemId id : items[i]) {
      if (auto name = DeclaredName(texts[i]->parsed.file[id])) declared.insert(name->text);
    }
  }
  return declared;
}

void ReplSession::State::Replace(const ast::File& file) {
  for (ast::ItemId id : file.items) {
    auto name = DeclaredName(file[id]);
    bool config = std::holds_alternative<ast::ConfigDecl>(file[id].node);
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i]->is_module) continue;
      std::erase_if(items[i], [&](ast::ItemId old) {
        const ast::Item& item = texts[i]->parsed.file[old];
        auto taken = DeclaredName(item);
        return (name && taken && taken->text == name->text) ||
               (config && std::holds_alternative<ast::ConfigDecl>(item.node));
      });
    }
  }
}

void ReplSession::State::AddText(std::shared_ptr<const ReplText> text) {
  items.push_back(text->parsed.file.items);
  texts.push_back(std::move(text));
}

bool ReplSession::State::AddModules(LoadedTexts modules, std::vector<Diagnostic>* syntax) {
  bool fine = true;
  for (size_t i = 0; i < modules.sources.size(); ++i) {
    auto text = std::make_shared<ReplText>();
    text->source = std::move(modules.sources[i]);
    text->parsed.file = std::move(modules.parsed[i].file);
    text->is_module = true;
    text->prefix = std::move(modules.prefixes[i]);
    text->imports = std::move(modules.imports[i]);
    std::vector<Diagnostic>& found = modules.parsed[i].diagnostics;
    fine = fine && !HasErrors(found);
    syntax->insert(syntax->end(), found.begin(), found.end());
    const std::string& name = text->source.name();
    if (name.starts_with("std/") && name.ends_with(".lmp"))
      std_modules["std." + name.substr(4, name.size() - 8)] = static_cast<uint32_t>(texts.size());
    AddText(std::move(text));
  }
  return fine;
}

Function ReplSession::State::MakePiece(const ReplText& text, uint32_t unit) const {
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

namespace {

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

namespace {

// What the checker looks at: all texts, of which the last ones are new.
Model ModelOf(const ReplSession::State& state, ir::Program* program, const ReadImport& read) {
  Model model;
  model.program = program;
  model.read = read;
  for (size_t i = 0; i < state.texts.size(); ++i) {
    const ReplText& text = *state.texts[i];
    model.units.push_back({&text.source,
                           &text.parsed.file,
                           state.items[i],
                           {},
                           Notes(text.parsed.file),
                           text.prefix,
                           text.imports});
  }
  return model;
}

std::vector<std::string> PrefixesOf(const ReplSession::State& state) {
  std::vector<std::string> prefixes;
  for (const auto& text : state.texts) prefixes.push_back(text->prefix);
  return prefixes;
}

// "reply = 3" as a text of its own with one `mock`; a diagnostic if it is none.
std::shared_ptr<ReplText> ParseMock(const std::string& mock, uint32_t index,
                                    const std::vector<std::string>& known,
                                    std::vector<Diagnostic>* syntax) {
  auto text = std::make_shared<ReplText>();
  const size_t name_end = std::min(mock.find_first_of(" =\t\r\n"), mock.size());
  text->source = Source("<mock " + mock.substr(0, name_end) + ">", "mock " + mock);
  text->parsed = ParseReplInput(text->source, index, known);
  const ReplParse& parsed = text->parsed;
  syntax->insert(syntax->end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  if (HasErrors(parsed.diagnostics)) return text;
  const bool one = !parsed.incomplete && parsed.file.items.empty() && !parsed.expression.valid() &&
                   parsed.statements.size() == 1;
  if (one && std::holds_alternative<ast::MockStmt>(parsed.file[parsed.statements[0]].node))
    return text;
  Diagnostic d;
  d.code = "E0100";
  d.title =
      parsed.incomplete ? "a bracket or a string of the mock is still open" : "this is no mock";
  d.span = {index, 0, static_cast<uint32_t>(text->source.text().size())};
  d.helps.push_back("write a name and a value: `reply = \"yes\"`, `order = Order(id: \"7\")`");
  syntax->push_back(std::move(d));
  return text;
}

Function MocksOf(const ReplText& text, uint32_t unit) {
  Function function;
  function.name = "mocks." + std::to_string(unit);
  function.unit = unit;
  function.mocks_session = true;
  function.statements = text.parsed.statements;
  function.span = function.body = {unit, 0, static_cast<uint32_t>(text.source.text().size())};
  return function;
}

}  // namespace

ReplPiece ReplSession::Compile(std::string text, const CompileOptions& options) const {
  ReplPiece piece;
  piece.next = *this;
  auto index = static_cast<uint32_t>(state_->texts.size());
  piece.source = index;
  auto entered = std::make_shared<ReplText>();
  entered->source = Source("<input " + std::to_string(state_->pieces + 1) + ">", std::move(text));
  std::vector<std::string> known = declared();
  for (const ReplName& name : state_->names) known.push_back(name.name);
  entered->parsed = ParseReplInput(entered->source, index, known);
  for (const auto& earlier : state_->texts) piece.sources.push_back(earlier->source);
  piece.sources.push_back(entered->source);
  std::vector<Diagnostic> syntax = entered->parsed.diagnostics;
  piece.incomplete = entered->parsed.incomplete;
  if (piece.incomplete || HasErrors(syntax)) {
    piece.diagnostics = MergeDiagnostics(std::move(syntax), {});
    return piece;
  }

  State next = *state_;
  Report report(options.lints);
  const ast::File& file = entered->parsed.file;
  CheckReplaced(next.names, next.types, file, next.DeclaredNames(), &report);
  next.Replace(file);
  PieceImports loaded =
      LoadImports(file, index + 1, state_->std_modules, PrefixesOf(*state_), options.read, &report);
  entered->imports = std::move(loaded.imports);
  next.AddText(entered);
  const bool whole = next.AddModules(std::move(loaded.texts), &syntax);
  for (size_t i = index + 1; i < next.texts.size(); ++i)
    piece.sources.push_back(next.texts[i]->source);
  next.pieces++;
  State with_mocks = next;  // which are no part of what comes after
  std::vector<Diagnostic> no_mocks;
  for (const std::string& mock : options.mocks) {
    const auto unit = static_cast<uint32_t>(with_mocks.texts.size());
    with_mocks.AddText(ParseMock(mock, unit, known, &no_mocks));
    piece.sources.push_back(with_mocks.texts.back()->source);
  }
  if (HasErrors(no_mocks)) {
    piece.diagnostics = std::move(no_mocks);
    return piece;
  }

  auto program = std::make_shared<ir::Program>();
  program->name = "repl";
  Model model = ModelOf(with_mocks, program.get(), options.read);
  bool runs = !entered->parsed.statements.empty() || entered->parsed.expression.valid();
  if (runs) {
    model.functions.push_back(state_->MakePiece(*entered, index));
    for (ReplName& name : model.functions.back().repl->names) {
      name.type = Translate(next.types, name.type, &program->types);
    }
  }
  for (auto unit = static_cast<uint32_t>(next.texts.size()); unit < with_mocks.texts.size(); ++unit)
    model.functions.push_back(MocksOf(*with_mocks.texts[unit], unit));
  Checker(&model, &report).Run();
  for (const Function& function : model.functions) {
    for (const MockOf& mock : function.mocks)
      piece.mocks.push_back({mock.target, mock.value, mock.span});
  }
  if (whole && !report.has_errors()) piece.program = FinishProgram(model, program, &report);
  std::vector<Diagnostic> found = report.Take();
  RespellImports(model, &found);
  std::erase_if(found, [&](const Diagnostic& d) {
    return d.severity == Severity::kLint && d.span.source != index;
  });
  piece.diagnostics = MergeDiagnostics(std::move(syntax), std::move(found));
  if (HasErrors(piece.diagnostics)) return piece;

  next.program = piece.program;
  if (runs) next.Remember(model.functions.front(), program->types, &piece);
  piece.next = ReplSession(std::make_shared<const State>(std::move(next)));
  return piece;
}

void ReplSession::State::Remember(const Function& function, const ir::TypeTable& table,
                                  ReplPiece* piece) {
  piece->function = function.name;
  piece->argument_count = function.repl->has_past ? function.param_slots.size() + 1 : 0;
  piece->has_value = function.repl->has_value;
  names = function.repl->names;
  types = table;
  has_past = true;
}

}  // namespace lmp::frontend
