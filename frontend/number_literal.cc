#include "frontend/number_literal.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "frontend/mistakes.h"

namespace lmp::frontend {
namespace {

constexpr size_t kQuotedBytesMax = 40;  // of a token in a title

constexpr std::string_view kIntRange =
    "an int has 64 bits: from -9223372036854775808 to 9223372036854775807";

std::string Digits(std::string_view token) {
  std::string digits(token);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  return digits;
}

Diagnostic& BadNumber(std::string title, const Span& span, std::vector<Diagnostic>* diagnostics) {
  diagnostics->push_back(MakeMistake(Mistake::kBadNumber, 0, 0, std::move(title)));
  diagnostics->back().span = span;
  return diagnostics->back();
}

enum class Reading { kNumber, kTooLarge, kNoNumber };

template <typename Number, typename... Base>
Reading Read(std::string_view text, Number* value, Base... base) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value, base...);
  if (stop != end || error == std::errc::invalid_argument) return Reading::kNoNumber;
  return error == std::errc() ? Reading::kNumber : Reading::kTooLarge;
}

int BaseOf(const std::string& digits) {
  if (digits.size() < 3 || digits[0] != '0') return 0;
  switch (digits[1] | 0x20) {
    case 'x':
      return 16;
    case 'b':
      return 2;
    case 'o':
      return 8;
    default:
      return 0;
  }
}

}  // namespace

bool IsLeastInt(std::string_view token) {
  uint64_t value = 0;
  return Read(Digits(token), &value) == Reading::kNumber && value == uint64_t{1} << 63;
}

int64_t ReadInt(std::string_view token, bool negative, const Span& span,
                std::vector<Diagnostic>* diagnostics) {
  if (negative && IsLeastInt(token)) return std::numeric_limits<int64_t>::min();
  const std::string digits = Digits(token);
  int64_t value = 0;
  Reading reading = Read(digits, &value);
  if (reading == Reading::kNumber) return negative ? -value : value;
  if (const int base = BaseOf(digits); base != 0 && reading == Reading::kNoNumber) {
    if (Read(std::string_view(digits).substr(2), &value, base) == Reading::kTooLarge) {
      reading = Reading::kTooLarge;
    }
  }
  if (reading == Reading::kTooLarge) {
    BadNumber("the number does not fit an int", span, diagnostics).helps.emplace_back(kIntRange);
    return 0;
  }
  Diagnostic& d = BadNumber("`" + std::string(token.substr(0, kQuotedBytesMax)) + "` is no number",
                            span, diagnostics);
  const std::string meant = PlainNumber(digits);
  d.helps.push_back(meant.empty() ? "write 12, 1_000, 0.5, 1.5e3, or a duration: 50ms, 30s, 15m, 1h"
                                  : "write `" + meant + "`");
  if (!meant.empty()) d.fixes.push_back({span, meant});
  return 0;
}

double ReadFloat(std::string_view token, const Span& span, std::vector<Diagnostic>* diagnostics) {
  double value = 0;
  if (Read(Digits(token), &value) == Reading::kNumber) return value;
  BadNumber("the number does not fit a float", span, diagnostics)
      .helps.push_back("a float has 64 bits: at most 1.7976931348623157e+308, at least 5.0e-324");
  return 0;
}

int64_t ReadDuration(std::string_view token, const Span& span,
                     std::vector<Diagnostic>* diagnostics) {
  int64_t count = 0;
  const size_t digits = token.find_first_not_of("0123456789");
  const std::string_view unit = token.substr(digits);
  const int64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 3'600'000;
  int64_t milliseconds = 0;
  if (Read(token.substr(0, digits), &count) == Reading::kNumber &&
      !__builtin_mul_overflow(count, factor, &milliseconds)) {
    return milliseconds;
  }
  BadNumber("the duration is too long", span, diagnostics)
      .helps.push_back("the longest is 9223372036854775807ms");
  return 0;
}

std::string PlainNumber(const std::string& digits) {
  if (const int base = BaseOf(digits); base != 0) {
    int64_t value = 0;
    const Reading reading = Read(std::string_view(digits).substr(2), &value, base);
    return reading == Reading::kNumber ? std::to_string(value) : "";
  }
  if (digits.find_first_not_of("0123456789") == digits.size() - 1 &&
      std::string_view("lLnNuU").find(digits.back()) != std::string_view::npos) {
    return digits.substr(0, digits.size() - 1);  // 10L, 10n
  }
  const size_t e = digits.find_first_of("eE");
  if (e == std::string::npos || e + 1 == digits.size()) return "";
  const bool number = digits.find_first_not_of("0123456789") == e &&
                      digits.find_first_not_of("0123456789", e + 1) == std::string::npos;
  if (!number) return "";
  const std::string meant = digits.substr(0, e) + ".0" + digits.substr(e);
  double value = 0;
  return Read(meant, &value) == Reading::kNumber ? meant : "";
}

}  // namespace lmp::frontend
