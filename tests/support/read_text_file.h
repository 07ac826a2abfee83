// A whole file as text. Throws if it cannot be read.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace lmp::testing {

inline std::string ReadTextFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace lmp::testing
