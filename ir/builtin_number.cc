// Evaluation of operators and numeric built-ins. Integers are checked for overflow; a float result
// that is not finite is an error too, so that every float value has a JSON text.
#include <charconv>
#include <cmath>
#include <string>

#include "ir/builtin_rules.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

Result<Value> Finite(double value, std::string_view name) {
  if (!std::isfinite(value))
    return InvalidArgument("the result of `" + std::string(name) + "` is not a finite number");
  return Value::Float(value);
}

Status Overflow(std::string_view name, const Value& a, const Value& b) {
  return InvalidArgument("`" + std::string(name) + "` of " + ToJsonText(a) + " and " +
                         ToJsonText(b) + " does not fit an int");
}

// Floor division, so that `x % n` of a positive n is never negative.
Result<Value> DivideIntegers(const ValueCall& call, int64_t a, int64_t b) {
  if (b == 0) return InvalidArgument("division by zero");
  if (a == INT64_MIN && b == -1) {
    if (call.name == "mod") return Value::Int(0);
    return Overflow(call.name, call[0], call[1]);
  }
  const int64_t remainder = a % b;
  const bool below = remainder != 0 && ((remainder < 0) != (b < 0));
  if (call.name == "mod") return Value::Int(below ? remainder + b : remainder);
  return Value::Int(a / b - (below ? 1 : 0));
}

double AsDouble(const Value& value) {
  return value.is_int() ? static_cast<double>(value.as_int()) : value.as_float();
}

Result<Value> FloatArithmetic(const ValueCall& call) {
  const double a = AsDouble(call[0]);
  const double b = AsDouble(call[1]);
  if (call.name == "add") return Finite(a + b, call.name);
  if (call.name == "sub") return Finite(a - b, call.name);
  if (call.name == "mul") return Finite(a * b, call.name);
  if (b == 0.0) return InvalidArgument("division by zero");
  if (call.name == "div") return Finite(a / b, call.name);
  const double remainder = std::fmod(a, b);
  return Finite(remainder != 0.0 && ((remainder < 0.0) != (b < 0.0)) ? remainder + b : remainder,
                call.name);
}

}  // namespace

Result<Value> EvalArithmetic(const ValueCall& call) {
  const Value& a = call[0];
  const Value& b = call[1];
  if (a.is_str()) {
    if (ValueBytes(a) + ValueBytes(b) > OneValueBytesMax()) return ValueTooLarge();
    return BoundedText(a.as_str() + b.as_str());
  }
  if (a.is_list()) return EvalConcat(call);
  if (!a.is_int() || !b.is_int()) return FloatArithmetic(call);
  int64_t result = 0;
  bool overflow = false;
  if (call.name == "add") {
    overflow = __builtin_add_overflow(a.as_int(), b.as_int(), &result);
  } else if (call.name == "sub") {
    overflow = __builtin_sub_overflow(a.as_int(), b.as_int(), &result);
  } else if (call.name == "mul") {
    overflow = __builtin_mul_overflow(a.as_int(), b.as_int(), &result);
  } else {
    return DivideIntegers(call, a.as_int(), b.as_int());
  }
  if (overflow) return Overflow(call.name, a, b);
  return Value::Int(result);
}

Result<Value> EvalNegate(const ValueCall& call) {
  if (call[0].is_float()) return Value::Float(-call[0].as_float());
  if (call[0].as_int() == INT64_MIN)
    return InvalidArgument("the negative of the least int does not fit an int");
  return Value::Int(-call[0].as_int());
}

Result<Value> EvalAbsolute(const ValueCall& call) {
  if (call[0].is_float()) return Value::Float(std::fabs(call[0].as_float()));
  return call[0].as_int() < 0 ? EvalNegate(call) : call[0];
}

Result<Value> EvalEquality(const ValueCall& call) {
  return Value::Bool(EqualValues(call[0], call[1]) == (call.name == "eq"));
}

Result<Value> EvalOrder(const ValueCall& call) {
  LMP_TRY(const int order, CompareValues(call[0], call[1]));
  if (call.name == "lt") return Value::Bool(order < 0);
  if (call.name == "le") return Value::Bool(order <= 0);
  if (call.name == "gt") return Value::Bool(order > 0);
  return Value::Bool(order >= 0);
}

Result<Value> EvalLogic(const ValueCall& call) {
  if (call.name == "not") return Value::Bool(!call[0].as_bool());
  if (call.name == "and") return Value::Bool(call[0].as_bool() && call[1].as_bool());
  return Value::Bool(call[0].as_bool() || call[1].as_bool());
}

Result<Value> EvalRound(const ValueCall& call) {
  if (call.size() == 2) {
    const int64_t digits = call[1].as_int();
    if (digits < 0 || digits > 15)
      return InvalidArgument("`round` takes 0 to 15 digits, found " + std::to_string(digits));
    const double scale = std::pow(10.0, static_cast<double>(digits));
    const double scaled = AsDouble(call[0]) * scale;
    // Beyond 2^53 every double is whole: there is nothing to round.
    if (!(std::fabs(scaled) < 0x1.0p53)) return Value::Float(AsDouble(call[0]));
    return Value::Float(std::round(scaled) / scale);
  }
  if (call[0].is_int()) return call[0];
  return EvalConvert({"int", std::vector<Value>{Value::Float(std::round(call[0].as_float()))}});
}

namespace {

Result<Value> IntOfText(const std::string& text) {
  const std::string trimmed(TrimText(text));
  const char* begin = trimmed.data() + (trimmed.starts_with('+') ? 1 : 0);
  const char* end = trimmed.data() + trimmed.size();
  int64_t value = 0;
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (error == std::errc() && rest == end && begin != end &&
      !(begin != trimmed.data() && *begin == '-')) {
    return Value::Int(value);
  }
  return InvalidArgument("not an int: " + QuoteText(ClipText(text, 40)));
}

Result<Value> FloatOfText(const std::string& text) {
  const std::string trimmed(TrimText(text));
  const char* begin = trimmed.data() + (trimmed.starts_with('+') ? 1 : 0);
  const char* end = trimmed.data() + trimmed.size();
  double value = 0;
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (error == std::errc() && rest == end && begin != end && std::isfinite(value) &&
      !(begin != trimmed.data() && *begin == '-')) {
    return Value::Float(value);
  }
  return InvalidArgument("not a float: " + QuoteText(ClipText(text, 40)));
}

}  // namespace

Result<Value> EvalConvert(const ValueCall& call) {
  const Value& x = call[0];
  const bool to_int = call.name == "int";
  if (x.is_str()) return to_int ? IntOfText(x.as_str()) : FloatOfText(x.as_str());
  if (x.is_bool()) return to_int ? Value::Int(x.as_bool()) : Value::Float(x.as_bool() ? 1.0 : 0.0);
  if (!to_int) return Value::Float(AsDouble(x));
  if (x.is_int()) return x;
  // 2^63 itself does not fit; -2^63 does.
  if (!(x.as_float() >= -0x1.0p63 && x.as_float() < 0x1.0p63)) {
    return InvalidArgument(FormatDouble(x.as_float()) + " does not fit an int");
  }
  return Value::Int(static_cast<int64_t>(x.as_float()));
}

Result<Value> EvalSum(const ValueCall& call) {
  Value total = Value::Int(0);
  for (const Value& item : call[0].as_list()) {
    LMP_TRY(total, EvalArithmetic({"add", std::vector<Value>{total, item}}));
  }
  return total;
}

Result<Value> EvalExtreme(const ValueCall& call) {
  const std::span<const Value> items =
      call.size() == 1 ? std::span<const Value>(call[0].as_list()) : call.arguments;
  if (items.empty()) return InvalidArgument("`" + std::string(call.name) + "` of an empty list");
  const Value* best = &items[0];
  for (const Value& item : items) {
    LMP_TRY(const int order, CompareValues(item, *best));
    if (call.name == "min" ? order < 0 : order > 0) best = &item;
  }
  return *best;
}

}  // namespace lmp::ir
