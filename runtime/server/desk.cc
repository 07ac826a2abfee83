#include "runtime/server/desk.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "runtime/server/answer_request.h"

namespace lmp::server {

Desk::Desk(Engine* engine, const Service* service, Metrics* metrics)
    : engine_(engine),
      service_(service),
      metrics_(metrics),
      reader_(service->model_name(), service->fingerprint(),
              [engine](const ToolRules& rules) { return engine->CompileTools(rules); }),
      playground_(engine) {}

void Desk::Post(size_t tenant, std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.Push(tenant, std::move(task));
  }
  boost::asio::post(thread_, [this] { DoNext(); });
}

void Desk::DoNext() {
  std::function<void()> task;
  {
    std::lock_guard lock(mutex_);
    task = tasks_.Pop();
  }
  task();
}

Desk::Started Desk::Start(RunPost* post, const std::shared_ptr<RunInbox>& inbox, const DeskAsk& ask,
                          std::string_view body) {
  using What = DeskAsk::What;
  switch (ask.what) {
    case What::kChat:
    case What::kCompletion: {
      auto read = reader_.Read(ask.what == What::kChat, body, ask.caller);
      if (auto* refused = std::get_if<Reply>(&read)) return std::move(*refused);
      return StartCompletions(post, engine_, inbox, std::get<CompletionCall>(std::move(read)));
    }
    case What::kAnswer:
      return StartRead(post, inbox, ReadAnswer(body, ask.caller));
    case What::kCall:
      return StartRead(post, inbox, Service::ReadCall(*ask.program, body, ask.caller));
    case What::kPlay:
      return StartRead(post, inbox, playground_.Read(service_->programs(), body, ask.caller));
    case What::kCheck:
      return playground_.Check(body, ask.caller);
    case What::kState:
      return playground_.State();
    case What::kCache:
      return playground_.Cache(ask.caller);
    case What::kMetrics:
      break;
  }
  return CollectMetrics();
}

Desk::Started Desk::StartRead(RunPost* post, const std::shared_ptr<RunInbox>& inbox,
                              std::variant<Reply, RunAsk> read) {
  if (auto* refused = std::get_if<Reply>(&read)) return std::move(*refused);
  auto run = StartRun(post, engine_, inbox, std::get<RunAsk>(std::move(read)));
  if (!run.ok()) return StartErrorReply(run.status());
  return std::move(run).value();
}

Reply Desk::CollectMetrics() {
  const Result<std::vector<NamedCounters>> counters = ReadCounters(engine_);
  if (!counters.ok()) return ErrorReply(counters.status());
  return {200, metrics_->Text(*counters), {}, "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace lmp::server
