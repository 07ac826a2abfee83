// Status and Result<T>: how LMP reports that the world is wrong (a file, a device, a limit, a bad
// request). Errors of the user's program are Diagnostics; errors of LMP's own code are LMP_CHECK.
//
// Both types are [[nodiscard]] values, may be used on any thread, and never throw. Messages start
// in lower case, have no full stop, and say what was found, where, and which limit was exceeded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/check.h"

namespace lmp {

enum class StatusCode {
  kOk,
  kCancelled,
  kInvalidArgument,
  kNotFound,
  kResourceExhausted,
  kDeadlineExceeded,
  kUnavailable,
  kCorruption,
  kUnsupported,
  kInternal,
};

std::string_view StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // "invalid_argument: message", or "ok".
  std::string ToString() const;
  // The same error with `where` and ": " in front of its message.
  Status WithPrefix(std::string_view where) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

inline Status OkStatus() { return Status(); }
Status Cancelled(std::string message);
Status InvalidArgument(std::string message);
Status NotFound(std::string message);
Status ResourceExhausted(std::string message);
Status DeadlineExceeded(std::string message);
Status Unavailable(std::string message);
Status Corruption(std::string message);
Status Unsupported(std::string message);
Status Internal(std::string message);

// A value or an error. value() of an error is a failed invariant.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: implicit by design
  Result(Status status) : status_(std::move(status)) {  // NOLINT: implicit by design
    LMP_CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & {
    LMP_CHECK(ok());
    return *value_;
  }
  const T& value() const& {
    LMP_CHECK(ok());
    return *value_;
  }
  T&& value() && {
    LMP_CHECK(ok());
    return *std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

#define LMP_CONCAT_(a, b) a##b
#define LMP_CONCAT(a, b) LMP_CONCAT_(a, b)

// LMP_TRY(auto x, F()) binds the value or returns the error; LMP_RETURN_IF_ERROR(F()) for Status.
#define LMP_TRY(decl, expr) LMP_TRY_(decl, expr, LMP_CONCAT(lmp_result_, __LINE__))
#define LMP_TRY_(decl, expr, tmp)     \
  auto tmp = (expr);                  \
  if (!tmp.ok()) return tmp.status(); \
  decl = std::move(tmp).value()
#define LMP_RETURN_IF_ERROR(expr)                                               \
  do {                                                                          \
    if (::lmp::Status lmp_status = (expr); !lmp_status.ok()) return lmp_status; \
  } while (false)

}  // namespace lmp
