#include "runtime/engine/step_planner.h"

#include <algorithm>
#include <string>

namespace lmp::engine {
namespace {

bool IsRunning(const Sequence& s) { return s.state == SequenceState::kRunning; }

// A sequence that only needs the row of its last token.
bool IsDecoding(const Sequence& s) { return IsRunning(s) && s.pending() == 1; }

// Full pages that `earlier` computes and publishes and that `s` may take, in tokens.
int SharedWith(const Sequence& earlier, const Sequence& s) {
  const int common = static_cast<int>(earlier.chain.CommonPages(s.chain)) * kPageTokens;
  const int end = std::min({common, earlier.shareable(earlier.rows_end()), s.logits_begin()});
  return end / kPageTokens * kPageTokens;
}

// Pages for all rows that are known to be needed and the first one behind them, of which neither
// the sequence nor the ones it shares with hold any yet.
int64_t PagesStillNeeded(const Sequence& s) {
  const int all = PagesFor(s.rows_end() + (s.generation.has_value() ? 1 : 0));
  const int there = std::max(static_cast<int>(s.kv.pages().size()), s.shared_end / kPageTokens);
  return std::max(0, all - there);
}

}  // namespace

void StepPlanner::Plan(const SequenceList& sequences, Batch* batch) {
  batch->Clear();
  running_ = static_cast<int>(std::count_if(sequences.begin(), sequences.end(),
                                            [](const auto& s) { return IsRunning(*s); }));
  Budget budget = MakeBudget(sequences);
  for (const auto& s : sequences) {
    if (s->state == SequenceState::kWaiting) {
      budget.admit = budget.admit && budget.chunk > 0 && Admit(sequences, *s);
      if (!budget.admit) continue;
    }
    PlanRows(sequences, *s, &budget, batch);
  }
}

StepPlanner::Budget StepPlanner::MakeBudget(const SequenceList& sequences) const {
  Budget budget;
  for (const auto& s : sequences) budget.decode += IsDecoding(*s) ? 1 : 0;
  // The oldest sequence gets at least one row, whatever it needs it for.
  const bool oldest_decodes = !sequences.empty() && IsDecoding(*sequences.front());
  const int decode_max = options_.step_tokens_max - (oldest_decodes ? 0 : 1);
  budget.decode = std::min(budget.decode, decode_max);
  budget.chunk = options_.step_tokens_max - budget.decode;
  return budget;
}

bool StepPlanner::Admit(const SequenceList& sequences, Sequence& s) {
  if (running_ >= options_.sequences_max) return false;
  s.chain.Extend(s.salt, s.tokens);
  s.shared_end = SharedEnd(sequences, s);
  const KvSpan::Found found = s.kv.Match(s.first(s.logits_begin()));
  const bool first_time = s.usage.preemptions == 0;
  if (running_ > 0) {
    int64_t promised = PagesStillNeeded(s);
    for (const auto& other : sequences) {
      if (IsRunning(*other)) promised += PagesStillNeeded(*other);
    }
    if (promised > static_cast<int64_t>(memory_.pages_available())) {
      s.kv.Release();
      return false;
    }
  }
  s.state = SequenceState::kRunning;
  ++running_;
  if (first_time) {
    s.usage.miss = static_cast<MissReason>(found.miss);
    s.usage.diverged_at = found.miss == cache::MissReason::kDiverged ? found.diverged_at : -1;
  }
  if (WaitsForEarlier(sequences, s)) {
    s.kv.DropPartial();
  } else {
    s.kv.CopyPartial();
  }
  s.CountCached(s.kv.computed());
  return true;
}

void StepPlanner::PlanRows(const SequenceList& sequences, Sequence& s, Budget* budget,
                           Batch* batch) {
  const bool decodes = s.pending() == 1 && budget->decode > 0;
  if (options_.same_step_sharing && s.kv.computed() < s.logits_begin()) {
    s.kv.Advance(s.first(s.logits_begin()));
    const bool waits = WaitsForEarlier(sequences, s);
    if (!waits && s.deferred && s.kv.all_leased()) {
      // What it waited for is there: look again, for the part of a page as well.
      s.kv.Release();
      s.kv.Match(s.first(s.logits_begin()));
      s.kv.CopyPartial();
    }
    s.CountCached(s.kv.computed());
    s.deferred = waits;
    if (waits) return;
  }
  int rows = decodes ? 1 : std::min(s.pending(), budget->chunk);
  if (rows > 0) rows = ReserveOrPreempt(sequences, s, rows, budget);
  if (rows <= 0) return;
  (decodes ? budget->decode : budget->chunk) -= rows;
  const int first = s.kv.computed();
  const int end = first + rows;
  batch->Add({.sequence = &s,
              .first = first,
              .count = rows,
              .logits_begin = std::clamp(s.logits_begin(), first, end)});
  if (options_.same_step_sharing) s.kv.PublishAhead(s.first(s.shareable(end)));
}

// True while an earlier running sequence is going to compute the page that `s` needs next.
bool StepPlanner::WaitsForEarlier(const SequenceList& sequences, const Sequence& s) const {
  const int leased = s.kv.leased();
  if (s.shared_end <= leased || s.pending() == 0 || !s.kv.all_leased()) return false;
  for (const auto& earlier : sequences) {
    if (earlier->id >= s.id) break;
    if (!IsRunning(*earlier) || earlier->kv.computed() >= leased + kPageTokens) continue;
    if (SharedWith(*earlier, s) > leased) return true;
  }
  return false;
}

// How many tokens of `s`, in full pages, earlier running sequences have or will have in the tree.
int StepPlanner::SharedEnd(const SequenceList& sequences, const Sequence& s) const {
  if (!options_.same_step_sharing || !options_.prefix_cache) return 0;
  int shared_end = 0;
  for (const auto& earlier : sequences) {
    if (earlier->id >= s.id) break;
    if (IsRunning(*earlier)) shared_end = std::max(shared_end, SharedWith(*earlier, s));
  }
  return shared_end;
}

// Makes room for `rows` more rows; returns how many there is room for.
int StepPlanner::ReserveOrPreempt(const SequenceList& sequences, Sequence& s, int rows,
                                  Budget* budget) {
  while (!s.kv.Reserve(s.kv.computed() + rows)) {
    if (Preempt(sequences, s.id)) {
      budget->admit = false;
      continue;
    }
    const int room = static_cast<int>(s.kv.pages().size()) * kPageTokens - s.kv.computed();
    if (room == 0 && running_ == 1) {
      s.failure = GenerationFailure{FailureKind::kOverflow,
                                    "token " + std::to_string(s.kv.computed()) +
                                        " needs more than the whole KV pool, kv_pages = " +
                                        std::to_string(options_.kv_pages)};
    }
    return std::min(rows, room);
  }
  return rows;
}

bool StepPlanner::PreemptYoungest(const SequenceList& sequences) {
  for (const auto& s : sequences) {
    if (IsRunning(*s)) return Preempt(sequences, s->id);
  }
  return false;
}

// Preempts the youngest running sequence behind `younger_than`; false if there is none.
bool StepPlanner::Preempt(const SequenceList& sequences, SequenceId younger_than) {
  for (auto it = sequences.rbegin(); it != sequences.rend() && (*it)->id > younger_than; ++it) {
    Sequence& victim = **it;
    if (!IsRunning(victim)) continue;
    victim.kv.Release();
    victim.state = SequenceState::kWaiting;
    victim.deferred = false;
    ++victim.usage.preemptions;
    --running_;
    return true;
  }
  return false;
}

}  // namespace lmp::engine
