#include "runtime/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace lmp::server {

namespace {

// By their place in kRows.
enum Name : size_t {
  kRequests,
  kRequestSeconds,
  kRunning,
  kConnections,
  kFirstToken,
  kPerToken,
  kSequences,
  kSequencesEnded,
  kTokens,
  kSteps,
  kComputedRows,
  kGuesses,
  kPreemptions,
  kPages,
  kPagesEvicted,
  kPassages,
};

constexpr MetricRow kRows[] = {
    {"lmp_http_requests_total", "counter", "route, status", "requests that were answered"},
    {"lmp_http_request_seconds", "histogram", "route",
     "from a request's header to the end of its answer"},
    {"lmp_http_requests_running", "gauge", "", "requests that are being answered"},
    {"lmp_http_connections", "gauge", "", "open connections"},
    {"lmp_first_token_seconds", "histogram", "", "from a completion's request to its first token"},
    {"lmp_token_seconds", "histogram", "", "between two tokens of a choice, mean of a completion"},
    {"lmp_sequences", "gauge", "state",
     "generations and what else the engine computes: running, or waiting for it"},
    {"lmp_sequences_total", "counter", "how", "of these, finished or failed"},
    {"lmp_tokens_total", "counter", "kind",
     "tokens of prompts, of these found in the cache, and generated ones, of these forced"},
    {"lmp_steps_total", "counter", "", "steps of the model"},
    {"lmp_rows_total", "counter", "", "token rows that were computed in them"},
    {"lmp_guesses_total", "counter", "kind",
     "tokens that were guessed ahead and computed, and of these those that came"},
    {"lmp_preemptions_total", "counter", "", "sequences that gave their memory to others"},
    {"lmp_pages", "gauge", "state",
     "pages of the KV cache: all; of these free, cached for all who ask, private to a sequence"},
    {"lmp_pages_evicted_total", "counter", "", "pages that made room"},
    {"lmp_passages_waiting", "gauge", "", "passages whose KV is to be stored"},
};

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100};

}  // namespace

std::span<const MetricRow> MetricRows() { return kRows; }

struct Metrics::State {
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  template <typename Builder>
  auto& Make(Builder builder, Name name) {
    return builder.Name(std::string(kRows[name].name))
        .Help(std::string(kRows[name].help))
        .Register(registry);
  }
  Counters& Counter(Name name) { return Make(prometheus::BuildCounter(), name); }
  Gauges& Gauge(Name name) { return Make(prometheus::BuildGauge(), name); }
  Histograms& Histogram(Name name) { return Make(prometheus::BuildHistogram(), name); }
  void Take(const NamedCounters& engine);

  prometheus::Registry registry;
  Counters& requests = Counter(kRequests);
  Histograms& request_seconds = Histogram(kRequestSeconds);
  prometheus::Gauge& running = Gauge(kRunning).Add({});
  prometheus::Gauge& connections = Gauge(kConnections).Add({});
  prometheus::Histogram& first_token = Histogram(kFirstToken).Add({}, kSeconds);
  prometheus::Histogram& per_token = Histogram(kPerToken).Add({}, kSeconds);
  Gauges& sequences = Gauge(kSequences);
  Counters& sequences_ended = Counter(kSequencesEnded);
  Counters& tokens = Counter(kTokens);
  Counters& steps = Counter(kSteps);
  Counters& rows = Counter(kComputedRows);
  Counters& guesses = Counter(kGuesses);
  Counters& preemptions = Counter(kPreemptions);
  Gauges& pages = Gauge(kPages);
  Counters& pages_evicted = Counter(kPagesEvicted);
  Gauges& passages = Gauge(kPassages);
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::Began() { state_->running.Increment(); }

void Metrics::Answered(std::string_view route, int status, double seconds) {
  const std::string name(route);
  state_->running.Decrement();
  state_->requests.Add({{"route", name}, {"status", std::to_string(status)}}).Increment();
  state_->request_seconds.Add({{"route", name}}, kSeconds).Observe(seconds);
}

void Metrics::SetConnections(size_t count) { state_->connections.Set(static_cast<double>(count)); }

void Metrics::Generated(double first_s, double per_token_s) {
  state_->first_token.Observe(first_s);
  if (per_token_s > 0) state_->per_token.Observe(per_token_s);
}

void Metrics::State::Take(const NamedCounters& engine) {
  const EngineCounters& c = engine.counters;
  // The engine of runs has no label: nothing changes for who has no other.
  const auto labels = [&](prometheus::Labels own) {
    if (!engine.engine.empty()) own.emplace("engine", engine.engine);
    return own;
  };
  const auto set = [&](Gauges& family, const prometheus::Labels& own, uint64_t value) {
    family.Add(labels(own)).Set(static_cast<double>(value));
  };
  // What the engine counts itself only grows.
  const auto reach = [&](Counters& family, const prometheus::Labels& own, uint64_t value) {
    prometheus::Counter& counter = family.Add(labels(own));
    counter.Increment(static_cast<double>(value) - counter.Value());
  };
  set(sequences, {{"state", "running"}}, c.sequences_running);
  set(sequences, {{"state", "waiting"}}, c.sequences_waiting);
  set(pages, {{"state", "all"}}, c.pages_total);
  set(pages, {{"state", "free"}}, c.pages_free);
  set(pages, {{"state", "cached"}}, c.pages_tree);
  set(pages, {{"state", "private"}}, c.pages_private);
  set(passages, {}, c.passages_waiting);
  reach(sequences_ended, {{"how", "finished"}}, c.sequences_finished);
  reach(sequences_ended, {{"how", "failed"}}, c.sequences_failed);
  reach(tokens, {{"kind", "prompt"}}, c.prompt_tokens);
  reach(tokens, {{"kind", "cached"}}, c.cached_tokens);
  reach(tokens, {{"kind", "generated"}}, c.generated_tokens);
  reach(tokens, {{"kind", "forced"}}, c.forced_tokens);
  reach(steps, {}, c.steps);
  reach(rows, {}, c.rows);
  reach(guesses, {{"kind", "computed"}}, c.draft_rows);
  reach(guesses, {{"kind", "right"}}, c.draft_drawn);
  reach(preemptions, {}, c.preemptions);
  reach(pages_evicted, {}, c.pages_evicted);
}

std::string Metrics::Text(const std::vector<NamedCounters>& engines) {
  for (const NamedCounters& engine : engines) state_->Take(engine);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, state_->registry.Collect());
  return std::move(text).str();
}

}  // namespace lmp::server
