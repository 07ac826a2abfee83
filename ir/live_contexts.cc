#include "ir/live_contexts.h"

#include <algorithm>
#include <bitset>
#include <optional>

#include "ir/analysis.h"

namespace lmp::ir {
namespace {

// Asking ops, by number. Of more than so many in a function nothing is known to wait.
constexpr size_t kNumberedMax = 512;
using OpSet = std::bitset<kNumberedMax>;

class Counter {
 public:
  Counter(const Graph& graph, const std::vector<bool>& asks, const BoundReader& reader,
          const std::function<Bound(const Op&)>& of_call)
      : graph_(graph),
        reader_(reader),
        of_call_(of_call),
        numbers_(graph.ops.size(), 0),
        before_(graph.ops.size()),
        ended_(graph.ops.size()) {
    for (const OpId id : OpsInside(graph, RegionId(0))) {
      if (asks[id.index]) numbers_[id.index] = ++count_;
    }
    ordered_ = count_ <= kNumberedMax;
  }

  Bound Run() {
    if (ordered_) Order(RegionId(0), OpSet());
    return Width(RegionId(0));
  }

 private:
  OpSet MakerEnded(ValueId value) const {
    const OpId maker = graph_.value(value).op;
    return maker.valid() ? ended_[maker.index] : OpSet();
  }

  // What has ended before each op of the region begins (before_), and when it has ended (ended_).
  // `around`: before the region begins. Gives what has ended before every question in it.
  std::optional<OpSet> Order(RegionId region, const OpSet& around) {
    std::optional<OpSet> before_all;
    for (const OpId id : graph_.region(region).ops) {
      const Op& op = graph_.op(id);
      OpSet before = around;
      OpSet ended = around;
      const bool warms = op.kind == OpKind::kCtxWarm;  // waits for its context only
      const size_t awaited = warms ? 1 : op.operands.size();
      for (size_t i = 0; i < awaited; ++i) ended |= MakerEnded(op.operands[i]);
      for (const NamedOperand& named : op.named) ended |= MakerEnded(named.value);
      if (!op.attributes.early && !op.attributes.pipelined) before = ended;
      std::optional<OpSet> inside;
      for (const RegionId inner : op.regions) {
        const std::optional<OpSet> of = Order(inner, before);
        if (of) inside = inside ? *inside & *of : *of;
        for (const OpId last : graph_.region(inner).ops) ended |= ended_[last.index];
        for (const ValueId yield : graph_.region(inner).yields) ended |= MakerEnded(yield);
      }
      if (const size_t number = numbers_[id.index]; number > 0) {
        if (inside) before = *inside;
        before_all = before_all ? *before_all & before : before;
        ended.set(number - 1);
      }
      before_[id.index] = before;
      ended_[id.index] = ended;
    }
    return before_all;
  }

  // Chains of ops that wait for one another: of each only one runs at a time.
  Bound Width(RegionId region) {
    struct Chain {
      OpId last;
      Bound width;
    };
    std::vector<Chain> chains;
    for (const OpId id : graph_.region(region).ops) {
      if (numbers_[id.index] == 0) continue;
      const Bound width = WidthOf(graph_.op(id));
      const auto waits = std::find_if(chains.begin(), chains.end(), [&](const Chain& chain) {
        return ordered_ && before_[id.index].test(numbers_[chain.last.index] - 1);
      });
      if (waits == chains.end()) {
        chains.push_back({id, width});
      } else {
        *waits = {id, Larger(waits->width, width)};
      }
    }
    Bound total = 0;
    for (const Chain& chain : chains) total = total + chain.width;
    return total;
  }

  Bound WidthOf(const Op& op) {
    if (op.kind == OpKind::kCall) return of_call_(op);
    if (op.regions.empty()) return 1;
    Bound widest = 0;
    for (const RegionId inner : op.regions) widest = Larger(widest, Width(inner));
    if (op.kind != OpKind::kFork) return widest;
    const ValueId parallel = NamedOperandOf(op, "max_parallel");
    const Bound children = reader_.Items(op.operands[0]);
    return widest * (parallel.valid() ? Either(children, reader_.Number(parallel)) : children);
  }

  const Graph& graph_;
  const BoundReader& reader_;
  const std::function<Bound(const Op&)>& of_call_;
  std::vector<size_t> numbers_;  // per op: from 1 if it asks
  std::vector<OpSet> before_, ended_;
  size_t count_ = 0;
  bool ordered_ = true;
};

}  // namespace

Bound LiveContexts(const Graph& graph, const std::vector<bool>& asks, const BoundReader& reader,
                   const std::function<Bound(const Op&)>& of_call) {
  return Counter(graph, asks, reader, of_call).Run();
}

}  // namespace lmp::ir
