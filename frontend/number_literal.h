// Numbers in the spellings of other languages. Pure, any thread.
#pragma once

#include <string>

namespace lmp::frontend {

// `0x1f`, `0b101`, `0o17` and `1e5` (without `_`) as LMP writes them; "" for anything else.
std::string PlainNumber(const std::string& digits);

}  // namespace lmp::frontend
