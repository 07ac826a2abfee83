// Endpoints: which of several servers is asked next.
//
// Prompts that begin alike go to the same server, whose cache then has their beginning: the server
// that last got a prompt with the longest beginning in common, by steps of kStepTokens tokens. Not
// to one that has kLoadMax more requests running than another: those go to the least loaded one.
//
// A server that fails kFailuresMax times in a row is left out for a while (kRestSeconds, doubled
// each time up to kRestSecondsMax); then one request tries it again, and others follow if that is
// answered.
//
// Any thread. Time is an argument, in nanoseconds of a clock that only goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"

namespace lmp::remote {

class Endpoints {
 public:
  static constexpr size_t kStepTokens = 32;
  static constexpr size_t kStepsMax = 256;           // of one prompt
  static constexpr size_t kBeginningsMax = 1 << 16;  // remembered
  static constexpr int kLoadMax = 8;
  static constexpr int kFailuresMax = 3;
  static constexpr int kRestSeconds = 2;
  static constexpr int kRestSecondsMax = 60;

  explicit Endpoints(std::vector<std::string> urls);

  // Each Take is followed by one Give of what it gave. `tenant` keeps apart what begins alike by
  // chance. Errors: Unavailable where all are left out, saying why the one did that is back first.
  Result<size_t> Take(std::span<const TokenId> prompt, const std::string& tenant, int64_t now_ns);
  // How long until one may be asked again that is left alone now; 0: one tries it already.
  int64_t RestNs(int64_t now_ns);
  // An answer begins: nobody waits for its end to ask that server, too.
  void Answers(size_t endpoint);
  // `why`: not used where the server answered.
  enum class Outcome { kAnswered, kFailed, kNoMatter };
  void Give(size_t endpoint, Outcome outcome, const std::string& why, int64_t now_ns);

  const std::string& url(size_t endpoint) const { return servers_[endpoint].url; }
  size_t size() const { return servers_.size(); }

 private:
  struct Server {
    std::string url;
    int running = 0;
    int failures = 0;       // in a row
    int64_t rests_to = 0;   // not asked before
    int64_t rest_ns = 0;    // how long it was left out last
    bool on_trial = false;  // one request tries whether it answers again
    std::string why;
  };
  bool Open(const Server& server, int64_t now_ns) const;
  static void Recover(Server* server);

  std::mutex mutex_;
  std::vector<Server> servers_;
  // Beginnings of prompts by their digest, and who got them last; used last first.
  std::list<std::pair<uint64_t, size_t>> order_;
  std::unordered_map<uint64_t, std::list<std::pair<uint64_t, size_t>>::iterator> beginnings_;
};

}  // namespace lmp::remote
