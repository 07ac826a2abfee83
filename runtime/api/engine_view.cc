#include "runtime/api/engine_view.h"

#include <utility>

#include "cache/prefix_cache.h"
#include "runtime/api/engine_impl.h"
#include "runtime/engine/local_engine.h"

namespace lmp {

namespace {

EngineCounters CountersOf(const engine::EngineStats& s) {
  EngineCounters out;
  out.steps = s.steps;
  out.rows = s.rows;
  out.prompt_tokens = s.prompt_tokens;
  out.cached_tokens = s.cached_tokens;
  out.generated_tokens = s.generated_tokens;
  out.forced_tokens = s.forced_tokens;
  out.preemptions = s.preemptions;
  out.pages_total = s.pages_total;
  out.pages_free = s.pages_free;
  out.pages_tree = s.pages_tree;
  out.pages_private = s.pages_private;
  out.draft_rows = s.draft_rows;
  out.draft_drawn = s.draft_drawn;
  out.pages_evicted = s.pages_evicted;
  out.sequences_running = s.sequences_running;
  out.sequences_waiting = s.sequences_waiting;
  out.sequences_finished = s.sequences_finished;
  out.sequences_failed = s.sequences_failed;
  out.passages_waiting = s.reuse.chunks_waiting;
  return out;
}

CacheTree TreeOf(const std::string& engine, const cache::TreeView& view) {
  CacheTree tree{engine, {}, view.node_count, view.page_count, view.pages_others};
  for (const cache::TreeView::Node& node : view.nodes) {
    tree.nodes.push_back({node.parent, node.tokens, node.pages_below, node.hits, node.idle,
                          node.leased, node.retained});
  }
  return tree;
}

}  // namespace

namespace api {

Result<EngineCounters> EngineImpl::Counters() {
  LMP_TRY(const std::vector<NamedCounters> all, CountersOfAll());
  return all.front().counters;
}

Result<std::vector<NamedCounters>> EngineImpl::CountersOfAll() {
  LMP_RETURN_IF_ERROR(CheckProcess());
  std::vector<NamedCounters> all;
  LMP_RETURN_IF_ERROR(loop_.Look([&](exec::Engines& engines) {
    for (size_t i = 0; i < engines.size(); ++i)
      all.push_back({placed_[i].name, CountersOf(engines.at(i).stats())});
  }));
  return all;
}

Result<std::vector<CacheTree>> EngineImpl::CacheTrees(std::string_view tenant, size_t nodes_max) {
  LMP_RETURN_IF_ERROR(CheckProcess());
  std::vector<CacheTree> trees;
  LMP_RETURN_IF_ERROR(loop_.Look([&](exec::Engines& engines) {
    for (size_t i = 0; i < engines.size(); ++i) {
      if (const cache::PrefixCache* cache = engine::CacheOf(engines.at(i)))
        trees.push_back(TreeOf(placed_[i].name, cache->View(tenant, nodes_max)));
    }
  }));
  return trees;
}

}  // namespace api

Result<std::vector<NamedCounters>> ReadCounters(Engine* engine) {
  if (auto* own = dynamic_cast<api::EngineImpl*>(engine)) return own->CountersOfAll();
  LMP_TRY(EngineCounters counters, engine->Counters());
  return std::vector<NamedCounters>{{"", counters}};
}

Result<std::vector<CacheTree>> ReadCacheTrees(Engine* engine, std::string_view tenant,
                                              size_t nodes_max) {
  if (auto* own = dynamic_cast<api::EngineImpl*>(engine)) return own->CacheTrees(tenant, nodes_max);
  return std::vector<CacheTree>{};
}

}  // namespace lmp
