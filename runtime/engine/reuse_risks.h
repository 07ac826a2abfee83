// ReuseRisks: what a policy costs in right answers, measured (`lmp bench quality --risks FILE`) on
// one model, by class of passage (passage_class.h). `auto` chooses among the policies whose loss is
// small; without a table it computes everything.
//
// Text form, one row per line (docs/FORMATS.md):
//
//   lmp reuse risks 1
//   weights 5f0c...e1
//   plain link(0) loss 0.10 high 0.35 kl 0.004 samples 2000
//
// Values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/engine/passage_class.h"
#include "runtime/engine/reuse_policy.h"

namespace lmp::engine {

struct ReuseRisk {
  PassageClass passages = PassageClass::kPlain;
  ReusePolicy policy = {};
  // Points of right answers lost against exact: mean, and upper end of its 95% interval; of the
  // task where it is greatest.
  double loss = 0, loss_high = 0;
  double kl = 0;  // from exact, nats per token
  int samples = 0;
};

struct ReuseRisks {
  std::string weights;  // SHA-256 of the model file, in hex
  std::vector<ReuseRisk> rows;

  std::string ToText() const;
  // Errors: InvalidArgument with the line.
  static Result<ReuseRisks> FromText(std::string_view text);
};

// Where a model's table stands: beside it, "demo.gguf" -> "demo.reuse".
std::string ReuseRisksPath(const std::string& model_path);
// The table of a model; null where there is none. Reads the whole model file where there is one.
// Errors: InvalidArgument for a file that is no table, or of another model; of reading.
Result<std::shared_ptr<const ReuseRisks>> LoadReuseRisks(const std::string& model_path);

// "link(8)", "link(head)", "blend(0.15)", "full", "prefix", "auto".
std::string ReusePolicyText(const ReusePolicy& policy);
// The reverse, but for "auto". Errors: InvalidArgument.
Result<ReusePolicy> ParseReusePolicy(std::string_view text);

}  // namespace lmp::engine
