// Words for full-text search: what is handed to FTS5 as text, and queries for it made from
// arbitrary text. Pure functions, any thread; no input fails.
//
// FTS5 splits text at everything but letters and digits, folds case and accents, and stems English
// (tokenizer `porter unicode61`). Chinese, Japanese and Korean have no spaces, so there every two
// neighbouring characters make a word, in the index and in queries alike.
#pragma once

#include <string>
#include <string_view>

namespace lmp::rag {

// More words than this do not make a query clearer, only slower.
inline constexpr size_t kQueryWordsMax = 256;

// The text as it is indexed. Part of the file format: deleting from the index needs the same text.
std::string IndexText(std::string_view text);

// An FTS5 expression that matches what has any of the words; empty if there is no word. Quotes,
// operators, column filters, NUL and bytes that are not UTF-8 are never seen by FTS5. Long queries
// lose their frequent English words.
std::string MatchExpression(std::string_view query);

}  // namespace lmp::rag
