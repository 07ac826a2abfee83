// `lmp bench quality`: what a reuse policy does to answers. Each task of a file (quality_tasks.h)
// is answered with every passage computed in place (`exact`), then under each policy with the
// passages' KV from a store, each passage computed alone before.
//
//   score/TASK/POLICY   share of answers that are right, to the last character, in percent
//   delta/TASK/POLICY   the same less that of `exact`, in points
//   agree/TASK/POLICY   share of answers that are those of `exact`, token by token, in percent
//   kl/TASK/POLICY      KL(exact || policy), nats, mean over the tokens of the answer of `exact`
//   kl_first/...        ... of its first token
//   budget/TASK/POLICY  charged budget: rows of passages computed, times layers, of all, in percent
//                       (a probe: layer 0 and the V of layer 1)
// and with --full
//   parts/TASK/POLICY   first token that differs from `exact`, mean over the answers that differ
//   absent/TASK/POLICY  share of answers "not in the passages", in percent
//   k_dev, v_dev/TASK/POLICY/LAYER  relative L2 distance of the passages' K (before rotation) and V
//
// With --risks FILE it measures what `auto` goes by instead (quality_risks.h): loss/CLASS/POLICY.
//
// Least and greatest of score, delta, kl and budget are the bootstrap's 95% interval over the
// samples; delta's is paired. TASK is T0 to T8; POLICY is exact, plain (the whole prompt
// tokenised as one text, nothing inserted), full, link0, ..., blend15, ..., blend_released
// (CacheBlend as released, 15%), auto. A task counts only where `exact` scores 80% or more: its
// notes say so.
#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/bench/bench.h"
#include "runtime/bench/quality_metrics.h"
#include "runtime/bench/quality_risks.h"
#include "runtime/bench/quality_subject.h"
#include "runtime/bench/quality_tasks.h"
#include "runtime/engine/model_digest.h"

namespace lmp::bench {
namespace {

using engine::ReusePolicy;

constexpr int kSamplesDefault = 12, kSamplesFull = 2000;
constexpr double kReleasedRatio = 0.15;
constexpr std::string_view kAbsent = "not in the passages";

enum class Way : uint8_t { kInserted, kPlain, kReleased };
struct Contender {
  const char* name;
  Way way;
  ReusePolicy policy;
  bool full_only = false;
};
const Contender kContenders[] = {
    {"plain", Way::kPlain, ReusePolicy::Prefix()},
    {"full", Way::kInserted, ReusePolicy::Full()},
    {"link0", Way::kInserted, ReusePolicy::Link(0)},
    {"link4", Way::kInserted, ReusePolicy::Link(4), true},
    {"link8", Way::kInserted, ReusePolicy::Link(8)},
    {"link16", Way::kInserted, ReusePolicy::Link(16), true},
    {"link32", Way::kInserted, ReusePolicy::Link(32), true},
    {"blend05", Way::kInserted, ReusePolicy::Blend(0.05), true},
    {"blend15", Way::kInserted, ReusePolicy::Blend(0.15)},
    {"blend30", Way::kInserted, ReusePolicy::Blend(0.3)},
    {"blend_released", Way::kReleased, ReusePolicy::Blend(kReleasedRatio)},
    {"auto", Way::kInserted, ReusePolicy::Auto()},
};

// One answer against that of `exact`.
struct Sample {
  double right = 0, exact_right = 0, agree = 0, absent = 0;
  double kl = 0, kl_first = 0, charged = 1;
  double parts = -1;  // -1: they agree
};
struct Deviation {
  std::vector<double> k, v;  // per layer, sums over samples
  int count = 0;
};

class QualityRun {
 public:
  QualityRun(const BenchOptions& options, QualitySubject& subject)
      : options_(options), subject_(subject) {}

  Status Add(const QualityTask& task);
  std::vector<BenchRow> Rows() const;

 private:
  Status AddContender(const QualityTask& task, const Contender& contender);
  Result<QualityAnswer> Answer(const engine::SequenceSpec& prompt, const Contender& contender);
  Sample Compare(const QualityTask& task, const QualityAnswer& answer) const;
  Status AddKl(const engine::SequenceSpec& prompt, const Contender& contender,
               const QualityAnswer& answer, Sample* sample);
  void AddDeviation(const engine::SequenceSpec& prompt, const std::string& name);
  void AddRows(const std::string& name, const std::vector<Sample>& samples,
               std::vector<BenchRow>* rows) const;
  bool Wants(const QualityTask& task, const Contender& contender) const;

  const BenchOptions& options_;
  QualitySubject& subject_;
  QualityAnswer exact_;  // of the task at hand
  Trace exact_trace_;
  std::map<std::string, std::vector<Sample>> samples_;  // by TASK/POLICY
  std::map<std::string, Deviation> deviations_;
};

bool QualityRun::Wants(const QualityTask& task, const Contender& contender) const {
  if (contender.full_only && !options_.full) return false;
  for (const char* row : {"score/", "delta/", "agree/", "kl/", "kl_first/", "budget/", "parts/",
                          "absent/", "k_dev/", "v_dev/"}) {
    if (WantsRow(options_, row + task.task + "/" + contender.name)) return true;
  }
  return false;
}

Status QualityRun::Add(const QualityTask& task) {
  const ReusePolicy prefix = ReusePolicy::Prefix();
  const engine::SequenceSpec prompt = subject_.Prompt(task, &prefix);
  LMP_RETURN_IF_ERROR(subject_.Store(prompt));
  subject_.trace().keep_kv = options_.full;
  LMP_TRY(exact_, subject_.Answer(prompt));
  exact_trace_ = subject_.trace();
  samples_[task.task + "/exact"].push_back(Compare(task, exact_));
  for (const Contender& contender : kContenders) {
    if (Wants(task, contender)) LMP_RETURN_IF_ERROR(AddContender(task, contender));
  }
  return OkStatus();
}

Result<QualityAnswer> QualityRun::Answer(const engine::SequenceSpec& prompt,
                                         const Contender& contender) {
  if (contender.way == Way::kReleased) return subject_.AnswerReleased(prompt, kReleasedRatio);
  return subject_.Answer(prompt);
}

Status QualityRun::AddContender(const QualityTask& task, const Contender& contender) {
  const std::string name = task.task + "/" + contender.name;
  const engine::SequenceSpec prompt =
      subject_.Prompt(task, contender.way == Way::kPlain ? nullptr : &contender.policy);
  LMP_TRY(const QualityAnswer answer, Answer(prompt, contender));
  if (options_.full && contender.way == Way::kInserted) AddDeviation(prompt, name);
  Sample sample = Compare(task, answer);
  LMP_RETURN_IF_ERROR(AddKl(prompt, contender, answer, &sample));
  samples_[name].push_back(sample);
  return OkStatus();
}

Sample QualityRun::Compare(const QualityTask& task, const QualityAnswer& answer) const {
  Sample s;
  const auto right = [&](const QualityAnswer& a) { return a.ended && a.text == task.answer; };
  s.right = right(answer) ? 1 : 0;
  s.exact_right = right(exact_) ? 1 : 0;
  s.absent = answer.text == kAbsent ? 1 : 0;
  s.agree = answer.tokens == exact_.tokens && answer.ended == exact_.ended ? 1 : 0;
  s.charged = answer.charged;
  if (s.agree == 0) {
    const auto [a, b] = std::mismatch(answer.tokens.begin(), answer.tokens.end(),
                                      exact_.tokens.begin(), exact_.tokens.end());
    s.parts = static_cast<double>(a - answer.tokens.begin());
  }
  return s;
}

// Where the answers agree, drawing was following the answer of `exact`.
Status QualityRun::AddKl(const engine::SequenceSpec& prompt, const Contender& contender,
                         const QualityAnswer& answer, Sample* sample) {
  std::vector<float> forced;
  if (sample->agree == 0 && contender.way == Way::kReleased) {
    LMP_TRY(forced, subject_.ForceReleased(prompt, kReleasedRatio, exact_.tokens));
  } else if (sample->agree == 0) {
    LMP_TRY(forced, subject_.Force(prompt, exact_.tokens));
  }
  const std::vector<float>& logits = sample->agree == 0 ? forced : answer.logits;
  const auto vocabulary = static_cast<size_t>(subject_.config().vocabulary);
  const size_t rows = std::min(logits.size(), exact_.logits.size()) / vocabulary;
  for (size_t row = 0; row < rows; ++row) {
    const double kl = KlDivergence(std::span(exact_.logits).subspan(row * vocabulary, vocabulary),
                                   std::span(logits).subspan(row * vocabulary, vocabulary));
    sample->kl += kl / static_cast<double>(rows);
    if (row == 0) sample->kl_first = kl;
  }
  return OkStatus();
}

void QualityRun::AddDeviation(const engine::SequenceSpec& prompt, const std::string& name) {
  const Trace& trace = subject_.trace();
  Deviation& sum = deviations_[name];
  const auto layers = static_cast<size_t>(subject_.config().layers);
  sum.k.resize(layers);
  sum.v.resize(layers);
  const int begin = prompt.chunks.front().begin, end = prompt.chunks.back().end;
  for (size_t layer = 0; layer < std::min({layers, trace.k.size(), exact_trace_.k.size()});
       ++layer) {
    sum.k[layer] += RelativeL2(trace.k[layer], exact_trace_.k[layer], begin, end);
    sum.v[layer] += RelativeL2(trace.v[layer], exact_trace_.v[layer], begin, end);
  }
  ++sum.count;
}

void QualityRun::AddRows(const std::string& name, const std::vector<Sample>& samples,
                         std::vector<BenchRow>* rows) const {
  const auto add = [&](const std::string& metric, const char* unit, double scale, auto value,
                       const std::string& note = "") {
    if (!WantsRow(options_, metric + "/" + name)) return;
    std::vector<double> values;
    for (const Sample& s : samples) values.push_back(scale * value(s));
    const Interval i = BootstrapMean(values);
    BenchRow row;
    row.row = metric + "/" + name;
    row.value = i.mean;
    row.unit = unit;
    row.min = i.low;
    row.max = i.high;
    row.note = note;
    rows->push_back(std::move(row));
  };
  const auto n = static_cast<int>(samples.size());
  const auto right = static_cast<int>(std::count_if(
      samples.begin(), samples.end(), [](const Sample& s) { return s.exact_right > 0; }));
  std::string note = "n " + std::to_string(n);
  if (100 * right < kTaskCountsPercent * n) {
    note += ", does not count: exact " + std::to_string(100 * right / n) + "%";
  }
  add(
      "score", "%", 100, [](const Sample& s) { return s.right; }, note);
  if (!name.ends_with("/exact")) {
    add(
        "delta", "points", 100, [](const Sample& s) { return s.right - s.exact_right; }, note);
    add("agree", "%", 100, [](const Sample& s) { return s.agree; });
    add("kl", "nats", 1, [](const Sample& s) { return s.kl; });
    add("kl_first", "nats", 1, [](const Sample& s) { return s.kl_first; });
    add("budget", "%", 100, [](const Sample& s) { return s.charged; });
  }
  if (!options_.full) return;
  add("absent", "%", 100, [](const Sample& s) { return s.absent; });
  std::vector<Sample> differ;
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(differ),
               [](const Sample& s) { return s.parts >= 0; });
  if (differ.empty() || !WantsRow(options_, "parts/" + name)) return;
  std::vector<double> at;
  for (const Sample& s : differ) at.push_back(s.parts);
  rows->push_back(MakeRow("parts/" + name, "token", std::move(at)));
}

std::vector<BenchRow> QualityRun::Rows() const {
  std::vector<BenchRow> rows;
  for (const auto& [name, samples] : samples_) AddRows(name, samples, &rows);
  for (const auto& [name, sum] : deviations_) {
    for (size_t layer = 0; layer < sum.k.size(); ++layer) {
      for (const bool is_k : {true, false}) {
        const std::string row = (is_k ? "k_dev/" : "v_dev/") + name + "/" + std::to_string(layer);
        if (!WantsRow(options_, row)) continue;
        rows.push_back(MakeRow(row, "", {(is_k ? sum.k : sum.v)[layer] / sum.count}));
      }
    }
  }
  return rows;
}

Result<std::vector<BenchRow>> MeasureRisks(const BenchOptions& options, QualitySubject& subject,
                                           const std::vector<QualityTask>& tasks) {
  QualityRisks risks;
  for (const QualityTask& task : tasks) LMP_RETURN_IF_ERROR(risks.Add(subject, task));
  LMP_TRY(const std::string weights, engine::ModelDigest(options.model));
  const engine::ReuseRisks table = risks.Table(weights);
  if (table.rows.empty()) return NotFound("no task counts: exact answers are right too rarely");
  std::ofstream out(options.risks, std::ios::binary);
  out << table.ToText();
  if (!out.flush()) return Unavailable("cannot write " + options.risks);
  return RiskRows(table);
}

}  // namespace

Result<std::vector<BenchRow>> RunQualityBench(const BenchOptions& options) {
  if (!cache::Sha256Available()) {
    return Unsupported("this build has no chunk store (LMP_CRYPTO=OFF)");
  }
  if (options.tasks.empty()) return NotFound("no tasks; --tasks names a file of them");
  const int most = options.samples > 0 ? options.samples
                   : options.full      ? kSamplesFull
                                       : kSamplesDefault;
  LMP_TRY(const std::vector<QualityTask> tasks, ReadQualityTasks(options.tasks, most));
  LMP_TRY(const std::unique_ptr<QualitySubject> subject, QualitySubject::Open(options));
  if (!options.risks.empty()) return MeasureRisks(options, *subject, tasks);
  QualityRun run(options, *subject);
  std::string shown;
  for (const QualityTask& task : tasks) {
    if (options.progress != nullptr && task.task != shown) options.progress(task.task);
    shown = task.task;
    LMP_RETURN_IF_ERROR(run.Add(task));
  }
  return run.Rows();
}

}  // namespace lmp::bench
