// Ops that ask the engine: gen, select, ctx.warm.
#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/base/text.h"
#include "runtime/exec/run.h"
#include "runtime/exec/value_json.h"

namespace lmp::exec {

namespace {

// Out of range becomes the nearest int; the engine says what it does not take.
int ToInt(double number) {
  return static_cast<int>(std::clamp(number, -2147483648.0, 2147483647.0));
}

double Number(const ir::Value& v) {
  return v.is_int() ? static_cast<double>(v.as_int()) : v.as_float();
}

bool FirstTokensDiffer(const std::vector<std::vector<TokenId>>& options) {
  std::vector<TokenId> first;
  for (const auto& ids : options) {
    if (ids.empty()) return false;
    first.push_back(ids.front());
  }
  std::sort(first.begin(), first.end());
  return std::adjacent_find(first.begin(), first.end()) == first.end();
}

// The timeline as a prompt whose passages may be reused as the program says.
engine::SequenceSpec PromptOf(const ContextValue& context) {
  engine::SequenceSpec spec;
  spec.tokens = context.tokens;
  spec.chunks = context.chunks;
  spec.context_tokens = context.chunk_context;
  return spec;
}

std::string SiteName(const ir::Op& op) { return op.attributes.site; }

}  // namespace

std::optional<ir::Value> Run::NamedValue(Scope& scope, const ir::Op& op, std::string_view name) {
  for (const auto& n : op.named) {
    if (n.name == name) return ValueOf(scope, n.value);
  }
  return std::nullopt;
}

// What is private to a run has a name that no other run has.
std::string Run::TenantOf(const ContextValue& context) const {
  if (!context.is_private) return request_.tenant;
  return request_.tenant + '\0' + std::to_string(id());
}

bool Run::StartSequence(Scope& scope, uint32_t position, engine::SequenceSpec spec) {
  const ContextValue& context = *scope.progress[position].context;
  spec.tenant = TenantOf(context);
  spec.owner = request_.owner;
  if (context.is_private) spec.chunks.clear();  // nobody would find what is stored
  spec.program = id();
  Result<engine::SequenceId> started = engines_->Start(PlaceOf(scope).engine, std::move(spec));
  if (!started.ok()) {
    const bool poisoned = started.status().code() == StatusCode::kInternal;
    FailOp(scope, position,
           MakeFailure(scope, scope.op(position), poisoned ? "internal" : "value",
                       started.status().message()));
    return false;
  }
  const engine::SequenceId id = started.value();
  in_flight_[id] = {scope.id, position};
  started_ns_[id] = clock_->NowNs() - start_ns_;
  started_.push_back(id);
  scope.progress[position].sequences.push_back(id);
  return true;
}

void Run::FireGen(Scope& scope, uint32_t position, const ir::Op& op) {
  const auto before =
      std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[0]).as_context());
  auto [context, prefix] = MakerOf(scope).Heal(*before, *EngineOf(scope).token_trie());
  if (context->tokens.empty() && !prefix.empty()) {  // a model needs a token to begin from
    context = MakerOf(scope).Settled(*before);
    prefix.clear();
  }
  const GenerationDefaults& defaults = request_.plan->defaults;
  const ir::Type& type = request_.plan->plan->program->types[op.attributes.type];
  const BoundOp& bound = scope.graph->ops[scope.ir_region().ops[position].index];

  engine::SequenceSpec spec = PromptOf(*context);
  if (op.attributes.exact) spec.chunks.clear();
  spec.retain = bound.context_is_read;
  engine::GenerateSpec gen;
  const auto number = [&](std::string_view name, double otherwise) {
    const auto v = NamedValue(scope, op, name);
    return v && !v->is_null() ? Number(*v) : otherwise;
  };
  gen.max_tokens = ToInt(number("max", defaults.max_tokens));
  gen.min_tokens = ToInt(number("min", 0));
  if (!PayForCall(scope, position, spec.tokens.size())) return;
  if (scope.budget != nullptr && scope.budget->Left(Cost::kTokens) < gen.max_tokens) {
    gen.max_tokens = static_cast<int>(scope.budget->Left(Cost::kTokens));
    gen.min_tokens = std::min(gen.min_tokens, gen.max_tokens);
    scope.progress[position].cut_by_budget = true;
  }
  gen.sampling.temperature = number("temp", defaults.temperature);
  gen.sampling.top_p = number("top_p", defaults.top_p);
  gen.sampling.min_p = number("min_p", defaults.min_p);
  gen.sampling.top_k = ToInt(number("top_k", defaults.top_k));
  const auto seed = NamedValue(scope, op, "seed");
  gen.sampling.seed = seed ? static_cast<uint64_t>(seed->as_int()) : seed_;
  gen.sampling.site = ir::SiteHash(scope.path, op.attributes.site);
  if (const auto stops = NamedValue(scope, op, "stop")) {
    for (const ir::Value& s : stops->as_list()) gen.stops.push_back(s.as_str());
  }
  gen.end_tokens = MakerOf(scope).format().ends;
  gen.must_complete = MustComplete(type);
  gen.healed_bytes = static_cast<int>(prefix.size());
  constrain::GrammarRef grammar = bound.grammar;
  if (bound.filled != nullptr) {
    ir::HoleValues holes;
    for (const auto& n : op.named) {
      if (n.name[0] == '$') holes.emplace(n.name.substr(1), ValueOf(scope, n.value));
    }
    Result<constrain::GrammarRef> made =
        bound.filled->Get(*request_.plan->plan->program, op.attributes.type, holes);
    if (!made.ok()) {
      return FailOp(scope, position, MakeFailure(scope, op, "value", made.status().message()));
    }
    grammar = std::move(made).value();
  }
  const bool any_text =
      type.kind == ir::TypeKind::kStr && !gen.must_complete && !type.high && type.high_hole.empty();
  if (!prefix.empty() || !any_text) {
    if (!prefix.empty()) grammar = constrain::Prefixed(std::move(prefix), std::move(grammar));
    gen.matcher.emplace(std::move(grammar), EngineOf(scope).token_trie(),
                        PlaceOf(scope).plan->tokenizer);
  }
  spec.work = std::move(gen);
  scope.progress[position].context = std::move(context);
  StartSequence(scope, position, std::move(spec));
}

void Run::FireWarm(Scope& scope, uint32_t position, const ir::Op& op) {
  const ir::Value operand = ValueOf(scope, op.operands[0]);
  const auto context = std::static_pointer_cast<const ContextValue>(operand.as_context());
  const bool worth =
      op.attributes.pin || static_cast<int>(context->tokens.size()) >= kWarmTokensMin;
  if (!worth || context->tokens.empty()) {
    FinishOp(scope, position, {operand});
    return;
  }
  scope.progress[position].context = context;
  engine::SequenceSpec spec = PromptOf(*context);
  spec.retain = true;
  StartSequence(scope, position, std::move(spec));
}

void Run::FireSelect(Scope& scope, uint32_t position, const ir::Op& op) {
  const auto context =
      std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[0]).as_context());
  OpProgress& progress = scope.progress[position];
  const auto fail = [&](std::string message) {
    FailOp(scope, position, MakeFailure(scope, op, "value", std::move(message)));
  };
  if (progress.context == nullptr) {
    progress.context = context;
    for (const ir::Value& option : ValueOf(scope, op.operands[1]).as_list()) {
      progress.options.push_back(option.as_str());
    }
    if (progress.options.empty()) return fail("`select` has no options to choose from");
    std::vector<std::string> sorted = progress.options;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        twice != sorted.end()) {
      return fail("`select` has the option \"" + *twice + "\" twice");
    }
  }
  while (progress.option_tokens.size() < progress.options.size()) {
    if (TurnIsOver()) return GoOnNextTurn(scope, position);
    const std::string& option = progress.options[progress.option_tokens.size()];
    CountTokenised(context->pending.size() + option.size());
    if (option.size() > PlaceOf(scope).plan->prompt_bytes_max) {
      return FailOp(scope, position,
                    MakeFailure(scope, op, "overflow",
                                "an option of " + std::to_string(option.size()) +
                                    " bytes is longer than any prompt of the model"));
    }
    progress.option_tokens.push_back(MakerOf(scope).TokeniseBehind(*context, option));
  }
  progress.scored.resize(progress.options.size());
  if (!PayForCall(scope, position, context->tokens.size())) return;
  if (progress.options.size() == 1) return FinishSelect(scope, position);
  if (context->tokens.empty()) return fail("`select` needs something before it in the context");
  if (static_cast<int>(context->tokens.size()) >= kWarmTokensMin) {
    progress.warming = true;
    engine::SequenceSpec spec;  // choosing needs exact KV (decision 11): no passage is reused
    spec.tokens = context->tokens;
    spec.retain = true;
    StartSequence(scope, position, std::move(spec));
    return;
  }
  StartScores(scope, position);
}

// Scores all options as siblings (decision 10), each with what ends it; where greedy can tell them
// by their first tokens, only these. Goes on with the next option when put aside.
void Run::StartScores(Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  const bool differ = FirstTokensDiffer(progress.option_tokens);
  const BoundOp& bound = scope.graph->ops[scope.ir_region().ops[position].index];
  progress.method =
      bound.method.method.value_or(differ ? SelectMethod::kGreedy : SelectMethod::kLikelihood);
  const std::vector<TokenId>& ending = bound.ending;
  while (progress.sequences.size() < progress.option_tokens.size()) {
    if (EngineOf(scope).Room(request_.owner) == 0) {
      PlaceOf(scope).parked.push_back({scope.id, position});
      return;
    }
    const size_t option = progress.sequences.size();
    std::vector<TokenId>& scored = progress.scored[option].tokens;
    scored = progress.option_tokens[option];
    if (progress.method == SelectMethod::kGreedy && differ) {
      scored.resize(1);
    } else {
      scored.insert(scored.end(), ending.begin(), ending.end());
    }
    if (scored.empty()) {
      FailOp(scope, position,
             MakeFailure(scope, op, "value",
                         "`select` cannot score an empty option here: nothing follows it"));
      return;
    }
    engine::SequenceSpec spec;
    spec.tokens = progress.context->tokens;
    spec.tokens.insert(spec.tokens.end(), scored.begin(), scored.end());
    spec.work = engine::ScoreSpec{static_cast<int>(scored.size())};
    spec.private_from = static_cast<int>(progress.context->tokens.size());
    if (!StartSequence(scope, position, std::move(spec))) return;
  }
}

void Run::OnSequenceEvent(engine::SequenceEvent& event) {
  const ir::ValueAccount::Use use(account_);
  const engine::SequenceId id = std::visit([](const auto& e) { return e.id; }, event);
  const auto it = in_flight_.find(id);
  if (it == in_flight_.end() || done_) return;
  const OpRef ref = it->second;
  Scope& scope = *Find(ref.scope);
  OpProgress& progress = scope.progress[ref.position];
  const ir::Op& op = scope.op(ref.position);
  if (const auto* text = std::get_if<engine::TextEvent>(&event)) {
    OpSpan* span = SpanOf(scope, ref.position);
    if (span != nullptr && span->first_text_ns < 0)
      span->first_text_ns = clock_->NowNs() - start_ns_;
    progress.streamed += text->text;
    if (!ShowGenerated(scope, op, text->text, false)) FailWatched(scope, ref.position);
    return;
  }
  if (op.kind == ir::OpKind::kCtxWarm && op.attributes.early)
    return OnEarlySequence(scope, ref.position, event);
  in_flight_.erase(it);
  const int64_t started_ns = started_ns_.extract(id).mapped();
  const bool watched = op.kind != ir::OpKind::kGen || ShowGenerated(scope, op, "", true);
  if (const auto* failed = std::get_if<engine::FailedEvent>(&event)) {
    Report(scope, ref.position, id, failed->usage, started_ns);
    PayForTokens(scope, failed->usage.generated_tokens);
    if (progress.cut_by_budget && failed->kind == engine::FailureKind::kLimit)
      return FailForTokens(scope, ref.position);
    FailOp(scope, ref.position,
           MakeFailure(scope, op, std::string(engine::FailureKindName(failed->kind)),
                       failed->message));
    return;
  }
  auto& finished = std::get<engine::FinishedEvent>(event);
  CallReport* const report = Report(scope, ref.position, id, finished.usage, started_ns);
  if (!watched) return FailWatched(scope, ref.position);
  if (op.kind == ir::OpKind::kGen) {
    PayForTokens(scope, finished.usage.generated_tokens);
    if (progress.cut_by_budget && finished.reason == engine::EndReason::kLength)
      return FailForTokens(scope, ref.position);
    return FinishGen(scope, ref.position, finished, report);
  }
  if (op.kind == ir::OpKind::kCtxWarm) {
    auto warmed = std::make_shared<ContextValue>(*progress.context);
    if (op.attributes.pin) {
      pins_->Keep(PlaceOf(scope).engine, TenantOf(*warmed), warmed->tokens,
                  std::move(finished.retained), op.attributes.ttl_ms, clock_->NowNs());
    } else {
      warmed->retained = std::move(finished.retained);
    }
    return FinishOp(scope, ref.position, {ir::Value::Context(std::move(warmed))});
  }
  // What the first sequence of a select has found; the others find what that one computed.
  progress.cached_tokens = progress.cached_tokens.value_or(finished.usage.cached_tokens);
  if (progress.warming) {
    progress.warmed = std::move(finished.retained);  // not on the context: it may be the caller's
    progress.warming = false;
    progress.sequences.clear();
    return StartScores(scope, ref.position);
  }
  const auto slot = std::find(progress.sequences.begin(), progress.sequences.end(), id);
  progress.scored[static_cast<size_t>(slot - progress.sequences.begin())].logprobs =
      std::move(finished.logprobs);
  const bool last = progress.sequences.size() == progress.options.size() &&
                    std::none_of(progress.sequences.begin(), progress.sequences.end(),
                                 [&](engine::SequenceId s) { return in_flight_.contains(s); });
  if (last) FinishSelect(scope, ref.position);
}

void Run::FailWatched(Scope& scope, uint32_t position) {
  FailOp(scope, position, MakeFailure(scope, scope.op(position), "internal", kCallbackThrew));
}

void Run::FinishSelect(Scope& scope, uint32_t position) {
  OpProgress& progress = scope.progress[position];
  const std::vector<double> shares =
      Tempered(progress.method == SelectMethod::kGreedy ? GreedyOf(progress.scored)
                                                        : LikelihoodOf(progress.scored),
               PlaceOf(scope).plan->temperatures.Of(progress.method));
  const size_t best =
      static_cast<size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
  std::vector<ir::Value> probabilities;
  for (const double p : shares) probabilities.push_back(ir::Value::Float(p));
  auto context =
      MakerOf(scope).AfterGeneration(progress.context->tokens, progress.option_tokens[best],
                                     *progress.context, scope.op(position).span);
  // The KV of options is not kept.
  if (progress.cached_tokens) {
    context->known_tokens = static_cast<int>(progress.context->tokens.size());
    context->cached_tokens = std::min(*progress.cached_tokens, context->known_tokens);
  }
  if (!ShowGenerated(scope, scope.op(position), progress.options[best], true))
    return FailWatched(scope, position);
  ir::Value value = ir::Value::Str(progress.options[best]);
  FinishOp(scope, position,
           {std::move(value), ir::Value::List(std::move(probabilities)),
            ir::Value::Context(std::move(context))});
}

void Run::FinishGen(Scope& scope, uint32_t position, engine::FinishedEvent& event,
                    CallReport* report) {
  const ir::Op& op = scope.op(position);
  const ir::Program& program = *request_.plan->plan->program;
  Result<ir::Value> value = GeneratedValue(program, op.attributes.type, event.text);
  if (!value.ok()) {
    // A stop string may cut a text before it is as long as its type asks for.
    const bool stopped = event.reason == engine::EndReason::kStop;
    FailOp(scope, position,
           MakeFailure(scope, op, stopped ? "constraint" : "internal",
                       stopped ? "a stop string ended " + QuoteText(event.text) + ", which is no " +
                                     ir::UserType(program.types, op.attributes.type)
                               : "the constraint let " + QuoteText(event.text) +
                                     " pass: " + value.status().message()));
    return;
  }
  const OpProgress& progress = scope.progress[position];
  auto before = progress.context;
  auto context = MakerOf(scope).AfterGeneration(before->tokens, event.tokens, *before, op.span);
  context->retained = std::move(event.retained);
  // A generation that its type forces whole asks the model nothing.
  if (event.usage.cached_tokens + event.usage.computed_tokens > 0) {
    context->cached_tokens = event.usage.cached_tokens;
    context->known_tokens = static_cast<int>(context->tokens.size());
  }
  for (const int at : event.forced)
    context->forced.push_back(static_cast<int>(before->tokens.size()) + at);
  if (report != nullptr && report->context != nullptr) {
    reported_tokens_left_ += before->tokens.size();
    report->context = CopyForReport(*context, event.usage.cached_tokens);
  }
  FinishOp(scope, position, {std::move(value).value(), ir::Value::Context(std::move(context))});
}

// Op by op from the entry function down, with the child of a fork or the round of a loop between.
std::vector<size_t> Run::OrderOf(const Scope& scope, uint32_t position) {
  std::vector<size_t> order = {position};
  for (const Scope* at = &scope; at->parent != kNoScope; at = Find(at->parent)) {
    order.push_back(at->child_index);
    order.push_back(at->owner.position);
  }
  std::reverse(order.begin(), order.end());
  return order;
}

// A question counts once, as in bounds and budgets: a select not once per option, and a prompt that
// is warmed not beside those that are asked on it. What was computed counts wherever it was.
void Run::Count(Scope& scope, uint32_t position, const engine::SequenceUsage& usage) {
  RunStats& stats = result_.stats;
  stats.computed_tokens += usage.computed_tokens;
  stats.generated_tokens += usage.generated_tokens;
  stats.forced_tokens += usage.forced_tokens;
  stats.preemptions += usage.preemptions;
  stats.reused_tokens += usage.reused_tokens;
  stats.recomputed_tokens += usage.recomputed_tokens;
  stats.auto_reused += usage.auto_reused;
  stats.auto_computed += usage.auto_computed;
  const ir::OpKind kind = scope.op(position).kind;
  OpProgress& progress = scope.progress[position];
  const bool asks = kind == ir::OpKind::kGen || kind == ir::OpKind::kSelect;
  if (!asks || std::exchange(progress.counted, true)) return;
  // The options of a select are no prompt.
  const int prompt = kind == ir::OpKind::kGen ? usage.prompt_tokens
                                              : static_cast<int>(progress.context->tokens.size());
  ++stats.calls;
  stats.prompt_tokens += prompt;
  stats.cached_tokens += std::min(usage.cached_tokens, prompt);
  stats.approximate_calls += usage.tainted ? 1 : 0;
  stats.approximate_tokens += usage.tainted ? prompt - usage.exact_tokens : 0;
}

ContextRef Run::CopyForReport(const ContextValue& context, int cached_tokens) {
  if (context.tokens.size() > reported_tokens_left_) return nullptr;
  reported_tokens_left_ -= context.tokens.size();
  auto copy = std::make_shared<ContextValue>(context);
  copy->known_tokens = static_cast<int>(copy->tokens.size());
  copy->cached_tokens = std::min(cached_tokens, copy->known_tokens);
  return copy;
}

CallReport* Run::Report(Scope& scope, uint32_t position, engine::SequenceId id,
                        const engine::SequenceUsage& usage, int64_t started_ns) {
  Count(scope, position, usage);
  if (OpSpan* span = SpanOf(scope, position)) {
    ++span->calls;
    span->engine = PlaceOf(scope).name;
    span->usage = usage;
  }
  if (!request_.explain && !request_.contexts) return nullptr;
  if (!request_.explain && result_.calls.size() == kReportedCallsMax) return nullptr;
  const ir::Op& op = scope.op(position);
  const OpProgress& progress = scope.progress[position];
  const ContextValue& context = *progress.context;
  CallReport call;
  if (request_.contexts) call.context = CopyForReport(context, usage.cached_tokens);
  if (call.context != nullptr) call.tokenizer = PlaceOf(scope).plan->tokenizer;
  call.kind = progress.warming ? "warm" : ir::OpName(op.kind);
  call.engine = PlaceOf(scope).name;
  if (call.kind == "select") call.method = SelectMethodName(progress.method);
  call.order = OrderOf(scope, position);
  const auto slot = std::find(progress.sequences.begin(), progress.sequences.end(), id);
  call.order.push_back(static_cast<size_t>(slot - progress.sequences.begin()));
  call.site = ir::SiteText(scope.path, SiteName(op));
  call.span = op.span;
  call.usage = usage;
  call.start_ns = started_ns;
  call.end_ns = clock_->NowNs() - start_ns_;
  const int total = static_cast<int>(context.tokens.size());
  if (usage.diverged_at >= 0 && usage.diverged_at < total) {
    const text::Tokenizer& tokenizer = MakerOf(scope).tokenizer();
    const TokenId token = context.tokens[static_cast<size_t>(usage.diverged_at)];
    call.diverged_text = tokenizer.IsControl(token)
                             ? tokenizer.spec().pieces[static_cast<size_t>(token)]
                             : tokenizer.Bytes(token);
  }
  for (size_t i = 0; request_.explain && i < context.segments.size(); ++i) {
    const int begin = static_cast<int>(context.segments[i].token_begin);
    const int end = i + 1 < context.segments.size()
                        ? static_cast<int>(context.segments[i + 1].token_begin)
                        : total;
    const int cached = std::clamp(usage.cached_tokens - begin, 0, end - begin);
    call.segments.push_back(
        {context.segments[i].kind, context.segments[i].span, end - begin, cached});
  }
  return &result_.calls.emplace_back(std::move(call));
}

}  // namespace lmp::exec
