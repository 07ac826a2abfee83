// `test "name" { }` and `mock target = value`. A test is a function that nothing can call; its
// mocks are constants, so that whoever runs it has them before it begins.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "ir/passage.h"
#include "ir/run_stats.h"

namespace lmp::frontend {

void Checker::DeclareTest(const ast::TestDecl& test, uint32_t unit) {
  if (unit != 0) return;  // of an imported file: it is run with that file
  for (const Function& other : model_->functions) {
    if (other.test == nullptr || other.test->name.text != test.name.text) continue;
    Diagnostic& d = report_->Add(Mistake::kDuplicateName, test.name.span,
                                 "there is a test \"" + test.name.text + "\" already");
    d.secondary.push_back({other.span, "first defined here"});
    d.helps.push_back("give one of them another name: reports and `--filter` go by it");
    break;
  }
  Function function;
  function.name = "test." + std::to_string(model_->functions.size());
  function.span = test.name.span;
  function.unit = unit;
  function.test = &test;
  function.statements = test.body.statements;
  function.body = test.body.span;
  function.broken = IsBroken(test.body.span);
  model_->functions.push_back(std::move(function));
}

// The record `run_stats` is there without a declaration.
void Checker::DeclareStats() {
  Record record;
  record.name = ir::kRunStatsRecord;
  record.progress = Progress::kDone;
  for (const ir::FieldDecl& field : ir::RunStatsDecl(types()).fields) {
    record.fields.push_back({field.name, field.type, field.type, false, {}});
    ++record.parts;
  }
  model_->names.try_emplace(
      record.name, Declared{DeclKind::kRecord, static_cast<uint32_t>(model_->records.size()), {}});
  model_->records.push_back(std::move(record));
}

TypeId Checker::CheckStats(ast::ExprId id, const ast::CallExpr& call) {
  CheckArgumentsAnyway(call);
  if (!call.args.empty()) {
    report_->Add(Mistake::kWrongArguments, SpanOf(id), "`stats` takes no arguments");
    return TypeId();
  }
  if (body_->function->test == nullptr || body_->place != Place::kFunction) {
    report_->Add(Mistake::kMisplacedMock, SpanOf(id), "`stats` stands outside of any test")
        .helps.push_back(
            "what a run costs is told by `lmp run --stats`, and to tests by `stats()`");
    return TypeId();
  }
  notes()[id].meaning = Meaning::kStats;
  return types().RecordOf(std::string(ir::kRunStatsRecord));
}

void Checker::CheckMock(const ast::MockStmt& stmt, Span span) {
  const bool at_top = body_->place == Place::kFunction && body_->scopes.size() == 1;
  if (!body_->function->may_mock() || !at_top) {
    Diagnostic& d =
        report_->Add(Mistake::kMisplacedMock, span,
                     !body_->function->may_mock() ? "`mock` stands outside of any test"
                                                  : "`mock` stands inside of another statement");
    d.helps.push_back("mocks stand in the body of a test: `test \"name\" { mock ... }`");
    return;
  }
  const std::optional<MockTarget> target = TargetOf(stmt.target);
  if (!target || !target->type.valid()) {
    CheckConstantValue(stmt.value, TypeId(), "a mock", nullptr);
    return;
  }
  std::vector<MockOf>& mocks = body_->function->mocks;
  const auto same = std::find_if(mocks.begin(), mocks.end(),
                                 [&](const MockOf& mock) { return mock.target == target->name; });
  if (same != mocks.end()) {
    Diagnostic& d = report_->Add(Mistake::kDuplicateName, stmt.target.span,
                                 "`" + TextOf(stmt.target.span) + "` is mocked twice");
    d.secondary.push_back({same->span, "first here"});
    d.helps.push_back("a mock holds for the whole test: leave one of them out");
  }
  if (const ast::Name* name = AsName(tree(), stmt.value);
      name != nullptr && FindLocal(name->text).valid()) {
    report_->Add(Mistake::kNotConstant, name->span, "a mock must be known before the test runs")
        .helps.push_back("write the value here, or as a `const` outside of the test");
    return;
  }
  auto value = CheckConstantValue(stmt.value, target->type,
                                  "the mock of `" + TextOf(stmt.target.span) + "`", nullptr);
  if (value) mocks.push_back({target->name, std::move(*value), span});
}

// f.x of this file, module.f.x of an imported one, a tool, retrieve or listen.
std::optional<Checker::MockTarget> Checker::TargetOf(const ast::QName& target) {
  const std::vector<ast::Name>& parts = target.parts;
  const Declared* declared = Named(parts[0].text);
  if (parts.size() == 1 && parts[0].text == "retrieve") {
    return MockTarget{"retrieve",
                      types().ListOf(types().RecordOf(std::string(ir::kPassageRecord)))};
  }
  if (parts.size() == 1 && parts[0].text == "listen" && declared == nullptr)
    return MockTarget{"listen", types().ListOf(types().str())};
  size_t name = 1;
  if (declared != nullptr && declared->kind == DeclKind::kModule && parts.size() > 1) {
    declared = InModule(model_->modules[declared->index], parts[1].text);
    name = 2;
  }
  const bool function = declared != nullptr && declared->kind == DeclKind::kFunction;
  if (function && parts.size() == name + 1) return GenerationOf(target, declared->index);
  if (function && parts.size() == name) {
    const Function& tool = model_->functions[declared->index];
    if (tool.tool && !tool.tool->arithmetic) return MockTarget{tool.name, tool.result};
    if (tool.tool) {
      report_
          ->Add(Mistake::kUnknownMock, target.span,
                "`" + TextOf(target.span) + "` computes: there is nothing to mock")
          .helps.push_back("remove the line");
      return std::nullopt;
    }
  }
  if (body_->function->mocks_session && parts.size() == 1 && declared == nullptr) {
    // Of entries: this one may have it, or a later one.
    const Function& piece = model_->functions.front();
    const std::optional<TypeId> type =
        piece.repl ? GeneratedType(piece, parts[0].text) : std::nullopt;
    return type ? MockTarget{piece.name + "." + parts[0].text, *type} : MockTarget{"", TypeId()};
  }
  if (!model_->names_incomplete) ReportUnknownMock(target, MockTargets());
  return std::nullopt;
}

// Of what a function calls `name` where it generates it.
std::optional<TypeId> Checker::GeneratedType(const Function& function, std::string_view name) {
  for (const Slot& slot : function.slots) {
    const bool generated = slot.kind == SlotKind::kGen || slot.kind == SlotKind::kSelect;
    if (generated && slot.name == name) return slot.type;
  }
  return std::nullopt;
}

std::optional<Checker::MockTarget> Checker::GenerationOf(const ast::QName& target,
                                                         uint32_t function) {
  const Function& asked = model_->functions[function];
  if (asked.broken) return std::nullopt;
  const std::string& name = target.parts.back().text;
  if (const std::optional<TypeId> type = GeneratedType(asked, name))
    return MockTarget{asked.name + "." + name, *type};
  ReportUnknownMock(target, MockTargets());
  return std::nullopt;
}

void Checker::ReportUnknownMock(const ast::QName& target, const std::vector<std::string>& near) {
  const std::string written = TextOf(target.span);
  Diagnostic& d = report_->Add(Mistake::kUnknownMock, target.span,
                               "there is nothing `" + written + "` to mock");
  const std::string meant = Nearest(written, near);
  if (!meant.empty()) {
    d.helps.push_back("did you mean `" + meant + "`?");
    d.fixes.push_back({target.span, meant});
    return;
  }
  std::string some;  // those of the same function, or all
  const std::string head = target.parts[0].text + ".";
  for (const bool same : {true, false}) {
    for (const std::string& name : near) {
      if (same && !name.starts_with(head)) continue;
      if (some.size() < 80) some += (some.empty() ? "`" : ", `") + name + "`";
    }
    if (!some.empty()) break;
  }
  d.helps.push_back(
      "a mock names a tool, or a function and what it generates there: `mock f.x = ...`" +
      (some.empty() ? "" : "; there are " + some));
}

// As they are written in this file, or in a session, where all entries know each other.
std::vector<std::string> Checker::MockTargets() const {
  std::vector<std::string> names = {"retrieve", "listen"};
  const auto here = [&](uint32_t unit) {
    return unit == unit_ || (body_->function->mocks_session && model_->units[unit].prefix.empty());
  };
  const auto add = [&](const std::string& function, const Function& asked) {
    for (const Slot& slot : asked.slots) {
      const bool generated = slot.kind == SlotKind::kGen || slot.kind == SlotKind::kSelect;
      if (generated && !slot.name.empty()) names.push_back(function + "." + slot.name);
    }
  };
  for (const Function& function : model_->functions) {
    if (here(function.unit) && function.decl != nullptr) add(function.decl->name.text, function);
    const bool tool = function.tool && !function.tool->arithmetic;
    if (here(function.unit) && tool) names.push_back(function.tool->decl->name.text);
  }
  for (const Module& module : model_->modules) {
    if (!here(module.unit) || !module.target) continue;
    for (const Function& function : model_->functions) {
      if (function.unit != *module.target) continue;
      if (function.decl != nullptr) add(module.name + "." + function.decl->name.text, function);
      if (function.tool && !function.tool->arithmetic)
        names.push_back(module.name + "." + function.tool->decl->name.text);
    }
  }
  return names;
}

}  // namespace lmp::frontend
