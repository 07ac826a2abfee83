// `corpus` declarations and `retrieve`: where passages come from.
#include <algorithm>
#include <utility>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "ir/passage.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

// How others name the number of passages.
constexpr std::string_view kCounts[] = {"top_k", "n",     "count", "limit", "max",
                                        "hits",  "top_n", "top",   "num"};

bool IsCount(std::string_view name) {
  return std::find(std::begin(kCounts), std::end(kCounts), name) != std::end(kCounts);
}

// The argument with a comma, as it stands behind other things that end at `before`.
Span WithComma(const std::vector<ast::Arg>& args, const ast::Arg& arg, uint32_t before) {
  const auto at = static_cast<size_t>(&arg - args.data());
  if (at > 0) return {arg.span.source, args[at - 1].span.end, arg.span.end};
  if (args.size() > 1) return {arg.span.source, arg.span.begin, args[1].span.begin};
  return {arg.span.source, before, arg.span.end};
}

}  // namespace

// ---- Declarations ----

// The record `passage` is there without a declaration.
void Checker::DeclarePassage() {
  Record record;
  record.name = ir::kPassageRecord;
  record.progress = Progress::kDone;
  for (const ir::FieldDecl& field : ir::PassageDecl(types()).fields) {
    record.fields.push_back(
        {field.name, field.type, field.type, field.has_default, field.default_value});
    ++record.parts;
  }
  model_->names.try_emplace(
      record.name, Declared{DeclKind::kRecord, static_cast<uint32_t>(model_->records.size()), {}});
  model_->records.push_back(std::move(record));
}

void Checker::CheckCorpus(Corpus* corpus) {
  unit_ = corpus->unit;
  const ast::CorpusDecl& decl = *corpus->decl;
  ir::CorpusDecl lowered;
  lowered.name = corpus->name;
  lowered.source = decl.source.text;
  lowered.span = {decl.name.span.source, decl.name.span.begin, decl.source.span.end};
  if (decl.source.text.empty()) {
    report_->Add(Mistake::kOutOfRange, decl.source.span, "a corpus is made from something")
        .helps.push_back("write a folder, a file or a pattern: `from \"docs/**/*.md\"`");
  }
  const bool made = decl.source.text.ends_with(".corpus");
  for (const ast::Arg& option : decl.options) {
    const std::string_view name = option.name ? std::string_view(option.name->text) : "";
    if (name == "embed" || name == "rerank") {
      RefuseSearchOption(option, decl.options, decl.source.span.end, true);
      continue;
    }
    if (name != "chunk" && name != "overlap") {
      ReportCorpusOption(option);
      continue;
    }
    std::optional<int64_t>& size = name == "chunk" ? lowered.chunk : lowered.overlap;
    CheckChunkSize(option, name == "chunk", &size);
    if (!made) continue;
    Diagnostic& d = report_->Add(Mistake::kUnknownOption, option.span,
                                 "a corpus file has been cut into passages already");
    d.helps.push_back("leave `" + std::string(name) + "` out; `lmp corpus add` takes it");
    d.fixes.push_back({WithComma(decl.options, option, decl.source.span.end), ""});
  }
  const int64_t chunk = lowered.chunk.value_or(kCorpusChunkTokensDefault);
  if (lowered.overlap && *lowered.overlap >= chunk / 2) {
    report_
        ->Add(Mistake::kOutOfRange, decl.name.span,
              "the passages of `" + corpus->name + "` overlap too much")
        .helps.push_back("`overlap` is under half of `chunk`, which is " + std::to_string(chunk));
  }
  model_->program->corpora.push_back(std::move(lowered));
}

void Checker::CheckChunkSize(const ast::Arg& option, bool is_chunk, std::optional<int64_t>* size) {
  const std::string what = "option `" + option.name->text + "`";
  if (*size) {
    report_->Add(Mistake::kDuplicateName, option.name->span, what + " is given twice");
    return;
  }
  const auto value = CheckConstantValue(option.value, types().i64(), what, nullptr);
  if (!value) return;
  const auto least = is_chunk ? static_cast<int64_t>(kCorpusChunkTokensMin) : 0;
  const auto most = static_cast<int64_t>(kCorpusChunkTokensMax);
  *size = value->as_int();
  if (**size >= least && **size <= most) return;
  report_->Add(Mistake::kOutOfRange, SpanOf(option.value), what + " is out of range")
      .helps.push_back("it counts tokens, from " + std::to_string(least) + " to " +
                       std::to_string(most));
  size->reset();
}

void Checker::ReportCorpusOption(const ast::Arg& option) {
  if (!option.name) {
    report_->Add(Mistake::kUnknownOption, option.span, "an option of `corpus` needs its name")
        .helps.push_back("for instance `chunk: 384`");
    return;
  }
  Diagnostic& d = report_->Add(Mistake::kUnknownOption, option.name->span,
                               "`corpus` has no option `" + option.name->text + "`");
  const std::string& name = option.name->text;
  std::string meant = Nearest(name, {"chunk", "overlap"});
  if (name == "chunk_size" || name == "size") meant = "chunk";
  if (name == "chunk_overlap") meant = "overlap";
  d.helps.push_back(meant.empty() ? "the options are: chunk, overlap"
                                  : "LMP calls it `" + meant + "`");
  if (!meant.empty()) d.fixes.push_back({option.name->span, meant});
}

// What other systems have: LMP runs no model for embeddings or ranking.
void Checker::RefuseSearchOption(const ast::Arg& option, const std::vector<ast::Arg>& all,
                                 uint32_t before, bool in_corpus) {
  const std::string& name = option.name->text;
  Diagnostic& d = report_->Add(
      Mistake::kUnknownOption, option.span,
      (in_corpus ? "`corpus` has no option `" : "`retrieve` has no parameter `") + name + "`");
  d.helps.push_back(
      name == "embed"
          ? "leave it out: `retrieve` finds passages by their words (vectors that you computed are "
            "searched by `lmp corpus search --vector`)"
          : "leave it out: passages come in the order of their score; ask for more by `k`, and let "
            "a `gen` choose among them");
  d.fixes.push_back({WithComma(all, option, before), ""});
}

// ---- retrieve(query, from: corpus, k: 5) ----

TypeId Checker::CheckRetrieve(ast::ExprId id, const ast::CallExpr& call) {
  const TypeId passages = types().ListOf(types().RecordOf(std::string(ir::kPassageRecord)));
  if (body_->place == Place::kConstant) {
    report_->Add(Mistake::kNotConstant, SpanOf(id),
                 "`retrieve` runs later than constants are computed");
    return TypeId();
  }
  RetrieveArguments given;
  const size_t errors = report_->errors();
  for (const ast::Arg& argument : call.args) TakeRetrieveArgument(call, argument, &given);
  if (report_->errors() == errors) CompleteRetrieve(id, call, given);
  ExprNote& note = notes()[id];
  note.meaning = Meaning::kRetrieve;
  note.target = given.corpus.value_or(0);
  note.arguments = {given.query, given.k};
  return passages;
}

const Corpus* Checker::CorpusNamed(ast::ExprId expr, uint32_t* index) const {
  const ast::Name* name = AsName(tree(), expr);
  if (name == nullptr || FindLocal(name->text).valid()) return nullptr;
  const Declared* declared = Named(name->text);
  if (declared == nullptr || declared->kind != DeclKind::kCorpus) return nullptr;
  if (index != nullptr) *index = declared->index;
  return &model_->corpora[declared->index];
}

void Checker::TakeRetrieveArgument(const ast::CallExpr& call, const ast::Arg& argument,
                                   RetrieveArguments* given) {
  const std::string name = argument.name ? argument.name->text : "";
  uint32_t corpus = 0;
  if (name.empty() && CorpusNamed(argument.value, &corpus) != nullptr) {
    given->corpus = corpus;
    Diagnostic& d = report_->Add(Mistake::kWrongArguments, argument.span,
                                 "`retrieve` takes the corpus by its name `from`");
    const std::string text = TextOf(argument.span);
    d.helps.push_back("write `retrieve(question, from: " + text + ")`");
    if (&argument != call.args.data())
      d.fixes.push_back(
          {{argument.span.source, argument.span.begin, argument.span.begin}, "from: "});
    else if (call.args.size() == 2 && !call.args[1].name)
      d.fixes.push_back({{argument.span.source, argument.span.begin, call.args[1].span.end},
                         TextOf(call.args[1].span) + ", from: " + text});
    return;
  }
  if (name == "from") return TakeCorpus(argument, given);
  if (name == "k" || IsCount(name)) {
    if (name != "k") {
      Diagnostic& d = report_->Add(Mistake::kUnknownOption, argument.name->span,
                                   "`retrieve` has no parameter `" + name + "`");
      d.helps.push_back("how many passages it gives is `k`");
      d.fixes.push_back({argument.name->span, "k"});
    }
    given->k = argument.value;
    if (!Expect(argument.value, types().i64(), "argument `k`")) return;
    if (const auto k = KnownValue(argument.value)) {
      if (k->as_int() < 1 || k->as_int() > kPassagesMax)
        report_->Add(Mistake::kOutOfRange, SpanOf(argument.value), "`k` is out of range")
            .helps.push_back("from 1 to " + std::to_string(kPassagesMax) + " passages");
    }
    return;
  }
  if (name == "rerank" || name == "embed") {
    Check(argument.value);
    return RefuseSearchOption(argument, call.args, argument.span.begin, false);
  }
  if ((name.empty() || name == "query" || name == "queries") && !given->query.valid()) {
    given->query = argument.value;
    return CheckQuery(argument.value);
  }
  Check(argument.value);
  report_
      ->Add(name.empty() ? Mistake::kWrongArguments : Mistake::kUnknownOption,
            name.empty() ? argument.span : argument.name->span,
            name.empty() ? "`retrieve` takes one query, or a list of queries"
                         : "`retrieve` has no parameter `" + name + "`")
      .helps.push_back("it is `retrieve(query, from: corpus, k: 5)`");
}

void Checker::CheckQuery(ast::ExprId query) {
  const TypeId texts = types().ListOf(types().str());
  const TypeId found = Check(query, texts);
  if (!found.valid() || Is(found, TypeKind::kStr) || types().Fits(found, texts)) return;
  ReportMismatch(query, found, types().str(), "the query");
}

void Checker::TakeCorpus(const ast::Arg& argument, RetrieveArguments* given) {
  uint32_t corpus = 0;
  if (CorpusNamed(argument.value, &corpus) != nullptr) {
    given->corpus = corpus;
    return;
  }
  given->refused = true;  // one report is enough
  const ast::Name* name = AsName(tree(), argument.value);
  const Declared* declared = name != nullptr ? Named(name->text) : nullptr;
  if (declared != nullptr && declared->kind == DeclKind::kRefused) return;
  if (name != nullptr && model_->names_incomplete) return;
  Diagnostic& d = report_->Add(
      name != nullptr && declared == nullptr ? Mistake::kUnknownName : Mistake::kTypeMismatch,
      SpanOf(argument.value),
      name != nullptr ? "there is no corpus `" + name->text + "`" : "`from` names a corpus");
  std::vector<std::string> names;
  for (const Corpus& one : model_->corpora) names.push_back(one.name);
  const std::string meant = name != nullptr     ? Nearest(name->text, names)
                            : names.size() == 1 ? names.front()
                                                : "";
  if (!meant.empty()) {
    d.helps.push_back("did you mean `" + meant + "`?");
    d.fixes.push_back({SpanOf(argument.value), meant});
    return;
  }
  AdviseCorpus(names, FixedText(tree(), argument.value).value_or("docs"), &d);
}

void Checker::AdviseCorpus(const std::vector<std::string>& names, const std::string& source,
                           Diagnostic* d) const {
  if (names.empty()) {
    d->helps.push_back("declare one at the top of the file: `corpus handbook from \"" + source +
                       "\"`");
    return;
  }
  std::string all;
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) == name) all += (all.empty() ? "" : ", ") + *name;
  }
  d->helps.push_back("the corpora are: " + all);
}

// What every `retrieve` needs.
void Checker::CompleteRetrieve(ast::ExprId id, const ast::CallExpr& call,
                               const RetrieveArguments& given) {
  if (given.refused || (given.corpus && given.query.valid())) return;
  std::vector<std::string> names;
  for (const Corpus& one : model_->corpora) names.push_back(one.name);
  if (!given.corpus && model_->names_incomplete) return;
  Diagnostic& d =
      report_->Add(Mistake::kWrongArguments, SpanOf(call.callee),
                   given.corpus ? "`retrieve` misses its query" : "`retrieve` misses the corpus");
  if (given.corpus || names.size() != 1 || call.args.empty()) {
    if (!given.corpus && names.empty()) return AdviseCorpus(names, "docs", &d);
    d.helps.push_back("it is `retrieve(query, from: " + (names.empty() ? "corpus" : names.front()) +
                      ", k: 5)`");
    return;
  }
  d.helps.push_back("say where: `from: " + names.front() + "`");
  const uint32_t end = call.args.back().span.end;
  d.fixes.push_back({{SpanOf(id).source, end, end}, ", from: " + names.front()});
}

// handbook.search(question)
bool Checker::ReportCorpusMethod(const ast::CallExpr& call, const ast::FieldExpr& callee,
                                 Span span) {
  const Corpus* corpus = CorpusNamed(callee.object, nullptr);
  if (corpus == nullptr) return false;
  CheckArgumentsAnyway(call);
  Diagnostic& d = report_->Add(Mistake::kUnknownFunction, callee.field.span,
                               "a corpus has no function `" + callee.field.text + "`");
  std::string arguments = call.args.empty() ? "question" : TextOf(call.args.front().span);
  const std::string written = "retrieve(" + arguments + ", from: " + corpus->name + ")";
  d.helps.push_back("its passages are found by `" + written + "`");
  if (call.args.size() == 1 && !call.args.front().name) d.fixes.push_back({span, written});
  return true;
}

}  // namespace lmp::frontend
