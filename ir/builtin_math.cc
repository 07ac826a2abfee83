// `math.eval`: arithmetic that a model wrote. Numbers, + - * /, parentheses, blanks; nothing else,
// so that no text of a model can do more than compute.
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "ir/builtin_rules.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

constexpr size_t kBytesMax = 4096;
constexpr int kDepthMax = 100;

class Calculator {
 public:
  explicit Calculator(std::string_view text) : text_(text) {}

  Result<double> Run() {
    LMP_TRY(const double value, Sum(0));
    if (Next() != '\0') return Unexpected("the end");
    if (!std::isfinite(value)) return InvalidArgument("the result is not a finite number");
    return value;
  }

 private:
  // The next character that is no blank; '\0' at the end.
  char Next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  Status Unexpected(std::string_view wanted) const {
    const std::string found =
        at_ < text_.size() ? QuoteText(std::string(text_.substr(at_, 12))) : "the end";
    return InvalidArgument("character " + std::to_string(at_ + 1) + ": expected " +
                           std::string(wanted) + ", found " + found);
  }

  Result<double> Sum(int depth) {
    LMP_TRY(double value, Product(depth));
    for (char c = Next(); c == '+' || c == '-'; c = Next()) {
      ++at_;
      LMP_TRY(const double other, Product(depth));
      value = c == '+' ? value + other : value - other;
    }
    return value;
  }

  Result<double> Product(int depth) {
    LMP_TRY(double value, Factor(depth));
    for (char c = Next(); c == '*' || c == '/'; c = Next()) {
      ++at_;
      LMP_TRY(const double other, Factor(depth));
      if (c == '/' && other == 0) return InvalidArgument("division by zero");
      value = c == '*' ? value * other : value / other;
    }
    return value;
  }

  Result<double> Factor(int depth) {
    if (depth > kDepthMax)
      return ResourceExhausted("nested more than " + std::to_string(kDepthMax) + " deep");
    const char c = Next();
    if (c == '-' || c == '+') {
      ++at_;
      LMP_TRY(const double value, Factor(depth + 1));
      return c == '-' ? -value : value;
    }
    if (c == '(') {
      ++at_;
      LMP_TRY(const double value, Sum(depth + 1));
      if (Next() != ')') return Unexpected("`)`");
      ++at_;
      return value;
    }
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, text_.data() + text_.size(), value, std::chars_format::fixed);
    const bool digits = (c >= '0' && c <= '9') || c == '.';
    if (!digits || error != std::errc()) return Unexpected("a number or `(`");
    at_ += static_cast<size_t>(end - begin);
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Value> EvalMathEval(const ValueCall& call) {
  const std::string& text = call[0].as_str();
  if (text.size() > kBytesMax)
    return ResourceExhausted("`math.eval` of " + std::to_string(text.size()) + " bytes (limit " +
                             std::to_string(kBytesMax) + ")");
  const Result<double> value = Calculator(text).Run();
  if (!value.ok()) return value.status().WithPrefix("`math.eval`");
  return Value::Float(*value);
}

}  // namespace lmp::ir
