// The model files of the SentencePiece library, read by a small reader of protocol buffers.
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "runtime/base/limits.h"
#include "runtime/text/tokenizer_files.h"

namespace lmp::text {
namespace {

// One field of a message. A view into the file.
struct ProtoField {
  uint64_t number = 0;
  uint64_t integer = 0;    // wire types 0, 1 and 5
  std::string_view bytes;  // wire type 2
  int wire = 0;
};

// Walks the fields of one message; nothing is read outside its bytes.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view bytes) : rest_(bytes) {}

  // Empty at the message's end and, with `malformed` set, where it is no message.
  std::optional<ProtoField> Next() {
    if (rest_.empty() || malformed) return std::nullopt;
    uint64_t tag = 0;
    ProtoField field;
    if (!Varint(&tag) || !Value(static_cast<int>(tag & 7), &field)) {
      malformed = true;
      return std::nullopt;
    }
    field.number = tag >> 3;
    field.wire = static_cast<int>(tag & 7);
    return field;
  }
  bool malformed = false;

 private:
  bool Varint(uint64_t* value) {
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool Fixed(size_t size, uint64_t* value) {
    if (rest_.size() < size) return false;
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(value, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
  }
  bool Value(int wire, ProtoField* field) {
    switch (wire) {
      case 0:
        return Varint(&field->integer);
      case 1:
        return Fixed(8, &field->integer);
      case 5:
        return Fixed(4, &field->integer);
      case 2: {
        uint64_t length = 0;
        if (!Varint(&length) || length > rest_.size()) return false;
        field->bytes = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return true;
      }
      default:
        return false;
    }
  }

  std::string_view rest_;
};

Status Malformed(const std::string& message) {
  return Corruption(message + (message.empty() ? "" : ": ") + "cut short or not a protocol buffer");
}

Status ReadPiece(std::string_view message, TokenizerSpec* spec) {
  const std::string where = "pieces[" + std::to_string(spec->pieces.size()) + "]";
  if (spec->pieces.size() >= kVocabularyMax) {
    return Corruption("pieces: more than " + std::to_string(kVocabularyMax));
  }
  std::string_view text;
  float score = 0;
  uint64_t type = 1;
  ProtoReader reader(message);
  while (const auto field = reader.Next()) {
    if (field->number == 1 && field->wire == 2) text = field->bytes;
    if (field->number == 2 && field->wire == 5) {
      score = std::bit_cast<float>(static_cast<uint32_t>(field->integer));
    }
    if (field->number == 3 && field->wire == 0) type = field->integer;
  }
  if (reader.malformed) return Malformed(where);
  constexpr PieceType kTypes[] = {PieceType::kNormal,      PieceType::kUnknown, PieceType::kControl,
                                  PieceType::kUserDefined, PieceType::kUnused,  PieceType::kByte};
  if (type < 1 || type > std::size(kTypes)) {
    return Corruption(where + ".type: " + std::to_string(type) + ", allowed are 1 to 6");
  }
  if (text.size() > kPieceBytesMax) {
    return Corruption(where + ".piece: " + std::to_string(text.size()) + " bytes, at most " +
                      std::to_string(kPieceBytesMax) + " are allowed");
  }
  spec->pieces.emplace_back(text);
  spec->scores.push_back(score);
  spec->types.push_back(kTypes[type - 1]);
  return OkStatus();
}

// What the trainer says beside the ids.
struct Training {
  bool present = false;
  uint64_t model_type = 1;
  bool byte_fallback = false;
};

// Ids are written as 64-bit varints; -1 is "none".
Status ReadId(const char* field, uint64_t integer, TokenId* id) {
  const auto value = static_cast<int64_t>(integer);
  if (value < -1 || value >= static_cast<int64_t>(kVocabularyMax)) {
    return Corruption(std::string(field) + ": " + std::to_string(value) + " is not a token id");
  }
  *id = static_cast<TokenId>(value);
  return OkStatus();
}

Status ReadTrainerSpec(std::string_view message, TokenizerSpec* spec, Training* training) {
  training->present = true;
  ProtoReader reader(message);
  while (const auto field = reader.Next()) {
    if (field->wire != 0) continue;
    switch (field->number) {
      case 3:
        training->model_type = field->integer;
        break;
      case 24:
        if (field->integer == 0) break;
        return Unsupported("trainer_spec.treat_whitespace_as_suffix: true");
      case 35:
        training->byte_fallback = field->integer != 0;
        break;
      case 40:
        LMP_RETURN_IF_ERROR(ReadId("trainer_spec.unk_id", field->integer, &spec->unknown));
        break;
      case 41:
        LMP_RETURN_IF_ERROR(ReadId("trainer_spec.bos_id", field->integer, &spec->bos));
        break;
      case 42:
        LMP_RETURN_IF_ERROR(ReadId("trainer_spec.eos_id", field->integer, &spec->eos));
        break;
      default:
        break;
    }
  }
  return reader.malformed ? Malformed("trainer_spec") : OkStatus();
}

Status ReadNormalizerSpec(std::string_view message, TokenizerSpec* spec) {
  bool remove_extra_whitespaces = true;
  ProtoReader reader(message);
  while (const auto field = reader.Next()) {
    if (field->number == 2 && field->wire == 2 && !field->bytes.empty()) {
      return Unsupported(
          "normalizer_spec.precompiled_charsmap: " + std::to_string(field->bytes.size()) +
          " bytes, supported is only the identity");
    }
    if (field->wire != 0) continue;
    const bool value = field->integer != 0;
    if (field->number == 3) spec->add_space_prefix = value;
    if (field->number == 4) remove_extra_whitespaces = value;
    if (field->number == 5 && !value) {
      return Unsupported("normalizer_spec.escape_whitespaces: false");
    }
  }
  if (reader.malformed) return Malformed("normalizer_spec");
  if (!remove_extra_whitespaces) return OkStatus();
  return Unsupported("normalizer_spec.remove_extra_whitespaces: true");
}

// A table that changes text on its way back.
Status CheckDenormalizer(std::string_view message) {
  ProtoReader reader(message);
  while (const auto field = reader.Next()) {
    if (field->number != 2 || field->wire != 2 || field->bytes.empty()) continue;
    return Unsupported("denormalizer_spec.precompiled_charsmap: " +
                       std::to_string(field->bytes.size()) + " bytes, supported is none");
  }
  return reader.malformed ? Malformed("denormalizer_spec") : OkStatus();
}

// What the library itself requires of the pieces.
Status CheckPieces(const TokenizerSpec& spec, const Training& training) {
  std::unordered_map<std::string_view, size_t> ids;
  size_t unknown = spec.pieces.size(), bytes = 0;
  for (size_t i = 0; i < spec.pieces.size(); ++i) {
    const std::string where = "pieces[" + std::to_string(i) + "]";
    if (spec.pieces[i].empty()) return Corruption(where + ".piece: empty");
    const auto [same, is_new] = ids.emplace(spec.pieces[i], i);
    if (!is_new) {
      return Corruption(where + ".piece: " + ShownText(spec.pieces[i]) + " is pieces[" +
                        std::to_string(same->second) + "] already");
    }
    if (spec.types[i] == PieceType::kByte) ++bytes;
    if (spec.types[i] != PieceType::kUnknown) continue;
    if (unknown < i) {
      return Corruption(where + ".type: a second unknown piece, pieces[" + std::to_string(unknown) +
                        "] is one");
    }
    unknown = i;
  }
  if (unknown == spec.pieces.size()) return Corruption("pieces: none is the unknown piece");
  if (spec.unknown != static_cast<TokenId>(unknown)) {
    return Corruption("trainer_spec.unk_id: " + std::to_string(spec.unknown) +
                      ", but the unknown piece is pieces[" + std::to_string(unknown) + "]");
  }
  const size_t expected = training.byte_fallback ? 256 : 0;
  if (bytes == expected) return OkStatus();
  return Corruption(
      "pieces: " + std::to_string(bytes) + " byte pieces, trainer_spec.byte_fallback " +
      (training.byte_fallback ? "true" : "false") + " needs " + std::to_string(expected));
}

Result<TokenizerSpec> ReadMessage(std::string_view bytes) {
  constexpr uint64_t kBpe = 2;
  TokenizerSpec spec;
  spec.model = "llama";
  spec.origin.format = TokenizerOrigin::Format::kSentencePiece;
  spec.unknown = 0;  // the library's defaults
  spec.bos = 1;
  spec.eos = 2;
  Training training;
  bool normalizer = false;
  ProtoReader reader(bytes);
  while (const auto field = reader.Next()) {
    if (field->wire != 2) continue;
    if (field->number == 1) LMP_RETURN_IF_ERROR(ReadPiece(field->bytes, &spec));
    if (field->number == 2) {
      LMP_RETURN_IF_ERROR(ReadTrainerSpec(field->bytes, &spec, &training));
    }
    if (field->number == 3) {
      LMP_RETURN_IF_ERROR(ReadNormalizerSpec(field->bytes, &spec));
      normalizer = true;
    }
    if (field->number == 5) LMP_RETURN_IF_ERROR(CheckDenormalizer(field->bytes));
  }
  if (reader.malformed) return Malformed("");
  if (spec.pieces.empty()) return Corruption("pieces: none");
  if (!training.present) return Corruption("trainer_spec: missing");
  if (training.model_type != kBpe) {
    return Unsupported("trainer_spec.model_type: " + std::to_string(training.model_type) +
                       ", supported is 2 (BPE)");
  }
  if (!normalizer) return Corruption("normalizer_spec: missing");
  LMP_RETURN_IF_ERROR(CheckPieces(spec, training));
  spec.add_bos = spec.bos >= 0;
  return spec;
}

}  // namespace

Result<TokenizerSpec> ReadSentencePieceModel(const TokenizerFile& file) {
  Result<TokenizerSpec> spec = ReadMessage(file.bytes);
  if (!spec.ok()) return InFile(file, spec.status());
  spec->origin.file = file.name;
  return spec;
}

}  // namespace lmp::text
