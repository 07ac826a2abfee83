#include "frontend/format_pieces.h"

#include <algorithm>

#include "frontend/tree.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

// Tells the pieces what the tree knows. Places are bytes of the source; a node inside of a string
// has no piece and is passed over, because a string is never taken apart.
class Marker {
 public:
  Marker(std::vector<Piece>* pieces, std::string_view text, const ast::File& file)
      : pieces_(*pieces), text_(text), file_(file) {}

  void Run() {
    for (const ast::ItemId id : file_.items) MarkItem(file_[id]);
    for (uint32_t i = 0; i < file_.statement_count(); ++i) MarkStatement(file_[ast::StmtId(i)]);
    for (uint32_t i = 0; i < file_.expression_count(); ++i) MarkExpression(file_[ast::ExprId(i)]);
    for (uint32_t i = 0; i < file_.type_count(); ++i) MarkType(file_[ast::TypeId(i)]);
    for (size_t i = 0; i + 1 < pieces_.size(); ++i) {
      const bool ends_match = pieces_[i].kind == kElse && pieces_[i + 1].kind == kFatArrow;
      if (ends_match) pieces_[i].element = Element::kArm;
    }
  }

 private:
  uint32_t Begin(const Piece& piece) const {
    return static_cast<uint32_t>(piece.text.data() - text_.data());
  }
  // The first piece at or behind a byte; the end of the file is one.
  size_t At(uint32_t byte) const {
    const auto found =
        std::lower_bound(pieces_.begin(), pieces_.end() - 1, byte,
                         [&](const Piece& piece, uint32_t at) { return Begin(piece) < at; });
    return static_cast<size_t>(found - pieces_.begin());
  }
  bool IsPiece(uint32_t byte) const {
    const size_t i = At(byte);
    return i + 1 < pieces_.size() && Begin(pieces_[i]) == byte;
  }

  void Set(uint32_t byte, Element element) {
    if (IsPiece(byte)) pieces_[At(byte)].element = element;
  }
  // The sign of kind `kind` behind the node that ends at `byte` and the brackets around that.
  void SetBehind(uint32_t byte, TokenKind kind, Sign sign) {
    size_t i = At(byte);
    while (pieces_[i].kind == kRParen) ++i;
    if (pieces_[i].kind == kind) pieces_[i].sign = sign;
  }

  void MarkBlock(const ast::Block& block) {
    if (!IsPiece(block.span.begin) || pieces_[At(block.span.begin)].kind != kLBrace) return;
    for (const ast::StmtId id : block.statements) Set(file_[id].span.begin, Element::kStatement);
  }

  void MarkItem(const ast::Item& item) {
    Set(item.span.begin, Element::kItem);
    if (!item.attributes.empty()) {
      pieces_[At(item.attributes.back().span.end)].sign = Sign::kDeclaration;
    }
    if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) MarkBlock(fn->body);
    if (const auto* test = std::get_if<ast::TestDecl>(&item.node)) MarkBlock(test->body);
    if (const auto* config = std::get_if<ast::ConfigDecl>(&item.node)) MarkPairs(config->pairs);
    if (const auto* record = std::get_if<ast::RecordDecl>(&item.node)) {
      for (const ast::Field& field : record->fields) Set(field.span.begin, Element::kField);
    }
    if (const auto* enumeration = std::get_if<ast::EnumDecl>(&item.node)) {
      for (const ast::Member& m : enumeration->members) Set(m.span.begin, Element::kMember);
    }
  }

  void MarkPairs(const std::vector<ast::MapPair>& pairs) {
    for (const ast::MapPair& pair : pairs) Set(pair.key.span.begin, Element::kPair);
  }

  void MarkStatement(const ast::Stmt& stmt) {
    ForEachBlock(stmt, [&](const ast::Block& block) { MarkBlock(block); });
    if (const auto* match = std::get_if<ast::MatchStmt>(&stmt.node)) {
      for (const ast::Arm& arm : match->arms) Set(arm.span.begin, Element::kArm);
    }
  }

  void MarkExpression(const ast::Expr& expr) {
    if (!IsPiece(expr.span.begin)) return;
    ForEachBlock(expr, [&](const ast::Block& block) { MarkBlock(block); });
    if (const auto* map = std::get_if<ast::MapExpr>(&expr.node)) MarkPairs(map->pairs);
    if (const auto* c = std::get_if<ast::ConditionalExpr>(&expr.node)) {
      SetBehind(file_[c->condition].span.end, kQuestion, Sign::kConditional);
      SetBehind(file_[c->then_value].span.end, kColon, Sign::kConditional);
    }
    if (const auto* slice = std::get_if<ast::SliceExpr>(&expr.node)) {
      SetBehind(file_[slice->begin].span.end, kColon, Sign::kSlice);
    }
  }

  void MarkType(const ast::Type& type) {
    if (!IsPiece(type.span.begin)) return;
    if (std::holds_alternative<ast::OptionalType>(type.node)) {
      pieces_[At(type.span.end - 1)].sign = Sign::kOptional;
    }
    const auto* named = std::get_if<ast::NamedType>(&type.node);
    if (named == nullptr || named->args.empty()) return;
    pieces_[At(named->name.span.end)].sign = Sign::kTypeOpen;
    pieces_[At(file_[named->args.back()].span.end)].sign = Sign::kTypeClose;
  }

  std::vector<Piece>& pieces_;
  std::string_view text_;
  const ast::File& file_;
};

// Tokens to pieces: strings whole, brackets matched, comments in front of what they precede.
class Gatherer {
 public:
  Gatherer(std::string_view text, const Tokens& tokens, const Tokens& comments)
      : text_(text), tokens_(tokens), comments_(comments) {}

  std::vector<Piece> Run() {
    for (size_t i = 0; i < tokens_.size();) {
      const size_t end = EndOfPiece(i);
      Add(tokens_[i].kind, tokens_[i].begin, tokens_[end - 1].end);
      i = end;
    }
    const auto size = static_cast<uint32_t>(text_.size());
    Add(kEof, size, size);
    return std::move(pieces_);
  }

 private:
  size_t EndOfPiece(size_t i) const {
    if (!OneOf(tokens_[i].kind, {kStrOpen, kBlockOpen})) return i + 1;
    size_t open = 0;  // strings, one inside of the other
    do {
      if (OneOf(tokens_[i].kind, {kStrOpen, kBlockOpen})) ++open;
      if (OneOf(tokens_[i].kind, {kStrClose, kBlockClose})) --open;
      ++i;
    } while (open > 0);
    return i;
  }

  void Add(TokenKind kind, uint32_t begin, uint32_t end) {
    const auto index = static_cast<uint32_t>(pieces_.size());
    Piece piece;
    piece.kind = kind;
    piece.text = text_.substr(begin, end - begin);
    piece.match = index;
    AddComments(begin, &piece);
    const size_t breaks = BreaksUpTo(begin);
    piece.newline_before = breaks > 0;
    piece.blank_before = breaks > 1;
    if (IsOpener(kind)) open_.push_back(index);
    if (IsCloser(kind)) {
      piece.match = open_.back();
      pieces_[open_.back()].match = index;
      open_.pop_back();
    }
    const Piece* before = pieces_.empty() ? nullptr : &pieces_.back();
    if (kind == kMinus && !(before != nullptr && EndsOperandAt(*before))) {
      piece.sign = Sign::kNegative;
    }
    pieces_.push_back(std::move(piece));
    at_ = end;
    while (next_comment_ < comments_.size() && comments_[next_comment_].begin < end) {
      ++next_comment_;  // inside of a string
    }
  }

  static bool EndsOperandAt(const Piece& piece) {
    return EndsOperand(piece.kind) || OneOf(piece.kind, {kStrOpen, kBlockOpen});
  }

  void AddComments(uint32_t begin, Piece* piece) {
    for (; next_comment_ < comments_.size() && comments_[next_comment_].begin < begin;
         ++next_comment_) {
      const Token& token = comments_[next_comment_];
      FormatComment comment;
      comment.text = token.TextIn(text_);
      const size_t last = comment.text.find_last_not_of(" \t\f\r");
      comment.text = comment.text.substr(0, last + 1);
      const size_t breaks = BreaksUpTo(token.begin);
      comment.own_line = breaks > 0 || (pieces_.empty() && piece->comments.empty());
      comment.blank_before = breaks > 1;
      piece->comments.push_back(comment);
      at_ = token.end;
    }
  }

  // Line breaks between the last piece or comment and `begin`.
  size_t BreaksUpTo(uint32_t begin) const {
    const std::string_view gap = text_.substr(at_, begin - at_);
    return static_cast<size_t>(std::count(gap.begin(), gap.end(), '\n'));
  }

  std::string_view text_;
  const Tokens& tokens_;
  const Tokens& comments_;
  std::vector<Piece> pieces_;
  std::vector<uint32_t> open_;
  size_t next_comment_ = 0;
  uint32_t at_ = 0;
};

// A name, a literal or a bracket ended: `(` and `[` behind it belong to it.
bool TakesBrackets(const Piece& piece) {
  return EndsOperand(piece.kind) || OneOf(piece.kind, {kStrOpen, kBlockOpen}) ||
         piece.sign == Sign::kTypeClose || piece.sign == Sign::kOptional;
}

}  // namespace

std::vector<Piece> MakePieces(std::string_view text, const Tokens& tokens, const Tokens& comments,
                              const ast::File& file) {
  std::vector<Piece> pieces = Gatherer(text, tokens, comments).Run();
  Marker(&pieces, text, file).Run();
  return pieces;
}

uint32_t BlanksBetween(const Piece& before, const Piece& piece) {
  if (OneOf(before.kind, {kLParen, kLBrack, kDot, kRange, kAt})) return 0;
  if (OneOf(piece.kind, {kRParen, kRBrack, kDot, kRange, kComma})) return 0;
  if (before.sign == Sign::kNegative || before.sign == Sign::kSlice) return 0;
  if (before.sign == Sign::kTypeOpen) return 0;
  switch (piece.sign) {
    case Sign::kTypeOpen:
    case Sign::kTypeClose:
    case Sign::kOptional:
    case Sign::kSlice:
      return 0;
    case Sign::kConditional:
      return 1;
    default:
      break;
  }
  if (piece.kind == kColon) return 0;
  if (piece.kind == kRBrace) return OneOf(before.kind, {kLBrace, kLMap}) ? 0 : 1;
  if (OneOf(piece.kind, {kLParen, kLBrack})) return TakesBrackets(before) ? 0 : 1;
  const bool apart = piece.element == Element::kField || piece.element == Element::kPair;
  return apart && !OneOf(before.kind, {kComma, kLBrace, kLMap}) ? 2 : 1;
}

}  // namespace lmp::frontend
