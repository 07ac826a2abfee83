// How `select` weighs options, against hand-computed distributions.
#include <doctest/doctest.h>

#include <cmath>

#include "runtime/exec/select_choice.h"
#include "tests/support/exec_harness.h"

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

// The method that `auto` became, and why.
BoundMethod MethodOf(const std::string& before, const std::string& options, bool with_passes) {
  const auto plan = testing::BindText(
      "program \"m\"\n\nfn @main(%q: str, %xs: list<str>) -> str {\n"
      "  %c = ctx.empty\n  %c.1 = ctx.open %c {role=assistant}\n" +
          before + "  %options: list<str> = " + options +
          "\n  %pick: str, %p: list<f64>, %c.9 = select %c.2, "
          "%options {site=\"main.pick#0\", method=\"auto\"}\n"
          "  %c.10 = ctx.close %c.9 {role=assistant}\n"
          "  return %pick\n}\n",
      with_passes);
  for (size_t i = 0; i < plan->graphs[0].ops.size(); ++i) {
    if (plan->graphs[0].graph->ops[i].kind == ir::OpKind::kSelect) {
      return plan->graphs[0].ops[i].method;
    }
  }
  FAIL("no select");
  return {};
}

TEST_CASE("auto is settled when the program is bound, whatever passes do") {
  const std::string fixed = "  %t: str = const \"It is\"\n  %c.2 = ctx.text %c.1, %t\n";
  const std::string open = "  %c.2 = ctx.text %c.1, %q\n";
  for (const bool with_passes : {false, true}) {
    CAPTURE(with_passes);
    BoundMethod m = MethodOf(fixed, "const [\"x\", \"y\"]", with_passes);
    CHECK(m.method == SelectMethod::kLikelihood);  // "It is" is cut with what follows it
    CHECK(m.why == "options \"x\" and \"y\" begin with the same token");
    m = MethodOf(open, "const [\"x\", \"y\"]", with_passes);
    CHECK(m.method == SelectMethod::kGreedy);
    CHECK(m.why == "the first tokens of its 2 options differ");
    CHECK(MethodOf(open, "const [\"x\", \"\"]", with_passes).why == "an option is empty");
    m = MethodOf(open, "list.make %q", with_passes);
    CHECK(!m.method.has_value());
    CHECK(m.why.starts_with("its options are known only when it runs"));
  }
}

}  // namespace
}  // namespace lmp::exec
