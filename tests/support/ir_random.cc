#include "tests/support/ir_random.h"

#include <algorithm>
#include <string>

#include "ir/builder.h"
#include "ir/failure.h"
#include "ir/verify.h"
#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"

namespace lmp::ir {
namespace {

constexpr const char* kTexts[] = {"",  "a",  "Question: ",          "\n",   "Answer briefly.\n",
                                  "é", "- ", "the same long text ", "x y z"};

// Writes one function. Values made so far stand in pools by type; leaving a region takes its values
// out of the pools again.
class FunctionWriter {
 public:
  FunctionWriter(Program* program, std::string name, bool effectful, TypeId result, Rng* rng,
                 const RandomProgramOptions& options)
      : program_(*program),
        name_(std::move(name)),
        rng_(*rng),
        options_(options),
        effectful_(effectful),
        result_(result),
        builder_(program, name_, ParamsOf(program, name_ == "main", options), result, effectful) {}

  Graph Run() {
    const std::span<const ValueId> params = builder_.body_params();
    size_t next = 0;
    if (effectful_) effect_ = params[next++];
    if (name_ == "main") {
      strings_.push_back(params[next++]);
      ints_.push_back(params[next++]);
      lists_.push_back(params[next++]);
    } else {
      context_ = params[next++];
      strings_.push_back(params[next++]);
    }
    if (!context_.valid()) context_ = builder_.CtxEmpty();
    contexts_.push_back(context_);
    Statements(0);
    std::vector<ValueId> yields;
    if (result_ == types().ctx()) yields.push_back(context_);
    if (result_ == types().str()) yields.push_back(AnyString());
    if (effectful_) yields.push_back(effect_);
    return builder_.Finish(std::move(yields));
  }

 private:
  static std::vector<Param> ParamsOf(Program* program, bool entry,
                                     const RandomProgramOptions& options) {
    TypeTable& types = program->types;
    Type count;
    count.kind = TypeKind::kI64;
    count.low = 0;
    count.high = options.items_max;
    if (entry) {
      return {{"topic", types.str(), false, {}},
              {"n", types.Intern(count), false, {}},
              {"xs", types.ListOf(types.str()), false, {}}};
    }
    return {{"c", types.ctx(), false, {}}, {"s", types.str(), true, Value::Str("default")}};
  }

  TypeTable& types() { return program_.types; }
  bool Chance(uint64_t one_in) { return rng_.Below(one_in) == 0; }
  size_t Below(size_t n) { return static_cast<size_t>(rng_.Below(n)); }
  int64_t Items() {
    return static_cast<int64_t>(rng_.Below(static_cast<uint64_t>(options_.items_max) + 1));
  }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }
  std::string Site(const std::string& what) {
    return name_ + "." + what + "#" + std::to_string(sites_++);
  }

  ValueId ConstString() { return builder_.ConstStr(kTexts[Below(std::size(kTexts))]); }
  ValueId AnyString() {
    if (strings_.empty() || Chance(4)) return ConstString();
    return Pick(strings_);
  }
  ValueId AnyInt() {
    if (ints_.empty() || Chance(4))
      return builder_.ConstInt(static_cast<int64_t>(rng_.Below(7)) - 2);
    return Pick(ints_);
  }
  ValueId AnyBool() {
    if (bools_.empty() || Chance(5)) return builder_.ConstBool(Chance(2));
    return Pick(bools_);
  }
  ValueId AnyList() {
    if (lists_.empty() || Chance(3)) {
      std::vector<Value> items;
      for (int64_t i = Items(); i > 0; --i)
        items.push_back(Value::Str(kTexts[Below(std::size(kTexts))]));
      return builder_.Const(Value::List(std::move(items)), types().ListOf(types().str()));
    }
    return Pick(lists_);
  }

  struct Marks {
    size_t strings, ints, bools, lists, contexts;
  };
  Marks Mark() const {
    return {strings_.size(), ints_.size(), bools_.size(), lists_.size(), contexts_.size()};
  }
  void Restore(const Marks& marks) {
    strings_.resize(marks.strings);
    ints_.resize(marks.ints);
    bools_.resize(marks.bools);
    lists_.resize(marks.lists);
    contexts_.resize(marks.contexts);
  }

  void Statements(int depth) {
    const int count = 1 + static_cast<int>(Below(static_cast<size_t>(options_.statements_max)));
    for (int i = 0; i < count; ++i) Statement(depth);
  }

  void Statement(int depth) {
    const bool nest = depth < options_.depth_max;
    switch (Below(options_.failures ? 18 : 16)) {
      case 0:
      case 1:
        return Message();
      case 2:
      case 3:
      case 4:
        return Generate();
      case 5:
        return options_.selects ? Select() : Generate();
      case 6:
      case 7:
        return Compute();
      case 8:
        return nest ? If(depth) : Compute();
      case 9:
        return nest ? For(depth) : Compute();
      case 10:
        return nest ? While(depth) : Message();
      case 11:
      case 12:
        return nest ? Fork(depth) : Generate();
      case 13:
        return nest && Chance(2) ? Collect() : Shots();
      case 16:
        return nest ? Try(depth) : Compute();
      case 17:
        return tries_ > 0 || Chance(8) ? Check() : Compute();
      case 14:
        return options_.calls && !program_.functions.empty() ? Call() : Message();
      default:
        return effect_.valid() ? Emit() : SwitchContext();
    }
  }

  ValueId TextValue() {
    if (Chance(3)) return ConstString();
    if (Chance(2)) return AnyString();
    std::vector<ValueId> parts;
    for (size_t i = 1 + Below(4); i > 0; --i)
      parts.push_back(Chance(3) ? builder_.StrFmt(AnyInt()) : AnyString());
    return builder_.StrCat(std::move(parts));
  }

  void Texts(size_t most) {
    for (size_t i = Below(most + 1); i > 0; --i) context_ = Text();
  }

  ValueId Text() {
    if (!Chance(6)) return builder_.CtxText(context_, TextValue());
    static const char* const kReuse[] = {"", "prefix", "link", "link(0)", "blend(0.5)", "auto"};
    return builder_.CtxInsert(context_, TextValue(), Below(2) == 0 ? TextValue() : ValueId(),
                              kReuse[Below(std::size(kReuse))]);
  }

  void Message() {
    const Role role =
        std::vector{Role::kSystem, Role::kUser, Role::kObserve, Role::kAssistant}[Below(4)];
    context_ = builder_.CtxOpen(context_, role);
    Texts(3);
    context_ = builder_.CtxClose(context_, role);
    contexts_.push_back(context_);
  }

  std::vector<NamedOperand> GenOperands(TypeId type) {
    std::vector<NamedOperand> named;
    const TypeKind kind = types()[type].kind;
    const bool composite = kind == TypeKind::kRecord || kind == TypeKind::kList;
    const auto tokens = rng_.Below(static_cast<uint64_t>(options_.gen_tokens_max));
    // Most lists and records are complete by then, so that most programs go on.
    named.push_back(
        {"max", builder_.ConstInt((composite ? 40 : 1) + static_cast<int64_t>(tokens))});
    if (!options_.sampling) return named;
    if (Chance(2)) named.push_back({"temp", builder_.Const(Value::Float(0.5), types().f64())});
    if (Chance(6)) named.push_back({"top_k", builder_.ConstInt(3)});
    if (Chance(8)) named.push_back({"seed", AnyInt()});
    return named;
  }

  TypeId GeneratedType() {
    if (!options_.typed_generations || Chance(2)) return types().str();
    Type bounded;
    switch (Below(7)) {
      case 0:
        return types().boolean();
      case 1:
        return types().EnumOf("Topic");
      case 2:
        return types().RecordOf("Point");
      case 3:
        return types().OptionalOf(ShortText(4));
      case 4:
        bounded.kind = TypeKind::kList;
        bounded.element = ShortText(2);
        bounded.high = options_.items_max;
        return types().Intern(bounded);
      case 5:
        bounded.kind = TypeKind::kI64;
        bounded.low = 0;
        bounded.high_hole = "n";
        return types().Intern(bounded);
      default:
        bounded.kind = TypeKind::kI64;
        bounded.low = 0;
        bounded.high = 4;
        return types().Intern(bounded);
    }
  }

  TypeId ShortText(int64_t characters) {
    Type type;
    type.kind = TypeKind::kStr;
    type.high = characters;
    return types().Intern(type);
  }

  void Keep(ValueId value) {
    const TypeId type = types().Erased(builder_.TypeOf(value));
    if (type == types().str()) strings_.push_back(value);
    if (type == types().i64()) ints_.push_back(value);
    if (type == types().boolean()) bools_.push_back(value);
    if (type == types().ListOf(types().str())) lists_.push_back(value);
    if (type == types().EnumOf("Topic")) strings_.push_back(builder_.StrFmt(value));
    if (type == types().RecordOf("Point")) {
      strings_.push_back(builder_.Field(value, "title", types().str()));
      ints_.push_back(builder_.Field(value, "weight", types().i64()));
    }
    if (type == types().OptionalOf(types().str())) {
      const ValueId null = builder_.Const(Value::Null(), types().none());
      bools_.push_back(builder_.CallPure("eq", {value, null}, types().boolean()));
    }
  }

  void Generate() {
    context_ = builder_.CtxOpen(context_, Role::kAssistant);
    std::vector<ValueId> made;
    for (size_t i = 1 + Below(2); i > 0; --i) {
      Texts(1);
      const TypeId type = GeneratedType();
      std::vector<NamedOperand> named = GenOperands(type);
      if (!types()[type].high_hole.empty())
        named.insert(named.begin(), {"$n", builder_.ConstInt(static_cast<int64_t>(Below(5)))});
      if (options_.stops && type == types().str() && Chance(2)) {
        named.push_back({"stop", builder_.Const(Value::List({Value::Str("e"), Value::Str("\n")}),
                                                types().ListOf(types().str()))});
      }
      const Builder::GenResult gen = builder_.Gen(context_, type, std::move(named), Site("g"));
      made.push_back(gen.value);
      // A context that goes on without the reply makes the generation's context dead.
      if (!Chance(6)) context_ = gen.ctx;
    }
    Texts(1);
    context_ = builder_.CtxClose(context_, Role::kAssistant);
    contexts_.push_back(context_);
    for (const ValueId value : made) Keep(value);
  }

  void Select() {
    context_ = builder_.CtxOpen(context_, Role::kAssistant);
    std::vector<ValueId> options = {builder_.ConstStr("yes"), builder_.ConstStr("no"),
                                    builder_.ConstStr("maybe so")};
    options.resize(1 + Below(3));
    const ValueId list = builder_.ListMake(std::move(options), types().ListOf(types().str()));
    const Builder::SelectResult select =
        builder_.Select(context_, list, {}, Chance(2) ? "likelihood" : "auto", Site("s"));
    context_ = builder_.CtxClose(select.ctx, Role::kAssistant);
    contexts_.push_back(context_);
    strings_.push_back(select.value);
  }

  void Compute() {
    switch (Below(9)) {
      case 0:
        strings_.push_back(builder_.StrCat({AnyString(), AnyString()}));
        break;
      case 1:
        strings_.push_back(builder_.CallPure("upper", {AnyString()}, types().str()));
        break;
      case 2:
        ints_.push_back(builder_.CallPure("add", {AnyInt(), AnyInt()}, types().i64()));
        break;
      case 3:
        ints_.push_back(builder_.CallPure("len", {AnyString()}, types().i64()));
        break;
      case 4:
        bools_.push_back(builder_.CallPure("lt", {AnyInt(), AnyInt()}, types().boolean()));
        break;
      case 5:
        lists_.push_back(
            builder_.ListMake({AnyString(), AnyString()}, types().ListOf(types().str())));
        break;
      case 6:
        strings_.push_back(builder_.CallPure("lines", {AnyList()}, types().str()));
        break;
      case 7: {
        const ValueId point = builder_.RecordMake("Point", {AnyString(), AnyInt()});
        strings_.push_back(builder_.Field(point, "title", types().str()));
        break;
      }
      default:
        if (options_.failures && Chance(4))
          strings_.push_back(builder_.CallPure("index", {AnyList(), AnyInt()}, types().str()));
    }
  }

  // The variables that control flow threads: the context, the effect if there is one, a string.
  std::vector<ValueId> Threaded() {
    std::vector<ValueId> values = {context_, AnyString()};
    if (effect_.valid()) values.push_back(effect_);
    return values;
  }
  void Take(const std::vector<ValueId>& values, size_t first = 0) {
    context_ = values[first];
    contexts_.push_back(context_);
    strings_.push_back(values[first + 1]);
    if (effect_.valid()) effect_ = values[first + 2];
  }

  void If(int depth) {
    const ValueId context = context_;
    const ValueId effect = effect_;
    const Marks marks = Mark();
    builder_.BeginIf(AnyBool());
    Statements(depth + 1);
    std::vector<ValueId> yields = Threaded();
    Restore(marks);
    builder_.NextRegion(std::move(yields));
    context_ = context;
    effect_ = effect;
    if (!Chance(3)) Statements(depth + 1);
    yields = Threaded();
    Restore(marks);
    Take(builder_.End(std::move(yields)));
  }

  void For(int depth) {
    const ValueId list = AnyList();
    const std::vector<ValueId> carried = Threaded();
    const Marks marks = Mark();
    const std::vector<ValueId> params = builder_.BeginFor(list, carried);
    strings_.push_back(params[0]);
    Take(params, 1);
    Statements(depth + 1);
    std::vector<ValueId> yields = Threaded();
    if (Chance(3)) yields[0] = params[1];  // the context goes on unchanged
    Restore(marks);
    Take(builder_.End(std::move(yields)));
  }

  void While(int depth) {
    const ValueId limit = Chance(2) && !ints_.empty() ? Pick(ints_) : builder_.ConstInt(Items());
    // An int from a generation or sum may be large: at most items_max rounds.
    const ValueId most =
        builder_.CallPure("min", {limit, builder_.ConstInt(options_.items_max)}, types().i64());
    const std::vector<ValueId> carried = Threaded();
    const Marks marks = Mark();
    const std::vector<ValueId> params = builder_.BeginWhile(most, carried);
    ints_.push_back(params[0]);
    Take(params, 1);
    Statements(depth + 1);
    std::vector<ValueId> yields = Threaded();
    yields.insert(yields.begin(), AnyBool());
    Restore(marks);
    Take(builder_.End(std::move(yields)));
  }

  void Fork(int depth) {
    const bool counted = Chance(2);
    const ValueId list = counted ? builder_.CallPure("range", {builder_.ConstInt(Items())},
                                                     types().ListOf(types().i64()))
                                 : AnyList();
    const bool filtered = Chance(4);
    std::vector<NamedOperand> named;
    if (Chance(4)) named.push_back({"max_parallel", builder_.ConstInt(1 + Items())});
    const ValueId context = context_;
    const ValueId effect = effect_;
    const Marks marks = Mark();
    const std::vector<ValueId> params = builder_.BeginFork(
        list, std::move(named), filtered, options_.failures && Chance(3) ? "skip" : "fail");
    effect_ = ValueId();
    (counted ? ints_ : strings_).push_back(params[0]);
    ints_.push_back(params[1]);
    Statements(depth + 1);
    std::vector<ValueId> yields = {AnyString()};
    if (filtered) yields.insert(yields.begin(), AnyBool());
    Restore(marks);
    context_ = context;
    effect_ = effect;
    lists_.push_back(builder_.End(std::move(yields))[0]);
  }

  void Check() {
    const bool told = feedback_.valid() && Chance(2);
    builder_.Check(AnyBool(), AnyString(), told ? context_ : ValueId());
  }

  void Try(int depth) {
    const bool repeats = Chance(2);
    const bool feedback = repeats && Chance(2);
    std::vector<NamedOperand> named;
    if (repeats) named.push_back({"retries", builder_.ConstInt(static_cast<int64_t>(Below(3)))});
    const ValueId context = context_;
    const ValueId effect = effect_;
    const ValueId outer = feedback_;
    const Marks marks = Mark();
    const std::vector<ValueId> params =
        builder_.BeginTry(std::move(named), feedback ? context_ : ValueId());
    feedback_ = feedback ? params[0] : ValueId();
    if (feedback) context_ = params[0];
    if (repeats) effect_ = ValueId();
    ++tries_;
    Statements(depth + 1);
    if (Chance(2)) Check();
    --tries_;
    feedback_ = outer;
    std::vector<ValueId> yields = {context_, AnyString()};
    if (effect_.valid()) yields.push_back(effect_);
    Restore(marks);
    context_ = context;
    if (!repeats) effect_ = effect;
    if (!Chance(4)) {
      const ValueId failure = builder_.NextFallback(std::move(yields));
      strings_.push_back(builder_.Field(failure, "kind", types().str()));
      Statements(depth + 1);
      yields = {context_, AnyString()};
      if (effect_.valid()) yields.push_back(effect_);
      Restore(marks);
    }
    const std::vector<ValueId> results = builder_.End(std::move(yields));
    if (repeats) effect_ = ValueId();
    Take(results);
    if (repeats) effect_ = effect;
  }

  // A loop that only collects: parallelize makes a fork of it.
  void Collect() {
    const TypeId list_type = types().ListOf(types().str());
    const ValueId start = Chance(2) ? builder_.Const(Value::List({}), list_type) : AnyList();
    const ValueId over = builder_.ListMake({AnyString(), AnyString(), AnyString()}, list_type);
    const Marks marks = Mark();
    const ValueId context = context_;
    const std::vector<ValueId> params = builder_.BeginFor(over, {start});
    strings_.push_back(params[0]);
    Generate();
    const ValueId one = builder_.ListMake({AnyString()}, list_type);
    const ValueId all =
        builder_.CallPure(Chance(2) ? "add" : "concat_list", {params[1], one}, list_type);
    Restore(marks);
    context_ = context;
    lists_.push_back(builder_.End({all})[0]);
  }

  // Examples in a prompt: unroll_loops makes static text of them.
  void Shots() {
    const ValueId list = builder_.Const(Value::List({Value::Str("one"), Value::Str("two")}),
                                        types().ListOf(types().str()));
    const Marks marks = Mark();
    const std::vector<ValueId> params = builder_.BeginFor(list, {context_});
    context_ = params[1];
    strings_.push_back(params[0]);
    Message();
    const ValueId context = context_;
    Restore(marks);
    context_ = builder_.End({context})[0];
    contexts_.push_back(context_);
  }

  void Call() {
    const Graph& callee = program_.functions[Below(program_.functions.size())];
    if (callee.effectful && !effect_.valid()) return Message();
    const std::vector<ValueId> results =
        builder_.Call(callee.name, callee.effectful ? effect_ : ValueId(),
                      {Pick(contexts_), AnyString()}, callee.result);
    if (callee.effectful) effect_ = results.back();
    if (callee.result == types().str()) strings_.push_back(results[0]);
    if (callee.result == types().ctx()) {
      contexts_.push_back(results[0]);
      if (Chance(2)) context_ = results[0];
    }
  }

  void Emit() { effect_ = builder_.Emit(effect_, Chance(2) ? AnyString() : AnyInt()); }

  void SwitchContext() { context_ = Pick(contexts_); }

  Program& program_;
  std::string name_;
  Rng& rng_;
  const RandomProgramOptions& options_;
  bool effectful_;
  TypeId result_;
  Builder builder_;
  ValueId context_, effect_;
  std::vector<ValueId> strings_, ints_, bools_, lists_, contexts_;
  int sites_ = 0;
  int tries_ = 0;     // around
  ValueId feedback_;  // valid: a try with feedback is around
};

}  // namespace

Program RandomProgram(uint64_t seed, const RandomProgramOptions& options) {
  Rng rng(seed);
  Program program;
  program.name = "random";
  program.enums.push_back({"Topic", {{"sea", "the sea", ""}, {"sky", "sky", ""}}});
  Type title;
  title.kind = TypeKind::kStr;
  title.high = 6;
  program.records.push_back({"Point",
                             {{"title", program.types.Intern(title), false, {}, ""},
                              {"weight", program.types.i64(), false, {}, ""}}});
  if (options.failures) program.records.push_back(FailureDecl(program.types));
  const auto functions = 1 + rng.Below(static_cast<uint64_t>(options.functions_max));
  for (uint64_t i = 0; i < functions; ++i) {
    const bool entry = i + 1 == functions;
    const bool effectful = options.effects && rng.Below(3) != 0;
    TypeId result = program.types.str();
    if (!entry && rng.Below(4) == 0) result = program.types.ctx();
    if (!entry && rng.Below(4) == 0) result = program.types.none();
    FunctionWriter writer(&program, entry ? "main" : "f" + std::to_string(i), effectful, result,
                          &rng, options);
    Graph graph = writer.Run();
    program.functions.push_back(std::move(graph));
  }
  const Status status = VerifyStatus(program);
  LMP_CHECK_MSG(status.ok(), status.message());
  return program;
}

std::vector<Value> RandomArguments(uint64_t seed, const RandomProgramOptions& options) {
  Rng rng(seed ^ 0x5eedull);
  std::vector<Value> items;
  for (uint64_t i = rng.Below(static_cast<uint64_t>(options.items_max) + 1); i > 0; --i) {
    items.push_back(Value::Str(kTexts[rng.Below(std::size(kTexts))]));
  }
  return {Value::Str("tides"),
          Value::Int(static_cast<int64_t>(rng.Below(static_cast<uint64_t>(options.items_max) + 1))),
          Value::List(std::move(items))};
}

std::optional<int64_t> MostOf(const Bound& bound, const Graph& function,
                              const std::vector<Value>& arguments) {
  const Bound most = bound.With([&](const Bound::Input& input) -> Bound {
    for (size_t i = 0; i < function.params.size(); ++i) {
      if (function.params[i].name != input.path) continue;
      switch (input.kind) {
        case Bound::Kind::kNumber:
          return std::max<int64_t>(0, arguments[i].as_int());
        case Bound::Kind::kLength:
          return static_cast<int64_t>(arguments[i].as_list().size());
        case Bound::Kind::kBytes:
          return static_cast<int64_t>(ToPromptText(arguments[i]).value().size());
        case Bound::Kind::kTokens:
          return {};
      }
    }
    return {};
  });
  return most.constant();
}

}  // namespace lmp::ir
