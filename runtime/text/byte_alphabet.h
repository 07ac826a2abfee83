// The printable alphabet in which files write the pieces of byte-level BPE: bytes that are
// printable Latin-1 characters stand for themselves, the others for U+0100 on, in order. Pure, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmp::text {

// Empty where `written` holds a character that is not in the alphabet.
std::optional<std::string> BytesOfAlphabet(std::string_view written);
std::string AlphabetOfBytes(std::string_view bytes);

}  // namespace lmp::text
