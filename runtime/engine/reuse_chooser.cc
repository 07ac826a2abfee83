#include "runtime/engine/reuse_chooser.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "runtime/engine/fusion_plan.h"

namespace lmp::engine {
namespace {

constexpr double kWorthIt = 1.15;

// Rows of the model's work that a policy costs for one stored passage.
double Work(const ReusePolicy& policy, int rows, int layers) {
  const double probe =
      policy.kind == ReuseKind::kBlend ? rows * (kCheckLayer + 1.0) / std::max(1, layers) : 0;
  return RowsComputed(policy, rows) + probe;
}

// The cheapest policy that may be used; null if none may.
const ReuseRisk* Cheapest(const PassageFacts& passage, const ReuseQuestion& question,
                          const ReuseRisks* risks) {
  if (risks == nullptr || passage.passages == PassageClass::kShort) return nullptr;
  const ReuseRisk* best = nullptr;
  const auto work = [&](const ReuseRisk& r) {
    return Work(PolicyFor(r.policy, passage.head_rows), passage.rows, question.layers);
  };
  for (const ReuseRisk& row : risks->rows) {
    if (row.passages != passage.passages || row.loss_high > question.loss_max) continue;
    if (row.policy.kind == ReuseKind::kBlend && question.layers <= kCheckLayer) continue;
    if (work(row) >= passage.rows) continue;
    if (best == nullptr || work(row) < work(*best)) best = &row;
  }
  return best;
}

std::string Counts(const std::map<std::string, int>& counts) {
  std::string out;
  for (const auto& [what, count] : counts) {
    out += (out.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  }
  return out;
}

}  // namespace

ReusePolicy PolicyFor(const ReusePolicy& policy, int head_rows) {
  const bool head = policy.kind == ReuseKind::kLink && policy.link_rows == kLinkHead;
  return head ? ReusePolicy::Link(head_rows) : policy;
}

int RowsComputed(const ReusePolicy& policy, int rows) {
  switch (policy.kind) {
    case ReuseKind::kLink:
      return std::min(rows, policy.link_rows);
    case ReuseKind::kBlend:
      return static_cast<int>(
          std::min<double>(rows, std::ceil(policy.blend_ratio * static_cast<double>(rows))));
    case ReuseKind::kFull:
      return 0;
    case ReuseKind::kPrefix:
    case ReuseKind::kAuto:
      break;
  }
  return rows;
}

ReuseChoice ChooseReuse(const ReuseQuestion& question, const ReuseRisks* risks,
                        const ReuseCostNumbers& cost) {
  ReuseChoice choice;
  std::map<std::string, int> counts;
  double work = question.rows, placed = 0, read = 0;
  bool any = false;
  for (const PassageFacts& passage : question.passages) {
    const ReuseRisk* const row = Cheapest(passage, question, risks);
    const ReusePolicy policy =
        row != nullptr ? PolicyFor(row->policy, passage.head_rows) : ReusePolicy::Prefix();
    choice.policies.push_back(policy);
    const std::string name(PassageClassName(passage.passages));
    if (row == nullptr) {
      ++counts[name + " computed"];
      continue;
    }
    ++counts[name + " " + ReusePolicyText(row->policy) + (passage.stored ? "" : " not stored yet")];
    any = true;
    if (!passage.stored) continue;
    const double saved = passage.rows - Work(policy, passage.rows, question.layers);
    work -= saved;
    placed += passage.rows - RowsComputed(policy, passage.rows);
    read += static_cast<double>(passage.read_bytes);
    choice.loss_high = std::max(choice.loss_high, row->loss_high);
  }
  const auto compute = [&](double rows) {
    return cost.row_seconds * rows +
           cost.pair_seconds * rows * (question.context + question.rows / 2.0);
  };
  choice.exact_seconds = compute(question.rows);
  choice.seconds = compute(work) + placed * cost.place_row_seconds + read * cost.read_byte_seconds;
  const bool stored = placed > 0;
  const bool worth_it = !stored || choice.exact_seconds > kWorthIt * choice.seconds;
  if (!worth_it) {
    std::fill(choice.policies.begin(), choice.policies.end(), ReusePolicy::Prefix());
    choice.loss_high = 0;
  }
  char numbers[160] = "";
  if (stored) {
    std::snprintf(numbers, sizeof numbers, "; about %.3g ms, exact %.3g ms", choice.seconds * 1e3,
                  choice.exact_seconds * 1e3);
  }
  choice.reason = "auto: " + Counts(counts) + numbers;
  if (stored && worth_it) {
    std::snprintf(numbers, sizeof numbers, "; at most %.2f points of answers lost",
                  choice.loss_high);
    choice.reason += numbers;
  }
  if (!worth_it) choice.reason += "; so exact";
  if (!any && risks == nullptr) choice.reason += "; the model has no table of measured losses";
  return choice;
}

}  // namespace lmp::engine
