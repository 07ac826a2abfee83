// Streaming output: an emit writes what is final of its value while the rest is still generated.
#include "ir/pure_op.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

using ir::OpKind;

namespace {

// "answer.a#0" is `a`.
std::string_view NameOf(std::string_view site) {
  site = site.substr(0, site.find('#'));
  return site.substr(site.rfind('.') + 1);
}

// Parts of one emit whose makers are told apart; what has more is one text from there on. A string
// joined from a string twice has two of each.
constexpr size_t kEmitPartsMax = 4096;

bool IsNamed(OpKind kind) {
  return kind == OpKind::kGen || kind == OpKind::kSelect || kind == OpKind::kCall;
}

}  // namespace

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

// Appends what is final of `value`, whose it is part by part. True if that is all of it.
bool Run::FinalText(Scope& scope, ir::ValueId value, std::vector<EmitPart>* out) {
  const ir::ValueDef& def = scope.graph->graph->value(value);
  const ir::Op* op = def.op.valid() ? &scope.graph->graph->op(def.op) : nullptr;
  Scope& home = HomeOf(scope, value);
  if (op != nullptr && op->kind == OpKind::kStrCat && out->size() < kEmitPartsMax) {
    for (const ir::ValueId part : op->operands) {
      if (!FinalText(home, part, out)) return false;
    }
    return true;
  }
  if (op != nullptr && op->kind == OpKind::kStrFmt) return FinalText(home, op->operands[0], out);
  EmitPart part;
  if (op != nullptr && IsNamed(op->kind)) {
    part.home = &home;
    part.maker = op;
  }
  const bool whole = FinalTextOf(home, def, SlotOf(scope, value), &part.text);
  out->push_back(std::move(part));
  return whole;
}

// The same of a value that is no text put together here. What a call or an `if` has of its text is
// its own, whoever inside makes it: it must not depend on when somebody looks.
bool Run::FinalTextOf(Scope& home, const ir::ValueDef& def, const Slot& slot, std::string* out) {
  if (slot.ready) {
    const Result<std::string> text = ir::ToPromptText(slot.value);
    if (text.ok()) *out += text.value();
    return true;
  }
  if (!def.op.valid()) return false;
  const ir::Op& op = home.graph->graph->op(def.op);
  if (op.kind == OpKind::kCallPure) return FinalListText(home, op, out);
  if (request_.plan->plan->program->types[def.type].kind != ir::TypeKind::kStr) return false;
  const auto found = home.progress.find(home.graph->position[def.op.index]);
  if (found == home.progress.end()) return false;
  if (op.kind == OpKind::kGen) {
    *out += found->second.streamed;
  } else if (op.kind == OpKind::kCall || op.kind == OpKind::kIf) {
    const std::vector<ScopeId>& children = found->second.children;
    Scope* inner = children.empty() ? nullptr : Find(children[0]);
    if (inner == nullptr) return false;
    std::vector<EmitPart> parts;
    FinalText(*inner, inner->ir_region().yields[def.index], &parts);
    for (const EmitPart& part : parts) *out += part.text;
  }
  return false;
}

// Gives the sink what of `parts` is behind the first `*written` bytes.
bool Run::WriteBehind(const Scope& scope, const std::vector<EmitPart>& parts, size_t* written) {
  size_t begin = 0;
  for (const EmitPart& part : parts) {
    const size_t end = begin + part.text.size();
    if (end > *written) {
      std::string site;
      Piece piece;
      piece.text = std::string_view(part.text).substr(*written - begin);
      piece.function = scope.graph->graph->name;
      if (part.maker != nullptr) {
        site = ir::SiteText(part.home->path, part.maker->attributes.site);
        piece.site = site;
        piece.name = NameOf(part.maker->attributes.site);
      }
      AddToHash(piece.text);
      try {
        if (request_.sink) request_.sink->OnEmit(piece);
      } catch (...) {
        return false;
      }
      *written = end;
    }
    begin = end;
  }
  return true;
}

bool Run::ShowGenerated(const Scope& scope, const ir::Op& op, std::string_view text, bool last) {
  if (!request_.watch_generations || request_.sink == nullptr || (text.empty() && !last))
    return true;
  const std::string site = ir::SiteText(scope.path, op.attributes.site);
  try {
    request_.sink->OnGenerated(
        {text, NameOf(op.attributes.site), scope.graph->graph->name, site, last});
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
    std::vector<EmitPart> parts;
    FinalText(scope, value, &parts);
    for (const EmitPart& part : parts) work_bytes_ += part.text.size();
    if (!WriteBehind(scope, parts, &emits_[i].written)) {
      emits_.erase(emits_.begin() + static_cast<std::ptrdiff_t>(i));
      FailOp(scope, ref.position,
             MakeFailure(scope, op, "internal", "the host's callback for emitted text threw"));
      return;
    }
    // Done with the value itself, not with its parts: the op's operand must be there.
    if (slot.ready) {
      emits_.erase(emits_.begin() + static_cast<std::ptrdiff_t>(i));
      if (EndsBehindEmit(scope)) return;  // emits_ may have changed; the caller comes again
      FinishOp(scope, ref.position, {ir::Value::Effect()});
      if (done_) return;
      continue;
    }
    ++i;
  }
}

}  // namespace lmp::exec
