// PassageClass: what can be seen of a passage's text about whether it can be read alone. English
// words; a passage in another language is plain, as far as this can tell.
//
//   short     fewer than kShortTokens tokens: computing it costs little, and it leans on what is
//             around it
//   dangling  begins with a word that continues something ("Then", "However"), or has a pronoun
//             ("it", "her", "these") before anything that looks like a name: what it speaks of may
//             stand in an earlier passage
//   plain     neither
//
// The head of a dangling passage is what stands before the first sentence with a name and no
// pronoun ahead of it; a plain one has none. Rows of the head are those that an earlier passage may
// matter to.
//
// A guess. How often it is wrong is measured, class by class (reuse_risks.h). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer.h"

namespace lmp::engine {

enum class PassageClass : uint8_t { kShort, kDangling, kPlain };
inline constexpr int kShortTokens = 64;

// "short", "dangling", "plain".
std::string_view PassageClassName(PassageClass passages);
struct PassageReading {
  PassageClass passages = PassageClass::kShort;
  size_t head_bytes = 0;  // of a dangling passage
};
PassageReading ReadPassage(std::string_view text, int tokens);

// The same of a passage's tokens. `head_rows`: how many of them make up the head.
PassageReading ReadPassage(const text::Tokenizer& tokenizer, std::span<const TokenId> tokens,
                           int* head_rows);

}  // namespace lmp::engine
