#include "runtime/cli/exit_codes.h"

namespace lmp::cli {

ExitCode ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kDone;
    case StatusCode::kCancelled:
      return kInterrupted;
    case StatusCode::kInvalidArgument:
      return kUsage;
    case StatusCode::kNotFound:
    case StatusCode::kResourceExhausted:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kUnavailable:
    case StatusCode::kCorruption:
    case StatusCode::kUnsupported:
      return kFile;
    case StatusCode::kInternal:
      return kInternal;
  }
  return kInternal;
}

ExitCode ExitCodeOf(const RunReport& report) {
  if (report.ok) return kDone;
  if (report.failure.kind == "internal") return kInternal;
  return report.failure.kind == "cancelled" ? kInterrupted : kRunFailed;
}

std::string_view KindOf(ExitCode code) {
  switch (code) {
    case kDone:
      return "done";
    case kProgramWrong:
      return "program";
    case kUsage:
      return "usage";
    case kFile:
      return "file";
    case kRunFailed:
      return "run";
    case kInternal:
      return "internal";
    case kInterrupted:
      return "interrupted";
  }
  return "internal";
}

std::string_view ExitCodeTable() {
  return "Exit codes:\n"
         "  0    done\n"
         "  1    the program has errors\n"
         "  2    wrong command line or wrong arguments of the run\n"
         "  3    a file or model is missing, damaged or not supported, or the output cannot be "
         "written\n"
         "  4    the run failed\n"
         "  5    internal error: a fault of LMP\n"
         "  130  interrupted (Ctrl-C, SIGTERM)\n";
}

}  // namespace lmp::cli
