// Passages: what `retrieve` gives and `insert` takes. In programs the record `passage`, which every
// program has that names it; its fields are those of `lmp corpus search --json`.
//
// Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.h"
#include "runtime/base/status.h"

namespace lmp::ir {

inline constexpr std::string_view kPassageRecord = "passage";

struct Passage {
  std::string id;        // unique in its corpus
  std::string document;  // of which it is a part
  int64_t line = 0;      // of the document, where it begins
  std::string heading;   // path of the headings above it, or ""
  std::string text;
  double score = 0;  // comparable within one answer
  int64_t tokens = 0;
};

// The declaration of the record. Its fields are in the order of Passage.
RecordDecl PassageDecl(const TypeTable& types);
Value PassageValue(const Passage& passage);

// What one `retrieve` asks.
struct PassageQuery {
  std::vector<std::string> texts;  // several: their rankings are fused
  int64_t k = 0;
};
// Errors: InvalidArgument (k), ResourceExhausted (too many queries).
Status CheckPassageQuery(const PassageQuery& query);

}  // namespace lmp::ir
