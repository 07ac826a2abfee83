// Desk: where what takes long is read and started, apart from the sockets: compiling a schema or a
// program may take seconds, prompts are tokenised, and the engine answers between two steps. One
// thread does that for all, of each tenant in turn.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <variant>

#include "runtime/server/metrics.h"
#include "runtime/server/openai_request.h"
#include "runtime/server/playground.h"
#include "runtime/server/turn_queue.h"
#include "runtime/server/work.h"

namespace lmp::server {

class Desk {
 public:
  // All outlive it.
  Desk(Engine* engine, const Service* service, Metrics* metrics);

  // What is said at once, or what has started. The desk's thread.
  using Started = std::variant<Reply, std::unique_ptr<Work>>;
  Started Start(RunPost* post, const std::shared_ptr<RunInbox>& inbox, const DeskAsk& ask,
                std::string_view body);

  // Has `task`, which throws nothing, done on the desk's thread. Any thread.
  void Post(size_t tenant, std::function<void()> task);

 private:
  Started StartRead(RunPost* post, const std::shared_ptr<RunInbox>& inbox,
                    std::variant<Reply, RunAsk> read);
  Reply CollectMetrics();
  void DoNext();

  Engine* const engine_;
  const Service* const service_;
  Metrics* const metrics_;
  OpenAiReader reader_;
  Playground playground_;
  std::mutex mutex_;
  TurnQueue<std::function<void()>> tasks_;  // as many as calls of DoNext are on their way
  boost::asio::thread_pool thread_{1};
};

}  // namespace lmp::server
