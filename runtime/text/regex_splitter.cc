// Splitters from the regular expressions of tokenizer files, run by PCRE2: compiled once with JIT,
// anchored (searching only where no match begins), each match bounded in steps and memory.
//
// Tokenizer files are written for Oniguruma and for Rust's engine. What those engines and PCRE2
// understand differently is rewritten (`\s` is the property White_Space, which PCRE2 widens by
// U+180E) or refused (Translate).
#include "runtime/text/splitter.h"

#if LMP_HAVE_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif

#include <algorithm>
#include <array>

#include "runtime/base/limits.h"
#include "runtime/text/utf8_scan.h"

namespace lmp::text {

#if !LMP_HAVE_PCRE2

Result<std::unique_ptr<const Splitter>> MakeRegexSplitter(std::string_view field,
                                                          std::string_view) {
  return Unsupported(std::string(field) + ": this build has no PCRE2, only the named families");
}

#else

namespace {

constexpr uint32_t kMatchStepsMax = 1'000'000;
constexpr uint32_t kMatchHeapKib = 16 * 1024;
constexpr size_t kJitStackBytes = 1u << 20;

// Rewrites one expression; an empty `complaint` means it worked.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string Run() {
    for (at_ = 0; at_ < pattern_.size() && complaint.empty(); ++at_) Step(pattern_[at_]);
    return std::move(out_);
  }
  std::string complaint;

 private:
  static constexpr std::string_view kSpaceItems = R"(\t-\r\x{20}\x{85}\p{Z})";

  void Step(char c) {
    if (c == '\\') return Escape();
    if (in_class_) return InClass(c);
    if (c == '[') {
      in_class_ = true;
      class_begin_ = out_.size() + 1;
    }
    if (c == '^' || c == '$') complaint = std::string("the anchor ") + c;
    if (c == '+' && at_ > 0 && pattern_[at_ - 1] == '}' && at_ != braced_end_) complaint = "}+";
    if (pattern_.substr(at_).starts_with("(?<=") || pattern_.substr(at_).starts_with("(?<!")) {
      complaint = "a look behind";
    }
    out_.push_back(c);
  }
  void InClass(char c) {
    if (pattern_.substr(at_).starts_with("&&")) complaint = "&& in a class";
    if (c == '[' && !pattern_.substr(at_).starts_with("[:")) complaint = "[ in a class";
    // A bracket that comes first in a class stands for itself.
    const bool first =
        out_.size() == class_begin_ || (out_.size() == class_begin_ + 1 && out_.back() == '^');
    if (c == ']' && first) complaint = "] at a class's begin";
    if (c == ']') in_class_ = false;
    out_.push_back(c);
  }
  void Escape() {
    ++at_;
    if (at_ == pattern_.size()) {
      complaint = "a lone \\";
      return;
    }
    const char c = pattern_[at_];
    if (c == 's' || (c == 'S' && !in_class_)) {
      if (!in_class_) out_ += c == 's' ? "[" : "[^";
      out_ += kSpaceItems;
      if (!in_class_) out_ += "]";
      return;
    }
    constexpr std::string_view kDiffering = "wWbBhHRXKGAzZkgQEyYNOcC";
    const bool digit = c >= '0' && c <= '9';
    if (digit || kDiffering.find(c) != std::string_view::npos) {
      complaint = std::string("\\") + c;
    }
    out_ += '\\';
    out_ += c;
    // The brace of `\p{L}` is no quantifier's.
    if (std::string_view("pPx").find(c) == std::string_view::npos) return;
    if (!pattern_.substr(at_ + 1).starts_with("{")) return;
    const size_t close = pattern_.find('}', at_);
    if (close == std::string_view::npos) return;
    out_ += pattern_.substr(at_ + 1, close - at_);
    at_ = close;
    braced_end_ = close + 1;
  }

  std::string_view pattern_;
  std::string out_;
  size_t at_ = 0;
  size_t class_begin_ = 0;
  size_t braced_end_ = 0;  // of the last escape with braces
  bool in_class_ = false;
};

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeStack {
  void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
};
using Code = std::unique_ptr<pcre2_code, FreeCode>;

// What one call of a splitter needs beside the shared code.
class Matcher {
 public:
  explicit Matcher(const pcre2_code* code)
      : match_(pcre2_match_data_create_from_pattern(code, nullptr)),
        context_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(32 * 1024, kJitStackBytes, nullptr)) {
    LMP_CHECK(match_ != nullptr && context_ != nullptr);
    pcre2_set_match_limit(context_.get(), kMatchStepsMax);
    pcre2_set_heap_limit(context_.get(), kMatchHeapKib);
    if (stack_ != nullptr) pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
  }
  // The result of pcre2_match; begin and end are set where it is positive.
  int Run(const pcre2_code* code, std::string_view text, size_t at, uint32_t options) {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    const int result =
        pcre2_match(code, subject, text.size(), at, options, match_.get(), context_.get());
    const PCRE2_SIZE* const offsets = pcre2_get_ovector_pointer(match_.get());
    begin = offsets[0];
    end = offsets[1];
    return result;
  }
  size_t begin = 0, end = 0;

 private:
  std::unique_ptr<pcre2_match_data, FreeMatch> match_;
  std::unique_ptr<pcre2_match_context, FreeContext> context_;
  std::unique_ptr<pcre2_jit_stack, FreeStack> stack_;
};

class RegexSplitter final : public Splitter {
 public:
  RegexSplitter(Code anchored, Code searching)
      : anchored_(std::move(anchored)), searching_(std::move(searching)) {}

  void Split(std::string_view text, size_t at, std::vector<size_t>* ends) const override {
    Matcher matcher(anchored_.get());
    ends->clear();
    while (ends->size() < kBatch && at < text.size()) {
      at = PieceEnd(&matcher, text, at);
      ends->push_back(at);
    }
  }

  void SplitStable(std::string_view text, std::vector<size_t>* ends) const override {
    Matcher matcher(anchored_.get());
    text = WithoutCutCharacter(text);
    for (size_t at = 0; at < text.size();) {
      // A partial match says that the text's end was looked at.
      const int result = matcher.Run(anchored_.get(), text, at, PCRE2_PARTIAL_HARD);
      if (result <= 0 || matcher.end <= at) return;
      at = matcher.end;
      ends->push_back(at);
    }
  }

 private:
  // Drops the first bytes of a character whose rest may follow.
  static std::string_view WithoutCutCharacter(std::string_view text) {
    constexpr size_t kUtf8BytesMax = 4;
    for (size_t n = 1; n < kUtf8BytesMax && n <= text.size(); ++n) {
      const size_t at = text.size() - n;
      if (ScanUtf8(text.substr(at)).form == Utf8Form::kIncomplete) return text.substr(0, at);
    }
    return text;
  }

  size_t PieceEnd(Matcher* matcher, std::string_view text, size_t at) const {
    if (matcher->Run(anchored_.get(), text, at, 0) > 0 && matcher->end > at) return matcher->end;
    // No match here: the text up to the next one is a piece. An empty match is none.
    size_t from = at + ScanUtf8(text.substr(at)).length;
    while (from < text.size()) {
      if (matcher->Run(searching_.get(), text, from, 0) <= 0) return text.size();
      if (matcher->end > matcher->begin) return matcher->begin;
      from = matcher->begin + ScanUtf8(text.substr(matcher->begin)).length;
    }
    return text.size();
  }

  Code anchored_;
  Code searching_;
};

Result<Code> CompileCode(std::string_view field, std::string_view pattern, uint32_t options) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | options, &error,
      &offset, nullptr));
  if (code == nullptr) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return Corruption(std::string(field) +
                      ": not a regular expression: " + reinterpret_cast<const char*>(text.data()));
  }
  uint32_t behind = 0;
  pcre2_pattern_info(code.get(), PCRE2_INFO_MAXLOOKBEHIND, &behind);
  if (behind > 0) return Unsupported(std::string(field) + ": the expression looks behind");
  // Without JIT the interpreter matches the same, more slowly.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
  return code;
}

}  // namespace

Result<std::unique_ptr<const Splitter>> MakeRegexSplitter(std::string_view field,
                                                          std::string_view pattern) {
  if (pattern.size() > kSplitPatternBytesMax) {
    return Corruption(std::string(field) + ": an expression of " + std::to_string(pattern.size()) +
                      " bytes, at most " + std::to_string(kSplitPatternBytesMax) + " are allowed");
  }
  Translator translator(pattern);
  const std::string translated = translator.Run();
  if (!translator.complaint.empty()) {
    return Unsupported(std::string(field) + ": the expression has " + translator.complaint +
                       ", which regular expression engines understand differently");
  }
  LMP_TRY(Code anchored, CompileCode(field, translated, PCRE2_ANCHORED));
  LMP_TRY(Code searching, CompileCode(field, translated, 0));
  return std::unique_ptr<const Splitter>(
      std::make_unique<RegexSplitter>(std::move(anchored), std::move(searching)));
}

#endif

namespace {

class SequenceSplitter final : public Splitter {
 public:
  explicit SequenceSplitter(std::vector<std::unique_ptr<const Splitter>> stages)
      : stages_(std::move(stages)) {}

  void Split(std::string_view text, size_t at, std::vector<size_t>* ends) const override {
    std::vector<size_t> outer;
    stages_[0]->Split(text, at, &outer);
    ends->clear();
    for (const size_t end : outer) {
      Refine(1, text, at, end, ends);
      at = end;
    }
  }

  // A piece of the first stage is split as a whole, so only its ends are places to cut.
  void SplitStable(std::string_view text, std::vector<size_t>* ends) const override {
    stages_[0]->SplitStable(text, ends);
  }
  bool SplitsAlone(std::string_view text, std::span<const size_t> ends) const override {
    return stages_[0]->SplitsAlone(text, ends);
  }

 private:
  // Appends the ends of the pieces that stages from `stage` on make of text[begin, end).
  void Refine(size_t stage, std::string_view text, size_t begin, size_t end,
              std::vector<size_t>* ends) const {
    if (stage == stages_.size()) {
      ends->push_back(end);
      return;
    }
    const std::string_view piece = text.substr(begin, end - begin);
    std::vector<size_t> inner;
    for (size_t at = 0; at < piece.size();) {
      stages_[stage]->Split(piece, at, &inner);
      for (const size_t inner_end : inner) {
        Refine(stage + 1, text, begin + at, begin + inner_end, ends);
        at = inner_end;
      }
    }
  }

  std::vector<std::unique_ptr<const Splitter>> stages_;
};

}  // namespace

std::unique_ptr<const Splitter> MakeSequenceSplitter(
    std::vector<std::unique_ptr<const Splitter>> stages) {
  LMP_CHECK(!stages.empty());
  if (stages.size() == 1) return std::move(stages[0]);
  return std::make_unique<SequenceSplitter>(std::move(stages));
}

}  // namespace lmp::text
