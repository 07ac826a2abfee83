#include "runtime/text/byte_alphabet.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lmp::text {
namespace {

struct Alphabet {
  std::array<uint16_t, 256> code_points;
  std::array<int16_t, 512> bytes;  // -1: not in the alphabet
};

constexpr Alphabet MakeAlphabet() {
  Alphabet out{};
  for (auto& byte : out.bytes) byte = -1;
  uint16_t next = 0x100;
  for (uint16_t byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    const uint16_t code_point = printable ? byte : next++;
    out.code_points[byte] = code_point;
    out.bytes[code_point] = static_cast<int16_t>(byte);
  }
  return out;
}

constexpr Alphabet kAlphabet = MakeAlphabet();

}  // namespace

std::optional<std::string> BytesOfAlphabet(std::string_view written) {
  std::string out;
  out.reserve(written.size());
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(written[i]); };
  for (size_t at = 0; at < written.size();) {
    uint32_t code_point = byte(at);
    size_t length = 1;
    if (code_point >= 0x80) {  // the alphabet has no character of more than two bytes
      const bool two = code_point >= 0xC2 && code_point < 0xC8 && at + 1 < written.size() &&
                       (byte(at + 1) & 0xC0) == 0x80;
      if (!two) return std::nullopt;
      code_point = (code_point & 0x1F) << 6 | (byte(at + 1) & 0x3Fu);
      length = 2;
    }
    if (kAlphabet.bytes[code_point] < 0) return std::nullopt;
    out.push_back(static_cast<char>(kAlphabet.bytes[code_point]));
    at += length;
  }
  return out;
}

std::string AlphabetOfBytes(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const uint32_t code_point = kAlphabet.code_points[static_cast<uint8_t>(c)];
    if (code_point < 0x80) {
      out.push_back(static_cast<char>(code_point));
    } else {
      out.push_back(static_cast<char>(0xC0 | code_point >> 6));
      out.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
    }
  }
  return out;
}

}  // namespace lmp::text
