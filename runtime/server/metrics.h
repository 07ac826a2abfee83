// Metrics: what GET /metrics says, in the text format of Prometheus. docs/SERVER.md has the table
// of names, which a test holds against kMetricRows.
//
// Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/api/engine_view.h"

namespace lmp::server {

struct MetricRow {
  std::string_view name, kind;  // counter, gauge, histogram
  std::string_view labels;      // "route, status"; of those that engines count also `engine`
  std::string_view help;
};
std::span<const MetricRow> MetricRows();

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // A request came; it was answered. `route`: a path of docs/SERVER.md, not what the client wrote.
  void Began();
  void Answered(std::string_view route, int status, double seconds);
  void SetConnections(size_t count);
  // A completion has ended that wrote something: from its request to the first token, and between
  // two tokens of a choice (0: there were no two).
  void Generated(double first_s, double per_token_s);
  // All, with what the engines have counted.
  std::string Text(const std::vector<NamedCounters>& engines);

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace lmp::server
