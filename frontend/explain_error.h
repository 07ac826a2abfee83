// What the codes of diagnostics mean, for `lmp explain-error`: the texts of frontend/errors/*.md,
// built in. Each has a wrong program with that code alone and a right one, where a program can show
// it; tests/unit/api_explain_error_test.cc compiles all of them.
//
// Constant; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmp::frontend {

struct ErrorText {
  std::string code;                           // "E0340"
  std::string summary;                        // one line
  std::string text;                           // a paragraph or two
  std::string wrong, right;                   // programs; both empty where no short one shows it
  std::map<std::string, std::string> others;  // files that the wrong one imports
};

// In order of code.
const std::vector<ErrorText>& ErrorTexts();
// Null if there is none.
const ErrorText* FindErrorText(std::string_view code);

}  // namespace lmp::frontend
