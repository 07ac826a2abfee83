#include "runtime/repl/line_reader.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <filesystem>
#include <utility>

namespace lmp::repl {

namespace {

constexpr int kHistoryMax = 1000;
constexpr size_t kChoicesShown = 40;
constexpr int kUnwantedMs = 50;            // how often a wait asks whether its line is still wanted
constexpr const char* kEnterKey = "\x1f";  // Ctrl-_: what Enter does, once the line has its colours

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

LineReader* ReaderOf(EditLine* edit) {
  LineReader* reader = nullptr;
  el_get(edit, EL_CLIENTDATA, &reader);
  return reader;
}

}  // namespace

LineReader::LineReader(std::function<Choices(const std::string& line)> complete,
                       std::function<std::string(const std::string& line)> paint)
    : complete_(std::move(complete)), paint_(std::move(paint)) {
  if (pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) wake_[0] = wake_[1] = -1;
  if (isatty(STDIN_FILENO) == 0) return;
  history_ = history_init();
  HistEvent event;
  history(history_, &event, H_SETSIZE, kHistoryMax);
  history_path_ = HistoryPath();
  if (!history_path_.empty()) history(history_, &event, H_LOAD, history_path_.c_str());
  edit_ = el_init("lmp", stdin, stdout, stderr);
  el_set(edit_, EL_CLIENTDATA, this);
  el_set(edit_, EL_PROMPT, &LineReader::PromptText);
  el_set(edit_, EL_EDITOR, "emacs");
  el_set(edit_, EL_HIST, history, history_);
  el_set(edit_, EL_ADDFN, "lmp-complete", "Complete a name", &LineReader::OnTab);
  el_set(edit_, EL_BIND, "^I", "lmp-complete", nullptr);
  el_set(edit_, EL_ADDFN, "lmp-enter", "Enter the line", &LineReader::OnEnter);
  el_set(edit_, EL_BIND, kEnterKey, "ed-newline", nullptr);
  el_set(edit_, EL_BIND, "^J", "lmp-enter", nullptr);
  el_set(edit_, EL_BIND, "^M", "lmp-enter", nullptr);
  el_set(edit_, EL_SIGNAL, 0);
  el_set(edit_, EL_GETCFN, &LineReader::ReadCharacter);
}

LineReader::~LineReader() {
  if (edit_ != nullptr) {
    HistEvent event;
    if (!history_path_.empty()) history(history_, &event, H_SAVE, history_path_.c_str());
    el_end(edit_);
    history_end(history_);
  }
  for (const int end : wake_) {
    if (end >= 0) close(end);
  }
}

const char* LineReader::PromptText(EditLine* edit) { return ReaderOf(edit)->prompt_text_; }

// One character of UTF-8 (as the locale has it); 0 at the end, -1 when interrupted.
int LineReader::ReadCharacter(EditLine* edit, wchar_t* out) {
  LineReader* reader = ReaderOf(edit);
  std::mbstate_t state = {};
  char byte = 0;
  while (reader->ReadByte(&byte)) {
    const size_t used = std::mbrtowc(out, &byte, 1, &state);
    if (used == static_cast<size_t>(-2)) continue;  // more bytes to come
    if (used == static_cast<size_t>(-1)) *out = L'?';
    return 1;
  }
  return reader->interrupted_ ? -1 : 0;
}

bool LineReader::ReadByte(char* byte) {
  while (at_ == buffer_.size()) {
    pollfd inputs[] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                       {.fd = wake_[0], .events = POLLIN, .revents = 0}};
    const int ready = poll(inputs, 2, unwanted_ ? kUnwantedMs : -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return false;
    if (ready == 0) {
      interrupted_ = unwanted_ && unwanted_();
      if (interrupted_) return false;
      continue;
    }
    if ((inputs[1].revents & POLLIN) != 0) {
      ClearInterrupt();
      interrupted_ = true;
      return false;
    }
    // From a terminal no more than asked for: the rest stays where others can read it.
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, terminal() ? 1 : sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return false;
    buffer_.assign(bytes, static_cast<size_t>(count));
    at_ = 0;
  }
  *byte = buffer_[at_++];
  return true;
}

LineReader::Got LineReader::ReadPlain(std::string* line) {
  char byte = 0;
  while (ReadByte(&byte)) {
    line->push_back(byte);
    if (byte == '\n') return Got::kLine;
  }
  if (interrupted_) {
    buffer_ = std::exchange(*line, {});  // whose line this becomes is not known yet
    at_ = 0;
    return Got::kInterrupted;
  }
  return line->empty() ? Got::kEnd : Got::kLine;
}

LineReader::Got LineReader::Read(Prompt prompt, std::string* line,
                                 const std::function<bool()>& unwanted) {
  line->clear();
  interrupted_ = false;
  unwanted_ = unwanted;
  prompt_ = prompt;
  if (!terminal()) return ReadPlain(line);
  prompt_text_ = prompt == Prompt::kEntry ? "lmp> " : prompt == Prompt::kContinued ? "...  " : "> ";
  // Before the prompt: a Ctrl-D that answers it must not meet the terminal's own line mode.
  el_set(edit_, EL_PREP_TERM, 1);
  int count = 0;
  const char* text = el_gets(edit_, &count);
  if (interrupted_ && prompt == Prompt::kListening) std::printf("\n");  // what comes is no answer
  if (interrupted_) return Got::kInterrupted;
  if (text == nullptr || count <= 0) {
    if (prompt == Prompt::kListening) std::printf("\n");
    return Got::kEnd;
  }
  *line = text;
  return Got::kLine;
}

unsigned char LineReader::OnTab(EditLine* edit, int) { return ReaderOf(edit)->Complete(); }

unsigned char LineReader::OnEnter(EditLine* edit, int) {
  ReaderOf(edit)->Paint();
  el_push(edit, kEnterKey);
  return CC_NORM;
}

// libedit draws a line without colours, so it is drawn again when it is complete: over itself, and
// only where that needs one row of the terminal, whatever width it gives to each character. Before
// libedit leaves its mode, in which nothing that is typed ahead is echoed in between.
void LineReader::Paint() {
  if (prompt_ == Prompt::kListening) return;
  const LineInfo* line = el_line(edit_);
  const std::string text(line->buffer, line->lastchar);
  winsize window = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) return;
  size_t width = std::strlen(prompt_text_);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return;
    const bool inside = byte >= 0x80 && byte < 0xc0;  // of a character that was counted
    width += inside ? 0 : byte < 0x80 ? 1 : 2;
  }
  if (width >= window.ws_col) return;
  const std::string painted = paint_(text);
  if (!painted.empty()) std::fputs(("\r" + std::string(prompt_text_) + painted).c_str(), stdout);
}

// What all choices begin with is written; where that is nothing new, they are listed.
unsigned char LineReader::Complete() {
  if (prompt_ == Prompt::kListening) return CC_NORM;
  const LineInfo* line = el_line(edit_);
  const std::string before(line->buffer, line->cursor);
  const Choices choices = complete_(before);
  if (choices.words.empty()) return CC_REFRESH_BEEP;
  std::string common = choices.words[0];
  for (const std::string& word : choices.words) {
    const auto differ = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    common.erase(differ.first, common.end());
  }
  const std::string rest = common.substr(std::min(common.size(), before.size() - choices.begin));
  if (!rest.empty()) return el_insertstr(edit_, rest.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  if (choices.words.size() == 1) return CC_NORM;
  std::string list = "\n";
  const size_t shown = std::min(choices.words.size(), kChoicesShown);
  for (size_t i = 0; i < shown; ++i) list += (i > 0 ? "  " : "") + choices.words[i];
  if (shown < choices.words.size())
    list += "  and " + std::to_string(choices.words.size() - shown) + " more";
  std::fputs((list + "\n").c_str(), stdout);
  std::fflush(stdout);
  return CC_REDISPLAY;
}

void LineReader::Interrupt() {
  const char byte = 0;
  // A full pipe wakes as well as one more byte would.
  if (write(wake_[1], &byte, 1) < 0) return;
}

void LineReader::ClearInterrupt() {
  char bytes[64];
  while (read(wake_[0], bytes, sizeof bytes) > 0) {
  }
}

void LineReader::Remember(const std::string& piece) {
  if (history_ == nullptr) return;
  HistEvent event;
  history(history_, &event, H_ENTER, piece.c_str());
}

}  // namespace lmp::repl
