#include <utility>

#include "runtime/base/limits.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/edge_grammar.h"

namespace lmp::constrain {
namespace {

class AnyTextGrammar final : public Grammar {
 public:
  int32_t start() const override { return 0; }
  int32_t Next(int32_t state, uint8_t) const override { return state; }
  bool Accepting(int32_t state) const override { return state >= 0; }
  int ForcedByte(int32_t) const override { return -1; }
  bool Final(int32_t) const override { return false; }
  bool Unrestricted(int32_t state) const override { return state >= 0; }
};

// States 0 to literal.size() - 1 lie inside the literal; those of `rest` follow.
class PrefixedGrammar final : public Grammar {
 public:
  PrefixedGrammar(std::string literal, GrammarRef rest)
      : literal_(std::move(literal)), rest_(std::move(rest)) {}

  int32_t start() const override { return 0; }
  int32_t Next(int32_t state, uint8_t byte) const override {
    if (state < 0) return -1;
    if (state >= length()) return Outer(rest_->Next(state - length(), byte));
    if (static_cast<uint8_t>(literal_[static_cast<size_t>(state)]) != byte) return -1;
    return state + 1 < length() ? state + 1 : Outer(rest_->start());
  }
  bool Accepting(int32_t state) const override {
    return state >= length() && rest_->Accepting(state - length());
  }
  int ForcedByte(int32_t state) const override {
    if (state < 0) return -1;
    if (state < length()) return static_cast<uint8_t>(literal_[static_cast<size_t>(state)]);
    return rest_->ForcedByte(state - length());
  }
  bool Final(int32_t state) const override {
    return state >= length() && rest_->Final(state - length());
  }
  bool Unrestricted(int32_t state) const override {
    return state >= length() && rest_->Unrestricted(state - length());
  }

 private:
  int32_t length() const { return static_cast<int32_t>(literal_.size()); }
  int32_t Outer(int32_t rest_state) const { return rest_state < 0 ? -1 : rest_state + length(); }

  const std::string literal_;
  const GrammarRef rest_;
};

}  // namespace

GrammarRef AnyText() { return std::make_shared<AnyTextGrammar>(); }

GrammarRef Prefixed(std::string literal, GrammarRef rest) {
  if (literal.empty()) return rest;
  return std::make_shared<PrefixedGrammar>(std::move(literal), std::move(rest));
}

Result<GrammarRef> Choice(const std::vector<std::string>& options) {
  if (options.empty()) return InvalidArgument("a choice needs at least one option");
  size_t bytes = 0;
  std::vector<EdgeGrammar::State> states(1);
  for (const std::string& option : options) {
    if (option.empty()) return InvalidArgument("an option of a choice is empty");
    bytes += option.size();
    if (bytes > kChoiceBytesMax) {
      return InvalidArgument("the options of a choice have more than " +
                             std::to_string(kChoiceBytesMax) + " bytes");
    }
    size_t at = 0;
    for (const char c : option) {
      const auto [slot, added] =
          states[at].next.emplace(static_cast<uint8_t>(c), static_cast<int32_t>(states.size()));
      at = static_cast<size_t>(slot->second);
      if (added) states.emplace_back();
    }
    if (states[at].accepting) {
      return InvalidArgument("an option of a choice is given twice: \"" + option + "\"");
    }
    states[at].accepting = true;
  }
  return GrammarRef(std::make_shared<EdgeGrammar>(states));
}

}  // namespace lmp::constrain
