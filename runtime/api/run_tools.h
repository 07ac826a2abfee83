// RunTools: whom one run asks for what its tools give: functions of the host, servers, and answers
// that are kept.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/mock.h"
#include "ir/program.h"
#include "runtime/api/host_tools.h"
#include "runtime/api/http_tools.h"
#include "runtime/api/tool_cache.h"
#include "runtime/exec/toolbox.h"

namespace lmp::api {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// That of the process.
std::optional<std::string> SystemEnvironment(const std::string& name);

// The variables that tools reached from `function` may need, and the hosts that they may ask. Tools
// that a test mocks ask nobody. Errors: InvalidArgument, naming the variable and who needs it.
Result<HttpWorld> ReadWorld(const ir::Program& program, std::string_view function,
                            const Environment& environment,
                            const std::vector<ir::Mock>* mocks = nullptr);

class RunTools final : public exec::Toolbox, public std::enable_shared_from_this<RunTools> {
 public:
  // What an engine has, and what outlives its runs.
  struct Shared {
    HostTools* host = nullptr;
    HttpTools* http = nullptr;  // null: no server is asked
    ToolCache* cache = nullptr;
  };
  RunTools(const Shared& shared, ir::ProgramRef program, HttpWorld world, std::string tenant);

  // Any thread.
  void Start(exec::ToolRequest request, std::function<void(Answer)> done) override;
  int calls() const { return calls_; }
  int hits() const { return hits_; }  // of the calls, those that asked nobody

 private:
  void AskWorld(exec::ToolRequest request, std::function<void(Answer)> done);

  const Shared shared_;
  const ir::ProgramRef program_;
  const std::shared_ptr<const HttpWorld> world_;
  std::string key_;  // what all keys of this run begin with
  std::atomic<int> calls_ = 0, hits_ = 0;
};

}  // namespace lmp::api
