#include "ir/explain.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "ir/analysis.h"
#include "ir/reached.h"
#include "ir/reuse.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

// One line of a prompt is enough to know it again.
std::string Excerpt(const std::string& text) {
  constexpr size_t kBytesMax = 48;
  if (text.size() <= kBytesMax) return QuoteText(text);
  return QuoteText(text.substr(0, Utf8SafePrefix(std::string_view(text).substr(0, kBytesMax)))) +
         "...";
}

std::string Label(const Op& op) {
  switch (op.kind) {
    case OpKind::kGen:
      return "gen " + op.attributes.site;
    case OpKind::kSelect:
      return "select " + op.attributes.site +
             (op.attributes.method == "auto"
                  ? " by greedy where first tokens differ, else by likelihood"
                  : " by " + op.attributes.method);
    case OpKind::kCall:
      return "call " + op.attributes.site;
    case OpKind::kTool:
      return "tool " + op.attributes.name;
    case OpKind::kRetrieve:
      return "retrieve from " + op.attributes.name;
    default:
      return std::string(OpName(op.kind));
  }
}

class FunctionExplainer {
 public:
  // `servers`: the engines it runs on that are servers, as text; empty: none is.
  FunctionExplainer(const Plan& plan, size_t index, std::string servers = "")
      : plan_(plan),
        graph_(plan.program->functions[index]),
        graph_plan_(plan.graphs[index]),
        servers_(std::move(servers)) {}

  std::string Run() {
    out_ = "fn " + graph_.name + "\n";
    for (const Param& param : graph_.params) {
      if (!param.description.empty()) out_ += "  " + param.name + ": " + param.description + "\n";
    }
    if (!graph_.engine.empty()) out_ += "  runs on the engine " + QuoteText(graph_.engine) + "\n";
    AddBounds();
    AddPrefixes();
    AddShared();
    AddParallel(RegionId(0), graph_.name);
    if (!servers_.empty()) AddServers();
    return std::move(out_);
  }

 private:
  void AddBounds() {
    const Bounds& bounds = graph_plan_.bounds;
    const auto number = [](const Bound& n) { return (n.known() ? "at most " : "") + n.ToText(); };
    out_ += "  questions: " + number(bounds.questions) +
            "\n  generated tokens: " + number(bounds.tokens) +
            "\n  contexts at a time: " + number(bounds.contexts) + "\n";
    if (!bounds.reason.empty()) out_ += "    because of: " + bounds.reason + "\n";
  }

  void AddPrefixes() {
    for (const StaticPrefix& prefix : graph_plan_.prefixes) {
      out_ += "  static prefix: " + std::to_string(prefix.text_bytes) + " bytes of text\n";
      for (const PrefixSegment& segment : prefix.segments) {
        if (segment.kind == OpKind::kCtxOpen)
          out_ += "    " + std::string(RoleName(segment.role)) + "\n";
        if (segment.kind == OpKind::kCtxText) out_ += "      " + Excerpt(segment.text) + "\n";
      }
    }
  }

  void AddShared() {
    int64_t prepared = 0;
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      const Op& op = graph_.op(id);
      if (op.attributes.early) {
        if (op.kind == OpKind::kCtxWarm) ++prepared;
        if (op.kind == OpKind::kCall)
          out_ += "  begun before all its arguments are there: " + Label(op) + "\n";
        continue;
      }
      if (op.kind == OpKind::kCtxWarm && op.attributes.pin) {
        out_ += "  kept behind the run: a prefix, " +
                (op.attributes.ttl_ms == 0
                     ? std::string("as long as the engine lives")
                     : std::to_string(op.attributes.ttl_ms / 1000) + " s after its last use") +
                "\n";
      }
    }
    if (prepared > 0) {
      out_ += "  computed while the rest of the prompt is waited for: " + std::to_string(prepared) +
              (prepared == 1 ? " prefix\n" : " prefixes\n");
    }
  }

  // Stages with more than one asking op; a fork is parallel by itself.
  void AddParallel(RegionId region, const std::string& where) {
    std::map<uint32_t, std::vector<OpId>> stages;
    for (const OpId id : graph_.region(region).ops) {
      if (graph_plan_.asks[id.index]) stages[graph_plan_.stages[id.index]].push_back(id);
    }
    for (const auto& [stage, ops] : stages) {
      if (ops.size() < 2) continue;
      out_ += "  at the same time, stage " + std::to_string(stage) + " of " + where + ":";
      for (size_t i = 0; i < ops.size(); ++i)
        out_ += (i == 0 ? " " : ", ") + Label(graph_.op(ops[i]));
      out_ += "\n";
    }
    for (const OpId id : graph_.region(region).ops) {
      const Op& op = graph_.op(id);
      if (op.kind == OpKind::kFork && graph_plan_.asks[id.index]) {
        const auto children = ItemsExact(graph_, op.operands[0]);
        out_ +=
            "  at the same time: " + (children ? std::to_string(*children) : std::string("all")) +
            " children of a fork" +
            (op.attributes.pipelined ? ", each once its element is there" : "") + "\n";
      }
      for (const RegionId inner : op.regions)
        AddParallel(inner, std::string(OpName(op.kind)) + " in " + where);
    }
  }

  // What an engine of this process would do for it, and servers do not, or otherwise.
  void AddServers() {
    size_t questions = 0, selects = 0, typed = 0, forks = 0, passages = 0, prefixes = 0;
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      const Op& op = graph_.op(id);
      questions += op.kind == OpKind::kGen || op.kind == OpKind::kSelect;
      selects += op.kind == OpKind::kSelect;
      typed += op.kind == OpKind::kGen &&
               plan_.program->types[op.attributes.type].kind != TypeKind::kStr;
      forks += op.kind == OpKind::kFork && graph_plan_.asks[id.index];
      const auto reuse = ParseReuse(op.attributes.reuse);
      passages += op.kind == OpKind::kCtxInsert && reuse && reuse->kind != ReuseKind::kPrefix;
      prefixes += op.kind == OpKind::kCtxWarm && (op.attributes.pin || op.attributes.early);
    }
    if (questions + forks + passages + prefixes == 0) return;
    const auto line = [&](size_t count, const std::string& text) {
      if (count > 0) out_ += "    " + text + "\n";
    };
    out_ += "  on servers (" + servers_ + "):\n";
    line(questions, "every prompt is sent whole; of it a server computes what its own cache lacks");
    line(forks,
         "forks: children share no step, and a prefix only as far as a cache has it already");
    line(passages, "passages: computed like other text, wherever they stand: no stored KV");
    line(prefixes, "prefixes are neither kept nor computed early");
    line(typed, "types: sent as grammars where a server takes them, and checked here in any case");
    line(selects, "`select`: a request for each option; they share what a cache has already");
  }

  const Plan& plan_;
  const Graph& graph_;
  const GraphPlan& graph_plan_;
  const std::string servers_;
  std::string out_;
};

std::string Hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::string Explain(const Plan& plan, const std::vector<std::string>& on_servers) {
  std::string out = "plan " + Hex(plan.ComputeDigest()) + " of " + plan.program->name + "\n";
  for (const PassReport& report : plan.passes) {
    if (report.counters.empty()) continue;
    out += "pass " + report.name + ":";
    for (size_t i = 0; i < report.counters.size(); ++i) {
      out += (i == 0 ? " " : ", ") + report.counters[i].first + " " +
             std::to_string(report.counters[i].second);
    }
    out += "\n";
  }
  std::map<const Graph*, std::string> servers;  // of each function
  for (const auto& [engine, functions] : AllByEngine(*plan.program)) {
    if (std::find(on_servers.begin(), on_servers.end(), engine) == on_servers.end()) continue;
    for (const Graph* function : functions) {
      std::string& names = servers[function];
      names += (names.empty() ? "" : ", ") + (engine.empty() ? std::string("the run's") : engine);
    }
  }
  for (size_t i = 0; i < plan.graphs.size(); ++i)
    out += FunctionExplainer(plan, i, servers[&plan.program->functions[i]]).Run();
  return out;
}

std::string ExplainFunction(const Plan& plan, std::string_view function) {
  for (size_t i = 0; i < plan.graphs.size(); ++i) {
    if (plan.program->functions[i].name == function) return FunctionExplainer(plan, i).Run();
  }
  return "";
}

}  // namespace lmp::ir
