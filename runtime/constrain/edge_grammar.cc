#include "runtime/constrain/edge_grammar.h"

#include <algorithm>

namespace lmp::constrain {

EdgeGrammar::EdgeGrammar(const std::vector<State>& states) {
  for (const State& state : states) {
    first_edge_.push_back(edges_.size());
    for (const auto& [byte, target] : state.next) edges_.push_back({byte, target});
    accepting_.push_back(state.accepting);
  }
  first_edge_.push_back(edges_.size());
}

int32_t EdgeGrammar::Next(int32_t state, uint8_t byte) const {
  if (state < 0) return -1;
  const auto first = edges_.begin() + static_cast<std::ptrdiff_t>(begin(state));
  const auto last = edges_.begin() + static_cast<std::ptrdiff_t>(end(state));
  const auto found =
      std::lower_bound(first, last, byte, [](const Edge& e, uint8_t b) { return e.byte < b; });
  return found != last && found->byte == byte ? found->target : -1;
}

bool EdgeGrammar::Accepting(int32_t state) const {
  return state >= 0 && accepting_[static_cast<size_t>(state)];
}

int EdgeGrammar::ForcedByte(int32_t state) const {
  if (state < 0 || end(state) - begin(state) != 1) return -1;
  return edges_[begin(state)].byte;
}

bool EdgeGrammar::Final(int32_t state) const {
  return Accepting(state) && begin(state) == end(state);
}

}  // namespace lmp::constrain
