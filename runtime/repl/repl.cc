#include "runtime/repl/repl.h"

#include <unistd.h>
#include <csignal>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <histedit.h>

namespace lmp::repl {

namespace {

constexpr const char* kHelp =
    ":help       this list\n"
    ":vars       names and types\n"
    ":undo       take the last piece back\n"
    ":quit       leave (Ctrl-D too); Ctrl-C stops a generation\n"
    "Everything else is LMP: user \"Hello\"   gen reply with max: 40   1 + 2   fn f(x: int) -> int "
    "{ return x }\n";

// The file of the history, empty if there is no home.
std::string HistoryPath() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (state != nullptr && *state != 0) {
    folder = state;
  } else if (home != nullptr && *home != 0) {
    folder = std::filesystem::path(home) / ".local/state";
  } else {
    return {};
  }
  std::error_code error;
  std::filesystem::create_directories(folder / "lmp", error);
  return error ? std::string() : (folder / "lmp/repl_history").string();
}

// Lines from a terminal with editing and history, or from a pipe.
class LineReader {
 public:
  explicit LineReader(bool terminal) {
    if (!terminal) return;
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, 1000);
    path_ = HistoryPath();
    if (!path_.empty()) history(history_, &event, H_LOAD, path_.c_str());
    edit_ = el_init("lmp", stdin, stdout, stderr);
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(
        edit_, EL_PROMPT, +[](EditLine* e) -> char* {
          LineReader* self = nullptr;
          el_get(e, EL_CLIENTDATA, &self);
          return self->prompt_;
        });
    el_set(edit_, EL_EDITOR, "emacs");
    el_set(edit_, EL_HIST, history, history_);
    el_set(edit_, EL_SIGNAL, 0);
  }
  ~LineReader() {
    if (edit_ == nullptr) return;
    HistEvent event;
    if (!path_.empty()) history(history_, &event, H_SAVE, path_.c_str());
    el_end(edit_);
    history_end(history_);
  }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // False at the end of input. The line has its line break.
  bool Read(bool continued, std::string* line) {
    if (edit_ == nullptr) {
      line->clear();
      int c = 0;
      while ((c = std::getchar()) != EOF) {
        line->push_back(static_cast<char>(c));
        if (c == '\n') return true;
      }
      return !line->empty();
    }
    std::snprintf(prompt_, sizeof prompt_, "%s", continued ? "...  " : "lmp> ");
    int count = 0;
    const char* text = el_gets(edit_, &count);
    if (text == nullptr || count <= 0) return false;
    *line = text;
    return true;
  }
  void Remember(const std::string& piece) {
    if (history_ == nullptr) return;
    HistEvent event;
    history(history_, &event, H_ENTER, piece.c_str());
  }

 private:
  EditLine* edit_ = nullptr;
  History* history_ = nullptr;
  std::string path_;
  char prompt_[8] = "lmp> ";
};

// Where the signal function writes; a program has one terminal, so one is enough.
volatile std::sig_atomic_t interrupt_pipe = -1;

void OnInterrupt(int) {
  const char byte = 0;
  if (interrupt_pipe >= 0 && write(interrupt_pipe, &byte, 1) < 0) return;
}

// Turns Ctrl-C into a cancel of what runs, while it lives.
class Interrupts {
 public:
  explicit Interrupts(Session* session) {
    if (pipe(pipe_) != 0) return;
    interrupt_pipe = pipe_[1];
    struct sigaction action = {};
    action.sa_handler = OnInterrupt;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, &before_);
    thread_ = std::thread([this, session] {
      char byte = 0;
      while (read(pipe_[0], &byte, 1) == 1) session->CancelCurrent();
    });
  }
  ~Interrupts() {
    if (!thread_.joinable()) return;
    sigaction(SIGINT, &before_, nullptr);
    interrupt_pipe = -1;
    close(pipe_[1]);  // ends the read
    thread_.join();
    close(pipe_[0]);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  int pipe_[2] = {-1, -1};
  struct sigaction before_ = {};
  std::thread thread_;
};

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// True if the line was a command; `quit` is set by :quit.
bool DoCommand(const std::string& line, Session* session, bool* quit) {
  const size_t end = line.find_last_not_of(" \t\r\n");
  const std::string word = line.substr(0, end + 1);
  if (word.empty() || word[0] != ':') return false;
  if (word == ":quit" || word == ":q") {
    *quit = true;
  } else if (word == ":help") {
    std::fputs(kHelp, stdout);
  } else if (word == ":vars") {
    for (const std::string& v : session->Variables()) std::printf("%s\n", v.c_str());
  } else if (word == ":undo") {
    std::printf("%s\n", session->Undo() ? "undone" : "nothing to undo");
  } else {
    std::printf("there is no command %s; :help lists them\n", word.c_str());
  }
  return true;
}

// False if the piece failed.
bool Print(const Session::Outcome& outcome, const std::string& emitted) {
  for (const Diagnostic& d : outcome.diagnostics) {
    std::fputs(RenderDiagnostic(d, outcome.sources, {.color = isatty(STDOUT_FILENO) != 0}).c_str(),
               stdout);
  }
  if (outcome.incomplete) {
    std::printf("a bracket or a string is still open: the piece was dropped\n");
    return false;
  }
  if (HasErrors(outcome.diagnostics)) return false;
  if (!emitted.empty() && emitted.back() != '\n') std::printf("\n");
  if (!outcome.ran) return true;
  if (!outcome.report.ok) {
    std::printf("failure: `%s`: %s\n", outcome.report.failure.kind.c_str(),
                outcome.report.failure.message.c_str());
    return false;
  }
  if (outcome.has_value) std::printf("%s\n", outcome.report.value_text.c_str());
  return true;
}

}  // namespace

int RunRepl(Engine* engine, const RunOptions& options) {
  const bool terminal = isatty(STDIN_FILENO) != 0;
  const std::unique_ptr<Session> session = Session::Make(engine);
  const Interrupts interrupts(session.get());
  LineReader reader(terminal);
  if (terminal) {
    std::printf("lmp %.*s, %s. :help for help, Ctrl-D to leave.\n",
                static_cast<int>(kVersion.size()), kVersion.data(), engine->model().name.c_str());
  }
  bool failed = false;
  bool quit = false;
  std::string piece, line;
  while (!quit && reader.Read(!piece.empty(), &line)) {
    if (piece.empty() && (IsBlank(line) || DoCommand(line, session.get(), &quit))) continue;
    piece += line;
    std::string emitted;
    RunOptions with_text = options;
    with_text.on_text = [&emitted](std::string_view text) {
      emitted += text;
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);
    };
    const Session::Outcome outcome = session->Enter(piece, with_text);
    if (outcome.incomplete && !IsBlank(line)) continue;
    reader.Remember(piece);
    failed |= !Print(outcome, emitted);
    std::fflush(stdout);
    piece.clear();
  }
  if (!piece.empty()) {
    std::printf("a bracket or a string is still open at the end of the input\n");
    failed = true;
  }
  if (terminal) std::printf("\n");
  return failed && !terminal ? 1 : 0;
}

}  // namespace lmp::repl
