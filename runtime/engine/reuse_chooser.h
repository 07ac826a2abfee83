// Which policy `auto` uses for each passage of a prompt: the cheapest one whose measured loss is
// small enough for the passage's class, if that is clearly faster than computing everything.
//
//   T(exact)  = Compute(all rows behind the exact prefix)
//   T(policy) = reading + placing the stored rows + probing + Compute(the other rows)
//   exact if T(exact) <= 1.15 T(policy)
//
// Short passages are always computed; others too where there is no measured loss (reuse_risks.h).
// A pure function of its arguments; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/engine/passage_class.h"
#include "runtime/engine/reuse_cost.h"
#include "runtime/engine/reuse_policy.h"
#include "runtime/engine/reuse_risks.h"

namespace lmp::engine {

struct PassageFacts {
  int rows = 0;
  PassageClass passages = PassageClass::kShort;
  int head_rows = 0;      // of a dangling passage
  bool stored = false;    // else it is computed this time
  size_t read_bytes = 0;  // 0: in memory already
};

struct ReuseQuestion {
  std::vector<PassageFacts> passages = {};  // those under `auto` behind the exact prefix
  int rows = 0;     // of the prompt behind the exact prefix, passages included
  int context = 0;  // the exact prefix
  int layers = 0;
  double loss_max = 1;  // points
};

struct ReuseChoice {
  std::vector<ReusePolicy> policies;  // one per passage; prefix: computed
  double exact_seconds = 0, seconds = 0;
  double loss_high = 0;  // of the policies chosen, the greatest
  std::string reason;    // one line for a person
};

// `risks` may be null.
ReuseChoice ChooseReuse(const ReuseQuestion& question, const ReuseRisks* risks,
                        const ReuseCostNumbers& cost);

// A policy of a table as it is for this passage: link(head) is a number of rows.
ReusePolicy PolicyFor(const ReusePolicy& policy, int head_rows);

// Rows of a passage that a policy computes again, at least.
int RowsComputed(const ReusePolicy& policy, int rows);

}  // namespace lmp::engine
