#include "runtime/text/chat_probe.h"

#include <array>
#include <initializer_list>
#include <optional>
#include <vector>

#include "runtime/text/jinja.h"

namespace lmp::text {
namespace {

using jinja::Value;

// Texts that no template has and that nobody trims or escapes.
std::string TextOf(size_t index) {
  return "Lmp" + std::string(1, static_cast<char>('A' + index)) + "qz";
}

// On one line.
std::string Shown(const std::string& text) {
  constexpr size_t kShown = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kShown)) out += c == '\n' ? "\\n" : std::string(1, c);
  return out + (text.size() > kShown ? "...\"" : "\"");
}

class Probe {
 public:
  Probe(const jinja::Template& chat, std::string_view bos, std::string_view eos)
      : template_(chat), bos_(bos), eos_(eos) {}

  Result<ProbedChat> Run();

 private:
  // What stands before, between and behind the texts of a conversation of these roles.
  using Around = std::vector<std::string>;
  using Roles = std::initializer_list<std::string_view>;

  Result<std::string> Render(Roles roles, bool generate, std::string_view pad) const;
  Result<Around> Look(Roles roles, bool generate) const;
  // `text` without `start`; an error that says what differs where it does not begin so.
  static Result<std::string> Behind(const std::string& text, const std::string& start,
                                    std::string_view what);
  Status FindTurns();
  Status FindSystem();
  Status CheckLong() const;
  void FindObserve();
  bool Trims() const;

  const jinja::Template& template_;
  std::string bos_, eos_;
  std::string user_, assistant_, system_, observe_, footer_;
  std::string preamble_;  // of a conversation without system message
  std::string opening_;   // behind the assistant's header where the model is to speak
};

Result<std::string> Probe::Render(Roles roles, bool generate, std::string_view pad) const {
  Value::List messages;
  for (const std::string_view role : roles) {
    const std::string text = TextOf(messages.size());
    messages.push_back(
        Value::DictOf({{"role", Value::String(std::string(role))},
                       {"content", Value::String(std::string(pad) + text + std::string(pad))}}));
  }
  return template_.Render(Value::DictOf({{"messages", Value::ListOf(std::move(messages))},
                                         {"add_generation_prompt", Value::Bool(generate)},
                                         {"bos_token", Value::String(bos_)},
                                         {"eos_token", Value::String(eos_)}}));
}

Result<Probe::Around> Probe::Look(Roles roles, bool generate) const {
  LMP_TRY(std::string text, Render(roles, generate, ""));
  // The context begins with BOS already.
  if (!bos_.empty() && text.starts_with(bos_)) text.erase(0, bos_.size());
  Around around;
  size_t begin = 0;
  for (size_t i = 0; i < roles.size(); ++i) {
    const std::string content = TextOf(i);
    const size_t at = text.find(content, begin);
    if (at == std::string::npos || text.find(content) != at ||
        text.find(content, at + 1) != std::string::npos) {
      return Unsupported("the text of a " + std::string(roles.begin()[i]) +
                         " message does not come out once and in its place");
    }
    around.push_back(text.substr(begin, at - begin));
    begin = at + content.size();
  }
  around.push_back(text.substr(begin));
  return around;
}

Result<std::string> Probe::Behind(const std::string& text, const std::string& start,
                                  std::string_view what) {
  if (text.starts_with(start)) return text.substr(start.size());
  return Unsupported(std::string(what));
}

// Assistant messages stand where something follows them, as contexts go on: templates may write the
// last one differently, as it comes from a model that thinks.
Status Probe::FindTurns() {
  LMP_TRY(const Around ended, Look({"user"}, false));
  footer_ = ended[1];
  if (footer_.empty()) return Unsupported("turns have no end");
  LMP_TRY(const Around turns, Look({"user", "assistant", "user"}, true));
  LMP_TRY(assistant_, Behind(turns[1], footer_, "a user turn's end depends on what follows"));
  LMP_TRY(user_, Behind(turns[2], footer_,
                        "turns of user and assistant end differently, it is no concatenation of "
                        "messages"));
  LMP_TRY(opening_, Behind(turns[3], turns[1],
                           "the assistant's header depends on its place in the conversation"));
  if (!ended[0].ends_with(user_)) {
    return Unsupported("the first user turn begins differently from later ones");
  }
  preamble_ = ended[0].substr(0, ended[0].size() - user_.size());
  return OkStatus();
}

Status Probe::FindSystem() {
  LMP_TRY(const Around around, Look({"system", "user"}, true));
  system_ = around[0];
  if (around[1] != footer_ + user_ || around[2] != footer_ + assistant_ + opening_) {
    return Unsupported(
        "the system text stands inside the first user turn, not in a turn of its own");
  }
  return OkStatus();
}

Status Probe::CheckLong() const {
  LMP_TRY(const Around around,
          Look({"system", "user", "assistant", "user", "assistant", "user"}, true));
  const Around expected = {system_,
                           footer_ + user_,
                           footer_ + assistant_,
                           footer_ + user_,
                           footer_ + assistant_,
                           footer_ + user_,
                           footer_ + assistant_ + opening_};
  if (around == expected) return OkStatus();
  return Unsupported("what stands around a message depends on its place in the conversation");
}

// The template's tool messages, where they are turns like others; else what is observed is said by
// the user.
void Probe::FindObserve() {
  observe_ = user_;
  const auto around = Look({"user", "assistant", "tool"}, true);
  if (!around.ok() || !(*around)[2].starts_with(footer_)) return;
  if ((*around)[3] != footer_ + assistant_ + opening_ || (*around)[2].size() == footer_.size())
    return;
  observe_ = (*around)[2].substr(footer_.size());
}

bool Probe::Trims() const {
  const auto plain = Render({"system", "user"}, false, "");
  const auto padded = Render({"system", "user"}, false, " ");
  constexpr size_t kPads = 4;
  return plain.ok() && padded.ok() && padded->size() != plain->size() + kPads;
}

Result<ProbedChat> Probe::Run() {
  LMP_RETURN_IF_ERROR(FindTurns());
  LMP_RETURN_IF_ERROR(FindSystem());
  LMP_RETURN_IF_ERROR(CheckLong());
  if (system_.empty() || user_.empty() || assistant_.empty()) {
    return Unsupported("messages of some role have no header");
  }
  FindObserve();
  ProbedChat out;
  out.chat = {system_, user_, assistant_, observe_, footer_, true};
  out.preamble = preamble_;
  out.opening = opening_;
  out.trims = Trims();
  const auto notice = [&](const std::string& sentence) {
    out.notice += (out.notice.empty() ? "" : "; ") + sentence;
  };
  if (!preamble_.empty()) {
    notice("where a conversation has no system message the chat template begins it with " +
           Shown(preamble_) + ", LMP's programs do not");
  }
  if (!opening_.empty()) {
    notice("the chat template opens what the model says with " + Shown(opening_) +
           ", LMP's programs do not");
  }
  if (out.trims) notice("the chat template trims the texts of messages, LMP's programs do not");
  return out;
}

}  // namespace

Result<ProbedChat> ProbeChatTemplate(std::string_view source, std::string_view bos,
                                     std::string_view eos) {
  constexpr std::string_view kField = "tokenizer.chat_template";
  const Result<jinja::Template> parsed = jinja::Template::Parse(source);
  if (!parsed.ok()) return parsed.status().WithPrefix(kField);
  Result<ProbedChat> probed = Probe(*parsed, bos, eos).Run();
  if (probed.ok()) return probed;
  if (probed.status().code() == StatusCode::kInvalidArgument) {
    return Unsupported(std::string(kField) +
                       ": it refuses a conversation with system, user and "
                       "assistant: \"" +
                       probed.status().message().substr(0, 200) + "\"");
  }
  return probed.status().WithPrefix(kField);
}

}  // namespace lmp::text
