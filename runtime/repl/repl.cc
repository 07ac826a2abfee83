#include "runtime/repl/repl.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "runtime/repl/interrupts.h"
#include "runtime/repl/line_reader.h"

namespace lmp::repl {

namespace {

constexpr const char* kHelp =
    ":help         this list\n"
    ":vars         names and types\n"
    ":type EXPR    the type of an expression, which is not run\n"
    ":undo         take the last entry back; drops an unfinished one\n"
    ":fork NAME    keep this point of the session under a name\n"
    ":switch NAME  go on from a point that was kept; without a name, lists them\n"
    ":tokens       tokens of the last entry and of the session\n"
    ":why          what of the last entry's prompts was cached, computed, and why\n"
    ":ir :plan     what the last entry became: its IR, its plan with bounds\n"
    ":cache        the KV cache; :cache clear empties it\n"
    ":model        the model\n"
    ":load FILE    enter what a file holds\n"
    ":save FILE    write the entries that count to a new file\n"
    ":quit         leave (Ctrl-D too)\n"
    "Ctrl-C        stop a generation; drop an unfinished entry\n"
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
  // Commands; false if there is none of that name.
  bool DoWithArgument(const std::string& name, const std::string& argument);
  bool DoLooking(const std::string& name, const std::string& argument);
  void Undo();
  void ShowType(const std::string& expression);
  void Switch(const std::string& name);
  void ShowTokens() const;
  void ShowCache(const std::string& argument);
  void ShowPlan();
  void Load(const std::string& path);
  void Save(const std::string& path);
  void Complain(const std::string& what);
  ReplEnd Print(const Session::Outcome& outcome, const std::string& emitted) const;
  void Note(const Session::Outcome& outcome);
  void Worsen(ReplEnd end) { worst_ = std::max(worst_, end); }

  Engine* engine_;
  const RunOptions& options_;
  const std::unique_ptr<Session> session_;  // a Ctrl-C reaches for it from another thread
  LineReader reader_;
  std::string entry_;                 // lines so far of an unfinished entry
  std::vector<std::string> entries_;  // that count, one per point of the session
  struct Kept {
    std::unique_ptr<Session> session;
    std::vector<std::string> entries;
  };
  std::map<std::string, Kept> kept_;
  ProgramRef program_;  // of the last entry that ran
  RunReport report_;    // of the last one that asked the model
  RunStats total_;
  int loading_ = 0;  // files that are being entered
  int line_ = 0;     // of the input
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
    Undo();
  } else if (!entry_.empty()) {
    return false;  // a line of the program may begin with a colon
  } else {
    const size_t gap = word.find_first_of(" \t");
    const std::string name = word.substr(0, gap);
    const size_t from = gap == std::string::npos ? gap : word.find_first_not_of(" \t", gap);
    const std::string argument = from == std::string::npos ? "" : word.substr(from);
    if (!DoWithArgument(name, argument) && !DoLooking(name, argument))
      Complain("there is no command " + name + "; :help lists them");
  }
  return true;
}

bool Repl::DoWithArgument(const std::string& name, const std::string& argument) {
  const bool known = name == ":type" || name == ":fork" || name == ":load" || name == ":save";
  if (known && argument.empty()) {
    const char* what = name == ":type" ? "an expression" : name == ":fork" ? "a name" : "a file";
    Complain(name + " needs " + what);
  } else if (name == ":type") {
    ShowType(argument);
  } else if (name == ":fork") {
    kept_[argument] = {session_->Fork(), entries_};
    std::printf("kept as %s\n", argument.c_str());
  } else if (name == ":load") {
    Load(argument);
  } else if (name == ":save") {
    Save(argument);
  } else if (name == ":switch") {
    Switch(argument);
  } else {
    return false;
  }
  return true;
}

bool Repl::DoLooking(const std::string& name, const std::string& argument) {
  if (name == ":tokens") {
    ShowTokens();
  } else if (name == ":why") {
    std::fputs(report_.explain.empty() ? "nothing was generated yet\n" : report_.explain.c_str(),
               stdout);
  } else if (name == ":ir") {
    if (program_ == nullptr) return Complain("nothing was entered yet that runs"), true;
    std::fputs(program_->IrText().c_str(), stdout);
  } else if (name == ":plan") {
    ShowPlan();
  } else if (name == ":cache") {
    ShowCache(argument);
  } else if (name == ":model") {
    const ModelSummary& m = engine_->model();
    std::printf("%s: %s %s, %d layers of %d, context %d, KV %s\n%s\n", m.name.c_str(),
                m.architecture.c_str(), m.weight_format.c_str(), m.layers, m.width, m.context_max,
                m.kv_type.c_str(), m.path.c_str());
  } else {
    return false;
  }
  return true;
}

void Repl::Complain(const std::string& what) {
  std::printf("%s\n", what.c_str());
  Worsen(ReplEnd::kProgramWrong);
}

void Repl::Undo() {
  const bool undone = session_->Undo();
  if (undone) entries_.pop_back();
  std::printf("%s\n", undone ? "undone" : "nothing to undo");
}

void Repl::ShowType(const std::string& expression) {
  const Session::TypeOutcome found = session_->TypeOf(expression);
  for (const Diagnostic& d : found.diagnostics) {
    if (d.severity != Severity::kError && !found.type.empty()) continue;
    std::fputs(RenderDiagnostic(d, found.sources).c_str(), stdout);
  }
  if (HasErrors(found.diagnostics)) return Worsen(ReplEnd::kProgramWrong);
  if (found.type.empty()) return Complain("no expression, so it has no type");
  std::printf("%s\n", found.type.c_str());
}

void Repl::Switch(const std::string& name) {
  if (name.empty()) {
    for (const auto& [kept, point] : kept_)
      std::printf("%s: %zu entries\n", kept.c_str(), point.entries.size());
    if (kept_.empty()) std::printf("no points are kept; :fork NAME keeps this one\n");
    return;
  }
  const auto found = kept_.find(name);
  if (found == kept_.end()) return Complain("no point is kept as " + name);
  session_->GoTo(*found->second.session);
  entries_ = found->second.entries;
  std::printf("at %s\n", name.c_str());
}

void Repl::ShowTokens() const {
  const auto line = [](const char* of, const RunStats& s) {
    std::printf(
        "%-8s prompt %lld, cached %lld, computed %lld, generated %lld, forced %lld, %.2f s\n", of,
        static_cast<long long>(s.prompt_tokens), static_cast<long long>(s.cached_tokens),
        static_cast<long long>(s.computed_tokens), static_cast<long long>(s.generated_tokens),
        static_cast<long long>(s.forced_tokens), s.seconds);
  };
  line("entry", report_.stats);
  line("session", total_);
}

void Repl::ShowCache(const std::string& argument) {
  if (argument == "clear") engine_->ClearCache();
  const Result<EngineCounters> counters = engine_->Counters();
  if (!counters.ok()) return Complain(counters.status().message());
  const EngineCounters& c = counters.value();
  std::printf("%llu of %llu pages in use; since the start %llu of %llu prompt tokens were cached\n",
              static_cast<unsigned long long>(c.pages_total - c.pages_free),
              static_cast<unsigned long long>(c.pages_total),
              static_cast<unsigned long long>(c.cached_tokens),
              static_cast<unsigned long long>(c.prompt_tokens));
}

void Repl::ShowPlan() {
  if (program_ == nullptr) return Complain("nothing was entered yet that runs");
  const Result<ExplainOutcome> plan = Explain(*program_, engine_->model().path);
  if (!plan.ok()) return Complain(plan.status().message());
  std::fputs(plan.value().text.c_str(), stdout);
}

void Repl::Load(const std::string& path) {
  constexpr int kFilesInFilesMax = 8;
  if (loading_ >= kFilesInFilesMax) return Complain("files load files too deep");
  std::ifstream in(path);
  std::error_code error;
  if (!in || std::filesystem::is_directory(path, error))
    return Complain("there is no file " + path);
  ++loading_;
  std::string line;
  while (!quit_ && !interrupted_ && std::getline(in, line)) OnLine(line + "\n");
  --loading_;
  if (!entry_.empty()) Complain("the last entry of " + path + " is unfinished and dropped");
  entry_.clear();
}

void Repl::Save(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return Complain(path + " is there already");
  std::ofstream out(path);
  for (const std::string& entry : entries_) out << entry << (entry.ends_with('\n') ? "" : "\n");
  out.close();
  if (!out) return Complain("cannot write " + path);
  std::printf("%zu entries in %s\n", entries_.size(), path.c_str());
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
  options.explain = true;
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
  if (loading_ == 0) reader_.Remember(entry_);
  Worsen(Print(outcome, emitted));
  Note(outcome);
  if (interrupted_) Worsen(ReplEnd::kInterrupted);
  entry_.clear();
}

// Keeps what commands ask for later.
void Repl::Note(const Session::Outcome& outcome) {
  if (HasErrors(outcome.diagnostics)) return;
  if (!outcome.ran || outcome.report.ok) entries_.push_back(entry_);
  if (!outcome.ran) return;
  program_ = outcome.program;
  if (outcome.report.stats.calls > 0) report_ = outcome.report;
  const RunStats& s = outcome.report.stats;
  total_.prompt_tokens += s.prompt_tokens;
  total_.cached_tokens += s.cached_tokens;
  total_.computed_tokens += s.computed_tokens;
  total_.generated_tokens += s.generated_tokens;
  total_.forced_tokens += s.forced_tokens;
  total_.seconds += s.seconds;
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
