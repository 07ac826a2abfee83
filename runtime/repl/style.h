// Colours on terminals that have them. Text says the same without.
#pragma once

#include <string>
#include <string_view>

namespace lmp::repl {

// True if standard output is a terminal with colours and its user wants them (NO_COLOR, TERM).
bool HasColors();

// `text` in the colour of a kind of context text (ContextPart) or of a part of an entry
// (ColoredPart), if `colors`.
std::string Painted(std::string_view text, std::string_view kind, bool colors);

}  // namespace lmp::repl
