// Failures as values: what the `else` of a `try` is given. In programs the record `failure`, which
// every program has that names it.
//
// Plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ir/program.h"
#include "runtime/base/status.h"

namespace lmp::ir {

inline constexpr std::string_view kFailureRecord = "failure";

// Failures of these kinds end the run: no `try` sees them.
bool EndsRun(std::string_view kind);

// The declaration of the record: kind, message, site.
RecordDecl FailureDecl(const TypeTable& types);
// `kind` as docs/LANGUAGE.md lists them; `site` as in reports: "answer.a#0", or the function's
// name.
Value FailureValue(std::string kind, std::string message, std::string site);

// What the `feedback` of a `try` tells the next attempt of a message: the beginning, so that what a
// program can ask stays bounded. At most so many bytes, whole code points.
inline constexpr size_t kFeedbackBytesMax = 2048;
std::string_view FeedbackText(std::string_view message);

// What is known only when it runs: options of a `try`, to how many tokens a text is clipped.
// Errors: InvalidArgument.
Status CheckTryOption(std::string_view name, int64_t value);
Status CheckClipTokens(int64_t tokens);

}  // namespace lmp::ir
