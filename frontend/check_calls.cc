// Calls: functions, records, built-ins, modules of std; and what was meant by a call of nothing.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/schema.h"
#include "frontend/tree.h"
#include "ir/builtin.h"

namespace lmp::frontend {

TypeId Checker::CheckCall(ast::ExprId id, const ast::CallExpr& call, bool is_statement) {
  if (const ast::Name* name = AsName(tree(), call.callee))
    return CheckNamedCall(id, call, *name, is_statement);
  if (const auto* member = std::get_if<ast::FieldExpr>(&tree()[call.callee].node)) {
    return CheckMemberCall(id, call, *member, is_statement);
  }
  if (!std::holds_alternative<ast::ErrorExpr>(tree()[call.callee].node)) {
    report_->Add(Mistake::kUnknownFunction, SpanOf(call.callee), "only a function can be called");
  }
  CheckArgumentsAnyway(call);
  return TypeId();
}

TypeId Checker::CheckNamedCall(ast::ExprId id, const ast::CallExpr& call, const ast::Name& name,
                               bool is_statement) {
  const Declared* declared = Named(name.text);
  if (declared != nullptr && declared->kind == DeclKind::kFunction)
    return CheckFunctionCall(id, call, declared->index);
  if (declared != nullptr && declared->kind == DeclKind::kRecord)
    return CheckRecordCall(id, call, declared->index);
  if (declared != nullptr && declared->kind == DeclKind::kRefused) {
    CheckArgumentsAnyway(call);
    return TypeId();
  }
  if (declared != nullptr && declared->kind == DeclKind::kAlias) {
    TypeId type = CheckAlias(declared->index);
    const Declared* record =
        Is(type, TypeKind::kRecord) ? model_->Find(types()[type].name) : nullptr;
    if (record != nullptr && record->kind == DeclKind::kRecord)
      return CheckRecordCall(id, call, record->index);
  }
  if (name.text == "schema") return CheckSchema(id, call);
  if (name.text == "confidence" || name.text == "probabilities") {
    return CheckSelected(id, call, name.text);
  }
  if (name.text == "file") return CheckFile(id, call);
  if (name.text == "retrieve") return CheckRetrieve(id, call);
  if (name.text == "stats") return CheckStats(id, call);
  if (name.text == "run") return CheckRun(id, call);
  if (name.text == "env" && declared == nullptr) return ReportEnv(id);
  if (name.text == "listen") return CheckListen(id, call);
  if (name.text == "tokens") return CheckTokens(id, call);
  if (name.text == "clip") return CheckClip(id, call);
  if (name.text == "matches") return CheckMatches(id, call);
  if (IsCallableBuiltin(name.text)) return CheckBuiltinCall(id, call, name.text);
  if (name.text == "host" && declared == nullptr) {
    ReportToolTarget(name.span);
    return TypeId();
  }
  // What a test for a type names is a type, no value.
  if (name.text != "isinstance") CheckArgumentsAnyway(call);
  ReportUnknownFunction(call, name, SpanOf(id), is_statement);
  return TypeId();
}

TypeId Checker::CheckMemberCall(ast::ExprId id, const ast::CallExpr& call,
                                const ast::FieldExpr& callee, bool is_statement) {
  const ast::Name* name = AsName(tree(), callee.object);
  const Declared* declared = name != nullptr ? Named(name->text) : nullptr;
  bool local = name != nullptr && FindLocal(name->text).valid();
  if (!local && declared != nullptr && declared->kind == DeclKind::kModule) {
    if (model_->modules[declared->index].target)
      return CheckModuleCall(id, call, callee, model_->modules[declared->index]);
    const std::string& module = model_->modules[declared->index].path;
    if (auto builtin = StdFunction(module, callee.field.text))
      return CheckBuiltinCall(id, call, *builtin);
    CheckArgumentsAnyway(call);
    Diagnostic& d =
        report_->Add(Mistake::kUnknownFunction, callee.field.span,
                     "module std." + module + " has no function `" + callee.field.text + "`");
    std::string meant = Nearest(callee.field.text, StdFunctions(module));
    if (meant.empty()) meant = StdFunctions(module).front();
    d.helps.push_back("it has `" + meant + "`");
    d.fixes.push_back({callee.field.span, meant});
    return TypeId();
  }
  if (!local && declared != nullptr && declared->kind == DeclKind::kRefused) {
    CheckArgumentsAnyway(call);
    return TypeId();
  }
  if (ReportCorpusMethod(call, callee, SpanOf(id))) return TypeId();
  if (!local && declared == nullptr && name != nullptr && IsStdModule(name->text)) {
    CheckArgumentsAnyway(call);
    Diagnostic& d = report_->Add(Mistake::kUnknownModule, name->span,
                                 "module `" + name->text + "` is not imported");
    d.helps.push_back("write `import std." + name->text + "` at the top of the file");
    d.fixes.push_back({{name->span.source, 0, 0}, "import std." + name->text + "\n"});
    Forget(name->text, name->span);
    return TypeId();
  }
  if (!local && declared == nullptr && name != nullptr && IsLibraryElsewhere(name->text)) {
    std::string meant(FunctionElsewhere(callee.field.text));
    if (meant.empty()) meant = callee.field.text;
    if (IsCallableBuiltin(meant)) {
      CheckArgumentsAnyway(call);
      Diagnostic& d = report_->Add(Mistake::kUnknownModule, name->span,
                                   "`" + meant + "` belongs to the language");
      d.helps.push_back("write `" + meant + "(...)`");
      d.fixes.push_back({{name->span.source, name->span.begin, callee.field.span.end}, meant});
      return TypeId();
    }
  }
  if (!local && declared == nullptr && name != nullptr &&
      (name->text == "http" || name->text == "math")) {
    ReportToolTarget({name->span.source, name->span.begin, callee.field.span.end});
    return TypeId();
  }
  TypeId object = Check(callee.object);
  CheckArgumentsAnyway(call);
  if (object.valid()) ReportMethod(call, callee, object, SpanOf(id), is_statement);
  return TypeId();
}

// ---- Arguments ----

void Checker::CheckArgumentsAnyway(const ast::CallExpr& call) {
  for (const ast::Arg& argument : call.args) {
    // `retrieve` is the one that takes a corpus: misspelt, it is one mistake.
    if (CorpusNamed(argument.value, nullptr) == nullptr) Check(argument.value);
  }
}

// The parameter that the argument is for, or the count of parameters after a report.
size_t Checker::FindFormal(const ast::Arg& argument, std::span<const Formal> formals,
                           std::string_view callee, const std::string& signature) {
  for (size_t i = 0; i < formals.size(); ++i) {
    if (formals[i].name == argument.name->text) return i;
  }
  std::vector<std::string> names;
  for (const Formal& formal : formals) names.push_back(formal.name);
  Diagnostic& d =
      report_->Add(Mistake::kUnknownOption, argument.name->span,
                   "`" + std::string(callee) + "` has no parameter `" + argument.name->text + "`");
  std::string meant = Nearest(argument.name->text, names);
  d.helps.push_back(meant.empty() ? "it is " + signature : "did you mean `" + meant + "`?");
  if (!meant.empty()) d.fixes.push_back({argument.name->span, meant});
  return formals.size();
}

// Puts every argument at its parameter without looking at types; false after a report.
bool Checker::PlaceArguments(const ast::CallExpr& call, std::span<const Formal> formals,
                             std::string_view callee, std::vector<ast::ExprId>* arguments) {
  std::string signature;
  for (const Formal& formal : formals) {
    signature += (signature.empty() ? "" : ", ") + formal.name + ": " + User(formal.type);
  }
  signature = "`" + std::string(callee) + "(" + signature + ")`";
  bool named = false;
  size_t next = 0;
  for (const ast::Arg& argument : call.args) {
    if (!argument.name && named) {
      report_->Add(Mistake::kWrongArguments, argument.span,
                   "an argument without a name stands behind one with a name");
      return false;
    }
    if (!argument.name && next == formals.size()) {
      std::string counts = std::to_string(formals.size()) +
                           (formals.size() == 1 ? " argument" : " arguments") + ", found " +
                           std::to_string(call.args.size());
      report_
          ->Add(Mistake::kWrongArguments, argument.span,
                "`" + std::string(callee) + "` takes " + counts)
          .helps.push_back("it is " + signature);
      return false;
    }
    named = argument.name.has_value();
    size_t at = named ? FindFormal(argument, formals, callee, signature) : next++;
    if (at == formals.size()) return false;
    if ((*arguments)[at].valid()) {
      report_->Add(Mistake::kWrongArguments, argument.span,
                   "argument `" + formals[at].name + "` is given twice");
      return false;
    }
    (*arguments)[at] = argument.value;
  }
  std::string missing;
  for (size_t i = 0; i < formals.size(); ++i) {
    if ((*arguments)[i].valid() || formals[i].has_default) continue;
    missing += (missing.empty() ? "`" : ", `") + formals[i].name + "`";
  }
  if (missing.empty()) return true;
  report_
      ->Add(Mistake::kWrongArguments, SpanOf(call.callee),
            "`" + std::string(callee) + "` misses " + missing)
      .helps.push_back("it is " + signature);
  return false;
}

// Arguments by parameter; false after a report.
bool Checker::MatchArguments(const ast::CallExpr& call, std::span<const Formal> formals,
                             std::string_view callee, std::vector<ast::ExprId>* arguments) {
  arguments->assign(formals.size(), ast::ExprId());
  if (!PlaceArguments(call, formals, callee, arguments)) {
    CheckArgumentsAnyway(call);
    return false;
  }
  bool good = true;
  for (const ast::Arg& argument : call.args) {  // in the order written
    auto at = static_cast<size_t>(std::find(arguments->begin(), arguments->end(), argument.value) -
                                  arguments->begin());
    if (!Expect(argument.value, formals[at].type, "argument `" + formals[at].name + "`")) {
      good = false;
    } else if (auto value = KnownValue(argument.value)) {
      CheckBounds(*value, formals[at].type, SpanOf(argument.value));
    }
  }
  return good;
}

TypeId Checker::CheckFunctionCall(ast::ExprId id, const ast::CallExpr& call, uint32_t index) {
  const Function& function = model_->functions[index];
  // In a constant it is what a model would write to choose it.
  if (body_->place == Place::kConstant && function.tool && !defines_tool_)
    return CheckRecordCall(id, call, function.tool->record);
  if (body_->place == Place::kConstant) {
    report_->Add(Mistake::kNotConstant, SpanOf(id),
                 defines_tool_ ? "a tool is defined by its parameters and constants alone"
                               : "a function runs later than constants are computed");
    return TypeId();
  }
  std::vector<Formal> formals;
  for (const Parameter& param : function.params)
    formals.push_back({param.name, param.type, param.has_default});
  std::vector<ast::ExprId> arguments;
  MatchArguments(call, formals, function.name, &arguments);
  NoteCall(SpanOf(id), index);
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kFunction;
  note.target = index;
  note.arguments = std::move(arguments);
  return function.result;
}

TypeId Checker::CheckRecordCall(ast::ExprId id, const ast::CallExpr& call, uint32_t index) {
  const Record& record = model_->records[index];
  if (record.refused || record.progress != Progress::kDone) {
    CheckArgumentsAnyway(call);
    return TypeId();
  }
  std::vector<Formal> formals;
  for (const RecordField& field : record.fields)
    formals.push_back({field.name, field.type, field.has_default});
  std::vector<ast::ExprId> arguments;
  bool good = MatchArguments(call, formals, record.name, &arguments);
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kRecord;
  note.target = index;
  note.arguments = std::move(arguments);
  // A wrong field does not make the type of the whole unknown, but its value.
  if (!good && body_->place == Place::kConstant) return TypeId();
  return types().RecordOf(record.name);
}

// ---- Built-ins ----

std::optional<std::vector<ast::ExprId>> Checker::BuiltinArguments(const ast::CallExpr& call,
                                                                  std::string_view name) {
  const std::vector<std::string>* names = BuiltinParameters(name);
  std::vector<ast::ExprId> slots(names != nullptr ? names->size() : 0);
  std::vector<ast::ExprId> arguments;
  bool named = false;
  for (const ast::Arg& argument : call.args) {
    if (!argument.name) {
      arguments.push_back(argument.value);
      continue;
    }
    named = true;
    size_t at = 0;
    while (names != nullptr && at < names->size() && (*names)[at] != argument.name->text) ++at;
    if (names == nullptr || at == names->size()) {
      Diagnostic& d = report_->Add(
          Mistake::kUnknownOption, argument.name->span,
          "`" + std::string(name) + "` has no parameter `" + argument.name->text + "`");
      d.helps.push_back("it is `" + std::string(ir::FindBuiltin(name)->help) + "`");
      if (names == nullptr)
        d.fixes.push_back(
            {{argument.span.source, argument.span.begin, SpanOf(argument.value).begin}, ""});
      CheckArgumentsAnyway(call);
      return std::nullopt;
    }
    slots[at] = argument.value;
  }
  if (!named) return arguments;
  for (size_t i = 0; i < arguments.size() && i < slots.size(); ++i) {
    // `top(xs, 3)` has no field; the count is the last parameter.
    size_t at = i;
    while (at + 1 < slots.size() && slots[at].valid()) ++at;
    slots[at] = arguments[i];
  }
  std::erase_if(slots, [](ast::ExprId slot) { return !slot.valid(); });
  return slots;
}

TypeId Checker::CheckBuiltinCall(ast::ExprId id, const ast::CallExpr& call, std::string_view name) {
  auto arguments = BuiltinArguments(call, name);
  if (!arguments) return TypeId();
  std::vector<TypeId> found;
  bool wrong = false;
  for (ast::ExprId argument : *arguments) {
    found.push_back(Check(argument));
    wrong = wrong || !found.back().valid();
  }
  const ir::BuiltinSignature& builtin = *ir::FindBuiltin(name);
  bool count = static_cast<int>(found.size()) >= builtin.arity_min &&
               static_cast<int>(found.size()) <= builtin.arity_max;
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kBuiltin;
  note.builtin = std::string(name);
  note.arguments = *arguments;
  if (wrong && count) return TypeId();
  Result<TypeId> type = ir::BuiltinResultType(name, found, &types());
  if (type.ok()) {
    CheckSortField(call, note);
    return *type;
  }
  std::string title = "`" + std::string(name) + "` cannot take ";
  for (size_t i = 0; i < found.size(); ++i) title += (i == 0 ? "" : ", ") + User(found[i]);
  Mistake mistake = count ? Mistake::kTypeMismatch : Mistake::kWrongArguments;
  if (!count) {
    title =
        "`" + std::string(name) + "` takes " + std::to_string(builtin.arity_min) +
        (builtin.arity_max > builtin.arity_min ? " to " + std::to_string(builtin.arity_max) : "") +
        (builtin.arity_max == 1 ? " argument" : " arguments") + ", found " +
        std::to_string(found.size());
  }
  Diagnostic& d = report_->Add(mistake, SpanOf(id), std::move(title));
  for (TypeId& type_of : found) {
    if (Is(type_of, TypeKind::kOptional)) type_of = types()[type_of].element;
  }
  const bool only_null = count && ir::BuiltinResultType(name, found, &types()).ok();
  d.helps.push_back(only_null ? "a value may be null: test it before, as in `if x != null { ... }`"
                              : "it is `" + std::string(builtin.help) + "`");
  return TypeId();
}

// `sort` and `top` take the field as a string: where it is written out, it is checked now.
void Checker::CheckSortField(const ast::CallExpr&, const ExprNote& note) {
  bool by_field = (note.builtin == "sort" && note.arguments.size() == 2) ||
                  (note.builtin == "top" && note.arguments.size() == 3);
  if (!by_field) return;
  auto field = FixedText(tree(), note.arguments[1]);
  TypeId list = notes()[note.arguments[0]].type;
  if (!field || !Is(list, TypeKind::kList) || !Is(types()[list].element, TypeKind::kRecord)) return;
  const Record* found = RecordOf(types()[list].element);
  if (found == nullptr) return;
  const Record& record = *found;
  std::vector<std::string> names;
  for (const RecordField& candidate : record.fields) {
    bool ordered = Is(candidate.type, TypeKind::kI64) || Is(candidate.type, TypeKind::kF64) ||
                   Is(candidate.type, TypeKind::kStr) || Is(candidate.type, TypeKind::kBool) ||
                   Is(candidate.type, TypeKind::kEnum) || !candidate.type.valid();
    if (candidate.name == *field && ordered) return;
    if (ordered) names.push_back(candidate.name);
  }
  Diagnostic& d = report_->Add(Mistake::kUnknownMember, SpanOf(note.arguments[1]),
                               "`" + record.name + "` has no field `" + *field + "` to sort by");
  std::string meant = Nearest(*field, names);
  if (meant.empty()) return;
  d.helps.push_back("did you mean `" + meant + "`?");
  d.fixes.push_back({SpanOf(note.arguments[1]), "\"" + meant + "\""});
}

// tokens(x): of a context, or of a text.
TypeId Checker::CheckTokens(ast::ExprId id, const ast::CallExpr& call) {
  if (ReportNoModel(SpanOf(id), call)) return TypeId();
  if (call.args.size() != 1 || call.args[0].name) {
    CheckArgumentsAnyway(call);
    report_->Add(Mistake::kWrongArguments, SpanOf(id), "`tokens` takes one context or string");
    return TypeId();
  }
  const TypeId of = Check(call.args[0].value);
  if (!of.valid()) return TypeId();
  if (!Is(of, TypeKind::kCtx) && !Is(of, TypeKind::kStr)) {
    report_
        ->Add(Mistake::kTypeMismatch, SpanOf(call.args[0].value),
              "`tokens` counts those of a context or a string, found " + User(of))
        .helps.push_back("as text it is `tokens(json(x))`");
    return TypeId();
  }
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kTokens;
  note.arguments = {call.args[0].value};
  return types().i64();
}

// clip(text, tokens: n)
TypeId Checker::CheckClip(ast::ExprId id, const ast::CallExpr& call) {
  if (ReportNoModel(SpanOf(id), call)) return TypeId();
  const std::vector<Formal> formals = {{"text", types().str()}, {"tokens", types().i64()}};
  std::vector<ast::ExprId> arguments;
  const bool good = MatchArguments(call, formals, "clip", &arguments);
  if (!good) return types().str();
  if (const auto tokens = KnownValue(arguments[1]); tokens && tokens->as_int() < 0) {
    report_->Add(Mistake::kOutOfRange, SpanOf(arguments[1]), "`tokens` of `clip` is negative");
  }
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kClip;
  note.arguments = std::move(arguments);
  return types().str();
}

// Constants are computed without a model, and so without its tokens.
bool Checker::ReportNoModel(Span span, const ast::CallExpr& call) {
  if (body_->place != Place::kConstant) return false;
  CheckArgumentsAnyway(call);
  report_->Add(Mistake::kNotConstant, span,
               "tokens are those of a model, which is known only when the program runs");
  return true;
}

TypeId Checker::CheckMatches(ast::ExprId id, const ast::CallExpr& call) {
  bool pattern = call.args.size() == 2 &&
                 std::holds_alternative<ast::RegexExpr>(tree()[call.args[1].value].node);
  if (!pattern) return CheckBuiltinCall(id, call, "matches");
  bool good = Expect(call.args[0].value, types().str(), "the text to match");
  ast::ExprId regex = call.args[1].value;
  notes()[regex].type = types().str();
  const ir::Value probe[] = {ir::Value::Str(""),
                             ir::Value::Str(std::get<ast::RegexExpr>(tree()[regex].node).pattern)};
  Result<ir::Value> tried = ir::EvalBuiltin("matches", probe);
  if (!tried.ok()) report_->Add(Mistake::kBadPattern, SpanOf(regex), tried.status().message());
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kBuiltin;
  note.builtin = "matches";
  note.arguments = {call.args[0].value, regex};
  return good && tried.ok() ? types().boolean() : TypeId();
}

TypeId Checker::CheckSchema(ast::ExprId id, const ast::CallExpr& call) {
  const ast::Name* name = call.args.size() == 1 ? AsName(tree(), call.args[0].value) : nullptr;
  const Declared* declared = name != nullptr ? Named(name->text) : nullptr;
  if (name == nullptr && call.args.size() == 1) {
    const auto* field = std::get_if<ast::FieldExpr>(&tree()[call.args[0].value].node);
    const Module* module = field != nullptr ? ModuleNamed(field->object) : nullptr;
    if (module != nullptr) declared = InModule(*module, field->field.text);
  }
  const bool tool = declared != nullptr && declared->kind == DeclKind::kFunction &&
                    model_->functions[declared->index].tool.has_value();
  bool is_type = declared != nullptr &&
                 (tool || declared->kind == DeclKind::kRecord ||
                  declared->kind == DeclKind::kEnum || declared->kind == DeclKind::kAlias);
  if (declared != nullptr && declared->kind == DeclKind::kRefused) return TypeId();
  if (!is_type) {
    report_
        ->Add(Mistake::kWrongArguments, SpanOf(id),
              "`schema` takes the name of a record or an enum")
        .helps.push_back("for instance `${schema(Answer)}`");
    return TypeId();
  }
  TypeId type = tool ? types().RecordOf(model_->functions[declared->index].name)
                : declared->kind == DeclKind::kAlias ? CheckAlias(declared->index)
                : declared->kind == DeclKind::kRecord
                    ? types().RecordOf(model_->records[declared->index].name)
                    : types().EnumOf(model_->enums[declared->index].name);
  if (!type.valid() ||
      (declared->kind == DeclKind::kRecord && model_->records[declared->index].refused))
    return TypeId();
  std::optional<ir::Value>& text = model_->schema_texts[type.index];
  if (!text) {
    size_t& left = model_->constant_budget.bytes;
    std::optional<std::string> written = SchemaText(*model_, type, left);
    if (!written) {
      ReportConstantsTooBig(SpanOf(id));
      return TypeId();
    }
    left -= written->size();
    text = ir::Value::Str(*std::move(written));
  }
  return Constantly(id, *text, types().str());
}

// confidence(x), the probability of the option that was chosen; probabilities(x), of each in order.
TypeId Checker::CheckSelected(ast::ExprId id, const ast::CallExpr& call, std::string_view what) {
  const bool one = what == "confidence";
  const ast::Name* name = call.args.size() == 1 ? AsName(tree(), call.args[0].value) : nullptr;
  SlotId local = name != nullptr ? FindLocal(name->text) : SlotId();
  if (local.valid() && slot(local).kind == SlotKind::kSelect) {
    slot(local).reads++;
    notes()[id].meaning = one ? Meaning::kConfidence : Meaning::kProbabilities;
    notes()[id].target = slot(local).probabilities.index;
    return one ? types().f64() : types().ListOf(types().f64());
  }
  if (local.valid() && !slot(local).type.valid()) return TypeId();
  if (name != nullptr && !local.valid() && Named(name->text) == nullptr) {
    ReportUnknownName(*name);
    return TypeId();
  }
  Diagnostic& d = report_->Add(Mistake::kNotSelected, SpanOf(id),
                               "`" + std::string(what) + "` is of a name bound by `select`");
  if (local.valid()) d.secondary.push_back({slot(local).span, "bound here"});
  return TypeId();
}

}  // namespace lmp::frontend
