#include "runtime/exec/tool_form.h"

#include <algorithm>
#include <utility>

#include "runtime/constrain/grammar_builder.h"

namespace lmp::exec {

using constrain::Expr;
using constrain::Symbol;

Result<ToolForm> FormOfTools(const text::CallForm& form, std::span<const text::ToolText> tools,
                             ToolChoice choice, uint32_t calls_max) {
  constrain::GrammarBuilder builder;
  constrain::ExprPool& exprs = builder.exprs();
  const bool marked = !form.mark.empty();
  // Text that is no call.
  const Expr call =
      marked ? exprs.Concat({{exprs.AnyBytes(), exprs.Literal(form.mark), exprs.AnyBytes()}})
             : exprs.Concat(exprs.Literal(form.begin), exprs.AnyBytes());
  const Symbol plain = builder.Lexeme(exprs.AndNot(exprs.AnyText(), call));
  ToolForm out;
  if (choice == ToolChoice::kNone) {
    LMP_TRY(out.grammar, builder.Build(plain));
    return out;
  }
  std::vector<Symbol> bodies;  // behind `begin`
  for (size_t i = 0; i < tools.size(); ++i) {
    constrain::SchemaSymbol schema = constrain::AddJsonSchema(&builder, tools[i].parameters);
    for (constrain::SchemaProblem& problem : schema.refused)
      out.refused.push_back({i, std::move(problem)});
    bodies.push_back(builder.Sequence({builder.Text(std::string(tools[i].name) + form.middle),
                                       schema.symbol, builder.Text(form.end)}));
  }
  if (!out.refused.empty()) return out;
  const Symbol body = builder.Alternatives(bodies);
  const Symbol more =
      form.several && calls_max > 1
          ? builder.Repeat(builder.Sequence({builder.Text(form.between + form.begin), body}), 0,
                           calls_max - 1)
          : builder.EmptyWord();
  const auto calls = [&](std::string_view begin) {
    return begin.empty() ? builder.Sequence({body, more})
                         : builder.Sequence({builder.Text(begin), body, more});
  };
  Symbol start;
  if (choice == ToolChoice::kRequired) {
    start = calls(form.begin);
  } else if (marked) {
    const constrain::GrammarBuilder::Trigger trigger = {
        form.mark, calls(std::string_view(form.begin).substr(form.mark.size()))};
    start = builder.FreeText({&trigger, 1}, 0, 1);
  } else {
    start = builder.Alternatives({plain, calls(form.begin)});
  }
  LMP_TRY(out.grammar, builder.Build(start));
  return out;
}

namespace {

bool IsWhite(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Without white space at its end.
size_t TrimmedSize(std::string_view text) {
  size_t size = text.size();
  while (size > 0 && IsWhite(text[size - 1])) --size;
  return size;
}

// How much of `text` stands before what may become white space and then `mark`.
size_t SureSize(std::string_view text, std::string_view mark) {
  for (size_t n = std::min(mark.size() - 1, text.size()); n > 0; --n) {
    if (mark.starts_with(text.substr(text.size() - n)))
      return TrimmedSize(text.substr(0, text.size() - n));
  }
  return TrimmedSize(text);
}

}  // namespace

CallReader::CallReader(const text::CallForm* form, ToolChoice choice)
    : form_(form),
      state_(choice == ToolChoice::kRequired ? State::kBegin
             : choice == ToolChoice::kAuto   ? State::kText
                                             : State::kOnlyText),
      expected_(form->begin) {}

void CallReader::Push(std::string_view text, std::vector<Piece>* pieces) {
  held_ += text;
  while (Step(pieces)) {
  }
}

void CallReader::End(std::vector<Piece>* pieces) {
  const bool says = state_ == State::kText || state_ == State::kOnlyText;
  if (says && !held_.empty()) pieces->push_back({-1, "", std::exchange(held_, {})});
}

bool CallReader::Step(std::vector<Piece>* pieces) {
  switch (state_) {
    case State::kText:
      return ReadText(pieces);
    case State::kOnlyText:
      if (!held_.empty()) pieces->push_back({-1, "", std::exchange(held_, {})});
      return false;
    case State::kBegin:
      return ReadLiteral(expected_, State::kName);
    case State::kName:
      return ReadName(pieces);
    case State::kMiddle:
      return ReadLiteral(form_->middle, State::kArguments);
    case State::kArguments:
      return ReadArguments(pieces);
    case State::kEnd:
      expected_ = form_->between + form_->begin;
      return ReadLiteral(form_->end, State::kBegin);
  }
  return false;
}

bool CallReader::ReadText(std::vector<Piece>* pieces) {
  if (form_->mark.empty()) {  // a call if it begins so
    const size_t n = std::min(held_.size(), form_->begin.size());
    if (n == 0 || held_.compare(0, n, form_->begin, 0, n) != 0) {
      if (n > 0) state_ = State::kOnlyText;
      return n > 0;
    }
    if (n < form_->begin.size()) return false;
    state_ = State::kBegin;
    return true;
  }
  const size_t mark = held_.find(form_->mark);
  const size_t told = mark == std::string::npos
                          ? SureSize(held_, form_->mark)
                          : TrimmedSize(std::string_view(held_).substr(0, mark));
  if (told > 0) pieces->push_back({-1, "", held_.substr(0, told)});
  held_.erase(0, mark == std::string::npos ? told : mark);
  if (mark == std::string::npos) return false;
  state_ = State::kBegin;
  return true;
}

bool CallReader::ReadLiteral(std::string_view expected, State then) {
  if (held_.size() < expected.size()) return false;
  held_.erase(0, expected.size());
  state_ = then;
  return true;
}

bool CallReader::ReadName(std::vector<Piece>* pieces) {
  const size_t end = held_.find(form_->middle.front());
  if (end == std::string::npos) return false;
  pieces->push_back({calls_++, held_.substr(0, end), ""});
  held_.erase(0, end);
  state_ = State::kMiddle;
  return true;
}

bool CallReader::ReadArguments(std::vector<Piece>* pieces) {
  size_t end = 0;
  bool done = false;
  for (; end < held_.size() && !done; ++end) {
    const char c = held_[end];
    if (quoted_) {
      quoted_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
    } else if (c == '"') {
      quoted_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      done = --depth_ == 0;
    }
  }
  if (end > 0) pieces->push_back({calls_ - 1, "", held_.substr(0, end)});
  held_.erase(0, end);
  if (done) state_ = State::kEnd;
  return done;
}

}  // namespace lmp::exec
