// Guesses: what is looked up, how much of it, and how often after failures.
#include <doctest/doctest.h>

#include <vector>

#include "runtime/engine/draft.h"

namespace lmp::engine {
namespace {

using Tokens = std::vector<TokenId>;

Tokens Guess(const Tokens& tokens, int room) {
  Draft draft;
  draft.Propose(tokens, room);
  return Tokens(draft.tokens().begin(), draft.tokens().end());
}

TEST_CASE("what followed the same three tokens, at most the room") {
  CHECK(Guess({1, 2, 3, 4, 5, 6, 7, 1, 2, 3}, 8) == Tokens{4, 5, 6});
  CHECK(Guess({1, 2, 3, 4, 5, 6, 7, 1, 2, 3}, 2) == Tokens{4, 5});
  CHECK(Guess({1, 2, 3, 4, 5, 6, 7, 1, 2, 3}, 0).empty());
  CHECK(Guess({2, 3, 4, 5, 6, 7, 2, 3}, 8).empty());
  CHECK(Guess({1, 2, 3}, 8).empty());
  CHECK(Guess({}, 8).empty());
  // The place may overlap what is looked up; what follows it is all there is.
  CHECK(Guess({9, 9, 9, 9}, 8) == Tokens{9});
}

TEST_CASE("the longest match counts, of equal ones the last") {
  CHECK(Guess({8, 1, 2, 3, 4, 7, 1, 2, 3, 5, 8, 1, 2, 3}, 1) == Tokens{4});
  CHECK(Guess({1, 2, 3, 4, 7, 1, 2, 3, 5, 8, 1, 2, 3}, 1) == Tokens{5});
}

TEST_CASE("successes lengthen, failures wait") {
  Tokens tokens;
  for (int round = 0; round < 2; ++round) {
    for (TokenId id = 0; id < 100; ++id) tokens.push_back(id);
  }
  const Tokens more(tokens.begin(), tokens.begin() + 150);
  Draft draft;
  draft.Propose(more, 100);
  CHECK(draft.size() == 3);
  draft.Judge(3);
  CHECK(draft.size() == 0);
  draft.Propose(more, 100);
  CHECK(draft.size() == 6);
  draft.Judge(6);
  draft.Propose(more, 100);
  CHECK(draft.size() == kDraftMax);
  draft.Judge(4);
  draft.Propose(more, 100);
  CHECK(draft.size() == 4);

  const auto steps_until_next = [&] {
    draft.Judge(0);
    for (int steps = 1;; ++steps) {
      draft.Propose(more, 100);
      if (draft.size() > 0) return steps;
    }
  };
  CHECK(steps_until_next() == 5);
  CHECK(steps_until_next() == 17);
  CHECK(steps_until_next() == 65);
  CHECK(steps_until_next() == 65);
  CHECK(draft.size() == kDraftMin);
  draft.Judge(1);
  draft.Propose(more, 100);
  CHECK(steps_until_next() == 5);
}

}  // namespace
}  // namespace lmp::engine
