// POST /v1/answer: a question and passages in, a cited answer out (runtime/api/answer.h).
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "runtime/server/service.h"

namespace lmp::server {

inline constexpr size_t kAnswerPassagesMax = 1000;        // as of one `retrieve`
inline constexpr size_t kAnswerTextBytesMax = 64u << 10;  // a passage, the question: 16k tokens
inline constexpr size_t kAnswerNameBytesMax = 256;        // an id; a document, as stores take it

// `caller`: whose request it is. Any thread.
std::variant<Reply, RunAsk> ReadAnswer(std::string_view body, const Caller& caller);

}  // namespace lmp::server
