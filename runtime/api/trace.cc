#include "runtime/api/trace.h"

#include <algorithm>
#include <cstddef>

#include "runtime/api/state.h"
#include "runtime/base/json.h"

namespace lmp::api {

namespace {

double Microseconds(int64_t ns) { return static_cast<double>(ns) / 1000; }

// Viewers draw what has one thread as a stack of bars. So an operation goes where its parent is,
// if no other child is there at the same time, else to a line that is free.
std::vector<size_t> LinesOf(const std::vector<exec::OpSpan>& spans) {
  std::vector<std::vector<size_t>> open;  // per line: what lasts, the innermost last
  std::vector<size_t> line_of;
  for (size_t i = 0; i < spans.size(); ++i) {
    const exec::OpSpan& span = spans[i];
    for (std::vector<size_t>& line : open) {
      while (!line.empty() && spans[line.back()].end_ns <= span.start_ns) line.pop_back();
    }
    size_t line = open.size();
    if (span.parent >= 0) {
      const auto parent = static_cast<size_t>(span.parent);
      const std::vector<size_t>& around = open[line_of[parent]];
      if (!around.empty() && around.back() == parent) line = line_of[parent];
    }
    if (line == open.size()) {
      const auto empty = std::find_if(open.begin(), open.end(),
                                      [](const std::vector<size_t>& each) { return each.empty(); });
      line = static_cast<size_t>(empty - open.begin());
    }
    if (line == open.size()) open.emplace_back();
    open[line].push_back(i);
    line_of.push_back(line);
  }
  return line_of;
}

// "ask.reply#0" is `reply`.
std::string NameOf(const exec::OpSpan& span) {
  if (!span.name.empty()) return span.name;
  const size_t dot = span.site.rfind('.');
  if (dot == std::string::npos) return span.kind;
  return span.site.substr(dot + 1, span.site.rfind('#') - dot - 1);
}

Json DetailsOf(const exec::OpSpan& span, const std::vector<Source>& sources) {
  Json out{{"place", PlaceOf(span.span, sources)}, {"ended", span.how}};
  if (!span.site.empty()) out["site"] = span.site;
  if (!span.engine.empty()) out["engine"] = span.engine;
  if (span.calls == 0) return out;
  const engine::SequenceUsage& u = span.usage;
  if (span.calls > 1) out["calls of the model"] = span.calls;
  out["prompt tokens"] = u.prompt_tokens;
  out["cached tokens"] = u.cached_tokens;
  out["computed tokens"] = u.computed_tokens;
  out["generated tokens"] = u.generated_tokens;
  out["forced tokens"] = u.forced_tokens;
  if (u.reused_tokens > 0) out["reused tokens"] = u.reused_tokens;
  if (u.preemptions > 0) out["preemptions"] = u.preemptions;
  out["not cached because"] = engine::MissReasonName(u.miss);
  return out;
}

}  // namespace

std::string TraceJson(const exec::RunResult& result, const std::vector<Source>& sources) {
  const int64_t end_ns = result.stats.wall_ns;
  std::vector<exec::OpSpan> spans = result.spans;
  for (exec::OpSpan& span : spans) {
    if (span.end_ns < 0) span.end_ns = end_ns;
  }
  const std::vector<size_t> lines = LinesOf(spans);
  Json events = Json::array();
  events.push_back({{"name", "process_name"},
                    {"ph", "M"},
                    {"pid", 1},
                    {"args", {{"name", sources.empty() ? "lmp" : sources[0].name()}}}});
  for (size_t i = 0; i < spans.size(); ++i) {
    const exec::OpSpan& span = spans[i];
    events.push_back({{"name", NameOf(span)},
                      {"cat", span.kind},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", lines[i] + 1},
                      {"ts", Microseconds(span.start_ns)},
                      {"dur", Microseconds(span.end_ns - span.start_ns)},
                      {"args", DetailsOf(span, sources)}});
    if (span.first_text_ns < 0) continue;
    events.push_back({{"name", "first text"},
                      {"cat", span.kind},
                      {"ph", "i"},
                      {"s", "t"},
                      {"pid", 1},
                      {"tid", lines[i] + 1},
                      {"ts", Microseconds(span.first_text_ns)}});
  }
  Json other{{"ended", result.ok ? "done" : result.failure.kind},
             {"microseconds", Microseconds(end_ns)}};
  if (result.spans_left_out > 0) other["operations left out"] = result.spans_left_out;
  return DumpJson(Json{{"displayTimeUnit", "ms"},
                       {"otherData", std::move(other)},
                       {"traceEvents", std::move(events)}});
}

}  // namespace lmp::api
