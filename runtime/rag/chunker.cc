#include "runtime/rag/chunker.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/rag/units.h"
#include "runtime/text/unicode_class.h"

namespace lmp::rag {
namespace {

constexpr uint64_t kAnchorOneIn = 4;  // of the paragraphs, one so many attracts a cut

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// FNV-1a: only chooses places to cut, so that the same paragraph is chosen wherever it stands.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash ^ (hash >> 32);
}

// The longest prefix of at most `tokens`, at least one character, ended behind a white space if one
// is in its second half.
size_t PrefixWithin(std::string_view text, size_t tokens, const TokenCount& count) {
  size_t size = std::min(text.size(), tokens * 6);
  const auto fit = [&](size_t at) { return Utf8SafePrefix(text.substr(0, at)); };
  size = fit(size);
  while (size > 4 && count(text.substr(0, size)) > tokens) size = fit(size / 2);
  if (size == 0) {
    size = 1;
    while (size < text.size() && (text[size] & '\xC0') == '\x80') ++size;
  }
  if (size == text.size()) return size;
  for (size_t at = size; at > size / 2; --at) {
    if (IsSpace(text[at - 1])) return at;
  }
  return size;
}

// The end of the sentence at the start of `text`, with the white space behind it, if it ends within
// `reach` bytes.
size_t SentenceEnd(std::string_view text, size_t reach) {
  for (size_t i = 0; i + 1 < std::min(text.size(), reach); ++i) {
    if ((text[i] == '.' || text[i] == '!' || text[i] == '?') && IsSpace(text[i + 1])) return i + 2;
  }
  return text.size();
}

class Packer {
 public:
  Packer(std::string_view text, const ChunkLimits& limits, const TokenCount& count)
      : text_(text), limits_(limits), count_(count) {}

  std::vector<Chunk> Pack(std::vector<Unit> units) {
    for (Unit& unit : units) AddUnit(std::move(unit));
    for (size_t first = 0; first < units_.size();) {
      const size_t end = CutAfter(first);
      first = Emit(first, end);
    }
    return std::move(chunks_);
  }

 private:
  struct Counted {
    Unit unit;
    size_t tokens;
  };

  std::string_view Slice(size_t begin, size_t end) const {
    return text_.substr(begin, end - begin);
  }

  // The headings of a path that fit a quarter of a chunk, innermost first to stay.
  const std::string& HeadingOf(const Unit& unit) {
    if (unit.path == heading_path_ && heading_known_) return heading_;
    heading_path_ = unit.path;
    heading_known_ = true;
    heading_.clear();
    if (unit.path != nullptr) {
      const size_t most = limits_.tokens / 4;
      for (size_t i = unit.path->size(); i-- > 0;) {
        const std::string longer =
            heading_.empty() ? (*unit.path)[i] : (*unit.path)[i] + " > " + heading_;
        if (count_(longer + "\n\n") > most) break;
        heading_ = longer;
      }
    }
    heading_tokens_ = heading_.empty() ? 0 : count_(heading_ + "\n\n");
    return heading_;
  }

  // Tokens of fresh text in a chunk that begins with this unit.
  size_t Budget(const Unit& unit) {
    HeadingOf(unit);
    return limits_.tokens - std::min(limits_.tokens / 2, limits_.overlap) - heading_tokens_;
  }

  // Takes a unit; one that is too long is divided into lines, sentences, words, characters.
  void AddUnit(Unit unit) {
    const size_t budget = Budget(unit);
    const std::string_view slice = Slice(unit.begin, unit.end);
    // A unit of very many bytes needs no count to be called long.
    const size_t tokens = slice.size() > budget * 64 ? budget + 1 : count_(slice);
    if (tokens <= budget) {
      units_.push_back({std::move(unit), tokens});
      return;
    }
    for (const Line& line : SplitLines(slice)) {
      if (line.begin == line.end) continue;
      AddLine(unit, unit.begin + line.begin, unit.begin + line.end, budget);
    }
  }

  void AddLine(Unit& like, size_t begin, size_t end, size_t budget) {
    while (begin < end) {
      size_t part = end;
      if (end - begin > budget * 64 || count_(Slice(begin, end)) > budget) {
        part = begin + SentenceEnd(Slice(begin, end), budget * 64);
        if (part - begin > budget * 64 || count_(Slice(begin, part)) > budget) {
          part = begin + PrefixWithin(Slice(begin, part), budget, count_);
        }
      }
      Unit piece = like;
      piece.begin = begin;
      piece.end = part;
      units_.push_back({piece, count_(Slice(begin, part))});
      like.cut = CutQuality::kPoor;
      like.heading = false;
      begin = part;
    }
  }

  bool Anchored(const Unit& unit) const {
    return unit.cut >= CutQuality::kParagraph &&
           HashOf(Slice(unit.begin, unit.end)) % kAnchorOneIn == 0;
  }

  // The end of the chunk that begins with unit `first`.
  size_t CutAfter(size_t first) {
    const size_t budget = Budget(units_[first].unit);
    size_t sum = units_[first].tokens;
    size_t good = first;  // the last place for a cut behind half a chunk
    for (size_t i = first + 1; i < units_.size(); ++i) {
      const Unit& unit = units_[i].unit;
      const bool lead = units_[i - 1].unit.heading;  // a heading takes what it announces along
      if (!lead && unit.cut == CutQuality::kSection && sum >= budget / 3) return i;
      if (!lead && sum >= budget / 2 && Anchored(unit)) return i;
      if (sum + units_[i].tokens > budget) return WithoutTail(first, unit, good, i);
      if (!lead && sum >= budget / 2 && unit.cut >= CutQuality::kParagraph) good = i;
      sum += units_[i].tokens;
    }
    return units_.size();
  }

  size_t WithoutTail(size_t first, const Unit& next, size_t good, size_t full) const {
    if (next.cut == CutQuality::kPoor && good > first) return good;
    size_t end = full;
    while (end > first + 1 && units_[end - 1].unit.heading) --end;
    return units_[end - 1].unit.heading ? full : end;
  }

  // The start of the repeated text before `begin`: at a word, of at most limits.overlap tokens.
  size_t OverlapStart(size_t begin, size_t floor) const {
    if (limits_.overlap == 0 || begin == 0) return begin;
    std::vector<size_t> starts;  // of words, the nearest first
    const size_t reach = limits_.overlap * 8;
    for (size_t at = begin; at-- > floor && begin - at <= reach;) {
      if (!IsSpace(text_[at]) && (at == floor || IsSpace(text_[at - 1]))) starts.push_back(at);
    }
    size_t low = 0, high = starts.size();  // starts[0, low) fit
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (count_(Slice(starts[middle], begin)) <= limits_.overlap) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? begin : starts[low - 1];
  }

  // Appends the chunk of units [first, end), fewer if together they count more than their sum.
  // Returns the first unit behind it.
  size_t Emit(size_t first, size_t end) {
    std::string heading = HeadingOf(units_[first].unit);
    const size_t fresh = units_[first].unit.begin;
    size_t begin = OverlapStart(fresh, chunks_.empty() ? 0 : chunks_.back().begin);
    size_t stop = 0;
    const auto tokens_of = [&] {
      stop = units_[end - 1].unit.end;
      while (stop > begin && IsSpace(text_[stop - 1])) --stop;
      return count_(PassageText(heading, Slice(begin, stop)));
    };
    size_t tokens = tokens_of();
    while (tokens > limits_.tokens) {
      if (end > first + 1) {
        --end;
      } else if (begin != fresh) {
        begin = fresh;
      } else if (!heading.empty()) {
        heading.clear();
      } else {
        break;
      }
      tokens = tokens_of();
    }
    if (stop > fresh) {
      line_ += LinesBetween(line_at_, begin);
      chunks_.push_back({begin, stop, line_, std::move(heading), tokens});
      line_at_ = begin;
    }
    return end;
  }

  size_t LinesBetween(size_t begin, size_t end) const {
    const std::string_view slice = Slice(begin, end);
    return static_cast<size_t>(std::count(slice.begin(), slice.end(), '\n'));
  }

  const std::string_view text_;
  const ChunkLimits limits_;
  const TokenCount& count_;
  std::vector<Counted> units_;
  std::vector<Chunk> chunks_;
  size_t line_ = 1, line_at_ = 0;
  // The heading of the last path asked for.
  std::shared_ptr<const std::vector<std::string>> heading_path_;
  bool heading_known_ = false;
  std::string heading_;
  size_t heading_tokens_ = 0;
};

void PutUnderTitle(std::string_view title, std::vector<Unit>* units) {
  std::shared_ptr<const std::vector<std::string>> before, after;
  for (Unit& unit : *units) {
    if (after == nullptr || unit.path != before) {
      std::vector<std::string> path(1, std::string(title));
      if (unit.path != nullptr) path.insert(path.end(), unit.path->begin(), unit.path->end());
      before = unit.path;
      after = std::make_shared<const std::vector<std::string>>(std::move(path));
    }
    unit.path = after;
  }
}

}  // namespace

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<Line> SplitLines(std::string_view text) {
  std::vector<Line> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t newline = std::min(text.find('\n', begin), text.size());
    const bool carriage = newline > begin && text[newline - 1] == '\r';
    lines.push_back({begin, carriage ? newline - 1 : newline});
    begin = newline + 1;
  }
  return lines;
}

std::vector<Unit> TextUnits(std::string_view text) {
  std::vector<Unit> units;
  bool open = false;
  for (const Line& line : SplitLines(text)) {
    if (TrimSpace(line.In(text)).empty()) {
      open = false;
    } else if (open) {
      units.back().end = line.end;
    } else {
      open = true;
      units.push_back({line.begin, line.end});
    }
  }
  return units;
}

std::string PassageText(std::string_view heading, std::string_view text) {
  std::string out(heading);
  if (!out.empty()) out += "\n\n";
  return out.append(text);
}

std::vector<Chunk> SplitDocument(std::string_view text, Format format, const ChunkLimits& limits,
                                 const TokenCount& count, std::string_view title) {
  ChunkLimits bounded = limits;
  bounded.tokens = std::clamp(limits.tokens, kChunkTokensMin, kChunkTokensMax);
  bounded.overlap = std::min(limits.overlap, bounded.tokens / 2);
  std::vector<Unit> units = format == Format::kMarkdown ? MarkdownUnits(text)
                            : format == Format::kCode   ? CodeUnits(text)
                                                        : TextUnits(text);
  if (!title.empty()) PutUnderTitle(title, &units);
  return Packer(text, bounded, count).Pack(std::move(units));
}

size_t EstimateTokens(std::string_view text) {
  const auto& classes = text::UnicodeClasses::Get();
  size_t tokens = 0, run = 0;  // run: letters of the word so far
  while (!text.empty()) {
    const text::CharUnit unit = text::ReadChar(classes, text);
    const bool letter = (unit.classes & (text::kLetter | text::kMark)) != 0;
    if (letter && unit.code_point < 0x1100) {
      // A word of up to six letters is one piece, each four more another.
      if (run == 0 || (run >= 6 && (run - 6) % 4 == 0)) ++tokens;
      ++run;
    } else {
      run = 0;
      if ((unit.classes & text::kSpace) == 0 || unit.code_point == '\n') ++tokens;
    }
    text.remove_prefix(unit.length);
  }
  return tokens;
}

}  // namespace lmp::rag
