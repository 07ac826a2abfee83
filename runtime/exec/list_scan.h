// ListScan: which elements of a JSON list are complete while its text still grows.
//
//   [{"title": "owls"}, {"title": "fo      one element
//    ^----- complete --^ ^-- open ---
//
// The text is what a constraint lets a model write, so it is well formed as far as it goes; of
// anything else no element is found behind the first fault. A string, a list or a record is
// complete at its last character, a bare word or number at what follows it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace lmp::exec {

class ListScan {
 public:
  // `text`: the whole text so far; it begins with what earlier calls saw. Gives the elements that
  // have become complete since, as parts of `text`.
  std::vector<std::string_view> Advance(std::string_view text);

 private:
  size_t at_ = 0;     // the next character to look at
  size_t begin_ = 0;  // of the open element
  bool open_ = false;
  int depth_ = 0;  // brackets open before at_; 1 is directly in the list
  bool in_string_ = false, escaped_ = false;
};

}  // namespace lmp::exec
