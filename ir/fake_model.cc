#include "ir/fake_model.h"

#include <algorithm>
#include <utility>

#include "ir/holes.h"
#include "ir/regex.h"
#include "ir/verify.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/text.h"

namespace lmp::ir {
namespace {

uint64_t HashText(std::string_view text, uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

Rng RngFor(const FakeRequest& request) {
  uint64_t hash = HashText(request.prompt, 0xcbf29ce484222325ull ^ request.seed);
  hash = HashText(request.program->types.ToText(request.type.valid() ? request.type : TypeId(0)),
                  hash);
  for (const auto& [name, value] : request.options)
    hash = HashText(ToJsonText(value), HashText(name, hash));
  return Rng(hash ^ request.site_hash);
}

// A value of the type; bounds hold, sizes without bounds are small.
class ValueMaker {
 public:
  ValueMaker(const Program& program, HoleValues holes, Rng* rng)
      : program_(program), holes_(std::move(holes)), rng_(*rng) {}

  // What was made fulfils the type, as far as it can be fulfilled at all.
  bool impossible() const { return impossible_; }

  Value Make(TypeId id) {
    const Type type = Filled(program_.types[id], holes_);
    switch (type.kind) {
      case TypeKind::kI64:
        return Value::Int(MakeInt(type));
      case TypeKind::kF64:
        return Value::Float(MakeFloat(type));
      case TypeKind::kBool:
        return Value::Bool(rng_.Below(2) == 0);
      case TypeKind::kStr:
        return Value::Str(MakeText(type));
      case TypeKind::kList:
        return MakeList(type);
      case TypeKind::kOptional:
        return rng_.Below(4) == 0 ? Value::Null() : Make(type.element);
      case TypeKind::kRecord:
        return MakeRecord(type, false);
      case TypeKind::kUnion:
        return MakeRecord(program_.types[type.members[rng_.Below(type.members.size())]], true);
      case TypeKind::kEnum:
        return MakeEnum(type);
      default:
        return Value::Null();
    }
  }

 private:
  int64_t MakeInt(const Type& type) {
    impossible_ |= type.low && type.high && *type.low > *type.high;
    const int64_t low = type.low.value_or(type.high && *type.high < 0 ? *type.high - 99 : 0);
    const int64_t high = std::max(low, type.high.value_or(low + 99));
    const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
    return span == 0 ? low : low + static_cast<int64_t>(rng_.Below(span));
  }

  double MakeFloat(const Type& type) {
    impossible_ |= type.low_f && type.high_f && *type.low_f > *type.high_f;
    const double low = type.low_f.value_or(0.0);
    const double high = std::max(low, type.high_f.value_or(low + 1.0));
    // Eighths have short texts.
    return low + (high - low) * (static_cast<double>(rng_.Below(9)) / 8.0);
  }

  std::string MakeText(const Type& type) {
    if (type.grammar) return "text of a grammar";  // a value of the type str, and that is all
    if (type.options) {
      impossible_ |= type.options->empty();
      return impossible_ ? "" : (*type.options)[rng_.Below(type.options->size())];
    }
    if (type.pattern) {
      const Result<Regex> pattern = Regex::Compile(*type.pattern);
      return pattern.ok() ? pattern.value().ShortestMatch().value_or("") : "";
    }
    static constexpr const char* kWords[] = {"sun", "moon", "tide", "é",     "no",
                                             "yes", "42",   "{x}",  "\"q\"", "end."};
    std::string text;
    for (uint64_t i = 1 + rng_.Below(4); i > 0; --i) {
      if (!text.empty()) text += " ";
      text += kWords[rng_.Below(std::size(kWords))];
    }
    // Cut at a byte that keeps the bound for any encoding: characters are at most bytes.
    if (type.high && static_cast<int64_t>(text.size()) > *type.high)
      text = std::string(static_cast<size_t>(std::max<int64_t>(0, *type.high)), 'x');
    const auto least = static_cast<size_t>(std::max<int64_t>(0, type.low.value_or(0)));
    if (Utf8Length(text) < least) text = std::string(least, 'x');
    return text;
  }

  Value MakeList(const Type& type) {
    impossible_ |= type.low && type.high && *type.low > *type.high;
    const int64_t low = std::max<int64_t>(0, type.low.value_or(0));
    const int64_t high = std::min(type.high.value_or(low + 3), low + 3);
    const auto span = static_cast<uint64_t>(std::max<int64_t>(0, high - low)) + 1;
    std::vector<Value> items;
    for (auto i = static_cast<uint64_t>(low) + rng_.Below(span); i > 0; --i)
      items.push_back(Make(type.element));
    return Value::List(std::move(items));
  }

  Value MakeRecord(const Type& type, bool tagged) {
    std::vector<std::pair<std::string, Value>> fields;
    HoleValues outside = std::exchange(holes_, ValuesInside(type, holes_));
    for (const FieldDecl& field : program_.FindRecord(type.name)->fields)
      fields.emplace_back(field.name, Make(field.type));
    holes_ = std::move(outside);
    return Value::Record(type.name, std::move(fields), tagged);
  }

  Value MakeEnum(const Type& type) {
    const EnumDecl& declaration = *program_.FindEnum(type.name);
    const EnumMember& member = declaration.members[rng_.Below(declaration.members.size())];
    return Value::Enum(declaration.name, member.name, member.text);
  }

  const Program& program_;
  HoleValues holes_;
  Rng& rng_;
  bool impossible_ = false;
};

}  // namespace

std::string GeneratedText(const Type& type, const Value& value) {
  const bool json = type.kind == TypeKind::kOptional || type.kind == TypeKind::kList ||
                    type.kind == TypeKind::kRecord || type.kind == TypeKind::kUnion;
  return json ? ToSpacedJsonText(value) : ToPromptText(value).value();
}

Result<Value> HashModel::Gen(const FakeRequest& request) {
  Rng rng = RngFor(request);
  ValueMaker maker(*request.program, HoleValuesOf(request.options), &rng);
  Value value = maker.Make(request.type);
  if (!maker.impossible() && ValueWithin(*request.program, value, request.type)) return value;
  return InvalidArgument("no value of " + UserType(request.program->types, request.type) +
                         " was found for `" + request.site + "`");
}

Result<FakeChoice> HashModel::Select(const FakeRequest& request,
                                     const std::vector<std::string>& options) {
  Rng rng = RngFor(request);
  FakeChoice choice;
  double total = 0;
  for (size_t i = 0; i < options.size(); ++i) {
    choice.probabilities.push_back(static_cast<double>(1 + rng.Below(16)));
    total += choice.probabilities.back();
  }
  for (double& p : choice.probabilities) p /= total;
  const auto best = std::max_element(choice.probabilities.begin(), choice.probabilities.end());
  choice.index = static_cast<size_t>(best - choice.probabilities.begin());
  return choice;
}

Result<std::vector<Passage>> FakeModel::Retrieve(const std::string& corpus,
                                                 const PassageQuery& query) {
  return FakePassages(corpus, query);
}

Result<std::string> FakeModel::Listen(size_t index) {
  constexpr size_t kLinesMax = 5;  // then the input has ended
  if (index >= kLinesMax) return Unavailable("the input has ended");
  return "line " + std::to_string(index);
}

std::vector<Passage> FakePassages(const std::string& corpus, const PassageQuery& query) {
  uint64_t hash = HashText(corpus, 0xcbf29ce484222325ull);
  for (const std::string& text : query.texts) hash = HashText(text, HashText("|", hash));
  Rng rng(hash);
  const auto count = std::min<uint64_t>(rng.Below(6), static_cast<uint64_t>(query.k));
  std::vector<Passage> passages;
  for (uint64_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(rng.Below(1000));
    passages.push_back(
        {"p" + std::to_string(i) + "-" + number, "d" + number + ".md",
         static_cast<int64_t>(rng.Below(90)) + 1, i % 2 == 0 ? "" : "About " + number,
         "What " + corpus + " says of " + number + ".", 1.0 / static_cast<double>(i + 1), 7});
  }
  return passages;
}

void ScriptedModel::Script(std::string site, std::vector<Value> answers) {
  scripts_[std::move(site)] = {std::move(answers), 0};
}

const Value* ScriptedModel::Next(const std::string& site) {
  const auto found = scripts_.find(site);
  if (found == scripts_.end() || found->second.values.empty()) return nullptr;
  Answers& answers = found->second;
  const size_t at = std::min(answers.next++, answers.values.size() - 1);
  return &answers.values[at];
}

Result<Value> ScriptedModel::Gen(const FakeRequest& request) {
  const Value* answer = Next(request.site);
  if (answer == nullptr) return otherwise_->Gen(request);
  if (ValueFits(*request.program, *answer, request.type)) return *answer;
  return InvalidArgument("the scripted answer of `" + request.site + "` is no " +
                         UserType(request.program->types, request.type) + ": " +
                         ToJsonText(*answer));
}

Result<FakeChoice> ScriptedModel::Select(const FakeRequest& request,
                                         const std::vector<std::string>& options) {
  const Value* answer = Next(request.site);
  if (answer == nullptr) return otherwise_->Select(request, options);
  FakeChoice choice;
  for (choice.index = 0; choice.index < options.size(); ++choice.index) {
    if (!answer->is_str() || answer->as_str() != options[choice.index]) continue;
    choice.probabilities.assign(options.size(), 0.0);
    choice.probabilities[choice.index] = 1.0;
    return choice;
  }
  return InvalidArgument("the scripted answer of `" + request.site +
                         "` is none of its options: " + ToJsonText(*answer));
}

}  // namespace lmp::ir
