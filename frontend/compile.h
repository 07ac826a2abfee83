// The front end's door: program text -> verified IR program and diagnostics.
//
// Compile parses, checks and lowers one file with all that it imports. Every mistake of the user is
// a Diagnostic (one per mistake, sorted by place); no text makes it throw or crash. `program` is
// there iff no diagnostic is an error. Pure functions and values: any thread.
//
// What lowering leaves to the run time: `config` stays in Program::config (the run time applies
// temp, top_p, ... to a `gen` that names none). A function is effectful iff it or a callee emits.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/mock.h"
#include "ir/program.h"
#include "runtime/base/diagnostic.h"
#include "runtime/base/status.h"

namespace lmp::frontend {

struct CompileOptions {
  bool lints = true;
  // Tests become functions of the program. (Without this they are checked and left out.)
  bool tests = false;
  // Reads the files that a program imports or takes text from (`file`), by their paths as seen from
  // where the first one is. Null: both are refused. Errors: any; the message is shown there.
  std::function<Result<std::string>(const std::string& path)> read = {};
  // Of pieces of the REPL: what is mocked while they run, each as `reply = "yes"`. The target is
  // that of a `mock` in a test, or what a piece itself generates; a piece that does not passes over
  // the latter.
  std::vector<std::string> mocks = {};
};

struct CompileResult {
  ir::ProgramRef program;           // null on errors
  std::vector<ir::TestCase> tests;  // with CompileOptions::tests, in the order of the file
  std::vector<Diagnostic> diagnostics;
  std::vector<Source> sources;  // what the spans name
};

// `name` is the file's name as diagnostics print it.
CompileResult Compile(std::string name, std::string text, const CompileOptions& options = {});

struct ReplPiece;

// The state of a REPL: declarations, variables, and one context that goes on from piece to piece.
// An immutable value: undo is keeping the session of before.
//
// A piece that has something to run becomes a function. Its arguments are the leading fields of the
// record that the last run piece returned (none for the first piece); it returns a record of
//   the context, the variables of `next` in order, and the value of the piece if it has one.
// So whoever runs pieces keeps that record and never looks inside, except for the last field.
// Take `next` only after the piece has run; a failed run leaves the session as it was.
class ReplSession {
 public:
  struct Variable {
    std::string name;
    std::string type;  // as the user writes it: "int(1..5)"
    bool is_var = false;
  };

  ReplSession();
  ReplPiece Compile(std::string text, const CompileOptions& options = {}) const;
  std::vector<Variable> variables() const;
  // Names of the declared functions, records, enums and constants.
  std::vector<std::string> declared() const;
  // How the last word of an unfinished text may go on: names of the session, fields, members of
  // enums and modules, words of the language. Nothing inside a string, a comment or a number.
  struct Completion {
    size_t begin = 0;                // of the word, in bytes
    std::vector<std::string> words;  // whole words, sorted
  };
  Completion Complete(std::string_view text) const;

  struct State;  // frontend/repl_state.h

 private:
  explicit ReplSession(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

struct ReplPiece {
  bool incomplete = false;      // a bracket or a string is still open: ask for another line
  ir::ProgramRef program;       // null on errors and while incomplete
  std::string function;         // what to run; empty if the piece only declares
  size_t argument_count = 0;    // how many leading fields of the last record it takes
  bool has_value = false;       // the result's last field is the value of an expression
  std::vector<ir::Mock> mocks;  // CompileOptions::mocks, as the run takes them
  ReplSession next;
  std::vector<Diagnostic> diagnostics;
  std::vector<Source> sources;
  uint32_t source = 0;  // which of them is the piece
};

}  // namespace lmp::frontend
