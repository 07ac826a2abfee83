// For fuzz targets of grammars: walks a few tokens into what a grammar admits, chosen by `seed`,
// and requires at each step that the mask is what asking token by token says. Ends early where a
// limit is met or nothing may follow. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/constrain/constraint.h"

namespace lmp::testing {

template <typename Require>
void WalkMasks(constrain::GrammarRef grammar,
               const std::shared_ptr<const constrain::TokenTrie>& trie, size_t steps, size_t seed,
               Require require) {
  constrain::Matcher matcher(std::move(grammar), trie);
  for (size_t step = 0; step < steps; ++step) {
    constrain::TokenMask mask;
    if (!matcher.Mask({}, &mask).ok()) return;
    std::vector<TokenId> allowed;
    for (TokenId id = 0; id < trie->vocabulary(); ++id) {
      constrain::Matcher copy = matcher;
      const bool accepts = copy.Accept(id);
      if (!copy.status().ok()) return;
      require(accepts == mask.Allows(id));
      if (accepts) allowed.push_back(id);
    }
    if (allowed.empty()) return;
    require(matcher.Accept(allowed[(seed + step * 7) % allowed.size()]));
  }
}

}  // namespace lmp::testing
