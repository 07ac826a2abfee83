// RunRecord: what came into one run from outside of its program, its model and its arguments: what
// tools gave, what was retrieved, in which order passages were put because of the cache, and where
// time was over. With it the run can be repeated bit for bit without asking anyone.
//
//   {"lmp_record":1,"version":"0.1.0","program":"5f0c...","model":"9b1d...","kv":"bf16", ...}
//   {"site":"main.search#0/search@2","ordinal":0,"answer":"[{\"title\": ...}]"}
//   {"site":"main.search#0/search@2","ordinal":1,"error":"the server answers 503"}
//   {"site":"main@7","ordinal":0,"timeout":true}
//   {"site":"main@9","ordinal":0,"over":{"emits":1,"used":[40,210,2]}}
//   {"end":{"ok":true,"digest":"..."}}
//
// A site is the path to an operation and its number in the function's plan; ordinals count the
// tries of a tool. Plain values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::exec {

struct RecordedEvent {
  enum class Kind : uint8_t {
    kAnswer,   // `text`: what was given, as it came
    kError,    // `text`: why nothing was given
    kTimeout,  // of a tool
    kOver      // of a `try`: its time
  };
  std::string site;
  int64_t ordinal = 0;
  Kind kind = Kind::kAnswer;
  std::string text = {};
  int64_t emits = 0;              // kOver: that its block had done
  std::array<int64_t, 3> used{};  // kOver: of the budget around it, by Cost
};

// What must be the same for a record to tell anything.
struct RecordHead {
  std::string version;  // of LMP; says, but need not be the same
  std::string program;  // checksum of the plan's text
  std::string model;    // SHA-256 of its file
  std::string kv;       // what KV is stored as
  std::string kernels;
  std::string function;
  std::string arguments;  // a JSON object
  uint64_t seed = 0;
};

struct RecordEnd {
  bool ok = false;
  std::string digest;  // of what the run gave and emitted, or of how it failed
};

struct RunRecord {
  RecordHead head;
  std::vector<RecordedEvent> events;
  std::optional<RecordEnd> end;  // none: the run did not end by itself

  // Null if there is none.
  const RecordedEvent* Find(const std::string& site, int64_t ordinal) const;
  void Add(RecordedEvent event);

 private:
  std::map<std::pair<std::string, int64_t>, size_t> by_site_;
};

// JSON, one object per line.
std::string PrintRecord(const RunRecord& record);
// Errors: InvalidArgument with the line; Unsupported (another format).
Result<RunRecord> ParseRecord(std::string_view text);

// Which part of `now` is not as it was recorded, in words; empty if none. Arguments are compared as
// JSON texts.
std::string DifferenceOf(const RecordHead& recorded, const RecordHead& now);

}  // namespace lmp::exec
