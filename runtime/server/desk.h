// Desk: where what takes long is read and started, apart from the sockets: compiling a schema or a
// program may take seconds, prompts are tokenised, and the engine answers between two steps.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string_view>
#include <variant>

#include "runtime/server/metrics.h"
#include "runtime/server/openai_request.h"
#include "runtime/server/playground.h"
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

  boost::asio::thread_pool& thread() { return thread_; }

 private:
  Started StartRead(RunPost* post, const std::shared_ptr<RunInbox>& inbox,
                    std::variant<Reply, RunAsk> read);
  Reply CollectMetrics();

  Engine* const engine_;
  const Service* const service_;
  Metrics* const metrics_;
  OpenAiReader reader_;
  Playground playground_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace lmp::server
