// Where the lines of a formatted program break.
//
// Each item, statement, field, member and arm begins a line. It stays on one line if it fits there
// and nothing in it asks for more: a comment, a block string, a block of several statements or one
// that its author put on lines of its own. Otherwise its blocks are opened, and lines still too
// long are broken behind commas. Where commas do not help, the line breaks of the author stay.
// A trailing comma, or a comment, puts each element of a list on its own line.
//
// What decides is the tokens, and of the source's layout only what the result has again: that is
// why a second formatting changes nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontend/format_pieces.h"

namespace lmp::frontend {

// The text of the pieces of MakePieces, with a line break at its end. Line breaks are "\n".
std::string LayOut(const std::vector<Piece>& pieces);

// A block string whose lines begin at column `indent`, or as it is where moving its lines could
// change its value.
std::string Reindented(std::string_view string, size_t indent);

}  // namespace lmp::frontend
