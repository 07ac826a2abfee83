// Any program through the formatter: it keeps its promises (frontend/format.h checks the tokens and
// the comments), and formatting twice is formatting once.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "frontend/format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lmp::Source source("fuzz.lmp", std::string(reinterpret_cast<const char*>(data), size));
  const lmp::frontend::Formatted once = lmp::frontend::Format(source, 0);
  if (lmp::HasErrors(once.diagnostics)) return 0;
  const lmp::frontend::Formatted twice = lmp::frontend::Format({"fuzz.lmp", once.text}, 0);
  if (lmp::HasErrors(twice.diagnostics) || twice.text != once.text) std::abort();
  return 0;
}
