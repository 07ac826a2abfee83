// ExplainError of lmp.h.
#include <algorithm>
#include <cctype>

#include "frontend/explain_error.h"
#include "frontend/report.h"
#include "runtime/api/lmp.h"
#include "runtime/base/text.h"

namespace lmp {

namespace {

std::string Indented(const std::string& program) {
  std::string out;
  for (const std::string& line : SplitText(program, '\n'))
    out += line.empty() ? "\n" : "  " + line + "\n";
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

// "e340", "340", "E0340": codes have four digits behind E, three behind L.
std::string Normal(std::string_view given) {
  std::string code;
  for (const char c : given) code += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (code.starts_with("E") && code.size() == 4) code.insert(1, "0");
  return code;
}

}  // namespace

Result<std::string> ExplainError(std::string_view given) {
  const std::string code = Normal(given);
  const frontend::ErrorText* found = frontend::FindErrorText(code);
  if (found == nullptr) {
    // The codes that begin alike, else those that are spelt almost so.
    std::string near;
    size_t count = 0;
    for (size_t same = code.size(); same > 1 && near.empty(); --same) {
      for (const frontend::ErrorText& text : frontend::ErrorTexts()) {
        if (text.code.starts_with(code.substr(0, same)) && ++count <= 8)
          near += (near.empty() ? "" : ", ") + text.code;
      }
    }
    return NotFound("there is no code " + QuoteText(given.substr(0, 40)) +
                    (near.empty() ? "" : "; near it are " + near + (count > 8 ? ", ..." : "")) +
                    "; `lmp explain-error` lists all");
  }
  std::string out = found->code + ": " + found->summary + "\n\n" + found->text + "\n";
  if (found->wrong.empty()) return out;
  out += "\nWrong:\n\n" + Indented(found->wrong);
  for (const auto& [file, text] : found->others) out += "\nwith " + file + "\n\n" + Indented(text);
  return out + "\nRight:\n\n" + Indented(found->right);
}

std::vector<ErrorSummary> ErrorSummaries() {
  std::vector<ErrorSummary> out;
  for (const frontend::ErrorText& text : frontend::ErrorTexts())
    out.push_back({text.code, text.summary});
  return out;
}

}  // namespace lmp
