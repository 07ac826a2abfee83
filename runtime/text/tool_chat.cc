#include "runtime/text/tool_chat.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "runtime/base/json.h"
#include "runtime/text/control_pieces.h"
#include "runtime/text/jinja_value.h"

namespace lmp::text {
namespace {

using jinja::Value;
using Kind = ChatPart::Kind;

constexpr std::string_view kStandInBegin = "Lmp", kStandInEnd = "qz";
constexpr size_t kStandInDigits = 8;
constexpr size_t kStandInBytes = kStandInBegin.size() + kStandInDigits + kStandInEnd.size();

const CallForm& OwnCalls() {
  static const CallForm form = {"<tool_call>\n{\"name\": \"",
                                "\", \"arguments\": ",
                                "}\n</tool_call>",
                                "\n",
                                true,
                                "<tool_call>"};
  return form;
}
constexpr std::string_view kOwnBegin =
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are "
    "provided "
    "with function signatures within <tools></tools> XML tags:\n<tools>";
constexpr std::string_view kOwnEnd =
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
    "within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, "
    "\"arguments\": <args-json-object>}\n</tool_call>";

std::string Quoted(std::string_view text) { return DumpJson(Json(text)); }

// What stands for the texts of others while a template is rendered.
class StandIns {
 public:
  // `json`: the text is JSON already.
  Value Add(Kind kind, std::string_view text, bool json) {
    char name[kStandInBytes + 1];
    std::snprintf(name, sizeof name, "%s%08zu%s", kStandInBegin.data(), slots_.size(),
                  kStandInEnd.data());
    slots_.push_back({kind, text, json});
    return Value::String(name);
  }
  // The rendered text with what they stand for. Errors: InvalidArgument, one is not there once.
  Result<std::vector<ChatPart>> Replace(std::string_view rendered);

 private:
  struct Slot {
    Kind kind;
    std::string_view text;
    bool json;
    bool found = false;
  };
  // The stand-in that `text` begins with.
  Slot* At(std::string_view text);
  std::vector<Slot> slots_;
};

StandIns::Slot* StandIns::At(std::string_view text) {
  if (text.size() < kStandInBytes || !text.starts_with(kStandInBegin) ||
      text.substr(kStandInBytes - kStandInEnd.size(), kStandInEnd.size()) != kStandInEnd)
    return nullptr;
  size_t index = 0;
  for (const char c : text.substr(kStandInBegin.size(), kStandInDigits)) {
    if (c < '0' || c > '9') return nullptr;
    index = index * 10 + static_cast<size_t>(c - '0');
  }
  return index < slots_.size() ? &slots_[index] : nullptr;
}

Result<std::vector<ChatPart>> StandIns::Replace(std::string_view rendered) {
  std::vector<ChatPart> parts;
  std::string own;  // of the template, since the last stand-in
  while (!rendered.empty()) {
    const size_t at = rendered.find(kStandInBegin);
    own += rendered.substr(0, at);
    if (at == std::string_view::npos) break;
    rendered.remove_prefix(at);
    Slot* const slot = At(rendered);
    if (slot == nullptr) {
      own += rendered.front();
      rendered.remove_prefix(1);
      continue;
    }
    if (std::exchange(slot->found, true))
      return InvalidArgument("the model's chat template repeats a part of the conversation");
    rendered.remove_prefix(kStandInBytes);
    // A string of JSON, where the template writes what it stands in for so.
    const bool quoted = own.ends_with('"') && rendered.starts_with('"');
    ChatPart part = {slot->kind, std::string(slot->text)};
    if (quoted && (slot->json || slot->kind == Kind::kInside)) {
      own.pop_back();
      rendered.remove_prefix(1);
      if (!slot->json) part.text = Quoted(slot->text);
    }
    if (!own.empty()) parts.push_back({Kind::kTemplate, std::exchange(own, {})});
    parts.push_back(std::move(part));
  }
  if (!own.empty()) parts.push_back({Kind::kTemplate, std::move(own)});
  for (const Slot& slot : slots_) {
    if (!slot.found)
      return InvalidArgument("the model's chat template leaves out a part of the conversation");
  }
  return parts;
}

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
    case Role::kObserve:
      break;
  }
  return "tool";
}

Value TextValue(std::string_view text) { return Value::String(std::string(text)); }

std::string JoinedText(const std::vector<ChatPart>& parts) {
  std::string text;
  for (const ChatPart& part : parts) text += part.text;
  return text;
}

// "<tool_call>", "[CALL]": a word in brackets that a text begins with.
std::string MarkOf(std::string_view text) {
  if (!text.starts_with('<') && !text.starts_with('[')) return "";
  const size_t end = text.find(text.front() == '<' ? '>' : ']');
  if (end == std::string_view::npos || end < 2) return "";
  const std::string_view word = text.substr(1, end - 1);
  const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '|';
  });
  return plain ? std::string(text.substr(0, end + 1)) : "";
}

}  // namespace

std::string SpacedJson(std::string_view json) {
  std::string out;
  bool inside = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (inside) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      if (c == '"') inside = false;
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    out += c;
    if (c == ',' || c == ':') out += ' ';
    inside = c == '"';
  }
  return out;
}

ToolChat ToolChat::Make(const Tokenizer& tokenizer, const ChatFormat& format) {
  const TokenizerSpec& spec = tokenizer.spec();
  ToolChat chat;
  chat.format_ = format;
  const auto piece = [&](TokenId id) {
    return id < 0 ? std::string() : spec.pieces[static_cast<size_t>(id)];
  };
  chat.bos_ = piece(spec.bos);
  chat.eos_ = piece(spec.eos);
  if (!format.raw && !spec.chat.present && !spec.chat_template.empty()) {
    Result<jinja::Template> parsed = jinja::Template::Parse(spec.chat_template);
    if (parsed.ok()) chat.template_ = std::make_shared<jinja::Template>(std::move(parsed).value());
  }
  if (chat.template_ != nullptr && !chat.FindCallForm(tokenizer).ok()) chat.template_ = nullptr;
  if (chat.template_ == nullptr) chat.call_ = OwnCalls();
  chat.FindMarks(tokenizer);
  return chat;
}

Result<std::vector<ChatPart>> ToolChat::Write(std::span<const ToolTurn> turns,
                                              std::span<const ToolText> tools) const {
  if (template_ == nullptr) return WriteOwn(turns, tools);
  return Render(turns, tools);
}

Result<std::vector<ChatPart>> ToolChat::Render(std::span<const ToolTurn> turns,
                                               std::span<const ToolText> tools) const {
  StandIns stand_ins;
  std::vector<std::string> jsons;  // what stand-ins refer to
  size_t count = tools.size();
  for (const ToolTurn& turn : turns) count += turn.calls.size();
  jsons.reserve(count);
  const auto json = [&](std::string_view text) {
    return stand_ins.Add(Kind::kInside, jsons.emplace_back(SpacedJson(text)), true);
  };
  Value::List tool_values, messages;
  for (const ToolText& tool : tools) {
    Value::Dict function = {{"name", stand_ins.Add(Kind::kInside, tool.name, false)}};
    if (!tool.description.empty()) {
      function.emplace_back("description", stand_ins.Add(Kind::kInside, tool.description, false));
    }
    function.emplace_back("parameters", json(tool.parameters));
    tool_values.push_back(Value::DictOf(
        {{"type", TextValue("function")}, {"function", Value::DictOf(std::move(function))}}));
  }
  for (const ToolTurn& turn : turns) {
    const Kind kind = turn.role == Role::kObserve ? Kind::kInside : Kind::kContent;
    Value::Dict message = {{"role", TextValue(RoleName(turn.role))}};
    message.emplace_back("content",
                         turn.text.empty() ? TextValue("") : stand_ins.Add(kind, turn.text, false));
    Value::List calls;
    for (const ToolCallText& call : turn.calls) {
      Value::Dict function = {{"name", stand_ins.Add(Kind::kInside, call.name, false)},
                              {"arguments", json(call.arguments)}};
      calls.push_back(Value::DictOf(
          {{"type", TextValue("function")}, {"function", Value::DictOf(std::move(function))}}));
    }
    if (!calls.empty()) message.emplace_back("tool_calls", Value::ListOf(std::move(calls)));
    messages.push_back(Value::DictOf(std::move(message)));
  }
  Value::Dict variables = {{"messages", Value::ListOf(std::move(messages))},
                           {"add_generation_prompt", Value::Bool(true)},
                           {"bos_token", Value::String(bos_)},
                           {"eos_token", Value::String(eos_)}};
  if (!tools.empty()) variables.emplace_back("tools", Value::ListOf(std::move(tool_values)));
  LMP_TRY(std::string text, template_->Render(Value::DictOf(std::move(variables))));
  // The context begins with BOS already.
  if (!bos_.empty() && text.starts_with(bos_)) text.erase(0, bos_.size());
  return stand_ins.Replace(text);
}

std::vector<ChatPart> ToolChat::WriteOwn(std::span<const ToolTurn> turns,
                                         std::span<const ToolText> tools) const {
  std::vector<ChatPart> parts;
  const auto add = [&](Kind kind, std::string_view text) {
    if (!text.empty()) parts.push_back({kind, std::string(text)});
  };
  std::string told;
  if (!tools.empty()) {
    told = kOwnBegin;
    for (const ToolText& tool : tools) {
      told += "\n{\"type\": \"function\", \"function\": {\"name\": " + Quoted(tool.name);
      if (!tool.description.empty()) told += ", \"description\": " + Quoted(tool.description);
      told += ", \"parameters\": " + SpacedJson(tool.parameters) + "}}";
    }
    told += kOwnEnd;
  }
  const bool has_system = !turns.empty() && turns.front().role == Role::kSystem;
  if (!has_system && told.empty()) add(Kind::kTemplate, format_.preamble.text);
  if (!has_system && !told.empty()) {
    add(Kind::kTemplate, format_.header(Role::kSystem).text);
    add(Kind::kContent, told);
    add(Kind::kTemplate, format_.footer.text);
  }
  // Where what tools gave has no role of its own it says what it is.
  const bool wraps = format_.header(Role::kObserve).text == format_.header(Role::kUser).text;
  for (const ToolTurn& turn : turns) {
    add(Kind::kTemplate, format_.header(turn.role).text);
    const bool wrapped = wraps && turn.role == Role::kObserve;
    if (wrapped) add(Kind::kContent, "<tool_response>\n");
    add(wrapped ? Kind::kInside : Kind::kContent, turn.text);
    if (wrapped) add(Kind::kInside, "\n</tool_response>");
    if (&turn == turns.data() && has_system && !told.empty())
      add(Kind::kInside, (turn.text.empty() ? "" : "\n\n") + told);
    bool first = turn.text.empty();
    for (const ToolCallText& call : turn.calls) {
      if (!std::exchange(first, false)) add(Kind::kInside, call_.between);
      add(Kind::kInside, call_.begin + std::string(call.name) + call_.middle +
                             SpacedJson(call.arguments) + call_.end);
    }
    add(Kind::kTemplate, format_.footer.text);
  }
  add(Kind::kTemplate, format_.answer.text);
  return parts;
}

Status ToolChat::FindCallForm(const Tokenizer& tokenizer) {
  constexpr std::string_view kName = "probe_a", kOther = "probe_b", kArguments = "{\"k\": 0}";
  constexpr std::string_view kAsked = "probe user", kGiven = "probe result";
  const ToolText tool = {"probe_tool", "probe does", "{\"type\": \"object\"}"};
  const auto said = [&](std::vector<ToolCallText> calls) -> Result<std::string> {
    const std::vector<ToolTurn> turns = {{Role::kUser, kAsked},
                                         {Role::kAssistant, "", std::move(calls)},
                                         {Role::kObserve, kGiven},
                                         {Role::kUser, "probe again"}};
    LMP_TRY(const std::vector<ChatPart> parts, Render(turns, {&tool, 1}));
    const std::string text = JoinedText(parts);
    const std::string before = format_.footer.text + format_.header(Role::kAssistant).text;
    const size_t asked = text.find(kAsked);
    if (asked == std::string::npos ||
        text.compare(asked + kAsked.size(), before.size(), before) != 0)
      return Unsupported("a turn with calls begins otherwise");
    const size_t begin = asked + kAsked.size() + before.size();
    const size_t end = text.find(format_.footer.text, begin);
    if (end == std::string::npos || text.find(kGiven, end) == std::string::npos)
      return Unsupported("a turn with calls ends otherwise");
    return text.substr(begin, end - begin);
  };
  LMP_TRY(const std::string one, said({{kName, kArguments}}));
  const size_t name = one.find(kName), arguments = one.find(kArguments);
  if (name == std::string::npos || arguments == std::string::npos || arguments < name || name == 0)
    return Unsupported("a call is not its name and then its arguments");
  call_.begin = one.substr(0, name);
  call_.middle = one.substr(name + kName.size(), arguments - name - kName.size());
  call_.end = one.substr(arguments + kArguments.size());
  // Where the name ends must be told from the name.
  if (call_.middle.empty() || call_.middle.front() != '"')
    return Unsupported("the name of a call is no JSON string");
  const std::vector<std::string>& pieces = tokenizer.spec().pieces;
  for (size_t id = 0; id < pieces.size(); ++id) {
    if (!tokenizer.IsControl(static_cast<TokenId>(id)) || pieces[id].empty()) continue;
    if (one.find(pieces[id]) != std::string::npos)
      return Unsupported("calls are marked by control pieces");
  }
  call_.mark = MarkOf(call_.begin);
  const Result<std::string> two = said({{kName, kArguments}, {kOther, kArguments}});
  if (!two.ok() || !two->starts_with(one)) return OkStatus();
  const std::string second =
      call_.begin + std::string(kOther) + call_.middle + std::string(kArguments) + call_.end;
  if (!two->ends_with(second) || two->size() < one.size() + second.size()) return OkStatus();
  call_.several = true;
  call_.between = two->substr(one.size(), two->size() - one.size() - second.size());
  return OkStatus();
}

void ToolChat::FindMarks(const Tokenizer& tokenizer) {
  const ToolText tool = {"n", "d", "{}"};
  const std::vector<ToolTurn> turns = {{Role::kUser, "u"},
                                       {Role::kAssistant, "", {{"n", "{}"}}},
                                       {Role::kObserve, "r"},
                                       {Role::kUser, "u"}};
  const Result<std::vector<ChatPart>> parts = Write(turns, {&tool, 1});
  if (!parts.ok()) return;
  const std::string text = JoinedText(*parts);
  const TokenizerSpec& spec = tokenizer.spec();
  for (size_t id = 0; id < spec.pieces.size(); ++id) {
    const std::string& piece = spec.pieces[id];
    if (spec.types[id] != PieceType::kUserDefined || !IsMark(piece)) continue;
    if (text.find(piece) != std::string::npos) marks_.push_back(piece);
  }
}

}  // namespace lmp::text
