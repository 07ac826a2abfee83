// The Engine of lmp.h, and what sessions need beyond it: runs whose arguments and result are
// values.
#pragma once

#include <unistd.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/value.h"
#include "runtime/api/corpora.h"
#include "runtime/api/host_tools.h"
#include "runtime/api/lmp.h"
#include "runtime/api/run_tools.h"
#include "runtime/base/memo.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/exec/chat_prompt.h"
#include "runtime/exec/loop.h"
#include "runtime/text/chat_format.h"
#include "runtime/text/tokenizer.h"
#include "runtime/text/tool_chat.h"

namespace lmp::api {

class ValueRun : public Run {
 public:
  // After Wait, if the run is ok. Contexts in it may be passed to later runs of the same engine.
  virtual const ir::Value& value() const = 0;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(ModelSummary summary, std::shared_ptr<const text::Tokenizer> tokenizer,
             text::ChatFormat format, std::unique_ptr<engine::Engine> engine,
             std::unique_ptr<CorpusThread> corpora, const EngineConfig& config,
             std::string no_select = {});

  const ModelSummary& model() const override { return summary_; }
  const text::Tokenizer& tokenizer() const { return *tokenizer_; }
  Result<std::vector<Diagnostic>> Check(const ProgramRef& program) override;
  Result<std::unique_ptr<Run>> Start(const ProgramRef& program, std::string_view function,
                                     const Arguments& arguments, RunOptions options) override;
  Result<std::unique_ptr<Completion>> Complete(CompletionRequest request) override;
  Result<ToolsOutcome> CompileTools(const ToolRules& rules) override;
  void SetTool(std::string name, ToolFunction function) override;
  Result<EngineCounters> Counters() override;
  void ClearCache() override;

  Result<std::unique_ptr<ValueRun>> StartValues(const ProgramRef& program,
                                                std::string_view function,
                                                std::vector<ir::Value> arguments,
                                                RunOptions options);

 private:
  // Without a plan the diagnostics say why.
  exec::BindResult BoundPlanOf(const ProgramRef& program);
  // Read at the first program that chooses: the model file is read whole for it.
  exec::SelectTemperatures TemperaturesFor(const ir::Program& program);
  Result<std::string> ModelDigestOnce();
  // Errors: InvalidArgument, the model takes no messages.
  Status NeedChatFormat() const;
  Result<exec::Prompt> ConversationOf(const CompletionRequest& request) const;

  // Errors: Unavailable, in a child of fork(), which has copied everything but the threads.
  Status CheckProcess() const;

  const pid_t process_ = getpid();
  const std::shared_ptr<const void> identity_ = std::make_shared<char>();  // of its contexts
  ModelSummary summary_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  const text::ChatFormat format_;
  const std::shared_ptr<const text::ToolChat> tool_chat_;
  const std::shared_ptr<const constrain::TokenTrie> trie_;
  const int64_t kv_tokens_max_;
  const std::string no_select_;  // why no program may choose with `select`; empty: it may
  const std::function<void(std::string_view)> on_log_;  // nullable
  Memo<const ir::Plan*, exec::BindResult> bound_;  // of the programs used last; all with a plan
  std::mutex mutex_;                               // of these two, which read the model file:
  std::optional<exec::SelectTemperatures> temperatures_;
  std::string model_digest_;  // empty: not needed so far
  // Ends behind the loop: what it still finds out then goes nowhere. Null in builds without
  // corpora.
  std::unique_ptr<CorpusThread> corpora_;
  // Behind the loop, too; the threads of `tools_` use what stands before it.
  const Environment environment_;
  const bool asks_servers_;
  SystemClock clock_;
  ToolCache tool_cache_{&clock_};
  HttpTools http_tools_;
  HostTools tools_;
  exec::Loop loop_;
};

// Whether a run of that function may come to a `select`.
bool MaySelect(const ir::Program& program, std::string_view function);

// Engine::Load of a configuration that names servers. Errors also: Unsupported (a build without
// network).
Result<std::unique_ptr<Engine>> LoadRemoteEngine(const EngineConfig& config);

}  // namespace lmp::api
