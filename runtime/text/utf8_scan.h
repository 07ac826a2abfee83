// The length of one well-formed UTF-8 code point at the start of a byte run. Pure, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace lmp::text {

enum class Utf8Form { kComplete, kIncomplete, kInvalid };

struct Utf8Unit {
  size_t length;  // bytes of the code point; all of `bytes` if incomplete; 1 if invalid
  Utf8Form form;
};

// `bytes` is not empty. kIncomplete: every byte given may still begin a code point, which needs
// more.
Utf8Unit ScanUtf8(std::string_view bytes);

}  // namespace lmp::text
