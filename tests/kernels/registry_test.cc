#include "kernels/registry.h"

#include <string>

#include <doctest/doctest.h>

namespace lmp::kernels {
namespace {

TEST_CASE("the forced implementation is the one used, op by op") {
  for (const Implementation& i : Implementations()) {
    CAPTURE(i.name);
    const Result<const Ops*> chosen = ChooseOps(i.name);
    if (!i.available()) {
      MESSAGE("not run on this machine: " << i.name << " needs " << i.needs);
      CHECK(chosen.status().code() == StatusCode::kUnavailable);
      CHECK(chosen.status().message().find(i.needs) != std::string::npos);
      continue;
    }
    REQUIRE(chosen.ok());
    CHECK(chosen.value() == i.ops);
    CHECK(i.ops->implementation == i.name);
    const std::vector<OpChoice> report = DescribeOps(*i.ops);
    CHECK(report.size() == 10);
    for (const OpChoice& c : report) {
      const bool taken = i.name.starts_with("cpu_avx512_") && c.op != "matmul";
      CHECK_MESSAGE(c.implementation == (taken ? "cpu_avx512" : i.name), c.op);
    }
  }
}

TEST_CASE("no function of one implementation stands in another's table, but AVX-512's beyond it") {
  const auto all = Implementations();
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      CHECK((all[i].ops->matmul != all[j].ops->matmul));
      if (all[j].name.starts_with("cpu_avx512_") && all[i].name.starts_with("cpu_avx512")) continue;
      CHECK((all[i].ops->attention != all[j].ops->attention));
      CHECK((all[i].ops->exp_weights != all[j].ops->exp_weights));
    }
  }
}

TEST_CASE("a mixed table is described by where its functions come from") {
  Ops mixed = *ChooseOps("reference").value();
  const Ops& best = *ChooseOps().value();
  mixed.matmul = best.matmul;
  const std::vector<OpChoice> report = DescribeOps(mixed);
  CHECK(report[0].op == "matmul");
  CHECK(report[0].implementation == best.implementation);
  CHECK(report[1].implementation == "reference");
}

TEST_CASE("without force the first available is chosen; an unknown name lists the known") {
  const Result<const Ops*> best = ChooseOps();
  REQUIRE(best.ok());
  for (const Implementation& i : Implementations()) {
    if (!i.available()) continue;
    CHECK(best.value() == i.ops);
    break;
  }
  const Result<const Ops*> unknown = ChooseOps("cpu_avx3");
  CHECK(unknown.status().code() == StatusCode::kInvalidArgument);
  CHECK(unknown.status().message().find("cpu_generic, reference") != std::string::npos);
}

TEST_CASE("attention shapes that are not supported are refused by name") {
  CHECK(CheckAttention(9, 3, 64).ok());
  CHECK(CheckAttention(1, 1, 2).ok());
  CHECK(CheckAttention(64, 1, 256).ok());
  CHECK(CheckAttention(8, 3, 64).code() == StatusCode::kUnsupported);
  CHECK(CheckAttention(0, 0, 64).code() == StatusCode::kUnsupported);
  CHECK(CheckAttention(8, 8, 258).message().find("2..256") != std::string::npos);
  CHECK(CheckAttention(8, 8, 63).code() == StatusCode::kUnsupported);
}

}  // namespace
}  // namespace lmp::kernels
