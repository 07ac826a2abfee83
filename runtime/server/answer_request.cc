#include "runtime/server/answer_request.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "runtime/server/members.h"
#include "runtime/server/run_reply.h"

namespace lmp::server {

namespace {

struct AnswerAsk {
  AnswerQuery query;
  std::optional<uint64_t> seed;
  bool stream = false;
};

// At least one byte.
std::string NameOr(Members* members, std::string_view name, size_t bytes_max,
                   std::string otherwise) {
  if (members->Find(name) == nullptr) return otherwise;
  std::string text = members->Text(name, bytes_max).value_or("");
  if (text.empty())
    members->Wrong(name, "a string of 1 to " + std::to_string(bytes_max) + " bytes");
  return text;
}

std::vector<AnswerQuery::Passage> ReadPassages(Members* body) {
  std::vector<AnswerQuery::Passage> passages;
  const Json* list = body->Find("passages");
  if (list == nullptr || !list->is_array() || list->size() > kAnswerPassagesMax) {
    body->Fail("passages", "expected a list of at most " + std::to_string(kAnswerPassagesMax) +
                               " passages, found " +
                               (list == nullptr    ? std::string("nothing")
                                : list->is_array() ? std::to_string(list->size())
                                                   : std::string("a JSON ") + list->type_name()));
    return passages;
  }
  for (size_t i = 0; i < list->size() && !body->failed(); ++i) {
    const std::string place = "passages[" + std::to_string(i) + "]";
    if (!(*list)[i].is_object()) {
      body->Fail(place, "expected an object with `text`, `id` and `document`");
      break;
    }
    Members members = body->Of((*list)[i], place);
    members.Only({"text", "id", "document"}, "text, id or document");
    AnswerQuery::Passage passage;
    passage.text = members.RequiredText("text", kAnswerTextBytesMax);
    passage.id = NameOr(&members, "id", kAnswerNameBytesMax, std::to_string(i + 1));
    passage.document = members.Text("document", kAnswerNameBytesMax).value_or("");
    passages.push_back(std::move(passage));
  }
  return passages;
}

std::string ReadReuse(Members* body) {
  static constexpr std::array<std::string_view, 4> kPolicies = {"prefix", "link", "blend", "auto"};
  const Json* reuse = body->Find("reuse");
  if (reuse == nullptr) return "prefix";  // what is approximate is asked for
  if (!reuse->is_string() || std::find(kPolicies.begin(), kPolicies.end(),
                                       reuse->get_ref<const std::string&>()) == kPolicies.end()) {
    body->Wrong("reuse", "prefix, link, blend or auto");
    return "";
  }
  return reuse->get<std::string>();
}

Json AnswerJson(const RunReport& report) {
  const Json value = Json::parse(report.value_json, nullptr, false);
  return {{"object", "lmp.answer"},
          {"text", value.at("text")},
          {"citations", value.at("citations")},
          {"exact", report.stats.approximate_calls == 0},
          {"usage", UsageJson(report.stats)}};
}

RunAsk AnswerRun(AnswerAsk ask, const Caller& caller) {
  RunAsk run;
  run.owner = caller.tenant;
  run.stream = run.generations = ask.stream;
  run.waits_for_first = true;
  run.start = [ask = std::make_shared<const AnswerAsk>(std::move(ask))](Engine* engine,
                                                                        RunOptions options) {
    options.seed = ask->seed;
    return StartAnswer(engine, ask->query, std::move(options));
  };
  // What is generated under another name is the citations.
  run.event = [](const TextPiece& piece, bool emitted) -> std::string {
    if (emitted || piece.name != "text" || piece.text.empty()) return "";
    return Event("text", {{"text", piece.text}});
  };
  run.finished = [](const RunReport& report, std::string_view) -> Reply {
    if (!report.ok) return {StatusOf(report.failure), DumpJson(FailureJson(report))};
    return {200, DumpJson(AnswerJson(report))};
  };
  run.last_event = [](const RunReport& report) {
    return report.ok ? Event("done", AnswerJson(report)) : Event("error", FailureJson(report));
  };
  return run;
}

}  // namespace

std::variant<Reply, RunAsk> ReadAnswer(std::string_view body, const Caller& caller) {
  std::optional<Reply> error;
  const std::optional<Json> object = ReadObject(body, &error);
  if (!object) return *std::move(error);
  Members members(*object, "", &error);
  members.Only({"question", "passages", "reuse", "stream", "seed", "cache_salt"},
               "question, passages, reuse, stream, seed or cache_salt");
  AnswerAsk ask;
  ask.query.question = members.RequiredText("question", kAnswerTextBytesMax);
  ask.query.passages = ReadPassages(&members);
  ask.query.reuse = ReadReuse(&members);
  ask.stream = members.Bool("stream", false);
  ask.seed = members.Seed("seed");
  ask.query.tenant = TenantOf(caller, members.Text("cache_salt", kCacheSaltBytesMax).value_or(""));
  if (error) return *std::move(error);
  return AnswerRun(std::move(ask), caller);
}

}  // namespace lmp::server
