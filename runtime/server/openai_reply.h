// What OpenAI's clients are told: whole answers, and the chunks of streams.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/server/openai_request.h"

namespace lmp::server {

// Of all requests of the call, in order; all have ended.
Reply CompletionReply(const CompletionCall& call,
                      const std::vector<const CompletionReport*>& reports);
// Events of a stream, with their blank lines. `choice` counts over all requests.
//   first   chat: who speaks; text: the prompt, where it is wanted. Before any other of the choice,
//   in
//           the order of choices
//   last    without text: how it ended
// `text_offset` (completions): characters of the choice before this piece.
std::string FirstChunk(const CompletionCall& call, size_t choice);
std::string PieceChunk(const CompletionCall& call, size_t choice, const CompletionPiece& piece,
                       size_t text_offset);
std::string FinishChunk(const CompletionCall& call, size_t choice, std::string_view finish);
// The usage, if it is wanted, or what failed; and the end.
std::string LastChunks(const CompletionCall& call,
                       const std::vector<const CompletionReport*>& reports);
// What stands before the choice's text.
std::string EchoOf(const CompletionCall& call, size_t choice);
// Characters of UTF-8.
size_t CharacterCount(std::string_view text);

}  // namespace lmp::server
