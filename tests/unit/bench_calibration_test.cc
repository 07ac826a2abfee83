// Calibration figures against hand-made choices, and the table of temperatures.
#include <doctest/doctest.h>

#include <cmath>

#include "runtime/base/clock_rng.h"
#include "runtime/bench/calibration.h"
#include "runtime/exec/select_temperatures.h"

namespace lmp::bench {
namespace {

TEST_CASE("accuracy, ECE and NLL of choices counted by hand") {
  // Bin 0.9: said 0.95 twice, right once. Bin 0.6: said 0.6, right.
  const std::vector<Choice> choices = {{{0.95, 0.05}, 0}, {{0.05, 0.95}, 0}, {{0.6, 0.4}, 0}};
  const Calibration c = Calibrate(choices, 1);
  CHECK(c.accuracy == doctest::Approx(2.0 / 3));
  CHECK(c.ece == doctest::Approx((std::abs(1.9 - 1) + std::abs(0.6 - 1)) / 3));
  CHECK(c.nll == doctest::Approx(-(std::log(0.95) + std::log(0.05) + std::log(0.6)) / 3));
  CHECK(Calibrate({{{{1, 0}, 0}}}, 1).ece == 0);
  CHECK(std::isfinite(Calibrate({{{{1, 0}, 1}}}, 3).nll));
}

TEST_CASE("a temperature that was put in is found again, and lowers both errors") {
  Rng rng(7);
  for (const double temperature : {0.5, 1.0, 2.5}) {
    std::vector<Choice> choices;
    for (int i = 0; i < 4000; ++i) {
      // Options are right as often as `truth` says; what is said is sharper or flatter.
      std::vector<double> truth(3);
      double sum = 0;
      for (double& p : truth)
        sum += p = std::exp(3.0 * static_cast<double>(rng.Below(1000)) / 1000);
      for (double& p : truth) p /= sum;
      const double draw = static_cast<double>(rng.Below(1'000'000)) / 1e6;
      const size_t right = draw < truth[0] ? 0 : draw < truth[0] + truth[1] ? 1 : 2;
      choices.push_back({exec::Tempered(truth, 1 / temperature), right});
    }
    const double fitted = FitTemperature(choices);
    CHECK(fitted == doctest::Approx(temperature).epsilon(0.1));
    CHECK(Calibrate(choices, fitted).nll <= Calibrate(choices, 1).nll + 1e-9);
    if (temperature != 1) CHECK(Calibrate(choices, fitted).ece < Calibrate(choices, 1).ece);
  }
}

TEST_CASE("the table as text and back, and what is no table") {
  exec::SelectTemperatures table{.weights = "ab12", .rows = {}};
  table.rows.push_back({exec::SelectMethod::kLikelihood, 1.25, 0.02, 0.01, 0.2, 0.19, 2000});
  const auto back = exec::SelectTemperatures::FromText(table.ToText());
  REQUIRE(back.ok());
  CHECK(back->weights == "ab12");
  CHECK(back->Of(exec::SelectMethod::kLikelihood) == 1.25);
  CHECK(back->Of(exec::SelectMethod::kGreedy) == 1);
  CHECK(back->ToText() == table.ToText());
  const auto error = [](const std::string& rows) {
    const auto read =
        exec::SelectTemperatures::FromText("lmp select temperatures 1\nweights ab\n" + rows);
    return read.ok() ? "" : read.status().message();
  };
  CHECK(error("") == "");
  CHECK(error("greedy temperature 0 ece 0 0 nll 0 0 samples 1\n").starts_with("line 3: a temp"));
  CHECK(error("greedy temperature nan ece 0 0 nll 0 0 samples 1\n").starts_with("line 3: "));
  CHECK(error("other temperature 1 ece 0 0 nll 0 0 samples 1\n").starts_with("line 3: expected"));
  CHECK(!exec::SelectTemperatures::FromText("lmp reuse risks 1\n").ok());
  CHECK(exec::SelectTemperaturesPath("a/demo.gguf") == "a/demo.select");
}

}  // namespace
}  // namespace lmp::bench
