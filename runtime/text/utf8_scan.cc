#include "runtime/text/utf8_scan.h"

#include <cstdint>

namespace lmp::text {
namespace {

struct LeadByte {
  size_t length;       // of the code point; 0: cannot begin one
  uint8_t second_low;  // bounds of the second byte shut out overlong forms and surrogates
  uint8_t second_high;
};

LeadByte Classify(uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

Utf8Unit ScanUtf8(std::string_view bytes) {
  const LeadByte lead = Classify(static_cast<uint8_t>(bytes[0]));
  if (lead.length == 0) return {1, Utf8Form::kInvalid};
  for (size_t i = 1; i < lead.length; ++i) {
    if (i == bytes.size()) return {i, Utf8Form::kIncomplete};
    const uint8_t byte = static_cast<uint8_t>(bytes[i]);
    const uint8_t low = i == 1 ? lead.second_low : uint8_t{0x80};
    const uint8_t high = i == 1 ? lead.second_high : uint8_t{0xBF};
    if (byte < low || byte > high) return {1, Utf8Form::kInvalid};
  }
  return {lead.length, Utf8Form::kComplete};
}

}  // namespace lmp::text
