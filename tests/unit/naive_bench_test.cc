// The nine programs of `lmp bench naive` on a small model: what they ask naively is what the table
// reckons, and what is computed is no more than it promises. Counts: the same on every machine.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "runtime/api/naive_bench.h"
#include "tests/support/api_model.h"
#include "tests/support/sanitized.h"

namespace lmp {
namespace {

TEST_CASE("what nine programs ask naively, and what is computed") {
  const testing::TempFile file(model::MakeSynthModel({.name = "naive",
                                                      .layers = 2,
                                                      .width = 32,
                                                      .heads = 2,
                                                      .kv_heads = 1,
                                                      .head_dim = 16,
                                                      .ffn_width = 32,
                                                      .vocabulary = 512,
                                                      .context = 4096},
                                                     {.seed = 4})
                                   .value());
  bench::BenchOptions options;
  options.model = file.path();
  options.threads = 1;
  // The last asks 600 times; of 200 mails.
  const char* rows[] = {"*/extract", "*/rag",  "*/votes",    "*/tree",  "*/react",
                        "*/judge",   "*/chat", "*/skeleton", "*/triage"};
  for (const char* row : rows) {
    if (testing::kSanitized && row == std::string("*/triage")) continue;
    CAPTURE(row);
    options.rows = row;
    const auto measured = api::RunNaiveBench(options);
    REQUIRE_MESSAGE(measured.ok(), measured.status().ToString());
    REQUIRE(measured->size() == 2);
    const auto reckoned = [&](size_t i) {
      return std::atof((*measured)[i].note.substr(std::string("reckoned ").size()).c_str());
    };
    CAPTURE((*measured)[0].value);
    CAPTURE((*measured)[1].value);
    CHECK((*measured)[0].value >= 0.9 * reckoned(0));
    CHECK((*measured)[0].value <= 1.1 * reckoned(0));
    CHECK((*measured)[1].value <= reckoned(1));
    CHECK((*measured)[1].value >= 0.5 * reckoned(1));
  }
}

}  // namespace
}  // namespace lmp
