#include "runtime/engine/engine.h"

#include "cache/prefix_cache.h"

namespace lmp::engine {

// The engine hands on the cache's reasons as they are, and has one more.
static_assert(static_cast<int>(MissReason::kNone) == static_cast<int>(cache::MissReason::kNone));
static_assert(static_cast<int>(MissReason::kNew) == static_cast<int>(cache::MissReason::kNew));
static_assert(static_cast<int>(MissReason::kEvicted) ==
              static_cast<int>(cache::MissReason::kEvicted));
static_assert(static_cast<int>(MissReason::kSalt) == static_cast<int>(cache::MissReason::kSalt));
static_assert(static_cast<int>(MissReason::kKey) == static_cast<int>(cache::MissReason::kKey));
static_assert(static_cast<int>(MissReason::kDiverged) ==
              static_cast<int>(cache::MissReason::kDiverged));
static_assert(static_cast<int>(MissReason::kTainted) ==
              static_cast<int>(cache::MissReason::kTainted));
static_assert(static_cast<size_t>(MissReason::kOff) == cache::kMissReasons);

std::string_view FailureKindName(FailureKind kind) {
  switch (kind) {
    case FailureKind::kLimit:
      return "limit";
    case FailureKind::kConstraint:
      return "constraint";
    case FailureKind::kRemote:
      return "remote";
    case FailureKind::kOverflow:
      return "overflow";
    case FailureKind::kCancelled:
      return "cancelled";
    case FailureKind::kInternal:
      return "internal";
  }
  return "internal";
}

std::string_view MissReasonName(MissReason reason) {
  if (reason == MissReason::kOff) return "off";
  return cache::MissReasonName(static_cast<cache::MissReason>(reason));
}

}  // namespace lmp::engine
