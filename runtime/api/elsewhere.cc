// Engines that functions name: `@engine("big")`.
#include <algorithm>
#include <set>

#include "ir/reached.h"
#include "runtime/api/engine_impl.h"
#include "runtime/api/report.h"
#include "runtime/api/state.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::api {

Result<std::vector<LoadedEngine>> LoadOtherEngines(const EngineConfig& config) {
  if (config.engines.size() > kNamedEnginesMax) {
    return InvalidArgument(std::to_string(config.engines.size()) + " engines have names: at most " +
                           std::to_string(kNamedEnginesMax) + " can");
  }
  std::set<std::string> names;
  std::vector<LoadedEngine> loaded;
  for (EngineConfig each : config.engines) {
    const std::string where = "the engine " + QuoteText(each.name);
    if (!ir::IsEngineName(each.name)) {
      return InvalidArgument(where +
                             ": a name has 1 to 64 letters, digits, `_` and `-`, a letter first");
    }
    if (!names.insert(each.name).second) return InvalidArgument(where + " is given twice");
    if (!each.engines.empty()) return InvalidArgument(where + " has engines of its own");
    // Documents that are removed are purged from the store of the engine that runs the rest alone.
    if (!each.chunk_store.empty())
      return InvalidArgument(where + " has a chunk store: only the engine that runs the rest may");
    if (each.servers.empty() && each.model.empty()) {
      loaded.emplace_back().name = each.name;
      continue;
    }
    if (each.model.empty()) each.model = config.model;
    if (!each.on_log) each.on_log = config.on_log;
    Result<LoadedEngine> one =
        each.servers.empty() ? LoadLocalEngine(each) : LoadRemoteEngine(each);
    if (!one.ok()) return one.status().WithPrefix(where);
    loaded.push_back(std::move(one).value());
  }
  return loaded;
}

size_t EngineImpl::PlacedFor(std::string_view name) const {
  for (size_t i = 0; i < placed_.size(); ++i) {
    if (placed_[i].name == name) return i;
  }
  return std::find(here_.begin(), here_.end(), name) != here_.end() ? 0 : kNoEngine;
}

Diagnostic EngineImpl::NotGiven(const ir::Graph& function) const {
  std::vector<std::string> known = here_;
  for (size_t i = 1; i < placed_.size(); ++i) known.push_back(placed_[i].name);
  Diagnostic d;
  d.code = "E0708";
  d.title = "nobody gave the engine \"" + function.engine + "\" of `" + function.name + "`";
  d.span = function.span;
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  d.notes.push_back(names.empty() ? "no engine is given a name here" : "given are: " + names);
  d.helps.push_back("say what it is: --engine " + function.engine +
                    "=http://HOST:PORT, or --engine " + function.engine +
                    "=here for the one that runs the rest");
  return d;
}

std::vector<Diagnostic> EngineImpl::CheckEngines(const ir::Program& program,
                                                 std::string_view function) const {
  std::vector<Diagnostic> found;
  if (ir::NamesNoEngine(program)) return found;
  const ir::FunctionsByEngine met =
      function.empty() ? ir::AllByEngine(program) : ir::ReachedByEngine(program, function);
  for (const auto& [name, functions] : met) {
    if (PlacedFor(name) != kNoEngine) continue;
    const auto names =
        std::find_if(functions.begin(), functions.end(),
                     [&, engine = name](const ir::Graph* each) { return each->engine == engine; });
    found.push_back(NotGiven(**names));
  }
  return found;
}

bool EngineImpl::Meets(const ir::Program& program, std::string_view function,
                       const Placed& placed) const {
  const ir::FunctionsByEngine met = ir::ReachedByEngine(program, function);
  return std::any_of(met.begin(), met.end(), [&](const auto& entry) {
    const size_t index = PlacedFor(entry.first);
    return index != kNoEngine && &placed_[index] == &placed;
  });
}

std::optional<std::vector<const ir::Graph*>> EngineImpl::FunctionsOn(const ir::Program& program,
                                                                     const Placed& placed) const {
  const bool own = &placed == &placed_.front();
  if (own && ir::NamesNoEngine(program)) return std::nullopt;
  std::set<const ir::Graph*> there;
  for (const auto& [name, functions] : ir::AllByEngine(program)) {
    const size_t index = PlacedFor(name);
    if (index != kNoEngine && &placed_[index] == &placed)
      there.insert(functions.begin(), functions.end());
  }
  std::vector<const ir::Graph*> ordered;
  for (const ir::Graph& function : program.functions) {
    if (there.contains(&function)) ordered.push_back(&function);
  }
  return ordered;
}

Result<std::vector<exec::Elsewhere>> EngineImpl::ElsewhereOf(const ProgramRef& program,
                                                             std::string_view function) {
  std::vector<exec::Elsewhere> elsewhere;
  const ir::Program& planned = *program->state().plan->program;
  if (ir::NamesNoEngine(planned)) return elsewhere;
  const std::vector<Source>& sources = program->state().sources;
  const std::vector<Diagnostic> missing = CheckEngines(planned, function);
  if (!missing.empty()) return InvalidArgument(Render(missing, sources));
  for (const auto& [name, functions] : ir::ReachedByEngine(planned, function)) {
    if (name.empty()) continue;
    const size_t index = PlacedFor(name);
    if (index == 0) {
      elsewhere.push_back({name, 0, nullptr});
      continue;
    }
    exec::BindResult bound = BoundPlanOf(program, &placed_[index]);
    if (!bound.plan) return Unsupported(Render(bound.diagnostics, sources));
    elsewhere.push_back({name, index, std::move(bound.plan)});
  }
  return elsewhere;
}

Result<std::string> EngineImpl::ModelDigests(const ir::Program& program,
                                             std::string_view function) {
  LMP_TRY(std::string digests, ModelDigestOnce(&placed_.front()));
  if (ir::NamesNoEngine(program)) return digests;
  for (const auto& [name, functions] : ir::ReachedByEngine(program, function)) {
    const size_t index = PlacedFor(name);
    if (index == 0) continue;
    LMP_TRY(const std::string digest, ModelDigestOnce(&placed_[index]));
    digests += " " + name + "=" + digest;
  }
  return digests;
}

}  // namespace lmp::api
