#include "runtime/repl/console.h"

#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <deque>
#include <mutex>
#include <utility>

#include "runtime/repl/interrupts.h"
#include "runtime/repl/line_listener.h"
#include "runtime/repl/style.h"

namespace lmp::repl {
namespace {

constexpr const char* kCommands[] = {
    ":ask",  ":cache", ":cost", ":ctx",    ":fork",   ":help", ":ir",   ":load", ":mock", ":model",
    ":plan", ":quit",  ":save", ":switch", ":tokens", ":type", ":undo", ":vars", ":why"};

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

Console::Console(Engine* engine, const ReplOptions& options)
    : engine_(engine),
      options_(options),
      colors_(HasColors()),
      session_(Session::Make(engine)),
      reader_([this](const std::string& line) { return Complete(line); },
              [this](const std::string& line) { return Paint(line); }) {}

ReplEnd Console::Run() {
  const Interrupts interrupts({SIGINT}, [this](int) {
    interrupted_ = true;
    session_->CancelCurrent();
    reader_.Interrupt();
  });
  if (reader_.terminal()) {
    std::printf("lmp %.*s, %s. :help for help, Ctrl-D to leave.\n",
                static_cast<int>(kVersion.size()), kVersion.data(), engine_->model().name.c_str());
  }
  if (!options_.documents.empty() && !OpenDocuments()) return worst_;
  bool go_on = true;
  std::string line;
  while (go_on && std::ferror(stdout) == 0) {
    std::fflush(stdout);
    using enum LineReader::Prompt;
    switch (reader_.Read(entry_.empty() ? kEntry : kContinued, &line)) {
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

bool Console::OnInterrupt() {
  if (!reader_.terminal()) {
    Worsen(ReplEnd::kInterrupted);
    return false;
  }
  std::printf("^C\n");
  entry_.clear();
  return true;
}

bool Console::OnLine(const std::string& line) {
  if (DoCommand(AsCommand(line))) {
    reader_.Remember(line);
    return !quit_;
  }
  if (entry_.empty() && IsBlank(line)) return true;
  if (IsQuestion(line)) {
    reader_.Remember(line);
    Ask(line);
  } else {
    if (entry_.empty()) entry_line_ = line_;
    entry_ += line;
    EnterEntry();
  }
  return reader_.terminal() || worst_ != ReplEnd::kInterrupted;
}

// What people type first in a session that they do not know, where nothing has that name.
std::string Console::AsCommand(const std::string& line) const {
  static const std::map<std::string, std::string> meant = {
      {"help", ":help"}, {"?", ":help"}, {"quit", ":quit"}, {"exit", ":quit"}};
  const auto found = meant.find(line.substr(0, line.find_last_not_of(" \t\r\n") + 1));
  if (!entry_.empty() || found == meant.end()) return line;
  for (const std::string& variable : session_->Variables()) {
    if (variable.starts_with(found->first + ":")) return line;
  }
  return found->second;
}

// The input ends, maybe inside an entry.
void Console::OnEnd() {
  if (entry_.empty()) return;
  const std::string first = entry_.substr(0, entry_.find_first_of("\r\n"));
  std::printf(
      "%sthe entry that begins at line %d is unfinished, a bracket or a string in it is "
      "still open: %s\n",
      reader_.terminal() ? "\n" : "", entry_line_, first.c_str());
  entry_.clear();
  Worsen(ReplEnd::kProgramWrong);
}

void Console::EnterEntry() {
  if (!Enter(entry_)) return;
  if (loading_ == 0) reader_.Remember(entry_);
  entry_.clear();
}

// What an entry says while it runs: what it emits, and what it generates, each generation on lines
// of its own in the order in which they begin; the first as it comes, and what runs at the same
// time when those before it are over. Any thread.
class Console::Output {
 public:
  explicit Output(bool colors) : colors_(colors) {}
  void Emit(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (text.empty()) return;
    Write(text, text, Line::kEmitted);
    std::fflush(stdout);
  }
  void Generate(const TextPiece& piece) {
    const std::lock_guard lock(mutex_);
    const auto same = std::find_if(running_.begin(), running_.end(), [&](const Generation& one) {
      return !one.over && one.site == piece.site;
    });
    Generation& one =
        same != running_.end() ? *same : running_.emplace_back(Generation{std::string(piece.site)});
    one.text += piece.text;
    one.over = piece.last;
    if (!held_) Show();
  }
  // A line is read from the terminal: what is generated meanwhile waits.
  void Hold() {
    const std::lock_guard lock(mutex_);
    EndLine();
    held_ = true;
  }
  // The line was read, and ended.
  void Release() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(held_, false)) Show();
  }
  // The run is over, and with it what has not ended.
  void End() {
    const std::lock_guard lock(mutex_);
    for (Generation& one : running_) one.over = true;
    Show();
    EndLine();
  }

 private:
  enum class Line { kEmpty, kEmitted, kGenerated };
  struct Generation {
    std::string site, text = {};
    size_t shown = 0;  // bytes of text
    bool over = false;
  };

  void Show() {
    while (!running_.empty()) {
      Generation& first = running_.front();
      const std::string_view text = std::string_view(first.text).substr(first.shown);
      if (!text.empty()) Write(text, Painted(text, "generated", colors_), Line::kGenerated);
      first.shown = first.text.size();
      if (!first.over) break;
      if (line_ == Line::kGenerated) EndLine();
      running_.pop_front();
    }
    std::fflush(stdout);
  }
  void Write(std::string_view text, std::string_view painted, Line whose) {
    if (line_ != whose) EndLine();
    std::fwrite(painted.data(), 1, painted.size(), stdout);
    line_ = text.ends_with('\n') ? Line::kEmpty : whose;
  }
  void EndLine() {
    if (line_ != Line::kEmpty) std::printf("\n");
    line_ = Line::kEmpty;
  }

  const bool colors_;
  std::mutex mutex_;
  std::deque<Generation> running_;
  Line line_ = Line::kEmpty;  // what stands on the line where the cursor is
  bool held_ = false;
};

bool Console::Enter(const std::string& text) {
  Output output(colors_);
  RunOptions options = options_.run;
  options.explain = true;
  // Between lines of a session nothing is to be watched.
  if (documents_read_) options.on_corpus = nullptr;
  options.on_text = [&output](std::string_view piece) { output.Emit(piece); };
  options.on_generated = [&output](const TextPiece& piece) { output.Generate(piece); };
  LineListener listener(&reader_, [&output] { output.Release(); });
  options.on_listen = [&](const Listening& listening) {
    if (reader_.terminal()) output.Hold();
    listener.Listen(listening);
  };
  interrupted_ = false;
  const Session::Outcome outcome = session_->Enter(text, options);
  line_ += listener.Stop();  // the reader is this thread's again
  if (outcome.incomplete) return false;
  output.End();
  // A Ctrl-C that ended this entry must not drop the next.
  if (interrupted_) reader_.ClearInterrupt();
  Worsen(Print(outcome));
  Note(text, outcome);
  if (interrupted_) Worsen(ReplEnd::kInterrupted);
  return true;
}

// Keeps what commands ask for later.
void Console::Note(const std::string& text, const Session::Outcome& outcome) {
  if (HasErrors(outcome.diagnostics)) return;
  if (!outcome.ran || outcome.report.ok) entries_.push_back(text);
  if (!outcome.ran) return;
  program_ = outcome.program;
  const bool stopped = outcome.report.failure.kind == "cancelled";
  if (outcome.report.stats.calls > 0 || stopped) report_ = outcome.report;
  const RunStats& s = outcome.report.stats;
  total_.calls += s.calls;
  total_.prompt_tokens += s.prompt_tokens;
  total_.cached_tokens += s.cached_tokens;
  total_.computed_tokens += s.computed_tokens;
  total_.generated_tokens += s.generated_tokens;
  total_.forced_tokens += s.forced_tokens;
  total_.seconds += s.seconds;
}

ReplEnd Console::Print(const Session::Outcome& outcome) const {
  ShowDiagnostics(outcome.diagnostics, outcome.sources);
  if (HasErrors(outcome.diagnostics)) return ReplEnd::kProgramWrong;
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

void Console::ShowDiagnostics(const std::vector<Diagnostic>& diagnostics,
                              const std::vector<Source>& sources) const {
  for (const Diagnostic& d : diagnostics)
    std::fputs(RenderDiagnostic(d, sources, {.color = colors_}).c_str(), stdout);
}

void Console::Complain(const std::string& what) {
  std::printf("%s\n", what.c_str());
  Worsen(ReplEnd::kProgramWrong);
}

// Of the line up to the cursor: commands and their arguments, else what the session knows.
LineReader::Choices Console::Complete(const std::string& line) const {
  LineReader::Choices out;
  const size_t gap = line.find(' ');
  const std::string command = line.substr(0, gap);
  if (entry_.empty() && line.starts_with(':') && gap == std::string::npos) {
    out.words.assign(std::begin(kCommands), std::end(kCommands));
  } else if (entry_.empty() && command == ":switch") {
    out.begin = gap + 1;
    for (const auto& [name, kept] : kept_) out.words.push_back(name);
  } else {
    const Session::Completion found = session_->Complete(entry_ + line);
    // What is completed is in this line: names have no line breaks.
    out.begin = found.begin - entry_.size();
    out.words = found.words;
  }
  std::erase_if(out.words,
                [&](const std::string& word) { return !word.starts_with(line.substr(out.begin)); });
  return out;
}

std::string Console::Paint(const std::string& line) const {
  const bool command = entry_.empty() && line.find_first_not_of(" \t") == line.find(':');
  if (!colors_ || command || IsQuestion(line)) return "";
  const std::string text = entry_ + line;
  std::string out;
  size_t at = entry_.size();
  for (const ColoredPart& part : Colored(text)) {
    if (part.end <= at) continue;
    const size_t begin = std::max(part.begin, at);
    out.append(text, at, begin - at);
    out += Painted(text.substr(begin, part.end - begin), part.kind, true);
    at = part.end;
  }
  return out.append(text, at);
}

ReplEnd RunRepl(Engine* engine, const ReplOptions& options) {
  // Line editing reads characters by the locale's encoding; numbers stay as they are.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  return Console(engine, options).Run();
}

}  // namespace lmp::repl
