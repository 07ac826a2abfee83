// `insert`: passages that are put into a message as units of their own, and how their stored KV may
// be used (docs/CHUNK-REUSE.md).
#include <algorithm>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "ir/reuse.h"
#include "runtime/base/text.h"

namespace lmp::frontend {
namespace {

constexpr std::string_view kOptions[] = {"reuse", "order", "label"};
constexpr std::string_view kOrders[] = {"score", "stable", "any"};

const RecordField* FieldNamed(const Record& record, std::string_view name) {
  const auto found = std::find_if(record.fields.begin(), record.fields.end(),
                                  [&](const RecordField& field) { return field.name == name; });
  return found == record.fields.end() ? nullptr : &*found;
}

}  // namespace

const Record* Checker::RecordOf(TypeId type) const {
  if (!Is(type, TypeKind::kRecord)) return nullptr;
  return model_->FindRecord(types()[type].name);
}

void Checker::CheckInsert(ast::StmtId id, const ast::InsertStmt& stmt, Span span) {
  const TypeId type = Check(stmt.value, types().ListOf(types().str()));
  TypeId passage = type;
  bool many = type.valid() && Is(type, TypeKind::kList);
  if (many) passage = types()[type].element;
  const Record* record = RecordOf(passage);
  const RecordField* text = record != nullptr ? FieldNamed(*record, "text") : nullptr;
  const bool is_text =
      Is(passage, TypeKind::kStr) || (text != nullptr && Is(text->type, TypeKind::kStr));
  const bool silent = !type.valid() || (record != nullptr && record->refused) ||
                      (text != nullptr && !text->type.valid());
  if (!is_text && !silent) {
    ReportNoPassage(stmt.value, type, record);
    passage = TypeId();
  }
  InsertNote& note = notes().inserts[id.index];
  note.many = many;
  const RecordField* document = record != nullptr ? FieldNamed(*record, "document") : nullptr;
  note.document = is_text && document != nullptr && Is(document->type, TypeKind::kStr);
  CheckInsertOptions(stmt, passage, record, &note);
  LintPassageOrder(stmt, note);
  if (!body_->in_message) {
    Diagnostic& d =
        report_->Add(Mistake::kTextOutsideMessage, span, "a passage stands outside of any message");
    d.helps.push_back("say whose message it is: `user insert ...`, or `user { ... insert ... }`");
    d.fixes.push_back({{span.source, span.begin, span.begin}, "user "});
  }
  Write(body_->context);
}

void Checker::ReportNoPassage(ast::ExprId value, TypeId type, const Record* record) {
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(value),
                               "`insert` needs passages, found " + User(type));
  d.helps.push_back(
      "a passage is a string, or a record with a field `text: string`; a list holds several");
  if (record != nullptr) d.secondary.push_back({record->span, "this record has no `text: string`"});
}

void Checker::CheckInsertOptions(const ast::InsertStmt& stmt, TypeId passage, const Record* record,
                                 InsertNote* note) {
  for (const ast::Arg& option : stmt.options) {
    const std::string_view name = option.name ? std::string_view(option.name->text) : "";
    if (name == "reuse") {
      note->reuse = CheckReuse(option);
    } else if (name == "order") {
      CheckOrder(option, passage, record, note);
    } else if (name == "label") {
      CheckLabel(option, passage, note);
    }
  }
  CheckOptions(stmt.options, "insert", kOptions);  // unknown names, names given twice
}

// `link(8)`, `blend(0.15)`, `auto`, `prefix`: words of this option, not calls. Also as one string.
std::string Checker::CheckReuse(const ast::Arg& option) {
  std::string text;
  if (auto fixed = FixedText(tree(), option.value)) text = *fixed;
  if (const ast::Name* name = AsName(tree(), option.value)) text = name->text;
  if (const auto* call = std::get_if<ast::CallExpr>(&tree()[option.value].node)) {
    const ast::Name* name = AsName(tree(), call->callee);
    if (name != nullptr && call->args.size() == 1 && !call->args[0].name) {
      const auto& argument = tree()[call->args[0].value].node;
      const auto* whole = std::get_if<ast::IntExpr>(&argument);
      const auto* number = std::get_if<ast::FloatExpr>(&argument);
      if (whole != nullptr) text = name->text + "(" + std::to_string(whole->value) + ")";
      if (number != nullptr) text = name->text + "(" + FormatDouble(number->value) + ")";
    }
  }
  if (!text.empty() && ir::ParseReuse(text).has_value()) return text;
  Diagnostic& d =
      report_->Add(Mistake::kUnknownOption, SpanOf(option.value), "there is no such reuse policy");
  d.label = "the policies are: prefix, link(k), blend(r), auto";
  d.helps.push_back(
      "`link(8)` computes the first 8 tokens of each passage again, `blend(0.15)` the "
      "15% that deviate most; `prefix` is exact");
  return "";
}

void Checker::CheckOrder(const ast::Arg& option, TypeId passage, const Record* record,
                         InsertNote* note) {
  const std::string word = CheckWord(option, kOrders);
  note->any = word == "any" && note->many;
  if (word != "stable" || !passage.valid()) return;
  note->stable = true;
  if (record == nullptr) return;
  const RecordField* id = FieldNamed(*record, "id");
  const bool sortable =
      id != nullptr && (Is(id->type, TypeKind::kStr) || Is(id->type, TypeKind::kI64));
  note->sort_field = sortable ? "id" : "text";
}

// A label may speak of its passage as `it`.
void Checker::CheckLabel(const ast::Arg& option, TypeId passage, InsertNote* note) {
  PushScope();
  note->it = NewSlot(SlotKind::kElement, "it", SpanOf(option.value), passage);
  slot(note->it).reads++;
  body_->scopes.back().Add("it", note->it);
  // It is made for all passages at once, as the children of a fork are.
  const uint32_t frame = std::exchange(body_->frame, ++body_->frame_count);
  CheckNotText(option.value, Check(option.value));
  body_->frame = frame;
  note->label = option.value;
  PopScope();
}

}  // namespace lmp::frontend
