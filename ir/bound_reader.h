// BoundReader: how large a value of a function can be, in terms of what the function is given.
// Pure; borrows program and graph.
#pragma once

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

 private:
  const Program& program_;
  const Graph& graph_;
};

}  // namespace lmp::ir
