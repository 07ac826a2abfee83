// MakeLocalEngine: the Engine over one Model and one paged KV cache in this process: continuous
// batching, chunked prefill, exact prefix sharing, preemption by recompute. docs/ENGINE.md shows
// one step.
//
// The engine owns model, KV and sequences. Nothing is shared but the tokenizer and its trie, which
// are immutable: any number of engines may live in one process, each on its own thread.
//
// A broken invariant inside Step, or an error of the model, poisons this engine alone: its
// sequences fail with kInternal, and Start and Step return the error from then on.
#pragma once

#include <memory>

#include "runtime/base/status.h"
#include "runtime/constrain/constraint.h"
#include "runtime/engine/engine.h"
#include "runtime/model/model.h"
#include "runtime/text/tokenizer.h"

namespace lmp::cache {
class PrefixCache;
}

namespace lmp::engine {

// `trie` may be null: it is then made from the tokenizer. Errors: InvalidArgument for options out
// of range, or for a vocabulary that the model does not have; ResourceExhausted of the KV pool.
Result<std::unique_ptr<Engine>> MakeLocalEngine(std::unique_ptr<model::Model> model,
                                                std::shared_ptr<const text::Tokenizer> tokenizer,
                                                std::shared_ptr<const constrain::TokenTrie> trie,
                                                const EngineOptions& options);

// For whoever looks at it. Null if the engine is none of these, or has failed. Engine's thread.
const cache::PrefixCache* CacheOf(const Engine& engine);

}  // namespace lmp::engine
