// Any bytes: the IR parser gives a program or one located mistake. What it accepts prints, reads
// back as the same text, and can be verified; what verifies goes through every pass and is planned.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "ir/explain.h"
#include "ir/parse.h"
#include "ir/plan.h"
#include "ir/print.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const lmp::ir::ParseOutcome outcome = lmp::ir::Parse(text);
  if (outcome.program.has_value() == !outcome.diagnostics.empty()) std::abort();
  if (!outcome.program) {
    if (outcome.diagnostics.front().span.end > size) std::abort();
    return 0;
  }
  const std::string printed = lmp::ir::Print(*outcome.program);
  const lmp::ir::ParseOutcome again = lmp::ir::Parse(printed);
  if (!again.program || lmp::ir::Print(*again.program) != printed) std::abort();
  if (!lmp::ir::Verify(*outcome.program).empty()) return 0;
  const auto plan = lmp::ir::MakePlan(std::make_shared<const lmp::ir::Program>(*outcome.program));
  if (!plan.ok()) std::abort();
  static_cast<void>(lmp::ir::Explain(**plan));
  return 0;
}
