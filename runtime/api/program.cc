// Programs of lmp.h: compile, passes, explain.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "frontend/compile.h"
#include "ir/dot.h"
#include "ir/explain.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/reached.h"
#include "ir/verify.h"
#include "runtime/api/run_tools.h"
#include "runtime/api/state.h"
#include "runtime/base/text.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/exec/bind/prompt_bounds.h"
#include "runtime/exec/value_json.h"
#include "runtime/model/model_source.h"

namespace lmp {

namespace api {

namespace {

constexpr size_t kImportBytesMax = 16u << 20;

ir::PassOptions ToPassOptions(const PassSelection& passes) {
  ir::PassOptions options;
  options.disabled = passes.disabled;
  if (passes.only) options.only = *passes.only;
  return options;
}

// "    select main.kind#0 by greedy: the first tokens of its 2 options differ  f.lmp:3:1"
std::string MethodLine(const ir::Op& op, const exec::BoundMethod& bound,
                       const std::vector<Source>& sources) {
  std::string out = "    select " + op.attributes.site;
  if (bound.method.has_value()) out += " by " + std::string(exec::SelectMethodName(*bound.method));
  return out + ": " + bound.why + "  " + PlaceOf(op.span, sources) + "\n";
}

// Static text with its tokens under one tokenizer, per function.
std::string TokenReport(const exec::BoundPlan& bound, const std::vector<Source>& sources) {
  std::string out;
  char line[160];
  const std::vector<exec::PromptBounds> prompts = exec::BoundPrompts(bound);
  for (size_t f = 0; f < bound.graphs.size(); ++f) {
    const exec::BoundGraph& graph = bound.graphs[f];
    size_t total = 0;
    std::string texts;
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      if (graph.graph->ops[i].kind == ir::OpKind::kSelect) {
        texts += MethodLine(graph.graph->ops[i], graph.ops[i].method, sources);
      }
      if (!graph.ops[i].text) continue;
      const exec::StaticText& text = *graph.ops[i].text;
      total += text.tokens.size();
      std::snprintf(line, sizeof line, "    %6zu tokens  tail %s  %s\n", text.tokens.size(),
                    QuoteText(text.tail).c_str(),
                    PlaceOf(graph.graph->ops[i].span, sources).c_str());
      texts += line;
    }
    out += "  fn " + graph.graph->name + ": " + std::to_string(total) +
           " tokens fixed when bound\n" + texts;
    if (graph.facts->bounds.questions.constant() == 0) continue;
    const auto most = [](const ir::Bound& n) { return (n.known() ? "at most " : "") + n.ToText(); };
    out += "    prompt tokens: " + most(prompts[f].prompts) +
           "\n    longest context: " + most(prompts[f].longest) +
           (prompts[f].longest.known() ? " tokens\n" : "\n");
    if (!prompts[f].reason.empty()) out += "      because of: " + prompts[f].reason + "\n";
  }
  return out;
}

}  // namespace

std::string Render(const std::vector<Diagnostic>& diagnostics, const std::vector<Source>& sources) {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += RenderDiagnostic(d, sources);
  return out;
}

// A text so long is no program, and the parser says so of shorter ones.
Result<std::string> ReadSource(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return InvalidArgument("\"" + path + "\" is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound("there is no file \"" + path + "\"");
  std::string text(kImportBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad()) return Unavailable("cannot read \"" + path + "\"");
  if (text.size() > kImportBytesMax) return InvalidArgument("\"" + path + "\" is too long");
  return text;
}

Result<ir::PlanRef> MakePlan(const ir::ProgramRef& program, const PassSelection& passes) {
  return Wall<ir::PlanRef>([&] {
    ir::PassOptions options = ToPassOptions(passes);
    options.verified = true;  // the front end has
    return ir::MakePlan(program, options);
  });
}

Result<const ir::Graph*> FindFunction(const Program& program, std::string_view name) {
  const ir::Program& lowered = *program.state().lowered;
  if (const ir::Graph* graph = lowered.Find(name)) return graph;
  std::string names;
  for (const ir::Graph& g : lowered.functions) names += (names.empty() ? "" : ", ") + g.name;
  return InvalidArgument("the program has no function `" + std::string(name) + "`; " +
                         (names.empty() ? "it declares none" : "it has: " + names));
}

Result<std::vector<ir::Value>> ReadArguments(const Program& program, std::string_view function,
                                             std::string_view arguments_json,
                                             std::span<const exec::ContextRef> contexts) {
  LMP_TRY(const ir::Graph* graph, FindFunction(program, function));
  auto arguments =
      exec::ArgumentsFromJson(*program.state().lowered, *graph, arguments_json, contexts);
  if (!arguments.ok()) return arguments.status().WithPrefix("function `" + graph->name + "`");
  return arguments;
}

}  // namespace api

namespace {

// `read` (nullable): of the files that the program names.
CompileOutcome CompileReading(std::string name, std::string text, const PassSelection& passes,
                              std::function<Result<std::string>(const std::string&)> read) {
  CompileOutcome out;
  const auto compiled = api::Wall<bool>([&]() -> Result<bool> {
    frontend::CompileResult result = frontend::Compile(std::move(name), std::move(text),
                                                       {.lints = true, .read = std::move(read)});
    out.diagnostics = std::move(result.diagnostics);
    out.sources = std::move(result.sources);
    if (result.program == nullptr) return false;
    const std::vector<Diagnostic> types = exec::CheckTypes(*result.program);
    out.diagnostics.insert(out.diagnostics.end(), types.begin(), types.end());
    if (HasErrors(types)) return false;
    auto state = std::make_shared<Program::State>();
    state->lowered = result.program;
    state->sources = out.sources;
    LMP_TRY(state->plan, api::MakePlan(result.program, passes));
    out.program = std::make_shared<const Program>(std::move(state));
    return true;
  });
  if (!compiled.ok()) out.status = compiled.status();
  return out;
}

// What would read files or ask servers as this process.
Status CheckSent(const Program::State& state) {
  const auto refusal = [&](Span span, const std::string& what) {
    return Unsupported(api::PlaceOf(span, state.sources) + ": " + what);
  };
  for (const ir::CorpusDecl& corpus : state.lowered->corpora) {
    return refusal(corpus.span, "the corpus `" + corpus.name +
                                    "` reads files of this machine, which a program that is sent "
                                    "may not");
  }
  for (const ir::ToolDecl& tool : state.lowered->tools) {
    return refusal(tool.span, "the tool `" + tool.name +
                                  "` acts as this machine, which a program that is sent may not");
  }
  return OkStatus();
}

}  // namespace

CompileOutcome Compile(std::string name, std::string text, const PassSelection& passes) {
  return CompileReading(std::move(name), std::move(text), passes, api::ReadSource);
}

CompileOutcome CompileSent(std::string name, std::string text) {
  CompileOutcome out = CompileReading(std::move(name), std::move(text), {}, nullptr);
  if (out.program == nullptr) return out;
  out.status = CheckSent(out.program->state());
  if (!out.status.ok()) out.program = nullptr;
  return out;
}

std::vector<FunctionSummary> Program::functions() const {
  std::vector<FunctionSummary> out;
  const ir::Program& program = *state_->lowered;
  for (const ir::Graph& graph : program.functions) {
    FunctionSummary f{graph.name, {}, ir::UserType(program.types, graph.result)};
    for (const ir::Param& p : graph.params) {
      f.parameters.push_back(
          {p.name, ir::UserType(program.types, p.type),
           p.has_default ? std::optional(ir::ToJsonText(p.default_value)) : std::nullopt,
           p.description});
    }
    out.push_back(std::move(f));
  }
  return out;
}

std::string Program::IrText() const { return ir::Print(*state_->lowered); }
std::string Program::PlanText() const { return ir::Print(*state_->plan->program); }
std::string Program::PlanDot() const { return ir::ToDot(*state_->plan->program); }

std::string Program::config_model() const {
  const ir::Value* model = state_->lowered->FindConfig("model");
  return model != nullptr && model->is_str() ? model->as_str() : std::string();
}

std::vector<std::string> PassNames() {
  std::vector<std::string> out;
  for (const ir::Pass& pass : ir::AllPasses()) out.emplace_back(pass.name);
  return out;
}

Result<std::string> OptimizeIr(std::string_view name, std::string_view text,
                               const PassSelection& passes, std::string* stats) {
  return api::Wall<std::string>([&]() -> Result<std::string> {
    ir::ParseOutcome parsed = ir::Parse(text);
    if (!parsed.program) {
      return InvalidArgument(
          api::Render(parsed.diagnostics, {Source(std::string(name), std::string(text))}));
    }
    const std::vector<Diagnostic> findings = ir::Verify(*parsed.program);
    if (HasErrors(findings))
      return InvalidArgument(api::Render(findings, {Source(std::string(name), std::string(text))}));
    LMP_TRY(const ir::PassOutcome outcome,
            ir::RunPasses(std::move(*parsed.program), api::ToPassOptions(passes)));
    if (stats != nullptr) {
      for (const ir::PassReport& report : outcome.reports) {
        *stats += report.name + ":";
        for (const auto& [counter, count] : report.counters)
          *stats += " " + counter + " " + std::to_string(count);
        *stats += "\n";
      }
    }
    return ir::Print(outcome.program);
  });
}

Result<ExplainOutcome> Explain(const Program& program, const ExplainOptions& options) {
  return api::Wall<ExplainOutcome>([&]() -> Result<ExplainOutcome> {
    ExplainOutcome out;
    out.text = ir::Explain(*program.state().plan, options.on_servers);
    if (options.model.empty()) {
      out.text += "\nno model: counts are bytes\n";
      return out;
    }
    LMP_TRY(const auto source, model::OpenModelSource(options.model));
    LMP_TRY(const model::Network network, source->ReadNetwork());
    const model::ModelConfig& config = network.config;
    LMP_TRY(text::TokenizerSpec spec, source->ReadTokenizer());
    LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(spec)));
    const ir::Program& planned = *program.state().plan->program;
    ir::FunctionsByEngine by_engine = ir::AllByEngine(planned);
    const std::vector<const ir::Graph*>& own = by_engine[""];
    exec::BindResult bound =
        exec::Bind(program.state().plan, std::move(tokenizer), config.context_max, {}, &own);
    out.diagnostics = std::move(bound.diagnostics);
    if (bound.plan == nullptr) {
      out.text.clear();
      return out;
    }
    out.text += "\ntokens of " + config.name + ":\n" +
                api::TokenReport(*bound.plan, program.state().sources);
    for (const ir::Graph& function : planned.functions) {
      if (std::find(own.begin(), own.end(), &function) == own.end())
        out.text += "  fn " + function.name + ": those of another engine count\n";
    }
    return out;
  });
}

Status CheckArguments(const Program& program, std::string_view function,
                      const Arguments& arguments) {
  const Result<bool> checked = api::Wall<bool>([&]() -> Result<bool> {
    const std::vector<exec::ContextRef> any(arguments.contexts().size());
    LMP_RETURN_IF_ERROR(api::ReadArguments(program, function, arguments.json(), any).status());
    return true;
  });
  return checked.status();
}

Status CheckEnvironment(const Program& program, std::string_view function) {
  const Result<bool> checked = api::Wall<bool>([&]() -> Result<bool> {
    LMP_RETURN_IF_ERROR(
        api::ReadWorld(*program.state().lowered, function, api::SystemEnvironment).status());
    return true;
  });
  return checked.status();
}

Result<std::string> ArgumentFromWord(const Program& program, std::string_view function,
                                     std::string_view parameter, std::string_view word) {
  return api::Wall<std::string>([&]() -> Result<std::string> {
    LMP_TRY(const ir::Graph* graph, api::FindFunction(program, function));
    const auto it = std::find_if(graph->params.begin(), graph->params.end(),
                                 [&](const ir::Param& p) { return p.name == parameter; });
    if (it == graph->params.end()) {
      std::string names;
      for (const ir::Param& p : graph->params) names += (names.empty() ? "" : ", ") + p.name;
      return InvalidArgument("`" + graph->name + "` has no parameter `" + std::string(parameter) +
                             "`" + (names.empty() ? "; it takes none" : "; it has: " + names));
    }
    return exec::ArgumentFromWord(*program.state().lowered, *it, word);
  });
}

}  // namespace lmp
