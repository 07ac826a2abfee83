// The table that `reuse: auto` goes by (engine/reuse_risks.h), from answers: for each class of
// passage and each policy, how many right answers are lost where that policy is used for the
// passages of that class and everything else is computed.
//
// A row is that of the task where most is lost (of equal ones, the one of most samples). A task
// counts only where exact answers are right in 80%. What was never lost in n samples may still be
// lost in 3 of n (95%).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/bench/bench.h"
#include "runtime/bench/quality_subject.h"
#include "runtime/bench/quality_tasks.h"
#include "runtime/engine/reuse_risks.h"

namespace lmp::bench {

inline constexpr int kTaskCountsPercent = 80;  // of exact answers right, at least

class QualityRisks {
 public:
  // Answers `task`, exactly and under every policy. Errors: the subject's.
  Status Add(QualitySubject& subject, const QualityTask& task);
  engine::ReuseRisks Table(std::string weights) const;

 private:
  struct Key {
    engine::PassageClass passages;
    size_t policy;
    std::string task;
    auto operator<=>(const Key&) const = default;
  };
  struct Losses {
    std::vector<double> points;  // per sample: 100 right before and wrong now, -100 the reverse
    double kl = 0;
  };
  struct Exact {
    int right = 0, samples = 0;
  };
  std::map<std::string, Exact> exact_;  // by task
  std::map<Key, Losses> losses_;
};

// loss/CLASS/POLICY, with the interval's ends.
std::vector<BenchRow> RiskRows(const engine::ReuseRisks& risks);

}  // namespace lmp::bench
