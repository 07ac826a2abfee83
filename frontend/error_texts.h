// The files of frontend/errors, compiled into the binary.
#pragma once

#include <string_view>
#include <vector>

namespace lmp::frontend {

std::vector<std::string_view> ErrorTextFiles();

}  // namespace lmp::frontend
