#include "runtime/repl/repl.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <string>

#include "runtime/repl/interrupts.h"
#include "runtime/repl/line_reader.h"

namespace lmp::repl {

namespace {

constexpr const char* kHelp =
    ":help       this list\n"
    ":vars       names and types\n"
    ":undo       take the last entry back; drops an unfinished one\n"
    ":quit       leave (Ctrl-D too)\n"
    "Ctrl-C      stop a generation; drop an unfinished entry\n"
    "Everything else is LMP: user \"Hello\"   gen reply with max: 40   1 + 2   fn f(x: int) -> int "
    "{ return x }\n"
    "An entry goes on while a bracket or a string of several lines is open.\n";

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

class Repl {
 public:
  Repl(Engine* engine, const RunOptions& options)
      : engine_(engine), options_(options), session_(Session::Make(engine)) {}

  ReplEnd Run();

 private:
  // False when the session shall end.
  bool OnLine(const std::string& line);
  bool OnInterrupt();
  // True if the line is a command; inside an unfinished entry only exact words are.
  bool DoCommand(const std::string& line);
  void OnEnd();
  void EnterEntry();
  ReplEnd Print(const Session::Outcome& outcome, const std::string& emitted) const;
  void Worsen(ReplEnd end) { worst_ = std::max(worst_, end); }

  Engine* engine_;
  const RunOptions& options_;
  std::unique_ptr<Session> session_;
  LineReader reader_;
  std::string entry_;  // lines so far of an unfinished entry
  int line_ = 0;       // of the input
  int entry_line_ = 0;
  bool quit_ = false;
  std::atomic<bool> interrupted_ = false;
  ReplEnd worst_ = ReplEnd::kDone;
};

ReplEnd Repl::Run() {
  const Interrupts interrupts({SIGINT}, [this](int) {
    interrupted_ = true;
    session_->CancelCurrent();
    reader_.Interrupt();
  });
  if (reader_.terminal()) {
    std::printf("lmp %.*s, %s. :help for help, Ctrl-D to leave.\n",
                static_cast<int>(kVersion.size()), kVersion.data(), engine_->model().name.c_str());
  }
  bool go_on = true;
  std::string line;
  while (go_on && std::ferror(stdout) == 0) {
    std::fflush(stdout);
    switch (reader_.Read(!entry_.empty(), &line)) {
      case LineReader::Got::kLine:
        ++line_;
        go_on = OnLine(line);
        break;
      case LineReader::Got::kInterrupted:
        go_on = OnInterrupt();
        break;
      case LineReader::Got::kEnd:
        OnEnd();
        go_on = false;
        break;
    }
  }
  if (!reader_.terminal()) return worst_;
  std::printf("\n");
  return ReplEnd::kDone;
}

bool Repl::OnInterrupt() {
  if (!reader_.terminal()) {
    Worsen(ReplEnd::kInterrupted);
    return false;
  }
  std::printf("^C\n");
  entry_.clear();
  return true;
}

bool Repl::OnLine(const std::string& line) {
  if (DoCommand(line)) return !quit_;
  if (entry_.empty() && IsBlank(line)) return true;
  if (entry_.empty()) entry_line_ = line_;
  entry_ += line;
  EnterEntry();
  if (!reader_.terminal() && worst_ == ReplEnd::kInterrupted) return false;
  return true;
}

bool Repl::DoCommand(const std::string& line) {
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos || line[begin] != ':') return false;
  const std::string word = line.substr(begin, line.find_last_not_of(" \t\r\n") + 1 - begin);
  if (word == ":quit" || word == ":q") {
    quit_ = true;
    OnEnd();
  } else if (word == ":help") {
    std::fputs(kHelp, stdout);
  } else if (word == ":vars") {
    for (const std::string& v : session_->Variables()) std::printf("%s\n", v.c_str());
  } else if (word == ":undo" && !entry_.empty()) {
    std::printf("the unfinished entry is dropped\n");
    entry_.clear();
  } else if (word == ":undo") {
    std::printf("%s\n", session_->Undo() ? "undone" : "nothing to undo");
  } else if (!entry_.empty()) {
    return false;  // a line of the program may begin with a colon
  } else {
    std::printf("there is no command %s; :help lists them\n", word.c_str());
    Worsen(ReplEnd::kProgramWrong);
  }
  return true;
}

// The input ends, maybe inside an entry.
void Repl::OnEnd() {
  if (entry_.empty()) return;
  const std::string first = entry_.substr(0, entry_.find_first_of("\r\n"));
  std::printf(
      "%sthe entry that begins at line %d is unfinished, a bracket or a string in it is "
      "still open: %s\n",
      reader_.terminal() ? "\n" : "", entry_line_, first.c_str());
  entry_.clear();
  Worsen(ReplEnd::kProgramWrong);
}

void Repl::EnterEntry() {
  std::string emitted;
  RunOptions options = options_;
  options.on_text = [&emitted](std::string_view text) {
    emitted += text;
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  interrupted_ = false;
  const Session::Outcome outcome = session_->Enter(entry_, options);
  if (outcome.incomplete) return;
  // A Ctrl-C that ended this entry must not drop the next.
  if (interrupted_) reader_.ClearInterrupt();
  reader_.Remember(entry_);
  Worsen(Print(outcome, emitted));
  if (interrupted_) Worsen(ReplEnd::kInterrupted);
  entry_.clear();
}

ReplEnd Repl::Print(const Session::Outcome& outcome, const std::string& emitted) const {
  for (const Diagnostic& d : outcome.diagnostics) {
    std::fputs(RenderDiagnostic(d, outcome.sources, {.color = isatty(STDOUT_FILENO) != 0}).c_str(),
               stdout);
  }
  if (HasErrors(outcome.diagnostics)) return ReplEnd::kProgramWrong;
  if (!emitted.empty() && emitted.back() != '\n') std::printf("\n");
  if (!outcome.ran) return ReplEnd::kDone;
  const RunFailure& failure = outcome.report.failure;
  if (!outcome.report.ok) {
    std::printf("failure: `%s`%s: %s\n", failure.kind.c_str(),
                failure.place.empty() ? "" : (" at " + failure.place).c_str(),
                failure.message.c_str());
    return failure.kind == "internal" ? ReplEnd::kInternal : ReplEnd::kRunFailed;
  }
  if (outcome.has_value) std::printf("%s\n", outcome.report.value_text.c_str());
  return ReplEnd::kDone;
}

}  // namespace

ReplEnd RunRepl(Engine* engine, const RunOptions& options) {
  // Line editing reads characters by the locale's encoding; numbers stay as they are.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  return Repl(engine, options).Run();
}

}  // namespace lmp::repl
