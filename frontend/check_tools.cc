// `tool` declarations: a function that the host (or fixed arithmetic) computes, and the record of
// its arguments, so that a model can choose among tools; `run(x)`, which calls the chosen one.
#include <algorithm>
#include <limits>
#include <set>

#include "frontend/check.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

constexpr int64_t kToolTimeMsMax = 24 * 3600 * 1000;

}  // namespace

void Checker::DeclareTool(const ast::ToolDecl& decl, const ast::Item& item) {
  const std::string& prefix = model_->units[unit_].prefix;
  Declare(decl.name, DeclKind::kFunction, static_cast<uint32_t>(model_->functions.size()));
  Function function;
  function.name = prefix + decl.name.text;
  function.span = decl.name.span;
  function.unit = unit_;
  function.broken = IsBroken(item.span);
  function.tool.emplace();
  function.tool->decl = &decl;
  function.tool->attributes = &item.attributes;
  function.tool->record = static_cast<uint32_t>(model_->records.size());
  Record record;
  record.name = function.name;
  record.span = function.span;
  record.unit = unit_;
  record.tool = static_cast<uint32_t>(model_->functions.size());
  model_->functions.push_back(std::move(function));
  model_->records.push_back(std::move(record));
}

// What the record of a tool's arguments has, is what the signature says.
void Checker::CheckToolRecord(Record* record) {
  const Function& function = model_->functions[*record->tool];
  record->progress = Progress::kBegun;
  unit_ = record->unit;
  for (const ast::Param& param : function.tool->decl->params) {
    RecordField field;
    field.name = param.name.text;
    field.type = field.generated = CheckType(param.type);
    unit_ = record->unit;
    if (Is(field.type, TypeKind::kCtx)) {
      report_->Add(Mistake::kTypeMismatch, tree()[param.type].span,
                   "a tool cannot be given a context");
      field.type = field.generated = TypeId();
    }
    if (param.description) field.description = param.description->text;
    if (param.default_value.valid()) {
      auto value = CheckConstantValue(param.default_value, field.type,
                                      "the default of `" + field.name + "`", nullptr);
      field.has_default = true;
      if (value) field.default_value = *value;
    }
    for (const RecordField& other : record->fields) {
      if (other.name != field.name) continue;
      report_->Add(Mistake::kDuplicateName, param.name.span,
                   "`" + field.name + "` is a parameter of `" + function.name + "` twice");
    }
    record->refused = record->refused || !field.type.valid();
    record->fields.push_back(std::move(field));
  }
  record->progress = Progress::kDone;
  CheckRecordSize(record);
}

void Checker::CheckToolSignature(Function* function) {
  Tool& tool = *function->tool;
  const ast::ToolDecl& decl = *tool.decl;
  unit_ = function->unit;
  const Record& record = model_->records[tool.record];
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const RecordField& field = record.fields[i];
    function->params.push_back({field.name, decl.params[i].name.span, field.type, field.has_default,
                                field.default_value, field.description});
  }
  function->result = CheckType(decl.result);
  if (Is(function->result, TypeKind::kCtx)) {
    report_->Add(Mistake::kTypeMismatch, tree()[decl.result].span, "no tool makes a context");
    function->result = TypeId();
  }
  CheckToolTarget(function);
  CheckToolAttributes(&tool);
  if (tool.effect == ir::ToolEffect::kWrite)
    function->own_effect = {EffectKind::kWrite, function->span, function->name, tool.idempotent};
}

void Checker::CheckToolAttributes(Tool* tool) {
  const auto wrong = [&](const ast::Attribute& attribute, const std::string& form) {
    report_
        ->Add(Mistake::kUnknownOption, attribute.span,
              "`@" + attribute.name.text + "` is written `@" + attribute.name.text + "(" + form +
                  ")`")
        .helps.push_back("for instance `@" + attribute.name.text + "(" +
                         form.substr(0, form.find(' ')) + ")`");
  };
  std::set<std::string> seen;
  for (const ast::Attribute& attribute : *tool->attributes) {
    const std::string& name = attribute.name.text;
    if (!seen.insert(name).second) {
      report_->Add(Mistake::kDuplicateName, attribute.span, "`@" + name + "` is given twice");
      continue;
    }
    const ast::Expr* value = attribute.args.size() == 1 && !attribute.args[0].name
                                 ? &tree()[attribute.args[0].value]
                                 : nullptr;
    if (name == "effect") {
      const auto* word = value != nullptr ? std::get_if<ast::NameExpr>(&value->node) : nullptr;
      const std::string_view given = word != nullptr ? std::string_view(word->name.text) : "";
      if (given == "pure") {
        tool->effect = ir::ToolEffect::kPure;
      } else if (given == "read") {
        tool->effect = ir::ToolEffect::kRead;
      } else if (given == "write") {
        tool->effect = ir::ToolEffect::kWrite;
      } else {
        wrong(attribute, "read or pure or write");
      }
    } else if (name == "timeout") {
      const auto* time = value != nullptr ? std::get_if<ast::DurationExpr>(&value->node) : nullptr;
      if (time == nullptr) {
        wrong(attribute, "5s");
      } else if (time->milliseconds < 1 || time->milliseconds > kToolTimeMsMax) {
        report_->Add(Mistake::kOutOfRange, attribute.span,
                     "`@timeout` must lie between 1ms and 24h");
      } else {
        tool->timeout_ms = time->milliseconds;
      }
    } else if (name == "retry") {
      const auto* count = value != nullptr ? std::get_if<ast::IntExpr>(&value->node) : nullptr;
      if (count == nullptr) {
        wrong(attribute, "2");
      } else if (count->value < 0 || count->value > kRetriesMax) {
        report_->Add(Mistake::kOutOfRange, attribute.span,
                     "`@retry` must lie between 0 and " + std::to_string(kRetriesMax));
      } else {
        tool->retries = count->value;
        tool->retry = attribute.span;
      }
    } else if (name == "idempotent") {
      tool->idempotent = true;
      if (attribute.args.empty()) continue;
      Diagnostic& d =
          report_->Add(Mistake::kUnknownOption, attribute.span, "`@idempotent` takes no arguments");
      d.helps.push_back("write `@idempotent`");
      d.fixes.push_back({attribute.span, "@idempotent"});
    } else if (name == "cache") {
      const auto* time = value != nullptr ? std::get_if<ast::DurationExpr>(&value->node) : nullptr;
      if (time == nullptr) {
        wrong(attribute, "10m");
      } else if (time->milliseconds < 1 || time->milliseconds > kToolTimeMsMax) {
        report_->Add(Mistake::kOutOfRange, attribute.span, "`@cache` must lie between 1ms and 24h");
      } else {
        tool->cache_ms = time->milliseconds;
        tool->cache = attribute.span;
      }
    } else {
      Diagnostic& d = report_->Add(Mistake::kUnknownOption, attribute.name.span,
                                   "a tool has no attribute `@" + name + "`");
      d.helps.push_back("it may have: @effect, @timeout, @retry, @cache, @idempotent");
    }
  }
  if (tool->arithmetic) tool->effect = ir::ToolEffect::kPure;
  if (tool->cache && (tool->arithmetic || tool->effect == ir::ToolEffect::kWrite)) {
    Diagnostic& d = report_->Add(
        Mistake::kCachedWrite, *tool->cache,
        tool->arithmetic
            ? "`math.eval` computes at once: there is nothing to keep"
            : "`" + tool->decl->name.text + "` changes the world: a kept answer would not");
    d.helps.push_back(tool->arithmetic ? "remove it" : "mark it `@effect(read)` if it only looks");
    if (tool->arithmetic) d.fixes.push_back({*tool->cache, ""});
    tool->cache_ms.reset();
  }
  if (tool->retry && tool->effect == ir::ToolEffect::kWrite && !tool->idempotent) {
    Diagnostic& d =
        report_->Add(Mistake::kWriteRepeated, *tool->retry,
                     "`" + tool->decl->name.text + "` changes the world, and would do it again");
    d.notes.push_back("a tool without `@effect` is taken to write");
    d.helps.push_back(
        "mark it `@effect(read)` if it only looks, or `@idempotent` if twice is as once");
  }
}

// host("name") or math.eval(text)
void Checker::CheckToolTarget(Function* function) {
  Tool& tool = *function->tool;
  const ast::ToolDecl& decl = *tool.decl;
  const Span span = SpanOf(decl.value);
  const auto* call = std::get_if<ast::CallExpr>(&tree()[decl.value].node);
  const ast::Name* callee = call != nullptr ? AsName(tree(), call->callee) : nullptr;
  if (callee != nullptr && callee->text == "host") {
    const auto name = call->args.size() == 1 && !call->args[0].name
                          ? FixedText(tree(), call->args[0].value)
                          : std::nullopt;
    if (name && !name->empty()) {
      tool.host = *name;
      return;
    }
    report_
        ->Add(Mistake::kWrongArguments, span,
              "`host` takes the name under which the host has the tool")
        .helps.push_back("write `host(\"" + decl.name.text + "\")`");
    return;
  }
  const auto* member =
      call != nullptr ? std::get_if<ast::FieldExpr>(&tree()[call->callee].node) : nullptr;
  const ast::Name* module = member != nullptr ? AsName(tree(), member->object) : nullptr;
  const std::string path = module != nullptr ? module->text + "." + member->field.text : "";
  if (path == "math.eval") return CheckArithmeticTool(function, *call);
  if (path == "http.get" || path == "http.post")
    return CheckHttpTool(function, *call, path == "http.post");
  Diagnostic& d = report_->Add(Mistake::kUnknownFunction, span,
                               "a tool is `http.get(url)`, `http.post(url)`, `host(\"name\")` or "
                               "`math.eval(text)`");
  d.notes.push_back("what the language itself can compute is a function: `fn`");
}

// http.get("..."), math.eval("..."), host("...") outside of a `tool`.
void Checker::ReportToolTarget(Span span) {
  const std::string written = TextOf(span);
  Diagnostic& d = report_->Add(Mistake::kUnknownFunction, span,
                               "`" + written + "` is what a tool is made of, and no function");
  const std::string sample =
      written == "host" ? "tool order(id: string) -> string = host(\"orders.lookup\")"
      : written == "math.eval"
          ? "tool calc(text: string) -> float = math.eval(text)"
          : "tool page(id: string) -> string = " + (written == "http.post" ? written : "http.get") +
                "(\"https://api.example.com/pages/${id}\")";
  d.helps.push_back("declare one at the top of the file and call it: `" + sample + "`");
}

void Checker::CheckArithmeticTool(Function* function, const ast::CallExpr& call) {
  const ast::Name* given =
      call.args.size() == 1 && !call.args[0].name ? AsName(tree(), call.args[0].value) : nullptr;
  const bool fits = function->params.size() == 1 && given != nullptr &&
                    given->text == function->params[0].name &&
                    Is(function->params[0].type, TypeKind::kStr);
  function->tool->arithmetic = true;
  if (!fits) {
    report_
        ->Add(Mistake::kWrongArguments, SpanOf(call.callee),
              "`math.eval` takes the one parameter of the tool, a string")
        .helps.push_back("write `tool calc(text: string) -> float = math.eval(text)`");
  } else if (function->result.valid() && !Is(function->result, TypeKind::kF64)) {
    report_->Add(Mistake::kTypeMismatch, tree()[function->tool->decl->result].span,
                 "`math.eval` gives a float, found " + User(function->result));
  }
}

// run(x): the tool that x names, with its arguments, and what it gives as text.
TypeId Checker::CheckRun(ast::ExprId id, const ast::CallExpr& call) {
  if (body_->place == Place::kConstant || call.args.size() != 1 || call.args[0].name) {
    CheckArgumentsAnyway(call);
    report_
        ->Add(body_->place == Place::kConstant ? Mistake::kNotConstant : Mistake::kWrongArguments,
              SpanOf(id), "`run` takes what a model chose among tools")
        .helps.push_back("for instance `gen step: search | calc`, then `run(step)`");
    return TypeId();
  }
  const TypeId type = Check(call.args[0].value);
  if (!type.valid()) return TypeId();
  std::vector<TypeId> members = {type};
  if (Is(type, TypeKind::kUnion)) members = types()[type].members;
  bool any = false;
  for (const TypeId member : members) {
    const Record* record = RecordOf(member);
    if (record == nullptr || !record->tool) continue;
    any = true;
    NoteCall(SpanOf(id), *record->tool);
  }
  if (!any) {
    report_
        ->Add(Mistake::kTypeMismatch, SpanOf(call.args[0].value),
              "`run` takes the arguments of a tool, found " + User(type))
        .helps.push_back("a tool is a type, too: `type Step = search | calc`");
    return TypeId();
  }
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kRun;
  note.arguments = {call.args[0].value};
  return types().str();
}

void Checker::NoteCall(Span span, uint32_t function) {
  const bool in_fork = body_->frame != 0;
  body_->function->calls.push_back({span, function, in_fork, body_->in_list, body_->repeats > 0});
  if (!in_fork) Write(body_->function->effect);
}

}  // namespace lmp::frontend
