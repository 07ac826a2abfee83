// MaskWalk: the tokens that a config allows, by a depth-first walk over the vocabulary's tries.
// Each node costs one transition of the automaton; tokens that end one lexeme and begin the next
// need nothing special, for the automaton goes on across them.
//
// Any thread; the automaton is only extended.
#pragma once

#include <string_view>

#include "runtime/base/status.h"
#include "runtime/constrain/automaton.h"
#include "runtime/constrain/token_mask.h"
#include "runtime/constrain/token_trie.h"

namespace lmp::constrain {

// Text tokens only: end tokens and special tokens are the caller's. `prefix` must come first, then
// what `config` allows. Errors: ResourceExhausted.
Status WalkMask(Automaton& automaton, const TokenTrie& trie, std::string_view prefix,
                const Config* config, TokenMask* mask);

}  // namespace lmp::constrain
