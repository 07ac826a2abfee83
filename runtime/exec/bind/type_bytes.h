// How long the texts of a type are at most, so that what is put into a prompt has a bound. Pure;
// any thread.
#pragma once

#include "ir/bound.h"
#include "ir/program.h"

namespace lmp::exec {

// Borrows the program.
class TypeBytes {
 public:
  explicit TypeBytes(const ir::Program& program) : program_(program) {}

  // Bytes of the longest text of a value, in JSON or by itself; unknown where it is not bounded.
  ir::Bound Of(ir::TypeId id, bool json) const;
  // A text of a float may be longer than what a model wrote for it.
  bool HoldsFloat(ir::TypeId id) const;

 private:
  const ir::Program& program_;
};

}  // namespace lmp::exec
