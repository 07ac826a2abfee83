// Toolbox: who computes the tools that programs call. The host's part of a run, as a Retriever is
// for passages: runtime/api wires it to the functions that the host has registered.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ir/program.h"
#include "runtime/base/status.h"
#include "runtime/exec/unwanted.h"

namespace lmp::exec {

struct ToolRequest {
  const ir::ToolDecl* tool = nullptr;  // lives until `done` was called
  std::string arguments;               // a JSON object: one member for each parameter
  std::shared_ptr<Unwanted> unwanted;  // set once nobody waits for the answer
};

class Toolbox {
 public:
  using Answer = Result<std::string>;  // JSON of the tool's result
  virtual ~Toolbox() = default;
  // Called on the engine's thread: must not compute there, but return at once. Calls `done` once,
  // on any thread, be it late. Errors become the failure `tool` with their message.
  virtual void Start(ToolRequest request, std::function<void(Answer)> done) = 0;
};

}  // namespace lmp::exec
