// How `select` weighs options, against hand-computed distributions.
#include <doctest/doctest.h>

#include <cmath>

#include "runtime/exec/select_choice.h"

namespace lmp::exec {
namespace {

// Options as paths through a tree whose branches have these probabilities.
ScoredOption Path(std::vector<TokenId> tokens, const std::vector<double>& probabilities) {
  ScoredOption option{std::move(tokens), {}};
  for (const double p : probabilities) option.logprobs.push_back(std::log(p));
  return option;
}

TEST_CASE("greedy normalises where options part, likelihood over whole options") {
  // "opt 1", "opt 2" begin alike and unlikely; "other" is likelier at first.
  const std::vector<ScoredOption> options = {Path({1, 2}, {0.1, 0.6}), Path({1, 3}, {0.1, 0.2}),
                                             Path({4, 5}, {0.3, 0.01})};
  const std::vector<double> greedy = GreedyOf(options);
  CHECK(greedy[0] == doctest::Approx(0.25 * 0.75));
  CHECK(greedy[1] == doctest::Approx(0.25 * 0.25));
  CHECK(greedy[2] == doctest::Approx(0.75));
  const std::vector<double> likelihood = LikelihoodOf(options);
  CHECK(likelihood[0] == doctest::Approx(0.06 / 0.083));
  CHECK(likelihood[1] == doctest::Approx(0.02 / 0.083));
  CHECK(likelihood[2] == doctest::Approx(0.003 / 0.083));
}

TEST_CASE("an option that others go on from has what they leave") {
  const std::vector<double> p = GreedyOf({Path({1}, {0.5}), Path({1, 2}, {0.5, 0.3})});
  CHECK(p[0] == doctest::Approx(0.7));
  CHECK(p[1] == doctest::Approx(0.3));
}

TEST_CASE("options of the same tokens share, one option is certain") {
  const std::vector<double> same = GreedyOf({Path({1, 2}, {0.5, 0.5}), Path({1, 2}, {0.5, 0.5})});
  CHECK(same[0] == doctest::Approx(0.5));
  CHECK(same[1] == doctest::Approx(0.5));
  CHECK(GreedyOf({Path({7}, {0.001})}) == std::vector<double>{1.0});
  CHECK(LikelihoodOf({{}}) == std::vector<double>{1.0});
}

}  // namespace
}  // namespace lmp::exec
