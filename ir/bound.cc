#include "ir/bound.h"

#include <algorithm>

namespace lmp::ir {

Bound Bound::Of(Input input) {
  Bound bound(0);
  bound.inputs_.emplace(std::move(input), 1);
  return bound;
}

std::string Bound::ToText() const {
  if (!constant_) return "not bounded";
  std::string text = *constant_ != 0 || inputs_.empty() ? std::to_string(*constant_) : "";
  for (const auto& [input, factor] : inputs_) {
    text += text.empty() ? "" : " + ";
    if (factor != 1) text += std::to_string(factor) + " * ";
    switch (input.kind) {
      case Kind::kNumber:
        text += input.path;
        break;
      case Kind::kLength:
        text += "len(" + input.path + ")";
        break;
      case Kind::kBytes:
        text += "bytes(" + input.path + ")";
        break;
      case Kind::kTokens:
        text += "tokens(" + input.path + ")";
        break;
    }
  }
  return text;
}

int64_t Bound::FactorOf(const Input& input) const {
  const auto found = inputs_.find(input);
  return found == inputs_.end() ? 0 : found->second;
}

Bound Bound::Without(const Input& input) const {
  Bound out = *this;
  out.inputs_.erase(input);
  return out;
}

Bound operator+(const Bound& a, const Bound& b) {
  int64_t sum = 0;
  if (!a.constant_ || !b.constant_ || __builtin_add_overflow(*a.constant_, *b.constant_, &sum))
    return {};
  Bound out(sum);
  out.inputs_ = a.inputs_;
  for (const auto& [input, factor] : b.inputs_) {
    int64_t& mine = out.inputs_[input];
    if (__builtin_add_overflow(mine, factor, &mine)) return {};
  }
  return out;
}

Bound operator*(const Bound& a, const Bound& b) {
  if (a.constant() == 0 || b.constant() == 0) return 0;
  if (!a.known() || !b.known()) return {};
  if (!a.inputs_.empty() && !b.inputs_.empty()) return {};
  const Bound& affine = a.inputs_.empty() ? b : a;
  const int64_t by = *(a.inputs_.empty() ? a : b).constant_;
  Bound out(0);
  if (__builtin_mul_overflow(*affine.constant_, by, &*out.constant_)) return {};
  for (const auto& [input, factor] : affine.inputs_) {
    if (__builtin_mul_overflow(factor, by, &out.inputs_[input])) return {};
  }
  return out;
}

Bound Larger(const Bound& a, const Bound& b) {
  if (!a.constant_ || !b.constant_) return {};
  Bound out(std::max(*a.constant_, *b.constant_));
  out.inputs_ = a.inputs_;
  for (const auto& [input, factor] : b.inputs_) {
    int64_t& mine = out.inputs_[input];
    mine = std::max(mine, factor);
  }
  return out;
}

Bound Either(const Bound& a, const Bound& b) {
  if (a.constant() && b.constant()) return std::min(*a.constant(), *b.constant());
  if (a.constant() || b.constant()) return a.constant() ? a : b;
  return a.known() ? a : b;
}

Bound Bound::With(const std::function<Bound(const Input&)>& value) const {
  if (!constant_) return {};
  Bound out(*constant_);
  for (const auto& [input, factor] : inputs_) out = out + value(input) * factor;
  return out;
}

}  // namespace lmp::ir
