#include "runtime/exec/bind/type_grammar.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ir/value.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/constrain/grammar_builder.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/constrain/number_expr.h"
#include "runtime/constrain/regex_expr.h"
#include "runtime/exec/text_form.h"

namespace lmp::exec {
namespace {

using constrain::CodeRange;
using constrain::Expr;
using constrain::ExprPool;
using constrain::GrammarBuilder;
using constrain::Symbol;
using ir::Type;
using ir::TypeKind;

// Digits that a number without bounds may have: enough for every double, few enough to end.
constexpr constrain::NumberForm kFloatForm = {
    .integer_digits_max = 17, .fraction_digits_max = 20, .exponent = true};

constrain::JsonSchemaOptions OptionsOf(const ir::TextGrammar& grammar) {
  constrain::JsonSchemaOptions options;  // the style is that of the other JSON here
  options.lenient = grammar.lenient;
  return options;
}

// The characters of JSON strings as ir::ToJsonText spells them: one spelling each, so that lengths,
// patterns and choices of texts are those of their spellings.
class JsonSpelling {
 public:
  explicit JsonSpelling(ExprPool& pool) : pool_(pool) {}

  Expr Class(std::span<const CodeRange> ranges) {
    std::vector<CodeRange> plain;
    std::vector<std::string> escaped;
    for (auto [first, last] : ranges) {
      last = std::min<char32_t>(last, 0x10ffff);
      for (char32_t c = first; c <= std::min<char32_t>(last, '\\'); ++c) {
        if (NeedsEscape(c)) escaped.push_back(Spell(std::string(1, static_cast<char>(c))));
      }
      char32_t begin = std::max<char32_t>(first, 0x20);
      for (const char32_t special : {U'"', U'\\'}) {
        if (special < begin || special > last) continue;
        if (begin < special) plain.emplace_back(begin, special - 1);
        begin = special + 1;
      }
      if (begin <= last) plain.emplace_back(begin, last);
    }
    return pool_.Or(pool_.Class(plain), pool_.Literals(std::move(escaped)));
  }

  Expr AnyCharacter() {
    static constexpr CodeRange kAll[] = {{0, 0x10ffff}};
    return Class(kAll);
  }

  // Without the quotes.
  static std::string Spell(const std::string& text) {
    const std::string quoted = ir::ToJsonText(ir::Value::Str(text));
    return quoted.substr(1, quoted.size() - 2);
  }

 private:
  static bool NeedsEscape(char32_t c) { return c < 0x20 || c == '"' || c == '\\'; }

  ExprPool& pool_;
};

// A text that is being written: expressions in a row are one lexeme.
class Parts {
 public:
  explicit Parts(GrammarBuilder* builder) : builder_(*builder) {}

  void Add(Expr expr) { open_ = open_ ? builder_.exprs().Concat(*open_, expr) : expr; }
  void Text(std::string_view text) {
    if (!text.empty()) Add(builder_.exprs().Literal(text));
  }
  void Add(Symbol symbol) {
    Close();
    symbols_.push_back(symbol);
  }
  // The whole as an expression, if it is one.
  std::optional<Expr> AsExpr() const { return symbols_.empty() ? open_ : std::nullopt; }
  Symbol AsSymbol() {
    Close();
    if (symbols_.size() == 1) return symbols_[0];
    return builder_.Sequence(symbols_);
  }
  void Append(Parts other) {
    if (other.symbols_.empty()) {
      if (other.open_) Add(*other.open_);
      return;
    }
    Close();
    symbols_.insert(symbols_.end(), other.symbols_.begin(), other.symbols_.end());
    open_ = other.open_;
  }

 private:
  void Close() {
    if (open_) symbols_.push_back(builder_.Lexeme(*open_));
    open_.reset();
  }

  GrammarBuilder& builder_;
  std::vector<Symbol> symbols_;
  std::optional<Expr> open_;
};

class TypeWriter {
 public:
  TypeWriter(const ir::Program& program, const ir::HoleValues& values)
      : program_(program), values_(values), spelling_(builder_.exprs()) {}

  Result<constrain::GrammarRef> Run(ir::TypeId id) {
    CountUses(id);
    LMP_TRY(Parts parts, Outermost(id));
    LMP_RETURN_IF_ERROR(builder_.status());
    Result<constrain::GrammarRef> built = builder_.Build(parts.AsSymbol());
    if (built.ok() && program_.types[id].grammar) LMP_RETURN_IF_ERROR(TryStart(built.value()));
    if (built.ok() || !nothing_to_choose_) return built;
    return InvalidArgument("there is nothing to choose from: a list of texts is empty");
  }

  size_t nodes() { return pool().size(); }

 private:
  ExprPool& pool() { return builder_.exprs(); }

  // How often each record stands in the type: one that does so twice becomes a rule of its own, so
  // that a grammar is not larger than the program.
  void CountUses(ir::TypeId id) {
    const Type& type = program_.types[id];
    if (type.element.valid()) return CountUses(type.element);
    for (const ir::TypeId member : type.members) CountUses(member);
    if (type.kind != TypeKind::kRecord || ++uses_[type.name] > 1) return;
    for (const ir::FieldDecl& field : program_.FindRecord(type.name)->fields) {
      CountUses(field.type);
    }
  }

  Result<Parts> Outermost(ir::TypeId id) {
    const Type type = ir::Filled(program_.types[id], values_);
    Parts parts(&builder_);
    if (type.kind == TypeKind::kEnum) {
      parts.Add(pool().Literals(TextsOf(type)));
    } else if (type.grammar) {
      LMP_TRY(const Symbol text, OfGrammar(*type.grammar));
      parts.Add(text);
    } else if (type.kind == TypeKind::kStr) {
      LMP_TRY(const Expr text, Text(type, false));
      parts.Add(text);
    } else {
      return Json(id);
    }
    return parts;
  }

  Result<Symbol> OfGrammar(const ir::TextGrammar& grammar) {
    if (grammar.language == ir::TextGrammar::Language::kGbnf)
      return constrain::AddGbnf(&builder_, grammar.source);
    const constrain::SchemaSymbol schema =
        constrain::AddJsonSchema(&builder_, grammar.source, OptionsOf(grammar));
    if (!schema.refused.empty()) return constrain::StatusOf(schema.refused);
    return schema.symbol;
  }

  Result<Parts> Json(ir::TypeId id) {
    const Type type = ir::Filled(program_.types[id], values_);
    Parts parts(&builder_);
    switch (type.kind) {
      case TypeKind::kI64: {
        LMP_TRY(const Expr number, Integer(type));
        parts.Add(number);
        return parts;
      }
      case TypeKind::kF64: {
        LMP_TRY(const Expr number, Float(type));
        parts.Add(number);
        return parts;
      }
      case TypeKind::kBool:
        parts.Add(pool().Literals({"true", "false"}));
        return parts;
      case TypeKind::kStr: {
        LMP_TRY(const Expr text, Text(type, true));
        return Quoted(text);
      }
      case TypeKind::kEnum:
        return Quoted(pool().Literals(Spelled(TextsOf(type))));
      case TypeKind::kOptional:
        return OrNull(type);
      case TypeKind::kList:
        return List(type);
      case TypeKind::kRecord:
        return Record(type, false);
      case TypeKind::kUnion:
        return Union(type);
      default:
        return InvalidArgument("no model can write a value of type " +
                               ir::UserType(program_.types, id));
    }
  }

  Parts Quoted(Expr text) {
    Parts parts(&builder_);
    parts.Text("\"");
    parts.Add(text);
    parts.Text("\"");
    return parts;
  }

  std::vector<std::string> TextsOf(const Type& type) const {
    std::vector<std::string> texts;
    for (const ir::EnumMember& member : program_.FindEnum(type.name)->members) {
      texts.push_back(member.text);
    }
    return texts;
  }

  static std::vector<std::string> Spelled(std::vector<std::string> texts) {
    for (std::string& text : texts) text = JsonSpelling::Spell(text);
    return texts;
  }

  Result<Expr> Integer(const Type& type) {
    constrain::NumberBounds bounds;
    bounds.low = std::to_string(type.low.value_or(INT64_MIN));
    bounds.high = std::to_string(type.high.value_or(INT64_MAX));
    LMP_TRY(const Expr number, constrain::Integers(pool(), bounds));
    return Possible(number, "no integer lies within ", type);
  }

  Result<Expr> Float(const Type& type) {
    constrain::NumberBounds bounds;
    if (type.low_f) bounds.low = FormatDouble(*type.low_f);
    if (type.high_f) bounds.high = FormatDouble(*type.high_f);
    LMP_TRY(const Expr number, constrain::Decimals(pool(), bounds, kFloatForm));
    return Possible(number, "no number of at most 20 digits behind the point lies within ", type);
  }

  Result<Expr> Possible(Expr expr, std::string_view what, const Type& type) {
    LMP_TRY(const bool empty, pool().IsEmpty(expr));
    if (!empty || pool().exhausted()) return expr;
    ir::TypeTable types;
    return InvalidArgument(std::string(what) + ir::UserType(types, types.Intern(type)));
  }

  // What stands between the quotes, or bare.
  Result<Expr> Text(const Type& type, bool as_json) {
    if (type.grammar) return InvalidArgument("text of a grammar stands alone, never inside JSON");
    // Nothing to choose from is no mistake of the type: a list of such texts may be empty.
    if (type.options && type.options->empty()) nothing_to_choose_ = true;
    if (type.options) return pool().Literals(as_json ? Spelled(*type.options) : *type.options);
    const auto most = type.high ? std::optional(Count(*type.high)) : std::nullopt;
    const bool counted = type.low || most;
    if (type.high && *type.high < 0) {
      return InvalidArgument("no text has " + std::to_string(*type.high) + " characters");
    }
    if (type.low && *type.low > int64_t{constrain::kRepeatMax}) return TooMany(type, "characters");
    if (!type.pattern && !counted && !as_json) return pool().AnyBytes();
    const Expr character = as_json ? spelling_.AnyCharacter() : pool().AnyCodePoint();
    const Expr length = pool().Repeat(character, type.low ? Count(*type.low) : 0,
                                      most.value_or(constrain::kUnbounded));
    if (!type.pattern) return Possible(length, "no text is a ", type);
    const auto spell = [&](std::span<const CodeRange> ranges) { return spelling_.Class(ranges); };
    LMP_TRY(const Expr matching, as_json ? constrain::RegexExpr(pool(), *type.pattern, spell)
                                         : constrain::RegexExpr(pool(), *type.pattern));
    return Possible(counted ? pool().And(matching, length) : matching, "no text is a ", type);
  }

  static Status TooMany(const Type& type, const char* what) {
    return InvalidArgument("at least " + std::to_string(*type.low) + " " + what +
                           " are too many, " + std::to_string(constrain::kRepeatMax) +
                           " are allowed");
  }

  static uint32_t Count(int64_t count) {
    return static_cast<uint32_t>(std::clamp<int64_t>(count, 0, constrain::kRepeatMax));
  }

  Result<Parts> OrNull(const Type& type) {
    LMP_TRY(Parts inner, Json(type.element));
    Parts parts(&builder_);
    if (const std::optional<Expr> expr = inner.AsExpr()) {
      parts.Add(pool().Or(*expr, pool().Literal("null")));
    } else {
      parts.Add(builder_.Alternatives({builder_.Text("null"), inner.AsSymbol()}));
    }
    return parts;
  }

  Result<Parts> List(const Type& type) {
    const int64_t low = type.low.value_or(0);
    const int64_t high = type.high.value_or(std::max(low, kListItemsDefault));
    if (low < 0 || low > high) {
      return InvalidArgument("no list has " + std::to_string(low) + " to " + std::to_string(high) +
                             " items");
    }
    if (low > int64_t{constrain::kRepeatMax}) return TooMany(type, "items");
    LMP_TRY(Parts item, Json(type.element));
    Parts parts(&builder_);
    parts.Text("[");
    parts.Add(builder_.Repeat(item.AsSymbol(), Count(low), Count(high), builder_.Text(", ")));
    parts.Text("]");
    return parts;
  }

  Result<Parts> Union(const Type& type) {
    std::vector<Symbol> members;
    for (const ir::TypeId member : type.members) {
      LMP_TRY(Parts record, Record(program_.types[member], true));
      members.push_back(record.AsSymbol());
    }
    Parts parts(&builder_);
    parts.Add(builder_.Alternatives(members));
    return parts;
  }

  // `tagged`: as a member of a union, with its name as "kind".
  Result<Parts> Record(const Type& type, bool tagged) {
    const bool shared = uses_[type.name] > 1;
    std::string key = type.name + (tagged ? "|" : "");
    std::map<std::string, std::string> roots;
    for (const auto& [hole, by] : type.arguments) {
      const auto outer = hole_roots_.find(by);
      roots[hole] = outer == hole_roots_.end() ? by : outer->second;
      key += "\n" + roots[hole];
    }
    Parts parts(&builder_);
    if (const auto known = records_.find(key); shared && known != records_.end()) {
      parts.Add(known->second);
      return parts;
    }
    ir::HoleValues outside = std::exchange(values_, ir::ValuesInside(type, values_));
    std::swap(roots, hole_roots_);
    Result<Parts> fields = Fields(*program_.FindRecord(type.name), tagged);
    std::swap(roots, hole_roots_);
    values_ = std::move(outside);
    if (!fields.ok() || !shared) return fields;
    const Symbol rule = builder_.Rule(type.name);
    builder_.Define(rule, {fields.value().AsSymbol()});
    records_.emplace(std::move(key), rule);
    parts.Add(rule);
    return parts;
  }

  Result<Parts> Fields(const ir::RecordDecl& record, bool tagged) {
    Parts parts(&builder_);
    std::string before = "{";
    if (tagged) {
      before += "\"kind\": " + ir::ToJsonText(ir::Value::Str(record.name));
      if (!record.fields.empty()) before += ", ";
    }
    for (const ir::FieldDecl& field : record.fields) {
      parts.Text(before + ir::ToJsonText(ir::Value::Str(field.name)) + ": ");
      before = ", ";
      Result<Parts> value = Json(field.type);
      if (!value.ok()) {
        return value.status().WithPrefix("field `" + field.name + "` of `" + record.name + "`");
      }
      parts.Append(std::move(value).value());
    }
    parts.Text(record.fields.empty() ? before + "}" : "}");
    return parts;
  }

  const ir::Program& program_;
  ir::HoleValues values_;
  std::map<std::string, std::string> hole_roots_;  // the hole of the gen behind one of a record
  GrammarBuilder builder_;
  JsonSpelling spelling_;
  bool nothing_to_choose_ = false;  // an empty list of texts was met
  std::map<std::string, int> uses_;
  std::map<std::string, Symbol> records_;
};

}  // namespace

Result<constrain::GrammarRef> TypeGrammar(const ir::Program& program, ir::TypeId type,
                                          const ir::HoleValues& values, size_t* nodes) {
  const Type& outermost = program.types[type];
  if (outermost.kind == TypeKind::kStr && !MustComplete(outermost) && !outermost.high &&
      outermost.high_hole.empty()) {
    return constrain::AnyText();
  }
  TypeWriter writer(program, values);
  Result<constrain::GrammarRef> grammar = writer.Run(type);
  if (nodes != nullptr) *nodes += writer.nodes();
  return grammar;
}

bool MustComplete(const ir::Type& type) {
  return type.kind != TypeKind::kStr || type.low || !type.low_hole.empty() || type.pattern ||
         type.options || !type.options_hole.empty() || type.grammar;
}

SchemaFindings FindingsOf(const Type& type) {
  if (!type.grammar || type.grammar->language != ir::TextGrammar::Language::kJsonSchema) return {};
  constrain::SchemaGrammar compiled =
      constrain::CompileJsonSchema(type.grammar->source, OptionsOf(*type.grammar));
  return {std::move(compiled.refused), std::move(compiled.warnings)};
}

Result<constrain::GrammarRef> HoleGrammars::Get(const ir::Program& program, ir::TypeId type,
                                                const ir::HoleValues& values) {
  std::string key = program.types.ToText(type);
  for (const auto& [hole, value] : values) key += "\n" + hole + "=" + ir::ToJsonText(value);
  return memo_.Get(key, [&] { return TypeGrammar(program, type, values); });
}

}  // namespace lmp::exec
