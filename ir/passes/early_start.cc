// early_start: a context that has to wait for what is appended to it next is made resident
// meanwhile.
//
//   %c.1 = ctx.text %c, %question               %c.1 = ctx.text %c, %question
//   %hits = retrieve %queries                   %hits = retrieve %queries
//   ...                                    =>   ...
//   %c.2 = ctx.text %c.1, %found                %c.2 = ctx.warm %c.1, %found {early=true}
//                                               %c.3 = ctx.text %c.2, %found
//
// A call whose arguments come at different times begins with those that are there, if the called
// function has such a context: call {early=true}.
//
// Applies to contexts that end with text that is not short (what was generated is resident), whose
// one user waits for a generation, a retrieval, a tool or an argument that the context itself does
// not wait for. The further operands of the warm are what the user waits for; they order nothing,
// and where they are there already, it does nothing.
//
// Always exact: the tokens of a context do not depend on what follows.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace lmp::ir {
namespace {

using Functions = std::set<std::string, std::less<>>;
// What a value waits for: bits of operations that take time, and of arguments.
class Waits {
 public:
  explicit Waits(size_t size = 0) : words_((size + 63) / 64) {}
  void Add(size_t bit) { words_[bit / 64] |= uint64_t{1} << (bit % 64); }
  void Join(const Waits& other) {
    for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  bool HoldsAll(const Waits& other) const {
    for (size_t i = 0; i < other.words_.size(); ++i) {
      if ((other.words_[i] & ~words_[i]) != 0) return false;
    }
    return true;
  }
  // Of the bits from `begin` on, one is set here and not in `other`.
  bool HasOtherFrom(size_t begin, const Waits& other) const {
    for (size_t bit = begin; bit < words_.size() * 64; ++bit) {
      if (((words_[bit / 64] & ~other.words_[bit / 64]) >> (bit % 64)) & 1) return true;
    }
    return false;
  }

 private:
  std::vector<uint64_t> words_;
};

// Asks the model, the world or a person, or calls a function of `slow`, which does.
bool Asks(const Op& op, const Functions& slow) {
  switch (op.kind) {
    case OpKind::kGen:
    case OpKind::kSelect:
    case OpKind::kRetrieve:
    case OpKind::kTool:
    case OpKind::kListen:
      return true;
    case OpKind::kCall:
      return slow.contains(op.attributes.name);
    default:
      return false;
  }
}

bool AsksInside(const Graph& graph, RegionId region, const Functions& slow) {
  const std::vector<OpId> ops = OpsInside(graph, region);
  return std::any_of(ops.begin(), ops.end(), [&](OpId id) { return Asks(graph.op(id), slow); });
}

class EarlyStarter {
 public:
  // `slow`: functions that ask the model or the world. `late`: the places of this function's
  // parameters that may come later than others.
  EarlyStarter(const Program& program, Graph* graph, const Functions& slow,
               const std::set<size_t>& late)
      : program_(program), graph_(*graph), slow_(slow), late_(late) {}

  void Run() {
    const std::vector<OpId> ops = OpsInside(graph_, RegionId(0));
    for (const OpId id : ops) {
      if (IsSlow(id)) bits_.emplace(id.index, bits_.size());
    }
    size_ = bits_.size() + graph_.body().params.size();
    waits_.assign(graph_.values.size(), Waits(size_));
    starts_.assign(graph_.regions.size(), Waits(size_));
    for (const size_t place : late_)
      waits_[graph_.body().params[place].index].Add(bits_.size() + place);
    Visit(RegionId(0));
    const UseIndex uses(graph_);
    Substitution warmed(graph_);
    std::vector<std::pair<OpId, ValueId>> made;
    for (const OpId id : ops) {
      const OpKind kind = graph_.op(id).kind;
      const bool ends_with_text = kind == OpKind::kCtxText || kind == OpKind::kCtxInsert ||
                                  kind == OpKind::kCtxOpen || kind == OpKind::kCtxClose;
      if (!ends_with_text) continue;
      const ValueId context = graph_.op(id).results[0];
      if (!WorthIt(context)) continue;
      const OpId user = LateUser(context, uses);
      if (!user.valid()) continue;
      const OpId warm = AddWarm(context, user);
      warmed.Replace(context, graph_.op(warm).results[0]);
      made.emplace_back(warm, context);
    }
    warmed.ApplyToAll(&graph_);
    for (const auto& [warm, context] : made) graph_.op(warm).operands[0] = context;
    warms_ = static_cast<int64_t>(made.size());
  }

  int64_t warms() const { return warms_; }
  // One of the warms waits for an argument.
  bool uses_late_arguments() const { return uses_late_arguments_; }
  struct LateCall {
    OpId op;
    std::set<size_t> places;    // of the arguments that are waited for
    bool by_arguments = false;  // ... because an argument of this function is
  };
  const std::vector<LateCall>& late_calls() const { return late_calls_; }

 private:
  bool IsSlow(OpId id) const {
    const Op& op = graph_.op(id);
    return Asks(op, slow_) ||
           std::any_of(op.regions.begin(), op.regions.end(),
                       [this](RegionId region) { return AsksInside(graph_, region, slow_); });
  }

  void Visit(RegionId region) {
    for (const OpId id : graph_.region(region).ops) {
      const Op& op = graph_.op(id);
      Waits waits = starts_[region.index];
      for (const ValueId operand : op.operands) waits.Join(waits_[operand.index]);
      for (const NamedOperand& operand : op.named) waits.Join(waits_[operand.value.index]);
      if (op.kind == OpKind::kCall) NoteLateArguments(op, id);
      const auto bit = bits_.find(id.index);
      const bool loops = op.kind == OpKind::kFor || op.kind == OpKind::kWhile;
      for (const RegionId inner : op.regions) {
        Waits start = waits;
        // What a loop carries waits for the round before.
        if (loops && bit != bits_.end()) start.Add(bit->second);
        for (const ValueId param : graph_.region(inner).params) waits_[param.index] = start;
        if (op.kind == OpKind::kFork && op.attributes.pipelined) {
          start = starts_[region.index];
          for (const NamedOperand& operand : op.named) start.Join(waits_[operand.value.index]);
        }
        starts_[inner.index] = start;
        Visit(inner);
        for (const ValueId yield : graph_.region(inner).yields) waits.Join(waits_[yield.index]);
      }
      if (bit != bits_.end()) waits.Add(bit->second);
      for (const ValueId result : op.results) waits_[result.index] = waits;
    }
  }

  void NoteLateArguments(const Op& call, OpId id) {
    const Graph* callee = program_.Find(call.attributes.name);
    // A call may leave the effect operand out.
    const size_t shift = callee->body().params.size() - call.operands.size();
    const Waits& start = starts_[call.parent.index];
    LateCall late{id, {}, false};
    for (size_t i = 0; i < call.operands.size(); ++i) {
      const Waits& waits = waits_[call.operands[i].index];
      if (start.HoldsAll(waits)) continue;
      if (program_.types[graph_.value(call.operands[i]).type].kind == TypeKind::kEffect) continue;
      late.places.insert(i + shift);
      late.by_arguments = late.by_arguments || waits.HasOtherFrom(bits_.size(), start);
    }
    if (!late.places.empty()) late_calls_.push_back(std::move(late));
  }

  // Fixed text alone that is short is not worth a step of its own.
  bool WorthIt(ValueId context) const {
    constexpr size_t kTextMin = 128;  // bytes
    size_t bytes = 0;
    for (OpId id = graph_.value(context).op; id.valid();) {
      const Op& op = graph_.op(id);
      if (OpClassOf(op.kind) != OpClass::kContext || op.kind == OpKind::kCtxEmpty) break;
      if (op.kind == OpKind::kCtxInsert) return true;
      if (op.kind == OpKind::kCtxText) {
        const Value* text = ConstantOf(graph_, op.operands[1]);
        if (text == nullptr) return true;
        bytes += text->as_str().size();
      }
      id = graph_.value(op.operands[0]).op;
    }
    return bytes >= kTextMin;
  }

  // Before which op the context is to be warmed: its user, or the op around it in the region of the
  // context. None if the user does not have to wait, and where there are several: what one of them
  // waits for must not hold up another.
  OpId LateUser(ValueId context, const UseIndex& uses) {
    if (uses.of(context).size() != 1 || !uses.of(context)[0].op.valid()) return OpId();
    const Use& use = uses.of(context)[0];
    const Op& user = graph_.op(use.op);
    // A called function may go on with the context before its other arguments are there.
    if (user.kind == OpKind::kCtxWarm || user.kind == OpKind::kCall) return OpId();
    Waits needed = starts_[use.region.index];
    for (const ValueId operand : user.operands) {
      if (operand != context) needed.Join(waits_[operand.index]);
    }
    for (const NamedOperand& operand : user.named) needed.Join(waits_[operand.value.index]);
    const Waits& there = waits_[context.index];
    if (there.HoldsAll(needed)) return OpId();
    OpId place = use.op;
    while (graph_.op(place).parent != DefiningRegion(graph_, context))
      place = graph_.region(graph_.op(place).parent).owner;
    // The children of such a fork do not wait for all of what it waits for.
    const bool waits =
        !graph_.op(place).attributes.pipelined && !LateOperands(context, graph_.op(place)).empty();
    if (!waits) place = use.op;
    if (LateOperands(context, graph_.op(place)).empty()) return OpId();
    if (needed.HasOtherFrom(bits_.size(), there)) uses_late_arguments_ = true;
    return place;
  }

  // What `user` waits for and `context` does not.
  std::vector<ValueId> LateOperands(ValueId context, const Op& user) const {
    std::vector<ValueId> late;
    const auto look = [&](ValueId value) {
      const TypeId type = graph_.value(value).type;
      const bool told =
          program_.types[type].kind != TypeKind::kEffect && !HoldsContext(program_, type);
      if (told && !waits_[context.index].HoldsAll(waits_[value.index])) late.push_back(value);
    };
    for (const ValueId operand : user.operands) look(operand);
    for (const NamedOperand& operand : user.named) look(operand.value);
    return late;
  }

  // Places a warm of `context` before `user`.
  OpId AddWarm(ValueId context, OpId user) {
    Op warm;
    warm.kind = OpKind::kCtxWarm;
    warm.operands = LateOperands(context, graph_.op(user));
    warm.operands.insert(warm.operands.begin(), context);
    warm.attributes.early = true;
    warm.span = graph_.op(user).span;
    const RegionId region = graph_.op(user).parent;
    const OpId id = AddOp(&graph_, std::move(warm), region, {program_.types.ctx()});
    graph_.value(graph_.op(id).results[0]).name = graph_.value(context).name;
    std::vector<OpId>& ops = graph_.region(region).ops;
    ops.insert(std::find(ops.begin(), ops.end(), user), id);
    return id;
  }

  const Program& program_;
  Graph& graph_;
  const Functions& slow_;
  const std::set<size_t>& late_;
  std::map<uint32_t, size_t> bits_;  // of slow operations; those of parameters come behind
  size_t size_ = 0;
  std::vector<Waits> waits_;   // of values
  std::vector<Waits> starts_;  // of regions
  std::vector<LateCall> late_calls_;
  int64_t warms_ = 0;
  bool uses_late_arguments_ = false;
};

}  // namespace

PassCounters EarlyStart(Program* program) {
  PassCounters counters = {{"contexts prepared", 0}, {"calls begun early", 0}};
  Functions slow;
  for (const Graph& graph : program->functions) {  // callees stand before callers
    if (AsksInside(graph, RegionId(0), slow)) slow.insert(graph.name);
  }
  // Callers first: they tell which arguments of a function may be late.
  std::map<std::string, std::set<size_t>, std::less<>> late;
  struct Call {
    size_t caller;
    EarlyStarter::LateCall late;
  };
  std::vector<Call> calls;
  std::vector<bool> gains(program->functions.size(), false);
  for (size_t i = program->functions.size(); i-- > 0;) {
    Graph& graph = program->functions[i];
    EarlyStarter starter(*program, &graph, slow, late[graph.name]);
    starter.Run();
    counters[0].second += starter.warms();
    gains[i] = starter.uses_late_arguments();
    for (const EarlyStarter::LateCall& call : starter.late_calls()) {
      late[graph.op(call.op).attributes.name].insert(call.places.begin(), call.places.end());
      calls.push_back({i, call});
    }
  }
  // Callees first: a function gains if a context of it waits for an argument, or if a function does
  // that it hands the argument to.
  for (size_t i = 0; i < program->functions.size(); ++i) {
    if (!gains[i]) continue;
    for (const Call& call : calls) {
      Op& op = program->functions[call.caller].op(call.late.op);
      if (op.attributes.name != program->functions[i].name) continue;
      op.attributes.early = true;
      ++counters[1].second;
      if (call.late.by_arguments) gains[call.caller] = true;
    }
  }
  return counters;
}

}  // namespace lmp::ir
