#include "runtime/exec/select_temperatures.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "runtime/engine/model_digest.h"

namespace lmp::exec {
namespace {

constexpr std::string_view kHead = "lmp select temperatures 1";

Result<SelectFit> ParseRow(const std::string& line) {
  std::istringstream in(line);
  std::string method, temperature, ece, nll, samples, rest;
  SelectFit row;
  in >> method >> temperature >> row.temperature >> ece >> row.ece_before >> row.ece_after >> nll >>
      row.nll_before >> row.nll_after >> samples >> row.samples;
  const bool known = method == "greedy" || method == "likelihood";
  if (!in || in >> rest || !known || temperature != "temperature" || ece != "ece" || nll != "nll" ||
      samples != "samples") {
    return InvalidArgument(
        "expected `METHOD temperature T ece BEFORE AFTER nll BEFORE AFTER samples N`, not \"" +
        line + "\"");
  }
  if (!(row.temperature >= 0.01 && row.temperature <= 100)) {
    return InvalidArgument("a temperature of \"" + line + "\", allowed are 0.01 to 100");
  }
  row.method = method == "greedy" ? SelectMethod::kGreedy : SelectMethod::kLikelihood;
  return row;
}

}  // namespace

double SelectTemperatures::Of(SelectMethod method) const {
  for (const SelectFit& row : rows) {
    if (row.method == method) return row.temperature;
  }
  return 1;
}

std::string SelectTemperatures::ToText() const {
  std::string out = std::string(kHead) + "\nweights " + weights + "\n";
  for (const SelectFit& row : rows) {
    char numbers[200];
    std::snprintf(numbers, sizeof numbers,
                  " temperature %.3f ece %.4f %.4f nll %.4f %.4f samples %d\n", row.temperature,
                  row.ece_before, row.ece_after, row.nll_before, row.nll_after, row.samples);
    out += std::string(SelectMethodName(row.method)) + numbers;
  }
  return out;
}

Result<SelectTemperatures> SelectTemperatures::FromText(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::string line;
  if (!std::getline(in, line) || line != kHead) {
    return InvalidArgument("line 1: expected \"" + std::string(kHead) + "\"");
  }
  SelectTemperatures out;
  constexpr std::string_view kWeights = "weights ";
  if (!std::getline(in, line) || !line.starts_with(kWeights)) {
    return InvalidArgument("line 2: expected \"weights DIGEST\"");
  }
  out.weights = line.substr(kWeights.size());
  for (int number = 3; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    Result<SelectFit> row = ParseRow(line);
    if (!row.ok()) {
      return InvalidArgument("line " + std::to_string(number) + ": " + row.status().message());
    }
    out.rows.push_back(*std::move(row));
  }
  return out;
}

std::string SelectTemperaturesPath(const std::string& model_path) {
  return engine::BesideModel(model_path, "select");
}

Result<SelectTemperatures> LoadSelectTemperatures(const std::string& model_path) {
  const std::string path = SelectTemperaturesPath(model_path);
  std::ifstream in(path, std::ios::binary);
  if (!in) return SelectTemperatures();
  std::ostringstream text;
  text << in.rdbuf();
  Result<SelectTemperatures> table = SelectTemperatures::FromText(text.str());
  if (!table.ok()) {
    return InvalidArgument(path +
                           " is no table of measured temperatures: " + table.status().message());
  }
  LMP_TRY(const std::string digest, engine::ModelDigest(model_path));
  if (digest == table->weights) return table;
  return InvalidArgument(path + " was measured on another model file than " + model_path +
                         "; `confidence` goes by temperature 1");
}

}  // namespace lmp::exec
