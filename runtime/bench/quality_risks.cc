#include "runtime/bench/quality_risks.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "runtime/bench/quality_metrics.h"
#include "runtime/engine/passage_class.h"
#include "runtime/engine/reuse_chooser.h"

namespace lmp::bench {
namespace {

using engine::PassageClass;
using engine::ReusePolicy;

const ReusePolicy kMeasured[] = {ReusePolicy::Link(engine::kLinkHead),
                                 ReusePolicy::Link(0),
                                 ReusePolicy::Link(4),
                                 ReusePolicy::Link(8),
                                 ReusePolicy::Link(16),
                                 ReusePolicy::Link(32),
                                 ReusePolicy::Blend(0.05),
                                 ReusePolicy::Blend(0.15),
                                 ReusePolicy::Blend(0.3)};

// KL of the first token: one that does not depend on where the answers part.
double FirstKl(const QualityAnswer& exact, const QualityAnswer& other, size_t vocabulary) {
  return KlDivergence(std::span(exact.logits).first(vocabulary),
                      std::span(other.logits).first(vocabulary));
}

}  // namespace

Status QualityRisks::Add(QualitySubject& subject, const QualityTask& task) {
  const ReusePolicy prefix = ReusePolicy::Prefix();
  const engine::SequenceSpec prompt = subject.Prompt(task, &prefix);
  LMP_RETURN_IF_ERROR(subject.Store(prompt));
  LMP_TRY(const QualityAnswer exact, subject.Answer(prompt));
  const auto right = [&](const QualityAnswer& a) { return a.ended && a.text == task.answer; };
  Exact& count = exact_[task.task];
  ++count.samples;
  count.right += right(exact) ? 1 : 0;
  const auto vocabulary = static_cast<size_t>(subject.config().vocabulary);
  for (const PassageClass passages : {PassageClass::kDangling, PassageClass::kPlain}) {
    std::map<size_t, int> of_class;  // passage, rows of its head
    for (size_t i = 0; i < prompt.chunks.size(); ++i) {
      const engine::ChunkSpan& span = prompt.chunks[i];
      int head_rows = 0;
      const auto tokens =
          std::span(prompt.tokens)
              .subspan(static_cast<size_t>(span.begin), static_cast<size_t>(span.end - span.begin));
      const engine::PassageReading reading =
          engine::ReadPassage(subject.tokenizer(), tokens, &head_rows);
      if (reading.passages == passages) of_class.emplace(i, head_rows);
    }
    for (size_t p = 0; p < std::size(kMeasured) && !of_class.empty(); ++p) {
      const bool head = kMeasured[p] == ReusePolicy::Link(engine::kLinkHead);
      if (head && passages == PassageClass::kPlain) continue;  // has none: link(0)
      engine::SequenceSpec spec = prompt;
      for (const auto& [i, head_rows] : of_class) {
        spec.chunks[i].policy = engine::PolicyFor(kMeasured[p], head_rows);
      }
      LMP_TRY(const QualityAnswer answer, subject.Answer(spec));
      Losses& losses = losses_[{passages, p, task.task}];
      losses.points.push_back(100.0 * ((right(exact) ? 1 : 0) - (right(answer) ? 1 : 0)));
      losses.kl += FirstKl(exact, answer, vocabulary);
    }
  }
  return OkStatus();
}

engine::ReuseRisks QualityRisks::Table(std::string weights) const {
  engine::ReuseRisks table{.weights = std::move(weights), .rows = {}};
  std::map<std::pair<PassageClass, size_t>, engine::ReuseRisk> worst;
  for (const auto& [key, losses] : losses_) {
    const Exact& exact = exact_.at(key.task);
    if (100 * exact.right < kTaskCountsPercent * exact.samples) continue;
    const Interval i = BootstrapMean(losses.points);
    const auto n = static_cast<double>(losses.points.size());
    engine::ReuseRisk row{.passages = key.passages, .policy = kMeasured[key.policy]};
    row.loss = i.mean;
    row.loss_high = std::max(i.high, 300 / n);
    row.kl = losses.kl / n;
    row.samples = static_cast<int>(losses.points.size());
    const auto [at, added] = worst.emplace(std::pair(key.passages, key.policy), row);
    const auto rank = [](const engine::ReuseRisk& r) {
      return std::pair(std::max(r.loss, 0.0), r.samples);
    };
    if (!added && rank(row) > rank(at->second)) at->second = row;
  }
  for (const auto& [key, row] : worst) table.rows.push_back(row);
  return table;
}

std::vector<BenchRow> RiskRows(const engine::ReuseRisks& risks) {
  std::vector<BenchRow> rows;
  for (const engine::ReuseRisk& risk : risks.rows) {
    BenchRow row;
    row.row = "loss/" + std::string(engine::PassageClassName(risk.passages)) + "/" +
              engine::ReusePolicyText(risk.policy);
    row.value = row.min = risk.loss;
    row.max = risk.loss_high;
    row.unit = "points";
    row.note = "n " + std::to_string(risk.samples);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lmp::bench
