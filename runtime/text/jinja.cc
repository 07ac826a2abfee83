#include "runtime/text/jinja.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/text/jinja_builtins.h"
#include "runtime/text/jinja_parser.h"

namespace lmp::text::jinja {
namespace {

using Kind = Value::Kind;

constexpr size_t kStepsMax = 200'000;
constexpr int kDepthMax = 200;  // of expressions, statements and macro calls together
constexpr size_t kValueDepthMax = 64;
constexpr size_t kBytesPerStep = 256;  // copying values costs steps as well

// One rendering. A scope hides the names of the scopes below it; `set` writes to the innermost,
// which in Jinja is the loop's own.
class Renderer {
 public:
  explicit Renderer(const Value& variables) { scopes_.push_back(*variables.dict); }

  Result<std::string> Run(const Node& root) {
    LMP_RETURN_IF_ERROR(Execute(root));
    return std::move(out_);
  }

 private:
  Status Fail(const Node& node, const std::string& what) const {
    return Unsupported("line " + std::to_string(node.line) + ": " + what);
  }
  Status Spend(const Node& node, size_t steps = 1) {
    steps_ += steps;
    if (steps_ > kStepsMax) {
      return Fail(node, "more than " + std::to_string(kStepsMax) + " steps");
    }
    if (out_.size() > kTextBytesMax) return Fail(node, "too much output");
    if (depth_ > kDepthMax) return Fail(node, "nested too deeply");
    return OkStatus();
  }
  struct Deeper {
    explicit Deeper(int* depth) : depth_(depth) { ++*depth_; }
    ~Deeper() { --*depth_; }
    int* depth_;
  };

  Status Execute(const Node& node) {
    const Deeper deeper(&depth_);
    LMP_RETURN_IF_ERROR(Spend(node));
    switch (node.kind) {
      case Node::Kind::kText:
        out_ += node.text;
        return OkStatus();
      case Node::Kind::kBlock:
        for (size_t i = 0; i < node.children.size() && flow_ == Flow::kOn; ++i) {
          LMP_RETURN_IF_ERROR(Execute(*node.children[i]));
        }
        return OkStatus();
      case Node::Kind::kBreak:
      case Node::Kind::kContinue:
        flow_ = node.kind == Node::Kind::kBreak ? Flow::kBreak : Flow::kContinue;
        return OkStatus();
      case Node::Kind::kPrint: {
        LMP_TRY(const Value value, Evaluate(*node.children[0]));
        out_ += value.ToText();
        return OkStatus();
      }
      case Node::Kind::kIf: {
        LMP_TRY(const Value condition, Evaluate(*node.children[0]));
        return Execute(*node.children[condition.Truthy() ? 1 : 2]);
      }
      case Node::Kind::kFor:
        return ExecuteFor(node);
      case Node::Kind::kSet: {
        LMP_TRY(Value value, Evaluate(*node.children[0]));
        return Assign(node, std::move(value));
      }
      case Node::Kind::kSetBlock: {
        LMP_TRY(std::string text, Capture(*node.children[0]));
        return Assign(node, Value::String(std::move(text)));
      }
      case Node::Kind::kMacro: {
        Value macro;
        macro.kind = Kind::kMacro;
        macro.macro = &node;
        SetIn(&scopes_.back(), node.text, std::move(macro));
        return OkStatus();
      }
      default:
        return Fail(node, "an expression where a statement is expected");
    }
  }

  Result<std::string> Capture(const Node& body) {
    std::string outer = std::move(out_);
    out_.clear();
    const Status status = Execute(body);
    std::string text = std::move(out_);
    out_ = std::move(outer);
    if (!status.ok()) return status;
    return text;
  }

  Status Assign(const Node& node, Value value) {
    if (node.names.size() == 1) {
      SetIn(&scopes_.back(), node.names[0], std::move(value));
      return OkStatus();
    }
    const Value space = Lookup(node.names[0]);
    if (!space.is(Kind::kNamespace)) {
      return Fail(node, "\"" + node.names[0] + "\" is no namespace");
    }
    LMP_RETURN_IF_ERROR(CheckPart(node, value));
    SetIn(space.dict.get(), node.names[1], std::move(value));
    return OkStatus();
  }
  Value Lookup(const std::string& name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (const Value* const found = FindIn(*scope, name)) return *found;
    }
    return {};
  }

  Result<Value::List> ItemsOf(const Node& node) {
    LMP_TRY(const Value items, Evaluate(node));
    if (items.is(Kind::kList)) return *items.list;
    if (items.is(Kind::kUndefined)) return Value::List();
    if (!items.is(Kind::kDict)) return Fail(node, "a loop over what is no list");
    Value::List keys;
    for (const auto& [key, value] : *items.dict) keys.push_back(Value::String(key));
    return keys;
  }
  Status Bind(const Node& node, const Value& item) {
    if (node.names.size() == 1) {
      SetIn(&scopes_.back(), node.names[0], item);
      return OkStatus();
    }
    if (!item.is(Kind::kList) || item.list->size() != node.names.size()) {
      return Fail(node, "a loop over what is no list of pairs");
    }
    for (size_t i = 0; i < node.names.size(); ++i) {
      SetIn(&scopes_.back(), node.names[i], (*item.list)[i]);
    }
    return OkStatus();
  }
  Status ExecuteFor(const Node& node) {
    LMP_TRY(const Value::List all, ItemsOf(*node.children[0]));
    Value::List items;
    scopes_.emplace_back();
    const size_t scopes = scopes_.size();
    Status status;
    const bool filtered = node.children[1]->kind != Node::Kind::kNothing;
    for (size_t i = 0; i < all.size() && status.ok(); ++i) {
      status = Bind(node, all[i]);
      if (!status.ok()) break;
      Result<Value> keep =
          filtered ? Evaluate(*node.children[1]) : Result<Value>(Value::Bool(true));
      if (!keep.ok()) status = keep.status();
      if (keep.ok() && keep->Truthy()) items.push_back(all[i]);
    }
    for (size_t i = 0; i < items.size() && status.ok(); ++i) {
      scopes_.back().clear();
      SetIn(&scopes_.back(), "loop", LoopOf(items, i));
      status = Bind(node, items[i]);
      if (status.ok()) status = Execute(*node.children[2]);
      if (std::exchange(flow_, Flow::kOn) == Flow::kBreak) break;
    }
    LMP_CHECK(scopes_.size() == scopes);
    scopes_.pop_back();
    if (status.ok() && items.empty()) return Execute(*node.children[3]);
    return status;
  }
  static Value LoopOf(const Value::List& items, size_t i) {
    const auto index = static_cast<int64_t>(i);
    Value::Dict loop = {{"index0", Value::Int(index)},
                        {"index", Value::Int(index + 1)},
                        {"first", Value::Bool(i == 0)},
                        {"last", Value::Bool(i + 1 == items.size())},
                        {"length", Value::Int(static_cast<int64_t>(items.size()))}};
    if (i > 0) SetIn(&loop, "previtem", items[i - 1]);
    if (i + 1 < items.size()) SetIn(&loop, "nextitem", items[i + 1]);
    return Value::DictOf(std::move(loop));
  }

  // A value inside of another one, or in a namespace.
  Status CheckPart(const Node& node, const Value& part) const {
    return part.is_named() ? Fail(node, "a namespace or macro inside of a value") : OkStatus();
  }

  Result<Value> Evaluate(const Node& node) {
    const Deeper deeper(&depth_);
    LMP_RETURN_IF_ERROR(Spend(node));
    Result<Value> value = EvaluateKind(node);
    if (!value.ok()) return value;
    if (value->bytes > kTextBytesMax) return Fail(node, "a value of too many bytes");
    if (value->depth > kValueDepthMax) return Fail(node, "a value that is nested too deeply");
    LMP_RETURN_IF_ERROR(Spend(node, value->bytes / kBytesPerStep));
    return value;
  }

  Result<Value> EvaluateKind(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kNothing:
        return Value();
      case Node::Kind::kLiteral:
        return node.literal;
      case Node::Kind::kName:
        return Lookup(node.text);
      case Node::Kind::kField: {
        LMP_TRY(const Value of, Evaluate(*node.children[0]));
        if (of.is(Kind::kUndefined)) return Fail(node, "a part of what is not defined");
        const Value* const found = of.Find(node.text);
        return found == nullptr ? Value() : *found;
      }
      case Node::Kind::kIndex:
        return EvaluateIndex(node);
      case Node::Kind::kSlice:
        return EvaluateSlice(node);
      case Node::Kind::kCall:
        return EvaluateCall(node);
      case Node::Kind::kFilter:
      case Node::Kind::kTest:
        return EvaluateNamed(node);
      case Node::Kind::kList: {
        LMP_TRY(Value::List items, EvaluateAll(node, 0));
        for (const Value& item : items) LMP_RETURN_IF_ERROR(CheckPart(node, item));
        return Value::ListOf(std::move(items));
      }
      case Node::Kind::kDict: {
        LMP_TRY(const Value::List items, EvaluateAll(node, 0));
        for (const Value& item : items) LMP_RETURN_IF_ERROR(CheckPart(node, item));
        Value::Dict dict;
        for (size_t i = 0; i + 1 < items.size(); i += 2) {
          SetIn(&dict, items[i].ToText(), items[i + 1]);
        }
        return Value::DictOf(std::move(dict));
      }
      case Node::Kind::kNot: {
        LMP_TRY(const Value of, Evaluate(*node.children[0]));
        return Value::Bool(!of.Truthy());
      }
      case Node::Kind::kNegative: {
        LMP_TRY(const Value of, Evaluate(*node.children[0]));
        if (of.is(Kind::kInt)) return Value::Int(-of.integer);  // |integers| < 1e16
        if (of.is(Kind::kFloat)) return Value::Float(-of.number);
        return Fail(node, "minus what is no number");
      }
      case Node::Kind::kBinary:
        return EvaluateBinary(node);
      case Node::Kind::kCondition: {
        LMP_TRY(const Value condition, Evaluate(*node.children[0]));
        return Evaluate(*node.children[condition.Truthy() ? 1 : 2]);
      }
      default:
        return Fail(node, "a statement where an expression is expected");
    }
  }

  Result<Value::List> EvaluateAll(const Node& node, size_t from) {
    Value::List values;
    for (size_t i = from; i < node.children.size(); ++i) {
      LMP_TRY(Value value, Evaluate(*node.children[i]));
      values.push_back(std::move(value));
    }
    return values;
  }

  Result<Value> EvaluateIndex(const Node& node) {
    LMP_TRY(const Value of, Evaluate(*node.children[0]));
    LMP_TRY(const Value index, Evaluate(*node.children[1]));
    if (of.is(Kind::kDict)) {
      const Value* const found = of.Find(index.ToText());
      return found == nullptr ? Value() : *found;
    }
    if (!of.is(Kind::kList) || !index.is(Kind::kInt)) {
      if (of.is(Kind::kUndefined)) return Fail(node, "a part of what is not defined");
      return Value();
    }
    const auto size = static_cast<int64_t>(of.list->size());
    const int64_t at = index.integer < 0 ? index.integer + size : index.integer;
    return at < 0 || at >= size ? Value() : (*of.list)[static_cast<size_t>(at)];
  }

  // Of lists, as Python has it.
  Result<Value> EvaluateSlice(const Node& node) {
    LMP_TRY(const Value::List parts, EvaluateAll(node, 0));
    const auto integer = [&](size_t i, int64_t absent) {
      return parts[i].is(Kind::kInt) ? parts[i].integer : absent;
    };
    const int64_t step = integer(3, 1);
    if (!parts[0].is(Kind::kList) || step == 0) return Fail(node, "a slice of what is no list");
    const Value::List& list = *parts[0].list;
    const auto size = static_cast<int64_t>(list.size());
    const auto clamp = [&](int64_t at) {
      if (at < 0) at = at < -size ? -1 : at + size;
      return std::clamp<int64_t>(at, step < 0 ? -1 : 0, step < 0 ? size - 1 : size);
    };
    const int64_t begin = parts[1].is(Kind::kInt) ? clamp(parts[1].integer)
                          : step < 0              ? size - 1
                                                  : 0;
    const int64_t end = parts[2].is(Kind::kInt) ? clamp(parts[2].integer) : step < 0 ? -1 : size;
    Value::List out;
    for (int64_t i = begin; step < 0 ? i > end : i < end; i += step) {
      out.push_back(list[static_cast<size_t>(i)]);
    }
    return Value::ListOf(std::move(out));
  }

  Result<Value> EvaluateNamed(const Node& node) {
    LMP_TRY(const Value of, Evaluate(*node.children[0]));
    LMP_TRY(const Value::List arguments, EvaluateAll(node, 1));
    for (const std::string& name : node.names) {
      const bool known = name.empty() || (node.text == "map" && name == "attribute") ||
                         (node.text == "tojson" && name == "ensure_ascii");
      if (!known) return Fail(node, "the argument \"" + name + "\" of \"" + node.text + "\"");
    }
    if (node.kind == Node::Kind::kFilter && node.text == "map" &&
        (node.names.empty() || node.names.front().empty())) {
      return Fail(node, "map() of a filter");
    }
    if (node.kind == Node::Kind::kTest) {
      const Result<bool> holds = ApplyTest(node.text, of, arguments);
      if (!holds.ok()) return Fail(node, holds.status().message());
      return Value::Bool(*holds);
    }
    Result<Value> filtered = ApplyFilter(node.text, of, arguments);
    if (!filtered.ok()) return Fail(node, filtered.status().message());
    return filtered;
  }

  Result<Value> EvaluateBinary(const Node& node) {
    LMP_TRY(const Value left, Evaluate(*node.children[0]));
    if (node.text == "and" && !left.Truthy()) return left;
    if (node.text == "or" && left.Truthy()) return left;
    LMP_TRY(const Value right, Evaluate(*node.children[1]));
    const std::string& sign = node.text;
    if (sign == "and" || sign == "or") return right;
    if (sign == "==") return Value::Bool(left.Equals(right));
    if (sign == "!=") return Value::Bool(!left.Equals(right));
    if (sign == "~") return Value::String(left.ToText() + right.ToText());
    if (sign == "in") return Contains(node, left, right);
    if (sign == "+" && left.is(Kind::kString) && right.is(Kind::kString)) {
      return Value::String(left.string + right.string);
    }
    if (sign == "+" && left.is(Kind::kList) && right.is(Kind::kList)) {
      Value::List items = *left.list;
      items.insert(items.end(), right.list->begin(), right.list->end());
      return Value::ListOf(std::move(items));
    }
    return Arithmetic(node, left, right);
  }
  Result<Value> Contains(const Node& node, const Value& item, const Value& of) const {
    if (of.is(Kind::kString))
      return Value::Bool(of.string.find(item.ToText()) != std::string::npos);
    if (of.is(Kind::kDict)) return Value::Bool(of.Find(item.ToText()) != nullptr);
    if (!of.is(Kind::kList)) return Fail(node, "\"in\" of what is no list");
    return Value::Bool(std::any_of(of.list->begin(), of.list->end(),
                                   [&](const Value& other) { return other.Equals(item); }));
  }
  Result<Value> Arithmetic(const Node& node, const Value& left, const Value& right) const {
    const std::string& sign = node.text;
    if (!left.is_number() || !right.is_number()) {
      return Fail(node, "\"" + sign + "\" of what are no numbers");
    }
    const double a = left.as_number(), b = right.as_number();
    if (sign == "<") return Value::Bool(a < b);
    if (sign == ">") return Value::Bool(a > b);
    if (sign == "<=") return Value::Bool(a <= b);
    if (sign == ">=") return Value::Bool(a >= b);
    constexpr double kExact = 9e15;  // whole numbers up to here are exact as double
    const bool whole = left.is(Kind::kInt) && right.is(Kind::kInt);
    double result = 0;
    if (sign == "+") result = a + b;
    if (sign == "-") result = a - b;
    if (sign == "*") result = a * b;
    if (sign == "/" || sign == "//" || sign == "%") {
      if (!whole || b == 0) return Fail(node, "\"" + sign + "\" of these numbers");
      const int64_t quotient = left.integer / right.integer;
      const int64_t rest = left.integer % right.integer;
      const bool down = rest != 0 && (rest < 0) != (right.integer < 0);  // as Python rounds
      if (sign == "/") return Value::Float(a / b);
      return Value::Int(sign == "//" ? quotient - (down ? 1 : 0)
                                     : rest + (down ? right.integer : 0));
    }
    if (!(result < kExact && result > -kExact)) return Fail(node, "a number out of range");
    return whole ? Value::Int(static_cast<int64_t>(result)) : Value::Float(result);
  }

  Result<Value> EvaluateCall(const Node& node) {
    const Node& callee = *node.children[0];
    LMP_TRY(const Value::List arguments, EvaluateAll(node, 1));
    if (callee.kind == Node::Kind::kField) {
      LMP_TRY(const Value of, Evaluate(*callee.children[0]));
      Result<Value> called = CallMethod(callee.text, of, arguments);
      if (!called.ok()) return Fail(node, called.status().message());
      return called;
    }
    if (callee.kind != Node::Kind::kName) return Fail(node, "a call of what is no function");
    if (callee.text == "namespace" || callee.text == "dict") {
      Value::Dict fields;
      for (size_t i = 0; i < arguments.size(); ++i) {
        LMP_RETURN_IF_ERROR(CheckPart(node, arguments[i]));
        if (node.names[i].empty()) return Fail(node, callee.text + "() of what has no name");
        SetIn(&fields, node.names[i], arguments[i]);
      }
      return callee.text == "dict" ? Value::DictOf(std::move(fields))
                                   : Value::Namespace(std::move(fields));
    }
    if (callee.text == "raise_exception") {
      return InvalidArgument(arguments.empty() ? "no reason given" : arguments[0].ToText());
    }
    if (callee.text == "range") return Range(node, arguments);
    const Value macro = Lookup(callee.text);
    if (!macro.is(Kind::kMacro)) return Fail(node, "the function \"" + callee.text + "\"");
    return CallMacro(node, *macro.macro, arguments);
  }
  Result<Value> Range(const Node& node, const Value::List& arguments) const {
    constexpr int64_t kItemsMax = 10'000;
    const bool two = arguments.size() == 2 && arguments[1].is(Kind::kInt);
    if (arguments.empty() || arguments.size() > 2 || !arguments[0].is(Kind::kInt)) {
      return Fail(node, "range() of these");
    }
    const int64_t begin = two ? arguments[0].integer : 0;
    const int64_t end = two ? arguments[1].integer : arguments[0].integer;
    if (end - begin > kItemsMax) return Fail(node, "a range of more than 10000");
    Value::List items;
    for (int64_t i = begin; i < end; ++i) items.push_back(Value::Int(i));
    return Value::ListOf(std::move(items));
  }
  Result<Value> CallMacro(const Node& call, const Node& macro, const Value::List& arguments) {
    Value::Dict scope;
    for (size_t i = 0; i < macro.names.size(); ++i) {
      LMP_TRY(Value value, Evaluate(*macro.children[i]));
      SetIn(&scope, macro.names[i], std::move(value));
    }
    for (size_t i = 0; i < arguments.size(); ++i) {
      const std::string& name =
          call.names[i].empty() && i < macro.names.size() ? macro.names[i] : call.names[i];
      if (FindIn(scope, name) == nullptr) return Fail(call, "one argument too many");
      SetIn(&scope, name, arguments[i]);
    }
    scopes_.push_back(std::move(scope));
    const size_t scopes = scopes_.size();
    Result<std::string> text = Capture(*macro.children.back());
    LMP_CHECK(scopes_.size() == scopes);
    scopes_.pop_back();
    if (!text.ok()) return text.status();
    return Value::String(*std::move(text));
  }

  std::vector<Value::Dict> scopes_;
  std::string out_;
  enum class Flow { kOn, kBreak, kContinue } flow_ = Flow::kOn;
  size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace

Template::Template(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template> Template::Parse(std::string_view source) {
  LMP_TRY(NodePtr root, ParseTemplate(source));
  return Template(std::move(root));
}

Result<std::string> Template::Render(const Value& variables) const {
  return Renderer(variables).Run(*root_);
}

}  // namespace lmp::text::jinja
