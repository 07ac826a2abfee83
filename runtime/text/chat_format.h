// ChatFormat: how roles become tokens. From the file's declarative description ("lmp.chat.*"), from
// its Jinja template, where that is a concatenation of messages (chat_probe.h), or raw: no markers
// at all, for base models and where a program asks for it.
//
// Immutable value, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

enum class Role { kSystem, kUser, kAssistant, kObserve };
inline constexpr size_t kRoleCount = 4;

// A text of the format and its ids: control and user-defined pieces by id, the rest tokenised.
struct Marker {
  std::string text;
  std::vector<TokenId> ids;
  // How a fragment behind this marker begins: kMessage behind a special piece (or an empty marker),
  // kContinue behind plain text, whose fragment already has the dummy prefix.
  FragmentStart next = FragmentStart::kMessage;
};

struct ChatFormat {
  bool raw = true;
  std::array<Marker, kRoleCount> headers;
  Marker footer;
  // Of a conversation that comes whole, as the model's template writes it (chat_probe.h): what
  // begins it without a system message, how the model's own turn begins, whether texts are trimmed.
  Marker preamble, answer;
  bool trims = false;
  // Tokens that end a turn: the spec's eos and eot, and the footer's first token if it is control.
  std::vector<TokenId> ends;
  // Not empty: a sentence for the user about what the model file has and programs do not use.
  std::string notice;
  // Not empty: the model has a chat template that is no concatenation of messages, and why. The
  // format is raw then; a program with messages is refused (E0707) unless it asks for that.
  std::string refusal;

  const Marker& header(Role role) const { return headers[static_cast<size_t>(role)]; }
};

// Errors: Corruption naming the "lmp.chat.*" field, where a role's header has no ids.
Result<ChatFormat> MakeChatFormat(const Tokenizer& tokenizer);
// The longest special piece, control or user-defined, that `text` begins with: its length, and 0 if
// there is none.
size_t SpecialAt(const Tokenizer& tokenizer, std::string_view text, TokenId* id);
// No markers, whatever the file says (`config { chat: "raw" }`).
ChatFormat MakeRawFormat(const Tokenizer& tokenizer);

}  // namespace lmp::text
