#include "runtime/engine/step_planner.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>

namespace lmp::engine {
namespace {

// A step costs about as much as four rows more in another one (the weights are read once more), so
// waiting for fewer rows of a page gains nothing.
constexpr int kRowsWorthAStep = 4;

// So that owners who keep coming, new ones each time, hold up nobody for ever.
constexpr SequenceId kOvertakenMax = 1024;

bool IsRunning(const Sequence& s) { return s.state == SequenceState::kRunning; }

// A sequence that only needs the row of its last token.
bool IsDecoding(const Sequence& s) { return IsRunning(s) && s.pending() == 1; }

// Full pages that `earlier` computes and publishes and that `s` may take, in tokens.
int SharedWith(const Sequence& earlier, const Sequence& s) {
  const int common = static_cast<int>(earlier.chain.CommonPages(s.chain)) * kPageTokens;
  const int end = std::min({common, earlier.shareable(earlier.rows_end()), s.match_end()});
  return end / kPageTokens * kPageTokens;
}

// Where the page behind the leased ones of `s` stops being the same in `earlier`, which computes
// it; s.kv.leased() if nothing of it is.
int PartSharedWith(const Sequence& earlier, const Sequence& s) {
  const int begin = s.kv.leased();
  if (earlier.plan != nullptr || s.plan != nullptr || earlier.salt != s.salt) return begin;
  if (static_cast<int>(earlier.chain.CommonPages(s.chain)) * kPageTokens < begin) return begin;
  const int end =
      std::min({begin + kPageTokens, earlier.shareable(earlier.rows_end()), s.match_end()});
  int same = begin;
  const auto token = [](const Sequence& of, int at) { return of.tokens[static_cast<size_t>(at)]; };
  while (same < end && token(earlier, same) == token(s, same)) ++same;
  return same;
}

// As far as its bytes are there, in a page of `earlier` alone. (In the tree they are found by a
// match, and that page may be one which this very step fills.)
int PartThere(const Sequence& earlier, const Sequence& s) {
  if (earlier.kv.leased() > s.kv.leased()) return s.kv.leased();
  return std::min(PartSharedWith(earlier, s), earlier.kv.computed());
}

// Pages for all rows that are known to be needed and the first one behind them, of which neither
// the sequence nor the ones it shares with hold any yet.
int64_t PagesStillNeeded(const Sequence& s) {
  const int all = PagesFor(s.rows_end() + (s.generation.has_value() ? 1 : 0));
  const int there = std::max(static_cast<int>(s.kv.pages().size()), s.shared_end / kPageTokens);
  return std::max(0, all - there);
}

}  // namespace

Status StepPlanner::Plan(const SequenceList& sequences, Batch* batch, Batch* probe) {
  batch->Clear();
  probe->Clear();
  loaded_ = false;
  status_ = OkStatus();
  Order(sequences);
  running_ = static_cast<int>(
      std::count_if(order_.begin(), order_.end(), [](const Sequence* s) { return IsRunning(*s); }));
  Budget budget = MakeBudget();
  for (Sequence* s : order_) {
    if (s->state == SequenceState::kWaiting) {
      if (budget.admit && !Ready(*s)) continue;
      budget.admit = budget.admit && budget.chunk > 0 && Admit(*s);
      if (!budget.admit || s->deferred) {
        if (s->early) GiveUpLoading(*s);
        continue;
      }
    }
    PlanRows(*s, &budget, batch, probe);
    if (!s->early) continue;
    // It is alone in its step, with all of its prompt.
    if (batch->empty()) GiveUpLoading(*s);
    break;
  }
  return status_;
}

// False while a sequence's stored chunks are on their way; it does not hold up the ones behind.
bool StepPlanner::Ready(Sequence& s) {
  if (s.chunks.empty() || s.plan != nullptr) return true;
  const int found = s.kv.Peek(s.first(s.match_end()));
  if (reuse_.Resolve(s, found)) return true;
  return running_ == 0 && reuse_.ResolveEarly(s, found, options_.step_tokens_max);
}

// By turn. In one turn those that run, by id; then those that wait, first those of the owner for
// whom the least was computed, but first of all those that very many newer ones have overtaken.
void StepPlanner::Order(const SequenceList& sequences) {
  order_.clear();
  for (const auto& s : sequences) s->owner->turns = 0;
  for (const auto& s : sequences) {
    s->turn = s->owner->turns++;
    order_.push_back(s.get());
  }
  if (order_.empty() || order_.front()->owner->turns == static_cast<int>(order_.size())) return;
  const auto served = [&](const Sequence& s) {
    return IsRunning(s) || sequences.back()->id - s.id > kOvertakenMax ? 0 : 1 + s.owner->rows;
  };
  std::sort(order_.begin(), order_.end(), [&](const Sequence* a, const Sequence* b) {
    return std::tuple(a->turn, !IsRunning(*a), served(*a), a->id) <
           std::tuple(b->turn, !IsRunning(*b), served(*b), b->id);
  });
}

StepPlanner::Budget StepPlanner::MakeBudget() const {
  Budget budget;
  for (const Sequence* s : order_) budget.decode += IsDecoding(*s) ? 1 : 0;
  // The first sequence gets at least one row, whatever it needs it for.
  const bool first_decodes = !order_.empty() && IsDecoding(*order_.front());
  const int decode_max = options_.step_tokens_max - (first_decodes ? 0 : 1);
  budget.draft = options_.speculation && budget.decode <= kDraftSequences &&
                 budget.decode == static_cast<int>(order_.size());
  budget.decode = std::min(budget.decode, decode_max);
  budget.chunk = options_.step_tokens_max - budget.decode;
  return budget;
}

bool StepPlanner::Admit(Sequence& s) {
  if (running_ >= options_.sequences_max && !TakeTurn(s)) return false;
  s.chain.Extend(s.salt, s.first(static_cast<int>(s.tokens.size())));
  s.shared_end = SharedEnd(s);
  const KvSpan::Found found = s.kv.Match(s.first(s.match_end()));
  const bool first_time = s.usage.preemptions == 0;
  const auto fits = [&] {
    if (running_ == 0) return true;
    int64_t promised = PagesStillNeeded(s);
    for (const Sequence* other : order_) {
      if (IsRunning(*other)) promised += PagesStillNeeded(*other);
    }
    return promised <= static_cast<int64_t>(memory_.pages_available());
  };
  while (!fits()) {
    if (TakeTurn(s)) continue;
    s.kv.Release();
    return false;
  }
  s.state = SequenceState::kRunning;
  ++running_;
  if (first_time && options_.prefix_cache) {
    s.usage.miss = static_cast<MissReason>(found.miss);
    s.usage.diverged_at = found.miss == cache::MissReason::kDiverged ? found.diverged_at : -1;
    // Behind the exact rows only sequences with the same plan could have helped.
    const bool approximate = s.plan != nullptr && found.tokens >= s.plan->exact_end();
    if (approximate && found.miss != cache::MissReason::kNone) {
      s.usage.miss = MissReason::kTainted;
      s.usage.diverged_at = -1;
    }
  }
  s.deferred = WaitsForEarlier(s) || WaitsForPart(s, found.tokens);
  if (s.deferred) {
    s.kv.DropPartial();
  } else {
    TakePart(s);
  }
  s.CountCached(s.kv.computed());
  return true;
}

// Preempts the last running sequence if it is another owner's and of a later turn than `s`.
bool StepPlanner::TakeTurn(const Sequence& s) {
  Sequence* const last = LastRunningBehind(s);
  if (last == nullptr || last->owner == s.owner || last->turn <= s.turn) return false;
  Preempt(*last);
  return true;
}

// Copies the part of a page that continues the leased ones: that of the tree which the match found,
// or more of it from a running sequence.
void StepPlanner::TakePart(Sequence& s) {
  s.kv.CopyPartial();
  const Sequence* best = nullptr;
  int best_end = s.kv.computed();
  for (const Sequence* earlier : order_) {
    if (!SharesParts() || earlier == &s) break;
    if (!IsRunning(*earlier) || earlier->kv.computed() <= best_end) continue;
    const int end = PartThere(*earlier, s);
    if (end <= best_end) continue;
    best = earlier;
    best_end = end;
  }
  if (best != nullptr) s.kv.CopyPart(best->kv, best_end);
  TakeClipped(s);
}

// Gives up shared rows of a chunk whose own rows are not chosen: it is done as a whole.
void StepPlanner::TakeClipped(Sequence& s) {
  if (s.plan == nullptr) return;
  for (int clip = s.plan->Clip(s.kv.computed()); clip < s.kv.computed();
       clip = s.plan->Clip(s.kv.computed())) {
    s.kv.Truncate(clip);
  }
}

// Takes pages that others have inserted since, as far as TakeClipped would leave them.
void StepPlanner::Advance(Sequence& s) {
  int end = s.match_end();
  if (s.plan != nullptr) {
    end = s.kv.PeekAdvance(s.first(end));
    for (int clip = s.plan->Clip(end); clip < end; clip = s.plan->Clip(end)) {
      end = clip / kPageTokens * kPageTokens;
    }
  }
  if (end > s.kv.leased()) s.kv.Advance(s.first(end));
}

// Takes what others have computed; false if one of them is going to compute what comes next.
bool StepPlanner::SharePages(Sequence& s) {
  if (!options_.same_step_sharing || s.kv.computed() >= s.match_end()) return true;
  Advance(s);
  bool waits = WaitsForEarlier(s);
  if (!waits && s.deferred && s.kv.all_leased()) {
    // What it waited for is there: look again, for the part of a page as well.
    s.kv.Release();
    const KvSpan::Found found = s.kv.Match(s.first(s.match_end()));
    waits = WaitsForPart(s, found.tokens);
    if (waits) {
      s.kv.DropPartial();
    } else {
      TakePart(s);
    }
  }
  s.CountCached(s.kv.computed());
  s.deferred = waits;
  return !waits;
}

// Rows that go through the layers below the check layer, to choose a chunk's rows. True if that
// comes first.
bool StepPlanner::PlanProbe(Sequence& s, Budget* budget, Batch* probe) {
  if (s.plan == nullptr) return false;
  const FusionPlan::Rows rows = s.plan->NextProbe(s.kv.computed());
  if (rows.empty()) return false;
  // A probed row costs about that share of a computed one.
  const int rows_per_unit = std::max(1, layers_ / (kCheckLayer + 1));
  const int most = std::min(budget->chunk * rows_per_unit, 2 * options_.step_tokens_max);
  if (most <= 0) return true;
  const int end = ReserveOrPreempt(s, std::min(rows.end, rows.begin + most), budget);
  if (end <= rows.begin) return true;
  const int count = end - rows.begin;
  budget->chunk -= (count + rows_per_unit - 1) / rows_per_unit;
  probe->Add(
      {.sequence = &s, .first = rows.begin, .end = end, .count = count, .logits_begin = end});
  return true;
}

void StepPlanner::PlanRows(Sequence& s, Budget* budget, Batch* batch, Batch* probe) {
  const bool decodes = s.pending() == 1 && budget->decode > 0;
  if (!SharePages(s) || PlanProbe(s, budget, probe)) return;
  const int first = s.kv.computed();
  const int rows = decodes ? 1 : std::min(s.pending(), budget->chunk);
  if (rows <= 0) return;
  int end = s.plan == nullptr ? first + rows : s.plan->RunEnd(first, rows, s.rows_end());
  end = ReserveOrPreempt(s, end, budget);
  if (end <= first) return;
  const int count = s.plan == nullptr ? end - first : s.plan->RowsToCompute(first, end);
  (decodes ? budget->decode : budget->chunk) -= count;
  if (s.plan != nullptr && status_.ok()) {
    status_ = reuse_.Load(s, first, end, memory_.bytes());
    // No room for all of the prompt: a later step could not wait for its layers.
    if (s.early && end < s.rows_end()) return;
    if (count == 0) {
      s.kv.SetComputed(end);
      s.computed_max = std::max(s.computed_max, end);
      loaded_ = true;
      return;
    }
  }
  const int guessed = decodes && budget->draft ? ProposeDraft(s, end) : 0;
  batch->Add({.sequence = &s,
              .first = first,
              .end = end + guessed,
              .count = count + guessed,
              .logits_begin = std::clamp(s.logits_begin(), first, end)});
  if (options_.same_step_sharing && !s.early) s.kv.PublishAhead(s.first(s.shareable(end)));
}

// Guesses what comes behind row `rows_end`, the last of its tokens; returns how many tokens. They
// stay in the page that is there, and in what the step, the context and the generation have room
// for.
int StepPlanner::ProposeDraft(Sequence& s, int rows_end) {
  if (!s.generation.has_value()) return 0;
  const int page_end = static_cast<int>(s.kv.pages().size()) * kPageTokens;
  const int room = std::min({s.generation->may_guess(), std::min(page_end, context_max_) - rows_end,
                             options_.step_tokens_max / kDraftSequences - 1});
  if (room > 0) s.draft.Propose(s.tokens, room);
  return s.draft.size();
}

void StepPlanner::GiveUpLoading(Sequence& s) {
  reuse_.GiveUpLoading(s);
  BackToWaiting(s);
  loaded_ = true;
}

void StepPlanner::BackToWaiting(Sequence& s) {
  s.kv.Release();
  running_ -= IsRunning(s) ? 1 : 0;
  s.state = SequenceState::kWaiting;
}

// True while an earlier running sequence is going to compute the page that `s` needs next.
bool StepPlanner::WaitsForEarlier(const Sequence& s) const {
  const int leased = s.kv.leased();
  if (s.shared_end <= leased || s.pending() == 0 || !s.kv.all_leased()) return false;
  for (const Sequence* earlier : order_) {
    if (earlier == &s) break;
    if (!IsRunning(*earlier) || earlier->kv.computed() >= leased + kPageTokens) continue;
    if (SharedWith(*earlier, s) > leased) return true;
  }
  return false;
}

// True while earlier running sequences are going to compute so much of the page that `s` needs next
// that a step's wait costs less than those rows. `there`: up to which token it could be had now.
bool StepPlanner::WaitsForPart(const Sequence& s, int there) const {
  if (!SharesParts() || s.pending() == 0 || !s.kv.all_leased()) return false;
  int coming = there;
  for (const Sequence* earlier : order_) {
    if (earlier == &s) break;
    if (!IsRunning(*earlier)) continue;
    there = std::max(there, PartThere(*earlier, s));
    coming = std::max(coming, PartSharedWith(*earlier, s));
  }
  return coming - there >= kRowsWorthAStep;
}

// How many tokens of `s`, in full pages, earlier running sequences have or will have in the tree.
int StepPlanner::SharedEnd(const Sequence& s) const {
  if (!options_.same_step_sharing || !options_.prefix_cache) return 0;
  int shared_end = 0;
  for (const Sequence* earlier : order_) {
    if (earlier == &s) break;
    if (IsRunning(*earlier)) shared_end = std::max(shared_end, SharedWith(*earlier, s));
  }
  return shared_end;
}

// Makes room for tokens up to `end`; returns up to which there is room.
int StepPlanner::ReserveOrPreempt(Sequence& s, int end, Budget* budget) {
  while (!s.kv.Reserve(end)) {
    if (Sequence* const last = LastRunningBehind(s)) {
      Preempt(*last);
      budget->admit = false;
      continue;
    }
    const int room = static_cast<int>(s.kv.pages().size()) * kPageTokens;
    if (room == s.kv.computed() && running_ == 1) {
      s.failure = GenerationFailure{FailureKind::kOverflow,
                                    "token " + std::to_string(s.kv.computed()) +
                                        " needs more than the whole KV pool, kv_pages = " +
                                        std::to_string(options_.kv_pages)};
    }
    return std::min(end, room);
  }
  return end;
}

bool StepPlanner::PreemptLast(const SequenceList& sequences) {
  Order(sequences);
  const auto first =
      std::find_if(order_.begin(), order_.end(), [](const Sequence* s) { return IsRunning(*s); });
  Sequence* const last = first == order_.end() ? nullptr : LastRunningBehind(**first);
  if (last != nullptr) Preempt(*last);
  return last != nullptr;
}

// Null if none behind `s` is running.
Sequence* StepPlanner::LastRunningBehind(const Sequence& s) const {
  for (auto it = order_.rbegin(); it != order_.rend() && *it != &s; ++it) {
    if (IsRunning(**it)) return *it;
  }
  return nullptr;
}

void StepPlanner::Preempt(Sequence& victim) {
  victim.kv.Release();
  if (victim.plan != nullptr) victim.plan->ForgetProbe();
  victim.state = SequenceState::kWaiting;
  victim.deferred = false;
  ++victim.usage.preemptions;
  --running_;
}

}  // namespace lmp::engine
