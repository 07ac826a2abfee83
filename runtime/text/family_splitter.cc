// The splitters of the common families, written by hand: what FamilyPattern says, at the speed of a
// scan. tests/unit/text_splitter_test.cc compares them with PCRE2 running those expressions.
#include <algorithm>
#include <array>

#include "runtime/text/splitter.h"
#include "runtime/text/unicode_class.h"

namespace lmp::text {
namespace {

// Classes as splitters need them; every character has at least one.
enum SplitClass : uint8_t {
  kWordLetter = 1,
  kDigit = 2,
  kBlank = 4,     // white space
  kSymbol = 8,    // none of the above
  kNewline = 16,  // CR and LF, which are blank too
};

struct SplitChar {
  uint32_t code_point = 0;
  uint8_t length = 0;   // bytes; 0 at the text's end
  uint8_t classes = 0;  // of SplitClass
};

uint8_t SplitClassesOf(uint32_t code_point, uint8_t classes) {
  if (code_point == '\n' || code_point == '\r') return kBlank | kNewline;
  if ((classes & kLetter) != 0) return kWordLetter;
  if ((classes & kNumber) != 0) return kDigit;
  return (classes & kSpace) != 0 ? kBlank : kSymbol;
}

struct AsciiClasses {
  std::array<uint8_t, 256> of{};  // 0 for bytes of longer characters
};

// Reads characters of one text. `touched` says whether an answer would perhaps have been another
// one had more text followed.
class CharReader {
 public:
  CharReader(std::string_view text, const AsciiClasses& ascii)
      : text_(text), ascii_(ascii), classes_(UnicodeClasses::Get()) {}

  // The character at `at`, which may be the end.
  SplitChar At(size_t at) {
    if (at >= text_.size()) {
      touched = true;
      return {};
    }
    const auto byte = static_cast<uint8_t>(text_[at]);
    if (byte < 128) return {byte, 1, ascii_.of[byte]};
    const CharUnit unit = ReadChar(classes_, text_.substr(at));
    touched = touched || unit.incomplete;
    return {unit.code_point, static_cast<uint8_t>(unit.length),
            SplitClassesOf(unit.code_point, unit.classes)};
  }
  // The end of the run of characters of the classes `wanted` from `at` on, at most `count`.
  size_t RunEnd(size_t at, uint8_t wanted, size_t count = SIZE_MAX) {
    for (; count > 0; --count) {
      if (at < text_.size() && (ascii_.of[static_cast<uint8_t>(text_[at])] & wanted) != 0) {
        ++at;
        continue;
      }
      const SplitChar c = At(at);
      if ((c.classes & wanted) == 0) break;
      at += c.length;
    }
    return at;
  }
  bool touched = false;

 private:
  std::string_view text_;
  const AsciiClasses& ascii_;
  const UnicodeClasses& classes_;
};

bool Is(const SplitChar& c, uint8_t classes) { return (c.classes & classes) != 0; }

class FamilySplitter final : public Splitter {
 public:
  explicit FamilySplitter(SplitFamily family) : family_(family) {
    const UnicodeClasses& classes = UnicodeClasses::Get();
    for (uint32_t c = 0; c < 128; ++c) ascii_.of[c] = SplitClassesOf(c, classes.Of(c));
  }

  void Split(std::string_view text, size_t at, std::vector<size_t>* ends) const override {
    CharReader reader(text, ascii_);
    ends->clear();
    while (ends->size() < kBatch && at < text.size()) {
      at = PieceEnd(&reader, at);
      ends->push_back(at);
    }
  }

  void SplitStable(std::string_view text, std::vector<size_t>* ends) const override {
    CharReader reader(text, ascii_);
    for (size_t at = 0; at < text.size();) {
      at = PieceEnd(&reader, at);
      if (reader.touched) return;
      ends->push_back(at);
    }
  }

 private:
  size_t PieceEnd(CharReader* reader, size_t at) const {
    if (family_ == SplitFamily::kGpt2 || family_ == SplitFamily::kSmollm)
      return Gpt2End(reader, at);
    return Llama3End(reader, at);
  }
  size_t Gpt2End(CharReader* reader, size_t at) const;
  size_t Llama3End(CharReader* reader, size_t at) const;
  // The end of 's 't 're 've 'm 'll 'd at `at`, an apostrophe; `at` if there is none.
  size_t ContractionEnd(CharReader* reader, size_t at) const;
  // White space from `at` on, `end` its end: all of it but the last character, which belongs to the
  // next piece; all of it at the text's end or if it is one character.
  static size_t SpaceEnd(CharReader* reader, size_t at, size_t end);

  SplitFamily family_;
  AsciiClasses ascii_;
};

size_t FamilySplitter::ContractionEnd(CharReader* reader, size_t at) const {
  const bool any_case = family_ == SplitFamily::kLlama3 || family_ == SplitFamily::kQwen2;
  const auto letter = [&](size_t place, size_t* length) -> uint32_t {
    const SplitChar unit = reader->At(place);
    *length = unit.length;
    if (!any_case) return unit.code_point;
    constexpr uint32_t kLongS = 0x17F;  // folds to s
    if (unit.code_point == kLongS) return 's';
    return unit.code_point >= 'A' && unit.code_point <= 'Z' ? unit.code_point + 32
                                                            : unit.code_point;
  };
  size_t length = 0;
  const uint32_t first = letter(at + 1, &length);
  const size_t second_at = at + 1 + length;
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return second_at;
  if (first != 'r' && first != 'v' && first != 'l') return at;
  const uint32_t second = letter(second_at, &length);
  return second == (first == 'l' ? 'l' : 'e') ? second_at + length : at;
}

size_t FamilySplitter::SpaceEnd(CharReader* reader, size_t at, size_t end) {
  if (reader->At(end).length == 0) return end;
  size_t last = at;
  for (size_t next = at; next < end; next += reader->At(next).length) last = next;
  return last == at ? end : last;
}

size_t FamilySplitter::Gpt2End(CharReader* reader, size_t at) const {
  const bool lone_digits = family_ == SplitFamily::kSmollm;
  SplitChar unit = reader->At(at);
  size_t run = at;
  if (unit.code_point == ' ') {
    run = at + 1;
    unit = reader->At(run);
    if (unit.length == 0) return run;
  }
  if (Is(unit, kWordLetter)) return reader->RunEnd(run, kWordLetter);
  if (Is(unit, kDigit) && !lone_digits) return reader->RunEnd(run, kDigit);
  if (Is(unit, kDigit)) return run > at ? run : at + unit.length;
  if (Is(unit, kSymbol)) {
    if (run == at && unit.code_point == '\'') {
      const size_t end = ContractionEnd(reader, at);
      if (end > at) return end;
    }
    return reader->RunEnd(run, kSymbol);
  }
  const size_t end = reader->RunEnd(run, kBlank);
  // A digit is a piece of its own and ends the text that the other rules see.
  if (lone_digits && Is(reader->At(end), kDigit)) return end;
  return SpaceEnd(reader, at, end);
}

size_t FamilySplitter::Llama3End(CharReader* reader, size_t at) const {
  const SplitChar unit = reader->At(at);
  if (Is(unit, kWordLetter)) return reader->RunEnd(at, kWordLetter);
  if (Is(unit, kDigit)) {
    return reader->RunEnd(at, kDigit, family_ == SplitFamily::kLlama3 ? 3 : 1);
  }
  if (unit.code_point == '\'') {
    const size_t end = ContractionEnd(reader, at);
    if (end > at) return end;
  }
  const SplitChar next = reader->At(at + unit.length);
  if (!Is(unit, kNewline) && Is(next, kWordLetter))
    return reader->RunEnd(at + unit.length, kWordLetter);
  const bool leading_space = unit.code_point == ' ' && Is(next, kSymbol);
  if (leading_space || Is(unit, kSymbol)) {
    return reader->RunEnd(reader->RunEnd(leading_space ? at + 1 : at, kSymbol), kNewline);
  }
  size_t after_newline = at;
  const size_t end = reader->RunEnd(at, kBlank);
  for (size_t place = at; place < end;) {
    const SplitChar space = reader->At(place);
    place += space.length;
    if (Is(space, kNewline)) after_newline = place;
  }
  if (after_newline > at) return after_newline;
  return SpaceEnd(reader, at, end);
}

}  // namespace

std::unique_ptr<const Splitter> MakeFamilySplitter(SplitFamily family) {
  return std::make_unique<FamilySplitter>(family);
}

std::string_view FamilyPattern(SplitFamily family) {
  switch (family) {
    case SplitFamily::kLlama3:
      return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    case SplitFamily::kQwen2:
      return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    case SplitFamily::kGpt2:
    case SplitFamily::kSmollm:
      break;
  }
  return R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
}

std::optional<SplitFamily> FindFamily(std::span<const std::string_view> patterns) {
  for (const SplitFamily family : {SplitFamily::kGpt2, SplitFamily::kLlama3, SplitFamily::kQwen2}) {
    if (patterns.size() == 1 && patterns[0] == FamilyPattern(family)) return family;
  }
  const bool lone_digits = patterns.size() == 2 && patterns[0] == kLoneDigitsPattern &&
                           patterns[1] == FamilyPattern(SplitFamily::kSmollm);
  if (lone_digits) return SplitFamily::kSmollm;
  return std::nullopt;
}

}  // namespace lmp::text
