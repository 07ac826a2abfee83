// Streaming output: an emit writes what is final of its value while the rest is still generated.
#include "runtime/exec/run.h"

namespace lmp::exec {

using ir::OpKind;

bool Run::FinalText(Scope& scope, ir::ValueId value, std::string* out) {
  const Slot& slot = SlotOf(scope, value);
  if (slot.ready) {
    const Result<std::string> text = ir::ToPromptText(slot.value);
    if (text.ok()) *out += text.value();
    return true;
  }
  const ir::OpId id = scope.graph->graph->value(value).op;
  if (!id.valid()) return false;
  const ir::Op& op = scope.graph->graph->op(id);
  if (op.kind == OpKind::kStrCat) {
    for (const ir::ValueId part : op.operands) {
      if (!FinalText(scope, part, out)) return false;
    }
    return true;
  }
  if (op.kind == OpKind::kStrFmt) return FinalText(scope, op.operands[0], out);
  if (op.kind == OpKind::kGen &&
      request_.plan->plan->program->types[op.attributes.type].kind == ir::TypeKind::kStr) {
    Scope* home = &scope;
    while (home->region != scope.graph->home[value.index]) home = Find(home->parent);
    const auto it = home->progress.find(scope.graph->position[id.index]);
    if (it != home->progress.end()) *out += it->second.streamed;
  }
  return false;
}

bool Run::Write(std::string_view text) {
  try {
    if (request_.sink) request_.sink->OnEmit(text);
    return true;
  } catch (...) {
    return false;
  }
}

void Run::AdvanceEmits() {
  for (size_t i = 0; i < emits_.size();) {
    const OpRef ref = emits_[i].op;
    Scope& scope = *Find(ref.scope);
    const ir::Op& op = scope.op(ref.position);
    const ir::ValueId value = op.operands[1];
    const Slot& slot = SlotOf(scope, value);
    if (emits_[i].written == 0) {
      const EmitRule rule = EmitRuleOf(scope, ref.position);
      if (!rule.now || (rule.whole && !slot.ready)) {
        ++i;
        continue;
      }
    }
    if (slot.ready) {
      if (const Result<std::string> text = ir::ToPromptText(slot.value); !text.ok()) {
        emits_.erase(emits_.begin() + static_cast<std::ptrdiff_t>(i));
        FailOp(scope, ref.position, MakeFailure(scope, op, "value", text.status().message()));
        return;  // emits_ may have changed; the caller comes again
      }
    }
    std::string text;
    FinalText(scope, value, &text);
    if (text.size() > emits_[i].written) {
      if (!Write(std::string_view(text).substr(emits_[i].written))) {
        emits_.erase(emits_.begin() + static_cast<std::ptrdiff_t>(i));
        FailOp(scope, ref.position,
               MakeFailure(scope, op, "internal", "the host's callback for emitted text threw"));
        return;
      }
      emits_[i].written = text.size();
    }
    // Done with the value itself, not with its parts: the op's operand must be there.
    if (slot.ready) {
      emits_.erase(emits_.begin() + static_cast<std::ptrdiff_t>(i));
      FinishOp(scope, ref.position, {ir::Value::Effect()});
      if (done_) return;
      continue;
    }
    ++i;
  }
}

}  // namespace lmp::exec
