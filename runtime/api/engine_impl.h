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
#include "runtime/api/engine_view.h"
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

// An engine, and what is known of its model.
struct LoadedEngine {
  std::string name = {};  // in EngineConfig::engines
  ModelSummary summary = {};
  std::shared_ptr<const text::Tokenizer> tokenizer = nullptr;
  text::ChatFormat format = {};
  std::unique_ptr<engine::Engine> engine = nullptr;  // null: this name means the engine of the rest
  // What an edited document left in its store goes when a run sees that it was edited. Nullable.
  std::function<Status(const std::string&)> on_gone = nullptr;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(LoadedEngine own, std::vector<LoadedEngine> others,
             std::unique_ptr<CorpusThread> corpora, const EngineConfig& config);

  const ModelSummary& model() const override { return summary(); }
  const text::Tokenizer& tokenizer() const { return *tokenizer_; }
  Result<std::vector<Diagnostic>> Check(const ProgramRef& program,
                                        std::string_view function) override;
  Result<std::unique_ptr<Run>> Start(const ProgramRef& program, std::string_view function,
                                     const Arguments& arguments, RunOptions options) override;
  Result<std::unique_ptr<Completion>> Complete(CompletionRequest request) override;
  Result<ToolsOutcome> CompileTools(const ToolRules& rules) override;
  void SetTool(std::string name, ToolFunction function) override;
  Result<EngineCounters> Counters() override;
  void ClearCache() override;
  // As ReadCounters and ReadCacheTrees (runtime/api/engine_view.h).
  Result<std::vector<NamedCounters>> CountersOfAll();
  Result<std::vector<CacheTree>> CacheTrees(std::string_view tenant, size_t nodes_max);

  Result<std::unique_ptr<ValueRun>> StartValues(const ProgramRef& program,
                                                std::string_view function,
                                                std::vector<ir::Value> arguments,
                                                RunOptions options);

 private:
  // One of the loop's engines, and what was found out about programs with its model.
  struct Placed {
    using BoundPlans = Memo<const ir::Plan*, exec::BindResult>;
    std::string name;  // "": of whatever names no other
    ModelSummary summary;
    std::shared_ptr<const text::Tokenizer> tokenizer;
    // Of the programs used last; all with a plan.
    std::unique_ptr<BoundPlans> bound = std::make_unique<BoundPlans>();
    // These two read the model file: mutex_.
    std::optional<exec::SelectTemperatures> temperatures = {};
    std::string digest = {};  // empty: not needed so far
  };
  const ModelSummary& summary() const { return placed_.front().summary; }
  // Without a plan the diagnostics say why.
  exec::BindResult BoundPlanOf(const ProgramRef& program, Placed* placed);
  // Read at the first program that chooses: the model file is read whole for it.
  exec::SelectTemperatures TemperaturesFor(const ir::Program& program, Placed* placed);
  Result<std::string> ModelDigestOnce(Placed* placed);

  // elsewhere.cc: engines that functions name.
  static constexpr size_t kNoEngine = static_cast<size_t>(-1);
  size_t PlacedFor(std::string_view name) const;  // in placed_; kNoEngine: nobody gave it
  Diagnostic NotGiven(const ir::Graph& function) const;
  // E0708 of each engine that nobody gave and that a run of `function`, or of any, may meet.
  std::vector<Diagnostic> CheckEngines(const ir::Program& program, std::string_view function) const;
  // True if a run of `function` may ask this one.
  bool Meets(const ir::Program& program, std::string_view function, const Placed& placed) const;
  // The functions that run on placed_[index]; none: all do.
  std::optional<std::vector<const ir::Graph*>> FunctionsOn(const ir::Program& program,
                                                           const Placed& placed) const;
  // Of a run of `function`: each engine that it may meet beside its own. Errors: InvalidArgument
  // (nobody gave it), Unsupported (what is wrong with the program there).
  Result<std::vector<exec::Elsewhere>> ElsewhereOf(const ProgramRef& program,
                                                   std::string_view function);
  // Of all models that a run of `function` may meet.
  Result<std::string> ModelDigests(const ir::Program& program, std::string_view function);
  // Errors: InvalidArgument, the model takes no messages.
  Status NeedChatFormat() const;
  Result<exec::Prompt> ConversationOf(const CompletionRequest& request) const;

  // Errors: Unavailable, in a child of fork(), which has copied everything but the threads.
  Status CheckProcess() const;

  const pid_t process_ = getpid();
  const std::shared_ptr<const void> identity_ = std::make_shared<char>();  // of its contexts
  std::vector<Placed> placed_;     // the engine of runs first
  std::vector<std::string> here_;  // names that mean the first, too
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  const text::ChatFormat format_;
  const std::shared_ptr<const text::ToolChat> tool_chat_;
  const std::shared_ptr<const constrain::TokenTrie> trie_;
  const int64_t kv_tokens_max_;
  const std::function<void(std::string_view)> on_log_;  // nullable
  std::mutex mutex_;
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

// Of a configuration that names no servers, and of one that does. Errors: those of Engine::Load;
// Unsupported also of a build without network.
Result<LoadedEngine> LoadLocalEngine(EngineConfig config);
Result<LoadedEngine> LoadRemoteEngine(const EngineConfig& config);
// Those of EngineConfig::engines, in order. Errors also: InvalidArgument (a name).
Result<std::vector<LoadedEngine>> LoadOtherEngines(const EngineConfig& config);

}  // namespace lmp::api
