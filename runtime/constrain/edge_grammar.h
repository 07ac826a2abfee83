// EdgeGrammar: a byte automaton given by its edges, the form that Choice and IntRange compile to.
// Every state can reach an accepting one (the makers see to that), so a byte that the automaton can
// follow never leads into a dead end. Immutable, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "runtime/constrain/constraint.h"

namespace lmp::constrain {

class EdgeGrammar final : public Grammar {
 public:
  struct State {
    std::map<uint8_t, int32_t> next;
    bool accepting = false;
  };
  // State 0 is the start; targets lie in [0, states.size()).
  explicit EdgeGrammar(const std::vector<State>& states);

  int32_t start() const override { return 0; }
  int32_t Next(int32_t state, uint8_t byte) const override;
  bool Accepting(int32_t state) const override;
  int ForcedByte(int32_t state) const override;
  bool Final(int32_t state) const override;

 private:
  struct Edge {
    uint8_t byte;
    int32_t target;
  };
  size_t begin(int32_t state) const { return first_edge_[static_cast<size_t>(state)]; }
  size_t end(int32_t state) const { return first_edge_[static_cast<size_t>(state) + 1]; }

  std::vector<size_t> first_edge_;  // [states + 1]
  std::vector<Edge> edges_;         // by state, then by byte
  std::vector<bool> accepting_;
};

}  // namespace lmp::constrain
