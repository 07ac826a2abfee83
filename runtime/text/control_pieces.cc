#include "runtime/text/control_pieces.h"

#include <string>
#include <string_view>

namespace lmp::text {

bool IsMark(std::string_view piece) {
  return piece.size() > 2 && ((piece.starts_with('<') && piece.ends_with('>')) ||
                              (piece.starts_with('[') && piece.ends_with(']')));
}

namespace {

void SealIn(std::string_view text, bool bars, TokenizerSpec* spec) {
  for (size_t id = 0; id < spec->pieces.size(); ++id) {
    const std::string_view piece = spec->pieces[id];
    if (spec->types[id] != PieceType::kUserDefined || !IsMark(piece)) continue;
    if (bars && !piece.starts_with("<|")) continue;
    if (text.find(piece) != std::string_view::npos) spec->types[id] = PieceType::kControl;
  }
}

}  // namespace

Result<ProbedChat> ReadChat(const TokenizerSpec& spec) {
  if (spec.chat.present || spec.chat_template.empty()) {
    ProbedChat declared;
    declared.chat = spec.chat;
    return declared;
  }
  const auto piece = [&](TokenId id) {
    return id < 0 ? std::string_view() : std::string_view(spec.pieces[static_cast<size_t>(id)]);
  };
  return ProbeChatTemplate(spec.chat_template, piece(spec.bos), piece(spec.eos));
}

void SealControlPieces(TokenizerSpec* spec) {
  for (const TokenId id : {spec->bos, spec->eos, spec->eot}) {
    if (id < 0) continue;
    PieceType& type = spec->types[static_cast<size_t>(id)];
    const bool text = type == PieceType::kUserDefined || type == PieceType::kNormal;
    if (text && IsMark(spec->pieces[static_cast<size_t>(id)])) type = PieceType::kControl;
  }
  const Result<ProbedChat> read = ReadChat(*spec);
  if (!read.ok()) return SealIn(spec->chat_template, true, spec);
  const TokenizerSpec::Chat& chat = read->chat;
  for (const std::string* text :
       {&chat.system_header, &chat.user_header, &chat.assistant_header, &chat.observe_header,
        &chat.footer, &read->preamble, &read->opening}) {
    SealIn(*text, false, spec);
  }
}

}  // namespace lmp::text
