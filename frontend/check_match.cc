// `match`: arms for the members of an enum, the records of a union, fixed texts, whole numbers or
// bools. Every value has an arm: what the arms leave out needs an `else`.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

constexpr size_t kNamedMissing = 5;        // more are counted
constexpr uint64_t kCountedNumbers = 256;  // an int of a smaller range may go without `else`

}  // namespace

// All values of the type, if they can be counted; of a union the names of its records.
std::optional<std::vector<ir::Value>> Checker::ValuesOf(TypeId id) const {
  const ir::Type& type = types()[id];
  std::vector<ir::Value> values;
  if (type.kind == TypeKind::kBool)
    return std::vector{ir::Value::Bool(true), ir::Value::Bool(false)};
  if (type.kind == TypeKind::kUnion) {
    for (const TypeId member : type.members) values.push_back(ir::Value::Str(types()[member].name));
    return values;
  }
  if (type.kind == TypeKind::kEnum) {
    const Enumeration& enumeration = model_->enums[model_->Find(type.name)->index];
    for (const ir::EnumMember& member : enumeration.members.members)
      values.push_back(ir::Value::Enum(type.name, member.name, member.text));
    return values;
  }
  if (type.kind == TypeKind::kStr && type.options) {
    for (const std::string& text : *type.options) values.push_back(ir::Value::Str(text));
    return values;
  }
  if (type.kind == TypeKind::kI64 && type.low && type.high) {
    const uint64_t last = static_cast<uint64_t>(*type.high) - static_cast<uint64_t>(*type.low);
    if (last >= kCountedNumbers) return std::nullopt;
    for (uint64_t i = 0; i <= last; ++i)
      values.push_back(ir::Value::Int(*type.low + static_cast<int64_t>(i)));
    return values;
  }
  return std::nullopt;
}

Checker::Flow Checker::CheckMatch(ast::StmtId id, const ast::MatchStmt& stmt, Span span) {
  const TypeId type = Check(stmt.subject);
  MatchNote note;
  note.type = type;
  const bool known = type.valid() && CheckMatched(stmt, type);
  if (!CheckSize(stmt, span)) return {};
  Flow flow{0, false};
  std::vector<std::pair<ir::Value, Span>> seen;
  bool good = known;
  for (const ast::Arm& arm : stmt.arms) {
    ArmNote& noted = note.arms.emplace_back();
    PushScope();
    TypeId bound;
    for (const ast::Pattern& pattern : arm.patterns) {
      const auto value = known ? CheckPattern(pattern, type) : std::nullopt;
      good = good && value.has_value();
      if (!value) continue;
      noted.values.push_back(*value);
      const auto same = [&](const auto& before) { return before.first == *value; };
      const auto before = std::find_if(seen.begin(), seen.end(), same);
      if (before != seen.end()) {
        report_
            ->Add(Mistake::kDuplicateName, pattern.span,
                  "`" + TextOf(pattern.span) + "` has an arm already")
            .secondary.push_back({before->second, "here"});
      }
      seen.emplace_back(*value, pattern.span);
      if (Is(type, TypeKind::kUnion)) bound = types().RecordOf(value->as_str());
    }
    BindPattern(arm, bound, &noted);
    const Flow inner = CheckBlock(arm.body);
    PopScope();
    flow.exits |= inner.exits;
    flow.falls_through = flow.falls_through || inner.falls_through;
  }
  if (stmt.else_body) {
    const Flow inner = CheckBlock(*stmt.else_body);
    flow.exits |= inner.exits;
    flow.falls_through = flow.falls_through || inner.falls_through;
  } else if (good) {
    good = !ReportMissingArms(stmt, type, seen, flow.falls_through, span);
  }
  // Nothing else is reported because of it.
  if (!good) body_->uncertain = true;
  flow.falls_through = flow.falls_through || !good;
  notes().matches.emplace(id.index, std::move(note));
  return flow;
}

bool Checker::CheckSize(const ast::MatchStmt& stmt, Span span) {
  size_t patterns = 0;
  for (const ast::Arm& arm : stmt.arms) patterns += arm.patterns.size();
  const bool arms = stmt.arms.size() > kMatchArmsMax;
  if (!arms && patterns <= kMatchPatternsMax) return true;
  body_->uncertain = true;
  report_
      ->Add(Mistake::kTooManyArms, span,
            arms ? "this `match` has " + std::to_string(stmt.arms.size()) + " arms, at most " +
                       std::to_string(kMatchArmsMax) + " are allowed"
                 : "this `match` has " + std::to_string(patterns) + " patterns, at most " +
                       std::to_string(kMatchPatternsMax) + " are allowed")
      .helps.push_back(arms ? "put what is alike into one arm: `a | b => ...`"
                            : "test for membership in a list: `if x in [...]`");
  return false;
}

// What can be told apart by patterns.
bool Checker::CheckMatched(const ast::MatchStmt& stmt, TypeId type) {
  switch (types()[type].kind) {
    case TypeKind::kEnum:
    case TypeKind::kUnion:
    case TypeKind::kStr:
    case TypeKind::kI64:
    case TypeKind::kBool:
      return true;
    default:
      break;
  }
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(stmt.subject),
                               "`match` cannot tell apart the values of " + User(type));
  d.helps.push_back(Is(type, TypeKind::kOptional)
                        ? "it may be null: test it with `if ... != null`"
                        : "it tells apart enums, unions, texts, ints and bools; use `if` here");
  return false;
}

// What a pattern for this value looks like.
std::string Checker::PatternOf(const ir::Value& value, TypeId type) const {
  if (value.is_enum()) return value.as_enum().member;
  if (Is(type, TypeKind::kUnion)) return value.as_str();
  return value.is_str() ? QuoteText(value.as_str()) : ir::ToJsonText(value);
}

// The value that the pattern stands for, of a union the name of the record.
std::optional<ir::Value> Checker::CheckPattern(const ast::Pattern& pattern, TypeId type) {
  const auto all = ValuesOf(type);
  if (!all && pattern.text && Is(type, TypeKind::kStr)) return ir::Value::Str(pattern.text->text);
  if (!all && pattern.number && Is(type, TypeKind::kI64)) return ir::Value::Int(*pattern.number);
  std::string written;
  if (pattern.text) written = QuoteText(pattern.text->text);
  if (pattern.number) written = std::to_string(*pattern.number);
  if (pattern.name) {
    const std::vector<ast::Name>& parts = pattern.name->parts;
    const Declared* before = parts.size() > 1 ? Named(parts.front().text) : nullptr;
    const bool qualified =
        (parts.size() == 2 && parts.front().text == types()[type].name) ||
        (before != nullptr && before->kind == DeclKind::kModule && parts.size() <= 3);
    if (qualified || parts.size() == 1) written = parts.back().text;
    // Records of another file have its name in front; seen from here they are `alias.Name`.
    if (Is(type, TypeKind::kUnion) && before != nullptr && before->kind == DeclKind::kModule) {
      const std::optional<uint32_t>& target = model_->modules[before->index].target;
      if (target) written = model_->units[*target].prefix + parts.back().text;
    } else if (Is(type, TypeKind::kUnion) && parts.size() == 1) {
      written = model_->units[unit_].prefix + written;
    }
  }
  std::vector<std::string> patterns;
  for (const ir::Value& one : all.value_or(std::vector<ir::Value>())) {
    patterns.push_back(PatternOf(one, type));
    if (patterns.back() == written) return one;
  }
  ReportPattern(pattern, type, patterns);
  return std::nullopt;
}

void Checker::ReportPattern(const ast::Pattern& pattern, TypeId type,
                            const std::vector<std::string>& names) {
  Diagnostic& d = report_->Add(
      Mistake::kUnknownMember, pattern.span,
      "`" + TextOf(pattern.span) + "` is no pattern for " + WithArticle(types(), type));
  std::string meant = pattern.name ? Nearest(pattern.name->parts.back().text, names) : "";
  if (pattern.text && Is(type, TypeKind::kEnum)) {
    const auto members = ValuesOf(type);
    for (const ir::Value& one : *members) {
      if (one.as_enum().text == pattern.text->text || one.as_enum().member == pattern.text->text)
        meant = one.as_enum().member;
    }
  }
  if (!meant.empty()) {
    d.helps.push_back("write `" + meant + "`");
    const Span place = pattern.name ? pattern.name->span : pattern.span;
    d.fixes.push_back({place, meant});
    return;
  }
  std::string all;
  for (const std::string& name : names) {
    if (all.size() < 200) all += (all.empty() ? "" : ", ") + name;
  }
  d.helps.push_back(!all.empty()               ? "it is one of: " + all
                    : Is(type, TypeKind::kStr) ? "a pattern is a fixed text: `\"yes\" => ...`"
                                               : "a pattern is a whole number: `3 => ...`");
}

// Finish(f): the record itself, inside the arm.
void Checker::BindPattern(const ast::Arm& arm, TypeId record, ArmNote* noted) {
  for (const ast::Pattern& pattern : arm.patterns) {
    if (!pattern.binding) continue;
    const ast::Name& name = *pattern.binding;
    if (arm.patterns.size() > 1 || (!record.valid() && !noted->values.empty())) {
      Diagnostic& d =
          report_->Add(Mistake::kUnknownMember, name.span,
                       arm.patterns.size() > 1 ? "an arm for several patterns binds no name"
                                               : "there is nothing in it to bind a name to");
      d.helps.push_back(arm.patterns.size() > 1 ? "write an arm for each" : "leave it out");
    }
    noted->binding =
        Bind(name, SlotKind::kElement, arm.patterns.size() == 1 ? record : TypeId(), ast::StmtId());
    if (arm.patterns.size() > 1) return;
  }
}

bool Checker::ReportMissingArms(const ast::MatchStmt& stmt, TypeId type,
                                const std::vector<std::pair<ir::Value, Span>>& seen,
                                bool falls_through, Span span) {
  const auto all = ValuesOf(type);
  std::vector<std::string> missing;
  if (all) {
    for (const ir::Value& one : *all) {
      const auto same = [&](const auto& covered) { return covered.first == one; };
      if (std::none_of(seen.begin(), seen.end(), same)) missing.push_back(PatternOf(one, type));
    }
    if (missing.empty()) return false;
  }
  std::string names;
  for (size_t i = 0; i < std::min(missing.size(), kNamedMissing); ++i)
    names += (names.empty() ? "`" : ", `") + missing[i] + "`";
  if (missing.size() > kNamedMissing)
    names += " and " + std::to_string(missing.size() - kNamedMissing) + " more";
  const Span head{span.source, span.begin, SpanOf(stmt.subject).end};
  Diagnostic& d =
      report_->Add(Mistake::kArmsMissing, head,
                   all ? "this `match` has no arm for " + names
                       : "this `match` needs an `else`: not every " + User(type) + " has an arm");
  d.helps.push_back("add `else => { }`, or an arm for " + (all ? names : std::string("the rest")));
  // Where every arm leaves, an empty one would not do.
  if (falls_through)
    d.fixes.push_back({{span.source, span.end - 1, span.end - 1}, " else => { } "});
  return true;
}

}  // namespace lmp::frontend
