// Evaluate: runs a Program op by op, in order, over a fake model. The oracle: what passes must keep
// and what exec must agree with. Slow and obvious on purpose; no parallelism, no tokens, no cache.
//
// A context is its rendered text: `<|role|>` opens a message, `<|end|>` and a line break close it.
// A generated value stands in the text as its prompt text (null as `null`). Failures are Statuses;
// a fork with on_error=skip drops the children that fail, with null it gives null for them,
// otherwise the failing child with the lowest index is reported. The program must be verified. One
// thread; bounded by EvaluateOptions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/fake_model.h"
#include "ir/program.h"

namespace lmp::ir {

struct EvaluateOptions {
  uint64_t seed = 0;             // of the program
  size_t steps_max = 1'000'000;  // ops
  size_t context_bytes_max = 16u << 20;
};

// One question asked of the model.
struct Generation {
  std::string site;  // with its path: "main.solve#0/3/solve.steps#0"
  uint64_t site_hash = 0;
  std::string prompt;
  Value value;
  bool operator==(const Generation&) const = default;
};

// What ended the run, as the executor would report it. Kind `mock`: the model has no answer to give
// (NotFound), which no `try` catches.
struct EvaluationFailure {
  std::string kind, message, site;
  Span span;                // of the op
  std::vector<Span> calls;  // that led to it, innermost first
};

struct Evaluation {
  Status status;              // of the run; the rest is what happened before it failed
  EvaluationFailure failure;  // where an op has failed
  Value value;                // of the function, null if it has none
  std::vector<std::string> emits;
  std::vector<Generation> generations;  // in program order
};

// Arguments in order; missing ones take the parameters' defaults. Errors (in `status`): NotFound
// (no such function), InvalidArgument (arguments, values), ResourceExhausted (a bound), and the
// model's.
Evaluation Evaluate(const Program& program, std::string_view function, std::vector<Value> arguments,
                    FakeModel* model, const EvaluateOptions& options = {});

}  // namespace lmp::ir
