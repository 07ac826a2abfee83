// Plan: a Program after passes, with what can be said about it before it runs and without a model:
// stages, readers, static prefixes, bounds. One Plan serves any model (decision 20: what
// needs a tokenizer is bound in runtime/exec/bind). Immutable once made, shared, any thread.
//
//   Program --passes--> Program' --+-- graphs[i]: per op a stage, per value its readers
//                                  +-- static prefixes: text known before any input
//                                  +-- bounds: questions to the model and generated tokens
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/bound.h"
#include "ir/pass.h"
#include "ir/program.h"

namespace lmp::ir {

// Part of a static prefix, in order.
struct PrefixSegment {
  OpKind kind = OpKind::kCtxText;  // ctx.open, ctx.text, ctx.close
  Role role = Role::kUser;         // of open and close
  std::string text;                // of text
  bool operator==(const PrefixSegment&) const = default;
};
// Text from ctx.empty on that is the same in every run, as far as it goes.
struct StaticPrefix {
  ValueId context;  // where it ends: a context that something else continues
  std::vector<PrefixSegment> segments;
  size_t text_bytes = 0;
};

// The most that one call of a function can ask for, in terms of what it is given. `reason` says
// what an absent bound is missing ("fork over %xs"). What prompts come to is bound with a tokenizer
// (runtime/exec/bind/prompt_bounds.h).
struct Bounds {
  Bound questions;     // gen and select, callees included
  Bound tokens;        // generated; what select scores is not counted
  Bound contexts;      // in the engine at the same time (ir/live_contexts.h)
  std::string reason;  // empty if all are known
};

// What a `try` can ask for in all of its attempts, its own budget left aside.
struct TryBounds {
  OpId op;
  Bounds attempts;
};

struct GraphPlan {
  // Per op: how many ops that ask the model (or regions that hold one) stand before it on its
  // longest path in its region. Asking ops of one region and stage run at the same time.
  std::vector<uint32_t> stages;
  std::vector<bool> asks;         // per op: asks the model, or holds an op that does
  std::vector<bool> checks;       // per op: a check in it may fail it
  std::vector<uint32_t> readers;  // per value: operands and yields that name it, ctx.drop apart
  std::vector<StaticPrefix> prefixes;
  Bounds bounds;
  std::vector<TryBounds> tries;  // that have a budget
};

struct Plan {
  ProgramRef program;  // after passes
  ProgramRef
      lowered;  // before them: where what passes remove still counts (what ends a select's option)
  std::vector<PassReport> passes;
  std::vector<GraphPlan> graphs;  // as program->functions

  // FNV-1a of the text form, which it writes: names a plan in reports. Not a security boundary:
  // whoever can choose programs can make two with one digest.
  uint64_t ComputeDigest() const;
  const GraphPlan* Find(std::string_view function) const;  // nullable
};
using PlanRef = std::shared_ptr<const Plan>;

// Errors: those of RunPasses.
Result<PlanRef> MakePlan(ProgramRef program, const PassOptions& options = {});

}  // namespace lmp::ir
