#include "runtime/remote/same_tokens.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace lmp::remote {
namespace {

constexpr size_t kProbeTokens = 64;
constexpr size_t kSpeltBytes = 40;

std::string_view WithoutSpaces(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

// Plain letters: detokenizers tidy spaces before marks, and contractions, which are short.
bool IsWord(std::string_view bytes) {
  const std::string_view word = WithoutSpaces(bytes);
  return word.size() >= 4 && bytes.size() - word.size() <= 1 &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

std::string Spelt(std::string_view text, size_t from) {
  const std::string_view part = text.substr(std::min(from, text.size()));
  return QuoteText(std::string(part.substr(0, Utf8SafePrefix(part.substr(0, kSpeltBytes)))));
}

}  // namespace

std::vector<TokenId> ProbeTokens(const text::Tokenizer& tokenizer) {
  std::vector<TokenId> words;
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id) {
    if (!tokenizer.IsControl(id) && IsWord(tokenizer.Bytes(id))) words.push_back(id);
  }
  if (words.size() <= kProbeTokens) return words;
  std::vector<TokenId> probe;
  for (size_t i = 0; i < kProbeTokens; ++i) probe.push_back(words[i * words.size() / kProbeTokens]);
  return probe;
}

Status CheckProbe(const text::Tokenizer& tokenizer, const std::vector<TokenId>& probe,
                  std::string_view text) {
  const std::string spelt = tokenizer.Decode(probe, text::FragmentStart::kContinue);
  const std::string_view ours = WithoutSpaces(spelt), theirs = WithoutSpaces(text);
  if (ours == theirs) return OkStatus();
  const auto differ = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
  const auto at = static_cast<size_t>(differ.first - ours.begin());
  return InvalidArgument(
      "its tokens are other ones than those of the tokenizer given: ids that are " +
      Spelt(ours, at) + " here are " + Spelt(theirs, at) + " there");
}

}  // namespace lmp::remote
