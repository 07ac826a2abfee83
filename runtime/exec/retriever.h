// Retriever: who finds the passages that programs ask for. The host's part of a run, as the engine
// is the model's: runtime/api wires it to corpora, tests to lists.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "ir/passage.h"
#include "runtime/base/status.h"

namespace lmp::exec {

struct Retrieval {
  const ir::CorpusDecl* corpus = nullptr;  // lives until `done` was called
  ir::PassageQuery query;
  // Becomes true once nobody waits for the answer.
  std::shared_ptr<const std::atomic<bool>> cancelled;
};

class Retriever {
 public:
  using Answer = Result<std::vector<ir::Passage>>;
  virtual ~Retriever() = default;
  // Called on the engine's thread: must not look for anything there, but return at once. Calls
  // `done` once, on any thread, soon after `cancelled` became true. Errors reach the program's
  // author as the failure `retrieve` at the declaration of the corpus.
  virtual void Start(Retrieval retrieval, std::function<void(Answer)> done) = 0;
};

}  // namespace lmp::exec
