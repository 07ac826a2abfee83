// Bodies of functions, slots and scopes; then the call graph: no recursion, callees before callers.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "runtime/base/check.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {

void Checker::CheckFunction(uint32_t index) {
  Function* function = &model_->functions[index];
  if (function->broken || function->tool) return;
  unit_ = function->unit;
  size_t errors = report_->errors();
  if (has_enough_errors()) return;
  Body body;
  body.function = function;
  body_ = &body;
  PushScope();
  function->effect = NewSlot(SlotKind::kEffect, "effect", {}, types().effect());
  function->context = NewSlot(SlotKind::kContext, "context", {}, types().ctx());
  function->exit = NewSlot(SlotKind::kExit, "exit", {}, types().i64());
  function->value = NewSlot(SlotKind::kResult, "result", {}, function->result);
  body.context = function->context;
  if (function->repl) {
    BindReplNames(function);
    PushScope();
  } else {
    BindParameters(function);
  }
  Flow flow = CheckList(function->statements);
  if (function->repl) CollectReplNames(function);
  bool returns = function->result.valid() && function->result != types().none();
  if (returns && flow.falls_through && !body.uncertain) ReportNoReturn(*function);
  // Behind a mistake, what is unused may be a part of it.
  if (!function->repl && report_->errors() == errors) LintUnusedGenerations();
  body_ = nullptr;
}

void Checker::BindParameters(Function* function) {
  for (const Parameter& param : function->params) {
    function->param_slots.push_back(
        Bind({param.name, param.span}, SlotKind::kParam, param.type, ast::StmtId()));
  }
}

void Checker::BindReplNames(Function* function) {
  body_->scopes.back().may_be_hidden = true;
  ReplBody& repl = *function->repl;
  for (size_t i = 0; i < repl.names.size(); ++i) {
    const ReplName& name = repl.names[i];
    SlotKind kind = name.is_var        ? SlotKind::kVar
                    : name.is_selected ? SlotKind::kSelect
                                       : SlotKind::kLet;
    bool hidden = i > 0 && repl.names[i - 1].is_selected;
    if (hidden) kind = SlotKind::kProbabilities;
    SlotId slot = NewSlot(kind, name.name, {}, name.type);
    function->param_slots.push_back(slot);
    if (hidden) {
      function->slots[slot.index - 1].probabilities = slot;
    } else {
      body_->scopes.back().Add(name.name, slot);
    }
  }
}

// After a piece: the names of before that are not bound anew, then the new ones.
void Checker::CollectReplNames(Function* function) {
  ReplBody& repl = *function->repl;
  if (repl.expression.valid()) {
    const auto* call = std::get_if<ast::CallExpr>(&tree()[repl.expression].node);
    TypeId type = call != nullptr
                      ? notes()[repl.expression].type = CheckCall(repl.expression, *call, true)
                      : Check(repl.expression);
    repl.has_value = type.valid() && type != types().none();
    if (type.valid() && IsUndetermined(types(), type) && call == nullptr) {
      report_->Add(Mistake::kTypeUnknown, SpanOf(repl.expression),
                   "the type of this value cannot be told");
    }
  }
  const Scope& fresh = body_->scopes.back();
  std::vector<std::pair<std::string, SlotId>> names;
  for (const auto& old : body_->scopes.front().names) {
    if (!fresh.latest.contains(old.first)) names.push_back(old);
  }
  names.insert(names.end(), fresh.names.begin(), fresh.names.end());
  repl.names.clear();
  for (const auto& [name, id] : names) {
    const Slot& bound = slot(id);
    bool selected = bound.probabilities.valid();
    repl.names.push_back({name, bound.type, bound.kind == SlotKind::kVar, selected});
    repl.slots.push_back(id);
    if (!selected) continue;
    repl.names.push_back({name + ".probabilities", slot(bound.probabilities).type, false, false});
    repl.slots.push_back(bound.probabilities);
  }
}

// ---- Slots and scopes ----

SlotId Checker::NewSlot(SlotKind kind, std::string name, Span span, TypeId type) {
  Slot made;
  made.kind = kind;
  made.name = std::move(name);
  made.span = span;
  made.type = type;
  made.scope = body_->scopes.back().id;
  made.frame = body_->frame;
  body_->function->slots.push_back(std::move(made));
  return SlotId(body_->function->slots.size() - 1);
}

void Checker::PushScope() {
  Scope scope;
  scope.id = body_->scope_count++;
  body_->scopes.push_back(std::move(scope));
}

SlotId Checker::FindLocal(std::string_view name) const {
  if (body_ == nullptr) return SlotId();
  for (auto scope = body_->scopes.rbegin(); scope != body_->scopes.rend(); ++scope) {
    const auto entry = scope->latest.find(name);
    if (entry != scope->latest.end()) return entry->second;
  }
  return SlotId();
}

SlotId Checker::Bind(const ast::Name& name, SlotKind kind, TypeId type, ast::StmtId statement) {
  for (const Scope& scope : body_->scopes) {
    if (scope.may_be_hidden) continue;
    const auto old = scope.latest.find(name.text);
    if (old == scope.latest.end()) continue;
    ReportDuplicate(name, slot(old->second), statement);
    break;
  }
  if (name.text == "true" || name.text == "false" || name.text == "null") {
    report_->Add(Mistake::kHidesName, name.span,
                 "`" + name.text + "` hides the constant of the language");
  }
  SlotId id = NewSlot(kind, name.text, name.span, type);
  slot(id).statement = statement;
  body_->scopes.back().Add(name.text, id);
  Write(id);
  return id;
}

void Checker::ReportDuplicate(const ast::Name& name, const Slot& old, ast::StmtId statement) {
  Diagnostic& d =
      report_->Add(Mistake::kDuplicateName, name.span, "`" + name.text + "` is already defined");
  d.secondary.push_back({old.span, "defined here"});
  const auto* let =
      statement.valid() ? std::get_if<ast::LetStmt>(&tree()[statement].node) : nullptr;
  bool assigns = let != nullptr && !let->type.valid() && tree()[statement].attributes.empty();
  if (assigns && old.kind == SlotKind::kVar) {
    d.helps.push_back("to give it a new value, leave out `" +
                      std::string(let->is_var ? "var" : "let") + "`");
    d.fixes.push_back({{name.span.source, tree()[statement].span.begin, name.span.begin}, ""});
  } else if (assigns && old.kind == SlotKind::kLet && old.statement.valid()) {
    d.helps.push_back("to give it a new value, define it with `var` and leave out `let` here");
    const Span first = tree()[old.statement].span;
    d.fixes.push_back({{first.source, first.begin, first.begin + 3}, "var"});
    d.fixes.push_back({{name.span.source, tree()[statement].span.begin, name.span.begin}, ""});
  } else {
    d.helps.push_back("choose another name: a name means one thing in a function");
  }
}

void Checker::Write(SlotId id) { body_->writes.back().push_back(id); }

std::vector<SlotId> Checker::EndWrites() {
  std::vector<SlotId> written = std::move(body_->writes.back());
  body_->writes.pop_back();
  std::sort(written.begin(), written.end());
  written.erase(std::unique(written.begin(), written.end()), written.end());
  std::vector<SlotId>& outer = body_->writes.back();
  outer.insert(outer.end(), written.begin(), written.end());
  return written;
}

// ---- The call graph ----

void Checker::OrderFunctions() {
  std::vector<uint8_t> state(model_->functions.size(), 0);
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < model_->functions.size(); ++i) {
    if (!VisitCalls(i, &path, &state)) return;
  }
}

// Depth first; `state` is 0 unseen, 1 on the path, 2 done. False after a report.
bool Checker::VisitCalls(uint32_t index, std::vector<uint32_t>* path, std::vector<uint8_t>* state) {
  if ((*state)[index] == 2) return true;
  const Function& function = model_->functions[index];
  (*state)[index] = 1;
  path->push_back(index);
  for (const CallSite& call : function.calls) {
    if ((*state)[call.function] == 1) {
      auto begin = std::find(path->begin(), path->end(), call.function);
      std::string chain;
      for (auto at = begin; at != path->end(); ++at) chain += model_->functions[*at].name + " -> ";
      chain += model_->functions[call.function].name;
      Diagnostic& d = report_->Add(Mistake::kRecursion, call.span,
                                   "`" + model_->functions[call.function].name + "` calls itself");
      d.notes.push_back("the calls are " + chain);
      d.notes.push_back("without recursion the number of generations is known before a run");
      d.helps.push_back("use `while ... limit n` or `for`");
      return false;
    }
    if (path->size() >= kCallDepthMax) {
      report_->Add(
          Mistake::kCallsTooDeep, call.span,
          "more than " + std::to_string(kCallDepthMax) + " functions call each other in a chain");
      return false;
    }
    if (!VisitCalls(call.function, path, state)) return false;
  }
  path->pop_back();
  (*state)[index] = 2;
  model_->order.push_back(index);
  return true;
}

}  // namespace lmp::frontend
