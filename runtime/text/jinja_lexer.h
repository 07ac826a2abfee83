// Splits a chat template into text, and the words of {{ }} and {% %}. Trimming as Hugging Face sets
// it: trim_blocks and lstrip_blocks. Pure, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::text::jinja {

struct Word {
  enum class Kind {
    kText,        // outside of brackets
    kPrintBegin,  // {{
    kPrintEnd,
    kBlockBegin,  // {%
    kBlockEnd,
    kName,
    kString,
    kInt,
    kFloat,
    kSign,  // an operator or a bracket
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  size_t line = 0;
};

// Ends with kEnd. Errors: Unsupported with the line.
Result<std::vector<Word>> SplitWords(std::string_view source);

}  // namespace lmp::text::jinja
