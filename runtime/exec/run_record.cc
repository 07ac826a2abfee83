#include "runtime/exec/run_record.h"

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::exec {

namespace {

constexpr int64_t kFormat = 1;

Json EventJson(const RecordedEvent& event) {
  Json line{{"site", event.site}, {"ordinal", event.ordinal}};
  switch (event.kind) {
    case RecordedEvent::Kind::kAnswer:
      line["answer"] = event.text;
      break;
    case RecordedEvent::Kind::kError:
      line["error"] = event.text;
      break;
    case RecordedEvent::Kind::kTimeout:
      line["timeout"] = true;
      break;
    case RecordedEvent::Kind::kOver:
      line["over"] = Json{{"emits", event.emits}, {"used", event.used}};
      break;
  }
  return line;
}

// Reads members of one line; the first that is missing or of another kind is kept.
class Line {
 public:
  explicit Line(const Json& json) : json_(json) {}

  std::string Text(const char* name) {
    const auto found = json_.find(name);
    if (found != json_.end() && found->is_string()) return found->get<std::string>();
    Missing(name, "a text");
    return "";
  }
  int64_t Count(const char* name) {
    const auto found = json_.find(name);
    if (found != json_.end()) return CountOf(*found, name);
    Missing(name, "a number");
    return 0;
  }
  int64_t CountOf(const Json& value, const char* name) {
    const bool fits =
        value.is_number_unsigned() && value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
    if (fits) return value.get<int64_t>();
    Missing(name, "a number from 0");
    return 0;
  }
  void Missing(const char* name, const char* what) {
    if (wrong_.ok()) wrong_ = InvalidArgument(std::string("expected `") + name + "`, " + what);
  }
  const Status& wrong() const { return wrong_; }

 private:
  const Json& json_;
  Status wrong_;
};

Result<RecordHead> ReadHead(const Json& json) {
  Line line(json);
  const int64_t format = line.Count("lmp_record");
  if (!line.wrong().ok()) return line.wrong();
  if (format != kFormat) {
    return Unsupported("the record has format " + std::to_string(format) +
                       ", and this LMP reads format " + std::to_string(kFormat));
  }
  RecordHead head;
  head.version = line.Text("version");
  head.program = line.Text("program");
  head.model = line.Text("model");
  head.kv = line.Text("kv");
  head.kernels = line.Text("kernels");
  head.function = line.Text("function");
  const auto arguments = json.find("arguments");
  if (arguments == json.end() || !arguments->is_object()) {
    line.Missing("arguments", "an object");
  } else {
    head.arguments = DumpJson(*arguments);
  }
  const auto seed = json.find("seed");
  if (seed == json.end() || !seed->is_number_unsigned()) {
    line.Missing("seed", "a number from 0");
  } else {
    head.seed = seed->get<uint64_t>();
  }
  if (!line.wrong().ok()) return line.wrong();
  return head;
}

Result<RecordedEvent> ReadEvent(const Json& json) {
  Line line(json);
  RecordedEvent event;
  event.site = line.Text("site");
  event.ordinal = line.Count("ordinal");
  if (json.contains("answer")) {
    event.text = line.Text("answer");
  } else if (json.contains("error")) {
    event.kind = RecordedEvent::Kind::kError;
    event.text = line.Text("error");
  } else if (json.contains("timeout")) {
    event.kind = RecordedEvent::Kind::kTimeout;
  } else if (json.contains("over") && json["over"].is_object()) {
    event.kind = RecordedEvent::Kind::kOver;
    Line over(json["over"]);
    event.emits = over.Count("emits");
    const auto used = json["over"].find("used");
    if (used == json["over"].end() || !used->is_array() || used->size() != event.used.size()) {
      over.Missing("used", "three numbers");
    } else {
      for (size_t i = 0; i < event.used.size(); ++i)
        event.used[i] = over.CountOf((*used)[i], "used");
    }
    if (!over.wrong().ok()) return over.wrong();
  } else {
    line.Missing("answer", "or `error`, `timeout`, `over`");
  }
  if (!line.wrong().ok()) return line.wrong();
  return event;
}

Status ReadLine(std::string_view text, size_t number, RunRecord* record) {
  LMP_TRY(const Json json, ParseJsonOnce(text));
  if (!json.is_object()) return InvalidArgument("expected an object");
  if (number == 1) {
    LMP_TRY(record->head, ReadHead(json));
    return OkStatus();
  }
  if (record->end) return InvalidArgument("a line stands behind the end of the run");
  if (json.contains("end")) {
    Line line(json["end"]);
    const Json& end = json["end"];
    if (!end.is_object() || !end.contains("ok") || !end["ok"].is_boolean())
      return InvalidArgument("expected `end` with `ok` and `digest`");
    record->end = RecordEnd{end["ok"].get<bool>(), line.Text("digest")};
    return line.wrong();
  }
  LMP_TRY(RecordedEvent event, ReadEvent(json));
  if (record->Find(event.site, event.ordinal) != nullptr)
    return InvalidArgument("a second line for " + QuoteText(event.site) + ", ordinal " +
                           std::to_string(event.ordinal));
  record->Add(std::move(event));
  return OkStatus();
}

}  // namespace

const RecordedEvent* RunRecord::Find(const std::string& site, int64_t ordinal) const {
  const auto found = by_site_.find({site, ordinal});
  return found == by_site_.end() ? nullptr : &events[found->second];
}

void RunRecord::Add(RecordedEvent event) {
  if (by_site_.try_emplace({event.site, event.ordinal}, events.size()).second)
    events.push_back(std::move(event));
}

std::string PrintRecord(const RunRecord& record) {
  const RecordHead& head = record.head;
  const Result<Json> arguments = ParseJson(head.arguments);
  const Json first{{"lmp_record", kFormat},
                   {"version", head.version},
                   {"program", head.program},
                   {"model", head.model},
                   {"kv", head.kv},
                   {"kernels", head.kernels},
                   {"function", head.function},
                   {"arguments", arguments.ok() ? *arguments : Json::object()},
                   {"seed", head.seed}};
  std::string out = DumpJson(first) + "\n";
  for (const RecordedEvent& event : record.events) out += DumpJson(EventJson(event)) + "\n";
  if (record.end) {
    const Json end{{"end", Json{{"ok", record.end->ok}, {"digest", record.end->digest}}}};
    out += DumpJson(end) + "\n";
  }
  return out;
}

Result<RunRecord> ParseRecord(std::string_view text) {
  RunRecord record;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() && number > 1) continue;
    const Status read = ReadLine(line, number, &record);
    if (!read.ok()) return read.WithPrefix("line " + std::to_string(number) + " of the record");
  }
  if (number == 0) return InvalidArgument("the record is empty");
  return record;
}

std::string DifferenceOf(const RecordHead& recorded, const RecordHead& now) {
  const auto differs = [](const std::string& what, const std::string& then, const std::string& is) {
    return "the " + what + " differs: recorded with " + then + ", now " + is;
  };
  if (recorded.function != now.function)
    return differs("function", "`" + recorded.function + "`", "`" + now.function + "`");
  if (recorded.program != now.program) {
    return differs("program (or a pass over it)", recorded.program, now.program) +
           (recorded.version == now.version
                ? ""
                : "; LMP was " + recorded.version + ", now " + now.version);
  }
  if (recorded.model != now.model) return differs("model", recorded.model, now.model);
  if (recorded.kv != now.kv) return differs("type of the KV", recorded.kv, now.kv);
  if (recorded.kernels != now.kernels)
    return differs("set of kernels", recorded.kernels, now.kernels);
  if (recorded.seed != now.seed)
    return differs("seed", std::to_string(recorded.seed), std::to_string(now.seed));
  const Result<Json> then = ParseJson(recorded.arguments);
  const Result<Json> is = ParseJson(now.arguments);
  if (!then.ok() || !is.ok()) return "the arguments differ";
  for (const auto& [name, value] : is->items()) {
    const auto old = then->find(name);
    if (old == then->end() || *old != value) return "the argument `" + name + "` differs";
  }
  return then->size() == is->size() ? "" : "the arguments differ";
}

}  // namespace lmp::exec
