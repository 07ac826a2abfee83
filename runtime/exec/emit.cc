// Streaming output: an emit writes what is final of its value while the rest is still generated.
#include "ir/pure_op.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

using ir::OpKind;

// The text of a list whose first elements are there, if the text of the whole begins with it.
bool Run::FinalListText(Scope& scope, const ir::Op& op, std::string* out) {
  const std::string& name = op.attributes.name;
  if (name != "lines" && name != "bullets" && name != "join") return false;
  std::vector<ir::Value> elements;
  FinalElements(scope, op.operands[0], &elements);
  std::vector<ir::Value> in = {ir::Value::List(std::move(elements))};
  if (op.operands.size() > 1) {
    const Slot& separator = SlotOf(scope, op.operands[1]);
    if (!separator.ready) return false;
    in.push_back(separator.value);
  }
  const Result<ir::Value> text =
      ir::EvaluatePureOp(*request_.plan->plan->program, op, *scope.graph->graph, in);
  if (text.ok()) *out += text.value().as_str();
  return false;
}

// Appends what is final of `value`. True if that is all of it.
bool Run::FinalText(Scope& scope, ir::ValueId value, std::string* out) {
  const Slot& slot = SlotOf(scope, value);
  if (slot.ready) {
    const Result<std::string> text = ir::ToPromptText(slot.value);
    if (text.ok()) *out += text.value();
    return true;
  }
  const ir::ValueDef& def = scope.graph->graph->value(value);
  if (!def.op.valid()) return false;
  const ir::Op& op = scope.graph->graph->op(def.op);
  Scope& home = HomeOf(scope, value);
  switch (op.kind) {
    case OpKind::kStrCat:
      for (const ir::ValueId part : op.operands) {
        if (!FinalText(home, part, out)) return false;
      }
      return true;
    case OpKind::kStrFmt:
      return FinalText(home, op.operands[0], out);
    case OpKind::kCallPure:
      return FinalListText(home, op, out);
    default:
      break;
  }
  if (request_.plan->plan->program->types[def.type].kind != ir::TypeKind::kStr) return false;
  const auto found = home.progress.find(scope.graph->position[def.op.index]);
  if (found == home.progress.end()) return false;
  if (op.kind == OpKind::kGen) {
    *out += found->second.streamed;
  } else if (op.kind == OpKind::kCall || op.kind == OpKind::kIf) {
    const std::vector<ScopeId>& children = found->second.children;
    Scope* inner = children.empty() ? nullptr : Find(children[0]);
    if (inner != nullptr) FinalText(*inner, inner->ir_region().yields[def.index], out);
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
