// DigestModel: the model of simulation. A KV slot holds the digest of its sequence's tokens up to
// and including its own (digest = mix(digest of the slot before, token)), and the logits of a row
// are a pure function of that digest. So the right output of any program is known from its tokens
// alone, and a page that is wrong, freed too early or not copied shows at once, with no tolerance.
//
//   pages:   [ t0 t1 ... t15 ] [ t16 ...  t31 ] ...
//   slot p:  digest(t0..tp), token tp, position p, checked against slot p-1 through the page table
//
// A step writes the slots of all rows first, in layout order, then reads as attention would: every
// row checks the slots below it. A slot that does not continue the one before it, or that two rows
// write in one step, is Internal: the engine is broken, never the program.
//
// Thread: the engine thread. Errors of Step: Internal as above, InvalidArgument for a layout that
// no model accepts, Unsupported for hooks and captures (there are no layers).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/model/model.h"
#include "runtime/text/tokenizer.h"

namespace lmp::sim {

// How much of the prefix each step checks: the slots next to a run of rows, or every slot below it.
enum class DigestCheck { kLinks, kAll };

struct DigestModelOptions {
  uint64_t seed = 1;  // other seeds are other models
  int context_max = 4096;
  // About one row in `end_period` wants to end the turn; 0: none does.
  int end_period = 24;
  DigestCheck check = DigestCheck::kAll;
  // Logits are one of five, chosen by the row's own token, so that what is drawn repeats itself and
  // guesses come true. Slots are checked as ever.
  bool repeats = false;
};

// The vocabulary of simulation: control pieces of the demo chat format, all bytes, ASCII characters
// and some words, so that any text program runs on it.
text::TokenizerSpec DigestTokenizerSpec();
Result<std::shared_ptr<const text::Tokenizer>> MakeDigestTokenizer();

std::unique_ptr<model::Model> MakeDigestModel(const text::TokenizerSpec& vocabulary,
                                              const DigestModelOptions& options);

// What the model is: the digest of a sequence and the logits that follow it. For oracles.
uint64_t DigestOf(uint64_t seed, std::span<const TokenId> tokens);

}  // namespace lmp::sim
