#include "ir/regex.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

constexpr size_t kInstructionsMax = 4096;  // a search costs text bytes x this at worst
constexpr int kGroupDepthMax = 100;        // the compiler recurses by group
constexpr int kRepeatMax = 1000;

bool IsWord(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

char32_t FoldAscii(char32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

// One code point; a byte that starts none stands for itself.
char32_t Decode(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(*at);
  const size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length == 1 || *at + length > text.size()) {
    ++*at;
    return lead;
  }
  char32_t c = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) c = (c << 6) | (byte(*at + i) & 0x3f);
  *at += length;
  return c;
}

}  // namespace

bool Regex::Class::Contains(char32_t c) const {
  const bool inside = std::any_of(ranges.begin(), ranges.end(), [c](const auto& range) {
    return c >= range.first && c <= range.second;
  });
  return inside != negated;
}

bool Regex::Accepts(const Instruction& instruction, char32_t c) const {
  switch (instruction.code) {
    case Code::kChar:
      return instruction.character == c ||
             (fold_case_ && FoldAscii(instruction.character) == FoldAscii(c));
    case Code::kAny:
      return dot_all_ || c != '\n';
    case Code::kClass: {
      const Class& set = classes_[instruction.class_index];
      if (!fold_case_) return set.Contains(c);
      const char32_t lower = FoldAscii(c);
      const char32_t upper = lower >= 'a' && lower <= 'z' ? lower - 32 : lower;
      if (set.negated) return set.Contains(lower) && set.Contains(upper);
      return set.Contains(lower) || set.Contains(upper) || set.Contains(c);
    }
    default:
      return false;
  }
}

// Recursive descent that emits code as it reads. Every function leaves the code of what it read at
// the end of `code`, with relative jumps only.
class RegexCompiler {
 public:
  explicit RegexCompiler(std::string_view pattern) : pattern_(pattern) {}

  Result<Regex> Run() {
    if (pattern_.starts_with("(?")) ReadFlags();
    LMP_RETURN_IF_ERROR(ReadAlternatives());
    if (at_ < pattern_.size()) return Error("unmatched `)`");
    Emit(Regex::Code::kMatch);
    return std::move(regex_);
  }

 private:
  using Code = Regex::Code;

  Status Error(const std::string& what) const {
    return InvalidArgument("pattern: " + what + " at byte " + std::to_string(at_));
  }
  bool More() const { return at_ < pattern_.size(); }
  bool Eat(char c) {
    if (!More() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  int32_t size() const { return static_cast<int32_t>(regex_.code_.size()); }
  void Emit(Code code, int32_t first = 0, int32_t second = 0) {
    Regex::Instruction instruction;
    instruction.code = code;
    instruction.first = first;
    instruction.second = second;
    regex_.code_.push_back(instruction);
  }
  void InsertAt(int32_t place, Code code, int32_t first, int32_t second) {
    Emit(code, first, second);
    std::rotate(regex_.code_.begin() + place, regex_.code_.end() - 1, regex_.code_.end());
  }

  void ReadFlags() {
    const size_t end = pattern_.find(')');
    if (end == std::string_view::npos || end == 2) return;
    const std::string_view flags = pattern_.substr(2, end - 2);
    if (flags.find_first_not_of("si") != std::string_view::npos) return;
    regex_.dot_all_ = flags.find('s') != std::string_view::npos;
    regex_.fold_case_ = flags.find('i') != std::string_view::npos;
    at_ = end + 1;
  }

  Status ReadAlternatives() {
    if (++depth_ > kGroupDepthMax)
      return Error("groups nested deeper than " + std::to_string(kGroupDepthMax));
    const int32_t begin = size();
    LMP_RETURN_IF_ERROR(ReadSequence());
    std::vector<int32_t> exits;  // jumps that leave the alternatives, patched at their end
    int32_t branch = begin;
    while (Eat('|')) {
      // What was read becomes the left side: split before it, jump behind it.
      InsertAt(branch, Code::kSplit, 1, size() - branch + 2);
      exits.push_back(size());
      Emit(Code::kJump);
      branch = size();
      LMP_RETURN_IF_ERROR(ReadSequence());
    }
    for (const int32_t exit : exits) regex_.code_[static_cast<size_t>(exit)].first = size() - exit;
    --depth_;
    return OkStatus();
  }

  Status ReadSequence() {
    while (More() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      const int32_t begin = size();
      LMP_RETURN_IF_ERROR(ReadAtom());
      LMP_RETURN_IF_ERROR(ReadQuantifier(begin));
      if (regex_.code_.size() > kInstructionsMax) return Error("the pattern is too large");
    }
    return OkStatus();
  }

  Status ReadAtom() {
    const char c = pattern_[at_];
    if (c == '*' || c == '+' || c == '?' || c == '{') return Error("nothing to repeat");
    if (Eat('(')) {
      if (Eat('?') && !Eat(':')) return Error("only (?:...) and the flags (?s) (?i) are supported");
      LMP_RETURN_IF_ERROR(ReadAlternatives());
      return Eat(')') ? OkStatus() : Error("missing `)`");
    }
    if (Eat('[')) return ReadClass();
    if (Eat('.')) return Emit(Code::kAny), OkStatus();
    if (Eat('^')) return Emit(Code::kBegin), OkStatus();
    if (Eat('$')) return Emit(Code::kEnd), OkStatus();
    if (Eat('\\')) return ReadEscape();
    EmitChar(Decode(pattern_, &at_));
    return OkStatus();
  }

  void EmitChar(char32_t c) {
    Emit(Code::kChar);
    regex_.code_.back().character = c;
  }

  // \d \w \s and their negations as a class; false if `c` names none.
  static bool NamedClass(char c, Regex::Class* set) {
    switch (c) {
      case 'd':
      case 'D':
        set->ranges = {{'0', '9'}};
        break;
      case 'w':
      case 'W':
        set->ranges = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
        break;
      case 's':
      case 'S':
        set->ranges = {{'\t', '\r'}, {' ', ' '}};
        break;
      default:
        return false;
    }
    set->negated = c >= 'A' && c <= 'Z';
    return true;
  }

  // The character an escape stands for, with at_ on the one behind the backslash.
  Result<char32_t> ReadEscapedChar() {
    if (!More()) return Error("a backslash ends the pattern");
    const char c = pattern_[at_];
    if (c == 'n' || c == 't' || c == 'r') {
      ++at_;
      return static_cast<char32_t>(c == 'n' ? '\n' : c == 't' ? '\t' : '\r');
    }
    if (c == 'f' || c == 'v') {
      ++at_;
      return static_cast<char32_t>(c == 'f' ? '\f' : '\v');
    }
    if (c == 'x' || c == 'u') return ReadCodePoint(c == 'x' ? 2 : 4);
    const bool alphanumeric = IsWord(static_cast<unsigned char>(c)) && c != '_';
    if (alphanumeric) return Error(std::string("unsupported escape \\") + c);
    return Decode(pattern_, &at_);
  }

  // \xHH, \uHHHH, or either with braces around any number of digits, with at_ on the letter.
  Result<char32_t> ReadCodePoint(int digits) {
    ++at_;
    const bool braces = Eat('{');
    uint32_t value = 0;
    int count = 0;
    for (; More() && (braces || count < digits) && value <= 0x10ffff; ++count, ++at_) {
      const char c = pattern_[at_];
      const bool decimal = c >= '0' && c <= '9';
      const char lower = static_cast<char>(c | 0x20);
      if (!decimal && (lower < 'a' || lower > 'f')) break;
      value = value * 16 + static_cast<uint32_t>(decimal ? c - '0' : lower - 'a' + 10);
    }
    const bool closed = !braces || Eat('}');
    const bool scalar = value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
    if (!closed || !scalar || count == 0 || (!braces && count < digits))
      return Error("a code point that is none");
    return static_cast<char32_t>(value);
  }

  Status ReadEscape() {
    Regex::Class set;
    if (More() && NamedClass(pattern_[at_], &set)) {
      ++at_;
      return EmitClass(std::move(set));
    }
    if (Eat('b')) return Emit(Code::kWordEdge), OkStatus();
    LMP_TRY(const char32_t c, ReadEscapedChar());
    EmitChar(c);
    return OkStatus();
  }

  Status EmitClass(Regex::Class set) {
    Emit(Code::kClass);
    regex_.code_.back().class_index = static_cast<uint32_t>(regex_.classes_.size());
    regex_.classes_.push_back(std::move(set));
    return OkStatus();
  }

  Status ReadClass() {
    Regex::Class set;
    set.negated = Eat('^');
    for (bool first = true; first || !More() || pattern_[at_] != ']'; first = false) {
      if (!More()) return Error("missing `]`");
      Regex::Class named;
      if (pattern_[at_] == '\\' && at_ + 1 < pattern_.size() &&
          NamedClass(pattern_[at_ + 1], &named)) {
        if (named.negated) return Error("a negated class inside [...] is not supported");
        set.ranges.insert(set.ranges.end(), named.ranges.begin(), named.ranges.end());
        at_ += 2;
        continue;
      }
      LMP_TRY(const char32_t low, ReadClassChar());
      char32_t high = low;
      if (at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']') {
        ++at_;
        LMP_TRY(high, ReadClassChar());
      }
      if (high < low) return Error("a range in [...] is the wrong way round");
      set.ranges.emplace_back(low, high);
    }
    ++at_;
    return EmitClass(std::move(set));
  }

  Result<char32_t> ReadClassChar() {
    if (!More()) return Error("missing `]`");
    if (Eat('\\')) return ReadEscapedChar();
    return Decode(pattern_, &at_);
  }

  Result<int> ReadCount() {
    int count = 0;
    const size_t begin = at_;
    for (; More() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
      count = count * 10 + (pattern_[at_] - '0');
      if (count > kRepeatMax) return Error("a repeat count above " + std::to_string(kRepeatMax));
    }
    if (at_ == begin) return Error("a repeat needs a count");
    return count;
  }

  Status ReadQuantifier(int32_t begin) {
    int least = 1;
    int most = 1;  // -1: no bound
    if (Eat('*')) {
      least = 0, most = -1;
    } else if (Eat('+')) {
      most = -1;
    } else if (Eat('?')) {
      least = 0;
    } else if (Eat('{')) {
      LMP_TRY(least, ReadCount());
      most = least;
      if (Eat(',')) {
        most = -1;
        if (More() && pattern_[at_] != '}') {
          LMP_TRY(most, ReadCount());
        }
      }
      if (!Eat('}')) return Error("missing `}`");
      if (most >= 0 && most < least) return Error("a repeat whose least exceeds its most");
    } else {
      return OkStatus();
    }
    Eat('?');
    if (More() && (pattern_[at_] == '*' || pattern_[at_] == '+' || pattern_[at_] == '{')) {
      return Error("a repeat of a repeat");
    }
    return Repeat(begin, least, most);
  }

  // Replaces the atom at [begin, size()) by `least` copies and what may follow them.
  Status Repeat(int32_t begin, int least, int most) {
    const std::vector<Regex::Instruction> atom(regex_.code_.begin() + begin, regex_.code_.end());
    const auto length = static_cast<int32_t>(atom.size());
    const int copies = most < 0 ? least + 1 : most;
    if (atom.size() * static_cast<size_t>(copies) > kInstructionsMax)
      return Error("the pattern is too large");
    regex_.code_.resize(static_cast<size_t>(begin));
    const auto append = [&] { regex_.code_.insert(regex_.code_.end(), atom.begin(), atom.end()); };
    for (int i = 0; i < least; ++i) append();
    if (most < 0) {
      Emit(Code::kSplit, 1, length + 2);
      append();
      Emit(Code::kJump, -(length + 1));
    }
    for (int i = least; i < most; ++i) {
      Emit(Code::kSplit, 1, length + 1);
      append();
    }
    return OkStatus();
  }

  std::string_view pattern_;
  size_t at_ = 0;
  int depth_ = 0;
  Regex regex_;
};

Result<Regex> Regex::Compile(std::string_view pattern) { return RegexCompiler(pattern).Run(); }

bool Regex::Run(std::string_view text, bool whole, size_t* states_left) const {
  std::vector<uint32_t> current, next, pending;
  std::vector<size_t> seen(code_.size(), 0);  // the step at which a state was last added, plus one
  size_t step = 0;
  char32_t before = 0;
  for (size_t at = 0;;) {
    // States that need no character are followed at once, against a text of `before` and `after`.
    ++step;
    const bool at_end = at == text.size();
    size_t after_end = at;
    const char32_t after = at_end ? 0 : Decode(text, &after_end);
    if (!whole || at == 0) current.push_back(0);  // in a search it may begin anywhere
    if (current.empty()) return false;
    next.clear();
    pending.assign(current.rbegin(), current.rend());
    while (!pending.empty()) {
      const uint32_t state = pending.back();
      pending.pop_back();
      if (*states_left == 0 || --*states_left == 0) return false;
      if (seen[state] == step) continue;
      seen[state] = step;
      const Instruction& i = code_[state];
      const auto follow = [&](int32_t offset) {
        pending.push_back(static_cast<uint32_t>(static_cast<int32_t>(state) + offset));
      };
      switch (i.code) {
        case Code::kMatch:
          if (!whole || at_end) return true;
          break;
        case Code::kSplit:
          follow(i.second), follow(i.first);
          break;
        case Code::kJump:
          follow(i.first);
          break;
        case Code::kBegin:
          if (at == 0) follow(1);
          break;
        case Code::kEnd:
          if (at_end) follow(1);
          break;
        case Code::kWordEdge:
          if (IsWord(before) != IsWord(after)) follow(1);
          break;
        default:
          if (!at_end && Accepts(i, after)) next.push_back(state + 1);
      }
    }
    if (at_end) return false;
    current.swap(next);
    before = after;
    at = after_end;
  }
}

std::optional<char32_t> Regex::SomeCharacter(const Instruction& instruction) const {
  if (instruction.code == Code::kChar) return instruction.character;
  std::vector<char32_t> tried = {U'a', U'0', U' ', U'-', U'A', U'~', U'\u00e9', U'\u4e2d'};
  if (instruction.code == Code::kClass) {
    for (const auto& [first, last] : classes_[instruction.class_index].ranges) {
      tried.push_back(first);
      if (last < 0x10ffff) tried.push_back(last + 1);
    }
  }
  for (const char32_t c : tried) {
    if (Accepts(instruction, c)) return c;
  }
  return std::nullopt;
}

// Breadth first over (state, whether anything was read, whether nothing more may be): paths that
// read nothing cost nothing, so the first path to the match is a shortest.
std::optional<std::string> Regex::ShortestMatch() const {
  struct Place {
    uint32_t state;
    bool begun, ended;
    std::string text;
  };
  std::deque<Place> places = {{0, false, false, ""}};
  std::vector<bool> seen(code_.size() * 4, false);
  while (!places.empty()) {
    const Place at = std::move(places.front());
    places.pop_front();
    const size_t key = at.state * 4 + (at.begun ? 2u : 0u) + (at.ended ? 1u : 0u);
    if (seen[key]) continue;
    seen[key] = true;
    const Instruction& i = code_[at.state];
    const auto follow = [&](int32_t offset, bool ended) {
      places.push_front({static_cast<uint32_t>(static_cast<int32_t>(at.state) + offset), at.begun,
                         ended, at.text});
    };
    switch (i.code) {
      case Code::kMatch:
        return at.text;
      case Code::kSplit:
        follow(i.second, at.ended), follow(i.first, at.ended);
        break;
      case Code::kJump:
        follow(i.first, at.ended);
        break;
      case Code::kBegin:
        if (!at.begun) follow(1, at.ended);
        break;
      case Code::kEnd:
        follow(1, true);
        break;
      case Code::kWordEdge:
        break;
      default: {
        const std::optional<char32_t> c = at.ended ? std::nullopt : SomeCharacter(i);
        if (!c) break;
        Place next{at.state + 1, true, false, at.text};
        AppendUtf8(*c, &next.text);
        places.push_back(std::move(next));
      }
    }
  }
  return std::nullopt;
}

}  // namespace lmp::ir
