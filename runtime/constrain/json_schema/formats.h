// The formats of JSON Schema that LMP enforces. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace lmp::constrain {

struct Format {
  enum class Kind {
    kUnknown,
    kAnnotation,  // says nothing about the text (float, double)
    kString,      // strings that `pattern` matches
    kInteger,     // whole numbers of `bits` bits
  };
  Kind kind = Kind::kUnknown;
  std::string pattern;   // as ecma_regex.h reads it; anchored
  bool partial = false;  // there are more strings of the format than the pattern generates
  int bits = 0;
};

Format FindFormat(std::string_view name);

}  // namespace lmp::constrain
