// The data of server-sent events, out of bytes that come in any pieces. Comments, names and ids of
// events are passed over; several lines of data in one event are joined by line breaks.
//
// One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp::remote {

class EventStream {
 public:
  static constexpr size_t kEventBytesMax = 4u << 20;

  // Called with the data of each event that is whole. An error ends Push with it. Errors also:
  // ResourceExhausted (an event or a line of more than kEventBytesMax).
  using OnData = std::function<Status(std::string_view data)>;
  Status Push(std::string_view bytes, const OnData& on_data);
  // Whether bytes wait for the end of their event.
  bool inside() const { return !line_.empty() || has_data_; }

 private:
  Status TakeLine(const OnData& on_data);

  std::string line_;           // without its end, which has not come
  bool after_return_ = false;  // a line ended with CR: an LF that follows belongs to it
  std::string data_;
  bool has_data_ = false;
};

}  // namespace lmp::remote
