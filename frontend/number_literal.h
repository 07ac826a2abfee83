// The values of number tokens, and what numbers of other languages are in LMP. What does not fit is
// reported and read as 0. Pure but for the diagnostics, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

// `negative`: a minus stands before the token, which then may be one larger.
int64_t ReadInt(std::string_view token, bool negative, const Span& span,
                std::vector<Diagnostic>* diagnostics);
// 9223372036854775808, an int only behind a minus.
bool IsLeastInt(std::string_view token);
double ReadFloat(std::string_view token, const Span& span, std::vector<Diagnostic>* diagnostics);
// In milliseconds.
int64_t ReadDuration(std::string_view token, const Span& span,
                     std::vector<Diagnostic>* diagnostics);

// "255" for "0xff", "1.0e5" for "1e5", "10" for "10L"; empty where the digits mean no number that
// fits.
std::string PlainNumber(const std::string& digits);

}  // namespace lmp::frontend
