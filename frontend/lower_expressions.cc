// Expressions.
#include <algorithm>
#include <numeric>

#include "frontend/constant.h"
#include "frontend/lower_function.h"
#include "frontend/operators.h"
#include "ir/verify.h"
#include "runtime/base/check.h"

namespace lmp::frontend {

ir::ValueId FunctionLowering::Lower(ast::ExprId id) {
  const ExprNote& note = notes()[id];
  builder_.SetSpan(tree()[id].span);
  switch (note.meaning) {
    case Meaning::kConstant:
      return builder_.Const(notes().constants[note.target], note.type);
    case Meaning::kLocal:
      return IsUnwrapped(note)
                 ? builder_.CallPure("unwrap", {ValueOrDefault(SlotId(note.target))}, note.type)
                 : ValueOrDefault(SlotId(note.target));
    case Meaning::kFunction:
      return LowerCall(id);
    case Meaning::kRecord:
      return LowerRecord(note);
    case Meaning::kBuiltin:
      return LowerBuiltin(note);
    case Meaning::kRetrieve:
      return LowerRetrieve(note);
    case Meaning::kStats:
      return builder_.Stats();
    case Meaning::kRun:
      return LowerRun(note);
    case Meaning::kListen:
      return LowerListen(note);
    case Meaning::kTokens:
      return builder_.Tokens(Lower(note.arguments[0]));
    case Meaning::kClip: {
      const ValueId text = Lower(note.arguments[0]);
      return builder_.Clip(text, Lower(note.arguments[1]));
    }
    case Meaning::kConfidence:
      return builder_.CallPure("max", {value(SlotId(note.target))}, types().f64());
    case Meaning::kProbabilities:
      return value(SlotId(note.target));
    case Meaning::kPlain:
      return LowerNode(id, tree()[id]);
  }
  return LowerNode(id, tree()[id]);
}

ir::ValueId FunctionLowering::LowerNode(ast::ExprId id, const ast::Expr& expr) {
  TypeId type = notes()[id].type;
  if (const auto* integer = std::get_if<ast::IntExpr>(&expr.node))
    return builder_.ConstInt(integer->value);
  if (const auto* real = std::get_if<ast::FloatExpr>(&expr.node)) {
    return builder_.Const(ir::Value::Float(real->value), types().f64());
  }
  if (const auto* regex = std::get_if<ast::RegexExpr>(&expr.node))
    return builder_.ConstStr(regex->pattern);
  if (const auto* string = std::get_if<ast::StringExpr>(&expr.node)) return LowerString(*string);
  if (const auto* field = std::get_if<ast::FieldExpr>(&expr.node)) {
    ValueId object = Lower(field->object);
    return builder_.Field(object, field->field.text, type);
  }
  if (const auto* index = std::get_if<ast::IndexExpr>(&expr.node)) {
    ValueId object = Lower(index->object);
    return builder_.CallPure("index", {object, Lower(index->index)}, type);
  }
  if (const auto* slice = std::get_if<ast::SliceExpr>(&expr.node)) {
    ValueId object = Lower(slice->object);
    ValueId begin = Lower(slice->begin);
    return builder_.CallPure("slice", {object, begin, Lower(slice->end)}, type);
  }
  if (const auto* unary = std::get_if<ast::UnaryExpr>(&expr.node)) {
    return builder_.CallPure(std::string(BuiltinOf(unary->op)), {Lower(unary->operand)}, type);
  }
  if (const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node))
    return LowerBinary(id, *binary);
  if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) {
    std::vector<ValueId> items;
    for (ast::ExprId item : list->items) items.push_back(LowerAs(item, types()[type].element));
    return builder_.ListMake(std::move(items), type);
  }
  if (const auto* conditional = std::get_if<ast::ConditionalExpr>(&expr.node))
    return LowerConditional(id, *conditional);
  if (const auto* fork = std::get_if<ast::ForkExpr>(&expr.node)) return LowerFork(id, *fork);
  if (const auto* attempt = std::get_if<ast::TryExpr>(&expr.node))
    return LowerTryExpr(id, *attempt);
  if (const auto* context = std::get_if<ast::ContextExpr>(&expr.node))
    return LowerContextValue(id, *context);
  if (const auto* comprehension = std::get_if<ast::ComprehensionExpr>(&expr.node)) {
    return LowerComprehension(id, *comprehension);
  }
  LMP_CHECK_MSG(false, "an expression that checking has let through");
  return ValueId();
}

ir::ValueId FunctionLowering::LowerAs(ast::ExprId id, TypeId type) {
  const ExprNote& note = notes()[id];
  if (note.meaning == Meaning::kConstant && type.valid()) {
    builder_.SetSpan(tree()[id].span);
    ir::Value value = notes().constants[note.target];
    // The items of a list are what its type says since it was computed.
    if (!value.is_list()) value = ConvertValue(types(), std::move(value), type);
    if (note.type.valid() && !ir::TypeWithin(types(), note.type, type) &&
        !ir::ValueWithin(*model_.program, value, type)) {
      return builder_.Narrow(builder_.Const(std::move(value), types().Erased(type)), type);
    }
    return builder_.Const(std::move(value), type);
  }
  return Convert(Lower(id), type);
}

ir::ValueId FunctionLowering::Convert(ValueId from, TypeId type) {
  if (!type.valid()) return from;
  ir::Type want = types()[type];
  if (want.kind == TypeKind::kOptional) want = types()[want.element];
  if (want.kind == TypeKind::kF64 && IsKind(types(), builder_.TypeOf(from), TypeKind::kI64)) {
    from = builder_.CallPure("float", {from}, types().f64());
  }
  if (want.kind == TypeKind::kUnion && IsKind(types(), builder_.TypeOf(from), TypeKind::kRecord)) {
    from = builder_.UnionMake(from, types().UnionOf(want.members));
  }
  if (!ir::TypeWithin(types(), builder_.TypeOf(from), type)) return Narrow(from, type);
  if (types().Erased(builder_.TypeOf(from)) == types().Erased(type)) return from;
  // Nothing changes but the type (T to T?): the first of a list of such values.
  ValueId list = builder_.ListMake({from}, types().ListOf(type));
  return builder_.CallPure("first", {list}, type);
}

// What is written down was compared with its type when the program was checked.
ir::ValueId FunctionLowering::Narrow(ValueId from, TypeId type) {
  const ir::Value* written = builder_.ConstantOf(from);
  if (written != nullptr && ir::ValueWithin(*model_.program, *written, type))
    return builder_.Const(*written, type);
  return builder_.Narrow(from, type);
}

// A name that a test has told not to be null.
bool FunctionLowering::IsUnwrapped(const ExprNote& note) const {
  return IsKind(types(), slot(SlotId(note.target)).type, TypeKind::kOptional) &&
         note.type.valid() && !IsKind(types(), note.type, TypeKind::kOptional);
}

// ---- Strings ----

ir::ValueId FunctionLowering::LowerText(ValueId from) {
  return IsKind(types(), builder_.TypeOf(from), TypeKind::kStr) ? from : builder_.StrFmt(from);
}

ir::ValueId FunctionLowering::LowerPart(const ast::StringPart& part) {
  return part.value.valid() ? LowerText(Lower(part.value)) : builder_.ConstStr(part.text);
}

ir::ValueId FunctionLowering::LowerString(const ast::StringExpr& string) {
  std::vector<ValueId> parts;
  for (const ast::StringPart& part : string.parts) parts.push_back(LowerPart(part));
  if (parts.empty()) return builder_.ConstStr("");
  return parts.size() == 1 ? parts[0] : builder_.StrCat(std::move(parts));
}

// ---- Operators ----

ir::ValueId FunctionLowering::LowerBinary(ast::ExprId id, const ast::BinaryExpr& binary) {
  using Op = ast::BinaryOp;
  if (binary.op == Op::kAnd || binary.op == Op::kOr) return LowerLogic(id, binary);
  const ValueId left = Lower(binary.left);
  return Combine(id, binary, left, Lower(binary.right));
}

ir::ValueId FunctionLowering::Combine(ast::ExprId id, const ast::BinaryExpr& binary, ValueId left,
                                      ValueId right) {
  using Op = ast::BinaryOp;
  TypeId type = notes()[id].type;
  if (binary.op == Op::kAdd && IsKind(types(), type, TypeKind::kStr))
    return builder_.StrCat({left, right});
  ValueId result = builder_.CallPure(std::string(BuiltinOf(binary.op)), {left, right}, type);
  return binary.op == Op::kNotIn ? builder_.CallPure("not", {result}, type) : result;
}

// The right side is computed only where it matters, unless that makes no difference.
ir::ValueId FunctionLowering::LowerLogic(ast::ExprId id, const ast::BinaryExpr& binary) {
  bool is_or = binary.op == ast::BinaryOp::kOr;
  ValueId left = Lower(binary.left);
  if (IsTotal(binary.right)) {
    return builder_.CallPure(is_or ? "or" : "and", {left, Lower(binary.right)}, types().boolean());
  }
  std::vector<SlotId> carried = Carried(notes()[id].writes, 0, {});
  auto known = [&] {
    std::vector<ValueId> yields = ValuesOf(carried);
    yields.insert(yields.begin(), builder_.ConstBool(is_or));
    return yields;
  };
  auto open = [&] {
    ValueId right = Lower(binary.right);
    std::vector<ValueId> yields = ValuesOf(carried);
    yields.insert(yields.begin(), right);
    return yields;
  };
  builder_.BeginIf(left);
  Values before = values_;
  builder_.NextRegion(is_or ? known() : open());
  values_ = before;
  std::vector<ValueId> yields = is_or ? open() : known();
  values_ = before;
  std::vector<ValueId> results = builder_.End(std::move(yields));
  SetAll(carried, std::span(results).subspan(1));
  return results[0];
}

ir::ValueId FunctionLowering::LowerConditional(ast::ExprId id,
                                               const ast::ConditionalExpr& conditional) {
  const ExprNote& note = notes()[id];
  ValueId condition = Lower(conditional.condition);
  std::vector<SlotId> carried = Carried(note.writes, 0, {});
  auto arm = [&](ast::ExprId expr) {
    ValueId chosen = LowerAs(expr, note.type);
    std::vector<ValueId> yields = ValuesOf(carried);
    yields.insert(yields.begin(), chosen);
    return yields;
  };
  builder_.BeginIf(condition);
  Values before = values_;
  builder_.NextRegion(arm(conditional.then_value));
  values_ = before;
  std::vector<ValueId> yields = arm(conditional.else_value);
  values_ = before;
  std::vector<ValueId> results = builder_.End(std::move(yields));
  SetAll(carried, std::span(results).subspan(1));
  return results[0];
}

bool FunctionLowering::IsTotal(ast::ExprId id) const {
  const ast::Expr& expr = tree()[id];
  const ExprNote& note = notes()[id];
  if (note.meaning == Meaning::kLocal) return !IsUnwrapped(note);
  if (note.meaning == Meaning::kConstant) return true;
  if (note.meaning == Meaning::kBuiltin) {
    static constexpr std::string_view kSafe[] = {"len", "contains", "starts_with", "ends_with"};
    bool safe = std::find(std::begin(kSafe), std::end(kSafe), note.builtin) != std::end(kSafe);
    return safe && std::all_of(note.arguments.begin(), note.arguments.end(),
                               [&](ast::ExprId argument) { return IsTotal(argument); });
  }
  if (note.meaning != Meaning::kPlain) return false;
  if (std::holds_alternative<ast::IntExpr>(expr.node) ||
      std::holds_alternative<ast::FloatExpr>(expr.node))
    return true;
  if (const auto* field = std::get_if<ast::FieldExpr>(&expr.node)) return IsTotal(field->object);
  if (const auto* unary = std::get_if<ast::UnaryExpr>(&expr.node)) {
    return unary->op == ast::UnaryOp::kNot && IsTotal(unary->operand);
  }
  if (const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node)) {
    return binary->op >= ast::BinaryOp::kEqual && IsTotal(binary->left) && IsTotal(binary->right);
  }
  const auto* string = std::get_if<ast::StringExpr>(&expr.node);
  return string != nullptr &&
         std::none_of(string->parts.begin(), string->parts.end(),
                      [](const ast::StringPart& part) { return part.value.valid(); });
}

// ---- Calls ----

ir::ValueId FunctionLowering::LowerCall(ast::ExprId id) {
  const ExprNote& note = notes()[id];
  const Function& callee = model_.functions[note.target];
  std::vector<ValueId> operands(callee.params.size());
  // Arguments are computed as written, whatever the order of the parameters.
  std::vector<size_t> order(callee.params.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    auto place = [&](size_t i) {
      return note.arguments[i].valid() ? tree()[note.arguments[i]].span.begin : UINT32_MAX;
    };
    return place(a) < place(b);
  });
  Span span = tree()[id].span;
  for (size_t i : order) {
    const Parameter& param = callee.params[i];
    operands[i] = note.arguments[i].valid() ? LowerAs(note.arguments[i], param.type)
                                            : builder_.Const(param.default_value, param.type);
  }
  builder_.SetSpan(span);
  ValueId effect = callee.effectful ? value(function_.effect) : ValueId();
  std::vector<ValueId> results =
      builder_.Call(callee.name, effect, std::move(operands), callee.result);
  if (callee.effectful) value(function_.effect) = results.back();
  return callee.result == types().none() ? ValueId() : results.front();
}

ir::ValueId FunctionLowering::LowerRecord(const ExprNote& note) {
  const Record& record = model_.records[note.target];
  std::vector<ValueId> operands;
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const RecordField& field = record.fields[i];
    operands.push_back(note.arguments[i].valid() ? LowerAs(note.arguments[i], field.type)
                                                 : builder_.Const(field.default_value, field.type));
  }
  return builder_.RecordMake(record.name, std::move(operands));
}

ir::ValueId FunctionLowering::LowerRetrieve(const ExprNote& note) {
  const Span span = builder_.span();
  ValueId queries = Lower(note.arguments[0]);
  builder_.SetSpan(span);
  if (IsKind(types(), builder_.TypeOf(queries), TypeKind::kStr))
    queries = builder_.ListMake({queries}, types().ListOf(types().str()));
  const ValueId k = note.arguments[1].valid() ? Lower(note.arguments[1]) : ValueId();
  builder_.SetSpan(span);
  return builder_.Retrieve(model_.corpora[note.target].name, queries, k);
}

ir::ValueId FunctionLowering::LowerBuiltin(const ExprNote& note) {
  std::vector<ValueId> operands;
  for (ast::ExprId argument : note.arguments) operands.push_back(Lower(argument));
  return builder_.CallPure(note.builtin, std::move(operands), note.type);
}

}  // namespace lmp::frontend
