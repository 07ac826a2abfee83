// Every code of a diagnostic has a text; its wrong program gives that code alone, its right one
// nothing.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "frontend/explain_error.h"
#include "frontend/report.h"
#include "runtime/api/lmp.h"

namespace lmp {
namespace {

// No short program shows these.
const std::set<std::string> kWithoutProgram = {"E0103", "E0113", "E0114", "E0324",
                                               "E0325", "E0331", "E0701", "E0705",
                                               "E0707", "E0708", "E0800", "E0801"};

// A folder with the files of one text.
class Folder {
 public:
  Folder() {
    path_ = std::filesystem::temp_directory_path() / "lmp_explain_XXXXXX";
    std::string name = path_.string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string Write(const std::string& file, const std::string& text) const {
    std::ofstream(path_ / file) << text;
    return (path_ / file).string();
  }

 private:
  std::filesystem::path path_;
};

// Codes of all diagnostics, with those of tests in the file.
std::set<std::string> CodesOf(const std::string& path, const std::string& text) {
  std::set<std::string> codes;
  for (const Diagnostic& d : Compile(path, text).diagnostics) codes.insert(d.code);
  for (const Diagnostic& d : RunTests(path, text).diagnostics) codes.insert(d.code);
  return codes;
}

TEST_CASE("every code has a text") {
  for (const frontend::Mistake mistake : {
#define LMP_DIAGNOSTIC(code, name, summary) frontend::Mistake::k##name,
#include "frontend/diagnostics.def"
       }) {
    const std::string code(frontend::CodeOf(mistake));
    INFO("frontend/errors/*.md lacks ", code);
    CHECK(frontend::FindErrorText(code) != nullptr);
  }
  std::set<std::string> seen;
  for (const frontend::ErrorText& text : frontend::ErrorTexts()) {
    CAPTURE(text.code);
    CHECK(seen.insert(text.code).second);
    CHECK(!text.summary.empty());
    CHECK(!text.text.empty());
    CHECK(text.wrong.empty() == text.right.empty());
    CHECK(text.wrong.empty() == kWithoutProgram.contains(text.code));
  }
}

TEST_CASE("the wrong programs have their mistake and no other, the right ones none") {
  for (const frontend::ErrorText& text : frontend::ErrorTexts()) {
    if (text.wrong.empty()) continue;
    CAPTURE(text.code);
    const Folder folder;
    for (const auto& [file, other] : text.others) folder.Write(file, other);
    const std::string wrong = folder.Write("main.lmp", text.wrong);
    CHECK(CodesOf(wrong, text.wrong) == std::set<std::string>{text.code});
    const std::string right = folder.Write("right.lmp", text.right);
    CHECK(CodesOf(right, text.right) == std::set<std::string>{});
  }
}

TEST_CASE("explain-error finds codes however they are written, and names those that are near") {
  const Result<std::string> text = ExplainError("E0340");
  REQUIRE(text.ok());
  CHECK(text->starts_with("E0340: "));
  CHECK(text->find("\nWrong:\n\n  fn main") != std::string::npos);
  CHECK(text->find("\nRight:\n\n  fn main") != std::string::npos);
  CHECK(ExplainError("e340").value() == *text);
  CHECK(ExplainError("l101").ok());
  CHECK(ExplainError("E0341").status().message() ==
        "there is no code \"E0341\"; near it are E0340; `lmp explain-error` lists all");
  CHECK(ExplainError("nonsense").status().message() ==
        "there is no code \"nonsense\"; `lmp explain-error` lists all");
  CHECK(ErrorSummaries().size() == frontend::ErrorTexts().size());
}

}  // namespace
}  // namespace lmp
