#include "frontend/constant.h"

#include <optional>
#include <utility>
#include <vector>

#include "frontend/operators.h"
#include "ir/builtin.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

using ir::Value;
using Bindings = std::vector<std::pair<uint32_t, Value>>;  // elements of comprehensions, by slot

class Evaluator {
 public:
  Evaluator(Model* model, uint32_t unit)
      : model_(*model),
        file_(*model->units[unit].file),
        notes_(model->units[unit].notes),
        budget_(model->constant_budget) {}

  ConstantResult Run(ast::ExprId expr) {
    std::optional<Value> value = Eval(expr);
    // Whoever asked looks through it.
    if (value && !Spend(ir::ValueBytes(*value) / kReadBytesPerStep)) TooBig(file_[expr].span);
    if (failure_.kind == ConstantResult::Kind::kValue && value) failure_.value = std::move(*value);
    return std::move(failure_);
  }

 private:
  // So many bytes are read in the time of a step; built-ins do more with each.
  static constexpr size_t kReadBytesPerStep = 256;
  static constexpr size_t kComputedBytesPerStep = 16;

  bool Spend(size_t steps) {
    const bool enough = steps <= budget_.steps;
    budget_.steps -= enough ? steps : budget_.steps;
    return enough;
  }

  // Every string, list and record that is made goes through here, counted as if it shared nothing:
  // a list of lists that double is small until somebody reads it.
  std::optional<Value> Made(Value value, Span span) {
    const size_t bytes = ir::ValueBytes(value);
    if (bytes > budget_.bytes) return TooBig(span);
    budget_.bytes -= bytes;
    return value;
  }

  std::optional<Value> Eval(ast::ExprId id) {
    if (!Spend(1)) return TooBig(file_[id].span);
    const ast::Expr& expr = file_[id];
    const ExprNote& note = notes_[id];
    if (note.meaning == Meaning::kConstant) return notes_.constants[note.target];
    if (note.meaning == Meaning::kLocal) return Local(note.target, expr.span);
    if (note.meaning == Meaning::kRecord) return MakeRecord(note, expr.span);
    if (note.meaning == Meaning::kBuiltin) return Builtin(note.builtin, note.arguments, expr.span);
    return std::visit([&](const auto& node) { return Node(node, note, expr.span); }, expr.node);
  }

  std::optional<Value> Node(const ast::IntExpr& e, const ExprNote&, Span) {
    return Value::Int(e.value);
  }
  std::optional<Value> Node(const ast::FloatExpr& e, const ExprNote&, Span) {
    return Value::Float(e.value);
  }
  std::optional<Value> Node(const ast::RegexExpr& e, const ExprNote&, Span) {
    return Value::Str(e.pattern);
  }

  std::optional<Value> Node(const ast::StringExpr& e, const ExprNote&, Span span) {
    std::string text;
    for (const ast::StringPart& part : e.parts) {
      if (!part.value.valid()) {
        text += part.text;
        continue;
      }
      std::optional<Value> value = Eval(part.value);
      if (!value) return std::nullopt;
      Result<std::string> piece = ToPromptText(*value);
      if (!piece.ok()) return Fail(span, piece.status().message());
      text += *piece;
      if (text.size() > budget_.bytes) return TooBig(span);
    }
    return Made(Value::Str(std::move(text)), span);
  }

  std::optional<Value> Node(const ast::FieldExpr& e, const ExprNote&, Span span) {
    std::optional<Value> object = Eval(e.object);
    if (!object) return std::nullopt;
    for (const auto& [name, value] : object->as_record().fields) {
      if (name == e.field.text) return value;
    }
    return NotConstant(span);
  }

  std::optional<Value> Node(const ast::IndexExpr& e, const ExprNote&, Span span) {
    return Builtin("index", {e.object, e.index}, span);
  }
  std::optional<Value> Node(const ast::SliceExpr& e, const ExprNote&, Span span) {
    return Builtin("slice", {e.object, e.begin, e.end}, span);
  }
  std::optional<Value> Node(const ast::UnaryExpr& e, const ExprNote&, Span span) {
    return Builtin(BuiltinOf(e.op), {e.operand}, span);
  }

  std::optional<Value> Node(const ast::BinaryExpr& e, const ExprNote&, Span span) {
    if (e.op == ast::BinaryOp::kAnd || e.op == ast::BinaryOp::kOr) {
      std::optional<Value> left = Eval(e.left);
      if (!left || left->as_bool() == (e.op == ast::BinaryOp::kOr)) return left;
      return Eval(e.right);
    }
    std::optional<Value> value = Builtin(BuiltinOf(e.op), {e.left, e.right}, span);
    if (value && e.op == ast::BinaryOp::kNotIn) return Value::Bool(!value->as_bool());
    return value;
  }

  std::optional<Value> Node(const ast::ConditionalExpr& e, const ExprNote&, Span) {
    std::optional<Value> condition = Eval(e.condition);
    if (!condition) return std::nullopt;
    return Eval(condition->as_bool() ? e.then_value : e.else_value);
  }

  std::optional<Value> Node(const ast::ListExpr& e, const ExprNote&, Span span) {
    std::vector<Value> items;
    for (ast::ExprId item : e.items) {
      std::optional<Value> value = Eval(item);
      if (!value) return std::nullopt;
      items.push_back(std::move(*value));
    }
    return Made(Value::List(std::move(items)), span);
  }

  std::optional<Value> Node(const ast::ComprehensionExpr& e, const ExprNote& note, Span span) {
    std::optional<Value> list = Eval(e.list);
    if (!list) return std::nullopt;
    std::vector<Value> items;
    for (const Value& element : list->as_list()) {
      bindings_.emplace_back(note.element.index, element);
      std::optional<Value> keep = e.condition.valid() ? Eval(e.condition) : Value::Bool(true);
      std::optional<Value> value;
      if (keep && keep->as_bool()) value = Eval(e.value);
      bindings_.pop_back();
      if (!keep || (keep->as_bool() && !value)) return std::nullopt;
      if (value) items.push_back(std::move(*value));
    }
    return Made(Value::List(std::move(items)), span);
  }

  template <typename Other>
  std::optional<Value> Node(const Other&, const ExprNote&, Span span) {
    return NotConstant(span);
  }

  std::optional<Value> Local(uint32_t slot, Span span) {
    for (const auto& [bound, value] : bindings_) {
      if (bound == slot) return value;
    }
    return NotConstant(span);
  }

  std::optional<Value> Builtin(std::string_view name, const std::vector<ast::ExprId>& operands,
                               Span span) {
    std::vector<Value> values;
    for (ast::ExprId operand : operands) {
      std::optional<Value> value = Eval(operand);
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    const bool shares = name == "index" && values[0].is_list();  // what it gives was there before
    if (!shares && !Spend(StepsOf(name, values))) return TooBig(span);
    Result<Value> result = ir::EvalBuiltin(name, values);
    if (!result.ok()) return Fail(span, result.status().message());
    const bool scalar = !result->is_str() && !result->is_list() && !result->is_record();
    if (shares || scalar) return *std::move(result);
    return Made(*std::move(result), span);
  }

  static size_t StepsOf(std::string_view name, const std::vector<Value>& operands) {
    size_t bytes = 0;
    for (const Value& operand : operands) bytes += ir::ValueBytes(operand);
    // A pattern goes over the text with all that it may be in.
    if (name == "matches") bytes *= operands[1].as_str().size();
    return bytes / kComputedBytesPerStep;
  }

  std::optional<Value> MakeRecord(const ExprNote& note, Span span) {
    const Record& record = model_.records[note.target];
    std::vector<std::pair<std::string, Value>> fields;
    for (size_t i = 0; i < record.fields.size(); ++i) {
      const RecordField& field = record.fields[i];
      std::optional<Value> value = field.default_value;
      if (note.arguments[i].valid()) value = Eval(note.arguments[i]);
      if (!value) return std::nullopt;
      fields.emplace_back(field.name,
                          ConvertValue(model_.program->types, std::move(*value), field.type));
    }
    return Made(Value::Record(record.name, std::move(fields)), span);
  }

  std::nullopt_t NotConstant(Span span) {
    failure_.kind = ConstantResult::Kind::kNotConstant;
    failure_.span = span;
    return std::nullopt;
  }
  std::nullopt_t TooBig(Span span) {
    failure_.kind = ConstantResult::Kind::kTooBig;
    failure_.span = span;
    return std::nullopt;
  }
  std::nullopt_t Fail(Span span, std::string message) {
    failure_.kind = ConstantResult::Kind::kFails;
    failure_.span = span;
    failure_.message = std::move(message);
    return std::nullopt;
  }

  const Model& model_;
  const ast::File& file_;
  const Notes& notes_;
  Bindings bindings_;
  ConstantResult failure_;
  ConstantBudget& budget_;
};

// Whether values of the type may be written otherwise than as one.
bool MayConvert(const ir::TypeTable& types, TypeId id) {
  const ir::Type& type = types[id];
  const bool contains = type.kind == TypeKind::kOptional || type.kind == TypeKind::kList;
  if (contains) return type.element.valid() && MayConvert(types, type.element);
  return type.kind == TypeKind::kF64 || type.kind == TypeKind::kUnion;
}

}  // namespace

ConstantResult EvaluateConstant(Model* model, uint32_t unit, ast::ExprId expr) {
  return Evaluator(model, unit).Run(expr);
}

ir::Value ConvertValue(const ir::TypeTable& types, ir::Value value, TypeId id) {
  if (!id.valid() || !MayConvert(types, id)) return value;
  const ir::Type& type = types[id];
  if (type.kind == TypeKind::kF64 && value.is_int()) {
    return Value::Float(static_cast<double>(value.as_int()));
  }
  if (type.kind == TypeKind::kUnion && value.is_record()) {
    return Value::Record(value.as_record().name, value.as_record().fields, true);
  }
  if (type.kind == TypeKind::kOptional && !value.is_null()) {
    return ConvertValue(types, std::move(value), type.element);
  }
  if (type.kind == TypeKind::kList && value.is_list()) {
    std::vector<Value> items;
    for (const Value& item : value.as_list())
      items.push_back(ConvertValue(types, item, type.element));
    return Value::List(std::move(items));
  }
  return value;
}

}  // namespace lmp::frontend
