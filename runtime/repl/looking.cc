// The commands that show something of a session and change nothing.
#include <cstdio>

#include "runtime/repl/console.h"
#include "runtime/repl/style.h"

namespace lmp::repl {
namespace {

constexpr const char* kNothingRan = "nothing was entered yet that runs";

// A transcript is the same every time, so it has no seconds.
void PrintTokens(const char* of, const RunStats& s, bool with_seconds) {
  std::printf("%-8s prompt %lld, cached %lld, computed %lld, generated %lld, forced %lld", of,
              static_cast<long long>(s.prompt_tokens), static_cast<long long>(s.cached_tokens),
              static_cast<long long>(s.computed_tokens), static_cast<long long>(s.generated_tokens),
              static_cast<long long>(s.forced_tokens));
  if (with_seconds) std::printf(", %.2f s", s.seconds);
  std::printf("\n");
}

// In one line: what would break it, or move a terminal's cursor, is written out.
std::string OneLine(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    char escape[8];
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::snprintf(escape, sizeof escape, "\\x%02x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

bool Console::DoLooking(const std::string& name, const std::string& argument) {
  if (name == ":tokens") {
    ShowTokens();
  } else if (name == ":cost") {
    ShowCost(argument);
  } else if (name == ":ctx") {
    ShowContext();
  } else if (name == ":why") {
    ShowWhy();
  } else if (name == ":ir") {
    ShowIr();
  } else if (name == ":plan") {
    ShowPlan();
  } else if (name == ":cache") {
    ShowCache(argument);
  } else if (name == ":model") {
    ShowModel();
  } else {
    return false;
  }
  return true;
}

void Console::ShowType(const std::string& expression) {
  const Session::TypeOutcome found = session_->TypeOf(expression);
  for (const Diagnostic& d : found.diagnostics) {
    if (d.severity != Severity::kError && !found.type.empty()) continue;
    std::fputs(RenderDiagnostic(d, found.sources, {.color = colors_}).c_str(), stdout);
  }
  if (HasErrors(found.diagnostics)) return Worsen(ReplEnd::kProgramWrong);
  if (found.type.empty()) return Complain("no expression, so it has no type");
  std::printf("%s\n", found.type.c_str());
}

void Console::ShowWhy() const {
  if (!report_.explain.empty()) {
    std::fputs(report_.explain.c_str(), stdout);
  } else if (!report_.failure.kind.empty()) {
    std::printf("the last generation was stopped before it was over\n");
  } else {
    std::printf("nothing was generated yet\n");
  }
}

void Console::ShowTokens() const {
  PrintTokens("entry", report_.stats, reader_.terminal());
  PrintTokens("session", total_, reader_.terminal());
}

void Console::ShowCost(const std::string& function) {
  const Result<std::string> bounds = session_->Explain(function);
  if (!bounds.ok() && !function.empty()) return Complain(bounds.status().message());
  std::printf(
      "session: %d calls of the model, %lld rows computed for prompts of %lld tokens and %lld "
      "generated\n",
      total_.calls, static_cast<long long>(total_.computed_tokens),
      static_cast<long long>(total_.prompt_tokens),
      static_cast<long long>(total_.generated_tokens));
  if (bounds.ok()) std::fputs(bounds.value().c_str(), stdout);
}

void Console::ShowContext() const {
  const std::vector<ContextPart> parts = session_->Context();
  if (parts.empty()) {
    std::printf("nothing stands in the context yet\n");
    return;
  }
  int tokens = 0, cached = 0;
  for (const ContextPart& part : parts) {
    tokens += part.tokens;
    cached += part.state == "cached" ? part.tokens : 0;
    std::printf("%5d  %-9s  %-8s  %s\n", part.tokens, part.kind.c_str(), part.state.c_str(),
                Painted(OneLine(part.text), part.kind, colors_).c_str());
  }
  std::printf("%5d  tokens, %d of them cached when the last question was asked\n", tokens, cached);
}

void Console::ShowCache(const std::string& argument) {
  if (argument == "clear") engine_->ClearCache();
  const Result<EngineCounters> counters = engine_->Counters();
  if (!counters.ok()) return Complain(counters.status().message());
  const EngineCounters& c = counters.value();
  std::printf("%llu of %llu pages in use; since the start %llu of %llu prompt tokens were cached\n",
              static_cast<unsigned long long>(c.pages_total - c.pages_free),
              static_cast<unsigned long long>(c.pages_total),
              static_cast<unsigned long long>(c.cached_tokens),
              static_cast<unsigned long long>(c.prompt_tokens));
}

void Console::ShowIr() {
  if (program_ == nullptr) return Complain(kNothingRan);
  std::fputs(program_->IrText().c_str(), stdout);
}

void Console::ShowPlan() {
  if (program_ == nullptr) return Complain(kNothingRan);
  const Result<ExplainOutcome> plan = Explain(*program_, {.model = engine_->model().path});
  if (!plan.ok()) return Complain(plan.status().message());
  std::fputs(plan.value().text.c_str(), stdout);
}

void Console::ShowModel() const {
  const ModelSummary& m = engine_->model();
  std::printf("%s: %s %s, %d layers of %d, context %d, KV %s\n%s\n", m.name.c_str(),
              m.architecture.c_str(), m.weight_format.c_str(), m.layers, m.width, m.context_max,
              m.kv_type.c_str(), m.path.c_str());
}

}  // namespace lmp::repl
