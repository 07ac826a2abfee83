// BoundReader: how large a value of a function can be, in terms of what the function is given.
// Pure; borrows program and graph.
#pragma once

#include <functional>
#include <string>

#include "ir/bound.h"
#include "ir/program.h"

namespace lmp::ir {

class BoundReader {
 public:
  BoundReader(const Program& program, const Graph& graph) : program_(program), graph_(graph) {}

  // The value as a parameter of the function, or a field of one: "q.items"; "" if it is neither.
  std::string Path(ValueId value) const;
  // How many items the list has, how large the int is; below 0 counts as 0.
  Bound Items(ValueId list) const;
  Bound Number(ValueId number) const;
  // What a called function is given, in terms of what this one is given. `size` tells bytes and
  // tokens of an argument; null where nobody asks for those.
  std::function<Bound(const Bound::Input&)> GivenTo(
      const Op& call, std::function<Bound(ValueId)> size = nullptr) const;
  // How many attempts a `try` has.
  Bound Attempts(const Op& op) const;
  // What to say where the rounds of a loop are not bounded: "fork over %xs".
  std::string Counted(const Op& loop) const;

 private:
  bool NotNegative(ValueId number) const;

  const Program& program_;
  const Graph& graph_;
};

}  // namespace lmp::ir
