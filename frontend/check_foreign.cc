// Calls of what there is not: functions and methods of other languages, misspelt names; and the
// text formats of others.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/tree.h"

namespace lmp::frontend {

void Checker::ReportUnknownFunction(const ast::CallExpr& call, const ast::Name& name, Span span,
                                    bool is_statement) {
  if (model_->names_incomplete) return;
  if (SlotId local = FindLocal(name.text); local.valid()) {
    if (slot(local).type.valid()) {
      report_
          ->Add(Mistake::kUnknownFunction, name.span,
                "`" + name.text + "` is a value, not a function")
          .secondary.push_back({slot(local).span, "defined here"});
    }
    return;
  }
  Diagnostic& d = report_->Add(Mistake::kUnknownFunction, name.span,
                               "there is no function `" + name.text + "`");
  if (const Declared* declared = Named(name.text);
      declared != nullptr && declared->kind == DeclKind::kEnum) {
    AdviseMember(call, model_->enums[declared->index], span, &d);
    return;
  }
  if (AdviseStatementWord(call, name, span, &d) ||
      AdviseAppend(call, name, span, is_statement, &d)) {
    return;
  }
  std::string meant(FunctionElsewhere(name.text));
  if (meant == "emit") {
    d.helps.push_back("to show a value, write `emit value`");
    if (is_statement && call.args.size() == 1 && !call.args[0].name) {
      d.fixes.push_back({span, "emit " + TextOf(SpanOf(call.args[0].value))});
    }
    return;
  }
  if (IsListElsewhere(name.text) && name.text != "set" && call.args.size() < 2) {
    const std::string made = call.args.empty() ? "[]" : TextOf(SpanOf(call.args[0].value));
    d.helps.push_back("a list is written `[1, 2]`");
    d.fixes.push_back({span, made});
    return;
  }
  if (name.text == "majority") {
    d.helps.push_back("write `import std.vote` at the top, and `vote.majority(...)`");
    d.fixes.push_back({{name.span.source, 0, 0}, "import std.vote\n"});
    d.fixes.push_back({name.span, "vote.majority"});
    return;
  }
  if (meant.empty()) {
    std::vector<std::string> names = CallableBuiltins();
    for (const std::string& declared : NamesOf(unit_)) {
      const DeclKind kind = Named(declared)->kind;
      if (kind == DeclKind::kFunction || kind == DeclKind::kRecord) names.push_back(declared);
    }
    std::sort(names.begin(), names.end());
    meant = Nearest(name.text, names);
  }
  if (meant.empty()) return;
  d.helps.push_back("did you mean `" + meant + "`?");
  d.fixes.push_back({name.span, meant});
}

// Color("red")
void Checker::AdviseMember(const ast::CallExpr& call, const Enumeration& enumeration, Span span,
                           Diagnostic* d) const {
  const std::vector<ir::EnumMember>& members = enumeration.members.members;
  const auto text = call.args.size() == 1 ? FixedText(tree(), call.args[0].value) : std::nullopt;
  for (const ir::EnumMember& member : members) {
    if (!text || (member.name != *text && member.text != *text)) continue;
    d->helps.push_back("write `" + enumeration.name + "." + member.name + "`");
    d->fixes.push_back({span, enumeration.name + "." + member.name});
    return;
  }
  if (!members.empty()) {
    d->helps.push_back("a member is written `" + enumeration.name + "." + members[0].name + "`");
  }
}

// Words of the language that are called like functions.
bool Checker::AdviseStatementWord(const ast::CallExpr& call, const ast::Name& name, Span span,
                                  Diagnostic* d) const {
  if (name.text == "context") {
    d->helps.push_back("a context is made by `context { }`");
    if (call.args.empty()) d->fixes.push_back({span, "context { }"});
    return true;
  }
  if (name.text == "gen" || name.text == "select") {
    d->helps.push_back(name.text == "gen"
                           ? "the model writes by a statement: `gen name with max: 40`"
                           : "the model chooses by a statement: `select name from xs`");
    return true;
  }
  if (const std::string_view advice = StatementAdvice(name.text); !advice.empty()) {
    d->helps.emplace_back(advice);
    return true;
  }
  static constexpr std::pair<std::string_view, std::string_view> kTypeTests[] = {
      {"isinstance", ""}, {"type", ""}, {"typeof", ""}};
  for (const auto& [word, unused] : kTypeTests) {
    if (name.text != word) continue;
    d->helps.push_back("every value has one type, which is known before a program runs");
    return true;
  }
  if (name.text == "input" || name.text == "prompt") {
    d->helps.push_back("what a program is given are the parameters of its `main`");
    return true;
  }
  if (name.text == "random" || name.text == "rand") {
    d->helps.push_back("only generations are random, by their option `temp`");
    return true;
  }
  if (name.text == "map" || name.text == "filter") {
    d->helps.push_back("a list is made of another by `[e for x in xs if c]`");
    return true;
  }
  return false;
}

// append(xs, x), push(xs, x)
bool Checker::AdviseAppend(const ast::CallExpr& call, const ast::Name& name, Span span,
                           bool is_statement, Diagnostic* d) const {
  if (name.text != "append" && name.text != "push") return false;
  d->helps.push_back("lists grow by `xs = xs + [x]`");
  if (call.args.size() != 2 || call.args[0].name || call.args[1].name) return true;
  const std::string list = TextOf(SpanOf(call.args[0].value));
  const std::string sum = list + " + [" + TextOf(SpanOf(call.args[1].value)) + "]";
  const bool variable = AsName(tree(), call.args[0].value) != nullptr;
  if (!is_statement) d->fixes.push_back({span, sum});
  if (is_statement && variable) d->fixes.push_back({span, list + " = " + sum});
  return true;
}

// "Hi {}".format(name), "Hi %s" % name: the text with its values inside; "" where it cannot be
// told.
std::string Checker::FilledIn(ast::ExprId string, std::string_view place,
                              std::span<const std::string> values) const {
  const auto* literal = std::get_if<ast::StringExpr>(&tree()[string].node);
  std::string text = TextOf(SpanOf(string));
  if (literal == nullptr || literal->raw || text.size() < 2 || text[0] != '"') return "";
  size_t at = 0;
  for (const std::string& value : values) {
    at = text.find(place, at);
    if (at == std::string::npos) return "";
    const std::string made = "${" + value + "}";
    text.replace(at, place.size(), made);
    at += made.size();
  }
  return text.find(place, at) == std::string::npos ? text : "";
}

// xs.append(x): needs a variable.
void Checker::AdviseMethodAppend(const ast::CallExpr& call, const ast::FieldExpr& callee, Span span,
                                 bool is_statement, Diagnostic* d) {
  const std::string receiver = TextOf(SpanOf(callee.object));
  const std::string item = TextOf(call.args[0].span);
  const bool joins = callee.field.text == "concat" || callee.field.text == "extend";
  const std::string sum = receiver + " + " + (joins ? item : "[" + item + "]");
  d->helps.push_back(joins ? "lists are joined by `xs + ys`" : "lists grow by `xs = xs + [x]`");
  if (!is_statement) return d->fixes.push_back({span, sum});
  const ast::Name* name = AsName(tree(), callee.object);
  const SlotId local = name != nullptr ? FindLocal(name->text) : SlotId();
  if (!local.valid()) return;
  const Slot& bound = slot(local);
  const ast::Stmt* definition = bound.statement.valid() ? &tree()[bound.statement] : nullptr;
  if (bound.kind != SlotKind::kVar) {
    const bool let = definition != nullptr && definition->attributes.empty() &&
                     std::holds_alternative<ast::LetStmt>(definition->node);
    if (!let) return;
    d->helps.push_back("and `" + name->text + "` must be a `var`");
    d->fixes.push_back(
        {{definition->span.source, definition->span.begin, definition->span.begin + 3}, "var"});
  }
  d->fixes.push_back({span, receiver + " = " + sum});
}

void Checker::ReportMethod(const ast::CallExpr& call, const ast::FieldExpr& callee, TypeId object,
                           Span span, bool is_statement) {
  const std::string& method = callee.field.text;
  Diagnostic& d =
      report_->Add(Mistake::kUnknownFunction, callee.field.span, "values have no methods");
  std::string receiver = TextOf(SpanOf(callee.object));
  std::string arguments;
  for (const ast::Arg& argument : call.args) arguments += ", " + TextOf(argument.span);
  bool appends = method == "append" || method == "push" || method == "add" ||
                 method == "push_back" || method == "concat" || method == "extend";
  if (Is(object, TypeKind::kList) && appends && call.args.size() == 1) {
    return AdviseMethodAppend(call, callee, span, is_statement, &d);
  }
  if (method == "format") {
    std::vector<std::string> values;
    for (const ast::Arg& argument : call.args) values.push_back(TextOf(SpanOf(argument.value)));
    d.helps.push_back("values stand inside a string: `\"Hi ${name}\"`");
    const std::string filled = FilledIn(callee.object, "{}", values);
    if (!filled.empty()) d.fixes.push_back({span, filled});
    return;
  }
  bool has =
      method == "contains" || method == "includes" || method == "has" || method == "__contains__";
  if (has && Is(object, TypeKind::kList) && call.args.size() == 1) {
    const std::string fixed = "(" + TextOf(call.args[0].span) + " in " + receiver + ")";
    d.helps.push_back("write `x in xs`");
    d.fixes.push_back({span, fixed});
    return;
  }
  const bool part = method == "slice" || method == "substring";
  if (part && (call.args.size() == 1 || call.args.size() == 2)) {
    const std::string end =
        call.args.size() == 2 ? TextOf(call.args[1].span) : "len(" + receiver + ")";
    const std::string fixed = receiver + "[" + TextOf(call.args[0].span) + ":" + end + "]";
    d.helps.push_back("write `" + fixed + "`");
    d.fixes.push_back({span, fixed});
    return;
  }
  const bool empties = method == "isEmpty" || method == "is_empty" || method == "empty";
  if (empties && call.args.empty()) {
    const std::string fixed = "(len(" + receiver + ") == 0)";
    d.helps.push_back("write `len(" + receiver + ") == 0`");
    d.fixes.push_back({span, fixed});
    return;
  }
  if (method == "split" && call.args.empty()) {
    d.helps.push_back("write `words(" + receiver + ")`");
    d.fixes.push_back({span, "words(" + receiver + ")"});
    return;
  }
  std::string meant(FunctionElsewhere(method));
  if (meant.empty()) meant = method;
  bool joins = meant == "join" && Is(object, TypeKind::kStr) && call.args.size() == 1;
  if (joins) {
    std::string fixed = "join(" + TextOf(call.args[0].span) + ", " + receiver + ")";
    d.helps.push_back("write `" + fixed + "`");
    d.fixes.push_back({span, fixed});
    return;
  }
  const Declared* declared = Named(meant);
  bool function = declared != nullptr && declared->kind == DeclKind::kFunction;
  if (!IsCallableBuiltin(meant) && !function) {
    d.helps.push_back("functions are called as `name(value)`");
    return;
  }
  std::string fixed = meant + "(" + receiver + arguments + ")";
  d.helps.push_back("write `" + fixed + "`");
  d.fixes.push_back({span, fixed});
}

}  // namespace lmp::frontend
