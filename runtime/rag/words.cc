#include "runtime/rag/words.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "runtime/text/unicode_class.h"

namespace lmp::rag {
namespace {

constexpr size_t kWordBytesMax = 128;  // longer ones are keys and encoded data
// In short questions even "who" and "in" tell passages apart (measured: docs/RAG.md); in long ones
// they only cost time, for they stand in every passage.
constexpr size_t kShortQueryWords = 32;

// Lucene's list.
constexpr std::array<std::string_view, 33> kStopWords = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

// Scripts written without spaces: kana, CJK ideographs, Hangul, and their extensions.
bool IsUnspaced(uint32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x31F0 && c <= 0x31FF) ||
         (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x323AF);
}

// Calls `on_pair` with each two neighbouring characters of a run of an unspaced script (with the
// one character of a run of one), `on_other` with each other character or byte.
template <typename OnPair, typename OnOther>
void Scan(std::string_view text, OnPair on_pair, OnOther on_other) {
  const auto& classes = text::UnicodeClasses::Get();
  std::string_view last;  // the character before, of the same run
  bool paired = false;
  const auto end_run = [&] {
    if (!last.empty() && !paired) on_pair(last);
    last = {};
    paired = false;
  };
  while (!text.empty()) {
    const text::CharUnit unit = text::ReadChar(classes, text);
    const std::string_view bytes = text.substr(0, unit.length);
    text.remove_prefix(unit.length);
    if (unit.well_formed && IsUnspaced(unit.code_point)) {
      if (!last.empty()) {
        on_pair(std::string_view(last.data(), last.size() + bytes.size()));
        paired = true;
      }
      last = bytes;
      continue;
    }
    end_run();
    on_other(unit, bytes);
  }
  end_run();
}

std::string LowerAscii(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsStopWord(std::string_view word) {
  return std::find(kStopWords.begin(), kStopWords.end(), word) != kStopWords.end();
}

// Different words in the order of the text.
std::vector<std::string> QueryWords(std::string_view query) {
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  std::string word;
  const auto add = [&](std::string_view text) {
    if (text.empty() || text.size() > kWordBytesMax) return;
    std::string lower = LowerAscii(text);
    if (seen.insert(lower).second) words.push_back(std::move(lower));
  };
  const auto end_word = [&] {
    add(word);
    word.clear();
  };
  Scan(
      query,
      [&](std::string_view pair) {
        end_word();
        add(pair);
      },
      [&](const text::CharUnit& unit, std::string_view bytes) {
        constexpr uint8_t kOfWords = text::kLetter | text::kNumber | text::kMark;
        if (unit.well_formed && (unit.classes & kOfWords) != 0) {
          word.append(bytes);
        } else {
          end_word();
        }
      });
  end_word();
  return words;
}

}  // namespace

std::string IndexText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  Scan(
      text,
      [&](std::string_view pair) {
        out += ' ';
        out.append(pair);
        out += ' ';
      },
      [&](const text::CharUnit&, std::string_view bytes) { out.append(bytes); });
  return out;
}

std::string MatchExpression(std::string_view query) {
  std::vector<std::string> words = QueryWords(query);
  if (words.size() > kShortQueryWords) std::erase_if(words, IsStopWord);
  if (words.size() > kQueryWordsMax) words.resize(kQueryWordsMax);
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += " OR ";
    out += '"' + word + '"';
  }
  return out;
}

}  // namespace lmp::rag
