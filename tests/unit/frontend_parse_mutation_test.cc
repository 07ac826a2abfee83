// 1,000 seeded mutations of the programs in tests/lang/programs: never a crash, never slow, and
// what is reported is usable: places inside the text, in order, renderable, fixes applicable.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "frontend/parse.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "tests/support/sanitized.h"

namespace lmp {
namespace {

constexpr double kMillisecondsMax = testing::kSanitized ? 1500 : 100;
constexpr uint32_t kMutations = testing::kSanitized ? 400 : 1000;

std::vector<std::string> ReadPrograms() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/lang/programs")) {
    if (entry.path().extension() == ".lmp") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> programs;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    programs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return programs;
}

const char* const kInserts[] = {
    "{",     "}",      "(",         ")",      "[",     "]",    "\"",      "\"\"\"", "${",
    "'",     "#",      ";",         ":",      ",",     "=",    "==",      "->",     "=>",
    " fn ",  " if",    " let ",     " user ", " gen ", " in ", " limit ", "\\",     "\n",
    "\t",    "-",      "?",         "@",      "&&",    "5min", "r\"",     "re\"",   "\xe2\x80\x9c",
    " try ", " else ", " else if ", "//",     "`",     "|",    "**",      "1e9",    " not ",
    " with "};

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string Mutate(std::string text) {
    const size_t count = 1 + Below(4);
    for (size_t i = 0; i < count; ++i) text = Once(std::move(text));
    return text;
  }
  size_t Below(size_t n) { return n == 0 ? 0 : random_.Below(n); }

 private:
  std::string Once(std::string text) {
    const size_t at = Below(text.size() + 1);
    switch (Below(7)) {
      case 0:
        return text.erase(at, 1 + Below(3));
      case 1:
        return text.erase(at, 1 + Below(80));
      case 2:
        return text.insert(at, kInserts[Below(std::size(kInserts))]);
      case 3:
        return text.insert(at, text.substr(Below(text.size() + 1), 1 + Below(60)));
      case 4:
        return text.substr(0, at);
      case 5: {  // two lines change places
        std::vector<std::string> lines = SplitText(text, '\n');
        std::swap(lines[Below(lines.size())], lines[Below(lines.size())]);
        return JoinText(lines, "\n");
      }
      default: {  // indentation and blanks vanish
        const size_t begin = text.find(' ', at);
        const size_t end = text.find_first_not_of(' ', begin);
        return begin == std::string::npos || end == std::string::npos
                   ? text
                   : text.erase(begin, end - begin);
      }
    }
  }

  Rng random_;
};

TEST_CASE("1,000 mutated programs") {
  const std::vector<std::string> programs = ReadPrograms();
  REQUIRE(programs.size() == 8);
  for (const std::string& program : programs) {
    REQUIRE(Parse(Source("t", program), 0).diagnostics.empty());
  }
  double slowest = 0;
  size_t broken = 0;
  size_t reports = 0;
  for (uint32_t seed = 0; seed < kMutations; ++seed) {
    CAPTURE(seed);
    const Source source("t.lmp", Mutator(seed).Mutate(programs[seed % programs.size()]));
    const std::clock_t start = std::clock();
    const ParseResult result = Parse(source, 0);
    const double milliseconds =
        1000.0 * static_cast<double>(std::clock() - start) / static_cast<double>(CLOCKS_PER_SEC);
    slowest = std::max(slowest, milliseconds);
    CHECK(milliseconds < kMillisecondsMax);
    CHECK(result.diagnostics.size() <= kDiagnosticsMax);
    CHECK((result.complete || HasErrors(result.diagnostics) || !IsValidUtf8(source.text())));
    broken += HasErrors(result.diagnostics) ? 1u : 0u;
    reports += result.diagnostics.size();
    uint32_t previous = 0;
    for (const Diagnostic& d : result.diagnostics) {
      CHECK(d.span.begin <= d.span.end);
      CHECK(d.span.end <= source.text().size());
      CHECK(d.span.begin >= previous);
      previous = d.span.begin;
      CHECK_FALSE(d.title.empty());
      CHECK_FALSE(RenderDiagnostic(d, {source}).empty());
      CHECK_FALSE(DiagnosticToJson(d, {source}).empty());
      if (!d.fixes.empty()) {
        const bool changes = ApplyFixes(d, source, 0) != source.text();
        CHECK_MESSAGE(changes, RenderDiagnostic(d, {source}));
      }
    }
  }
  MESSAGE(broken << " of " << kMutations << " broken, " << reports << " reports, slowest "
                 << slowest << " ms");
  CHECK(broken > kMutations * 7 / 10);  // otherwise the mutations are too tame to show anything
}

}  // namespace
}  // namespace lmp
