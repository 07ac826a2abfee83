// Regex: search or match with a regular expression in time linear in text x pattern (Thompson's
// simulation), so that a pattern or a generated text cannot stall the engine thread. No captures.
//
// Syntax: literals, `.`, [classes], \d \w \s \D \W \S \n \t \r \f \v \xHH \uHHHH \x{H..} and
// escaped punctuation, ^ $ \b, ( ) (?: ), |, * + ? {m} {m,} {m,n} (a lazy `?` behind them changes
// nothing here), and the flags (?s) `.` also matches a line break, (?i) ASCII letters of both
// cases, at the pattern's start. Look-around and back-references are refused. Texts are UTF-8,
// matched by code point.
//
// Immutable once compiled; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::ir {

class Regex {
 public:
  // Errors: InvalidArgument with what is wrong and at which byte of the pattern.
  static Result<Regex> Compile(std::string_view pattern);

  // True if the pattern occurs in the text. False with 0 states left if it was not found out: each
  // character costs as many as the pattern may be in there.
  bool Search(std::string_view text, size_t* states_left) const {
    return Run(text, false, states_left);
  }
  bool Search(std::string_view text) const {
    size_t left = SIZE_MAX;
    return Run(text, false, &left);
  }
  // True if the text as a whole matches.
  bool MatchesWhole(std::string_view text) const {
    size_t left = SIZE_MAX;
    return MatchesWhole(text, &left);
  }
  bool MatchesWhole(std::string_view text, size_t* states_left) const {
    return Run(text, true, states_left);
  }
  // A shortest text that matches as a whole; none if there is none, or none without `\b`.
  std::optional<std::string> ShortestMatch() const;

 private:
  friend class RegexCompiler;
  enum class Code : uint8_t { kChar, kAny, kClass, kSplit, kJump, kBegin, kEnd, kWordEdge, kMatch };
  struct Instruction {
    Code code = Code::kMatch;
    char32_t character = 0;  // kChar
    uint32_t class_index = 0;
    int32_t first = 0, second = 0;  // kSplit, kJump: relative, so that a range can be copied
  };
  struct Class {
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;
    bool Contains(char32_t c) const;
  };
  bool Accepts(const Instruction& instruction, char32_t c) const;
  std::optional<char32_t> SomeCharacter(const Instruction& instruction) const;
  bool Run(std::string_view text, bool whole, size_t* states_left) const;

  std::vector<Instruction> code_;
  std::vector<Class> classes_;
  bool dot_all_ = false;
  bool fold_case_ = false;
};

}  // namespace lmp::ir
