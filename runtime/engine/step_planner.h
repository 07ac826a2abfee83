// StepPlanner: waiting and running sequences -> the next Batch. Owners take turns: the oldest
// sequence of each, then the second of each; in one turn those that run, then those that wait,
// first those of the owner for whom the least was computed (virtual token counters, as in Fairness
// in Serving Large Language Models, OSDI 2024). With one owner: first come, first served. In that
// order, in one pass:
//
//   for each sequence
//     waiting:  admit it, if its prompt fits what is free, evictable and not promised to others;
//     else preempt another owner's of a later turn
//     take pages that others have computed, or compute in this very step (page-granular)
//     an earlier sequence will compute its next page, or several tokens of it: wait for that,
//     compute nothing twice; a page in part is copied
//     take rows within the step's token budget: one per decoding sequence first, then chunks;
//     rows of stored chunks (FusionPlan) are written into pages here and cost nothing of it
//     take pages: free, else evict, else preempt the last running sequence
//     few sequences, all decoding: guesses of what they draw next, in the room of their last page
//     publish the pages that the step will fill, for the sequences behind
//
// Because pages and rows go to earlier sequences first, the first one that runs always moves on, so
// nothing deadlocks; one of a later turn comes to the first when those of its owner before it have
// ended, and kOvertakenMax newer ones at most go before one that waits. A sequence shares in-step
// pages only with earlier ones, whose rows come before its own in the batch; two that could share
// are of one owner, or their order does not change what they compute. A sequence that cannot have a
// page although it runs alone fails with `overflow`.
//
// Borrows the sequences during Plan. Engine thread.
#pragma once

#include <memory>
#include <vector>

#include "runtime/engine/batch.h"
#include "runtime/engine/chunk_reuse.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/kv_memory.h"
#include "runtime/engine/sequence.h"

namespace lmp::engine {

using SequenceList = std::vector<std::unique_ptr<Sequence>>;  // in order of id

class StepPlanner {
 public:
  // `layers`: of the model, to weigh a probed row against a computed one. `context_max`: its
  // tokens.
  StepPlanner(const EngineOptions& options, KvMemory& memory, ChunkReuse& reuse, int layers,
              int context_max)
      : options_(options),
        memory_(memory),
        reuse_(reuse),
        layers_(layers),
        context_max_(context_max) {}

  // Sequences in state kWaiting and kRunning only. Fills `batch`, and `probe` with rows that only
  // tell which rows of a chunk to compute; may set a sequence's failure. Errors: the model's.
  Status Plan(const SequenceList& sequences, Batch* batch, Batch* probe);
  // Whether the last plan moved a sequence on that is in no batch.
  bool loaded() const { return loaded_; }
  // Takes the pages of a running sequence, which waits again.
  void BackToWaiting(Sequence& s);
  // Takes the pages of the last running sequence, which waits again. Never of the first one.
  bool PreemptLast(const SequenceList& sequences);

 private:
  struct Budget {
    int decode = 0;      // sequences that need one row
    bool draft = false;  // these may have rows of guessed tokens too
    int chunk = 0;       // rows for the others
    bool admit = true;
  };
  void Order(const SequenceList& sequences);
  Budget MakeBudget() const;
  bool Ready(Sequence& s);
  bool Admit(Sequence& s);
  bool TakeTurn(const Sequence& s);
  void Advance(Sequence& s);
  void TakePart(Sequence& s);
  void TakeClipped(Sequence& s);
  void GiveUpLoading(Sequence& s);
  int ProposeDraft(Sequence& s, int rows_end);
  bool PlanProbe(Sequence& s, Budget* budget, Batch* probe);
  bool SharePages(Sequence& s);
  void PlanRows(Sequence& s, Budget* budget, Batch* batch, Batch* probe);
  bool WaitsForEarlier(const Sequence& s) const;
  bool WaitsForPart(const Sequence& s, int there) const;
  bool SharesParts() const { return options_.same_step_sharing && options_.prefix_cache; }
  int SharedEnd(const Sequence& s) const;
  int ReserveOrPreempt(Sequence& s, int end, Budget* budget);
  Sequence* LastRunningBehind(const Sequence& s) const;
  void Preempt(Sequence& victim);

  const EngineOptions& options_;
  KvMemory& memory_;
  ChunkReuse& reuse_;
  const int layers_, context_max_;
  std::vector<Sequence*> order_;  // of the last plan
  int running_ = 0;
  bool loaded_ = false;
  Status status_;
};

}  // namespace lmp::engine
