// Early exits, contexts and effects: random programs with nested loops, breaks, returns, messages,
// forks and short circuits, run by the IR evaluator and by a direct interpreter of the same tree.
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "frontend/compile.h"
#include "ir/evaluate.h"

namespace lmp::frontend {
namespace {

constexpr int64_t kModulus = 10007;

// What the model answers: a digit that only depends on all it has read.
int64_t AnswerTo(const std::string& prompt) {
  uint64_t hash = 1469598103934665603u;
  for (char c : prompt) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return static_cast<int64_t>(hash >> 33) % 7;
}

class DigitModel final : public ir::FakeModel {
 public:
  Result<ir::Value> Gen(const ir::FakeRequest& request) override {
    return ir::Value::Int(AnswerTo(request.prompt));
  }
  Result<ir::FakeChoice> Select(const ir::FakeRequest&, const std::vector<std::string>&) override {
    return Unsupported("no select here");
  }
};

enum class Kind {
  kAssign,
  kEmit,
  kSay,
  kAsk,
  kIf,
  kFor,
  kWhile,
  kBreak,
  kContinue,
  kReturn,
  kRole,
  kOn,
  kCopy,
  kLet,
  kUse,
  kTry,
  kFork
};
enum class Test { kModulo, kGuarded, kAlways };

struct Node {
  Kind kind = Kind::kAssign;
  int64_t a = 0, b = 0, n = 0;  // constants
  Test test = Test::kModulo;
  std::string name;
  bool assistant = false;
  std::vector<Node> body, other;
};

// ---- A random program ----

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  std::vector<Node> List(int depth, bool in_loop, bool in_message) {
    std::vector<Node> list;
    int count = Pick(1, depth >= 4 ? 2 : 4);
    for (int i = 0; i < count; ++i) Append(&list, depth, in_loop, in_message);
    return list;
  }

 private:
  int Pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  Node Make(Kind kind) {
    Node node;
    node.kind = kind;
    node.a = Pick(2, 4);
    node.b = Pick(0, 2);
    node.n = Pick(1, 3);
    node.test = static_cast<Test>(Pick(0, 1));
    node.name = "v" + std::to_string(names_++);
    return node;
  }

  void Append(std::vector<Node>* list, int depth, bool in_loop, bool in_message) {
    int choice = Pick(0, depth >= 5 ? 5 : 16);
    if (choice == 0) return list->push_back(Make(Kind::kEmit));
    if (choice <= 2) return list->push_back(Make(Kind::kAssign));
    if (choice == 3 && !in_message) return list->push_back(Make(Kind::kSay));
    if (choice == 4 && !in_message) return list->push_back(Make(Kind::kAsk));
    if (choice == 5 || choice == 6) {
      Kind kind = in_loop && Pick(0, 2) > 0 ? (Pick(0, 1) == 0 ? Kind::kBreak : Kind::kContinue)
                                            : Kind::kReturn;
      Node guard = Make(Kind::kIf);  // a bare exit would leave most programs trivial
      guard.body.push_back(Make(kind));
      return list->push_back(std::move(guard));
    }
    if (choice <= 8) {
      Node node = Make(Kind::kIf);
      node.body = List(depth + 1, in_loop, in_message);
      if (Pick(0, 1) == 0) node.other = List(depth + 1, in_loop, in_message);
      return list->push_back(std::move(node));
    }
    if (choice <= 10) {
      Node node = Make(choice == 9 ? Kind::kFor : Kind::kWhile);
      if (Pick(0, 2) == 0) node.test = Test::kAlways;
      node.body = List(depth + 1, true, in_message);
      return list->push_back(std::move(node));
    }
    if (choice == 16) {
      Node node = Make(Kind::kTry);
      node.body = List(depth + 1, in_loop, in_message);
      node.other = List(depth + 1, in_loop, in_message);
      return list->push_back(std::move(node));
    }
    if (in_message) return list->push_back(Make(Kind::kAssign));
    if (choice == 15) return list->push_back(Make(Kind::kFork));
    // A block without a scope: the name it binds is used behind it.
    Node node = Make(choice <= 12 ? Kind::kRole : choice == 13 ? Kind::kOn : Kind::kCopy);
    node.assistant = Pick(0, 1) == 0;
    node.body = List(depth + 1, in_loop, node.kind == Kind::kRole);
    Node let = Make(Kind::kLet);
    Node use = Make(Kind::kUse);
    use.name = let.name;
    node.body.push_back(std::move(let));
    if (Pick(0, 1) == 0) Append(&node.body, depth + 1, in_loop, node.kind == Kind::kRole);
    list->push_back(std::move(node));
    list->push_back(std::move(use));
  }

  std::mt19937_64 random_;
  int names_ = 0;
};

// ---- As text ----

class Printer {
 public:
  std::string Program(const std::vector<Node>& list) {
    text_ =
        "fn main(start: int) -> int {\n  var acc = start\n  var talk: context = context { system "
        "\"s\" }\n";
    Print(list, "  ");
    return text_ +
           "  user \"end ${acc}\"\n  gen last: int(0..6)\n  on talk { user \"t\"  gen other: "
           "int(0..6) }\n"
           "  return acc * 49 + last * 7 + other\n}\n";
  }

 private:
  std::string Condition(const Node& node) {
    std::string modulo = "acc % " + std::to_string(node.a) + " == " + std::to_string(node.b);
    return node.test == Test::kGuarded ? "acc != 0 and 1000 / acc % 3 != 1 or " + modulo : modulo;
  }

  void Print(const std::vector<Node>& list, const std::string& indent) {
    for (const Node& node : list) {
      text_ += indent;
      PrintNode(node, indent);
      text_ += "\n";
    }
  }

  void Block(const std::string& head, const std::vector<Node>& body, const std::string& indent) {
    text_ += head + " {\n";
    Print(body, indent + "  ");
    text_ += indent + "}";
  }

  void PrintNode(const Node& node, const std::string& indent) {
    std::string number = std::to_string(node.a);
    switch (node.kind) {
      case Kind::kAssign:
        text_ += "acc = (acc * 31 + " + number + ") % 10007";
        return;
      case Kind::kEmit:
        text_ += "emit acc";
        return;
      case Kind::kSay:
        text_ += "user \"say ${acc}\"";
        return;
      case Kind::kAsk:
        text_ += "gen " + node.name + ": int(0..6)\n" + indent + "acc = acc + " + node.name;
        return;
      case Kind::kIf:
        Block("if " + Condition(node), node.body, indent);
        if (!node.other.empty()) Block(" else", node.other, indent);
        return;
      case Kind::kFor: {
        text_ += "for " + node.name + " in 0.." + std::to_string(node.n) + " {\n" + indent +
                 "  acc = acc + " + node.name + "\n";
        Print(node.body, indent + "  ");
        text_ += indent + "}";
        return;
      }
      case Kind::kWhile: {
        std::string condition = node.test == Test::kAlways ? "" : Condition(node) + " ";
        return Block("while " + condition + "limit " + std::to_string(node.n), node.body, indent);
      }
      case Kind::kBreak:
        text_ += "break";
        return;
      case Kind::kContinue:
        text_ += "continue";
        return;
      case Kind::kReturn:
        text_ += "return acc + " + number;
        return;
      case Kind::kRole: {
        text_ += std::string(node.assistant ? "assistant" : "user") + " {\n" + indent +
                 "  \"m${acc}\"\n";
        Print(node.body, indent + "  ");
        text_ += indent + "}";
        return;
      }
      case Kind::kOn:
        return Block("on talk", node.body, indent);
      case Kind::kCopy:
        return Block("on copy talk", node.body, indent);
      case Kind::kLet:
        text_ += "let " + node.name + " = acc + " + number;
        return;
      case Kind::kUse:
        text_ += "acc = (acc + " + node.name + ") % 10007";
        return;
      case Kind::kTry:  // its check may stand behind a `continue` or `return` that was not taken
        text_ += "try {\n";
        Print(node.body, indent + "  ");
        text_ += indent + "  check " + Condition(node) + "\n" + indent + "}";
        return Block(" else", node.other, indent);
      case Kind::kFork:
        text_ += "acc = (acc + sum(fork i" + node.name + " in 0..3 { user \"f${i" + node.name +
                 "}\"  gen " + node.name + ": int(0..6)  if " + node.name + " % 2 == 0 { yield i" +
                 node.name + " }  yield " + node.name + " * acc })) % 10007";
        return;
    }
  }

  std::string text_;
};

// ---- By hand ----

class Interpreter {
 public:
  int64_t acc = 0;
  std::vector<std::string> emits, prompts;

  int64_t Run(const std::vector<Node>& list, int64_t start) {
    acc = start;
    Exit exit = Execute(list);
    if (exit == Exit::kReturn) return result_;
    context_ += "<|user|>end " + std::to_string(acc) + "<|end|>\n";
    int64_t last = Ask(&context_, true);
    talk_ += "<|user|>t<|end|>\n";
    int64_t other = Ask(&talk_, true);
    return acc * 49 + last * 7 + other;
  }

 private:
  enum class Exit { kNone, kBreak, kContinue, kReturn };

  int64_t Ask(std::string* context, bool message) {
    if (message) *context += "<|assistant|>";
    prompts.push_back(*context);
    int64_t answer = AnswerTo(*context);
    *context += std::to_string(answer);
    if (message) *context += "<|end|>\n";
    return answer;
  }

  bool Holds(const Node& node) const {
    if (node.test == Test::kGuarded && acc != 0 && 1000 / acc % 3 != 1) return true;
    return acc % node.a == node.b;
  }

  Exit Execute(const std::vector<Node>& list) {
    for (const Node& node : list) {
      Exit exit = ExecuteNode(node);
      if (exit != Exit::kNone) return exit;
    }
    return Exit::kNone;
  }

  Exit ExecuteNode(const Node& node) {
    switch (node.kind) {
      case Kind::kAssign:
        acc = (acc * 31 + node.a) % kModulus;
        return Exit::kNone;
      case Kind::kEmit:
        emits.push_back(std::to_string(acc));
        return Exit::kNone;
      case Kind::kSay:
        *current_ += "<|user|>say " + std::to_string(acc) + "<|end|>\n";
        return Exit::kNone;
      case Kind::kAsk:
        acc += Ask(current_, true);
        return Exit::kNone;
      case Kind::kIf:
        return Holds(node) ? Execute(node.body) : Execute(node.other);
      case Kind::kFor:
      case Kind::kWhile:
        return Loop(node);
      case Kind::kBreak:
        return Exit::kBreak;
      case Kind::kContinue:
        return Exit::kContinue;
      case Kind::kReturn:
        result_ = acc + node.a;
        return Exit::kReturn;
      case Kind::kRole: {
        *current_ +=
            std::string(node.assistant ? "<|assistant|>m" : "<|user|>m") + std::to_string(acc);
        Exit exit = Execute(node.body);
        *current_ += "<|end|>\n";
        return exit;
      }
      case Kind::kOn:
        return Within(&talk_, node);
      case Kind::kCopy: {
        std::string copy = talk_;
        return Within(&copy, node);
      }
      case Kind::kLet:
        names_[node.name] = acc + node.a;
        return Exit::kNone;
      case Kind::kUse:
        acc = (acc + names_.at(node.name)) % kModulus;
        return Exit::kNone;
      case Kind::kTry:
        return Try(node);
      case Kind::kFork: {
        int64_t sum = 0;
        for (int64_t i = 0; i < 3; ++i) {
          std::string child = *current_ + "<|user|>f" + std::to_string(i) + "<|end|>\n";
          int64_t answer = Ask(&child, true);
          sum += answer % 2 == 0 ? i : answer * acc;
        }
        acc = (acc + sum) % kModulus;
        return Exit::kNone;
      }
    }
    return Exit::kNone;
  }

  struct CheckFails {};

  Exit Try(const Node& node) {
    const int64_t before = acc;
    const std::string context = context_, talk = talk_, current = *current_;
    std::string* const outer = current_;
    try {
      const Exit exit = Execute(node.body);
      if (exit != Exit::kNone) return exit;
      if (!Holds(node)) throw CheckFails();
      return exit;
    } catch (const CheckFails&) {
      acc = before;
      context_ = context;
      talk_ = talk;
      current_ = outer;
      *current_ = current;
      return Execute(node.other);
    }
  }

  Exit Within(std::string* context, const Node& node) {
    std::string* outer = std::exchange(current_, context);
    Exit exit = Execute(node.body);
    current_ = outer;
    return exit;
  }

  Exit Loop(const Node& node) {
    for (int64_t round = 0; round < node.n; ++round) {
      if (node.kind == Kind::kFor) acc += round;
      if (node.kind == Kind::kWhile && node.test != Test::kAlways && !Holds(node)) break;
      Exit exit = Execute(node.body);
      if (exit == Exit::kBreak) break;
      if (exit == Exit::kReturn) return exit;
    }
    return Exit::kNone;
  }

  std::string context_, talk_ = "<|system|>s<|end|>\n";
  std::string* current_ = &context_;
  std::map<std::string, int64_t> names_;
  int64_t result_ = 0;
};

TEST_CASE("random programs mean what they say") {
  int returned = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    std::vector<Node> program = Generator(seed).List(0, false, false);
    std::string text = Printer().Program(program);
    CAPTURE(seed);
    CAPTURE(text);
    CompileResult compiled = Compile("random.lmp", text);
    std::string found;
    for (const Diagnostic& d : compiled.diagnostics) found += RenderDiagnostic(d, compiled.sources);
    CAPTURE(found);
    REQUIRE(compiled.program != nullptr);
    for (int64_t start : {0, 1, 5}) {
      Interpreter expected;
      int64_t value = expected.Run(program, start);
      DigitModel model;
      ir::Evaluation run = ir::Evaluate(*compiled.program, "main", {ir::Value::Int(start)}, &model);
      REQUIRE(run.status.ok());
      REQUIRE(run.value.as_int() == value);
      REQUIRE(run.emits == expected.emits);
      std::vector<std::string> prompts;
      for (const ir::Generation& generation : run.generations) prompts.push_back(generation.prompt);
      REQUIRE(prompts == expected.prompts);
      returned += expected.prompts.size() > 4 ? 1 : 0;
    }
  }
  CHECK(returned > 100);  // the programs are not trivial
}

}  // namespace
}  // namespace lmp::frontend
