// Bound: the most that a count can be, affine in what a function is given: `2 + 3 * len(xs) + n`.
// An input that is below 0 counts as 0. Values; pure, any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace lmp::ir {

class Bound {
 public:
  // Of a parameter, or a field of one ("q.items"): the int itself, the number of items, the bytes
  // of its text in a prompt (of a list or a record as JSON), the tokens of a context.
  enum class Kind : uint8_t { kNumber, kLength, kBytes, kTokens };
  struct Input {
    std::string path;
    Kind kind = Kind::kNumber;
    auto operator<=>(const Input&) const = default;
  };

  Bound() = default;                        // not bounded
  Bound(int64_t most) : constant_(most) {}  // NOLINT: a number is a bound
  static Bound Of(Input input);

  bool known() const { return constant_.has_value(); }
  // If it depends on no input.
  std::optional<int64_t> constant() const { return inputs_.empty() ? constant_ : std::nullopt; }
  std::string ToText() const;  // "not bounded", "5", "2 + 3 * len(xs) + bytes(q)"
  // How often it counts the input, and what is left without it.
  int64_t FactorOf(const Input& input) const;
  Bound Without(const Input& input) const;

  // Not bounded where a part is not, where the number does not fit, or where it is not affine.
  friend Bound operator+(const Bound& a, const Bound& b);
  friend Bound operator*(const Bound& a, const Bound& b);
  // At least as large as both.
  friend Bound Larger(const Bound& a, const Bound& b);
  // Holds if one of them does: the one that says more.
  friend Bound Either(const Bound& a, const Bound& b);
  // With what the inputs are in turn bounded by.
  Bound With(const std::function<Bound(const Input&)>& value) const;

 private:
  std::optional<int64_t> constant_;
  std::map<Input, int64_t> inputs_;  // factors above 0
};

}  // namespace lmp::ir
