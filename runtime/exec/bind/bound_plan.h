// BoundPlan: a Plan for one (tokenizer, chat format, model limits) triple: everything that needs
// them and does not need inputs (decision 20). Immutable, shared; prints its own text form.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/plan.h"
#include "ir/program.h"
#include "runtime/base/diagnostic.h"
#include "runtime/constrain/constraint.h"
#include "runtime/exec/bind/select_method.h"
#include "runtime/exec/bind/type_grammar.h"
#include "runtime/exec/context.h"
#include "runtime/exec/select_temperatures.h"
#include "runtime/text/chat_format.h"
#include "runtime/text/tokenizer.h"

namespace lmp::exec {

// Per op of a graph, where it has one.
struct BoundOp {
  std::optional<StaticText> text;        // ctx.text of a constant directly behind a seam
  constrain::GrammarRef grammar;         // gen: from its type; null if the type has holes
  std::shared_ptr<HoleGrammars> filled;  // gen with holes: grammars by what fills them
  bool context_is_read = false;          // gen, select, ctx.warm: somebody continues the result
  std::vector<TokenId> ending;           // select: first token of what follows, empty if unknown
  BoundMethod method;                    // select
};

// One function, with the addresses of its values: a value lives in slot `slot` of its region's
// scope.
struct BoundGraph {
  const ir::Graph* graph = nullptr;
  std::vector<ir::RegionId> home;    // per value
  std::vector<uint32_t> slot;        // per value
  std::vector<uint32_t> slot_count;  // per region
  std::vector<uint32_t> position;    // per op: index in its region's ops
  std::vector<BoundOp> ops;          // per op
  const ir::GraphPlan* facts = nullptr;
};

// Defaults of generation options: config, then the language's.
struct GenerationDefaults {
  double temperature = 0.0;
  double top_p = 1.0;
  double min_p = 0.0;
  int top_k = 0;
  int max_tokens = 512;
  uint64_t seed = 0;
};

class BoundPlan {
 public:
  std::shared_ptr<const ir::Plan> plan;
  std::shared_ptr<const text::Tokenizer> tokenizer;
  text::ChatFormat format;
  GenerationDefaults defaults;
  SelectTemperatures temperatures;     // of the model
  size_t prompt_bytes_max = SIZE_MAX;  // a longer text fits into no prompt of the model
  // As plan->program->functions; of a plan for some of these, without the others.
  std::vector<BoundGraph> graphs;

  // Nullable.
  const BoundGraph* Find(std::string_view function) const;
  // Per function: each static text with its tokens and tail, each gen with its constraint.
  std::string ToText() const;
};

struct BindResult {
  std::shared_ptr<const BoundPlan> plan;  // null on errors
  std::vector<Diagnostic> diagnostics;    // E0701, E0704 to E0707, lints
};
// E0704: generations of a type that no text is of, or with a pattern that no constraint can follow.
// E0706: with a JSON Schema that is refused; L124: that `lenient` leaves a part of out.
// What Bind finds too, without a model.
std::vector<Diagnostic> CheckTypes(const ir::Program& program);

// `context_max` in tokens. `functions`: those that run with this model (ir/reached.h), callees
// before callers; null: all.
BindResult Bind(std::shared_ptr<const ir::Plan> plan,
                std::shared_ptr<const text::Tokenizer> tokenizer, int context_max,
                SelectTemperatures temperatures = {},
                const std::vector<const ir::Graph*>* functions = nullptr);

}  // namespace lmp::exec
