// The model files of the SentencePiece library, read by a small reader of protocol buffers.
#include <bit>
#include <cstring>
#include <optional>

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
  return Corruption(message + ": cut short or not a protocol buffer");
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
  spec->pieces.emplace_back(text);
  spec->scores.push_back(score);
  spec->types.push_back(kTypes[type - 1]);
  return OkStatus();
}

// Ids are written as 64-bit varints; -1 is "none".
TokenId IdOf(uint64_t integer) { return static_cast<TokenId>(static_cast<int64_t>(integer)); }

Status ReadTrainerSpec(std::string_view message, TokenizerSpec* spec) {
  constexpr uint64_t kBpe = 2;
  uint64_t model_type = 1;
  ProtoReader reader(message);
  while (const auto field = reader.Next()) {
    if (field->wire != 0) continue;
    switch (field->number) {
      case 3:
        model_type = field->integer;
        break;
      case 24:
        if (field->integer == 0) break;
        return Unsupported("trainer_spec.treat_whitespace_as_suffix: true");
      case 40:
        spec->unknown = IdOf(field->integer);
        break;
      case 41:
        spec->bos = IdOf(field->integer);
        break;
      case 42:
        spec->eos = IdOf(field->integer);
        break;
      default:
        break;
    }
  }
  if (reader.malformed) return Malformed("trainer_spec");
  if (model_type == kBpe) return OkStatus();
  return Unsupported("trainer_spec.model_type: " + std::to_string(model_type) +
                     ", supported is 2 (BPE)");
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

}  // namespace

Result<TokenizerSpec> ReadSentencePieceModel(std::string_view bytes) {
  TokenizerSpec spec;
  spec.model = "llama";
  spec.unknown = 0;  // the library's defaults
  spec.bos = 1;
  spec.eos = 2;
  bool trainer = false, normalizer = false;
  ProtoReader reader(bytes);
  while (const auto field = reader.Next()) {
    if (field->wire != 2) continue;
    if (field->number == 1) LMP_RETURN_IF_ERROR(ReadPiece(field->bytes, &spec));
    if (field->number == 2) {
      LMP_RETURN_IF_ERROR(ReadTrainerSpec(field->bytes, &spec));
      trainer = true;
    }
    if (field->number == 3) {
      LMP_RETURN_IF_ERROR(ReadNormalizerSpec(field->bytes, &spec));
      normalizer = true;
    }
  }
  if (reader.malformed) return Malformed("model");
  if (spec.pieces.empty()) return Corruption("pieces: none");
  if (!trainer) return Corruption("trainer_spec: missing");
  if (!normalizer) return Corruption("normalizer_spec: missing");
  spec.add_bos = spec.bos >= 0;
  return spec;
}

}  // namespace lmp::text
