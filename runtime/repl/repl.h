// The interactive session: statements and expressions over one context, line editing and history on
// a terminal, plain lines otherwise (so that `lmp repl < file` is a transcript).
#pragma once

#include <functional>
#include <string>

#include "runtime/api/lmp.h"

namespace lmp::repl {

// What the worst entry came to, worst last. On a terminal mistakes are part of the work: kDone.
enum class ReplEnd { kDone, kProgramWrong, kRunFailed, kInternal, kInterrupted };

struct ReplOptions {
  RunOptions run;
  std::string documents;  // a folder, file or corpus to be asked; "": none
  // Once they have been read, as RunOptions::on_corpus told. Nullable.
  std::function<void()> on_documents_read = {};
};

// Reads standard input until its end or :quit. Ctrl-C drops an unfinished entry, ends a generation,
// and ends a session that reads no terminal.
ReplEnd RunRepl(Engine* engine, const ReplOptions& options);

}  // namespace lmp::repl
