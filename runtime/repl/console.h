// One interactive session: what its lines do. console.cc reads them and enters what is LMP,
// commands.cc changes the session, looking.cc shows it, questions.cc asks documents.
//
// One thread; a signal reaches the session from another.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/repl/line_reader.h"
#include "runtime/repl/repl.h"

namespace lmp::repl {

class Console {
 public:
  Console(Engine* engine, const ReplOptions& options);
  ReplEnd Run();

 private:
  class Output;

  // console.cc. False when the session shall end.
  bool OnLine(const std::string& line);
  bool OnInterrupt();
  std::string AsCommand(const std::string& line) const;
  void OnEnd();
  void EnterEntry();
  // Enters a text and shows what comes of it; false if it asks for more lines.
  bool Enter(const std::string& text);
  ReplEnd Print(const Session::Outcome& outcome) const;
  void ShowDiagnostics(const std::vector<Diagnostic>& diagnostics,
                       const std::vector<Source>& sources) const;
  void Note(const std::string& text, const Session::Outcome& outcome);
  void Complain(const std::string& what);
  void Worsen(ReplEnd end) { worst_ = worst_ < end ? end : worst_; }
  LineReader::Choices Complete(const std::string& line) const;
  // A line of an entry in colours; "" of what is none.
  std::string Paint(const std::string& line) const;

  // commands.cc. True if the line is a command; inside an unfinished entry only exact words are.
  bool DoCommand(const std::string& line);
  // False if there is none of that name.
  bool DoWithArgument(const std::string& name, const std::string& argument);
  void Mock(const std::string& argument);
  void Undo();
  void Switch(const std::string& name);
  void Load(const std::string& path);
  void Save(const std::string& path);

  // looking.cc
  bool DoLooking(const std::string& name, const std::string& argument);
  void ShowType(const std::string& expression);
  void ShowWhy() const;
  void ShowTokens() const;
  void ShowCost(const std::string& function);
  void ShowContext() const;
  void ShowCache(const std::string& argument);
  void ShowIr();
  void ShowPlan();
  void ShowModel() const;

  // questions.cc. False if the documents cannot be asked.
  bool OpenDocuments();
  bool IsQuestion(const std::string& line) const;
  void Ask(const std::string& question);

  Engine* const engine_;
  const ReplOptions& options_;
  const bool colors_;
  const std::unique_ptr<Session> session_;  // a Ctrl-C reaches for it from another thread
  LineReader reader_;
  std::string entry_;                 // lines so far of an unfinished entry
  std::vector<std::string> entries_;  // that count, one per point of the session
  struct Kept {
    std::unique_ptr<Session> session;
    std::vector<std::string> entries;
  };
  std::map<std::string, Kept> kept_;
  std::string documents_;  // the name of the corpus that questions go to; "": none
  bool documents_read_ = false;
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

}  // namespace lmp::repl
