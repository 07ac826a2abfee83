#include "runtime/cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include <nlohmann/json.hpp>

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

Json ErrorJson(ExitCode code, const std::string& message) {
  return Json{
      {"ok", false},
      {"error",
       {{"kind", KindOf(code)}, {"message", message}, {"exit_code", static_cast<int>(code)}}}};
}

void WriteJson(const Json& json) {
  WriteOut(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

bool WriteOut(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

ExitCode FinishOutput(ExitCode code) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written) return code;
  pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  const bool reader_gone = poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
  if (!reader_gone)
    std::fputs("lmp: standard output cannot be written; a part of it is lost\n", stderr);
  return code == kDone || code == kInterrupted ? kFile : code;
}

ExitCode PrintFailure(ExitCode code, const std::string& message, Form form) {
  if (form == Form::kJson) {
    WriteJson(ErrorJson(code, message));
  } else {
    std::fflush(stdout);
    std::fprintf(stderr, "lmp: %s\n", message.c_str());
  }
  return code;
}

ExitCode PrintError(const Status& status, Form form) {
  return PrintFailure(ExitCodeOf(status), status.message(), form);
}

int PrintDiagnostics(const std::vector<Diagnostic>& diagnostics,
                     const std::vector<Source>& sources) {
  const RenderOptions options{.color = isatty(STDERR_FILENO) != 0};
  int errors = 0;
  for (const Diagnostic& d : diagnostics) {
    std::fputs(RenderDiagnostic(d, sources, options).c_str(), stderr);
    errors += d.severity == Severity::kError ? 1 : 0;
  }
  return errors;
}

ExitCode PrintWrongProgram(const std::vector<Diagnostic>& diagnostics,
                           const std::vector<Source>& sources, Form form) {
  if (form == Form::kText) {
    PrintDiagnostics(diagnostics, sources);
    return kProgramWrong;
  }
  Json json = ErrorJson(kProgramWrong, "the program has errors");
  json["diagnostics"] = Json::array();
  for (const Diagnostic& d : diagnostics) {
    json["diagnostics"].push_back(Json::parse(DiagnosticToJson(d, sources), nullptr, false));
  }
  WriteJson(json);
  return kProgramWrong;
}

std::string StatsLine(const RunStats& stats) {
  char rate[96];
  std::snprintf(
      rate, sizeof rate, "generated %lld (%.1f/s), %.2f s",
      static_cast<long long>(stats.generated_tokens),
      stats.seconds > 0 ? static_cast<double>(stats.generated_tokens) / stats.seconds : 0.0,
      stats.seconds);
  // Approximate answers say so wherever their cost is said.
  const std::string approximate =
      stats.approximate_calls == 0 ? ""
                                   : ", approximate " + std::to_string(stats.approximate_tokens) +
                                         " (reused " + std::to_string(stats.reused_tokens) + ")";
  return "tokens: prompt " + std::to_string(stats.prompt_tokens) + ", cached " +
         std::to_string(stats.cached_tokens) + ", computed " +
         std::to_string(stats.computed_tokens) + approximate +
         (stats.reordered > 0 ? ", reordered " + std::to_string(stats.reordered) : "") +
         (stats.tool_hits > 0 ? ", tools " + std::to_string(stats.tool_calls) + " (kept " +
                                    std::to_string(stats.tool_hits) + ")"
                              : "") +
         ", " + rate;
}

ProgressLine::ProgressLine(bool shown) : shown_(shown && isatty(STDERR_FILENO) != 0) {}

void ProgressLine::Show(const CorpusProgress& p) {
  const int64_t percent = p.bytes_total > 0 ? 100 * p.bytes_done / p.bytes_total : 100;
  // As often as a person can read.
  if (!shown_ || (drawn_ && percent == percent_ && p.files_done % 100 != 0)) return;
  percent_ = percent;
  drawn_ = true;
  std::fprintf(stderr, "\r\033[K%lld%%  %lld of %lld files", static_cast<long long>(percent),
               static_cast<long long>(p.files_done), static_cast<long long>(p.files_total));
  if (p.seconds_left) std::fprintf(stderr, ", %.0f s left", *p.seconds_left);
  std::fflush(stderr);
}

void ProgressLine::Clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace lmp::cli
