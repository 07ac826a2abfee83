// Types as written -> TypeIds.
#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>

#include "frontend/check.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "ir/failure.h"
#include "ir/passage.h"
#include "ir/regex.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::frontend {

TypeId Checker::CheckType(ast::TypeId id) {
  const TypeId type = CheckWrittenType(id);
  return ReportGrammar(type, tree()[id].span) ? TypeId() : type;
}

TypeId Checker::CheckWrittenType(ast::TypeId id) {
  const ast::Type& type = tree()[id];
  if (const auto* named = std::get_if<ast::NamedType>(&type.node))
    return CheckNamedType(type, *named);
  if (const auto* optional = std::get_if<ast::OptionalType>(&type.node)) {
    TypeId inner = CheckType(optional->inner);
    return inner.valid() ? types().OptionalOf(inner) : TypeId();
  }
  if (std::holds_alternative<ast::ErrorType>(type.node)) return TypeId();
  if (const auto* written = std::get_if<ast::UnionType>(&type.node)) {
    const auto is_text = [&](ast::TypeId member) {
      const auto* optional = std::get_if<ast::OptionalType>(&tree()[member].node);
      const ast::Type& inner = tree()[optional != nullptr ? optional->inner : member];
      return std::holds_alternative<ast::LiteralType>(inner.node);
    };
    if (std::none_of(written->members.begin(), written->members.end(), is_text))
      return CheckUnion(type, *written);
  }
  return CheckTexts(type);
}

// A | B: one of several records.
TypeId Checker::CheckUnion(const ast::Type& type, const ast::UnionType& written) {
  std::vector<TypeId> members;
  bool optional = false;
  bool good = true;
  for (const ast::TypeId member : written.members) {
    if (good) good = AddMember(member, &members, &optional);
  }
  if (!good) return TypeId();
  for (size_t i = 0; i < members.size(); ++i) {
    const std::string& name = types()[members[i]].name;
    const Record& record = *RecordOf(members[i]);
    const bool twice = std::any_of(members.begin(), members.begin() + static_cast<ptrdiff_t>(i),
                                   [&](TypeId before) { return types()[before].name == name; });
    const bool kind = std::any_of(record.fields.begin(), record.fields.end(),
                                  [](const RecordField& field) { return field.name == "kind"; });
    if (!twice && !kind) continue;
    Diagnostic& d = report_->Add(
        Mistake::kDuplicateName, type.span,
        twice ? "`" + name + "` is in the union twice"
              : "`" + name + "` has a field `kind`, which in a union says what record it is");
    if (kind) d.helps.push_back("give the field another name");
    return TypeId();
  }
  const TypeId records = types().UnionOf(std::move(members));
  return optional ? types().OptionalOf(records) : records;
}

bool Checker::AddMember(ast::TypeId written, std::vector<TypeId>* members, bool* optional) {
  TypeId type = CheckType(written);
  if (!type.valid()) return false;
  if (Is(type, TypeKind::kOptional)) {
    *optional = true;
    type = types()[type].element;
  }
  if (Is(type, TypeKind::kUnion)) {
    const std::vector<TypeId> inside = types()[type].members;
    members->insert(members->end(), inside.begin(), inside.end());
    return true;
  }
  if (!Is(type, TypeKind::kRecord)) {
    report_
        ->Add(Mistake::kUnknownType, tree()[written].span,
              WithArticle(types(), type) + " cannot be a part of a union")
        .helps.push_back("a union is of records (`A | B`), or of fixed texts (`\"yes\" | \"no\"`)");
    return false;
  }
  members->push_back(type);
  return true;
}

// "yes", "yes" | "no", "yes"? | "no": one of fixed texts.
TypeId Checker::CheckTexts(const ast::Type& type) {
  ir::Type checked;
  checked.kind = TypeKind::kStr;
  checked.options.emplace();
  std::unordered_set<std::string_view> seen;
  bool optional = false;
  const auto add = [&](ast::TypeId member) {
    const ast::Type* one = &tree()[member];
    if (const auto* inner = std::get_if<ast::OptionalType>(&one->node)) {
      optional = true;
      one = &tree()[inner->inner];
    }
    if (std::holds_alternative<ast::ErrorType>(one->node)) return false;
    const auto* literal = std::get_if<ast::LiteralType>(&one->node);
    if (literal == nullptr) {
      report_
          ->Add(Mistake::kUnknownType, one->span, "this cannot stand beside a fixed text in a type")
          .helps.push_back("a type is one of fixed texts, or one of records");
      return false;
    }
    const std::string& text = literal->text.text;
    if (!seen.insert(text).second) {
      report_->Add(Mistake::kDuplicateName, one->span,
                   "the text " + QuoteText(text) + " is in the type twice");
      return false;
    }
    checked.options->push_back(text);
    return true;
  };
  if (const auto* literal = std::get_if<ast::LiteralType>(&type.node)) {
    checked.options->push_back(literal->text.text);
  } else {
    for (const ast::TypeId member : std::get<ast::UnionType>(type.node).members) {
      if (!add(member)) return TypeId();
    }
  }
  const TypeId texts = types().Intern(std::move(checked));
  return optional ? types().OptionalOf(texts) : texts;
}

TypeId Checker::CheckNamedType(const ast::Type& type, const ast::NamedType& named) {
  if (named.name.parts.size() != 1) return CheckModuleType(type, named);
  const ast::Name& name = named.name.parts.front();
  if (named.hole) return CheckChoice(type, named);
  if (name.text == "list") return CheckListType(type, named);
  if (!IsLanguageType(name.text)) {
    TypeId declared = CheckDeclaredType(name, Named(name.text));
    if (!declared.valid()) return declared;
    if (Is(declared, TypeKind::kRecord)) return CheckRecordType(type, named, declared);
    if (!named.args.empty() || !named.refinements.empty()) {
      report_->Add(Mistake::kUnknownType, type.span, "`" + name.text + "` takes no type arguments");
      return TypeId();
    }
    return declared;
  }
  if (!named.args.empty()) {
    report_->Add(Mistake::kUnknownType, type.span, "`" + name.text + "` takes no type arguments");
    return TypeId();
  }
  ir::Type checked;
  if (name.text == "string") checked.kind = TypeKind::kStr;
  if (name.text == "int") checked.kind = TypeKind::kI64;
  if (name.text == "float") checked.kind = TypeKind::kF64;
  if (name.text == "bool") checked.kind = TypeKind::kBool;
  if (name.text == "context") checked.kind = TypeKind::kCtx;
  if (!CheckRefinements(named, &checked)) return TypeId();
  return types().Intern(std::move(checked));
}

TypeId Checker::CheckListType(const ast::Type& type, const ast::NamedType& named) {
  if (named.args.size() != 1) {
    Diagnostic& d =
        report_->Add(Mistake::kUnknownType, type.span, "`list` needs the type of its items");
    d.helps.push_back("write `list<string>`");
    if (named.args.empty() && named.refinements.empty())
      d.fixes.push_back({type.span, "list<string>"});
    return TypeId();
  }
  TypeId element = CheckType(named.args.front());
  ir::Type checked;
  checked.kind = TypeKind::kList;
  checked.element = element;
  if (!CheckRefinements(named, &checked) || !element.valid()) return TypeId();
  return types().Intern(std::move(checked));
}

TypeId Checker::CheckDeclaredType(const ast::Name& name, const Declared* declared) {
  if (declared == nullptr) {
    ReportUnknownType(name);
    return TypeId();
  }
  switch (declared->kind) {
    case DeclKind::kAlias:
      return CheckAlias(declared->index);
    case DeclKind::kEnum:
      return types().EnumOf(model_->enums[declared->index].name);
    case DeclKind::kRecord: {
      uint32_t unit = unit_;
      if (model_->records[declared->index].progress == Progress::kBegun) {
        report_
            ->Add(Mistake::kRecursiveType, name.span, "record `" + name.text + "` contains itself")
            .notes.push_back(
                "every value has a bounded size, so a type cannot be a part of itself");
        return TypeId();
      }
      // Deeper than any record may be: it is looked at, and reported, on its own.
      if (records_open_ > kRecordDepthMax) return TypeId();
      CheckRecord(declared->index);
      unit_ = unit;
      {
        const Record& record = model_->records[declared->index];
        return record.refused ? TypeId() : types().RecordOf(record.name);
      }
    }
    case DeclKind::kRefused:
      return TypeId();
    case DeclKind::kFunction:
      if (const auto& tool = model_->functions[declared->index].tool) {
        const uint32_t unit = unit_;
        if (model_->records[tool->record].progress == Progress::kBegun) {
          report_
              ->Add(Mistake::kRecursiveType, name.span,
                    "the arguments of tool `" + name.text + "` contain themselves")
              .notes.push_back(
                  "every value has a bounded size, so a type cannot be a part of itself");
          return TypeId();
        }
        CheckRecord(tool->record);
        unit_ = unit;
        const Record& record = model_->records[tool->record];
        return record.refused ? TypeId() : types().RecordOf(record.name);
      }
      [[fallthrough]];
    default:
      report_->Add(Mistake::kUnknownType, name.span, "`" + name.text + "` is not a type")
          .secondary.push_back({declared->span, "defined here"});
      return TypeId();
  }
}

void Checker::ReportUnknownType(const ast::Name& name) {
  if (model_->names_incomplete) return;
  Diagnostic& d =
      report_->Add(Mistake::kUnknownType, name.span, "there is no type `" + name.text + "`");
  if (const std::string_view advice = TypeAdvice(name.text); !advice.empty()) {
    d.helps.emplace_back(advice);
    return;
  }
  std::string meant(TypeElsewhere(name.text));
  if (meant.empty()) {
    std::vector<std::string> names = LanguageTypes();
    for (const std::string& declared : NamesOf(unit_)) {
      const DeclKind kind = Named(declared)->kind;
      if (kind == DeclKind::kRecord || kind == DeclKind::kEnum || kind == DeclKind::kAlias)
        names.push_back(declared);
    }
    if (!model_->units[unit_].prefix.empty()) {
      names.emplace_back(ir::kPassageRecord);
      names.emplace_back(ir::kFailureRecord);
    }
    meant = Nearest(name.text, names);
  }
  if (meant.empty()) {
    d.helps.push_back(
        "the types are: string, int, float, bool, list<T>, context, and your records and enums");
    return;
  }
  d.helps.push_back("LMP calls it `" + meant + "`");
  d.fixes.push_back({name.span, meant});
}

bool Checker::CheckRefinements(const ast::NamedType& named, ir::Type* type) {
  const auto has_grammar = [](const ast::Refinement& part) {
    return part.name && (part.name->text == "grammar" || part.name->text == "schema");
  };
  if (type->kind == TypeKind::kStr &&
      std::any_of(named.refinements.begin(), named.refinements.end(), has_grammar)) {
    return CheckGrammarOf(named, type);
  }
  for (const ast::Refinement& refinement : named.refinements) {
    const ast::Expr& value = tree()[refinement.value];
    if (type->kind == TypeKind::kStr && std::holds_alternative<ast::RegexExpr>(value.node) &&
        (!refinement.name || refinement.name->text == "re") && !type->pattern) {
      if (!CheckPatternOf(refinement.value, type)) return false;
      continue;
    }
    const auto* range = std::get_if<ast::BinaryExpr>(&value.node);
    bool is_range = range != nullptr && range->op == ast::BinaryOp::kRange && !refinement.name;
    bool has_range = type->kind == TypeKind::kI64 || type->kind == TypeKind::kF64 ||
                     type->kind == TypeKind::kList;
    bool is_length = type->kind == TypeKind::kStr && refinement.name &&
                     (refinement.name->text == "max" || refinement.name->text == "min");
    if (is_range && has_range) {
      if (!CheckRangeOf(refinement.value, type)) return false;
    } else if (is_length) {
      if (!CheckLengthOf(refinement, type)) return false;
    } else if (!std::holds_alternative<ast::ErrorExpr>(value.node)) {
      Diagnostic& d =
          report_->Add(Mistake::kUnknownType, refinement.span, "this bound does not fit the type");
      d.helps.push_back(type->kind == TypeKind::kStr
                            ? "a string is bounded as `string(max: 80)`, in characters"
                        : has_range ? "write `int(1..5)`, `float(0.0..1.0)` or `list<T>(1..3)`"
                                    : "this type has no bounds");
      AddBoundFix(named, *type, &d);
      return false;
    } else {
      return false;
    }
  }
  return true;
}

// string(80), int(1-5), int(1, 5)
void Checker::AddBoundFix(const ast::NamedType& named, const ir::Type& type, Diagnostic* d) const {
  const std::vector<ast::Refinement>& bounds = named.refinements;
  const auto is_number = [&](const ast::Refinement& bound) {
    return !bound.name && std::holds_alternative<ast::IntExpr>(tree()[bound.value].node);
  };
  const bool ranged = type.kind == TypeKind::kI64 || type.kind == TypeKind::kList;
  if (type.kind == TypeKind::kStr && bounds.size() == 1 && is_number(bounds[0])) {
    const uint32_t begin = bounds[0].span.begin;
    d->fixes.push_back({{bounds[0].span.source, begin, begin}, "max: "});
  } else if (ranged && bounds.size() == 2 && is_number(bounds[0]) && is_number(bounds[1])) {
    d->fixes.push_back({{bounds[0].span.source, bounds[0].span.end, bounds[1].span.begin}, ".."});
  } else if (ranged && bounds.size() == 1 && !bounds[0].name) {
    const auto* minus = std::get_if<ast::BinaryExpr>(&tree()[bounds[0].value].node);
    if (minus == nullptr || minus->op != ast::BinaryOp::kSubtract) return;
    d->fixes.push_back({minus->op_span, ".."});
  }
}

// One end of a range: a constant, or a hole where those may stand.
bool Checker::CheckEnd(ast::ExprId expr, std::string_view what, ir::Type* type, bool high) {
  const bool real = type->kind == TypeKind::kF64;
  const TypeId number = real ? types().f64() : types().i64();
  if (holes_.filled != nullptr || holes_.record != nullptr) {
    const size_t errors = report_->errors();
    if (const auto hole = HoleFor(expr, number, what)) {
      (high ? type->high_hole : type->low_hole) = *hole;
      return true;
    }
    if (report_->errors() > errors) return false;
  }
  const auto value = CheckConstantValue(expr, number, what, nullptr);
  if (!value) return false;
  if (real) (high ? type->high_f : type->low_f) = value->as_float();
  if (!real) (high ? type->high : type->low) = value->as_int();
  return true;
}

bool Checker::CheckRangeOf(ast::ExprId expr, ir::Type* type) {
  const auto& range = std::get<ast::BinaryExpr>(tree()[expr].node);
  if (!CheckEnd(range.left, "the lower bound", type, false)) return false;
  if (!CheckEnd(range.right, "the upper bound", type, true)) return false;
  const bool empty = (type->low && type->high && *type->low > *type->high) ||
                     (type->low_f && type->high_f && *type->low_f > *type->high_f);
  const bool negative = type->kind == TypeKind::kList &&
                        ((type->low && *type->low < 0) || (type->high && *type->high < 0));
  if (empty || negative) {
    report_
        ->Add(Mistake::kOutOfRange, SpanOf(expr),
              empty ? "no value lies in this range" : "a list has no negative length")
        .helps.push_back("both ends belong to the range: `1..5` is 1, 2, 3, 4, 5");
    return false;
  }
  return true;
}

bool Checker::CheckLengthOf(const ast::Refinement& refinement, ir::Type* type) {
  const bool most = refinement.name->text == "max";
  if (holes_.filled != nullptr || holes_.record != nullptr) {
    const size_t errors = report_->errors();
    if (const auto hole = HoleFor(refinement.value, types().i64(), "the length")) {
      (most ? type->high_hole : type->low_hole) = *hole;
      return true;
    }
    if (report_->errors() > errors) return false;
  }
  auto length = CheckConstantValue(refinement.value, types().i64(), "the length", nullptr);
  if (!length) return false;
  if (length->as_int() < (most ? 1 : 0) || length->as_int() > kStringCharactersMax) {
    report_->Add(Mistake::kOutOfRange, SpanOf(refinement.value),
                 most ? "a string's length must be at least 1, and at most " +
                            std::to_string(kStringCharactersMax)
                      : "a string's least length must be between 0 and " +
                            std::to_string(kStringCharactersMax));
    return false;
  }
  (most ? type->high : type->low) = length->as_int();
  if (!type->low || !type->high || *type->low <= *type->high) return true;
  report_->Add(Mistake::kOutOfRange, refinement.span, "no text is that short and that long");
  return false;
}

bool Checker::CheckPatternOf(ast::ExprId pattern, ir::Type* type) {
  const std::string& text = std::get<ast::RegexExpr>(tree()[pattern].node).pattern;
  const Result<ir::Regex> regex = ir::Regex::Compile(text);
  if (!regex.ok()) {
    report_->Add(Mistake::kBadPattern, SpanOf(pattern), regex.status().message());
    return false;
  }
  type->pattern = text;
  return true;
}

// ---- Holes ----

// The type of a generation; `holes` receives what fills the parts known only at run time.
TypeId Checker::CheckGeneratedType(ast::TypeId id, std::vector<OptionNote>* holes) {
  const Holes outer = std::exchange(holes_, {holes, nullptr});
  const TypeId type = CheckWrittenType(id);
  holes_ = outer;
  return type;
}

std::string Checker::NewHole(const std::string& name, const OptionNote& filled) {
  std::string hole = name;
  const auto taken = [&](const OptionNote& other) { return other.name == "$" + hole; };
  for (int i = 1; std::any_of(holes_.filled->begin(), holes_.filled->end(), taken); ++i) {
    hole = name + "_" + std::to_string(i);
  }
  holes_.filled->push_back(filled);
  holes_.filled->back().name = "$" + hole;
  return hole;
}

// The hole that a name stands for: a parameter of the record, or a local of the function around
// the generation. Nothing if it is neither, or after a report.
std::optional<std::string> Checker::HoleOf(const ast::Name& name, TypeId want) {
  if (holes_.record != nullptr) {
    for (const ir::HoleDecl& hole : holes_.record->holes) {
      if (hole.name != name.text) continue;
      if (Assignable(&types(), hole.type, want) && hole.type == want) return name.text;
      report_->Add(Mistake::kTypeMismatch, name.span,
                   "`" + name.text + "` is " + WithArticle(types(), hole.type) + ", here " +
                       WithArticle(types(), want) + " is asked for");
      return std::nullopt;
    }
    return std::nullopt;
  }
  const SlotId local = holes_.filled != nullptr ? FindLocal(name.text) : SlotId();
  if (!local.valid()) return std::nullopt;
  slot(local).reads++;
  const TypeId found = slot(local).type;
  if (!found.valid()) return std::nullopt;
  if (!types().Fits(found, want)) {
    report_
        ->Add(Mistake::kTypeMismatch, name.span,
              "`" + name.text + "` is " + WithArticle(types(), found) + ", here " +
                  WithArticle(types(), want) + " is asked for")
        .secondary.push_back({slot(local).span, "defined here"});
    return std::nullopt;
  }
  return NewHole(name.text, {"", ast::ExprId(), local, want});
}

// The hole for an expression that is no constant; nothing for constants, or after a report.
std::optional<std::string> Checker::HoleFor(ast::ExprId expr, TypeId want, std::string_view what) {
  if (const ast::Name* name = AsName(tree(), expr)) {
    const size_t errors = report_->errors();
    if (const auto hole = HoleOf(*name, want)) return hole;
    if (report_->errors() > errors) return std::nullopt;
  }
  if (holes_.record != nullptr) ReportComputedHole(expr);
  if (holes_.filled == nullptr) return std::nullopt;
  // Names of constants are left to the caller; anything else is computed where it stands.
  if (AsName(tree(), expr) != nullptr || !Expect(expr, want, what) || KnownValue(expr))
    return std::nullopt;
  return NewHole("bound", {"", expr, SlotId(), want});
}

// A field's bound is a parameter of the record as it is; what is computed of it stands in the type
// of the generation.
void Checker::ReportComputedHole(ast::ExprId expr) {
  const std::function<const ast::Name*(ast::ExprId)> parameter =
      [&](ast::ExprId part) -> const ast::Name* {
    if (const ast::Name* name = AsName(tree(), part)) {
      const auto& holes = holes_.record->holes;
      const bool is = std::any_of(holes.begin(), holes.end(), [&](const ir::HoleDecl& hole) {
        return hole.name == name->text;
      });
      return is ? name : nullptr;
    }
    if (const auto* unary = std::get_if<ast::UnaryExpr>(&tree()[part].node))
      return parameter(unary->operand);
    const auto* binary = std::get_if<ast::BinaryExpr>(&tree()[part].node);
    if (binary == nullptr) return nullptr;
    const ast::Name* left = parameter(binary->left);
    return left != nullptr ? left : parameter(binary->right);
  };
  if (AsName(tree(), expr) != nullptr) return;
  const ast::Name* name = parameter(expr);
  if (name == nullptr) return;
  report_
      ->Add(Mistake::kNotConstant, SpanOf(expr),
            "a bound in a record is a parameter as it is, or constant")
      .helps.push_back("write `" + name->text +
                       "` here, and compute it where the record is generated: `gen x: " +
                       holes_.record->name + "(" + TextOf(SpanOf(expr)) + ")`");
}

// string in ids
TypeId Checker::CheckChoice(const ast::Type& type, const ast::NamedType& named) {
  const ast::Hole& hole = *named.hole;
  const TypeId texts = types().ListOf(types().str());
  if (named.name.parts.front().text != "string" || !named.refinements.empty()) {
    report_->Add(Mistake::kUnknownType, type.span, "only a string is chosen from a list")
        .helps.push_back("write `string in " + hole.source.parts.front().text + "`");
    return TypeId();
  }
  if (hole.source.parts.size() > 1 || !hole.args.empty()) {
    report_->Add(Mistake::kUnknownType, hole.span, "the list to choose from needs a name")
        .helps.push_back("write `let choices = ...` before it and `string in choices` here");
    return TypeId();
  }
  const ast::Name& name = hole.source.parts.front();
  ir::Type checked;
  checked.kind = TypeKind::kStr;
  const Declared* declared = Named(name.text);
  if (declared != nullptr && declared->kind == DeclKind::kConstant &&
      !(body_ != nullptr && FindLocal(name.text).valid())) {
    CheckConstant(declared->index);
    const Constant& constant = model_->constants[declared->index];
    if (!constant.type.valid()) return TypeId();
    if (types().Fits(constant.type, texts)) {
      checked.options.emplace();
      for (const ir::Value& text : constant.value.as_list())
        checked.options->push_back(text.as_str());
      return types().Intern(std::move(checked));
    }
  }
  const size_t errors = report_->errors();
  const auto found = HoleOf(name, texts);
  if (found) {
    checked.options_hole = *found;
    return types().Intern(std::move(checked));
  }
  if (report_->errors() == errors) {
    Diagnostic& d = report_->Add(
        Mistake::kUnknownName, name.span,
        holes_.filled != nullptr ? "there is no list `" + name.text + "` to choose from"
        : holes_.record != nullptr
            ? "`" + name.text + "` is no parameter of the record"
            : "what is chosen from is known only when something is generated");
    d.helps.push_back(holes_.filled != nullptr ? "bind it before: `let " + name.text + " = [...]`"
                      : holes_.record != nullptr
                          ? "write `record " + holes_.record->name + "(" + name.text +
                                ": list<string>) { ... }`"
                          : "say it at the generation: `gen x: string in " + name.text + "`");
  }
  return TypeId();
}

// What fills which parameter: by place, then by name. False after a report.
bool Checker::PlaceFillers(const std::string& name, std::span<const ast::Refinement> given,
                           const Record& record, std::vector<const ast::Refinement*>* placed) {
  const std::vector<ir::HoleDecl>& wanted = record.holes;
  const auto wrong = [&](Span span, const std::string& what) {
    std::string parameters;
    for (const ir::HoleDecl& hole : wanted)
      parameters += (parameters.empty() ? "" : ", ") + hole.name + ": " + User(hole.type);
    report_->Add(Mistake::kWrongArguments, span, what)
        .helps.push_back("it is " + name + "(" + parameters + ")");
    return false;
  };
  bool by_name = false;
  for (size_t i = 0; i < given.size(); ++i) {
    const ast::Refinement& one = given[i];
    if (by_name && !one.name)
      return wrong(one.span, "an argument without a name stands behind one with a name");
    by_name = one.name.has_value();
    const auto at = static_cast<size_t>(by_name ? std::find_if(wanted.begin(), wanted.end(),
                                                               [&](const ir::HoleDecl& hole) {
                                                                 return hole.name == one.name->text;
                                                               }) -
                                                      wanted.begin()
                                                : static_cast<std::ptrdiff_t>(i));
    if (at == wanted.size())
      return wrong(one.name->span, "`" + name + "` has no parameter `" + one.name->text + "`");
    if ((*placed)[at] != nullptr)
      return wrong(one.span, "argument `" + wanted[at].name + "` is given twice");
    (*placed)[at] = &one;
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    const bool has_default = holes_.filled != nullptr && record.hole_defaults[i].has_value();
    if ((*placed)[i] == nullptr && !has_default)
      return wrong(given.back().span, "`" + name + "` misses `" + wanted[i].name + "`");
  }
  return true;
}

// Claim, Claim(ids), Claim(ids: known)
TypeId Checker::CheckRecordType(const ast::Type& type, const ast::NamedType& named,
                                TypeId record_id) {
  const std::string name = types()[record_id].name;
  const Record& record = model_->records[model_->Find(name)->index];
  const std::vector<ir::HoleDecl>& wanted = record.holes;
  const std::vector<ast::Refinement>& given = named.refinements;
  const bool may_fill = holes_.filled != nullptr || holes_.record != nullptr;
  // Values have no holes, so outside of a generation the name alone is the type.
  if (given.empty() && (wanted.empty() || !may_fill) && named.args.empty()) return record_id;
  // Defaults are values: a record inside of another is filled by the parameters of that one.
  const auto without_default = static_cast<size_t>(
      std::count(record.hole_defaults.begin(), record.hole_defaults.end(), std::nullopt));
  const size_t least = holes_.filled != nullptr ? without_default : wanted.size();
  if (!named.args.empty() || given.size() > wanted.size() || given.size() < least || !may_fill) {
    Diagnostic& d = report_->Add(
        Mistake::kUnknownType, type.span,
        wanted.empty() ? "`" + name + "` takes no type arguments"
        : !may_fill    ? "what fills `" + name + "` is said where it is generated"
                       : "`" + name + "` needs " +
                          (least < wanted.size() ? std::to_string(least) + " to " : "") +
                          std::to_string(wanted.size()) +
                          (wanted.size() == 1 ? " argument" : " arguments"));
    if (!wanted.empty())
      d.helps.push_back(may_fill ? "write `" + name + "(" + wanted[0].name + ")`"
                                 : "write `" + name + "`");
    return TypeId();
  }
  std::vector<const ast::Refinement*> placed(wanted.size());
  if (!PlaceFillers(name, given, record, &placed)) return TypeId();
  ir::Type checked = types()[record_id];
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (placed[i] == nullptr) {
      checked.arguments.emplace_back(
          wanted[i].name, NewHole(wanted[i].name, {"", ast::ExprId(), SlotId(), wanted[i].type,
                                                   record.hole_defaults[i]}));
      continue;
    }
    const size_t errors = report_->errors();
    auto hole = HoleFor(placed[i]->value, wanted[i].type, "argument `" + wanted[i].name + "`");
    if (!hole && report_->errors() == errors && holes_.filled != nullptr &&
        Expect(placed[i]->value, wanted[i].type, "argument `" + wanted[i].name + "`")) {
      hole = NewHole(wanted[i].name, {"", placed[i]->value, SlotId(), wanted[i].type});
    }
    if (!hole) {
      if (report_->errors() == errors) {
        report_->Add(Mistake::kUnknownName, placed[i]->span,
                     "inside a record only its parameters fill the ones of another");
      }
      return TypeId();
    }
    checked.arguments.emplace_back(wanted[i].name, *hole);
  }
  return types().Intern(std::move(checked));
}

}  // namespace lmp::frontend
