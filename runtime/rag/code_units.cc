#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "runtime/rag/units.h"

namespace lmp::rag {
namespace {

constexpr size_t kDeclarationBytesMax = 120;  // of the line shown above what stands inside it

// A line at the left margin that ends or continues what stands above it.
bool Continues(std::string_view line) {
  static constexpr std::array<std::string_view, 8> kWords = {"end",   "else",    "elif", "except",
                                                             "catch", "finally", "EOF",  "fi"};
  if (std::string_view("})]{").find(line.front()) != std::string_view::npos) return true;
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    return line.starts_with(word) &&
           (line.size() == word.size() ||
            std::string_view(" :{(;\t").find(line[word.size()]) != std::string_view::npos);
  });
}

bool IsComment(std::string_view line) {
  return line.starts_with("//") || line.starts_with("/*") || line.starts_with("#") ||
         line.starts_with("--") || line.starts_with(";") || line.starts_with("*");
}

class CodeParser {
 public:
  explicit CodeParser(std::string_view text) : text_(text), lines_(SplitLines(text)) {}

  std::vector<Unit> Parse() {
    for (size_t i = 0; i < lines_.size(); ++i) {
      const std::string_view line = lines_[i].In(text_);
      if (TrimSpace(line).empty()) {
        Close(i);
      } else {
        Take(i, line);
      }
    }
    Close(lines_.size());
    return std::move(units_);
  }

 private:
  void Take(size_t i, std::string_view line) {
    const bool margin = line.front() != ' ' && line.front() != '\t';
    const bool declares = margin && !Continues(line);
    // A declaration without a blank line before it, unless what stands there is its comment.
    if (open_ && declares && (last_indented_ || last_continues_)) Close(i);
    if (declares && !IsComment(line)) {
      const std::string_view shown =
          line.substr(0, Utf8SafePrefix(line.substr(0, kDeclarationBytesMax)));
      inside_ = std::make_shared<const std::vector<std::string>>(1, std::string(TrimSpace(shown)));
    }
    if (!open_) {
      open_ = true;
      first_ = i;
      cut_ = declares ? CutQuality::kSection : CutQuality::kParagraph;
      path_ = margin ? nullptr : inside_;
    }
    last_indented_ = !margin;
    last_continues_ = margin && !declares;
  }

  void Close(size_t end) {
    if (!open_) return;
    open_ = false;
    units_.push_back({lines_[first_].begin, lines_[end - 1].end, cut_, false, path_});
  }

  const std::string_view text_;
  const std::vector<Line> lines_;
  std::vector<Unit> units_;
  bool open_ = false, last_indented_ = false, last_continues_ = false;
  size_t first_ = 0;  // line of the open unit
  CutQuality cut_ = CutQuality::kParagraph;
  std::shared_ptr<const std::vector<std::string>> path_, inside_;
};

}  // namespace

std::vector<Unit> CodeUnits(std::string_view text) { return CodeParser(text).Parse(); }

}  // namespace lmp::rag
