#include "ir/pure_op.h"

#include "ir/builtin.h"
#include "ir/builtin_rules.h"
#include "ir/verify.h"
#include "runtime/base/check.h"

namespace lmp::ir {
namespace {

Result<Value> Bounded(Value value) {
  LMP_RETURN_IF_ERROR(CheckValueBytes(value));
  return value;
}

Result<Value> Concatenate(const std::vector<Value>& parts) {
  size_t bytes = 0;
  for (const Value& part : parts) bytes += part.as_str().size();
  if (bytes > OneValueBytesMax()) return ValueTooLarge();
  std::string text;
  text.reserve(bytes);
  for (const Value& part : parts) text += part.as_str();
  return Bounded(Value::Str(std::move(text)));
}

Result<Value> MakeRecord(const Program& program, const Op& op, const std::vector<Value>& operands) {
  const RecordDecl* record = program.FindRecord(op.attributes.name);
  LMP_CHECK(record != nullptr && record->fields.size() == operands.size());
  std::vector<std::pair<std::string, Value>> fields;
  for (size_t i = 0; i < operands.size(); ++i)
    fields.emplace_back(record->fields[i].name, operands[i]);
  return Bounded(Value::Record(record->name, std::move(fields)));
}

const Value& FieldOf(const Op& op, const Value& record) {
  for (const auto& [name, value] : record.as_record().fields) {
    if (name == op.attributes.name) return value;
  }
  FailCheck(__FILE__, __LINE__, "the verifier has found the field", op.attributes.name);
}

Result<Value> Tagged(const Value& record, bool tagged) {
  return Value::Record(record.as_record().name, record.as_record().fields, tagged);
}

Result<Value> GetMember(const Op& op, const Value& value) {
  if (value.as_record().name == op.attributes.name) return Tagged(value, false);
  return InvalidArgument("this is no " + op.attributes.name + " but " + value.as_record().name);
}

Result<Value> Narrowed(const Program& program, const Value& value, TypeId type) {
  if (ValueWithin(program, value, type)) return value;
  const std::string found = ToJsonText(value);
  const std::string_view shown = ClipText(found, 60);
  return InvalidArgument(std::string(shown) + (shown.size() < found.size() ? "..." : "") +
                         " is outside of " + UserType(program.types, type));
}

}  // namespace

Result<Value> EvaluatePureOp(const Program& program, const Op& op, const Graph& graph,
                             const std::vector<Value>& operands) {
  switch (op.kind) {
    case OpKind::kConst:
      return op.attributes.value;
    case OpKind::kUndef:
      return Value::Null();
    case OpKind::kCallPure:
      return EvalBuiltin(op.attributes.name, operands,
                         program.types[graph.value(op.results[0]).type]);
    case OpKind::kStrCat:
      return Concatenate(operands);
    case OpKind::kStrFmt: {
      LMP_TRY(std::string text, ToPromptText(operands[0]));
      return Bounded(Value::Str(std::move(text)));
    }
    case OpKind::kListMake:
      return Bounded(Value::List(operands));
    case OpKind::kRecordMake:
      return MakeRecord(program, op, operands);
    case OpKind::kField:
      return FieldOf(op, operands[0]);
    case OpKind::kNarrow:
      return Narrowed(program, operands[0], graph.value(op.results[0]).type);
    case OpKind::kUnionMake:
      return Tagged(operands[0], true);
    case OpKind::kUnionIs:
      return Value::Bool(operands[0].as_record().name == op.attributes.name);
    case OpKind::kUnionGet:
      return GetMember(op, operands[0]);
    default:
      FailCheck(__FILE__, __LINE__, "a pure op", std::string(OpName(op.kind)));
  }
}

}  // namespace lmp::ir
