// StepPlanner: waiting and running sequences -> the next Batch. First come, first served, in order
// of id, in one pass:
//
//   for each sequence, oldest first
//     waiting:  admit it, if its prompt fits what is free, evictable and not promised to others
//     take pages that others have computed, or compute in this very step (page-granular)
//     an earlier sequence will compute its next page, or several tokens of it: wait for that,
//     compute nothing twice; a page in part is copied
//     take rows within the step's token budget: one per decoding sequence first, then chunks;
//     rows of stored chunks (FusionPlan) are written into pages here and cost nothing of it
//     take pages: free, else evict, else preempt the youngest running sequence
//     few sequences, all decoding: guesses of what they draw next, in the room of their last page
//     publish the pages that the step will fill, for the sequences behind
//
// Because pages and rows go to older sequences first, the oldest one always moves on, so nothing
// deadlocks; and a sequence shares in-step pages only with older ones, whose rows come before its
// own in the batch. A sequence that cannot have a page although it runs alone fails with
// `overflow`.
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
  // Takes the pages of the youngest running sequence, which waits again. Never of the oldest one.
  bool PreemptYoungest(const SequenceList& sequences);

 private:
  struct Budget {
    int decode = 0;      // sequences that need one row
    bool draft = false;  // these may have rows of guessed tokens too
    int chunk = 0;       // rows for the others
    bool admit = true;
  };
  Budget MakeBudget(const SequenceList& sequences) const;
  bool Ready(Sequence& s);
  bool Admit(const SequenceList& sequences, Sequence& s);
  void Advance(Sequence& s);
  void TakePart(const SequenceList& sequences, Sequence& s);
  void TakeClipped(Sequence& s);
  void GiveUpLoading(Sequence& s);
  int ProposeDraft(Sequence& s, int rows_end);
  bool PlanProbe(const SequenceList& sequences, Sequence& s, Budget* budget, Batch* probe);
  bool SharePages(const SequenceList& sequences, Sequence& s);
  void PlanRows(const SequenceList& sequences, Sequence& s, Budget* budget, Batch* batch,
                Batch* probe);
  bool WaitsForEarlier(const SequenceList& sequences, const Sequence& s) const;
  bool WaitsForPart(const SequenceList& sequences, const Sequence& s, int there) const;
  bool SharesParts() const { return options_.same_step_sharing && options_.prefix_cache; }
  int SharedEnd(const SequenceList& sequences, const Sequence& s) const;
  int ReserveOrPreempt(const SequenceList& sequences, Sequence& s, int end, Budget* budget);
  bool Preempt(const SequenceList& sequences, SequenceId younger_than);

  const EngineOptions& options_;
  KvMemory& memory_;
  ChunkReuse& reuse_;
  const int layers_, context_max_;
  int running_ = 0;
  bool loaded_ = false;
  Status status_;
};

}  // namespace lmp::engine
