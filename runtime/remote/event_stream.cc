#include "runtime/remote/event_stream.h"

#include <utility>

namespace lmp::remote {

Status EventStream::Push(std::string_view bytes, const OnData& on_data) {
  while (!bytes.empty()) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + data_.size() + part.size() > kEventBytesMax) {
      return ResourceExhausted("an event of more than " + std::to_string(kEventBytesMax) +
                               " bytes");
    }
    line_ += part;
    if (end == bytes.npos) return OkStatus();
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    LMP_RETURN_IF_ERROR(TakeLine(on_data));
  }
  return OkStatus();
}

Status EventStream::TakeLine(const OnData& on_data) {
  const std::string line = std::exchange(line_, {});
  if (line.empty()) {
    if (!std::exchange(has_data_, false)) return OkStatus();
    return on_data(std::exchange(data_, {}));
  }
  const size_t colon = line.find(':');
  if (line.substr(0, colon) != "data") return OkStatus();
  std::string_view value = colon == line.npos ? "" : std::string_view(line).substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (std::exchange(has_data_, true)) data_ += '\n';
  data_ += value;
  return OkStatus();
}

}  // namespace lmp::remote
