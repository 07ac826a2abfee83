// Messages, generations, choices and what contexts they go to.
#include <algorithm>
#include <set>

#include "frontend/check.h"
#include "frontend/constant.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

// Options of a generation; `low` and `high` bound constants.
struct OptionRow {
  std::string_view name;
  TypeKind kind;
  double low, high;
};
constexpr OptionRow kOptions[] = {
    {"max", TypeKind::kI64, 1, 1e9},       {"min", TypeKind::kI64, 0, 1e9},
    {"temp", TypeKind::kF64, 0, 100},      {"top_p", TypeKind::kF64, 0, 1},
    {"top_k", TypeKind::kI64, 0, 1e9},     {"min_p", TypeKind::kF64, 0, 1},
    {"seed", TypeKind::kI64, -1e19, 1e19}, {"stop", TypeKind::kList, 0, 0},
};

const OptionRow* FindOption(std::string_view name) {
  for (const OptionRow& row : kOptions) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

void Checker::CheckText(const ast::TextStmt& stmt, Span span) {
  TypeId type = Check(stmt.value);
  if (!body_->in_message) {
    Diagnostic& d =
        report_->Add(Mistake::kTextOutsideMessage, span, "text stands outside of any message");
    const std::vector<ast::StmtId>& all = body_->function->statements;
    if (Is(body_->function->result, TypeKind::kStr) && body_->place == Place::kFunction &&
        !all.empty() && tree()[all.back()].span == span) {
      d.helps.push_back("the value of a function is given with `return`");
      d.fixes.push_back({{span.source, span.begin, span.begin}, "return "});
      body_->uncertain = true;
      return;
    }
    d.helps.push_back(
        "say whose message it is: `user \"...\"`, `system \"...\"` or `assistant \"...\"`");
    d.fixes.push_back({{span.source, span.begin, span.begin}, "user "});
    return;
  }
  CheckNotText(stmt.value, type);
  Write(body_->context);
}

void Checker::CheckNotText(ast::ExprId value, TypeId type) {
  if (HasText(types(), type)) return;
  if (type == types().none()) {
    report_->Add(Mistake::kNotText, SpanOf(value), "`null` cannot be put into text");
    return;
  }
  Diagnostic& d = report_->Add(Mistake::kNotText, SpanOf(value),
                               WithArticle(types(), type) + " cannot be put into text");
  if (Is(type, TypeKind::kOptional)) {
    d.helps.push_back("give it a value for null first: `x == null ? \"none\" : json(x)`");
  } else {
    d.helps.push_back("a context is not text: put the generated names into it, or go on with `on`");
  }
}

Checker::Flow Checker::CheckRole(ast::StmtId id, const ast::RoleStmt& stmt, Span) {
  if (body_->in_message) {
    Diagnostic& d =
        report_->Add(Mistake::kRoleInsideRole, stmt.role_span, "a message stands inside a message");
    d.helps.push_back("close the outer message first: `user { ... }  assistant { ... }`");
    d.notes.push_back("a role's block holds text, generations and choices");
  }
  bool outer = std::exchange(body_->in_message, true);
  ast::Role outer_role = std::exchange(body_->role, stmt.role);
  notes()[id].scope = body_->scopes.back().id;
  Write(body_->context);
  Flow flow = CheckList(stmt.body.statements);
  body_->in_message = outer;
  body_->role = outer_role;
  return flow;
}

// A model writes the assistant's messages only.
void Checker::CheckAuthor(Span span) {
  if (!body_->in_message || body_->role == ast::Role::kAssistant) return;
  static constexpr std::string_view kWords[] = {"system", "user", "assistant", "observe"};
  const std::string role(kWords[static_cast<size_t>(body_->role)]);
  Diagnostic& d = report_->Add(Mistake::kGenOutsideAssistant, span,
                               "a model does not write inside a `" + role + "` message");
  d.notes.push_back("what it writes is the assistant's, and stands in a message of the assistant");
  d.helps.push_back("close the message first, or put the generated value into it: `gen x  " + role +
                    " \"... ${x}\"`");
}

Checker::Flow Checker::CheckOn(ast::StmtId id, const ast::OnStmt& stmt, Span) {
  const ast::Name& name = stmt.target.parts.front();
  SlotId target = FindLocal(name.text);
  bool good = false;
  if (!target.valid() || stmt.target.parts.size() > 1) {
    if (!target.valid()) {
      if (Named(name.text) == nullptr) {
        ReportUnknownName(name);
      } else {
        report_->Add(Mistake::kOnNeedsVar, stmt.target.span, "`on` needs a context variable");
      }
    } else {
      report_->Add(Mistake::kOnNeedsVar, stmt.target.span, "`on` needs a variable, not a field");
    }
  } else {
    slot(target).reads++;
    const Slot bound = slot(target);
    if (bound.type.valid() && !Is(bound.type, TypeKind::kCtx)) {
      report_
          ->Add(Mistake::kTypeMismatch, name.span,
                "`on` needs a context, found " + User(bound.type))
          .secondary.push_back({bound.span, "defined here"});
    } else if (!stmt.copy && bound.kind != SlotKind::kVar) {
      ReportOnTarget(stmt, target);
    } else if (!stmt.copy && bound.frame != body_->frame) {
      Diagnostic& d =
          report_->Add(Mistake::kWriteInFork, name.span,
                       "a fork cannot extend `" + name.text + "`, which is outside of it");
      d.helps.push_back("work on a copy: `on copy " + name.text + " { ... }`");
      d.fixes.push_back({{name.span.source, name.span.begin, name.span.begin}, "copy "});
    } else {
      good = true;
    }
  }
  SlotId work = target;
  if (stmt.copy || !good) {
    work = NewSlot(SlotKind::kContext, "copy", {}, types().ctx());
    notes()[id].source = target;
  }
  notes()[id].slot = work;
  notes()[id].scope = body_->scopes.back().id;
  SlotId outer_context = std::exchange(body_->context, work);
  bool outer_message = std::exchange(body_->in_message, false);
  Flow flow = CheckList(stmt.body.statements);
  body_->in_message = outer_message;
  body_->context = outer_context;
  return flow;
}

void Checker::ReportOnTarget(const ast::OnStmt& stmt, SlotId target) {
  const ast::Name& name = stmt.target.parts.front();
  const Slot& bound = slot(target);
  Diagnostic& d =
      report_->Add(Mistake::kOnNeedsVar, name.span, "`on` needs a context variable it may change");
  d.label = "this block would extend it";
  const auto* let =
      bound.statement.valid() ? std::get_if<ast::LetStmt>(&tree()[bound.statement].node) : nullptr;
  if (bound.span.end > 0) {
    d.secondary.push_back({bound.span, "`" + name.text + "` is " +
                                           (let != nullptr ? "a constant" : "not a variable")});
  }
  if (let != nullptr) {
    d.helps.push_back("keep the extension:      `var " + name.text + " = ...`");
  } else {
    d.helps.push_back("keep the extension:      `var mine = " + name.text +
                      "` and `on mine { ... }`");
  }
  d.helps.push_back("or throw it away after:  `on copy " + name.text + " { ... }`");
  if (let != nullptr && tree()[bound.statement].attributes.empty()) {
    Span definition = tree()[bound.statement].span;
    d.fixes.push_back({{definition.source, definition.begin, definition.begin + 3}, "var"});
  } else {
    d.fixes.push_back({{name.span.source, name.span.begin, name.span.begin}, "copy "});
  }
}

// ---- gen ----

void Checker::CheckGen(ast::StmtId id, const ast::GenStmt& stmt) {
  CheckAuthor(stmt.name.span);
  std::vector<OptionNote> holes;
  TypeId type = stmt.type.valid() ? CheckGeneratedType(stmt.type, &holes) : types().str();
  if (stmt.type.valid()) CheckGenerable(type, tree()[stmt.type].span);
  std::vector<OptionNote> options = CheckOptions(stmt.options, "gen", {});
  for (const OptionNote& inherited : body_->defaults) {
    bool own = std::any_of(options.begin(), options.end(),
                           [&](const OptionNote& option) { return option.name == inherited.name; });
    if (!own) options.push_back(inherited);
  }
  if (type.valid()) CheckTextOptions(stmt, type, &options);
  options.insert(options.begin(), holes.begin(), holes.end());
  StmtNote& note = notes()[id];
  note.options = std::move(options);
  note.type = type;
  note.in_message = body_->in_message;
  note.source = body_->context;
  Continue(body_->context);
  Write(body_->context);
  const TypeId value = type.valid() ? types().WithoutHoles(type) : type;
  note.slot = Bind(stmt.name, SlotKind::kGen, value, id);
  LintGen(stmt, note, type);
}

bool Checker::IsGenerable(TypeId id) const {
  const ir::Type& type = types()[id];
  if (type.element.valid()) return IsGenerable(type.element);
  // The fields of a record were checked with it.
  return type.kind != TypeKind::kNone && type.kind != TypeKind::kCtx &&
         type.kind != TypeKind::kEffect;
}

void Checker::CheckGenerable(TypeId type, Span span) {
  if (!type.valid() || IsGenerable(type)) return;
  Diagnostic& d = report_->Add(Mistake::kNotGenerable, span,
                               "no model can write " + WithArticle(types(), type));
  d.helps.push_back("generate text: `gen name: string`");
}

// A stop string ends text, and `min` holds its end back; every other type ends by itself, and cut
// off it would be no value. Those of a fork around it do not concern it.
void Checker::CheckTextOptions(const ast::GenStmt& stmt, TypeId id,
                               std::vector<OptionNote>* options) {
  const ir::Type& type = types()[id];
  const bool text = type.kind == TypeKind::kStr && !type.pattern && !type.options &&
                    type.options_hole.empty() && !type.grammar;
  if (text) return CheckMin(type, *options);
  std::erase_if(*options, [](const OptionNote& option) {
    return option.name == "stop" || option.name == "min";
  });
  for (const ast::Arg& option : stmt.options) {
    if (!option.name || (option.name->text != "stop" && option.name->text != "min")) continue;
    report_
        ->Add(Mistake::kUnknownOption, option.name->span,
              (option.name->text == "stop" ? "`stop` ends text, and "
                                           : "`min` keeps text from ending, and ") +
                  WithArticle(types(), id) + " ends by itself")
        .helps.push_back("leave it out");
  }
}

// At least so many tokens, but no more than `max` allows, or characters that the type does.
void Checker::CheckMin(const ir::Type& type, const std::vector<OptionNote>& options) {
  const OptionNote* min = nullptr;
  std::optional<int64_t> most;
  for (const OptionNote& option : options) {
    if (option.name == "min") min = &option;
    if (option.name != "max") continue;
    if (auto value = KnownValue(option.value); value && value->is_int()) most = value->as_int();
  }
  if (min == nullptr) return;
  const auto least = KnownValue(min->value);
  if (!least || !least->is_int()) return;
  const bool too_long = type.high && least->as_int() > *type.high;
  if (!too_long && (!most || least->as_int() <= *most)) return;
  report_
      ->Add(Mistake::kOutOfRange, SpanOf(min->value),
            "`min` is more than " +
                (too_long ? "the characters that the text may have" : std::string("`max`")))
      .helps.push_back("`min` and `max` count tokens");
}

std::vector<OptionNote> Checker::CheckOptions(const std::vector<ast::Arg>& options,
                                              std::string_view where,
                                              std::span<const std::string_view> others) {
  std::vector<OptionNote> checked;
  std::set<std::string> seen;
  std::vector<std::string> known(others.begin(), others.end());
  if (where == "gen" || where == "fork") {
    for (const OptionRow& row : kOptions) known.emplace_back(row.name);
  }
  for (const ast::Arg& option : options) {
    if (!option.name) {
      Check(option.value);
      report_
          ->Add(Mistake::kUnknownOption, option.span,
                "an option of `" + std::string(where) + "` needs its name")
          .helps.push_back("for instance `" + known.front() + ": ...`");
      continue;
    }
    const std::string& name = option.name->text;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      Check(option.value);
      Diagnostic& d = report_->Add(Mistake::kUnknownOption, option.name->span,
                                   "`" + std::string(where) + "` has no option `" + name + "`");
      if (name == "exact" && where == "gen") {
        d.helps.push_back("an exact generation is marked in front: `@exact gen name`");
        continue;
      }
      std::string meant(OptionElsewhere(name));
      if (std::find(known.begin(), known.end(), meant) == known.end()) meant = Nearest(name, known);
      std::string all;
      for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
      d.helps.push_back(meant.empty() ? "the options are: " + all : "LMP calls it `" + meant + "`");
      if (!meant.empty()) d.fixes.push_back({option.name->span, meant});
      continue;
    }
    if (!seen.insert(name).second) {
      Check(option.value);
      report_->Add(Mistake::kDuplicateName, option.name->span,
                   "option `" + name + "` is given twice");
      continue;
    }
    if (std::find(others.begin(), others.end(), name) != others.end()) continue;  // the caller's
    const OptionRow* row = FindOption(name);
    const ir::TypeTable& table = types();
    TypeId type = row->kind == TypeKind::kI64   ? table.i64()
                  : row->kind == TypeKind::kF64 ? table.f64()
                                                : types().ListOf(table.str());
    CheckOptionValue(option, type);
    checked.push_back({name, option.value, SlotId(), type});
  }
  return checked;
}

void Checker::CheckOptionValue(const ast::Arg& option, TypeId type) {
  std::string what = "option `" + option.name->text + "`";
  if (Is(type, TypeKind::kList)) {  // stop: one string, or several
    TypeId found = Check(option.value, type);
    if (Is(found, TypeKind::kStr)) found = type;
    if (!Assignable(&types(), found, type)) {
      ReportMismatch(option.value, found, types().str(), what);
      return;
    }
    auto value = KnownValue(option.value);
    if (!value) return;
    std::vector<ir::Value> stops =
        value->is_list() ? value->as_list() : std::vector<ir::Value>{*value};
    if (stops.size() > kStopStringsMax) {
      report_->Add(Mistake::kOutOfRange, SpanOf(option.value),
                   "at most " + std::to_string(kStopStringsMax) + " stop strings are possible");
    }
    for (const ir::Value& stop : stops) {
      if (!stop.is_str() || (!stop.as_str().empty() && stop.as_str().size() <= kStopBytesMax))
        continue;
      report_->Add(Mistake::kOutOfRange, SpanOf(option.value),
                   stop.as_str().empty()
                       ? "a stop string must not be empty"
                       : "a stop string has at most " + std::to_string(kStopBytesMax) + " bytes");
      return;
    }
    return;
  }
  if (!Expect(option.value, type, what)) return;
  auto value = KnownValue(option.value);
  if (!value) return;
  const OptionRow* row = FindOption(option.name->text);
  double number = value->is_int() ? static_cast<double>(value->as_int()) : value->as_float();
  if (number >= row->low && number <= row->high) return;
  report_->Add(Mistake::kOutOfRange, SpanOf(option.value), what + " is out of range")
      .helps.push_back("it must lie between " + std::to_string(static_cast<int64_t>(row->low)) +
                       " and " + std::to_string(static_cast<int64_t>(row->high)));
}

// A bare word or a string out of a fixed set, for options that choose a way.
std::string Checker::CheckWord(const ast::Arg& option, std::span<const std::string_view> words) {
  std::string word;
  if (const ast::Name* name = AsName(tree(), option.value)) word = name->text;
  if (auto text = FixedText(tree(), option.value)) word = *text;
  if (std::find(words.begin(), words.end(), word) != words.end()) return word;
  std::string all;
  for (std::string_view one : words) all += (all.empty() ? "" : ", ") + std::string(one);
  report_->Add(Mistake::kUnknownOption, SpanOf(option.value),
               "option `" + option.name->text + "` is one of: " + all);
  return "";
}

// ---- select ----

void Checker::CheckSelect(ast::StmtId id, const ast::SelectStmt& stmt) {
  static constexpr std::string_view kMethod[] = {"method"};
  static constexpr std::string_view kMethods[] = {"auto", "greedy", "likelihood"};
  CheckAuthor(stmt.name.span);
  CheckChoices(stmt.choices);
  CheckOptions(stmt.options, "select", kMethod);
  StmtNote& note = notes()[id];
  note.method = "auto";
  for (const ast::Arg& option : stmt.options) {
    if (option.name && option.name->text == "method") note.method = CheckWord(option, kMethods);
  }
  note.in_message = body_->in_message;
  Continue(body_->context);
  Write(body_->context);
  SlotId probabilities = NewSlot(SlotKind::kProbabilities, stmt.name.text + ".probabilities",
                                 stmt.name.span, types().ListOf(types().f64()));
  Write(probabilities);
  SlotId chosen = Bind(stmt.name, SlotKind::kSelect, types().str(), id);
  slot(chosen).probabilities = probabilities;
  notes()[id].slot = chosen;
  if (slot(body_->context).kind == SlotKind::kContext && body_->loops == 0) {
    body_->pending.emplace_back(body_->context, chosen);
  }
}

void Checker::CheckChoices(ast::ExprId choices) {
  TypeId want = types().ListOf(types().str());
  if (!Expect(choices, want, "what `select` chooses from")) return;
  auto value = KnownValue(choices);
  if (!value || !value->is_list()) return;
  std::set<std::string> seen;
  if (value->as_list().empty()) {
    report_->Add(Mistake::kOutOfRange, SpanOf(choices), "`select` needs at least one choice");
  }
  for (const ir::Value& choice : value->as_list()) {
    if (choice.as_str().empty()) {
      report_->Add(Mistake::kOutOfRange, SpanOf(choices), "a choice of `select` must not be empty");
      return;
    }
    if (!seen.insert(choice.as_str()).second) {
      report_->Add(Mistake::kDuplicateName, SpanOf(choices),
                   "`select` has the choice \"" + choice.as_str() + "\" twice");
      return;
    }
  }
}

}  // namespace lmp::frontend
