// Types as written -> TypeIds.
#include <limits>

#include "frontend/check.h"
#include "frontend/elsewhere.h"
#include "frontend/library.h"
#include "frontend/tree.h"

namespace lmp::frontend {

TypeId Checker::CheckType(ast::TypeId id) {
  const ast::Type& type = tree()[id];
  if (const auto* named = std::get_if<ast::NamedType>(&type.node))
    return CheckNamedType(type, *named);
  if (const auto* optional = std::get_if<ast::OptionalType>(&type.node)) {
    TypeId inner = CheckType(optional->inner);
    return inner.valid() ? types().OptionalOf(inner) : TypeId();
  }
  if (std::holds_alternative<ast::LiteralType>(type.node)) Refuse(type.span, "a string as a type");
  if (std::holds_alternative<ast::UnionType>(type.node)) Refuse(type.span, "a union of types");
  return TypeId();
}

TypeId Checker::CheckNamedType(const ast::Type& type, const ast::NamedType& named) {
  if (named.name.parts.size() != 1) {
    Refuse(named.name.span, "a type of another file");
    return TypeId();
  }
  const ast::Name& name = named.name.parts.front();
  if (named.hole) {
    Refuse(named.hole->source.span, "a choice from a run-time list as a type");
    return TypeId();
  }
  if (name.text == "list") return CheckListType(type, named);
  if (!IsLanguageType(name.text)) {
    TypeId declared = CheckDeclaredType(name);
    if (!declared.valid()) return declared;
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

TypeId Checker::CheckDeclaredType(const ast::Name& name) {
  const Declared* declared = model_->Find(name.text);
  if (declared == nullptr) {
    ReportUnknownType(name);
    return TypeId();
  }
  switch (declared->kind) {
    case DeclKind::kAlias:
      return CheckAlias(declared->index);
    case DeclKind::kEnum:
      return types().EnumOf(name.text);
    case DeclKind::kRecord: {
      uint32_t unit = unit_;
      if (model_->records[declared->index].progress == Progress::kBegun) {
        report_
            ->Add(Mistake::kRecursiveType, name.span, "record `" + name.text + "` contains itself")
            .notes.push_back(
                "every value has a bounded size, so a type cannot be a part of itself");
        return TypeId();
      }
      CheckRecord(declared->index);
      unit_ = unit;
      return model_->records[declared->index].refused ? TypeId() : types().RecordOf(name.text);
    }
    case DeclKind::kRefused:
      return TypeId();
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
    for (const auto& [declared, what] : model_->names) {
      if (what.kind == DeclKind::kRecord || what.kind == DeclKind::kEnum ||
          what.kind == DeclKind::kAlias) {
        names.push_back(declared);
      }
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
  for (const ast::Refinement& refinement : named.refinements) {
    const ast::Expr& value = tree()[refinement.value];
    if (std::holds_alternative<ast::RegexExpr>(value.node) ||
        (refinement.name && refinement.name->text == "grammar")) {
      Refuse(refinement.span, "a pattern as part of a type");
      return false;
    }
    const auto* range = std::get_if<ast::BinaryExpr>(&value.node);
    bool is_range = range != nullptr && range->op == ast::BinaryOp::kRange && !refinement.name;
    bool has_range = type->kind == TypeKind::kI64 || type->kind == TypeKind::kF64 ||
                     type->kind == TypeKind::kList;
    bool is_length =
        type->kind == TypeKind::kStr && refinement.name && refinement.name->text == "max";
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

bool Checker::CheckRangeOf(ast::ExprId expr, ir::Type* type) {
  const auto& range = std::get<ast::BinaryExpr>(tree()[expr].node);
  bool real = type->kind == TypeKind::kF64;
  TypeId number = real ? types().f64() : types().i64();
  auto low = CheckConstantValue(range.left, number, "the lower bound", nullptr);
  auto high = CheckConstantValue(range.right, number, "the upper bound", nullptr);
  if (!low || !high) return false;
  if (real) {
    type->low_f = low->as_float();
    type->high_f = high->as_float();
  } else {
    type->low = low->as_int();
    type->high = high->as_int();
  }
  bool empty = real ? *type->low_f > *type->high_f : *type->low > *type->high;
  bool negative = type->kind == TypeKind::kList && *type->low < 0;
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
  auto length = CheckConstantValue(refinement.value, types().i64(), "the length", nullptr);
  if (!length) return false;
  if (length->as_int() < 1 || length->as_int() > std::numeric_limits<int32_t>::max()) {
    report_->Add(Mistake::kOutOfRange, SpanOf(refinement.value),
                 "a string's length must be at least 1");
    return false;
  }
  type->high = length->as_int();
  return true;
}

}  // namespace lmp::frontend
