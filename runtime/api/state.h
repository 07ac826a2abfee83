// What is behind lmp.h's Program; seen by runtime/api only.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/mock.h"
#include "ir/plan.h"
#include "ir/program.h"
#include "runtime/api/lmp.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/exec/context.h"

namespace lmp {

struct Program::State {
  ir::ProgramRef lowered;  // before passes
  std::shared_ptr<const ir::Plan> plan;
  std::vector<Source> sources;
  std::vector<ir::TestCase> tests = {};  // of a program that was compiled to be tested
};

struct Context::State {
  exec::ContextRef value;
  std::shared_ptr<const void> engine;  // the identity of the one that it is of
  ProgramRef program;                  // whose sources its timeline names
};

namespace api {

// Passes and plan over a lowered program. Errors: InvalidArgument (a pass name), Internal (a pass
// broke the program; the verifier's words).
Result<std::shared_ptr<const ir::Plan>> MakePlan(const ir::ProgramRef& program,
                                                 const PassSelection& passes);

// A file that a program imports or takes text from. Errors: NotFound, InvalidArgument (a folder;
// more than 16 MiB), Unavailable.
Result<std::string> ReadSource(const std::string& path);

// Signatures are those of the lowered program: passes may drop the effect parameter only. Errors:
// InvalidArgument.
Result<const ir::Graph*> FindFunction(const Program& program, std::string_view name);
Result<std::vector<ir::Value>> ReadArguments(const Program& program, std::string_view function,
                                             std::string_view arguments_json,
                                             std::span<const exec::ContextRef> contexts = {});

// Contexts as arguments of a run of `function`. Errors: InvalidArgument (of no engine, or another).
Result<std::vector<exec::ContextRef>> ReadContexts(const ProgramRef& program,
                                                   std::string_view function,
                                                   const Arguments& arguments,
                                                   const std::shared_ptr<const void>& engine);

// All of them, one below the other.
std::string Render(const std::vector<Diagnostic>& diagnostics, const std::vector<Source>& sources);

// "file:line:column" of a span, empty where it names nothing.
std::string PlaceOf(Span span, const std::vector<Source>& sources);

// Calls `body` and turns an exception (a failed invariant, no memory) into Internal.
template <typename T, typename Body>
Result<T> Wall(Body body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    return Internal(e.what());
  } catch (...) {
    return Internal("an unknown exception");
  }
}

}  // namespace api
}  // namespace lmp
