// The modules of `std` that are written in LMP (frontend/std/*.lmp), compiled into the binary.
#pragma once

#include <optional>
#include <string_view>

namespace lmp::frontend {

// The text of `std.NAME`.
std::optional<std::string_view> StdText(std::string_view name);

}  // namespace lmp::frontend
