#include "runtime/constrain/json_schema/decimal.h"

#include <algorithm>
#include <charconv>

namespace lmp::constrain {
namespace {

constexpr int kPlainDigitsMax = 400;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Compares magnitudes.
std::strong_ordering CompareSize(const Decimal& a, const Decimal& b) {
  if (a.IsZero() || b.IsZero()) return a.digits.size() <=> b.digits.size();
  const auto top_a = static_cast<int>(a.digits.size()) + a.exponent;
  const auto top_b = static_cast<int>(b.digits.size()) + b.exponent;
  if (top_a != top_b) return top_a <=> top_b;
  // Without trailing zeros the order of the digits is the order of the texts.
  return a.digits.compare(b.digits) <=> 0;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  Decimal value;
  size_t i = 0;
  if (i < text.size() && text[i] == '-') {
    value.negative = true;
    ++i;
  }
  size_t count = 0;
  for (; i < text.size() && IsDigit(text[i]); ++i, ++count) value.digits += text[i];
  if (count == 0) return std::nullopt;
  int64_t exponent = 0;
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && IsDigit(text[i]); ++i, --exponent) value.digits += text[i];
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int64_t written = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), written);
    if (error != std::errc() || written > 1'000'000 || written < -1'000'000) return std::nullopt;
    exponent += written;
    i = static_cast<size_t>(end - text.data());
  }
  if (i != text.size()) return std::nullopt;
  const size_t first = std::min(value.digits.find_first_not_of('0'), value.digits.size());
  value.digits.erase(0, first);
  while (!value.digits.empty() && value.digits.back() == '0') {
    value.digits.pop_back();
    ++exponent;
  }
  if (value.digits.empty()) return Decimal();
  const auto size = static_cast<int64_t>(value.digits.size());
  if (size + std::max<int64_t>(exponent, 0) > kPlainDigitsMax || exponent < -kPlainDigitsMax) {
    return std::nullopt;
  }
  value.exponent = static_cast<int>(exponent);
  return value;
}

std::string Decimal::Plain() const {
  if (IsZero()) return "0";
  std::string text(negative ? 1 : 0, '-');
  if (exponent >= 0) return text.append(digits).append(static_cast<size_t>(exponent), '0');
  const auto fraction = static_cast<size_t>(-exponent);
  const size_t whole = digits.size() > fraction ? digits.size() - fraction : 0;
  text.append(whole > 0 ? digits.substr(0, whole) : std::string(1, '0'));
  text.push_back('.');
  if (whole == 0) text.append(fraction - digits.size(), '0');
  return text.append(digits.substr(whole));
}

std::strong_ordering Compare(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return b.negative <=> a.negative;
  return a.negative ? CompareSize(b, a) : CompareSize(a, b);
}

std::optional<int64_t> ToInt64(const Decimal& value) {
  if (!value.IsInteger() || value.digits.size() + static_cast<size_t>(value.exponent) > 19) {
    return std::nullopt;
  }
  const std::string text = value.Plain();
  int64_t result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return result;
}

}  // namespace lmp::constrain
