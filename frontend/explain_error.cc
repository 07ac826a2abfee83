#include "frontend/explain_error.h"

#include <algorithm>

#include "frontend/error_texts.h"
#include "frontend/report.h"
#include "runtime/base/check.h"
#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

std::string SummaryFor(std::string_view code) {
  static constexpr Mistake kAll[] = {
#define LMP_DIAGNOSTIC(code, name, summary) Mistake::k##name,
#include "frontend/diagnostics.def"
  };
  for (const Mistake mistake : kAll) {
    if (CodeOf(mistake) == code) return std::string(SummaryOf(mistake));
  }
  return "";
}

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(std::min(text.find_first_not_of('\n'), text.size()));
}

// "## CODE" or "## CODE: summary", text, and blocks "```lmp wrong", "```lmp with FILE", "```lmp
// right".
void ReadFile(std::string_view file, std::vector<ErrorText>* texts) {
  std::string* into = nullptr;
  for (const std::string& line : SplitText(file, '\n')) {
    if (line.starts_with("## ")) {
      const size_t colon = std::min(line.find(": "), line.size());
      ErrorText& text = texts->emplace_back();
      text.code = line.substr(3, colon - 3);
      text.summary = colon < line.size() ? line.substr(colon + 2) : SummaryFor(text.code);
      into = &text.text;
      continue;
    }
    if (texts->empty()) continue;
    ErrorText& text = texts->back();
    if (line == "```lmp wrong") {
      into = &text.wrong;
    } else if (line == "```lmp right") {
      into = &text.right;
    } else if (line.starts_with("```lmp with ")) {
      into = &text.others[line.substr(12)];
    } else if (line == "```") {
      into = &text.text;
    } else {
      *into += line + "\n";
    }
  }
}

}  // namespace

const std::vector<ErrorText>& ErrorTexts() {
  static const std::vector<ErrorText> all = [] {
    std::vector<ErrorText> texts;
    for (const std::string_view file : ErrorTextFiles()) ReadFile(file, &texts);
    for (ErrorText& text : texts) text.text = Trimmed(std::move(text.text));
    std::sort(texts.begin(), texts.end(),
              [](const ErrorText& a, const ErrorText& b) { return a.code < b.code; });
    return texts;
  }();
  return all;
}

const ErrorText* FindErrorText(std::string_view code) {
  for (const ErrorText& text : ErrorTexts()) {
    if (text.code == code) return &text;
  }
  return nullptr;
}

}  // namespace lmp::frontend
