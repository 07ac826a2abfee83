// What `lmp bench quality` asks: prompts of passages with one right answer each, one JSON object
// per line (examples/models/demo/tasks.py writes them):
//
//   {"task": "T2", "system": "...", "head": "Passages:", "question": "\nQuestion: ...", "answer":
//    "...", "passages": [{"id": "1", "label": "\n[1] ", "text": "..."}]}
//
// The chat is: system, if any; user = head, then label and text of each passage, then question.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::bench {

struct QualityPassage {
  std::string label, text;
};

struct QualityTask {
  std::string task;  // "T0" to "T8"
  std::string system, head, question, answer;
  std::vector<QualityPassage> passages;
};

// At most `most` of each task, in the order of the file. Errors: those of reading the file;
// InvalidArgument with the line.
Result<std::vector<QualityTask>> ReadQualityTasks(const std::string& path, int most);
Result<QualityTask> ParseQualityTask(std::string_view line);

}  // namespace lmp::bench
