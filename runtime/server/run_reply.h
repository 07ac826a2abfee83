// What is said of programs and runs, as JSON: functions, usage, failures, events of streams.
//
// Includes the JSON library: only .cc files include this header. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/server/service.h"

namespace lmp::server {

Json OrNull(std::string_view text);  // null if empty
Json UsageJson(const RunStats& stats);
// Of a run that failed: its status and `code`, and OpenAI's error object with `place` and the
// usage.
int StatusOf(const RunFailure& failure);
std::string_view CodeOf(const RunFailure& failure);
// `folder`: of the program; clients are not told where it is.
Json FailureJson(const RunReport& report, std::string_view folder = "");
// "rag.lmp:12:3" of "/srv/programs/rag.lmp:12:3".
std::string_view PlaceInFile(std::string_view place);
// An event of a stream, with its blank line.
std::string Event(std::string_view name, const Json& data);
// `text` of what is emitted, else `generated`.
std::string PieceEvent(const TextPiece& piece, bool emitted);
// As GET /v1/programs has it.
Json FunctionJson(const FunctionSummary& function);

}  // namespace lmp::server
