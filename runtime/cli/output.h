// What commands print. Standard output belongs to the program that runs (or to the facts that were
// asked for), standard error to everything said about it. Main thread, except WriteOut.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/cli/exit_codes.h"

namespace lmp::cli {

enum class Form { kText, kJson };

// To standard output at once. False once it cannot be written: a closed pipe, a full disk.
bool WriteOut(std::string_view text);
// `code`, or kFile if something written to standard output was lost; says why unless the reader of
// a pipe is gone, which is its own business.
ExitCode FinishOutput(ExitCode code);

// "lmp: message" on standard error, or {"ok": false, "error": {kind, message, exit_code}} on
// standard output. Returns `code`.
ExitCode PrintFailure(ExitCode code, const std::string& message, Form form = Form::kText);
// The same with the code of the status.
ExitCode PrintError(const Status& status, Form form = Form::kText);

// To standard error, coloured when that is a terminal. The number of errors.
int PrintDiagnostics(const std::vector<Diagnostic>& diagnostics,
                     const std::vector<Source>& sources);
// Diagnostics that end a command: rendered, or one JSON object with the list `diagnostics`.
ExitCode PrintWrongProgram(const std::vector<Diagnostic>& diagnostics,
                           const std::vector<Source>& sources, Form form);

// "tokens: prompt 812, cached 640, computed 172, generated 96 (48.2/s), 2.0 s"
std::string StatsLine(const RunStats& stats);

// One line that is written over on a terminal; nothing where nobody watches.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown);
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const CorpusProgress& p);
  // Before something else is written on standard error.
  void Clear();

 private:
  const bool shown_;
  bool drawn_ = false;
  int64_t percent_ = -1;
};

}  // namespace lmp::cli
