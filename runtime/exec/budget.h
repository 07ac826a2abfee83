// Budget: what a `try` with `tokens`, `prefill` or `calls` has left, for all of its attempts and
// all that they call. The children of a fork have a share each, so that none depends on how fast
// the others are.
//
// Thread: the engine's. Shared by the scopes it bounds.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace lmp::exec {

enum class Cost : uint8_t {
  kTokens,   // generated
  kPrefill,  // of prompts, cached or not
  kCalls
};
inline constexpr std::array<Cost, 3> kCosts = {Cost::kTokens, Cost::kPrefill, Cost::kCalls};

class Budget {
 public:
  static constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();
  using Amounts = std::array<int64_t, kCosts.size()>;

  // `outer` is charged, too; nullable.
  Budget(const Amounts& granted, std::shared_ptr<Budget> outer)
      : granted_(granted), outer_(std::move(outer)) {}

  int64_t Left(Cost cost) const {
    const size_t i = static_cast<size_t>(cost);
    const int64_t own =
        granted_[i] == kUnbounded ? kUnbounded : std::max<int64_t>(0, granted_[i] - used_[i]);
    return outer_ == nullptr ? own : std::min(own, outer_->Left(cost));
  }
  void Charge(Cost cost, int64_t amount) {
    used_[static_cast<size_t>(cost)] += amount;
    if (outer_ != nullptr) outer_->Charge(cost, amount);
  }
  int64_t Used(Cost cost) const { return used_[static_cast<size_t>(cost)]; }
  // What is granted at all where it is the share of a child of a fork, for messages: else "".
  std::string ShareText(Cost cost) const {
    const Budget* at = this;
    while (at->children_ == 0 && at->outer_ != nullptr) at = at->outer_.get();
    const int64_t granted = at->granted_[static_cast<size_t>(cost)];
    if (at->children_ == 0 || granted == kUnbounded) return "";
    return " (each of the " + std::to_string(at->children_) + " children of a fork has " +
           std::to_string(granted) + " of what was left)";
  }

  // One of `children` equal parts of what is left. What it uses is not charged here.
  std::shared_ptr<Budget> Share(size_t children) const {
    Amounts part{};
    for (const Cost cost : kCosts) {
      const int64_t left = Left(cost);
      part[static_cast<size_t>(cost)] =
          left == kUnbounded ? kUnbounded : left / static_cast<int64_t>(children);
    }
    auto share = std::make_shared<Budget>(part, nullptr);
    share->children_ = children;
    return share;
  }

 private:
  Amounts granted_;
  Amounts used_{};
  size_t children_ = 0;  // of the fork that this is a share of
  std::shared_ptr<Budget> outer_;
};

}  // namespace lmp::exec
