// Expressions other than names, operators and calls.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/constant.h"
#include "frontend/tree.h"
#include "ir/builtin.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {

TypeId Checker::Check(ast::ExprId id, TypeId hint) {
  TypeId type = CheckNode(id, tree()[id], hint);
  notes()[id].type = type;
  return type;
}

TypeId Checker::CheckNode(ast::ExprId id, const ast::Expr& expr, TypeId hint) {
  if (const auto* name = std::get_if<ast::NameExpr>(&expr.node)) return CheckName(id, name->name);
  if (const auto* string = std::get_if<ast::StringExpr>(&expr.node)) return CheckString(*string);
  if (std::holds_alternative<ast::IntExpr>(expr.node)) return types().i64();
  if (std::holds_alternative<ast::FloatExpr>(expr.node)) return types().f64();
  if (const auto* field = std::get_if<ast::FieldExpr>(&expr.node))
    return CheckField(id, *field, expr.span);
  if (const auto* index = std::get_if<ast::IndexExpr>(&expr.node)) return CheckIndex(*index);
  if (const auto* slice = std::get_if<ast::SliceExpr>(&expr.node)) return CheckSlice(*slice);
  if (const auto* unary = std::get_if<ast::UnaryExpr>(&expr.node))
    return CheckUnary(*unary, expr.span);
  if (const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node))
    return CheckBinary(id, *binary, hint);
  if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) return CheckListOf(*list, hint);
  if (const auto* fork = std::get_if<ast::ForkExpr>(&expr.node)) return CheckFork(id, *fork, expr);
  if (const auto* context = std::get_if<ast::ContextExpr>(&expr.node))
    return CheckContextValue(id, *context);
  if (const auto* conditional = std::get_if<ast::ConditionalExpr>(&expr.node)) {
    return CheckConditional(id, *conditional, hint);
  }
  if (const auto* comprehension = std::get_if<ast::ComprehensionExpr>(&expr.node)) {
    return CheckComprehension(id, *comprehension);
  }
  if (const auto* call = std::get_if<ast::CallExpr>(&expr.node)) {
    TypeId type = CheckCall(id, *call, false);
    if (type.valid() && type == types().none() && notes()[id].meaning == Meaning::kFunction) {
      report_->Add(Mistake::kNoValue, expr.span, "this call has no value")
          .helps.push_back(
              "give the function a result type and a `return`, or call it as a statement");
      return TypeId();
    }
    return type;
  }
  if (std::holds_alternative<ast::RegexExpr>(expr.node)) {
    report_->Add(Mistake::kBadPattern, expr.span,
                 "a pattern stands in a type, `string(re\"...\")`, or in `matches(text, "
                 "re\"...\")`");
  } else if (const auto* attempt = std::get_if<ast::TryExpr>(&expr.node)) {
    return CheckTryExpr(id, *attempt, hint);
  } else if (const auto* map = std::get_if<ast::MapExpr>(&expr.node)) {
    ReportMap(*map, expr.span);
  } else if (std::holds_alternative<ast::DurationExpr>(expr.node)) {
    report_->Add(Mistake::kTypeMismatch, expr.span, "a duration stands in an option: `time: 30s`");
  }
  return TypeId();
}

bool Checker::Expect(ast::ExprId expr, TypeId want, std::string_view what) {
  if (ReportMapForRecord(expr, want)) return false;
  TypeId found = Check(expr, want);
  if (!found.valid() || !want.valid()) return false;
  if (Assignable(&types(), found, want)) {
    if (IsUndetermined(types(), found)) notes()[expr].type = want;
    return true;
  }
  ReportMismatch(expr, found, want, what);
  return false;
}

// Maps stand where a tool asks a server for something; what a program works with is declared.
void Checker::ReportMap(const ast::MapExpr& map, Span span) {
  std::string fields;
  std::string values;
  bool known = !map.pairs.empty();
  for (const ast::MapPair& pair : map.pairs) {
    const TypeId type = Check(pair.value);
    known = known && type.valid() && !IsUndetermined(types(), type) &&
            TextOf(pair.key.span) == pair.key.text;
    if (!known) continue;
    fields += (fields.empty() ? "" : "  ") + pair.key.text + ": " + User(type);
    values += (values.empty() ? "" : ", ") + pair.key.text + ": " + TextOf(SpanOf(pair.value));
  }
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, span, "a map is no value of its own");
  d.helps.push_back("declare a record and make one: `record Name { " +
                    (known ? fields : "field: string") + " }`, `Name(" +
                    (known ? values : "field: value") + ")`");
}

// let p: P = { a: 1 }
bool Checker::ReportMapForRecord(ast::ExprId expr, TypeId want) {
  if (!Is(want, TypeKind::kRecord)) return false;
  const auto* map = std::get_if<ast::MapExpr>(&tree()[expr].node);
  if (map == nullptr) return false;
  const Span span = SpanOf(expr);
  const std::string& name = types()[want].name;
  for (const ast::MapPair& pair : map->pairs) Check(pair.value);
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, span, "a record is made by a call");
  d.helps.push_back("write `" + name + "(field: value)`");
  d.fixes.push_back({{span.source, span.begin, span.begin + 1}, name + "("});
  for (const ast::MapPair& pair : map->pairs) {
    if (TextOf(pair.key.span) != pair.key.text) d.fixes.push_back({pair.key.span, pair.key.text});
  }
  d.fixes.push_back({{span.source, span.end - 1, span.end}, ")"});
  return true;
}

// "3" as an int, "true" as a bool; "" where a string is meant to be one.
std::string Checker::Unquoted(ast::ExprId expr, TypeId want) const {
  const auto text = FixedText(tree(), expr);
  if (!text || text->empty() || text->size() > 17) return "";
  if (Is(want, TypeKind::kBool)) {
    const bool yes = *text == "true" || *text == "True" || *text == "yes";
    return yes ? "true" : *text == "false" || *text == "False" || *text == "no" ? "false" : "";
  }
  const size_t sign = text->front() == '-' ? 1 : 0;
  const size_t dot = text->find('.', sign);
  const bool digits = text->find_first_not_of("0123456789.", sign) == std::string::npos &&
                      text->size() > sign && text->rfind('.') == dot;
  const bool inside = dot == std::string::npos || (dot > sign && dot + 1 < text->size());
  if (!digits || !inside) return "";
  if (Is(want, TypeKind::kF64)) return *text;
  return Is(want, TypeKind::kI64) && dot == std::string::npos ? *text : "";
}

void Checker::ReportMismatch(ast::ExprId expr, TypeId found, TypeId want, std::string_view what) {
  Span span = SpanOf(expr);
  Diagnostic& d =
      report_->Add(Mistake::kTypeMismatch, span,
                   std::string(what) + " must be " + User(want) + ", found " + User(found));
  d.label = "this is " + WithArticle(types(), found);
  if (Is(found, TypeKind::kOptional) && Assignable(&types(), types()[found].element, want)) {
    d.helps.push_back("it may be null: test it before, as in `if x != null { ... }`");
  } else if (Is(want, TypeKind::kStr) && HasText(types(), found)) {
    d.helps.push_back("put it into a string: `\"${" + TextOf(span) + "}\"`");
    d.fixes.push_back({span, "\"${" + TextOf(span) + "}\""});
  } else if (const std::string meant = Unquoted(expr, want); !meant.empty()) {
    d.helps.push_back("without quotes: `" + meant + "`");
    d.fixes.push_back({span, meant});
  } else if (Is(want, TypeKind::kI64) && Is(found, TypeKind::kStr)) {
    d.helps.push_back("`int(text)` reads a number");
  } else if (Is(want, TypeKind::kF64) && Is(found, TypeKind::kStr)) {
    d.helps.push_back("`float(text)` reads a number");
  } else if (Is(want, TypeKind::kI64) && Is(found, TypeKind::kF64)) {
    d.helps.push_back("`round(x)` or `int(x)` makes an int");
  } else if (Is(want, TypeKind::kList) && Assignable(&types(), found, types()[want].element)) {
    d.helps.push_back("for a list of one item, write `[" + TextOf(span) + "]`");
    d.fixes.push_back({span, "[" + TextOf(span) + "]"});
  } else if (Is(want, TypeKind::kEnum) && Is(found, TypeKind::kStr)) {
    const Declared* declared = model_->Find(types()[want].name);
    auto text = FixedText(tree(), expr);
    if (declared == nullptr || declared->kind != DeclKind::kEnum || !text) return;
    for (const ir::EnumMember& member : model_->enums[declared->index].members.members) {
      if (member.name != *text && member.text != *text) continue;
      d.helps.push_back("the member is `" + types()[want].name + "." + member.name + "`");
      d.fixes.push_back({span, types()[want].name + "." + member.name});
    }
  }
}

std::string Checker::TextOf(Span span) const {
  const std::string& text = model_->units[unit_].source->text();
  if (span.begin > span.end || span.end > text.size()) return "";
  return text.substr(span.begin, span.end - span.begin);
}

TypeId Checker::CheckString(const ast::StringExpr& string) {
  LintBraces(string);
  LintSecret(string);
  for (const ast::StringPart& part : string.parts) {
    if (!part.value.valid()) continue;
    CheckNotText(part.value, Check(part.value));
  }
  return types().str();
}

// ---- Parts of values ----

TypeId Checker::CheckField(ast::ExprId id, const ast::FieldExpr& field, Span span) {
  if (const ast::Name* name = AsName(tree(), field.object);
      name != nullptr && !FindLocal(name->text).valid()) {
    const Declared* declared = Named(name->text);
    if (declared != nullptr && declared->kind == DeclKind::kEnum) {
      return CheckEnumMember(id, model_->enums[declared->index], field.field);
    }
    if (declared != nullptr && declared->kind == DeclKind::kModule &&
        model_->modules[declared->index].target) {
      return CheckModuleMember(id, model_->modules[declared->index], field, span);
    }
    if (declared != nullptr && declared->kind == DeclKind::kModule) {
      report_->Add(Mistake::kNotAValue, span, "`" + TextOf(span) + "` is a function")
          .helps.push_back("call it: `" + TextOf(span) + "(...)`");
      return TypeId();
    }
  }
  // alias.Enum.member
  if (const auto* outer = std::get_if<ast::FieldExpr>(&tree()[field.object].node)) {
    const Module* module = ModuleNamed(outer->object);
    const Declared* found = module != nullptr ? InModule(*module, outer->field.text) : nullptr;
    if (found != nullptr && found->kind == DeclKind::kEnum)
      return CheckEnumMember(id, model_->enums[found->index], field.field);
  }
  TypeId object = Check(field.object);
  if (!object.valid()) return TypeId();
  const std::string& name = field.field.text;
  if (!Is(object, TypeKind::kRecord)) {
    Diagnostic& d =
        report_->Add(Mistake::kUnknownMember, field.field.span,
                     (Is(object, TypeKind::kUnion) ? "a union" : WithArticle(types(), object)) +
                         " has no fields");
    bool sized = Is(object, TypeKind::kList) || Is(object, TypeKind::kStr);
    if (sized && (name == "length" || name == "len" || name == "size" || name == "count")) {
      std::string meant = "len(" + TextOf(SpanOf(field.object)) + ")";
      d.helps.push_back("write `" + meant + "`");
      d.fixes.push_back({span, meant});
    } else if (Is(object, TypeKind::kOptional)) {
      d.helps.push_back("it may be null");
    } else if (Is(object, TypeKind::kUnion)) {
      const std::string& first = types()[types()[object].members.front()].name;
      d.helps.push_back("which record it is, `match` tells: `match " +
                        TextOf(SpanOf(field.object)) + " { " + first + "(x) => ... }`");
    }
    return TypeId();
  }
  const Record* found = model_->FindRecord(types()[object].name);
  if (found == nullptr) return TypeId();
  const Record& record = *found;
  std::vector<std::string> names;
  for (const RecordField& candidate : record.fields) {
    if (candidate.name == name) return candidate.type;
    names.push_back(candidate.name);
  }
  if (record.refused) return TypeId();
  Diagnostic& d = report_->Add(Mistake::kUnknownMember, field.field.span,
                               "`" + record.name + "` has no field `" + name + "`");
  if (record.decl != nullptr) d.secondary.push_back({record.span, "declared here"});
  std::string meant = Nearest(name, names);
  if (meant.empty() && record.decl == nullptr &&
      (name == "source" || name == "file" || name == "path"))
    meant = "document";
  if (meant.empty() && record.decl == nullptr && (name == "content" || name == "body"))
    meant = "text";
  std::string all;
  for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
  d.helps.push_back(meant.empty() ? "its fields are: " + all : "did you mean `" + meant + "`?");
  if (!meant.empty()) d.fixes.push_back({field.field.span, meant});
  return TypeId();
}

TypeId Checker::CheckEnumMember(ast::ExprId id, const Enumeration& enumeration,
                                const ast::Name& member) {
  std::vector<std::string> names;
  for (const ir::EnumMember& candidate : enumeration.members.members) {
    if (candidate.name == member.text) {
      return Constantly(id, ir::Value::Enum(enumeration.name, candidate.name, candidate.text),
                        types().EnumOf(enumeration.name));
    }
    names.push_back(candidate.name);
  }
  Diagnostic& d = report_->Add(Mistake::kUnknownMember, member.span,
                               "`" + enumeration.name + "` has no member `" + member.text + "`");
  d.secondary.push_back({enumeration.span, "declared here"});
  std::string meant = Nearest(member.text, names);
  std::string all;
  for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
  d.helps.push_back(meant.empty() ? "its members are: " + all : "did you mean `" + meant + "`?");
  if (!meant.empty()) d.fixes.push_back({member.span, meant});
  return TypeId();
}

TypeId Checker::CheckIndex(const ast::IndexExpr& index) {
  TypeId object = Check(index.object);
  if (Is(object, TypeKind::kRecord)) {
    Check(index.index);
    Diagnostic& d = report_->Add(Mistake::kWrongOperands, SpanOf(index.index),
                                 "a record has fields, not items");
    if (auto text = FixedText(tree(), index.index)) {
      Span whole{SpanOf(index.object).source, SpanOf(index.object).end,
                 SpanOf(index.index).end + 1};
      d.helps.push_back("write `." + *text + "`");
      d.fixes.push_back({whole, "." + *text});
    }
    return TypeId();
  }
  if (ReportRangeIndex(index, object)) return TypeId();
  if (!object.valid()) {  // a map, say, whose key is no int
    Check(index.index);
    return TypeId();
  }
  bool good = Expect(index.index, types().i64(), "an index");
  if (!good) return TypeId();
  if (Is(object, TypeKind::kStr)) return types().str();
  if (Is(object, TypeKind::kList) && types()[object].element != types().none())
    return types()[object].element;
  report_->Add(Mistake::kWrongOperands, SpanOf(index.object),
               "`[...]` needs a list or a string, found " + User(object));
  return TypeId();
}

// xs[0..2]
bool Checker::ReportRangeIndex(const ast::IndexExpr& index, TypeId object) {
  const auto* range = std::get_if<ast::BinaryExpr>(&tree()[index.index].node);
  if (range == nullptr || range->op != ast::BinaryOp::kRange) return false;
  Check(index.index);
  if (!object.valid()) return true;
  Diagnostic& d = report_->Add(Mistake::kWrongOperands, range->op_span,
                               "a slice is written `[a:b]`, and `a..b` is a list of numbers");
  d.helps.push_back("write `:`");
  d.fixes.push_back({range->op_span, ":"});
  return true;
}

TypeId Checker::CheckSlice(const ast::SliceExpr& slice) {
  TypeId object = Check(slice.object);
  bool begin = Expect(slice.begin, types().i64(), "the begin of a slice");
  bool end = Expect(slice.end, types().i64(), "the end of a slice");
  if (!object.valid() || !begin || !end) return TypeId();
  if (Is(object, TypeKind::kStr) || Is(object, TypeKind::kList)) return types().Erased(object);
  report_->Add(Mistake::kWrongOperands, SpanOf(slice.object),
               "`[a:b]` needs a list or a string, found " + User(object));
  return TypeId();
}

TypeId Checker::CheckConditional(ast::ExprId id, const ast::ConditionalExpr& conditional,
                                 TypeId hint) {
  CheckCondition(conditional.condition);
  BeginWrites();
  const NullFacts facts = FactsOf(conditional.condition);
  const auto side = [&](ast::ExprId value, const std::vector<SlotId>& not_null) {
    PushScope();
    Know(not_null);
    const TypeId type = Check(value, hint);
    PopScope();
    return type;
  };
  TypeId then_type = side(conditional.then_value, facts.if_true);
  TypeId else_type = side(conditional.else_value, facts.if_false);
  notes()[id].writes = EndWrites();
  if (!then_type.valid() || !else_type.valid()) return TypeId();
  const bool both_fit =
      Assignable(&types(), then_type, hint) && Assignable(&types(), else_type, hint);
  if (IsUnion(hint) && both_fit) return types().Erased(hint);
  auto joined = JoinTypes(&types(), then_type, else_type);
  if (joined) return *joined;
  Diagnostic& d = report_->Add(
      Mistake::kTypeMismatch, SpanOf(conditional.else_value),
      "both values must have one type, found " + User(then_type) + " and " + User(else_type));
  d.secondary.push_back(
      {SpanOf(conditional.then_value), "this is " + WithArticle(types(), then_type)});
  return TypeId();
}

TypeId Checker::CheckListOf(const ast::ListExpr& list, TypeId hint) {
  TypeId want = Is(hint, TypeKind::kList) ? types()[hint].element : TypeId();
  if (Is(want, TypeKind::kNone)) want = TypeId();
  TypeId joined = types().none();
  bool wrong = false;
  const bool unions = IsUnion(want);
  for (ast::ExprId item : list.items) {
    TypeId type = Check(item, want);
    if (unions && type.valid() && Assignable(&types(), type, want)) type = want;
    if (!type.valid() || wrong) {
      wrong = true;
      continue;
    }
    auto both =
        item == list.items.front() ? std::optional(type) : JoinTypes(&types(), joined, type);
    if (both) {
      joined = *both;
      continue;
    }
    wrong = true;
    ReportMismatch(item, type, joined, "an item of this list");
  }
  if (wrong) return TypeId();
  if (want.valid() && Assignable(&types(), joined, want))
    return types().ListOf(types().Erased(want));
  return types().ListOf(joined);
}

TypeId Checker::CheckComprehension(ast::ExprId id, const ast::ComprehensionExpr& comprehension) {
  TypeId element = CheckElements(comprehension.list, "for");
  uint32_t outer_frame = std::exchange(body_->frame, ++body_->frame_count);
  const bool outer_list = std::exchange(body_->in_list, true);
  PushScope();
  BeginWrites();
  SlotId bound = Bind(comprehension.name, SlotKind::kElement, element, ast::StmtId());
  if (comprehension.condition.valid()) {
    CheckCondition(comprehension.condition);
    Know(FactsOf(comprehension.condition).if_true);
  }
  TypeId type = Check(comprehension.value);
  EndWrites();
  PopScope();
  body_->frame = outer_frame;
  body_->in_list = outer_list;
  notes()[id].element = bound;
  if (!type.valid() || !element.valid()) return TypeId();
  return types().ListOf(type);
}

// ---- Contexts and forks ----

TypeId Checker::CheckContextValue(ast::ExprId id, const ast::ContextExpr& context) {
  if (body_->place == Place::kConstant) {
    report_->Add(Mistake::kNotConstant, SpanOf(id), "a context cannot be a constant")
        .helps.push_back("make it in a function: `let base = context { ... }`");
    return TypeId();
  }
  SlotId fresh = NewSlot(SlotKind::kContextValue, "value", {}, types().ctx());
  notes()[id].context = fresh;
  SlotId outer_context = std::exchange(body_->context, fresh);
  Place outer_place = std::exchange(body_->place, Place::kContextValue);
  int outer_loops = std::exchange(body_->loops, 0);
  bool outer_message = std::exchange(body_->in_message, false);
  CheckBlock(context.body);
  body_->in_message = outer_message;
  body_->loops = outer_loops;
  body_->place = outer_place;
  body_->context = outer_context;
  return types().ctx();
}

TypeId Checker::CheckFork(ast::ExprId id, const ast::ForkExpr& fork, const ast::Expr& expr) {
  if (body_->place == Place::kConstant) {
    report_->Add(Mistake::kNotConstant, expr.span, "a fork cannot be a constant");
    return TypeId();
  }
  TypeId element = CheckElements(fork.list, "fork");
  CheckForkOptions(fork, &notes()[id]);
  if (body_->in_message) {
    report_->Add(Mistake::kForkInsideRole, fork.name.span, "a fork stands inside a message")
        .helps.push_back(
            "close the message first, or fork before it: a child starts from whole messages");
  }
  Continue(body_->context);
  const Around outer = *body_;
  const int outer_gens = body_->gens;
  const int outer_greedy_gens = body_->greedy_gens;
  body_->frame = ++body_->frame_count;
  body_->in_list = false;
  PushScope();
  BeginWrites();
  ExprNote note = notes()[id];
  note.context = NewSlot(SlotKind::kContext, "context", {}, types().ctx());
  note.exit = NewSlot(SlotKind::kExit, "exit", {}, types().i64());
  note.result = NewSlot(SlotKind::kResult, "result", {}, TypeId());
  note.element = Bind(fork.name, SlotKind::kElement, element, ast::StmtId());
  body_->context = note.context;
  body_->place = Place::kFork;
  body_->loops = 0;
  body_->in_message = false;
  body_->yielded = TypeId();
  body_->has_yielded = body_->uncertain = false;
  for (const OptionNote& option : note.options) {
    if (!option.slot.valid()) continue;
    std::erase_if(body_->defaults, [&](const OptionNote& old) { return old.name == option.name; });
    body_->defaults.push_back({option.name, ast::ExprId(), option.slot, option.type});
  }
  Flow flow = CheckBlock(fork.body);
  if (flow.falls_through && !body_->uncertain) ReportNoYield(expr);
  TypeId yielded = body_->yielded;
  if (yielded.valid() && IsUndetermined(types(), yielded) && body_->has_yielded) {
    report_->Add(Mistake::kTypeUnknown, fork.name.span,
                 "the type of what this fork yields cannot be told");
    yielded = TypeId();
  }
  slot(note.result).type = yielded;
  EndWrites();
  LintEqualBranches(fork, note, body_->gens - outer_gens, body_->greedy_gens - outer_greedy_gens);
  LintListInChildren(fork, outer, body_->gens - outer_gens);
  notes()[id] = std::move(note);
  PopScope();
  static_cast<Around&>(*body_) = outer;
  if (!yielded.valid()) return TypeId();
  const bool nulls = notes()[id].on_error == "null";
  return types().ListOf(nulls ? types().OptionalOf(types().Erased(yielded)) : yielded);
}

void Checker::CheckForkOptions(const ast::ForkExpr& fork, ExprNote* note) {
  static constexpr std::string_view kOwn[] = {"max_parallel", "on_error"};
  static constexpr std::string_view kOnError[] = {"fail", "skip", "null"};
  std::vector<OptionNote> options = CheckOptions(fork.options, "fork", kOwn);
  for (OptionNote& option : options) {
    option.slot = NewSlot(SlotKind::kOption, option.name, {}, option.type);
  }
  std::string on_error = "fail";
  for (const ast::Arg& option : fork.options) {
    if (!option.name) continue;
    if (option.name->text == "max_parallel") {
      if (!Expect(option.value, types().i64(), "option `max_parallel`")) continue;
      options.push_back({"max_parallel", option.value, SlotId(), types().i64()});
      auto value = KnownValue(option.value);
      if (value &&
          (value->as_int() < 1 || value->as_int() > static_cast<int64_t>(kForkChildrenMax))) {
        report_->Add(
            Mistake::kOutOfRange, SpanOf(option.value),
            "option `max_parallel` must lie between 1 and " + std::to_string(kForkChildrenMax));
      }
    } else if (option.name->text == "on_error") {
      on_error = CheckWord(option, kOnError);
    }
  }
  note->options = std::move(options);
  note->on_error = std::move(on_error);
}

}  // namespace lmp::frontend
