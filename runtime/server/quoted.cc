#include "runtime/server/quoted.h"

#include <algorithm>

#include "runtime/base/json.h"

namespace lmp::server {

std::string Quoted(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
  });
  if (!plain) return DumpJson(Json(text));
  std::string quoted;
  quoted.reserve(text.size() + 2);
  quoted += '"';
  quoted += text;
  quoted += '"';
  return quoted;
}

}  // namespace lmp::server
