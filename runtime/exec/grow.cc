// Lists that are there in part: a fork marked `pipelined` starts children for the elements that are
// complete, while the rest of its list is still made.
#include <algorithm>

#include "ir/analysis.h"
#include "runtime/base/limits.h"
#include "runtime/exec/fork_order.h"
#include "runtime/exec/run.h"
#include "runtime/exec/value_json.h"

namespace lmp::exec {

using ir::OpKind;

// Appends to `out`, which holds the first elements of the list, those that have come since. True if
// that is the whole list.
bool Run::FinalElements(Scope& scope, ir::ValueId value, std::vector<ir::Value>* out) {
  const auto append = [out](const std::vector<ir::Value>& all) {
    for (size_t i = out->size(); i < all.size(); ++i) out->push_back(all[i]);
  };
  if (const Slot& slot = SlotOf(scope, value); slot.ready) {
    append(slot.value.as_list());
    return true;
  }
  const ir::ValueDef& def = scope.graph->graph->value(value);
  if (!def.op.valid()) return false;
  const ir::Op& op = scope.graph->graph->op(def.op);
  Scope& home = HomeOf(scope, value);
  const auto found = home.progress.find(scope.graph->position[def.op.index]);
  if (found == home.progress.end()) return false;
  OpProgress& progress = found->second;
  if (op.kind == OpKind::kGen) {
    const ir::Program& program = *request_.plan->plan->program;
    for (const std::string_view text : progress.scan.Advance(progress.streamed)) {
      Result<ir::Value> element = GeneratedElement(program, op.attributes.type, text);
      if (!element.ok()) break;  // the generation itself will say so
      progress.elements.push_back(std::move(element).value());
    }
    append(progress.elements);
  } else if (op.kind == OpKind::kCall || op.kind == OpKind::kIf) {
    Scope* inner = progress.children.empty() ? nullptr : Find(progress.children[0]);
    if (inner != nullptr) FinalElements(*inner, inner->ir_region().yields[def.index], out);
  } else if (op.kind == OpKind::kFork) {
    const size_t end = progress.failed_child.value_or(progress.children.size());
    size_t kept = 0;
    for (size_t i = 0; i < end; ++i) {
      if (!progress.started[i] || progress.children[i] != kNoScope) break;
      if (!progress.yielded[i] || !progress.kept[i]) continue;
      if (kept++ == out->size()) out->push_back(*progress.yielded[i]);
    }
  }
  return false;
}

// Takes what has come of a fork's list, and goes on with the fork. Under a budget the list is taken
// as a whole: children have equal shares of what it leaves.
void Run::GrowFork(Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  if (scope.budget != nullptr && !SlotOf(scope, op.operands[0]).ready) return;
  const size_t before = progress.elements.size();
  progress.growing = !FinalElements(scope, op.operands[0], &progress.elements);
  if (progress.growing && progress.elements.size() == before) return;
  if (!progress.growing) std::erase(growing_, OpRef{scope.id, position});
  const size_t count = progress.elements.size();
  if (count > kForkChildrenMax) {
    const size_t most = ir::ForkElementsMax(*request_.plan->plan->program, *scope.graph->graph, op);
    if (count > most) {
      const std::string what = most == kForkChildrenMax ? "a fork or a list of calls" : "a list";
      FailOp(scope, position,
             MakeFailure(scope, op, "limit",
                         what + " over " + std::to_string(count) + " elements: the limit is " +
                             std::to_string(most)));
      return;
    }
  }
  if (!progress.growing && before == 0) {
    progress.order =
        StartOrder(*request_.plan->plan->program, *scope.graph->graph, op, progress.elements);
  }
  progress.children.resize(count, kNoScope);
  progress.started.resize(count, false);
  progress.yielded.resize(count);
  progress.kept.resize(count, true);
  if (scope.budget != nullptr) {
    for (size_t i = 0; i < count; ++i) progress.shares.push_back(scope.budget->Share(count));
  }
  SettleFork(scope, position);
}

void Run::AdvanceGrowing() {
  for (const OpRef ref : std::vector<OpRef>(growing_)) {
    Scope* scope = Find(ref.scope);  // a failure may have closed it
    if (scope == nullptr || scope->states[ref.position] != OpState::kRunning) continue;
    GrowFork(*scope, ref.position);
    if (done_) return;
  }
}

}  // namespace lmp::exec
