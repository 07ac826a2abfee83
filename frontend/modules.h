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

struct LoadedTexts {
  std::deque<Source> sources;      // of all units, in order
  std::deque<ParseResult> parsed;  // of the same
  std::vector<std::string> prefixes;
  std::vector<std::map<uint32_t, std::optional<uint32_t>>> imports;
};

// Parses the first text and all that it imports. Mistakes in the imports themselves (no such file,
// a cycle) go to the report.
LoadedTexts LoadTexts(std::string name, std::string text, const ReadImport& read, Report* report);

}  // namespace lmp::frontend
