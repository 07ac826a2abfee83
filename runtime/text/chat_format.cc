#include "runtime/text/chat_format.h"

#include <algorithm>
#include <string_view>

#include "runtime/text/control_pieces.h"

namespace lmp::text {

size_t SpecialAt(const Tokenizer& tokenizer, std::string_view text, TokenId* id) {
  size_t best = 0;
  constexpr size_t kSpecialBytesMax = 64;  // "<|reserved_special_token_250|>" has 30
  for (size_t n = std::min(text.size(), kSpecialBytesMax); n > 0; --n) {
    const auto found = tokenizer.FindSpecial(text.substr(0, n));
    if (!found.has_value()) continue;
    *id = *found;
    best = n;
    break;
  }
  return best;
}

namespace {

Marker MakeMarker(const Tokenizer& tokenizer, const std::string& text) {
  Marker marker{text, {}, FragmentStart::kMessage};
  FragmentStart start = FragmentStart::kMessage;
  size_t plain_begin = 0;
  const std::string_view view = text;
  auto flush = [&](size_t end) {
    if (end == plain_begin) return;
    tokenizer.Encode(view.substr(plain_begin, end - plain_begin), start, &marker.ids);
    marker.next = FragmentStart::kContinue;
  };
  for (size_t at = 0; at < view.size();) {
    TokenId id = -1;
    const size_t length = SpecialAt(tokenizer, view.substr(at), &id);
    if (length == 0) {
      ++at;
      continue;
    }
    flush(at);
    marker.ids.push_back(id);
    marker.next = FragmentStart::kMessage;
    start = FragmentStart::kMessage;
    at += length;
    plain_begin = at;
  }
  flush(view.size());
  return marker;
}

void AddEnd(TokenId id, std::vector<TokenId>* ends) {
  if (id < 0 || std::find(ends->begin(), ends->end(), id) != ends->end()) return;
  ends->push_back(id);
}

}  // namespace

ChatFormat MakeRawFormat(const Tokenizer& tokenizer) {
  ChatFormat format;
  AddEnd(tokenizer.spec().eos, &format.ends);
  AddEnd(tokenizer.spec().eot, &format.ends);
  return format;
}

Result<ChatFormat> MakeChatFormat(const Tokenizer& tokenizer) {
  const TokenizerSpec& spec = tokenizer.spec();
  ChatFormat format = MakeRawFormat(tokenizer);
  Result<ProbedChat> read = ReadChat(spec);
  if (!read.ok()) {
    format.refusal = read.status().message();
    format.notice = format.refusal + "; a program with messages needs `config { chat: \"raw\" }`";
    return format;
  }
  if (!read->chat.present) return format;
  const TokenizerSpec::Chat& chat = read->chat;
  format.notice = std::move(read->notice);
  format.raw = false;
  const std::array<std::pair<const char*, const std::string*>, kRoleCount> texts = {{
      {"lmp.chat.system.header", &chat.system_header},
      {"lmp.chat.user.header", &chat.user_header},
      {"lmp.chat.assistant.header", &chat.assistant_header},
      {"lmp.chat.observe.header", &chat.observe_header},
  }};
  for (size_t i = 0; i < kRoleCount; ++i) {
    format.headers[i] = MakeMarker(tokenizer, *texts[i].second);
    if (format.headers[i].ids.empty()) {
      return Corruption(NameField(spec.origin.file, texts[i].first) +
                        ": empty, a role needs a header");
    }
  }
  format.preamble = MakeMarker(tokenizer, read->preamble);
  format.answer = MakeMarker(tokenizer, chat.assistant_header + read->opening);
  format.trims = read->trims;
  format.footer = MakeMarker(tokenizer, chat.footer);
  if (format.footer.ids.empty()) {
    return Corruption(NameField(spec.origin.file, "lmp.chat.footer") +
                      ": empty, a turn needs an end");
  }
  if (tokenizer.IsControl(format.footer.ids[0])) AddEnd(format.footer.ids[0], &format.ends);
  const bool spelt =
      std::any_of(format.headers.begin(), format.headers.end(), [&](const Marker& m) {
        return std::none_of(m.ids.begin(), m.ids.end(),
                            [&](TokenId id) { return tokenizer.IsControl(id); });
      });
  if (spelt) {
    format.notice += std::string(format.notice.empty() ? "" : "; ") +
                     "roles are marked by plain text, which text that is put in can spell, too";
  }
  return format;
}

}  // namespace lmp::text
