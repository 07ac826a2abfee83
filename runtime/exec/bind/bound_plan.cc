#include "runtime/exec/bind/bound_plan.h"

#include <algorithm>
#include <map>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/exec/bind/context_fit.h"
#include "runtime/exec/bind/fixed_text.h"
#include "runtime/exec/bind/type_length.h"
#include "runtime/text/token_bytes.h"

namespace lmp::exec {

namespace {

using ir::OpKind;

// The readers of each value, over all regions (yields do not count as ops).
struct Readers {
  std::vector<std::vector<ir::OpId>> ops;
  std::vector<bool> yielded;
};

Readers FindReaders(const ir::Graph& graph) {
  Readers readers;
  readers.ops.resize(graph.values.size());
  readers.yielded.resize(graph.values.size(), false);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    for (const ir::ValueId v : graph.ops[i].operands) readers.ops[v.index].push_back(ir::OpId(i));
    for (const auto& n : graph.ops[i].named) readers.ops[n.value.index].push_back(ir::OpId(i));
  }
  for (const ir::Region& region : graph.regions) {
    for (const ir::ValueId v : region.yields) readers.yielded[v.index] = true;
  }
  return readers;
}

bool IsContextRead(const ir::Graph& graph, const Readers& readers, ir::ValueId context) {
  if (readers.yielded[context.index]) return true;
  return std::any_of(readers.ops[context.index].begin(), readers.ops[context.index].end(),
                     [&](ir::OpId id) { return graph.op(id).kind != OpKind::kCtxDrop; });
}

// One grammar per type of a program, whatever number of generations have it.
class TypeGrammars {
 public:
  explicit TypeGrammars(const ir::Program& program) : program_(program) {}

  const Result<constrain::GrammarRef>& GrammarOf(ir::TypeId type) {
    const auto known = grammars_.find(type);
    if (known != grammars_.end()) return known->second;
    if (nodes_ > kProgramGrammarNodesMax) return too_large_;
    return grammars_.emplace(type, TypeGrammar(program_, type, {}, &nodes_)).first->second;
  }
  std::shared_ptr<HoleGrammars> FilledOf(ir::TypeId type) {
    std::shared_ptr<HoleGrammars>& filled = filled_[type];
    if (filled == nullptr) filled = std::make_shared<HoleGrammars>();
    return filled;
  }

 private:
  const ir::Program& program_;
  std::map<ir::TypeId, Result<constrain::GrammarRef>> grammars_;
  size_t nodes_ = 0;  // of all of these
  const Result<constrain::GrammarRef> too_large_ =
      ResourceExhausted("the grammars of the types that are generated before have more than " +
                        std::to_string(kProgramGrammarNodesMax) + " nodes together");
  std::map<ir::TypeId, std::shared_ptr<HoleGrammars>> filled_;
};

void AddPlaces(const std::vector<constrain::SchemaProblem>& problems, Diagnostic* d) {
  for (const constrain::SchemaProblem& problem : problems) d->notes.push_back(problem.ToText());
}

std::string Places(size_t count) {
  return std::to_string(count) + (count == 1 ? " place" : " places");
}

Diagnostic NoTextDiagnostic(const ir::Program& program, const ir::Op& op, const Status& status) {
  Diagnostic d;
  d.span = op.span;
  const ir::Type& type = program.types[op.attributes.type];
  const SchemaFindings findings = FindingsOf(type);
  if (!findings.refused.empty()) {
    d.code = "E0706";
    d.title = "the schema is refused, in " + Places(findings.refused.size());
    AddPlaces(findings.refused, &d);
    using enum constrain::SchemaProblemKind;
    const bool can_be_left_out =
        std::all_of(findings.refused.begin(), findings.refused.end(),
                    [](const auto& problem) { return problem.kind == kUnsupported; });
    if (can_be_left_out)
      d.helps.push_back("with `lenient: true` these places bound nothing, and are reported");
    return d;
  }
  d.code = "E0704";
  d.title = "nothing can be generated as " + ir::UserType(program.types, op.attributes.type) +
            ": " + status.message();
  return d;
}

// L124: what `lenient` has left out of a schema.
void LintSchema(const ir::Program& program, const ir::Op& op, std::vector<Diagnostic>* out) {
  const ir::Type& type = program.types[op.attributes.type];
  if (!type.grammar || !type.grammar->lenient) return;
  const SchemaFindings findings = FindingsOf(type);
  if (findings.left_out.empty()) return;
  Diagnostic d;
  d.severity = Severity::kLint;
  d.code = "L124";
  d.title = "the schema is not kept to in " + Places(findings.left_out.size());
  d.span = op.span;
  AddPlaces(findings.left_out, &d);
  out->push_back(std::move(d));
}

class Binder {
 public:
  Binder(BoundPlan* plan, int64_t longest_token, std::vector<Diagnostic>* diagnostics)
      : plan_(plan),
        longest_token_(longest_token),
        diagnostics_(diagnostics),
        types_(*plan->plan->program) {}

  BoundGraph BindGraph(const ir::Graph& graph) {
    BoundGraph bound;
    bound.graph = &graph;
    bound.facts = plan_->plan->Find(graph.name);
    Address(graph, &bound);
    const Readers readers = FindReaders(graph);
    bound.ops.resize(graph.ops.size());
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      const ir::Op& op = graph.ops[i];
      BoundOp& out = bound.ops[i];
      if (op.kind == OpKind::kCtxText) out.text = StaticTextOf(graph, op);
      if (op.kind == OpKind::kGen) BindGen(graph, op, &out);
      if (op.kind == OpKind::kGen || op.kind == OpKind::kSelect || op.kind == OpKind::kCtxWarm) {
        const ir::ValueId context = op.results.back();
        out.context_is_read = IsContextRead(graph, readers, context);
        if (op.kind == OpKind::kSelect) BindSelect(graph.name, op, &out);
      }
    }
    return bound;
  }

 private:
  static void Address(const ir::Graph& graph, BoundGraph* bound) {
    bound->home.resize(graph.values.size());
    bound->slot.resize(graph.values.size());
    bound->slot_count.resize(graph.regions.size(), 0);
    bound->position.resize(graph.ops.size(), 0);
    const auto place = [&](ir::ValueId v, ir::RegionId region) {
      bound->home[v.index] = region;
      bound->slot[v.index] = bound->slot_count[region.index]++;
    };
    for (size_t r = 0; r < graph.regions.size(); ++r) {
      const ir::Region& region = graph.regions[r];
      for (const ir::ValueId v : region.params) place(v, ir::RegionId(r));
      for (size_t p = 0; p < region.ops.size(); ++p) {
        bound->position[region.ops[p].index] = static_cast<uint32_t>(p);
        for (const ir::ValueId v : graph.op(region.ops[p]).results) place(v, ir::RegionId(r));
      }
    }
  }

  std::optional<StaticText> StaticTextOf(const ir::Graph& graph, const ir::Op& op) {
    const std::string* text = ConstText(graph, op.operands[1]);
    const ir::Op* before = DefiningOp(graph, op.operands[0]);
    if (text == nullptr || before == nullptr) return std::nullopt;
    text::FragmentStart start = text::FragmentStart::kContinue;
    switch (before->kind) {
      case OpKind::kCtxOpen: {
        const text::Marker& header =
            plan_->format.header(static_cast<text::Role>(before->attributes.role));
        start = header.next;
        break;
      }
      case OpKind::kGen:
      case OpKind::kSelect:
        break;
      default:
        return std::nullopt;
    }
    if (text->size() > text_bytes_left_) return std::nullopt;
    text_bytes_left_ -= text->size();
    return TokeniseStatic(*plan_->tokenizer, *text, start);
  }

  void BindGen(const ir::Graph& graph, const ir::Op& op, BoundOp* out) {
    Result<constrain::GrammarRef> grammar = types_.GrammarOf(op.attributes.type);
    if (!grammar.ok()) {
      diagnostics_->push_back(NoTextDiagnostic(*plan_->plan->program, op, grammar.status()));
      return;
    }
    const bool holes = std::any_of(op.named.begin(), op.named.end(),
                                   [](const auto& named) { return named.name[0] == '$'; });
    if (holes) {
      out->filled = types_.FilledOf(op.attributes.type);
    } else {
      out->grammar = std::move(grammar).value();
    }
    CheckMax(graph, op);
  }

  // E0705: the shortest value needs more tokens than the generation may have.
  void CheckMax(const ir::Graph& graph, const ir::Op& op) {
    const ir::ValueId named = ir::NamedOperandOf(op, "max");
    const ir::Op* constant = named.valid() ? DefiningOp(graph, named) : nullptr;
    int64_t max = plan_->defaults.max_tokens;
    if (named.valid()) {
      if (constant == nullptr || constant->kind != OpKind::kConst) return;
      max = constant->attributes.value.as_int();
    }
    const ir::Program& program = *plan_->plan->program;
    const int64_t shortest = ShortestText(program, op.attributes.type);
    const int64_t longest_token = longest_token_;
    const int64_t least = (shortest + longest_token - 1) / longest_token;
    if (least <= max) return;
    Diagnostic d;
    d.code = "E0705";
    d.title = "no " + ir::UserType(program.types, op.attributes.type) +
              " fits into `max: " + std::to_string(max) + "` tokens";
    d.span = op.span;
    d.notes.push_back("the shortest has " + std::to_string(shortest) +
                      " bytes, and no token of the model more than " +
                      std::to_string(longest_token));
    d.helps.push_back("raise `max`, or ask for less");
    diagnostics_->push_back(std::move(d));
  }

  // From the program before passes: a pass may remove or merge what stands around it, which must
  // not change how an option is scored.
  void BindSelect(const std::string& function, const ir::Op& select, BoundOp* out) const {
    const ir::Graph* graph = plan_->plan->lowered->Find(function);
    if (graph == nullptr) return;
    for (const ir::Op& op : graph->ops) {
      if (op.kind != OpKind::kSelect || op.attributes.site != select.attributes.site) continue;
      out->ending = EndingOf(*graph, FindReaders(*graph), op.results.back());
      out->method = ChooseMethod(*graph, op, *plan_->tokenizer, plan_->format);
    }
  }

  std::vector<TokenId> EndingOf(const ir::Graph& graph, const Readers& readers,
                                ir::ValueId context) const {
    for (const ir::OpId id : readers.ops[context.index]) {
      const ir::Op& reader = graph.op(id);
      if (reader.kind == OpKind::kCtxClose && !plan_->format.footer.ids.empty()) {
        return {plan_->format.footer.ids.front()};
      }
      if (reader.kind == OpKind::kCtxText) {
        const std::string* text = ConstText(graph, reader.operands[1]);
        if (text == nullptr || text->empty()) continue;
        std::vector<TokenId> ids;
        plan_->tokenizer->Encode(*text, text::FragmentStart::kContinue, &ids);
        ids.resize(1);
        return ids;
      }
    }
    return {};
  }

  BoundPlan* plan_;
  const int64_t longest_token_;
  std::vector<Diagnostic>* diagnostics_;
  TypeGrammars types_;
  size_t text_bytes_left_ = kFixedTextBytesMax;
};

GenerationDefaults DefaultsOf(const ir::Program& program) {
  GenerationDefaults out;
  const auto number = [](const ir::Value& v) {
    return v.is_int() ? static_cast<double>(v.as_int()) : v.as_float();
  };
  if (const ir::Value* v = program.FindConfig("temp")) out.temperature = number(*v);
  if (const ir::Value* v = program.FindConfig("top_p")) out.top_p = number(*v);
  if (const ir::Value* v = program.FindConfig("min_p")) out.min_p = number(*v);
  if (const ir::Value* v = program.FindConfig("top_k")) out.top_k = static_cast<int>(v->as_int());
  if (const ir::Value* v = program.FindConfig("max"))
    out.max_tokens = static_cast<int>(v->as_int());
  if (const ir::Value* v = program.FindConfig("seed"))
    out.seed = static_cast<uint64_t>(v->as_int());
  return out;
}

void RefuseChat(const std::string& why, Span span, std::vector<Diagnostic>* out) {
  Diagnostic d;
  d.code = "E0707";
  d.title = "the chat format of the model cannot be followed";
  d.span = span;
  d.notes.push_back(why);
  d.helps.push_back(
      "use a model whose template writes one message after the other, or go without "
      "role marks: `config { chat: \"raw\" }`");
  out->push_back(std::move(d));
}

const ir::Op* FirstMessage(const std::vector<const ir::Graph*>& functions) {
  for (const ir::Graph* graph : functions) {
    for (const ir::Op& op : graph->ops) {
      if (op.kind == OpKind::kCtxOpen) return &op;
    }
  }
  return nullptr;
}

std::string TokenList(const std::vector<TokenId>& ids) {
  std::string out = "[";
  for (size_t i = 0; i < ids.size(); ++i) out += (i ? " " : "") + std::to_string(ids[i]);
  return out + "]";
}

}  // namespace

std::vector<Diagnostic> CheckTypes(const ir::Program& program) {
  std::vector<Diagnostic> diagnostics;
  TypeGrammars types(program);
  for (const ir::Graph& graph : program.functions) {
    for (const ir::Op& op : graph.ops) {
      if (op.kind != OpKind::kGen) continue;
      const auto& grammar = types.GrammarOf(op.attributes.type);
      if (!grammar.ok()) diagnostics.push_back(NoTextDiagnostic(program, op, grammar.status()));
      if (grammar.ok()) LintSchema(program, op, &diagnostics);
    }
  }
  return diagnostics;
}

const BoundGraph* BoundPlan::Find(std::string_view function) const {
  for (const BoundGraph& g : graphs) {
    if (g.graph->name == function) return &g;
  }
  return nullptr;
}

std::string BoundPlan::ToText() const {
  std::string out = "bound vocabulary=" + std::to_string(tokenizer->vocabulary()) +
                    (format.raw ? " chat=raw\n" : " chat=declared\n");
  for (const BoundGraph& g : graphs) {
    out += "fn @" + g.graph->name + "\n";
    for (size_t i = 0; i < g.graph->ops.size(); ++i) {
      const ir::Op& op = g.graph->ops[i];
      if (g.ops[i].text) {
        const StaticText& text = *g.ops[i].text;
        out += "  text " + std::to_string(text.tokens.size()) + "t tail=" + QuoteText(text.tail) +
               " " + TokenList(text.tokens) + "\n";
      } else if (op.kind == OpKind::kCtxText) {
        out += "  text at run time\n";
      } else if (op.kind == OpKind::kGen) {
        out += "  gen " + op.attributes.site + ": " +
               plan->program->types.ToText(op.attributes.type) + "\n";
      } else if (op.kind == OpKind::kSelect) {
        out += "  select " + op.attributes.site + " method=" + op.attributes.method +
               (g.ops[i].method.method.has_value()
                    ? "->" + std::string(SelectMethodName(*g.ops[i].method.method))
                    : "") +
               " ending=" + TokenList(g.ops[i].ending) + "\n";
      }
    }
  }
  return out;
}

BindResult Bind(std::shared_ptr<const ir::Plan> plan,
                std::shared_ptr<const text::Tokenizer> tokenizer, int context_max,
                SelectTemperatures temperatures, const std::vector<const ir::Graph*>* functions) {
  BindResult result;
  auto bound = std::make_shared<BoundPlan>();
  bound->plan = std::move(plan);
  bound->tokenizer = std::move(tokenizer);
  bound->temperatures = std::move(temperatures);
  const ir::Program& program = *bound->plan->program;
  std::vector<const ir::Graph*> all;
  if (functions == nullptr) {
    for (const ir::Graph& graph : program.functions) all.push_back(&graph);
    functions = &all;
  }
  bound->defaults = DefaultsOf(program);
  const ir::Value* chat = program.FindConfig("chat");
  const bool raw = chat != nullptr && chat->is_str() && chat->as_str() == "raw";
  if (raw) {
    bound->format = text::MakeRawFormat(*bound->tokenizer);
  } else {
    Result<text::ChatFormat> format = text::MakeChatFormat(*bound->tokenizer);
    if (!format.ok()) {
      RefuseChat(format.status().message(), Span(), &result.diagnostics);
      return result;
    }
    if (const ir::Op* message = FirstMessage(*functions);
        message != nullptr && !format->refusal.empty())
      RefuseChat(format->refusal, message->span, &result.diagnostics);
    bound->format = std::move(format).value();
  }
  const auto longest_token = static_cast<int64_t>(text::LongestTokenBytes(*bound->tokenizer));
  bound->prompt_bytes_max = static_cast<size_t>(context_max * longest_token);
  Binder binder(bound.get(), longest_token, &result.diagnostics);
  for (const ir::Graph* graph : *functions) bound->graphs.push_back(binder.BindGraph(*graph));
  CheckFit(*bound, context_max, &result.diagnostics);
  if (!HasErrors(result.diagnostics)) result.plan = std::move(bound);
  return result;
}

}  // namespace lmp::exec
