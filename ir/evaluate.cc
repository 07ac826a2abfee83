#include "ir/evaluate.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "ir/analysis.h"
#include "ir/failure.h"
#include "ir/passage.h"
#include "ir/pure_op.h"
#include "ir/run_stats.h"
#include "ir/site.h"
#include "ir/verify.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

class EvalContext final : public ContextBase {
 public:
  explicit EvalContext(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Value ContextOf(std::string text) {
  return Value::Context(std::make_shared<EvalContext>(std::move(text)));
}

const std::string& TextOf(const Value& context) {
  return static_cast<const EvalContext&>(*context.as_context()).text();
}

size_t CommonPrefix(const std::string& a, const std::string& b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

// As an ideal cache would: what an earlier prompt, with its answer, begins with is not computed
// again. In sorted order, the longest common prefix with any earlier text is next to it.
RunCounts CountsOf(const std::vector<Generation>& generations) {
  RunCounts counts;
  std::set<std::string> seen;
  for (const Generation& made : generations) {
    const std::string& prompt = made.prompt;
    const Result<std::string> bare = ToPromptText(made.value);
    const std::string text = bare.ok() ? bare.value() : ToJsonText(made.value);
    size_t shared = 0;
    const auto behind = seen.lower_bound(prompt);
    if (behind != seen.end()) shared = CommonPrefix(prompt, *behind);
    if (behind != seen.begin()) shared = std::max(shared, CommonPrefix(prompt, *std::prev(behind)));
    ++counts.calls;
    counts.prompt += static_cast<int64_t>(prompt.size());
    counts.cached += static_cast<int64_t>(shared);
    counts.generated += static_cast<int64_t>(text.size());
    if (seen.empty()) counts.first = static_cast<int64_t>(prompt.size());
    seen.insert(prompt + text);
  }
  return counts;
}

class Evaluator {
 public:
  Evaluator(const Program& program, FakeModel* model, const EvaluateOptions& options)
      : program_(program), model_(model), options_(options) {}

  Evaluation Run(std::string_view function, std::vector<Value> arguments) {
    out_.status = Start(function, std::move(arguments));
    if (failed_) out_.failure = std::move(failed_->what);
    return std::move(out_);
  }

 private:
  // One call of a function: its values by id. A region that runs again overwrites its own.
  struct Frame {
    const Graph& graph;
    std::vector<Value> values;
    const Value& operator[](ValueId id) const { return values[id.index]; }
  };

  Status Start(std::string_view function, std::vector<Value> arguments) {
    const Graph* graph = program_.Find(function);
    if (graph == nullptr) return NotFound("there is no function `" + std::string(function) + "`");
    if (arguments.size() > graph->params.size()) {
      return InvalidArgument("`" + graph->name + "` takes " + std::to_string(graph->params.size()) +
                             " arguments, found " + std::to_string(arguments.size()));
    }
    for (size_t i = 0; i < graph->params.size(); ++i) {
      const Param& param = graph->params[i];
      if (i == arguments.size()) {
        if (!param.has_default)
          return InvalidArgument("`" + graph->name + "` needs an argument for `" + param.name +
                                 "`");
        arguments.push_back(param.default_value);
      }
      // A context made elsewhere is none of this evaluator's.
      const bool context = program_.types[param.type].kind == TypeKind::kCtx;
      if (context || !ValueFits(program_, arguments[i], param.type)) {
        return InvalidArgument("argument `" + param.name + "` of `" + graph->name + "` is no " +
                               UserType(program_.types, param.type));
      }
    }
    LMP_TRY(const std::vector<Value> results,
            CallFunction(*graph, std::move(arguments), SitePath(), 0));
    if (program_.types[graph->result].kind != TypeKind::kNone) out_.value = results[0];
    return OkStatus();
  }

  // `arguments` without the effect. Returns the body's yields.
  Result<std::vector<Value>> CallFunction(const Graph& graph, std::vector<Value> arguments,
                                          const SitePath& path, size_t depth) {
    if (depth >= kCallDepthMax)
      return ResourceExhausted("calls nested deeper than " + std::to_string(kCallDepthMax));
    if (graph.effectful) arguments.insert(arguments.begin(), Value::Effect());
    Frame frame{graph, std::vector<Value>(graph.values.size())};
    return RunRegion(&frame, RegionId(0), arguments, path, depth);
  }

  Result<std::vector<Value>> RunRegion(Frame* frame, RegionId id,
                                       const std::vector<Value>& arguments, const SitePath& path,
                                       size_t depth) {
    const Region& region = frame->graph.region(id);
    for (size_t i = 0; i < region.params.size(); ++i)
      frame->values[region.params[i].index] = arguments[i];
    for (const OpId op_id : region.ops) {
      const Op& op = frame->graph.op(op_id);
      if (++steps_ > options_.steps_max) {
        return ResourceExhausted("more than " + std::to_string(options_.steps_max) + " steps");
      }
      Result<std::vector<Value>> made = RunOp(frame, op, path, depth);
      if (!made.ok()) {
        NoteFailure(*frame, op, path, made.status());
        return made.status();
      }
      std::vector<Value> results = std::move(made).value();
      for (size_t i = 0; i < op.results.size(); ++i)
        frame->values[op.results[i].index] = std::move(results[i]);
    }
    std::vector<Value> yields;
    for (const ValueId yield : region.yields) yields.push_back((*frame)[yield]);
    return yields;
  }

  // The innermost op that fails says what happened.
  void NoteFailure(const Frame& frame, const Op& op, const SitePath& path, const Status& status) {
    if (failed_) return;
    failed_.emplace();
    EvaluationFailure& what = failed_->what;
    what.kind = op.kind == OpKind::kCheck                         ? "check"
                : status.code() == StatusCode::kNotFound          ? "mock"
                : op.kind == OpKind::kRetrieve                    ? "retrieve"
                : op.kind == OpKind::kTool                        ? "tool"
                : op.kind == OpKind::kListen                      ? "listen"
                : status.code() == StatusCode::kResourceExhausted ? "limit"
                                                                  : "value";
    what.message = status.message();
    what.span = op.span;
    what.site = op.attributes.site.empty() ? frame.graph.name : SiteText(path, op.attributes.site);
    if (op.kind == OpKind::kCheck && op.operands.size() == 3)
      failed_->context = frame[op.operands[2]];
  }

  static std::vector<Value> Operands(const Frame& frame, const Op& op, size_t first = 0) {
    std::vector<Value> operands;
    for (size_t i = first; i < op.operands.size(); ++i) operands.push_back(frame[op.operands[i]]);
    return operands;
  }

  static Result<std::vector<Value>> One(Result<Value> value) {
    if (!value.ok()) return value.status();
    return std::vector<Value>{std::move(value).value()};
  }

  Result<std::vector<Value>> RunOp(Frame* frame, const Op& op, const SitePath& path, size_t depth) {
    switch (op.kind) {
      case OpKind::kGen:
        return RunGen(frame, op, path);
      case OpKind::kSelect:
        return RunSelect(frame, op, path);
      case OpKind::kRetrieve:
        return One(RunRetrieve(*frame, op));
      case OpKind::kStats:
        return One(RunStatsValue(CountsOf(out_.generations)));
      case OpKind::kTool:
        return RunTool(*frame, op);
      case OpKind::kTokens:
        return One(CountTokens((*frame)[op.operands[0]]));
      case OpKind::kClip:
        return One(ClipText((*frame)[op.operands[0]].as_str(), (*frame)[op.operands[1]].as_int()));
      case OpKind::kListen:
        return RunListen();
      case OpKind::kCall:
        return RunCall(frame, op, path, depth);
      case OpKind::kIf:
        return RunRegion(frame, op.regions[(*frame)[op.operands[0]].as_bool() ? 0 : 1], {}, path,
                         depth);
      case OpKind::kFor:
        return RunFor(frame, op, path, depth);
      case OpKind::kWhile:
        return RunWhile(frame, op, path, depth);
      case OpKind::kFork:
        return RunFork(frame, op, path, depth);
      case OpKind::kTry:
        return RunTry(frame, op, path, depth);
      case OpKind::kCheck:
        if ((*frame)[op.operands[0]].as_bool()) return std::vector<Value>();
        return InvalidArgument((*frame)[op.operands[1]].as_str());
      case OpKind::kEmit: {
        LMP_TRY(std::string text, ToPromptText((*frame)[op.operands[1]]));
        out_.emits.push_back(std::move(text));
        return std::vector<Value>{Value::Effect()};
      }
      case OpKind::kCtxDrop:
        return std::vector<Value>();
      case OpKind::kCtxOrder: {
        // Nothing is cached here, so nothing goes first.
        std::vector<Value> order;
        for (size_t i = 0; i < (*frame)[op.operands[2]].as_list().size(); ++i)
          order.push_back(Value::Int(static_cast<int64_t>(i)));
        return std::vector<Value>{Value::List(std::move(order))};
      }
      case OpKind::kCtxEmpty:
      case OpKind::kCtxOpen:
      case OpKind::kCtxClose:
      case OpKind::kCtxText:
      case OpKind::kCtxInsert:
      case OpKind::kCtxWarm:
        return One(RunContextOp(*frame, op));
      default:
        return One(EvaluatePureOp(program_, op, frame->graph, Operands(*frame, op)));
    }
  }

  Result<Value> RunContextOp(const Frame& frame, const Op& op) {
    if (op.kind == OpKind::kCtxEmpty) return ContextOf("");
    const Value& before = frame[op.operands[0]];
    if (op.kind == OpKind::kCtxWarm) return before;
    if (op.kind == OpKind::kCtxOpen)
      return Extend(before, "<|" + std::string(RoleName(op.attributes.role)) + "|>");
    if (op.kind == OpKind::kCtxClose) return Extend(before, "<|end|>\n");
    return Extend(before, frame[op.operands[1]].as_str());
  }

  Result<Value> Extend(const Value& context, const std::string& text) const {
    const std::string& before = TextOf(context);
    if (before.size() + text.size() > options_.context_bytes_max) {
      return ResourceExhausted("a context of more than " +
                               std::to_string(options_.context_bytes_max) + " bytes");
    }
    return ContextOf(before + text);
  }

  Result<FakeRequest> RequestOf(const Frame& frame, const Op& op, const SitePath& path) {
    FakeRequest request;
    request.program = &program_;
    request.prompt = TextOf(frame[op.operands[0]]);
    request.type = op.attributes.type;
    request.site = op.attributes.site;
    request.site_hash = SiteHash(path, op.attributes.site);
    request.seed = options_.seed;
    for (const NamedOperand& operand : op.named) {
      const Value& value = frame[operand.value];
      if (operand.name == "max" && value.as_int() <= 0) {
        return InvalidArgument("`max` of `" + op.attributes.site +
                               "` is not positive: " + ToJsonText(value));
      }
      if (operand.name == "seed") request.seed = static_cast<uint64_t>(value.as_int());
      request.options.emplace_back(operand.name, value);
    }
    return request;
  }

  Result<std::vector<Value>> RunGen(Frame* frame, const Op& op, const SitePath& path) {
    LMP_TRY(FakeRequest request, RequestOf(*frame, op, path));
    LMP_TRY(Value value, model_->Gen(request));
    LMP_TRY(Value context, Extend((*frame)[op.operands[0]],
                                  GeneratedText(program_.types[op.attributes.type], value)));
    out_.generations.push_back(
        {SiteText(path, op.attributes.site), request.site_hash, std::move(request.prompt), value});
    return std::vector<Value>{std::move(value), std::move(context)};
  }

  Result<std::vector<Value>> RunSelect(Frame* frame, const Op& op, const SitePath& path) {
    std::vector<std::string> options;
    for (const Value& option : (*frame)[op.operands[1]].as_list())
      options.push_back(option.as_str());
    if (options.empty())
      return InvalidArgument("`" + op.attributes.site + "` has no options to select from");
    LMP_TRY(FakeRequest request, RequestOf(*frame, op, path));
    request.options.emplace_back("options", (*frame)[op.operands[1]]);
    LMP_TRY(const FakeChoice choice, model_->Select(request, options));
    Value value = Value::Str(options[choice.index]);
    std::vector<Value> probabilities;
    for (const double p : choice.probabilities) probabilities.push_back(Value::Float(p));
    LMP_TRY(Value context, Extend((*frame)[op.operands[0]], value.as_str()));
    out_.generations.push_back(
        {SiteText(path, op.attributes.site), request.site_hash, std::move(request.prompt), value});
    return std::vector<Value>{std::move(value), Value::List(std::move(probabilities)),
                              std::move(context)};
  }

  // The fake model answers for the host, too.
  Result<std::vector<Value>> RunTool(const Frame& frame, const Op& op) {
    const ToolDecl& tool = *program_.FindTool(op.attributes.name);
    const bool writes = tool.effect == ToolEffect::kWrite;
    FakeRequest request;
    request.program = &program_;
    request.prompt = tool.name + ToJsonText(Value::List(Operands(frame, op, writes ? 1 : 0)));
    request.type = tool.result;
    request.site = tool.name;
    LMP_TRY(Value value, model_->Gen(request));
    std::vector<Value> results = {std::move(value)};
    if (writes) results.push_back(Value::Effect());
    return results;
  }

  // Bytes stand for tokens.
  static Value CountTokens(const Value& of) {
    const std::string& text = of.is_context() ? TextOf(of) : of.as_str();
    return Value::Int(static_cast<int64_t>(text.size()));
  }
  static Result<Value> ClipText(const std::string& text, int64_t tokens) {
    LMP_RETURN_IF_ERROR(CheckClipTokens(tokens));
    if (static_cast<uint64_t>(tokens) >= text.size()) return Value::Str(text);
    const std::string_view first(text.data(), static_cast<size_t>(tokens));
    return Value::Str(text.substr(0, Utf8SafePrefix(first)));
  }

  // Nobody is kept waiting here, so no time runs out.
  Result<std::vector<Value>> RunListen() {
    LMP_TRY(std::string line, model_->Listen(lines_++));
    return std::vector<Value>{Value::Str(std::move(line)), Value::Effect()};
  }

  Result<Value> RunRetrieve(const Frame& frame, const Op& op) {
    const ValueId k = NamedOperandOf(op, "k");
    PassageQuery query{{}, k.valid() ? frame[k].as_int() : kPassagesDefault};
    for (const Value& text : frame[op.operands[0]].as_list()) query.texts.push_back(text.as_str());
    LMP_RETURN_IF_ERROR(CheckPassageQuery(query));
    LMP_TRY(const std::vector<Passage> found, model_->Retrieve(op.attributes.name, query));
    std::vector<Value> passages;
    for (const Passage& passage : found) passages.push_back(PassageValue(passage));
    return Value::List(std::move(passages));
  }

  Result<std::vector<Value>> RunCall(Frame* frame, const Op& op, const SitePath& path,
                                     size_t depth) {
    const Graph& callee = *program_.Find(op.attributes.name);
    Result<std::vector<Value>> made =
        CallFunction(callee, Operands(*frame, op, callee.effectful ? 1 : 0),
                     path.WithCall(op.attributes.site), depth + 1);
    if (!made.ok() && failed_) {
      failed_->context.reset();
      failed_->what.calls.push_back(op.span);
    }
    return made;
  }

  Result<std::vector<Value>> RunFor(Frame* frame, const Op& op, const SitePath& path,
                                    size_t depth) {
    const Value list = (*frame)[op.operands[0]];
    std::vector<Value> carried = Operands(*frame, op, 1);
    int64_t round = 0;
    for (const Value& element : list.as_list()) {
      carried.insert(carried.begin(), element);
      LMP_TRY(carried, RunRegion(frame, op.regions[0], carried, path.WithIndex(round++), depth));
    }
    return carried;
  }

  Result<std::vector<Value>> RunWhile(Frame* frame, const Op& op, const SitePath& path,
                                      size_t depth) {
    const int64_t limit = (*frame)[NamedOperandOf(op, "limit")].as_int();
    if (limit > static_cast<int64_t>(kLoopRoundsMax)) {
      return ResourceExhausted("a while with limit " + std::to_string(limit) + " (at most " +
                               std::to_string(kLoopRoundsMax) + ")");
    }
    std::vector<Value> carried = Operands(*frame, op);
    bool go_on = true;
    for (int64_t round = 0; go_on && round < limit; ++round) {
      carried.insert(carried.begin(), Value::Int(round));
      LMP_TRY(carried, RunRegion(frame, op.regions[0], carried, path.WithIndex(round), depth));
      go_on = carried[0].as_bool();
      carried.erase(carried.begin());
    }
    return carried;
  }

  Result<std::vector<Value>> RunFork(Frame* frame, const Op& op, const SitePath& path,
                                     size_t depth) {
    const Value list = (*frame)[op.operands[0]];
    if (list.as_list().size() > kForkChildrenMax) {
      const size_t most = ForkElementsMax(program_, frame->graph, op);
      if (list.as_list().size() > most) {
        return ResourceExhausted("a fork over " + std::to_string(list.as_list().size()) +
                                 " elements (limit " + std::to_string(most) + ")");
      }
    }
    std::vector<Value> results;
    int64_t index = 0;
    for (const Value& element : list.as_list()) {
      const Result<std::vector<Value>> yields = RunRegion(
          frame, op.regions[0], {element, Value::Int(index)}, path.WithIndex(index), depth);
      ++index;
      if (yields.ok()) {
        if (!op.attributes.filtered || yields->front().as_bool()) results.push_back(yields->back());
      } else if (!Handles(op, op.regions[0]) || EndsRun()) {
        return yields.status();
      } else {
        failed_.reset();
        if (op.attributes.on_error == "null") results.push_back(Value::Null());
      }
    }
    Value made = Value::List(std::move(results));
    LMP_RETURN_IF_ERROR(CheckValueBytes(made));
    return std::vector<Value>{std::move(made)};
  }

  // Budgets and times are the executor's: nothing here has a cost.
  Result<std::vector<Value>> RunTry(Frame* frame, const Op& op, const SitePath& path,
                                    size_t depth) {
    const ValueId retries = NamedOperandOf(op, "retries");
    for (const NamedOperand& option : op.named)
      LMP_RETURN_IF_ERROR(CheckTryOption(option.name, (*frame)[option.value].as_int()));
    const int64_t last = retries.valid() ? (*frame)[retries].as_int() : 0;
    std::vector<Value> context = Operands(*frame, op);
    for (int64_t attempt = 0;; ++attempt) {
      Result<std::vector<Value>> made = RunRegion(
          frame, op.regions[0], context, retries.valid() ? path.WithIndex(attempt) : path, depth);
      if (made.ok() || EndsRun()) return made;
      const Failed failed = *failed_;
      if (attempt < last) {
        failed_.reset();
        if (op.attributes.feedback) {
          LMP_TRY(context[0], Extend(failed.context.value_or(context[0]),
                                     "<|user|>" + std::string(FeedbackText(failed.what.message)) +
                                         "<|end|>\n"));
        }
        continue;
      }
      if (op.regions.size() == 1) {
        failed_->context.reset();
        return made;
      }
      failed_.reset();
      return RunRegion(frame, op.regions[1],
                       {FailureValue(failed.what.kind, failed.what.message, failed.what.site)},
                       path, depth);
    }
  }

  bool EndsRun() const {
    return steps_ > options_.steps_max || (failed_ && ir::EndsRun(failed_->what.kind));
  }

  struct Failed {
    EvaluationFailure what;
    std::optional<Value> context;  // of a check directly in the body of a try with feedback
  };

  const Program& program_;
  FakeModel* model_;
  EvaluateOptions options_;
  Evaluation out_;
  size_t steps_ = 0;
  size_t lines_ = 0;              // listened to so far
  std::optional<Failed> failed_;  // what is on its way to a fallback
};

}  // namespace

Evaluation Evaluate(const Program& program, std::string_view function, std::vector<Value> arguments,
                    FakeModel* model, const EvaluateOptions& options) {
  return Evaluator(program, model, options).Run(function, std::move(arguments));
}

}  // namespace lmp::ir
