// Invariants of LMP's own code. LMP_CHECK is always on, LMP_DCHECK in debug and sanitizer builds.
//
// LMP lives inside other people's processes, so a failed invariant must not end them: it throws
// InvariantFailure, which only two places catch: the engine loop (that Engine is poisoned and its
// runs fail with `internal`) and the noexcept wall of runtime/api. No user input may reach a check;
// the fuzz targets exist to show that.
#pragma once

#include <stdexcept>
#include <string>

namespace lmp {

class InvariantFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void FailCheck(const char* file, int line, const char* expression,
                            const std::string& detail = {});

}  // namespace lmp

#define LMP_CHECK(cond) \
  ((cond) ? static_cast<void>(0) : ::lmp::FailCheck(__FILE__, __LINE__, #cond))
// With a std::string that gives the values.
#define LMP_CHECK_MSG(cond, detail) \
  ((cond) ? static_cast<void>(0) : ::lmp::FailCheck(__FILE__, __LINE__, #cond, (detail)))

#if !defined(NDEBUG) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LMP_DCHECK(cond) LMP_CHECK(cond)
#else
#define LMP_DCHECK(cond) static_cast<void>(0)
#endif
