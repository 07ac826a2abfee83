// Format of lmp.h.
#include "frontend/format.h"

#include "runtime/api/state.h"

namespace lmp {

FormatOutcome Format(std::string name, std::string text) {
  FormatOutcome out;
  const auto formatted = api::Wall<bool>([&]() -> Result<bool> {
    out.sources.emplace_back(std::move(name), std::move(text));
    frontend::Formatted result = frontend::Format(out.sources[0], 0);
    out.diagnostics = std::move(result.diagnostics);
    out.text = std::move(result.text);
    return true;
  });
  if (!formatted.ok()) out.status = formatted.status();
  return out;
}

}  // namespace lmp
