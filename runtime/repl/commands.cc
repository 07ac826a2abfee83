// The commands that change a session, and which commands there are.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "runtime/repl/console.h"

namespace lmp::repl {
namespace {

constexpr const char* kHelp =
    ":vars         names and types\n"
    ":type EXPR    the type of an expression, which is not run\n"
    ":ctx          the context as the model sees it: what is written, forced, generated,\n"
    "              and what of it was cached\n"
    ":tokens       tokens of the last entry that asked the model, and of the session\n"
    ":cost [NAME]  the same, and the bounds of the last entry, or of a function\n"
    ":why          what of its prompts was cached, computed, and why\n"
    ":ir :plan     what the last entry became: its IR, its plan with bounds\n"
    ":mock NAME = VALUE  what `gen NAME`, a `select`, a tool or `f.NAME` gives, without\n"
    "              being asked; :mock NAME ends it, :mock lists them\n"
    ":cache        the KV cache; :cache clear empties it\n"
    ":model        the model\n"
    ":undo         take the last entry back; drops an unfinished one\n"
    ":fork NAME    keep this point of the session under a name\n"
    ":switch NAME  go on from a point that was kept; without a name, lists them\n"
    ":load FILE    enter what a file holds\n"
    ":save FILE    write the entries that count to a new file\n"
    ":ask TEXT     ask the documents (--corpus); a line that ends with ? does too\n"
    ":quit         leave (Ctrl-D too)\n"
    "Ctrl-C        stop a generation; drop an unfinished entry\n"
    "Tab           complete a name\n"
    "Everything else is LMP:\n"
    "  user \"Hello\"   gen reply with max: 40   1 + 2   fn f(x: int) -> int { return x }\n"
    "An entry goes on while a bracket or a string of several lines is open.\n";

}  // namespace

bool Console::DoCommand(const std::string& line) {
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
    if (DoWithArgument(name, argument) || DoLooking(name, argument)) return true;
    const bool alone = name == ":undo" || name == ":vars" || name == ":help" || name == ":quit";
    Complain(alone ? name + " takes nothing behind it"
                   : "there is no command " + name + "; :help lists them");
  }
  return true;
}

bool Console::DoWithArgument(const std::string& name, const std::string& argument) {
  static const std::map<std::string, const char*> needed = {{":type", "an expression"},
                                                            {":fork", "a name"},
                                                            {":load", "a file"},
                                                            {":save", "a file"},
                                                            {":ask", "a question"}};
  const auto need = needed.find(name);
  if (need != needed.end() && argument.empty()) {
    Complain(name + " needs " + need->second);
  } else if (name == ":type") {
    ShowType(argument);
  } else if (name == ":fork") {
    const bool again = !kept_.insert_or_assign(argument, Kept{session_->Fork(), entries_}).second;
    std::printf("kept as %s%s\n", argument.c_str(),
                again ? "; the point of that name is gone" : "");
  } else if (name == ":load") {
    Load(argument);
  } else if (name == ":save") {
    Save(argument);
  } else if (name == ":switch") {
    Switch(argument);
  } else if (name == ":ask") {
    Ask(argument);
  } else if (name == ":mock") {
    Mock(argument);
  } else {
    return false;
  }
  return true;
}

void Console::Mock(const std::string& argument) {
  if (argument.find('=') != std::string::npos) {
    const Session::MockOutcome mocked = session_->SetMock(argument);
    ShowDiagnostics(mocked.diagnostics, mocked.sources);
    if (HasErrors(mocked.diagnostics)) Worsen(ReplEnd::kProgramWrong);
  } else if (!argument.empty()) {
    if (!session_->RemoveMock(argument)) Complain(argument + " is not mocked; :mock lists what is");
  } else {
    for (const std::string& mock : session_->Mocks()) std::printf("%s\n", mock.c_str());
    if (session_->Mocks().empty()) std::printf("nothing is mocked\n");
  }
}

void Console::Undo() {
  const bool undone = session_->Undo();
  if (undone) entries_.pop_back();
  std::printf("%s\n", undone ? "undone" : "nothing to undo");
}

void Console::Switch(const std::string& name) {
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

void Console::Load(const std::string& path) {
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

void Console::Save(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return Complain(path + " is there already");
  std::ofstream out(path);
  for (const std::string& entry : entries_) out << entry << (entry.ends_with('\n') ? "" : "\n");
  out.close();
  if (!out) return Complain("cannot write " + path);
  std::printf("%zu entries in %s\n", entries_.size(), path.c_str());
}

}  // namespace lmp::repl
