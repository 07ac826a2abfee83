#include "runtime/exec/list_scan.h"

namespace lmp::exec {

std::vector<std::string_view> ListScan::Advance(std::string_view text) {
  std::vector<std::string_view> complete;
  const auto end_element = [&](size_t end) {
    if (!open_) return;
    open_ = false;
    complete.push_back(text.substr(begin_, end - begin_));
  };
  for (; at_ < text.size(); ++at_) {
    const char c = text[at_];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
        if (depth_ == 1) end_element(at_ + 1);
      }
      continue;
    }
    if (c == ' ' || c == ':') continue;
    if (depth_ == 1 && (c == ',' || c == ']')) {
      end_element(at_);  // of a word or a number
      if (c == ']') --depth_;
      continue;
    }
    if (depth_ == 1 && !open_) {
      open_ = true;
      begin_ = at_;
    }
    if (c == '"') {
      in_string_ = true;
    } else if (c == '[' || c == '{') {
      ++depth_;
    } else if (c == ']' || c == '}') {
      --depth_;
      if (depth_ == 1) end_element(at_ + 1);
    }
  }
  return complete;
}

}  // namespace lmp::exec
