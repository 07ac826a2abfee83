#include "ir/parse.h"

#include <algorithm>
#include <unordered_map>

#include "ir/print.h"
#include "ir/token_reader.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

// Every rule returns false once a mistake is found; the first one is kept.
class Parser : private TokenReader {
 public:
  Parser(std::string_view text, uint32_t source) : TokenReader(text, source) {}

  ParseOutcome Run() {
    ParseOutcome outcome;
    if (ParseProgram()) {
      outcome.program = std::move(program_);
    } else {
      outcome.diagnostics.push_back(std::move(mistake_));
    }
    return outcome;
  }

 private:
  // Types.
  bool ParseType(TypeId* out) {
    if (!EnterNesting() || !ParsePlainType(out)) return false;
    while (Eat("?")) *out = program_.types.OptionalOf(*out);
    --depth_;
    return true;
  }

  bool ParsePlainType(TypeId* out) {
    if (current_.kind != Lexeme::kName) return FailExpected("a type");
    const Span span{source_, current_.begin, current_.end};
    const std::string name = current_.text;
    Advance();
    Type type;
    if (name == "none") {
      type.kind = TypeKind::kNone;
    } else if (name == "i64") {
      type.kind = TypeKind::kI64;
      if (!ParseIntRange(&type)) return false;
    } else if (name == "f64") {
      type.kind = TypeKind::kF64;
      if (!ParseFloatRange(&type)) return false;
    } else if (name == "bool") {
      type.kind = TypeKind::kBool;
    } else if (name == "str") {
      type.kind = TypeKind::kStr;
      if (!ParseStringBounds(&type)) return false;
    } else if (name == "ctx") {
      type.kind = TypeKind::kCtx;
    } else if (name == "eff") {
      type.kind = TypeKind::kEffect;
    } else if (name == "list") {
      type.kind = TypeKind::kList;
      if (!Expect("<") || !ParseType(&type.element) || !Expect(">") || !ParseIntRange(&type))
        return false;
    } else if (name == "rec" || name == "enum") {
      type.kind = name == "rec" ? TypeKind::kRecord : TypeKind::kEnum;
      if (!Expect("<") || !ParseSymbol(&type.name) || !Expect(">")) return false;
      if (name == "rec" && !ParseRecordArguments(&type)) return false;
    } else if (name == "union") {
      type.kind = TypeKind::kUnion;
      if (!Expect("<")) return false;
      do {
        if (!ParseType(&type.members.emplace_back())) return false;
      } while (Eat(","));
      if (!Expect(">")) return false;
    } else {
      return FailAt(span, "`" + name + "` is not a type");
    }
    *out = program_.types.Intern(std::move(type));
    return true;
  }

  // `$n`: a hole; false if there is none.
  // `(low..high)`, either of which may be missing. A parenthesis behind a type is a bound only if a
  // number, a hole or `..` follows: region parameters are in parentheses too.
  template <typename T, typename ParseEnd>
  bool ParseRange(Type* type, std::optional<T>* low, std::optional<T>* high, ParseEnd parse) {
    const Lexeme next = ahead_.kind;
    if (!At("(") || !(next == Lexeme::kInt || next == Lexeme::kFloat || next == Lexeme::kHole ||
                      AheadIs(".."))) {
      return true;
    }
    Advance();
    T end = 0;
    if (!At("..") && !EatHole(&type->low_hole)) {
      if (!parse(&end)) return false;
      *low = end;
    }
    if (!Expect("..")) return false;
    if (!At(")") && !EatHole(&type->high_hole)) {
      if (!parse(&end)) return false;
      *high = end;
    }
    return Expect(")");
  }
  bool ParseIntRange(Type* type) {
    return ParseRange(type, &type->low, &type->high, [this](int64_t* n) { return ParseInt(n); });
  }
  bool ParseFloatRange(Type* type) {
    return ParseRange(type, &type->low_f, &type->high_f,
                      [this](double* n) { return ParseFloat(n); });
  }

  // (min=1,max=$n,re="...",one_of=["a","b"],gbnf="..."), in any order.
  bool ParseStringBounds(Type* type) {
    if (!At("(") || ahead_.kind != Lexeme::kName) return true;
    Advance();
    do {
      const std::string name = current_.text;
      if (current_.kind != Lexeme::kName) return FailExpected("min, max, re, one_of or a grammar");
      Advance();
      if (!Expect("=")) return false;
      int64_t count = 0;
      if (name == "min" || name == "max") {
        if (EatHole(name == "min" ? &type->low_hole : &type->high_hole)) continue;
        if (!ParseInt(&count)) return false;
        (name == "min" ? type->low : type->high) = count;
      } else if (name == "re") {
        if (current_.kind != Lexeme::kString) return FailExpected("a pattern in quotes");
        type->pattern = current_.text;
        Advance();
      } else if (name == "gbnf" || name == "schema" || name == "lenient_schema") {
        if (current_.kind != Lexeme::kString) return FailExpected("a grammar in quotes");
        using enum TextGrammar::Language;
        type->grammar = TextGrammar{name == "gbnf" ? kGbnf : kJsonSchema, current_.text,
                                    name == "lenient_schema"};
        Advance();
      } else if (name != "one_of") {
        return Fail("`" + name + "` bounds no str");
      } else if (!EatHole(&type->options_hole) && !ParseOptions(&type->options.emplace())) {
        return false;
      }
    } while (Eat(","));
    return Expect(")");
  }

  bool ParseOptions(std::vector<std::string>* out) {
    if (!Expect("[")) return false;
    if (Eat("]")) return true;
    do {
      if (current_.kind != Lexeme::kString) return FailExpected("a text in quotes");
      out->push_back(current_.text);
      Advance();
    } while (Eat(","));
    return Expect("]");
  }

  // (ids=$names, n=$m) behind rec<Name>.
  bool ParseRecordArguments(Type* type) {
    if (!At("(") || ahead_.kind != Lexeme::kName) return true;
    Advance();
    do {
      auto& [hole, by] = type->arguments.emplace_back();
      if (!ParseSymbol(&hole) || !Expect("=")) return false;
      if (!EatHole(&by)) return FailExpected("a hole (`$name`)");
    } while (Eat(","));
    return Expect(")");
  }

  // Values.
  bool ParseValue(Value* out) {
    switch (current_.kind) {
      case Lexeme::kInt: {
        int64_t number = 0;
        if (!ParseInt(&number)) return false;
        *out = Value::Int(number);
        return true;
      }
      case Lexeme::kFloat: {
        double number = 0;
        if (!ParseFloat(&number)) return false;
        *out = Value::Float(number);
        return true;
      }
      case Lexeme::kString:
        if (AheadIs("{") || AheadIs(".")) return ParseNamedValue(out);
        *out = Value::Str(current_.text);
        Advance();
        return true;
      case Lexeme::kName:
        return ParseNamedValue(out);
      default:
        return At("[") ? ParseListValue(out) : FailExpected("a value");
    }
  }

  bool ParseListValue(Value* out) {
    if (!EnterNesting()) return false;
    Advance();
    std::vector<Value> items;
    while (!At("]")) {
      if (!items.empty() && !Expect(",")) return false;
      if (!ParseValue(&items.emplace_back())) return false;
    }
    Advance();
    --depth_;
    *out = Value::List(std::move(items));
    return true;
  }

  // true, false, null, Record{...}, union Record{...} or Enum.member. The lexer takes `Enum.member`
  // as one name.
  bool ParseNamedValue(Value* out) {
    const Span span{source_, current_.begin, current_.end};
    std::string name;
    const bool plain = current_.kind == Lexeme::kName;
    if (!ParseSymbol(&name)) return false;
    if (plain && (name == "true" || name == "false")) {
      *out = Value::Bool(name == "true");
      return true;
    }
    if (plain && name == "null") {
      *out = Value();
      return true;
    }
    const bool tagged = plain && name == "union" && !At("{");
    if (tagged && !ParseSymbol(&name)) return false;
    if (tagged && !At("{")) return FailExpected("`{`");
    if (At("{")) return ParseRecordValue(std::move(name), tagged, out);
    std::string member;
    const size_t dot = plain ? name.rfind('.') : std::string::npos;
    if (dot != std::string::npos) {
      member = name.substr(dot + 1);
      name.resize(dot);
    } else if (!Eat(".")) {
      return FailAt(span, "`" + name + "` is not a value");
    } else if (!ParseSymbol(&member)) {
      return false;
    }
    const EnumDecl* declaration = program_.FindEnum(name);
    if (declaration == nullptr) return FailAt(span, "there is no enum `" + name + "`");
    for (const EnumMember& candidate : declaration->members) {
      if (candidate.name != member) continue;
      *out = Value::Enum(name, member, candidate.text);
      return true;
    }
    return FailAt(span, "enum `" + name + "` has no member `" + member + "`");
  }

  bool ParseRecordValue(std::string name, bool tagged, Value* out) {
    if (!EnterNesting()) return false;
    Advance();
    std::vector<std::pair<std::string, Value>> fields;
    while (!At("}")) {
      if (!fields.empty() && !Expect(",")) return false;
      auto& [field, value] = fields.emplace_back();
      if (!ParseSymbol(&field) || !Expect(":") || !ParseValue(&value)) return false;
    }
    Advance();
    --depth_;
    *out = Value::Record(std::move(name), std::move(fields), tagged);
    return true;
  }

  // Declarations.
  bool ParseProgram() {
    if (!EatName("program")) return FailExpected("`program \"name\"`");
    if (!ParseSymbol(&program_.name)) return false;
    while (current_.kind != Lexeme::kEnd) {
      bool ok = false;
      if (EatName("config")) {
        ok = ParseConfig();
      } else if (EatName("record")) {
        ok = ParseRecord();
      } else if (EatName("enum")) {
        ok = ParseEnum();
      } else if (EatName("corpus")) {
        ok = ParseCorpus();
      } else if (EatName("tool")) {
        ok = ParseTool();
      } else if (EatName("fn")) {
        ok = ParseFunction();
      } else {
        ok = FailExpected("`config`, `record`, `enum`, `corpus`, `tool` or `fn`");
      }
      if (!ok) return false;
    }
    return true;
  }

  bool ParseConfig() {
    ConfigEntry& entry = program_.config.emplace_back();
    return ParseSymbol(&entry.name) && Expect("=") && ParseValue(&entry.value);
  }

  bool ParseCorpus() {
    CorpusDecl& corpus = program_.corpora.emplace_back();
    if (!ParseSymbol(&corpus.name) || !Expect("=")) return false;
    if (current_.kind != Lexeme::kString) return FailExpected("a source in quotes");
    corpus.source = current_.text;
    Advance();
    while (AtName("chunk") || AtName("overlap")) {
      std::optional<int64_t>& size = AtName("chunk") ? corpus.chunk : corpus.overlap;
      Advance();
      if (!Expect("=") || !ParseInt(&size.emplace())) return false;
    }
    return true;
  }

  bool ParseTool() {
    ToolDecl& tool = program_.tools.emplace_back();
    if (!ParseSymbol(&tool.name) || !Expect("(")) return false;
    while (!At(")")) {
      if (!tool.params.empty() && !Expect(",")) return false;
      ToolDecl::Param& param = tool.params.emplace_back();
      if (!ParseSymbol(&param.name) || !Expect(":") || !ParseType(&param.type)) return false;
    }
    Advance();
    if (!Expect("->") || !ParseType(&tool.result) || !Expect("=")) return false;
    if (AtName("http.get") || AtName("http.post")) {
      if (!ParseHttpCall(&tool.http.emplace())) return false;
    } else if (current_.kind != Lexeme::kString) {
      return FailExpected("the host's name of the tool, http.get or http.post");
    } else {
      tool.host = current_.text;
      Advance();
    }
    if (AtName("pure") || AtName("read")) {
      tool.effect = AtName("pure") ? ToolEffect::kPure : ToolEffect::kRead;
    } else if (!AtName("write")) {
      return FailExpected("pure, read or write");
    }
    Advance();
    while (AtName("timeout") || AtName("retries") || AtName("cache") || AtName("idempotent")) {
      if (AtName("idempotent")) {
        tool.idempotent = true;
        Advance();
        continue;
      }
      int64_t& number = AtName("timeout") ? tool.timeout_ms.emplace()
                        : AtName("cache") ? tool.cache_ms.emplace()
                                          : tool.retries;
      Advance();
      if (!Expect("=") || !ParseInt(&number)) return false;
    }
    return true;
  }

  // http.get(url=..., query=..., headers=..., body=...), in this order.
  bool ParseHttpCall(HttpCall* call) {
    call->post = AtName("http.post");
    Advance();
    if (!Expect("(") || !EatName("url") || !Expect("=")) return FailExpected("`(url=`");
    if (!ParseHttpValue(&call->url)) return false;
    const std::pair<std::string_view, std::optional<HttpValue>*> rest[] = {
        {"query", &call->query}, {"headers", &call->headers}, {"body", &call->body}};
    for (const auto& [name, value] : rest) {
      if (!At(",") || ahead_.kind != Lexeme::kName || ahead_.text != name) continue;
      Advance();
      Advance();
      if (!Expect("=") || !ParseHttpValue(&value->emplace())) return false;
    }
    return Expect(")");
  }

  // "text", $parameter, env("NAME"), cat(part, ...), {"key": value}, [value, ...]
  bool ParseHttpValue(HttpValue* value) {
    if (!EnterNesting()) return false;
    if (Eat("{")) {
      value->kind = HttpValue::Kind::kMap;
      while (!At("}")) {
        if (!value->members.empty() && !Expect(",")) return false;
        auto& [key, member] = value->members.emplace_back();
        if (!ParseSymbol(&key) || !Expect(":") || !ParseHttpValue(&member)) return false;
      }
      Advance();
    } else if (Eat("[")) {
      value->kind = HttpValue::Kind::kList;
      while (!At("]")) {
        if (!value->items.empty() && !Expect(",")) return false;
        if (!ParseHttpValue(&value->items.emplace_back())) return false;
      }
      Advance();
    } else if (EatName("cat")) {
      if (!Expect("(")) return false;
      do {
        if (!ParseHttpPart(&value->parts.emplace_back())) return false;
      } while (Eat(","));
      if (!Expect(")")) return false;
    } else if (!ParseHttpPart(&value->parts.emplace_back())) {
      return false;
    }
    --depth_;
    return true;
  }

  bool ParseHttpPart(HttpPart* part) {
    if (EatHole(&part->text)) {
      part->kind = HttpPart::Kind::kParam;
      return true;
    }
    const bool env = EatName("env");
    if (env && !Expect("(")) return false;
    if (current_.kind != Lexeme::kString) return FailExpected("a text, a parameter or env");
    part->kind = env ? HttpPart::Kind::kEnv : HttpPart::Kind::kText;
    part->text = current_.text;
    Advance();
    return !env || Expect(")");
  }

  bool ParseDescription(std::string* out) {
    if (current_.kind == Lexeme::kString && !AheadIs(":") && !AheadIs("=")) {
      *out = current_.text;
      Advance();
    }
    return true;
  }

  // ($ids: list<str>, $n: i64), or nothing.
  bool ParseHoles(std::vector<HoleDecl>* holes) {
    if (!Eat("(")) return true;
    do {
      HoleDecl& hole = holes->emplace_back();
      if (!EatHole(&hole.name)) return FailExpected("a hole (`$name: type`)");
      if (!Expect(":") || !ParseType(&hole.type)) return false;
    } while (Eat(","));
    return Expect(")");
  }

  bool ParseRecord() {
    RecordDecl record;
    if (!ParseSymbol(&record.name) || !ParseHoles(&record.holes) || !Expect("{")) return false;
    while (!Eat("}")) {
      FieldDecl& field = record.fields.emplace_back();
      if (!ParseSymbol(&field.name) || !Expect(":") || !ParseType(&field.type)) return false;
      field.has_default = Eat("=");
      if (field.has_default && !ParseValue(&field.default_value)) return false;
      if (!ParseDescription(&field.description)) return false;
    }
    program_.records.push_back(std::move(record));
    return true;
  }

  bool ParseEnum() {
    EnumDecl declaration;
    if (!ParseSymbol(&declaration.name) || !Expect("{")) return false;
    while (!Eat("}")) {
      EnumMember& member = declaration.members.emplace_back();
      if (!ParseSymbol(&member.name)) return false;
      member.text = member.name;
      if (Eat("=")) {
        if (current_.kind != Lexeme::kString) return FailExpected("a string");
        member.text = current_.text;
        Advance();
      }
      if (!ParseDescription(&member.description)) return false;
    }
    program_.enums.push_back(std::move(declaration));
    return true;
  }

  // Functions.
  bool ParseFunction() {
    graph_ = Graph();
    values_.clear();
    graph_.span = {source_, current_.begin, current_.end};
    if (current_.kind != Lexeme::kSymbol) return FailExpected("`@name`");
    graph_.name = current_.text;
    Advance();
    graph_.result = program_.types.none();
    graph_.regions.emplace_back();
    if (!Expect("(")) return false;
    for (bool first = true; !At(")"); first = false) {
      if (!first && !Expect(",")) return false;
      if (!ParseFunctionParam(first)) return false;
    }
    Advance();
    if (Eat("->") && !ParseResult()) return false;
    if (EatName("engine")) {
      if (current_.kind != Lexeme::kString) return FailExpected("a string");
      graph_.engine = current_.text;
      Advance();
    }
    if (!ParseRegionOps(RegionId(0), "return")) return false;
    program_.functions.push_back(std::move(graph_));
    return true;
  }

  bool ParseFunctionParam(bool first) {
    const LexToken name = current_;
    if (!ParseParam(RegionId(0))) return false;
    const TypeId type = graph_.value(graph_.body().params.back()).type;
    if (first && type == program_.types.effect()) {
      graph_.effectful = true;
      return true;
    }
    Param param;
    param.name = name.text;
    param.type = type;
    param.has_default = Eat("=");
    if (param.has_default && !ParseValue(&param.default_value)) return false;
    if (!ParseDescription(&param.description)) return false;
    graph_.params.push_back(std::move(param));
    return true;
  }

  bool ParseResult() {
    if (!ParseType(&graph_.result)) return false;
    if (graph_.result == program_.types.effect()) {
      graph_.result = program_.types.none();
    } else if (Eat(",")) {
      TypeId effect;
      if (!ParseType(&effect)) return false;
      if (effect != program_.types.effect()) return Fail("only `eff` may follow the result type");
    } else if (graph_.effectful) {
      return FailExpected("`, eff` in a function that takes one");
    } else {
      return true;
    }
    return graph_.effectful || Fail("`eff` results need an `eff` parameter");
  }

  bool DefineValue(const LexToken& token, TypeId type, ValueId* out) {
    *out = ValueId(graph_.values.size());
    if (!values_.emplace(token.text, *out).second) {
      return FailAt({source_, token.begin, token.end}, "`%" + token.text + "` is defined twice");
    }
    ValueDef def;
    def.type = type;
    def.name = token.text;
    graph_.values.push_back(std::move(def));
    return true;
  }

  bool ParseParam(RegionId region) {
    if (current_.kind != Lexeme::kValue) return FailExpected("a parameter (`%name: type`)");
    const LexToken token = current_;
    Advance();
    TypeId type;
    ValueId value;
    if (!Expect(":") || !ParseType(&type) || !DefineValue(token, type, &value)) return false;
    graph_.value(value).region = region;
    graph_.value(value).index = static_cast<uint32_t>(graph_.region(region).params.size());
    graph_.region(region).params.push_back(value);
    return true;
  }

  bool ParseUse(ValueId* out) {
    if (current_.kind != Lexeme::kValue) return FailExpected("a value (`%name`)");
    const auto found = values_.find(current_.text);
    if (found == values_.end()) return Fail("`%" + current_.text + "` is not defined above");
    *out = found->second;
    Advance();
    return true;
  }

  bool ParseUses(std::vector<ValueId>* out) {
    // Operands begin on the line of their operation: a value that starts a line is a result.
    if (current_.kind != Lexeme::kValue || current_.starts_line) return true;
    do {
      if (!ParseUse(&out->emplace_back())) return false;
    } while (Eat(","));
    return true;
  }

  // "{ ops exit values }", the brace included.
  bool ParseRegionOps(RegionId region, std::string_view exit) {
    if (!Expect("{") || !EnterNesting()) return false;
    while (!At("}")) {
      if (EatName(exit)) {
        std::vector<ValueId> yields;
        if (!ParseUses(&yields)) return false;
        graph_.region(region).yields = std::move(yields);
        if (!At("}")) return FailExpected("`}` after `" + std::string(exit) + "`");
        break;
      }
      if (!ParseOp(region)) return false;
    }
    --depth_;
    return Expect("}");
  }

  struct ResultName {
    LexToken token;
    TypeId type;  // invalid if not stated
  };

  bool ParseOp(RegionId region) {
    const uint32_t begin = current_.begin;
    std::vector<ResultName> results;
    while (current_.kind == Lexeme::kValue) {
      results.push_back({current_, TypeId()});
      Advance();
      if (Eat(":") && !ParseType(&results.back().type)) return false;
      if (!Eat(",")) {
        if (!Expect("=")) return false;
        break;
      }
    }
    const auto kind = current_.kind == Lexeme::kName ? OpNamed(current_.text) : std::nullopt;
    if (!kind) return FailExpected("an operation");
    if (ops_ == kGraphOpsMax)
      return Fail("more than " + std::to_string(kGraphOpsMax) + " operations");
    ++ops_;
    const OpId id(graph_.ops.size());
    Op op;
    op.kind = *kind;
    op.parent = region;
    op.span = {source_, begin, current_.end};
    Advance();
    if (!ParseOpHead(&op)) return false;
    op.span.end = previous_end_;
    graph_.region(region).ops.push_back(id);
    graph_.ops.push_back(std::move(op));
    if (OpClassOf(*kind) == OpClass::kRegion && !ParseRegions(id)) return false;
    return DefineResults(id, results);
  }

  bool ParseOpHead(Op* op) {
    if (current_.kind == Lexeme::kSymbol) {
      op->attributes.name = current_.text;
      Advance();
    }
    if (op->kind == OpKind::kConst && !ParseValue(&op->attributes.value)) return false;
    if (!ParseUses(&op->operands)) return false;
    while ((current_.kind == Lexeme::kName || current_.kind == Lexeme::kHole) && AheadIs("=")) {
      NamedOperand operand;
      operand.name = current_.text;
      Advance();
      Advance();
      if (!ParseUse(&operand.value)) return false;
      op->named.push_back(std::move(operand));
    }
    std::sort(op->named.begin(), op->named.end(),
              [](const NamedOperand& a, const NamedOperand& b) { return a.name < b.name; });
    // Attributes begin `{name =`; what is behind the brace of a region never does.
    if (!At("{") || ahead_.kind != Lexeme::kName || OpNamed(ahead_.text) || ahead_.text == "yield")
      return true;
    Advance();
    do {
      if (!ParseAttribute(&op->attributes)) return false;
    } while (Eat(","));
    return Expect("}");
  }

  bool ParseAttribute(OpAttributes* out) {
    if (current_.kind != Lexeme::kName) return FailExpected("an attribute");
    const LexToken name = current_;
    Advance();
    if (!Expect("=")) return false;
    if (name.text == "type") return ParseType(&out->type);
    if (name.text == "ttl") return ParseInt(&out->ttl_ms);
    if (name.text == "role") {
      const auto role = current_.kind == Lexeme::kName ? RoleNamed(current_.text) : std::nullopt;
      if (!role) return FailExpected("system, user, assistant or observe");
      out->role = *role;
      Advance();
      return true;
    }
    bool* const flag = name.text == "exact"       ? &out->exact
                       : name.text == "feedback"  ? &out->feedback
                       : name.text == "filtered"  ? &out->filtered
                       : name.text == "pipelined" ? &out->pipelined
                       : name.text == "early"     ? &out->early
                       : name.text == "pin"       ? &out->pin
                       : name.text == "private"   ? &out->is_private
                                                  : nullptr;
    if (flag != nullptr) {
      if (!AtName("true") && !AtName("false")) return FailExpected("true or false");
      *flag = current_.text == "true";
      Advance();
      return true;
    }
    std::string* const text = name.text == "site"       ? &out->site
                              : name.text == "method"   ? &out->method
                              : name.text == "on_error" ? &out->on_error
                              : name.text == "reuse"    ? &out->reuse
                                                        : nullptr;
    if (text == nullptr) {
      return FailAt({source_, name.begin, name.end}, "there is no attribute `" + name.text + "`");
    }
    if (current_.kind != Lexeme::kString) return FailExpected("a string");
    *text = current_.text;
    Advance();
    return true;
  }

  bool ParseRegions(OpId id) {
    do {
      const RegionId region(graph_.regions.size());
      graph_.regions.emplace_back().owner = id;
      graph_.op(id).regions.push_back(region);
      if (Eat("(")) {
        for (bool first = true; !At(")"); first = false) {
          if (!first && !Expect(",")) return false;
          if (!ParseParam(region)) return false;
        }
        Advance();
      }
      if (!ParseRegionOps(region, "yield")) return false;
    } while (EatName("else"));
    return true;
  }

  bool DefineResults(OpId id, const std::vector<ResultName>& results) {
    const auto fixed = FixedResultTypes(graph_.op(id), &program_.types);
    for (size_t i = 0; i < results.size(); ++i) {
      TypeId type = results[i].type;
      if (!type.valid() && fixed && i < fixed->size()) type = (*fixed)[i];
      if (!type.valid()) {
        return FailAt({source_, results[i].token.begin, results[i].token.end},
                      "`%" + results[i].token.text + "` needs a type");
      }
      ValueId value;
      if (!DefineValue(results[i].token, type, &value)) return false;
      graph_.value(value).op = id;
      graph_.value(value).index = static_cast<uint32_t>(i);
      graph_.op(id).results.push_back(value);
    }
    return true;
  }

  size_t ops_ = 0;
  Program program_;
  Graph graph_;
  std::unordered_map<std::string, ValueId> values_;
};

ParseOutcome Refuse(std::string title) {
  ParseOutcome outcome;
  Diagnostic mistake;
  mistake.code = "E0800";
  mistake.title = std::move(title);
  outcome.diagnostics.push_back(std::move(mistake));
  return outcome;
}

}  // namespace

ParseOutcome Parse(std::string_view text, uint32_t source) {
  if (text.size() > kProgramBytesMax) {
    return Refuse("the text has more than " + std::to_string(kProgramBytesMax) + " bytes");
  }
  if (!IsValidUtf8(text)) return Refuse("the text is not UTF-8");
  return Parser(text, source).Run();
}

}  // namespace lmp::ir
