// What the operations of a run did and when, for those who ask for it (Request::trace).
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

namespace {

// Those that take time, or hold others that do.
bool IsTraced(ir::OpKind kind) {
  switch (kind) {
    case ir::OpKind::kGen:
    case ir::OpKind::kSelect:
    case ir::OpKind::kCtxWarm:
    case ir::OpKind::kRetrieve:
    case ir::OpKind::kTool:
    case ir::OpKind::kListen:
    case ir::OpKind::kCall:
    case ir::OpKind::kFork:
    case ir::OpKind::kFor:
    case ir::OpKind::kWhile:
    case ir::OpKind::kTry:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Run::BeginSpan(const Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  if (!request_.trace || !IsTraced(op.kind) || open_spans_.contains({scope.id, position})) return;
  if (result_.spans.size() >= kTraceSpansMax) {
    ++result_.spans_left_out;
    return;
  }
  OpSpan span;
  span.kind = ir::OpName(op.kind);
  span.name = op.attributes.name;
  if (!op.attributes.site.empty()) span.site = ir::SiteText(scope.path, op.attributes.site);
  span.span = op.span;
  span.start_ns = clock_->NowNs() - start_ns_;
  for (const Scope* at = &scope; at->parent != kNoScope; at = Find(at->parent)) {
    const auto around = open_spans_.find({at->owner.scope, at->owner.position});
    if (around == open_spans_.end()) continue;
    span.parent = static_cast<int>(around->second);
    break;
  }
  open_spans_[{scope.id, position}] = result_.spans.size();
  result_.spans.push_back(std::move(span));
}

OpSpan* Run::SpanOf(const Scope& scope, uint32_t position) {
  const auto open = open_spans_.find({scope.id, position});
  return open == open_spans_.end() ? nullptr : &result_.spans[open->second];
}

void Run::EndSpan(const Scope& scope, uint32_t position, std::string_view how) {
  OpSpan* span = SpanOf(scope, position);
  if (span == nullptr) return;
  span->end_ns = clock_->NowNs() - start_ns_;
  span->how = how;
  open_spans_.erase({scope.id, position});
}

}  // namespace lmp::exec
