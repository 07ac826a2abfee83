#include "frontend/parse.h"

#include <LmpParser.h>
#include <antlr4-runtime.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "frontend/ast_builder.h"
#include "frontend/known_mistakes.h"
#include "frontend/lex.h"
#include "frontend/mistakes.h"
#include "frontend/repair.h"
#include "frontend/syntax_errors.h"
#include "frontend/token_filter.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp {
namespace frontend {
namespace {

using grammar::LmpParser;

// Repairs that are certain restart the parse; each round mends at least one mistake.
constexpr size_t kRepairRoundsMax = 24;
// Tokens parsed on behalf of one program, all attempts together: about a second. Behind
// that, mistakes are reported without looking for repairs.
constexpr size_t kWorkTokensMax = 400'000;
// Stretches left out of one declaration; behind that many the declaration is given up.
constexpr size_t kStretchesPerChunkMax = 20;

// ---- One run of the parser ----

// Thrown at the first mistake, through the generated code.
struct ParseStopped {};

class StopAtError : public antlr4::DefaultErrorStrategy {
 public:
  explicit StopAtError(SyntaxError* error) : error_(*error) {}

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& e) override {
    const auto* ambiguous = dynamic_cast<const antlr4::NoViableAltException*>(&e);
    const bool told = ambiguous == nullptr || ambiguous->getStartToken() == e.getOffendingToken();
    Stop(parser, e.getOffendingToken(), told ? e.getExpectedTokens() : antlr4::misc::IntervalSet());
  }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    Stop(parser, parser->getCurrentToken(), parser->getExpectedTokens());
  }
  void sync(antlr4::Parser*) override {}

 private:
  [[noreturn]] void Stop(antlr4::Parser* parser, antlr4::Token* token,
                         const antlr4::misc::IntervalSet& expected) {
    error_ = {};
    error_.at = token->getTokenIndex();
    const auto* context = parser->getContext();
    error_.rule = parser->getRuleNames()[context->getRuleIndex()];
    for (const ssize_t type : expected.toList()) {
      if (type > 0) error_.expected.push_back(static_cast<TokenKind>(type));
    }
    error_.unit = UnitBetween(context->getRuleIndex());
    error_.unit_begin = error_.at;
    const bool between = error_.unit != Unit::kNone && error_.Expects(TokenKind::kRBrace) &&
                         !IsCloser(static_cast<TokenKind>(token->getType())) &&
                         token->getType() != antlr4::Token::EOF;
    if (between) throw ParseStopped();
    for (const antlr4::RuleContext* node = context; node != nullptr;
         node = dynamic_cast<const antlr4::RuleContext*>(node->parent)) {
      error_.unit = UnitOf(*node);
      if (error_.unit == Unit::kNone) continue;
      error_.unit_begin =
          dynamic_cast<const antlr4::ParserRuleContext*>(node)->start->getTokenIndex();
      break;
    }
    throw ParseStopped();
  }

  // What a rule holds between its braces: there a mistake shows behind a complete one.
  static Unit UnitBetween(size_t rule) {
    switch (rule) {
      case LmpParser::RuleBlock:
        return Unit::kStatement;
      case LmpParser::RuleRecordDecl:
        return Unit::kField;
      case LmpParser::RuleEnumDecl:
        return Unit::kMember;
      case LmpParser::RuleMatchStmt:
        return Unit::kArm;
      default:
        return Unit::kNone;
    }
  }

  static Unit UnitOf(const antlr4::RuleContext& node) {
    switch (node.getRuleIndex()) {
      case LmpParser::RuleItem:
        return Unit::kItem;
      case LmpParser::RuleField:
        return Unit::kField;
      case LmpParser::RuleMember:
        return Unit::kMember;
      case LmpParser::RuleArm:
        return Unit::kArm;
      case LmpParser::RuleStmt:
        return Unit::kStatement;
      default:
        return Unit::kNone;
    }
  }

  SyntaxError& error_;
};

enum class Start { kFile, kReplStatements, kReplExpression };

// A parse over filtered tokens: the tree, or where it stopped.
class Run {
 public:
  Run(const Tokens& tokens, Start start) {
    source_ = std::make_unique<antlr4::ListTokenSource>(Convert(tokens));
    stream_ = std::make_unique<antlr4::CommonTokenStream>(source_.get());
    parser_ = std::make_unique<LmpParser>(stream_.get());
    parser_->removeErrorListeners();
    SyntaxError error;
    parser_->setErrorHandler(std::make_shared<StopAtError>(&error));
    try {
      tree_ = start == Start::kFile ? parser_->file()
              : start == Start::kReplStatements
                  ? static_cast<antlr4::ParserRuleContext*>(parser_->replStatements())
                  : parser_->replExpression();
    } catch (const ParseStopped&) {
      error_ = std::move(error);
    }
  }

  const std::optional<SyntaxError>& error() const { return error_; }
  const antlr4::ParserRuleContext& tree() const { return *tree_; }

 private:
  static std::vector<std::unique_ptr<antlr4::Token>> Convert(const Tokens& tokens) {
    std::vector<std::unique_ptr<antlr4::Token>> result;
    result.reserve(tokens.size() + 1);
    const auto add = [&](size_t type, uint32_t begin, uint32_t end) {
      auto token = std::make_unique<antlr4::CommonToken>(type);
      token->setStartIndex(begin);
      token->setStopIndex(end);
      result.push_back(std::move(token));
    };
    for (const Token& token : tokens) add(static_cast<size_t>(token.kind), token.begin, token.end);
    const uint32_t end = tokens.empty() ? 0 : tokens.back().end;
    add(antlr4::Token::EOF, end, end);
    return result;
  }

  std::unique_ptr<antlr4::ListTokenSource> source_;
  std::unique_ptr<antlr4::CommonTokenStream> stream_;
  std::unique_ptr<LmpParser> parser_;
  antlr4::ParserRuleContext* tree_ = nullptr;
  std::optional<SyntaxError> error_;
};

// ---- Declarations are parsed one by one, so that a mistake costs no more than its own ----

struct Chunk {
  Tokens raw;     // as lexed
  Tokens tokens;  // filtered
  std::unique_ptr<Run> run;
};

std::vector<Chunk> SplitIntoChunks(const Tokens& raw, const Tokens& tokens) {
  std::vector<Chunk> chunks;
  size_t depth = 0;
  bool attributes = false;  // nothing but @attributes since the chunk began
  for (size_t i = 0; i < tokens.size(); ++i) {
    const TokenKind kind = tokens[i].kind;
    const bool attribute = depth == 0 && kind == TokenKind::kAt;
    const bool declaration = depth == 0 && IsItemWord(kind);
    if (chunks.empty() || ((attribute || declaration) && !attributes)) chunks.emplace_back();
    if (attribute) attributes = true;
    if (declaration) attributes = false;
    if (IsOpener(kind)) ++depth;
    if (IsCloser(kind) && depth > 0) --depth;
    chunks.back().raw.push_back(raw[i]);
    chunks.back().tokens.push_back(tokens[i]);
  }
  if (chunks.empty()) chunks.emplace_back();
  return chunks;
}

// ---- The whole ----

class Session {
 public:
  Session(const Source& source, uint32_t source_index, NameSet declared = {})
      : text_(source.text(), source_index),
        source_index_(source_index),
        declared_(std::move(declared)) {}

  // True: the text can be parsed at all.
  bool Prepare() {
    if (text_.text().size() > kProgramBytesMax) {
      Add(MakeMistake(Mistake::kProgramTooLarge, 0, 0,
                      "the program has " + std::to_string(text_.text().size()) +
                          " bytes, more than " + std::to_string(kProgramBytesMax)));
      return false;
    }
    if (IsValidUtf8(text_.text())) return true;
    uint32_t at = 0;
    uint32_t end = static_cast<uint32_t>(text_.text().size());
    while (at + 1 < end) {  // the longest well-formed beginning, by halves
      const uint32_t middle = at + (end - at) / 2;
      const std::string_view head = std::string_view(text_.text()).substr(0, middle);
      (IsValidUtf8(head.substr(0, Utf8SafePrefix(head))) ? at : end) = middle;
    }
    Diagnostic d = MakeMistake(Mistake::kNotUtf8, at, at + 1, "the program text is not UTF-8");
    d.helps.push_back("save the file as UTF-8");
    Add(std::move(d));
    return false;
  }

  // Lexes and mends until nothing more can be mended for certain. Empty: nothing can be parsed.
  std::vector<Chunk> ParseChunks(Start start) {
    for (size_t round = 0;; ++round) {
      Lexed lexed = Lex(text_.text());
      if (const auto deep = FindTooDeep(lexed.tokens)) {
        AddTooDeep(lexed.tokens[*deep]);
        return {};
      }
      const bool mend = round < kRepairRoundsMax && Spend(lexed.tokens.size());
      if (mend && MendTokens(lexed)) continue;
      Tokens filtered = lexed.tokens;
      FilterTokens(&filtered);
      if (mend && MendHabits(filtered)) continue;
      std::vector<Chunk> chunks;
      if (start == Start::kFile) {
        chunks = SplitIntoChunks(lexed.tokens, filtered);
      } else {
        chunks.push_back({lexed.tokens, filtered, nullptr});
      }
      for (Chunk& chunk : chunks) chunk.run = std::make_unique<Run>(chunk.tokens, start);
      if (mend && (MendTwice(chunks, start) || MendPhrases(chunks) || MendSyntax(chunks, start))) {
        continue;
      }
      comments_ = std::move(lexed.comments);
      for (Chunk& chunk : chunks) LeaveOutMistakes(&chunk, start);
      return chunks;
    }
  }

  void AddComments(ast::File* file) const {
    for (const Token& comment : comments_) {
      const std::string_view text = comment.TextIn(text_.text());
      const bool doc = text.starts_with("///") && !text.starts_with("////");
      file->comments.push_back({text_.Original(comment.begin, comment.end), doc});
    }
  }

  const RepairedText& text() const { return text_; }
  std::vector<Diagnostic>* diagnostics() { return &diagnostics_; }
  bool complete() const { return complete_; }

  std::vector<Diagnostic> TakeDiagnostics() {
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                     [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; });
    if (diagnostics_.size() > kDiagnosticsMax) {
      diagnostics_.resize(kDiagnosticsMax);
      diagnostics_.back().notes.push_back("there are more mistakes behind this one");
    }
    return std::move(diagnostics_);
  }

 private:
  // A report about text that a repair put in would puzzle; the repair has its own.
  void Add(Diagnostic diagnostic) {
    if (text_.IsMadeUp(diagnostic.span)) return;
    text_.ToOriginal(&diagnostic);
    diagnostics_.push_back(std::move(diagnostic));
  }

  // False where the work allowed for one program is used up.
  bool Spend(size_t tokens) {
    work_left_ -= std::min(work_left_, tokens);
    return work_left_ > 0;
  }

  void AddTooDeep(const Token& token) {
    complete_ = false;
    Diagnostic d = MakeMistake(
        Mistake::kNestedTooDeep, token.begin, token.end,
        "the program is nested deeper than " + std::to_string(kNestingMax) + " levels here");
    d.helps.push_back("move inner parts into functions or `let`s of their own");
    Add(std::move(d));
  }

  // Reports the repairs and goes on with the mended text. False where there are none.
  bool Take(std::vector<Diagnostic> repairs) {
    // A repair that was made before, at the same place, does not help.
    std::erase_if(repairs, [&](const Diagnostic& repair) {
      if (repair.title.empty() || repair.code == CodeOf(Mistake::kOtherLanguage)) return false;
      Diagnostic d = repair;
      text_.ToOriginal(&d);
      return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const auto& other) {
        return other.span == d.span && other.title == d.title;
      });
    });
    const bool any = std::any_of(repairs.begin(), repairs.end(),
                                 [](const Diagnostic& d) { return !d.fixes.empty(); });
    if (!any || diagnostics_.size() > kDiagnosticsMax) return false;
    for (const Diagnostic& repair : repairs) {
      if (repair.title.empty() || text_.IsMadeUp(repair.span)) continue;
      Diagnostic d = repair;
      text_.ToOriginal(&d);
      // One habit, met again behind an earlier repair, is still one report.
      const auto same =
          std::find_if(diagnostics_.begin(), diagnostics_.end(), [&](const auto& other) {
            return other.title == d.title && d.code == CodeOf(Mistake::kOtherLanguage);
          });
      if (same == diagnostics_.end()) {
        diagnostics_.push_back(std::move(d));
      } else {
        same->fixes.insert(same->fixes.end(), d.fixes.begin(), d.fixes.end());
      }
    }
    text_.Apply(repairs);
    return true;
  }

  bool MendTokens(const Lexed& lexed) {
    const Tokens& tokens = lexed.tokens;
    if (Take(FindBlockComments(text_.text(), tokens))) return true;
    if (Take(FindCommentsInText(text_.text(), tokens, lexed.comments))) return true;
    if (Take(FindOpenStrings(text_.text(), tokens))) return true;
    if (Take(FindForeignTokens(text_.text(), tokens))) return true;
    return Take(FindUnbalanced(text_.text(), tokens));
  }

  // What no program that compiles holds, whether or not it parses.
  bool MendHabits(const Tokens& tokens) {
    if (Take(FindForeignModules(text_.text(), tokens, declared_))) return true;
    if (Take(FindForeignTypes(text_.text(), tokens))) return true;
    if (Take(FindForeignValues(text_.text(), tokens, declared_))) return true;
    if (Take(FindUntypedParameters(text_.text(), tokens, declared_))) return true;
    if (Take(FindForeignGenerations(text_.text(), tokens, declared_))) return true;
    if (Take(FindForeignCalls(text_.text(), tokens, declared_))) return true;
    return Take(FindForeignWords(text_.text(), tokens, declared_));
  }

  // for x in in xs: a word, sign or number that stands twice, if the parse passes it without one.
  bool MendTwice(const std::vector<Chunk>& chunks, Start start) {
    std::vector<Diagnostic> found;
    for (const Chunk& chunk : chunks) {
      if (!chunk.run->error() || IsShaken(chunk)) continue;
      const size_t at = chunk.run->error()->at;
      for (size_t i = at < 2 ? 1 : at - 1; i < std::min(at + 2, chunk.raw.size()); ++i) {
        if (!IsTwice(chunk.raw, i) || !Spend(chunk.raw.size())) continue;
        Tokens tokens = chunk.raw;
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i));
        FilterTokens(&tokens);
        const Run run(tokens, start);
        if (run.error() && run.error()->at <= at) continue;
        const std::string word(chunk.raw[i].TextIn(text_.text()));
        found.push_back(MakeMistake(Mistake::kUnexpected, chunk.raw[i].begin, chunk.raw[i].end,
                                    "`" + word + "` stands twice"));
        found.back().helps.push_back("remove one");
        AddFix(&found.back(), chunk.raw[i - 1].end, chunk.raw[i].end, "");
        break;
      }
    }
    return Take(std::move(found));
  }

  bool IsTwice(const Tokens& tokens, size_t i) const {
    const TokenKind kind = tokens[i].kind;
    const bool sign = kind >= TokenKind::kArrow && kind <= TokenKind::kPercent &&
                      kind != TokenKind::kQuestion;  // `??` of other languages
    return (IsWord(kind) || sign || kind == TokenKind::kInt || kind == TokenKind::kRegex) &&
           tokens[i].line == tokens[i - 1].line &&
           tokens[i].TextIn(text_.text()) == tokens[i - 1].TextIn(text_.text());
  }

  bool MendPhrases(const std::vector<Chunk>& chunks) {
    std::vector<Diagnostic> found;
    for (const Chunk& chunk : chunks) {
      if (!chunk.run->error() || IsShaken(chunk)) continue;
      std::vector<Diagnostic> phrases = FindForeignBlocks(text_.text(), chunk.tokens);
      if (phrases.empty()) {
        phrases = FindForeignPhrases(text_.text(), chunk.tokens, 0, chunk.tokens.size());
      }
      for (Diagnostic& d : phrases) {
        const auto same = std::find_if(found.begin(), found.end(),
                                       [&](const Diagnostic& f) { return f.title == d.title; });
        if (same == found.end()) {
          found.push_back(std::move(d));
        } else {
          same->fixes.insert(same->fixes.end(), d.fixes.begin(), d.fixes.end());
        }
      }
    }
    return Take(std::move(found));
  }

  // One small change per broken declaration, if one is found that lets the parse pass the mistake.
  bool MendSyntax(const std::vector<Chunk>& chunks, Start start) {
    std::vector<Diagnostic> found;
    for (const Chunk& chunk : chunks) {
      if (!chunk.run->error() || IsShaken(chunk)) continue;
      const SyntaxError& error = *chunk.run->error();
      const Stretch stretch = StretchAround(text_.text(), chunk.tokens, error);
      // How far a parse must come to count as past the mistake.
      const size_t passed =
          1 + (error.unit == Unit::kItem ? std::min(stretch.end, error.at + 6) : stretch.end);
      Diagnostic described = DescribeError(text_.text(), chunk.tokens, error);
      if (!described.fixes.empty()) {
        found.push_back(std::move(described));
        continue;
      }
      if (DescribeKnown(text_.text(), chunk.tokens, error)) continue;
      if (start == Start::kReplExpression) continue;  // too little stands around it to guess from
      for (Remedy& remedy : RemediesFor(text_.text(), chunk.raw, chunk.tokens, error)) {
        const TokenKind kind =
            remedy.inserted ? remedy.tokens[*remedy.inserted].kind : TokenKind::kNone;
        FilterTokens(&remedy.tokens);
        if (remedy.inserted && remedy.tokens[*remedy.inserted].kind != kind) continue;
        if (!Spend(remedy.tokens.size())) break;
        const Run run(remedy.tokens, start);
        if (run.error() && run.error()->at < passed) continue;
        // The same token must not be wrong again, however many tokens now stand before it.
        const size_t same = error.at + remedy.tokens.size() - chunk.raw.size();
        if (run.error() && run.error()->at <= same) continue;
        found.push_back(std::move(remedy.diagnostic));
        break;
      }
    }
    return Take(std::move(found));
  }

  // Its brackets or quotes were repaired by guess, so what fails in it may be the guess's fault.
  bool IsShaken(const Chunk& chunk) const {
    if (chunk.tokens.empty()) return false;
    const Span span = text_.Original(chunk.tokens.front().begin, chunk.tokens.back().end);
    return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& d) {
      const bool guessed = d.code == CodeOf(Mistake::kUnclosedDelimiter) ||
                           d.code == CodeOf(Mistake::kUnclosedString);
      return guessed && std::any_of(d.fixes.begin(), d.fixes.end(), [&](const Fix& fix) {
               return fix.span.begin <= span.end && fix.span.end >= span.begin;
             });
    });
  }

  // Reports each mistake that is left and puts one ERROR token in the place of what it spoils.
  void LeaveOutMistakes(Chunk* chunk, Start start) {
    const bool silent = IsShaken(*chunk);
    for (size_t count = 0; chunk->run->error(); ++count) {
      complete_ = false;
      const SyntaxError error = *chunk->run->error();
      if (!silent && diagnostics_.size() <= kDiagnosticsMax) {
        Add(DescribeError(text_.text(), chunk->tokens, error));
      }
      // No rule inside of an expression takes an ERROR token.
      if (start == Start::kReplExpression) return;
      Stretch stretch = StretchAround(text_.text(), chunk->tokens, error);
      const bool stuck = stretch.end - stretch.begin == 1 &&
                         chunk->tokens[stretch.begin].kind == TokenKind::kError;
      const bool give_up = count >= kStretchesPerChunkMax || !Spend(chunk->tokens.size());
      if (chunk->tokens.empty() || stuck || give_up) {
        chunk->tokens.clear();
      } else {
        Tokens& tokens = chunk->tokens;
        Token left_out = tokens[stretch.begin];
        left_out.kind = TokenKind::kError;
        left_out.end = tokens[stretch.end - 1].end;
        const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(stretch.begin);
        tokens.erase(begin + 1, tokens.begin() + static_cast<std::ptrdiff_t>(stretch.end));
        *begin = left_out;
      }
      chunk->run = std::make_unique<Run>(chunk->tokens, start);
    }
  }

  RepairedText text_;
  const uint32_t source_index_;
  const NameSet declared_;  // names from elsewhere: of earlier entries of the REPL
  Tokens comments_;
  std::vector<Diagnostic> diagnostics_;
  size_t work_left_ = kWorkTokensMax;
  bool complete_ = true;
};

}  // namespace
}  // namespace frontend

using frontend::Start;

ParseResult Parse(const Source& source, uint32_t source_index) {
  frontend::Session session(source, source_index);
  ParseResult result;
  if (session.Prepare()) {
    const auto chunks = session.ParseChunks(Start::kFile);
    for (const auto& chunk : chunks) {
      frontend::BuildItems(chunk.run->tree(), session.text(),
                           {&result.file, session.diagnostics()});
    }
    session.AddComments(&result.file);
    result.complete = session.complete() && !chunks.empty();
  }
  result.diagnostics = session.TakeDiagnostics();
  return result;
}

ReplParse ParseReplInput(const Source& source, uint32_t source_index,
                         const std::vector<std::string>& declared) {
  ReplParse result;
  bool is_expression = false;
  if (source.text().size() <= kProgramBytesMax && IsValidUtf8(source.text())) {
    const frontend::Lexed lexed = frontend::Lex(source.text());
    if (!frontend::FindTooDeep(lexed.tokens)) {
      result.incomplete = frontend::IsIncomplete(lexed.tokens);
      if (result.incomplete) return result;
      frontend::Tokens tokens = lexed.tokens;
      frontend::FilterTokens(&tokens);
      const frontend::Run run(tokens, Start::kReplExpression);
      if (!run.error()) {
        const frontend::RepairedText text(source.text(), source_index);
        result.expression =
            frontend::BuildExpression(run.tree(), text, {&result.file, &result.diagnostics});
        return result;
      }
      // A mistake is told from the reading that gets further.
      const frontend::Run statements(tokens, Start::kReplStatements);
      is_expression = statements.error() && run.error()->at > statements.error()->at;
    }
  }
  frontend::Session session(source, source_index, {declared.begin(), declared.end()});
  if (session.Prepare()) {
    const auto chunks =
        session.ParseChunks(is_expression ? Start::kReplExpression : Start::kReplStatements);
    for (const auto& chunk : chunks) {
      if (is_expression) break;
      result.statements = frontend::BuildStatements(chunk.run->tree(), session.text(),
                                                    {&result.file, session.diagnostics()});
    }
    session.AddComments(&result.file);
  }
  result.diagnostics = session.TakeDiagnostics();
  return result;
}

}  // namespace lmp
