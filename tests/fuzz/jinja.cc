// Any bytes as a chat template: refused with a reason, or rendered within its bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runtime/text/chat_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto probed = lmp::text::ProbeChatTemplate(source, "<s>", "</s>");
  const bool sound = probed.ok() ? !probed->chat.user_header.empty() && !probed->chat.footer.empty()
                                 : !probed.status().message().empty();
  if (!sound) std::abort();
  return 0;
}
