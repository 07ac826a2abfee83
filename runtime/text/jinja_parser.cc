#include "runtime/text/jinja_parser.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/text/jinja_lexer.h"

namespace lmp::text::jinja {
namespace {

using Kind = Node::Kind;

constexpr int kTreeDepthMax = 180;

class Parser {
 public:
  explicit Parser(std::vector<Word> words) : words_(std::move(words)) {}

  Result<NodePtr> Run() {
    NodePtr block = Statements({});
    if (failure_.ok() && Now().kind != Word::Kind::kEnd)
      Fail("\"" + Now().text + "\" closes nothing");
    if (!failure_.ok()) return failure_;
    return block;
  }

 private:
  // Recursion ends here however deep a template nests.
  struct Depth {
    explicit Depth(Parser* parser) : parser_(parser) {
      constexpr int kDepthMax = 100;
      if (++parser_->depth_ > kDepthMax) parser_->Fail("nested too deeply");
    }
    ~Depth() { --parser_->depth_; }
    Parser* parser_;
  };

  const Word& Now() const { return words_[at_]; }
  const Word& After() const { return words_[std::min(at_ + 1, words_.size() - 1)]; }
  void Step() {
    if (at_ + 1 < words_.size()) ++at_;
  }
  // The first mistake counts; parsing then runs to the end word.
  void Fail(const std::string& what) {
    if (!failure_.ok()) return;
    failure_ = Unsupported("line " + std::to_string(Now().line) + ": " + what);
    at_ = words_.size() - 1;
  }
  bool IsSign(std::string_view sign) const {
    return Now().kind == Word::Kind::kSign && Now().text == sign;
  }
  bool IsName(std::string_view name) const {
    return Now().kind == Word::Kind::kName && Now().text == name;
  }
  bool TakeSign(std::string_view sign) {
    if (!IsSign(sign)) return false;
    Step();
    return true;
  }
  bool TakeName(std::string_view name) {
    if (!IsName(name)) return false;
    Step();
    return true;
  }
  void Expect(bool taken, std::string_view what) {
    if (!taken) Fail("expected " + std::string(what) + ", found \"" + Now().text + "\"");
  }
  void ExpectKind(Word::Kind kind, std::string_view what) {
    if (Now().kind == kind) return Step();
    Expect(false, what);
  }
  std::string AnyName() {
    std::string name = Now().text;
    ExpectKind(Word::Kind::kName, "a name");
    return name;
  }
  NodePtr Make(Kind kind, std::string text = {}) const {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = Now().line;
    node->text = std::move(text);
    return node;
  }
  // Long chains of operators nest without recursion of the parser, so the tree is bounded as well.
  void Adopt(const NodePtr& node, NodePtr child) {
    node->depth = std::max(node->depth, child->depth + 1);
    if (node->depth > kTreeDepthMax) Fail("nested too deeply");
    node->children.push_back(std::move(child));
  }
  NodePtr Wrap(Kind kind, std::string text, NodePtr first, NodePtr second = nullptr) {
    NodePtr node = Make(kind, std::move(text));
    Adopt(node, std::move(first));
    if (second != nullptr) Adopt(node, std::move(second));
    return node;
  }

  // Up to a {% of one of these names, which is not taken, or the template's end.
  NodePtr Statements(std::initializer_list<std::string_view> ends) {
    const Depth depth(this);
    NodePtr block = Make(Kind::kBlock);
    while (Now().kind != Word::Kind::kEnd) {
      if (Now().kind == Word::Kind::kBlockBegin && After().kind == Word::Kind::kName &&
          std::find(ends.begin(), ends.end(), After().text) != ends.end()) {
        break;
      }
      NodePtr statement = Statement();
      if (statement == nullptr) break;
      Adopt(block, std::move(statement));
    }
    return block;
  }

  NodePtr Statement() {
    if (Now().kind == Word::Kind::kText) {
      NodePtr text = Make(Kind::kText, Now().text);
      Step();
      return text;
    }
    if (Now().kind == Word::Kind::kPrintBegin) {
      Step();
      NodePtr print = Wrap(Kind::kPrint, {}, Expression());
      ExpectKind(Word::Kind::kPrintEnd, "}}");
      return print;
    }
    ExpectKind(Word::Kind::kBlockBegin, "a statement");
    if (TakeName("if")) return If();
    if (TakeName("for")) return For();
    if (TakeName("set")) return Set();
    if (TakeName("macro")) return Macro();
    if (IsName("break") || IsName("continue")) return LeaveLoop();
    Fail("the statement \"" + Now().text + "\"");
    return nullptr;
  }
  void EndOfBlock() { ExpectKind(Word::Kind::kBlockEnd, "%}"); }
  void Close(std::string_view name) {
    ExpectKind(Word::Kind::kBlockBegin, "{%");
    Expect(TakeName(name), name);
    EndOfBlock();
  }

  NodePtr If() {
    const Depth depth(this);
    NodePtr node = Wrap(Kind::kIf, {}, Expression());
    EndOfBlock();
    Adopt(node, Statements({"elif", "else", "endif"}));
    if (IsBlock("elif")) {
      Step();
      Step();
      NodePtr rest = Make(Kind::kBlock);
      Adopt(rest, If());  // takes the endif
      Adopt(node, std::move(rest));
      return node;
    }
    Adopt(node, Else({"endif"}));
    Close("endif");
    return node;
  }
  bool IsBlock(std::string_view name) const {
    return Now().kind == Word::Kind::kBlockBegin && After().kind == Word::Kind::kName &&
           After().text == name;
  }
  NodePtr Else(std::initializer_list<std::string_view> ends) {
    if (!IsBlock("else")) return Make(Kind::kBlock);
    Step();
    Step();
    EndOfBlock();
    return Statements(ends);
  }

  NodePtr For() {
    NodePtr node = Make(Kind::kFor);
    do {
      node->names.push_back(AnyName());
    } while (TakeSign(","));
    Expect(TakeName("in"), "in");
    Adopt(node, Or());
    Adopt(node, TakeName("if") ? Expression() : Make(Kind::kNothing));
    EndOfBlock();
    ++loops_;
    Adopt(node, Statements({"else", "endfor"}));
    --loops_;
    Adopt(node, Else({"endfor"}));
    Close("endfor");
    return node;
  }

  NodePtr LeaveLoop() {
    if (loops_ == 0) Fail("\"" + Now().text + "\" outside of a loop");
    NodePtr node = Make(IsName("break") ? Kind::kBreak : Kind::kContinue);
    Step();
    EndOfBlock();
    return node;
  }

  NodePtr Set() {
    NodePtr node = Make(Kind::kSet);
    node->names.push_back(AnyName());
    if (TakeSign(".")) node->names.push_back(AnyName());
    if (TakeSign("=")) {
      Adopt(node, Expression());
      EndOfBlock();
      return node;
    }
    node->kind = Kind::kSetBlock;
    EndOfBlock();
    Adopt(node, Statements({"endset"}));
    Close("endset");
    return node;
  }

  NodePtr Macro() {
    NodePtr node = Make(Kind::kMacro, AnyName());
    Expect(TakeSign("("), "(");
    while (!IsSign(")") && failure_.ok()) {
      node->names.push_back(AnyName());
      Adopt(node, TakeSign("=") ? Expression() : Make(Kind::kNothing));
      if (!TakeSign(",")) break;
    }
    Expect(TakeSign(")"), ")");
    EndOfBlock();
    const int loops = std::exchange(loops_, 0);
    Adopt(node, Statements({"endmacro"}));
    loops_ = loops;
    Close("endmacro");
    return node;
  }

  NodePtr Expression() {
    const Depth depth(this);
    NodePtr value = Or();
    if (!TakeName("if")) return value;
    NodePtr node = Wrap(Kind::kCondition, {}, Or(), std::move(value));
    Adopt(node, TakeName("else") ? Expression() : Make(Kind::kNothing));
    return node;
  }
  NodePtr Or() {
    NodePtr left = And();
    while (TakeName("or")) left = Wrap(Kind::kBinary, "or", std::move(left), And());
    return left;
  }
  NodePtr And() {
    NodePtr left = Not();
    while (TakeName("and")) left = Wrap(Kind::kBinary, "and", std::move(left), Not());
    return left;
  }
  NodePtr Not() {
    const Depth depth(this);
    if (TakeName("not")) return Wrap(Kind::kNot, {}, Not());
    return Comparison();
  }
  NodePtr Comparison() {
    NodePtr left = Sum();
    for (int signs = 0; failure_.ok(); ++signs) {
      if (signs == 2) Fail("a chain of comparisons");
      if (IsName("not") && After().kind == Word::Kind::kName && After().text == "in") {
        Step();
        Step();
        left = Wrap(Kind::kNot, {}, Wrap(Kind::kBinary, "in", std::move(left), Sum()));
      } else if (TakeName("in")) {
        left = Wrap(Kind::kBinary, "in", std::move(left), Sum());
      } else if (const std::string sign = TakeAny({"==", "!=", "<=", ">=", "<", ">"});
                 !sign.empty()) {
        left = Wrap(Kind::kBinary, sign, std::move(left), Sum());
      } else {
        break;
      }
    }
    return left;
  }
  std::string TakeAny(std::initializer_list<std::string_view> signs) {
    for (const std::string_view sign : signs) {
      if (TakeSign(sign)) return std::string(sign);
    }
    return {};
  }
  NodePtr Sum() {
    NodePtr left = Product();
    for (std::string sign; !(sign = TakeAny({"+", "-", "~"})).empty();) {
      left = Wrap(Kind::kBinary, sign, std::move(left), Product());
    }
    return left;
  }
  NodePtr Product() {
    NodePtr left = Unary();
    for (std::string sign; !(sign = TakeAny({"*", "//", "/", "%"})).empty();) {
      left = Wrap(Kind::kBinary, sign, std::move(left), Unary());
    }
    return left;
  }
  NodePtr Unary() {
    const Depth depth(this);
    if (TakeSign("-")) return Wrap(Kind::kNegative, {}, Unary());
    return FiltersAndTests(Postfix(Primary()));
  }
  NodePtr FiltersAndTests(NodePtr value) {
    while (failure_.ok()) {
      if (TakeSign("|")) {
        value = Wrap(Kind::kFilter, AnyName(), std::move(value));
        if (TakeSign("(")) Arguments(value);
      } else if (TakeName("is")) {
        const bool negated = TakeName("not");
        value = Wrap(Kind::kTest, AnyName(), std::move(value));
        if (TakeSign("(")) Arguments(value);
        if (negated) value = Wrap(Kind::kNot, {}, std::move(value));
      } else {
        break;
      }
    }
    return value;
  }
  void Arguments(const NodePtr& call) {
    while (!IsSign(")") && failure_.ok()) {
      const bool named = Now().kind == Word::Kind::kName && After().kind == Word::Kind::kSign &&
                         After().text == "=";
      call->names.push_back(named ? AnyName() : "");
      if (named) Step();
      Adopt(call, Expression());
      if (!TakeSign(",")) break;
    }
    Expect(TakeSign(")"), ")");
  }
  NodePtr Postfix(NodePtr value) {
    while (failure_.ok()) {
      if (TakeSign(".")) {
        value = Wrap(Kind::kField, AnyName(), std::move(value));
      } else if (TakeSign("(")) {
        value = Wrap(Kind::kCall, {}, std::move(value));
        Arguments(value);
      } else if (TakeSign("[")) {
        value = Subscript(std::move(value));
      } else {
        break;
      }
    }
    return value;
  }
  NodePtr Subscript(NodePtr of) {
    const auto part = [&] {
      return IsSign(":") || IsSign("]") ? Make(Kind::kNothing) : Expression();
    };
    NodePtr first = part();
    if (TakeSign("]")) return Wrap(Kind::kIndex, {}, std::move(of), std::move(first));
    NodePtr node = Wrap(Kind::kSlice, {}, std::move(of), std::move(first));
    Expect(TakeSign(":"), ":");
    Adopt(node, part());
    Adopt(node, TakeSign(":") ? part() : Make(Kind::kNothing));
    Expect(TakeSign("]"), "]");
    return node;
  }

  NodePtr Primary() {
    NodePtr node = Make(Kind::kLiteral);
    const Word word = Now();
    if (word.kind == Word::Kind::kString) {
      std::string text;
      for (; Now().kind == Word::Kind::kString; Step()) text += Now().text;
      node->literal = Value::String(std::move(text));
      return node;
    }
    if (word.kind == Word::Kind::kInt || word.kind == Word::Kind::kFloat) {
      Step();
      node->literal = word.kind == Word::Kind::kInt ? Value::Int(std::stoll(word.text))
                                                    : Value::Float(std::stod(word.text));
      return node;
    }
    if (word.kind == Word::Kind::kName) return Named();
    if (TakeSign("(")) return Parenthesised();
    if (TakeSign("[")) return Items(Kind::kList, "]");
    if (TakeSign("{")) return Items(Kind::kDict, "}");
    Fail("\"" + word.text + "\" where a value is expected");
    return node;
  }
  NodePtr Named() {
    NodePtr node = Make(Kind::kLiteral);
    const std::string name = AnyName();
    if (name == "true" || name == "True" || name == "false" || name == "False") {
      node->literal = Value::Bool(name == "true" || name == "True");
    } else if (name == "none" || name == "None") {
      node->literal = Value::None();
    } else {
      node->kind = Kind::kName;
      node->text = name;
    }
    return node;
  }
  NodePtr Parenthesised() {
    NodePtr value = Expression();
    if (!IsSign(",")) {
      Expect(TakeSign(")"), ")");
      return value;
    }
    NodePtr tuple = Wrap(Kind::kList, {}, std::move(value));
    while (TakeSign(",") && !IsSign(")")) Adopt(tuple, Expression());
    Expect(TakeSign(")"), ")");
    return tuple;
  }
  NodePtr Items(Kind kind, std::string_view close) {
    const Depth depth(this);
    NodePtr node = Make(kind);
    while (!IsSign(close) && failure_.ok()) {
      Adopt(node, Expression());
      if (kind == Kind::kDict) {
        Expect(TakeSign(":"), ":");
        Adopt(node, Expression());
      }
      if (!TakeSign(",")) break;
    }
    Expect(TakeSign(close), close);
    return node;
  }

  std::vector<Word> words_;
  size_t at_ = 0;
  int depth_ = 0;
  int loops_ = 0;  // around the statement
  Status failure_;
};

}  // namespace

Result<NodePtr> ParseTemplate(std::string_view source) {
  if (source.size() > kChatTemplateBytesMax) {
    return Unsupported(std::to_string(source.size()) + " bytes, at most " +
                       std::to_string(kChatTemplateBytesMax) + " are allowed");
  }
  LMP_TRY(std::vector<Word> words, SplitWords(source));
  return Parser(std::move(words)).Run();
}

}  // namespace lmp::text::jinja
