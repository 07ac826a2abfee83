// The exit codes of every command, worst last: a command that does several things ends with the
// greatest code it met. `lmp --help` prints this table and docs/CLI.md has it.
#pragma once

#include <string_view>

#include "runtime/api/lmp.h"

namespace lmp::cli {

enum ExitCode {
  kDone = 0,
  kProgramWrong = 1,  // diagnostics that are errors (with --deny also lints)
  kUsage = 2,         // the command line, or arguments of the run
  kFile = 3,          // a file, the model or the output; something this machine cannot do
  kRunFailed = 4,     // the run ended with a failure
  kInternal = 5,      // a fault of LMP
  kInterrupted = 130  // Ctrl-C or SIGTERM
};

ExitCode ExitCodeOf(const Status& status);
ExitCode ExitCodeOf(const RunReport& report);
// "usage": what --json calls the code.
std::string_view KindOf(ExitCode code);
// The table as text, for --help.
std::string_view ExitCodeTable();

}  // namespace lmp::cli
