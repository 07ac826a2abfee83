// Modules: the texts that one program is made of, found through its imports. Unit 0 is the file
// that is compiled; each file and each module of std is read once, however often it is imported.
//
// A module's declarations are known to others as `alias.name`. In the IR they have the module's own
// name in front ("rag.answer"), which is its file's stem, with a number where two modules share
// one: aliases change no program.
//
// Values; one compilation, one thread.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/model.h"
#include "frontend/parse.h"
#include "frontend/report.h"
#include "runtime/base/status.h"

namespace lmp::frontend {

// Reads a file that a program imports; null where there are no files.
using ReadImport = std::function<Result<std::string>(const std::string& path)>;

using Imports = std::map<uint32_t, std::optional<uint32_t>>;  // of one text: ParsedText::imports

struct LoadedTexts {
  uint32_t first = 0;              // the number of the first unit
  std::deque<Source> sources;      // of all units, in order
  std::deque<ParseResult> parsed;  // of the same
  std::vector<std::string> prefixes;
  std::deque<Imports> imports;
};

// Parses the first text and all that it imports. Mistakes in the imports themselves (no such file,
// a cycle) go to the report.
LoadedTexts LoadTexts(std::string name, std::string text, const ReadImport& read, Report* report);

// What a piece of the REPL imports; its files are looked for where the process runs. The units get
// numbers from `first` on, and no prefix that is taken. A module of std that earlier pieces have
// imported is in `known` ("std.rag"); a file is read anew, since it may have changed.
struct PieceImports {
  Imports imports;  // of the piece
  LoadedTexts texts;
};
PieceImports LoadImports(const ast::File& piece, uint32_t first,
                         const std::map<std::string, uint32_t>& known,
                         const std::vector<std::string>& taken, const ReadImport& read,
                         Report* report);

}  // namespace lmp::frontend
