// Which pieces are control pieces beyond those that the file says are. Files of models that were
// made of others often call the marks of their roles user-defined; then text would become them
// (R4).
//
// Pure functions, any thread.
#pragma once

#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/chat_probe.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

// "<...>" or "[...]".
bool IsMark(std::string_view piece);

// What the file puts around messages: as it declares it, else as its template does. `present` is
// false where it has neither. Errors: Unsupported, the template is no concatenation of messages.
Result<ProbedChat> ReadChat(const TokenizerSpec& spec);

// Makes control pieces of bos, eos, eot, and of the user-defined pieces that stand in what is put
// around messages; where that cannot be told, of those like "<|name|>" in the template's text. Only
// pieces that look like marks, "<...>" or "[...]": a line break in a header stays text.
void SealControlPieces(TokenizerSpec* spec);

}  // namespace lmp::text
