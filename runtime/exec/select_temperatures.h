// SelectTemperatures: how far one model's choices can be believed, measured on it (`lmp bench
// select --table FILE`), per way of weighing: the temperature that `confidence` goes by (ADR 0011).
// Without a table it is 1.
//
// Text form, one row per line (docs/FORMATS.md):
//
//   lmp select temperatures 1
//   weights 5f0c...e1
//   greedy temperature 1.31 ece 0.041 0.018 nll 0.162 0.149 samples 2000
//
// Values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/exec/select_choice.h"

namespace lmp::exec {

struct SelectFit {
  SelectMethod method = SelectMethod::kGreedy;
  double temperature = 1;
  // Over choices that the temperature was not fitted on, with temperature 1 and with it.
  double ece_before = 0, ece_after = 0, nll_before = 0, nll_after = 0;
  int samples = 0;
};

struct SelectTemperatures {
  std::string weights;  // engine::ModelDigest
  std::vector<SelectFit> rows;

  double Of(SelectMethod method) const;  // 1 where it was not measured
  std::string ToText() const;
  // Errors: InvalidArgument with the line.
  static Result<SelectTemperatures> FromText(std::string_view text);
};

// Where a model's table stands: beside it, "demo.gguf" -> "demo.select".
std::string SelectTemperaturesPath(const std::string& model_path);
// The table of a model; an empty one where there is none. Reads the whole model file where there is
// one. Errors: InvalidArgument for a file that is no table, or of another model; of reading.
Result<SelectTemperatures> LoadSelectTemperatures(const std::string& model_path);

}  // namespace lmp::exec
