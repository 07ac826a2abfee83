// The groups of rules that Verify runs on one function. Inside ir only. Each group may assume that
// the groups before it found nothing.
#pragma once

#include <string>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

struct VerifyState {
  const Program& program;
  const Graph& graph;
  TypeTable& types;  // a copy of the program's: rules may intern types
  std::vector<Diagnostic>& diagnostics;
  bool constants = true;  // VerifyOptions

  const Type& TypeOf(ValueId value) const { return types[graph.value(value).type]; }
  std::string TextOf(ValueId value) const { return types.ToText(graph.value(value).type); }
  bool Is(ValueId value, TypeKind kind) const { return TypeOf(value).kind == kind; }
  void Report(int rule, Span span, std::string what) const;
  void Report(int rule, const Op& op, const std::string& what) const;
};

void CheckStructure(const VerifyState& state);  // rule 1, and that all ids are in range
void CheckOps(const VerifyState& state);        // rules 3 4 6 7 8 14 15: verify_ops.cc
void CheckSites(const VerifyState& state);      // rule 17
void CheckEffects(const VerifyState& state);    // rules 3 5: verify_flow.cc
void CheckMessages(const VerifyState& state);   // rule 13
void CheckDrops(const VerifyState& state);      // rule 18

}  // namespace lmp::ir
