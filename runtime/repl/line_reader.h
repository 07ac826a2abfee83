// Lines of the interactive session: from a terminal with editing and history, or from a pipe or
// file as they are. A wait for a line can be ended from another thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

struct editline;
struct history;

namespace lmp::repl {

class LineReader {
 public:
  // How a line may go on where the cursor is: `words` for what stands from byte `begin`.
  struct Choices {
    size_t begin = 0;
    std::vector<std::string> words;
  };
  // Both are asked on the thread of Read: how the line up to the cursor may go on, and what a whole
  // line looks like once it is entered ("": as it is). The latter's width is that of the line.
  LineReader(std::function<Choices(const std::string& line)> complete,
             std::function<std::string(const std::string& line)> paint);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  bool terminal() const { return edit_ != nullptr; }
  enum class Got { kLine, kEnd, kInterrupted };
  enum class Prompt { kEntry, kContinued, kListening };
  // A line keeps its line break; the last of a file may have none. `unwanted` (nullable) is asked
  // while it waits, and ends it as an interrupt does; of a pipe nothing that was read is lost then.
  // Lines for who listens are not completed and not painted.
  Got Read(Prompt prompt, std::string* line, const std::function<bool()>& unwanted = {});
  // For the next Read, or the one that waits. Any thread.
  void Interrupt();
  // Forgets an Interrupt that no Read has seen.
  void ClearInterrupt();
  void Remember(const std::string& piece);

 private:
  static const char* PromptText(editline* edit);
  static int ReadCharacter(editline* edit, wchar_t* out);
  static unsigned char OnTab(editline* edit, int key);
  static unsigned char OnEnter(editline* edit, int key);
  unsigned char Complete();
  void Paint();
  // False at the end of input or when interrupted, which sets interrupted_.
  bool ReadByte(char* byte);
  Got ReadPlain(std::string* line);

  const std::function<Choices(const std::string& line)> complete_;
  const std::function<std::string(const std::string& line)> paint_;
  editline* edit_ = nullptr;
  struct history* history_ = nullptr;
  std::string history_path_;
  const char* prompt_text_ = "";
  Prompt prompt_ = Prompt::kEntry;
  std::function<bool()> unwanted_;
  int wake_[2] = {-1, -1};
  bool interrupted_ = false;
  std::string buffer_;  // read, not yet handed out
  size_t at_ = 0;
};

}  // namespace lmp::repl
