// IntRange as a byte automaton. The numbers of one sign and one length form an automaton of
// (position, still equal to the low bound's digits, still equal to the high bound's); the union over
// signs and lengths is made deterministic by the subset construction. A 64-bit range has at most 19
// lengths per sign, so the result has a few hundred states.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "runtime/constrain/edge_grammar.h"

namespace lmp::constrain {
namespace {

// Magnitudes with exactly low.size() digits, in [low, high]; both decimal texts of that length.
struct DigitRange {
  std::string low;
  std::string high;
};

// A place inside one DigitRange.
struct Item {
  size_t range = 0;
  size_t position = 0;
  bool at_low = true;   // all digits so far equal the low bound's
  bool at_high = true;

  bool operator<(const Item& other) const {
    return std::tie(range, position, at_low, at_high) <
           std::tie(other.range, other.position, other.at_low, other.at_high);
  }
};
using ItemSet = std::set<Item>;

// Cuts [low, high] into one range per length.
std::vector<DigitRange> SplitByLength(uint64_t low, uint64_t high) {
  std::vector<DigitRange> ranges;
  const std::string last = std::to_string(high);
  for (std::string first = std::to_string(low); first.size() <= last.size();) {
    const size_t length = first.size();
    ranges.push_back({first, length == last.size() ? last : std::string(length, '9')});
    first = "1" + std::string(length, '0');
  }
  return ranges;
}

class Builder {
 public:
  // Adds the automaton of the ranges; returns its start state.
  int32_t Add(const std::vector<DigitRange>& ranges) {
    ranges_ = ranges;
    ids_.clear();
    ItemSet start;
    for (size_t i = 0; i < ranges.size(); ++i) start.insert({i, 0, true, true});
    return StateOf(start);
  }

  std::vector<EdgeGrammar::State>& states() { return states_; }

 private:
  int32_t StateOf(const ItemSet& items) {
    const auto found = ids_.find(items);
    if (found != ids_.end()) return found->second;
    const auto id = static_cast<int32_t>(states_.size());
    ids_.emplace(items, id);
    states_.emplace_back();
    std::map<uint8_t, ItemSet> next;
    for (const Item& item : items) {
      const DigitRange& range = ranges_[item.range];
      if (item.position == range.low.size()) {
        states_[static_cast<size_t>(id)].accepting = true;
        continue;
      }
      const char low = item.at_low ? range.low[item.position] : '0';
      const char high = item.at_high ? range.high[item.position] : '9';
      for (char digit = low; digit <= high; ++digit) {
        next[static_cast<uint8_t>(digit)].insert({item.range, item.position + 1,
                                                  item.at_low && digit == low,
                                                  item.at_high && digit == high});
      }
    }
    for (const auto& [byte, target] : next) {
      const int32_t to = StateOf(target);  // may grow states_
      states_[static_cast<size_t>(id)].next[byte] = to;
    }
    return id;
  }

  std::vector<DigitRange> ranges_;
  std::map<ItemSet, int32_t> ids_;
  std::vector<EdgeGrammar::State> states_;
};

uint64_t Magnitude(int64_t value) {
  return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
}

}  // namespace

Result<GrammarRef> IntRange(int64_t low, int64_t high) {
  if (low > high) {
    return InvalidArgument("the integer range " + std::to_string(low) + ".." +
                           std::to_string(high) + " is empty");
  }
  Builder builder;
  std::vector<DigitRange> positive;
  if (high >= 0) positive = SplitByLength(static_cast<uint64_t>(std::max<int64_t>(low, 0)),
                                          static_cast<uint64_t>(high));
  const int32_t start = builder.Add(positive);
  if (low < 0) {
    const uint64_t nearest = high < 0 ? Magnitude(high) : 1;
    const int32_t negative = builder.Add(SplitByLength(nearest, Magnitude(low)));
    builder.states()[static_cast<size_t>(start)].next['-'] = negative;
  }
  return GrammarRef(std::make_shared<EdgeGrammar>(builder.states()));
}

}  // namespace lmp::constrain
