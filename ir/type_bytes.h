// How long the texts of a type are at most, so that what is generated and what is put into a prompt
// has a bound. Pure; any thread.
#pragma once

#include "ir/bound.h"
#include "ir/program.h"

namespace lmp::ir {

// Borrows the program.
class TypeBytes {
 public:
  explicit TypeBytes(const Program& program) : program_(program) {}

  // Bytes of the longest text of a value, in JSON (on one line, `, ` and `: ` between) or by
  // itself; unknown where it is not bounded.
  Bound Of(TypeId id, bool json) const;
  // A text of a float may be longer than what a model wrote for it.
  bool HoldsFloat(TypeId id) const;

 private:
  const Program& program_;
};

}  // namespace lmp::ir
