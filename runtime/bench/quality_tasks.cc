#include "runtime/bench/quality_tasks.h"

#include <fstream>
#include <map>
#include <utility>

#include "runtime/base/json.h"

namespace lmp::bench {
namespace {

Result<std::string> TextField(const Json& object, const char* name, bool required) {
  const auto at = object.find(name);
  if (at == object.end() && !required) return std::string();
  if (at == object.end() || !at->is_string()) {
    return InvalidArgument(std::string("\"") + name + "\" is not a string");
  }
  return at->get<std::string>();
}

}  // namespace

Result<QualityTask> ParseQualityTask(std::string_view line) {
  LMP_TRY(const Json object, ParseJson(line));
  if (!object.is_object()) return InvalidArgument("a task is a JSON object");
  QualityTask out;
  LMP_TRY(out.task, TextField(object, "task", true));
  LMP_TRY(out.system, TextField(object, "system", false));
  LMP_TRY(out.head, TextField(object, "head", false));
  LMP_TRY(out.question, TextField(object, "question", true));
  LMP_TRY(out.answer, TextField(object, "answer", true));
  const auto passages = object.find("passages");
  if (passages == object.end() || !passages->is_array() || passages->empty()) {
    return InvalidArgument("\"passages\" is not a list of passages");
  }
  for (const Json& passage : *passages) {
    if (!passage.is_object()) return InvalidArgument("a passage is a JSON object");
    QualityPassage p;
    LMP_TRY(p.label, TextField(passage, "label", false));
    LMP_TRY(p.text, TextField(passage, "text", true));
    if (p.text.empty()) return InvalidArgument("a passage has no text");
    out.passages.push_back(std::move(p));
  }
  return out;
}

Result<std::vector<QualityTask>> ReadQualityTasks(const std::string& path, int most) {
  std::ifstream in(path);
  if (!in) return NotFound("there is no file of tasks " + path);
  std::vector<QualityTask> out;
  std::map<std::string, int> count;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    Result<QualityTask> task = ParseQualityTask(line);
    if (!task.ok()) {
      return InvalidArgument(path + ":" + std::to_string(number) + ": " +
                             std::string(task.status().message()));
    }
    if (++count[task.value().task] <= most) out.push_back(std::move(task).value());
  }
  if (in.bad()) return Unavailable("reading " + path + " failed");
  if (out.empty()) return InvalidArgument(path + " has no tasks");
  return out;
}

}  // namespace lmp::bench
