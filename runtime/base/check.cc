#include "runtime/base/check.h"

namespace lmp {

void FailCheck(const char* file, int line, const char* expression, const std::string& detail) {
  std::string message =
      std::string(file) + ":" + std::to_string(line) + ": check failed: " + expression;
  if (!detail.empty()) message += " (" + detail + ")";
  throw InvariantFailure(message);
}

}  // namespace lmp
