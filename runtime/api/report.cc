#include "runtime/api/report.h"

#include <cstdio>

#include "runtime/api/context_parts.h"
#include "runtime/api/state.h"
#include "runtime/base/text.h"
#include "runtime/exec/value_json.h"

namespace lmp::api {

namespace {

std::string_view SegmentName(exec::SegmentKind kind) {
  switch (kind) {
    case exec::SegmentKind::kControl:
      return "control";
    case exec::SegmentKind::kStatic:
      return "static";
    case exec::SegmentKind::kDynamic:
      return "dynamic";
    case exec::SegmentKind::kGenerated:
      return "generated";
  }
  return "unknown";
}

// "cached 32 of 40: the cache went on with other text at token 32"
std::string Why(const exec::CallReport& call) {
  const engine::SequenceUsage& usage = call.usage;
  switch (usage.miss) {
    case engine::MissReason::kNone:
      return "all that may be reused was cached";
    case engine::MissReason::kNew:
      return "the rest is new";
    case engine::MissReason::kEvicted:
      return "the rest was evicted";
    case engine::MissReason::kSalt:
      return "the rest belongs to another tenant";
    case engine::MissReason::kKey:
      return "the rest belongs to another model or KV type";
    case engine::MissReason::kDiverged:
      return "cached text goes on differently at token " + std::to_string(usage.diverged_at) +
             (call.diverged_text.empty() ? "" : ", here " + QuoteText(call.diverged_text));
    case engine::MissReason::kTainted:
      return "the rest is approximate";
    case engine::MissReason::kOff:
      return "the cache was not asked";
  }
  return "";
}

// Empty where no passage was reused.
std::string Fidelity(const engine::SequenceUsage& usage) {
  const std::string chosen = usage.auto_reason.empty() ? "" : "  " + usage.auto_reason + "\n";
  if (usage.reused_tokens == 0 && !usage.tainted) return chosen;
  std::string out = chosen + "  passages: loaded " + std::to_string(usage.reused_tokens) +
                    ", repaired " + std::to_string(usage.recomputed_tokens);
  if (!usage.tainted) return out + ", exact\n";
  return out + ", approximate from token " + std::to_string(usage.exact_tokens) + "\n";
}

std::string ExplainCall(const exec::CallReport& call, const std::vector<Source>& sources) {
  const engine::SequenceUsage& u = call.usage;
  char head[256];
  std::snprintf(head, sizeof head, "%-6s %s %s\n", call.kind.c_str(), call.site.c_str(),
                PlaceOf(call.span, sources).c_str());
  std::string out = head;
  std::snprintf(head, sizeof head, "  prompt %d  cached %d  computed %d  generated %d  forced %d",
                u.prompt_tokens, u.cached_tokens, u.computed_tokens, u.generated_tokens,
                u.forced_tokens);
  out += head;
  if (!call.method.empty()) out += "  by " + call.method;
  if (!call.engine.empty()) out += "  on " + call.engine;
  if (u.preemptions > 0) out += "  preempted " + std::to_string(u.preemptions) + " times";
  out += "  (" + Why(call) + ")\n";
  out += Fidelity(u);
  for (const exec::SegmentReport& s : call.segments) {
    if (s.tokens == 0) continue;
    const char* state = s.cached == s.tokens ? "cached" : s.cached == 0 ? "computed" : "partly";
    std::snprintf(head, sizeof head, "    %5d %-9s %-8s %s\n", s.tokens,
                  std::string(SegmentName(s.kind)).c_str(), state,
                  PlaceOf(s.span, sources).c_str());
    out += head;
  }
  return out;
}

}  // namespace

std::string PlaceOf(Span span, const std::vector<Source>& sources) {
  if (span.source >= sources.size() || span.end == 0) return "";
  const Source& source = sources[span.source];
  const Source::Place place = source.PlaceOf(span.begin);
  return source.name() + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

RunReport MakeReport(const exec::RunResult& result, const ProgramRef& program,
                     const std::shared_ptr<const void>& engine) {
  const std::vector<Source>& sources = program->state().sources;
  RunReport report;
  report.ok = result.ok;
  if (result.ok) {
    std::vector<exec::ContextRef> contexts;
    report.value_json = exec::ValueToJson(result.value, &contexts);
    for (exec::ContextRef& context : contexts) {
      report.contexts.emplace_back(std::make_shared<const Context::State>(
          Context::State{std::move(context), engine, program}));
    }
    const Result<std::string> text = ir::ToPromptText(result.value);
    if (text.ok()) report.value_text = text.value();
  } else {
    report.failure = {result.failure.kind, result.failure.message, result.failure.site,
                      PlaceOf(result.failure.span, sources)};
  }
  const exec::RunStats& s = result.stats;
  report.stats = {s.calls,
                  s.prompt_tokens,
                  s.cached_tokens,
                  s.computed_tokens,
                  s.generated_tokens,
                  s.forced_tokens,
                  s.preemptions,
                  static_cast<double>(s.wall_ns) * 1e-9,
                  s.reused_tokens,
                  s.recomputed_tokens,
                  s.approximate_tokens,
                  s.approximate_calls,
                  s.auto_reused,
                  s.auto_computed,
                  s.reordered};
  for (const exec::OrderReport& order : result.orders) {
    report.explain += "order  " + PlaceOf(order.span, sources) + " of passages:";
    for (const size_t passage : order.order) report.explain += " " + std::to_string(passage);
    report.explain += "  (what is cached goes first)\n";
  }
  for (const exec::CallReport& call : result.calls) report.explain += ExplainCall(call, sources);
  return report;
}

std::vector<ModelCall> ModelCallsOf(const exec::RunResult& result,
                                    const std::vector<Source>& sources) {
  constexpr double kSecond = 1e-9;
  std::vector<ModelCall> calls;
  for (const exec::CallReport& call : result.calls) {
    const engine::SequenceUsage& u = call.usage;
    ModelCall& out = calls.emplace_back();
    out.kind = call.kind;
    out.site = call.site;
    out.place = PlaceOf(call.span, sources);
    out.engine = call.engine;
    const bool elsewhere =
        u.miss == engine::MissReason::kSalt || u.miss == engine::MissReason::kKey;
    out.why = elsewhere ? "the rest is new" : Why(call);
    out.start_s = static_cast<double>(call.start_ns) * kSecond;
    out.end_s = static_cast<double>(call.end_ns) * kSecond;
    out.prompt_tokens = u.prompt_tokens;
    out.cached_tokens = u.cached_tokens;
    out.computed_tokens = u.computed_tokens;
    out.generated_tokens = u.generated_tokens;
    out.forced_tokens = u.forced_tokens;
    out.reused_tokens = u.reused_tokens;
    out.exact = !u.tainted;
    if (call.context != nullptr) out.parts = PartsOf(*call.context, *call.tokenizer);
  }
  return calls;
}

}  // namespace lmp::api
