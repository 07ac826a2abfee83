// Corpora of running programs: opened and brought up to date when a run first asks one, and
// searched on a thread of their own, so that no engine waits for a disk.
//
// `corpus NAME from "docs"` lives in NAME.corpus beside the program's file; from "FILE.corpus" is a
// corpus as it is. Paths are seen from the folder of the file that declares the corpus.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/api/lmp.h"
#include "runtime/exec/retriever.h"

namespace lmp::text {
class Tokenizer;
}

namespace lmp::api {

class CorpusThread {
 public:
  virtual ~CorpusThread() = default;
  // The retriever of one run. Both callbacks are called on this thread, and may be null.
  virtual std::shared_ptr<exec::Retriever> ForRun(
      ProgramRef program, std::function<void(std::string_view)> on_notice,
      std::function<void(const CorpusProgress&)> on_progress) = 0;
};

// Starts its thread with the first run. The destructor cancels what is asked and joins.
// `tokenizer` counts for corpora that it has cut; `on_gone` as in CorpusConfig.
std::unique_ptr<CorpusThread> MakeCorpusThread(
    std::shared_ptr<const text::Tokenizer> tokenizer,
    std::function<Status(const std::string& document)> on_gone);

}  // namespace lmp::api
