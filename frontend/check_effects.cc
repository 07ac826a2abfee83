// Effects: what must happen once and in its order: emits, tools that change the world, `listen`.
// None stands in a fork, whose children have no order, nor in a block that may run again.
#include "frontend/check.h"

namespace lmp::frontend {
namespace {

// Behind the name of a function: what it does, itself or through what it calls.
std::string Doing(const Effect& effect, const std::string& function) {
  switch (effect.kind) {
    case EffectKind::kEmit:
      return "emits";
    case EffectKind::kListen:
      return "listens";
    case EffectKind::kWrite:
      return "changes the world" + (effect.tool == function ? "" : " by `" + effect.tool + "`");
  }
  return "";
}

std::string_view LabelOf(EffectKind kind) {
  switch (kind) {
    case EffectKind::kEmit:
      return "this is emitted";
    case EffectKind::kListen:
      return "here it listens";
    case EffectKind::kWrite:
      return "this tool writes";
  }
  return "";
}

}  // namespace

// listen() or listen(timeout: 15m): what a person says next.
TypeId Checker::CheckListen(ast::ExprId id, const ast::CallExpr& call) {
  const Span span = SpanOf(id);
  if (body_->place == Place::kConstant) {
    report_->Add(Mistake::kNotConstant, span, "what is said is known only when the program runs");
    return TypeId();
  }
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kListen;
  for (const ast::Arg& argument : call.args) {
    if (argument.name && argument.name->text == "timeout" && note.arguments.empty()) {
      CheckTime(argument);
      note.arguments = {argument.value};
      continue;
    }
    Check(argument.value);
    report_->Add(Mistake::kWrongArguments, argument.span, "`listen` takes a time and nothing else")
        .helps.push_back("it is `listen()`, or `listen(timeout: 15m)`");
  }
  if (body_->frame != 0) {
    ReportInFork(span, "`listen` cannot stand inside", {EffectKind::kListen, span}, body_->in_list);
    return types().str();
  }
  NoteEffect({EffectKind::kListen, span}, "`listen`");
  return types().str();
}

// Of the function that is being checked.
void Checker::NoteEffect(const Effect& effect, const std::string& what) {
  if (body_->repeats > 0) ReportRepeated(effect.span, what, effect);
  if (!body_->function->own_effect) body_->function->own_effect = effect;
  Write(body_->function->effect);
}

// `what` stands in front of "a fork", or of what runs like one.
Diagnostic& Checker::ReportInFork(Span span, const std::string& what, const Effect& effect,
                                  bool in_list) {
  const std::string place = in_list ? "a list made with `for`" : "a fork";
  Diagnostic& d = report_->Add(Mistake::kEmitInFork, span, what + " " + place);
  const std::string same_time = (in_list ? "what makes the elements of a list runs at the same time"
                                         : "the children of a fork run at the same time") +
                                std::string(", so ");
  switch (effect.kind) {
    case EffectKind::kEmit:
      d.notes.push_back(same_time + "their emits would have no order");
      d.helps.push_back(in_list ? "emit behind the list, or in a statement: `for x in xs { ... }`"
                                : "yield the value and emit it after the fork");
      break;
    case EffectKind::kListen:
      d.notes.push_back(same_time + "nobody could tell which of them is answered");
      d.helps.push_back(in_list ? "listen in a statement: `for x in xs { ... }`"
                                : "listen before the fork");
      break;
    case EffectKind::kWrite:
      d.notes.push_back(same_time + "what they change would have no order");
      d.helps.push_back(
          in_list ? "call it in a statement, `for x in xs { ... }`, or mark the tool "
                    "`@effect(read)` if it changes nothing"
                  : "call it behind the fork, or mark the tool `@effect(read)` if it changes "
                    "nothing");
      break;
  }
  return d;
}

Diagnostic& Checker::ReportRepeated(Span span, const std::string& what, const Effect& effect) {
  Diagnostic& d =
      report_->Add(Mistake::kWriteRepeated, span, what + " cannot stand in a `try` with retries");
  switch (effect.kind) {
    case EffectKind::kEmit:
      d.notes.push_back("its block may run again, and what was emitted stays emitted");
      d.helps.push_back("emit the value behind the `try`");
      break;
    case EffectKind::kListen:
      d.notes.push_back("its block may run again, and nobody says it a second time");
      d.helps.push_back("listen before the `try`");
      break;
    case EffectKind::kWrite:
      d.notes.push_back("its block may run again, and would do it again");
      d.helps.push_back(
          "move it behind the `try`, or mark the tool `@idempotent` if twice is as once, "
          "`@effect(read)` if it changes nothing");
      break;
  }
  return d;
}

// A function has the effects of what it calls.
void Checker::CheckEffects() {
  std::vector<std::optional<Effect>> causes(model_->functions.size());
  for (const uint32_t index : model_->order) {
    Function& function = model_->functions[index];
    std::optional<Effect>& cause = causes[index];
    cause = function.own_effect;
    for (const CallSite& call : function.calls) {
      const std::optional<Effect>& below = causes[call.function];
      if (!below) continue;
      CheckCallEffect(call, *below);
      if (call.in_fork) continue;
      if (!cause || (cause->repeatable && !below->repeatable)) cause = below;
    }
    function.effectful = cause.has_value();
  }
}

void Checker::CheckCallEffect(const CallSite& call, const Effect& effect) {
  const std::string& function = model_->functions[call.function].name;
  const std::string name = "`" + function + "`";
  const std::string doing = Doing(effect, function);
  if (call.repeated && !effect.repeatable) {
    Diagnostic& d =
        ReportRepeated(call.span, "a call of " + name + ", which " + doing + ",", effect);
    d.secondary.push_back({effect.span, std::string(LabelOf(effect.kind))});
  }
  if (call.in_fork) {
    Diagnostic& d = ReportInFork(call.span, name + " " + doing + " and cannot be called in", effect,
                                 call.in_list);
    d.secondary.push_back({effect.span, std::string(LabelOf(effect.kind))});
  }
}

}  // namespace lmp::frontend
