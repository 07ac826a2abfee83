// Tools that ask a server: `http.get(url, query: {...}, headers: {...})`, `http.post(...)`; the
// hosts that `config { allow: [...] }` lets them ask, and `env`, whose values no program sees.
#include <algorithm>
#include <cctype>
#include <utility>

#include "frontend/check.h"
#include "frontend/tree.h"
#include "runtime/base/url.h"

namespace lmp::frontend {
namespace {

using ir::HttpPart;
using ir::HttpValue;

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
         });
}

void AddText(std::string_view text, HttpValue* value) {
  if (text.empty()) return;
  if (value->parts.empty() || value->parts.back().kind != HttpPart::Kind::kText)
    value->parts.emplace_back();
  value->parts.back().text += text;
}

}  // namespace

// ---- env("NAME") ----

bool Checker::IsEnv(ast::ExprId expr) const {
  const auto* call = std::get_if<ast::CallExpr>(&tree()[expr].node);
  const ast::Name* callee = call != nullptr ? AsName(tree(), call->callee) : nullptr;
  return callee != nullptr && callee->text == "env" && Named("env") == nullptr;
}

// The variable's name; nothing after a report.
std::optional<std::string> Checker::CheckEnv(ast::ExprId expr) {
  const auto& call = std::get<ast::CallExpr>(tree()[expr].node);
  const auto name = call.args.size() == 1 && !call.args[0].name
                        ? FixedText(tree(), call.args[0].value)
                        : std::nullopt;
  if (name && IsVariableName(*name)) return name;
  report_
      ->Add(Mistake::kWrongArguments, SpanOf(expr),
            "`env` takes the name of a variable of the environment")
      .helps.push_back("for instance `env(\"API_KEY\")`");
  return std::nullopt;
}

TypeId Checker::ReportEnv(ast::ExprId id) {
  Diagnostic& d = report_->Add(Mistake::kMisplacedEnv, SpanOf(id),
                               "a program does not see the values of the environment");
  d.notes.push_back(
      "`env` stands in what a tool asks for, as a value of its own or in `${}`, and in `allow`: so "
      "a secret comes into no prompt, no report and no record");
  d.helps.push_back("give it to the program as an argument: `fn main(name: string)`");
  return TypeId();
}

// ---- config { allow: [...] } ----

void Checker::CheckAllow(const ast::MapPair& pair, bool counts) {
  const auto* list = std::get_if<ast::ListExpr>(&tree()[pair.value].node);
  if (list == nullptr) {
    report_->Add(Mistake::kTypeMismatch, SpanOf(pair.value), "`allow` is a list of hosts")
        .helps.push_back("write `allow: [\"api.example.com\", \"localhost:8080\"]`");
    return;
  }
  std::vector<ir::Value> entries;
  for (const ast::ExprId item : list->items) {
    if (IsEnv(item)) {
      if (const auto variable = CheckEnv(item)) {
        entries.push_back(ir::Value::Str(ir::AllowFromEnv(*variable)));
        if (counts) allowed_.push_back({std::nullopt});
      }
      continue;
    }
    const auto text = CheckConstantValue(item, types().str(), "a host", nullptr);
    if (!text) continue;
    const Result<HostRule> rule = ParseHostRule(text->as_str());
    if (!rule.ok()) {
      report_->Add(Mistake::kBadRequest, SpanOf(item), rule.status().message());
      continue;
    }
    entries.push_back(*text);
    if (counts) allowed_.push_back({*rule});
  }
  if (!counts) return;
  if (model_->program->FindConfig("allow") != nullptr) {
    report_->Add(Mistake::kDuplicateName, pair.key.span, "setting `allow` is given twice");
    return;
  }
  model_->program->config.push_back({"allow", ir::Value::List(std::move(entries))});
}

void Checker::CheckAllowed(const Url& url, Span span) {
  // What a variable allows is known only when the program runs.
  const bool may = std::any_of(allowed_.begin(), allowed_.end(), [&](const auto& rule) {
    return !rule.has_value() || rule->Allows(url);
  });
  if (may) return;
  Diagnostic& d = report_->Add(Mistake::kHostNotAllowed, span,
                               "the host `" + url.Authority() + "` is not in `allow`");
  d.notes.push_back("a program asks only the hosts that it names, each by its name and port");
  const std::string where = model_->units[unit_].prefix.empty() ? "" : " in the file that is run";
  std::string all;
  if (const ir::Value* others = model_->program->FindConfig("allow")) {
    for (const ir::Value& host : others->as_list()) all += ir::ToJsonText(host) + ", ";
  }
  const std::string written = "allow: [" + all + "\"" + url.Authority() + "\"]";
  d.helps.push_back(all.empty() ? "write `config { " + written + " }`" + where
                                : "the hosts would be `" + written + "`" + where);
}

// ---- http.get, http.post ----

void Checker::CheckHttpTool(Function* function, const ast::CallExpr& call, bool post) {
  Tool& tool = *function->tool;
  tool.http.emplace();
  tool.http->post = post;
  if (!post) tool.effect = ir::ToolEffect::kRead;
  Body body;
  body.function = function;
  body.place = Place::kConstant;  // what has to wait for a model cannot stand in it
  Body* saved = std::exchange(body_, &body);
  defines_tool_ = true;
  PushScope();
  function->effect = NewSlot(SlotKind::kEffect, "effect", {}, types().effect());
  function->context = NewSlot(SlotKind::kContext, "context", {}, types().ctx());
  function->exit = NewSlot(SlotKind::kExit, "exit", {}, types().i64());
  function->value = NewSlot(SlotKind::kResult, "result", {}, function->result);
  std::set<std::string> bound;
  for (const Parameter& param : function->params) {
    if (!bound.insert(param.name).second) continue;  // reported already
    function->param_slots.push_back(
        Bind({param.name, param.span}, SlotKind::kParam, param.type, ast::StmtId()));
  }
  std::set<std::string> given;
  for (const ast::Arg& argument : call.args) {
    const std::string name = argument.name ? argument.name->text : "url";
    if (!given.insert(name).second) {
      report_->Add(Mistake::kWrongArguments, argument.span, "`" + name + "` is given twice")
          .helps.push_back("what a URL takes besides stands in `query`, `headers` or `body`");
      continue;
    }
    TakeHttpArgument(argument, name, &tool);
  }
  if (!given.contains("url")) {
    report_
        ->Add(Mistake::kWrongArguments, SpanOf(call.callee),
              "`" + TextOf(SpanOf(call.callee)) + "` misses the URL")
        .helps.push_back(
            "for instance `http.get(\"https://api.example.com/search\", query: { q: "
            "text })`");
  }
  defines_tool_ = false;
  body_ = saved;
}

void Checker::TakeHttpArgument(const ast::Arg& argument, const std::string& name, Tool* tool) {
  const bool post = tool->http->post;
  if (name == "url") {
    tool->http->url = CheckHttpValue(argument.value, HttpPlace::kUrl, tool);
    return CheckUrl(tool->http->url, SpanOf(argument.value));
  }
  if (name == "query") {
    tool->http->query = CheckHttpMap(argument.value, HttpPlace::kQuery, tool);
  } else if (name == "headers") {
    tool->http->headers = CheckHttpMap(argument.value, HttpPlace::kHeader, tool);
  } else if (name == "body" && post) {
    tool->http->body = CheckHttpValue(argument.value, HttpPlace::kBody, tool);
  } else {
    Diagnostic& d =
        report_->Add(Mistake::kUnknownOption, argument.name->span,
                     std::string(post ? "`http.post`" : "`http.get`") + " has no `" + name + "`");
    std::string meant = Nearest(name, {"url", "query", "headers", "body"});
    if (name == "params" || name == "parameters") meant = "query";
    if (name == "json" || name == "data") meant = "body";
    if ((name == "body" || meant == "body") && !post) {
      d.helps.push_back("what is sent in a body is asked by `http.post`");
      return;
    }
    d.helps.push_back(meant.empty()
                          ? std::string("it may have: url, query, headers") + (post ? ", body" : "")
                          : "LMP calls it `" + meant + "`");
    if (!meant.empty()) d.fixes.push_back({argument.name->span, meant});
  }
}

// { q: query, "X-Name": "value" }
HttpValue Checker::CheckHttpMap(ast::ExprId id, HttpPlace place, Tool* tool) {
  HttpValue value;
  value.kind = HttpValue::Kind::kMap;
  const auto* map = std::get_if<ast::MapExpr>(&tree()[id].node);
  if (map == nullptr) {
    report_
        ->Add(Mistake::kTypeMismatch, SpanOf(id),
              place == HttpPlace::kQuery ? "`query` is a map" : "`headers` is a map")
        .helps.push_back(
            place == HttpPlace::kQuery
                ? "write `query: { q: text, k: 5 }`"
                : "write `headers: { Authorization: \"Bearer ${env(\"API_KEY\")}\" }`");
    return value;
  }
  std::set<std::string> keys;
  for (const ast::MapPair& pair : map->pairs) {
    const bool header = place == HttpPlace::kHeader;
    if (!keys.insert(header ? Lower(pair.key.text) : pair.key.text).second) {
      report_->Add(Mistake::kDuplicateName, pair.key.span,
                   "`" + pair.key.text + "` is in this map twice");
      continue;
    }
    if (header) CheckHeaderName(pair.key);
    value.members.push_back({pair.key.text, CheckHttpValue(pair.value, place, tool)});
  }
  return value;
}

void Checker::CheckHeaderName(const ast::Name& name) {
  static constexpr std::string_view kOurs[] = {"host", "content-length", "transfer-encoding",
                                               "connection"};
  const bool ours =
      std::find(std::begin(kOurs), std::end(kOurs), Lower(name.text)) != std::end(kOurs);
  if (!ours && IsToken(name.text)) return;
  report_->Add(Mistake::kBadRequest, name.span,
               ours ? "the header `" + name.text + "` is written by LMP"
                    : "no header has the name \"" + name.text + "\"");
}

HttpValue Checker::CheckHttpValue(ast::ExprId id, HttpPlace place, Tool* tool) {
  const ast::Expr& expr = tree()[id];
  HttpValue value;
  if (IsEnv(id)) {
    if (const auto variable = CheckEnv(id))
      value.parts.push_back({HttpPart::Kind::kEnv, *variable});
    return value;
  }
  if (place == HttpPlace::kBody && std::holds_alternative<ast::MapExpr>(expr.node))
    return CheckHttpMap(id, place, tool);
  const auto* list = std::get_if<ast::ListExpr>(&expr.node);
  if (place == HttpPlace::kBody && list != nullptr) {
    value.kind = HttpValue::Kind::kList;
    for (const ast::ExprId item : list->items)
      value.items.push_back(CheckHttpValue(item, place, tool));
    return value;
  }
  if (const auto* string = std::get_if<ast::StringExpr>(&expr.node))
    return CheckHttpText(*string, tool);
  const TypeId type = Check(id);
  if (!type.valid() || !CheckHttpType(id, type, place)) return value;
  const auto known = KnownValue(id);
  if (known && known->is_str()) {
    AddText(known->as_str(), &value);
  } else {
    value.parts.push_back({HttpPart::Kind::kParam, OperandOf(id, type, false, tool)});
  }
  return value;
}

// A string with its parts, so that each can be encoded as its place demands.
HttpValue Checker::CheckHttpText(const ast::StringExpr& string, Tool* tool) {
  HttpValue value;
  LintBraces(string);
  for (const ast::StringPart& part : string.parts) {
    if (!part.value.valid()) {
      AddText(part.text, &value);
    } else if (IsEnv(part.value)) {
      if (const auto variable = CheckEnv(part.value))
        value.parts.push_back({HttpPart::Kind::kEnv, *variable});
    } else {
      const TypeId type = Check(part.value);
      CheckNotText(part.value, type);
      const auto known = KnownValue(part.value);
      if (known && known->is_str()) {
        AddText(known->as_str(), &value);
      } else if (type.valid()) {
        value.parts.push_back({HttpPart::Kind::kParam, OperandOf(part.value, type, true, tool)});
      }
    }
  }
  return value;
}

bool Checker::CheckHttpType(ast::ExprId id, TypeId type, HttpPlace place) {
  if (place == HttpPlace::kUrl) {
    if (Is(type, TypeKind::kStr)) return true;
    ReportMismatch(id, type, types().str(), "the URL");
    return false;
  }
  if (IsUndetermined(types(), type)) {
    report_->Add(Mistake::kTypeUnknown, SpanOf(id), "the type of this value cannot be told");
    return false;
  }
  TypeId plain = type;
  if (place != HttpPlace::kHeader && Is(plain, TypeKind::kOptional)) plain = types()[plain].element;
  if (place == HttpPlace::kQuery && Is(plain, TypeKind::kList)) plain = types()[plain].element;
  const bool simple = Is(plain, TypeKind::kStr) || Is(plain, TypeKind::kI64) ||
                      Is(plain, TypeKind::kF64) || Is(plain, TypeKind::kBool) ||
                      Is(plain, TypeKind::kEnum);
  if (simple || (place == HttpPlace::kBody && HasText(types(), plain))) return true;
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(id),
                               WithArticle(types(), type) + " cannot stand here");
  d.helps.push_back(place == HttpPlace::kHeader ? "a header is a text, a number, a bool or an enum"
                    : place == HttpPlace::kQuery
                        ? "a value of a query is a text, a number, a bool or an enum, or a list of "
                          "them; null leaves it out"
                        : "a body is made of texts, numbers, bools, enums, records and lists");
  return false;
}

// The name under which the tool is given the value.
std::string Checker::OperandOf(ast::ExprId expr, TypeId type, bool text, Tool* tool) {
  const bool as_is = !text || Is(type, TypeKind::kStr);
  const ast::Name* name = AsName(tree(), expr);
  const auto is_operand = [&](const std::string& one) {
    return std::any_of(tool->operands.begin(), tool->operands.end(),
                       [&](const ToolOperand& operand) { return operand.name == one; });
  };
  if (as_is && name != nullptr && notes()[expr].meaning == Meaning::kLocal) {
    if (!is_operand(name->text)) tool->operands.push_back({name->text, expr, type, false});
    return name->text;
  }
  std::string made;
  const std::vector<ast::Param>& params = tool->decl->params;
  const auto is_param = [&](const std::string& one) {
    return std::any_of(params.begin(), params.end(),
                       [&](const ast::Param& param) { return param.name.text == one; });
  };
  for (size_t n = 1; made.empty() || is_operand(made) || is_param(made); ++n)
    made = "v" + std::to_string(n);
  tool->operands.push_back({made, expr, as_is ? type : types().str(), !as_is});
  return made;
}

// What of a URL is fixed must be one, of a host that is allowed.
void Checker::CheckUrl(const HttpValue& url, Span span) {
  if (url.parts.empty() || url.parts[0].kind != HttpPart::Kind::kText) return;
  const std::string& text = url.parts[0].text;
  const bool whole = url.parts.size() == 1;
  const size_t scheme = text.find("://");
  const bool host_known = whole || (scheme != std::string::npos &&
                                    text.find_first_of("/?#\\", scheme + 3) != std::string::npos);
  if (!host_known && scheme != std::string::npos) return;
  const Result<Url> parsed = ParseUrl(text);
  if (!parsed.ok()) {
    report_->Add(Mistake::kBadRequest, span, parsed.status().message())
        .helps.push_back("for instance `\"https://api.example.com/items/${id}\"`");
    return;
  }
  CheckAllowed(*parsed, span);
}

}  // namespace lmp::frontend
