// Any bytes: the reader of records gives a record or an error. What it accepts prints, and reads
// back as the same text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/exec/run_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const lmp::Result<lmp::exec::RunRecord> record = lmp::exec::ParseRecord(text);
  if (!record.ok()) return 0;
  const std::string printed = lmp::exec::PrintRecord(*record);
  const lmp::Result<lmp::exec::RunRecord> again = lmp::exec::ParseRecord(printed);
  if (!again.ok() || lmp::exec::PrintRecord(*again) != printed) std::abort();
  if (!lmp::exec::DifferenceOf(record->head, again->head).empty()) std::abort();
  return 0;
}
