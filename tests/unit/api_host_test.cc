// What a host process may rely on: the library writes nothing to its standard streams and leaves
// its signals, locale and floating-point state alone, whatever it is asked to do.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "runtime/api/lmp.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

// Sends standard output and standard error into a file while it lives.
class CapturedStreams {
 public:
  CapturedStreams() {
    Flush();
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    for (size_t i = 0; i < kStreams.size(); ++i) {
      saved_[i] = dup(kStreams[i]);
      dup2(file, kStreams[i]);
    }
    close(file);
  }
  ~CapturedStreams() { Restore(); }
  CapturedStreams(const CapturedStreams&) = delete;
  CapturedStreams& operator=(const CapturedStreams&) = delete;

  // What was written; the streams are the process's own again.
  std::string Finish() {
    Restore();
    return text_;
  }

 private:
  static constexpr std::array<int, 2> kStreams = {STDOUT_FILENO, STDERR_FILENO};
  static void Flush() {
    std::fflush(stdout);
    std::fflush(stderr);
  }
  void Restore() {
    if (saved_[0] < 0) return;
    Flush();
    for (size_t i = 0; i < kStreams.size(); ++i) {
      dup2(saved_[i], kStreams[i]);
      close(saved_[i]);
      saved_[i] = -1;
    }
    std::FILE* file = std::fopen(path_.c_str(), "rb");
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text_ += static_cast<char>(c);
    std::fclose(file);
    std::remove(path_.c_str());
  }

  std::string path_ = "/tmp/lmp_host_test_XXXXXX";
  std::array<int, 2> saved_ = {-1, -1};
  std::string text_;
};

std::vector<struct sigaction> SignalActions() {
  std::vector<struct sigaction> actions;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action;
    std::memset(&action, 0, sizeof action);
    if (sigaction(number, nullptr, &action) == 0) actions.push_back(action);
  }
  return actions;
}

// A bit of everything that prints in careless libraries: mistakes, damaged files, failed runs.
void UseAll() {
  CHECK(Compile("wrong.lmp", "fn main( {\n").program == nullptr);
  CHECK(!Engine::Load({.model = "/nonexistent/model.gguf"}).ok());
  const testing::TempFile cut(
      {testing::ApiModelBytes().begin(), testing::ApiModelBytes().begin() + 1000});
  CHECK(!Engine::Load({.model = cut.path()}).ok());
  const testing::TempFile file(testing::ApiModelBytes());
  CHECK(ReadModelSummary(file.path()).ok());
  CHECK(!KernelReport("auto").empty());
  auto engine = Engine::Load({.model = file.path(), .threads = 2});
  REQUIRE(engine.ok());
  const CompileOutcome compiled = Compile(
      "host.lmp", "fn main(n: int) { user \"a\"  gen x with max: 9  emit \"${x}${1 / n}\" }\n");
  REQUIRE(compiled.program != nullptr);
  CHECK(Explain(*compiled.program, {.model = file.path()}).ok());
  for (const char* arguments : {R"({"n": 1})", R"({"n": 0})"}) {
    auto run = engine.value()->Start(compiled.program, "main", arguments, {.explain = true});
    REQUIRE(run.ok());
    CHECK(run.value()->Wait().ok == (std::string(arguments) == R"({"n": 1})"));
  }
  CHECK(!engine.value()->Start(compiled.program, "none", "{}").ok());
  auto throwing = engine.value()->Start(
      compiled.program, "main", R"({"n": 1})",
      {.on_text = [](std::string_view) { throw std::runtime_error("host"); }});
  CHECK(throwing.value()->Wait().failure.kind == "internal");
  auto session = Session::Make(engine.value().get());
  session->Enter("emit 1 + 1", {});
  session->Enter("nope", {});
  auto cancelled = engine.value()->Start(compiled.program, "main", R"({"n": 1})");
  cancelled.value()->Cancel();
}

TEST_CASE("the host's streams, signals, locale and rounding are left alone") {
  const std::vector<struct sigaction> before = SignalActions();
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  const int rounding = std::fegetround();
  sigset_t mask, mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CapturedStreams streams;
  UseAll();
  CHECK(streams.Finish() == "");
  const std::vector<struct sigaction> after = SignalActions();
  REQUIRE(after.size() == before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    CAPTURE(i);
    CHECK((after[i].sa_handler == before[i].sa_handler));
    CHECK(after[i].sa_flags == before[i].sa_flags);
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int number = 1; number < NSIG; ++number) {
    CHECK(sigismember(&mask, number) == sigismember(&mask_after, number));
  }
  CHECK(std::setlocale(LC_ALL, nullptr) == locale);
  CHECK(std::fegetround() == rounding);
}

TEST_CASE("a capture sees what is written") {
  CapturedStreams streams;
  std::fputs("out", stdout);
  std::fflush(stdout);
  std::fputs("err", stderr);
  CHECK(streams.Finish() == "outerr");
}

}  // namespace
}  // namespace lmp
