#include "frontend/number_literal.h"

#include <charconv>
#include <cstdint>

namespace lmp::frontend {

std::string PlainNumber(const std::string& digits) {
  const auto in_base = [&](int base) -> std::string {
    int64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data() + 2, end, value, base);
    return error == std::errc() && stop == end ? std::to_string(value) : "";
  };
  if (digits.starts_with("0x") || digits.starts_with("0X")) return in_base(16);
  if (digits.starts_with("0b") || digits.starts_with("0B")) return in_base(2);
  if (digits.starts_with("0o") || digits.starts_with("0O")) return in_base(8);
  const size_t e = digits.find_first_of("eE");
  if (e == std::string::npos || e + 1 == digits.size()) return "";
  const bool number = digits.find_first_not_of("0123456789") == e &&
                      digits.find_first_not_of("0123456789", e + 1) == std::string::npos;
  return number ? digits.substr(0, e) + ".0" + digits.substr(e) : "";
}

}  // namespace lmp::frontend
