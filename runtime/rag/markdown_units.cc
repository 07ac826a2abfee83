#include <algorithm>

#include "runtime/rag/units.h"

namespace lmp::rag {
namespace {

using Path = std::shared_ptr<const std::vector<std::string>>;

size_t IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The level of an ATX heading, 0 if the line is none.
size_t HeadingLevel(std::string_view line) {
  const size_t indent = IndentOf(line);
  if (indent > 3) return 0;
  line.remove_prefix(indent);
  const size_t level = std::min(line.find_first_not_of('#'), line.size());
  if (level == 0 || level > 6) return 0;
  return level == line.size() || line[level] == ' ' || line[level] == '\t' ? level : 0;
}

std::string HeadingText(std::string_view line) {
  line = TrimSpace(line);
  while (!line.empty() && line.front() == '#') line.remove_prefix(1);
  while (!line.empty() && line.back() == '#') line.remove_suffix(1);
  return std::string(TrimSpace(line));
}

// 1 or 2 if the line underlines a heading.
size_t UnderlineLevel(std::string_view line) {
  if (IndentOf(line) > 3) return 0;
  line = TrimSpace(line);
  if (line.empty() || line.find_first_not_of(line.front()) != std::string_view::npos) return 0;
  return line.front() == '=' ? 1 : line.front() == '-' ? 2 : 0;
}

struct Fence {
  char mark = 0;
  size_t length = 0;  // 0: not a fence
};

Fence FenceOf(std::string_view line) {
  const size_t indent = IndentOf(line);
  if (indent > 3 || indent == line.size()) return {};
  line.remove_prefix(indent);
  const char mark = line.front();
  if (mark != '`' && mark != '~') return {};
  const size_t length = std::min(line.find_first_not_of(mark), line.size());
  if (length < 3) return {};
  // "```a```" is code inside a paragraph.
  if (mark == '`' && line.find('`', length) != std::string_view::npos) return {};
  return {mark, length};
}

bool ClosesFence(std::string_view line, const Fence& fence) {
  const Fence other = FenceOf(line);
  return other.mark == fence.mark && other.length >= fence.length &&
         TrimSpace(line).find_first_not_of(fence.mark) == std::string_view::npos;
}

// "|---|:-:|": what makes the lines around it a table.
bool IsTableRule(std::string_view line) {
  line = TrimSpace(line);
  return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

class MarkdownParser {
 public:
  explicit MarkdownParser(std::string_view text) : text_(text), lines_(SplitLines(text)) {}

  std::vector<Unit> Parse() {
    size_t i = FrontMatterEnd();
    if (i > 0) AddLines(0, i, CutQuality::kSection);
    while (i < lines_.size()) i = ParseAt(i);
    return std::move(units_);
  }

 private:
  std::string_view At(size_t i) const { return lines_[i].In(text_); }
  bool Blank(size_t i) const { return TrimSpace(At(i)).empty(); }

  // Lines of a leading "---" ... "---"; 0 without one.
  size_t FrontMatterEnd() const {
    if (lines_.empty() || At(0) != "---") return 0;
    for (size_t i = 1; i < lines_.size(); ++i) {
      if (At(i) == "---" || At(i) == "...") return i + 1;
    }
    return 0;
  }

  // Adds the unit that begins at line i, or skips a blank line. Returns the line behind it.
  size_t ParseAt(size_t i) {
    if (Blank(i)) return i + 1;
    if (const size_t level = HeadingLevel(At(i)); level > 0) {
      AddHeading(level, i, i + 1);
      return i + 1;
    }
    if (const Fence fence = FenceOf(At(i)); fence.length > 0) {
      size_t end = i + 1;
      while (end < lines_.size() && !ClosesFence(At(end), fence)) ++end;
      end = std::min(end + 1, lines_.size());
      AddLines(i, end, CutQuality::kParagraph);
      return end;
    }
    return ParseParagraph(i);
  }

  size_t ParseParagraph(size_t i) {
    size_t end = i + 1;
    const bool table = end < lines_.size() && IsTableRule(At(end));
    while (end < lines_.size() && !Blank(end) && HeadingLevel(At(end)) == 0 &&
           FenceOf(At(end)).length == 0) {
      if (const size_t level = UnderlineLevel(At(end)); level > 0 && !table) {
        // The line above the rule is the heading; "---" below a longer paragraph is one too.
        AddHeading(level, i, end + 1);
        return end + 1;
      }
      ++end;
    }
    AddLines(i, end, CutQuality::kParagraph);
    return end;
  }

  void AddLines(size_t first, size_t end, CutQuality cut) {
    units_.push_back({lines_[first].begin, lines_[end - 1].end, cut, false, path_});
  }

  void AddHeading(size_t level, size_t first, size_t end) {
    while (!levels_.empty() && levels_.back() >= level) {
      levels_.pop_back();
      names_.pop_back();
    }
    SharePath();
    units_.push_back({lines_[first].begin, lines_[end - 1].end, CutQuality::kSection, true, path_});
    levels_.push_back(level);
    names_.push_back(HeadingText(At(first)));
    SharePath();
  }

  void SharePath() {
    path_ = names_.empty() ? Path() : std::make_shared<const std::vector<std::string>>(names_);
  }

  const std::string_view text_;
  const std::vector<Line> lines_;
  std::vector<size_t> levels_;  // of the headings above, ascending
  std::vector<std::string> names_;
  Path path_;
  std::vector<Unit> units_;
};

}  // namespace

std::vector<Unit> MarkdownUnits(std::string_view text) { return MarkdownParser(text).Parse(); }

}  // namespace lmp::rag
