// Prompts that come whole: a conversation in the model's chat format, or a text, as tokens. What
// messages say never becomes control tokens.
//
// Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/constrain/token_trie.h"
#include "runtime/text/chat_format.h"
#include "runtime/text/tokenizer.h"
#include "runtime/text/tool_chat.h"

namespace lmp::exec {

struct ChatTurn {
  text::Role role = text::Role::kUser;
  std::string_view text;
};

struct Prompt {
  std::vector<TokenId> tokens;
  // What a generation behind it must begin with and is no part of its text (token healing).
  std::string healed;
  bool too_long = false;  // more tokens than `most`: there are only some of them
};

// Of all of these: what comes of a prompt of more than `most` tokens does not matter, and
// tokenising ends soon behind them.

// The turns, and the beginning of the model's own. The format is not raw.
Prompt ChatPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::span<const ChatTurn> turns,
                  size_t most);
// A conversation with tools, as `chat` has written it.
Prompt ToolPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::span<const text::ChatPart> parts,
                  std::span<const std::string> marks, size_t most);
// BOS if the model says so, then the text.
Prompt TextPrompt(const text::Tokenizer& tokenizer, const text::ChatFormat& format,
                  const constrain::TokenTrie& vocabulary, std::string_view text, size_t most);

}  // namespace lmp::exec
