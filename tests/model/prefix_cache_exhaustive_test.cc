// Every script of up to six operations over two tokens, with pages of two tokens and a pool of five
// pages. What random scripts may miss by chance cannot hide here, as long as it is small.
#include <doctest/doctest.h>

#include "tests/model/prefix_cache_script.h"
#include "tests/support/sanitized.h"

namespace lmp::cache::testing {
namespace {

constexpr size_t kLongest = lmp::testing::kSanitized ? 4 : 6;

// Runs `first` followed by each script of `size` operations of `choice`; a script checks its
// beginnings too. Returns how many were run.
size_t RunAll(const Setup& setup, const std::vector<Op>& first, const std::vector<Op>& choice,
              size_t size) {
  std::vector<size_t> digits(size, 0);
  size_t count = 0;
  for (;;) {
    std::vector<Op> script = first;
    for (const size_t digit : digits) script.push_back(choice[digit]);
    if (RunScript(setup, script)) {
      const std::vector<Op> small = Shrink(setup, script);
      FAIL_CHECK(RunScript(setup, small).value_or("?"), "\nreplay:\n", PrintScript(setup, small));
      return count;
    }
    ++count;
    size_t place = 0;
    while (place < size && ++digits[place] == choice.size()) digits[place++] = 0;
    if (place == size) return count;
  }
}

TEST_CASE("every short script: prompts, tails and eviction") {
  const std::vector<Op> choice = {
      {OpKind::kMatch, 0, 0, {0}},          {OpKind::kMatch, 0, 0, {0, 1}},
      {OpKind::kMatch, 0, 0, {0, 1, 0, 1}}, {OpKind::kMatch, 0, 0, {0, 1, 1}},
      {OpKind::kDonate, 0, 0, {}},          {OpKind::kEvict, 0, 1, {}},
      {OpKind::kInsert, 1, 1, {}},
  };
  size_t expected = 1;
  for (size_t i = 0; i < kLongest; ++i) expected *= choice.size();
  CHECK(RunAll({.page_tokens = 2, .page_count = 5}, {}, choice, kLongest) == expected);
}

TEST_CASE("every short script: growth, forks and drops") {
  const std::vector<Op> choice = {
      {OpKind::kExtend, 0, 0, {0}}, {OpKind::kExtend, 1, 0, {1, 0, 1}}, {OpKind::kInsert, 0, 0, {}},
      {OpKind::kFork, 0, 2, {}},    {OpKind::kDrop, 0, 1, {}},          {OpKind::kEvict, 0, 1, {}},
      {OpKind::kRetain, 0, 3, {}},
  };
  size_t expected = 1;
  for (size_t i = 1; i < kLongest; ++i) expected *= choice.size();
  for (const Tokens& prompt : {Tokens{}, Tokens{0, 1, 0}}) {
    const Op match{OpKind::kMatch, 0, 0, prompt};
    CHECK(RunAll({.page_tokens = 2, .page_count = 5}, {match}, choice, kLongest - 1) == expected);
  }
}

}  // namespace
}  // namespace lmp::cache::testing
