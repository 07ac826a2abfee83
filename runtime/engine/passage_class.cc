#include "runtime/engine/passage_class.h"

#include <algorithm>
#include <array>
#include <string>

namespace lmp::engine {
namespace {

constexpr std::array<std::string_view, 21> kPronouns = {
    "it",     "its",  "itself", "he",      "him",    "his",    "himself",
    "she",    "her",  "hers",   "herself", "they",   "them",   "their",
    "theirs", "this", "these",  "those",   "former", "latter", "such"};
constexpr std::array<std::string_view, 30> kContinuations = {
    "then",         "next",        "also",         "however", "therefore", "thus",
    "hence",        "so",          "but",          "and",     "or",        "moreover",
    "further",      "besides",     "meanwhile",    "finally", "instead",   "likewise",
    "similarly",    "otherwise",   "still",        "yet",     "nor",       "afterwards",
    "consequently", "furthermore", "nevertheless", "now",     "again",     "there"};

template <size_t n>
bool Has(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A word that is no plain English word at its place: a name, a code, something quoted.
bool LooksLikeName(std::string_view word, bool first_of_sentence) {
  const bool digits = std::any_of(word.begin(), word.end(), IsDigit);
  const bool code = word.find_first_of("_`") != word.npos;
  const bool inner = std::any_of(word.begin() + 1, word.end(), IsUpper);
  const bool letters = std::any_of(word.begin(), word.end(), IsLetter);
  return letters && (code || digits || inner || (IsUpper(word.front()) && !first_of_sentence));
}

std::string Lower(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (IsLetter(c)) out += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// The word at `at` and behind it, up to white space; empty at the end of the text.
std::string_view WordFrom(std::string_view text, size_t* at) {
  *at = std::min(text.find_first_not_of(" \t\r\n", *at), text.size());
  return text.substr(*at, text.find_first_of(" \t\r\n", *at) - *at);
}

bool EndsSentence(std::string_view word) { return word.find_last_of(".!?") == word.size() - 1; }

// What the sentence at `at` is, and where it ends.
struct Sentence {
  bool pronoun = false;  // before any name
  bool name = false;
  bool continues = false;
  size_t end = 0;
};
Sentence ReadSentence(std::string_view text, size_t at) {
  Sentence out;
  bool first = true;
  for (std::string_view word = WordFrom(text, &at); !word.empty(); word = WordFrom(text, &at)) {
    at += word.size();
    out.end = at;
    const std::string lower = Lower(word.substr(0, word.find('\'')));
    if (first) out.continues = Has(kContinuations, lower);
    if (!out.name && Has(kPronouns, lower)) out.pronoun = true;
    out.name = out.name || LooksLikeName(word, first);
    first = false;
    if (EndsSentence(word)) break;
  }
  if (out.end == 0) out.end = text.size();
  return out;
}

// Bytes of the head; 0 for a passage that does not dangle.
size_t HeadBytes(std::string_view text) {
  size_t at = 0;
  bool dangles = false;
  while (at < text.size()) {
    const Sentence sentence = ReadSentence(text, at);
    dangles = dangles || sentence.pronoun || (at == 0 && sentence.continues);
    const bool stands = sentence.name && !sentence.pronoun && (at > 0 || !sentence.continues);
    if (stands) return dangles ? at : 0;
    at = sentence.end;
  }
  return dangles ? text.size() : 0;
}

}  // namespace

std::string_view PassageClassName(PassageClass passages) {
  switch (passages) {
    case PassageClass::kShort:
      return "short";
    case PassageClass::kDangling:
      return "dangling";
    case PassageClass::kPlain:
      return "plain";
  }
  return "?";
}

PassageReading ReadPassage(const text::Tokenizer& tokenizer, std::span<const TokenId> tokens,
                           int* head_rows) {
  const PassageReading reading = ReadPassage(
      tokenizer.Decode(tokens, text::FragmentStart::kContinue), static_cast<int>(tokens.size()));
  size_t bytes = 0;
  *head_rows = 0;
  for (size_t i = 0; i < tokens.size() && bytes < reading.head_bytes; ++i, ++*head_rows) {
    bytes += tokenizer.Bytes(tokens[i]).size();
  }
  return reading;
}

PassageReading ReadPassage(std::string_view text, int tokens) {
  if (tokens < kShortTokens) return {};
  const size_t head = HeadBytes(text);
  return {head > 0 ? PassageClass::kDangling : PassageClass::kPlain, head};
}

}  // namespace lmp::engine
