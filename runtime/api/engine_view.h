// What an engine of lmp.h holds, for whoever runs it: counters of each of its engines, and the
// shape of its caches. Not for embedders: the server shows it. Any thread but the engine's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/api/lmp.h"

namespace lmp {

struct NamedCounters {
  std::string engine;  // EngineConfig::name; "": of runs, which is the first
  EngineCounters counters;
};
// One for each engine of its own. Errors: those of Engine::Counters.
Result<std::vector<NamedCounters>> ReadCounters(Engine* engine);

// The prefix trees of one tenant: no token and no text of what is cached.
struct CacheTree {
  struct Node {
    int parent = -1;           // its place in `nodes`, before this one; -1: the root of a tree
    uint64_t tokens = 0;       // of its own run; 0 of a root
    uint64_t pages_below = 0;  // of all that begins with it, with its own
    uint64_t hits = 0;         // lookups that took tokens of it; of a root: all in its tree
    // Last uses in these trees that came after its own, or that of what begins with it. Nothing of
    // other tenants.
    uint64_t idle = 0;
    bool leased = false;    // by a sequence that runs
    bool retained = false;  // it, or what begins with it, is evicted last
  };
  std::string engine;       // as NamedCounters
  std::vector<Node> nodes;  // parents before their children; those that were found most
  // Of these trees, also of what is not in `nodes`; of those of all other tenants.
  uint64_t node_count = 0, page_count = 0, pages_others = 0;
};
// One for each engine that has a cache in this process. Errors: those of Engine::Counters.
Result<std::vector<CacheTree>> ReadCacheTrees(Engine* engine, std::string_view tenant,
                                              size_t nodes_max);

}  // namespace lmp
