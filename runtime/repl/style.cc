#include "runtime/repl/style.h"

#include <unistd.h>

#include <cstdlib>

namespace lmp::repl {

bool HasColors() {
  const char* no = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool unwanted = no != nullptr && *no != 0;
  const bool plain = terminal == nullptr || *terminal == 0 || std::string_view(terminal) == "dumb";
  return !unwanted && !plain && isatty(STDOUT_FILENO) != 0;
}

std::string Painted(std::string_view text, std::string_view kind, bool colors) {
  const char* color = "";
  if (kind == "role") color = "\033[90m";       // grey
  if (kind == "static") color = "\033[36m";     // cyan
  if (kind == "generated") color = "\033[32m";  // green
  if (kind == "forced") color = "\033[33m";     // yellow
  if (kind == "keyword") color = "\033[35m";    // magenta
  if (kind == "string") color = "\033[32m";
  if (kind == "number") color = "\033[36m";
  if (kind == "comment") color = "\033[90m";
  if (!colors || *color == 0) return std::string(text);
  return color + std::string(text) + "\033[0m";
}

}  // namespace lmp::repl
