// What a turn of the model may say where it may call tools, and how it is read again.
//
//   kAuto       text, and then calls if the model wants: none but those of the given tools, with
//               arguments of their schemas
//   kRequired   calls and nothing else
//   kNone       text in which no call begins
//
// FormOfTools is a pure function, any thread; a CallReader belongs to one thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/json_schema/json_schema.h"
#include "runtime/text/tool_chat.h"

namespace lmp::exec {

enum class ToolChoice { kNone, kAuto, kRequired };

struct ToolProblem {
  size_t tool = 0;
  constrain::SchemaProblem schema;
};
struct ToolForm {
  constrain::GrammarRef grammar;     // null if refused
  std::vector<ToolProblem> refused;  // every place that cannot be kept to
};
// `calls_max`: 1 to kChatCallsMax; one if the form has no more. Errors: ResourceExhausted.
Result<ToolForm> FormOfTools(const text::CallForm& form, std::span<const text::ToolText> tools,
                             ToolChoice choice, uint32_t calls_max);

// Tells what a turn says from what it calls, as its text comes. The text is one of FormOfTools, or
// the beginning of one; white space before the first call is dropped.
class CallReader {
 public:
  struct Piece {
    int call = -1;     // of the arguments of this call, from 0; -1: of the text
    std::string name;  // of the call, in its first piece
    std::string text;
  };

  // The form outlives the reader.
  CallReader(const text::CallForm* form, ToolChoice choice);
  void Push(std::string_view text, std::vector<Piece>* pieces);
  // The text has ended.
  void End(std::vector<Piece>* pieces);
  int calls() const { return calls_; }

 private:
  enum class State { kText, kOnlyText, kBegin, kName, kMiddle, kArguments, kEnd };

  // Each returns false if more text is needed.
  bool Step(std::vector<Piece>* pieces);
  bool ReadText(std::vector<Piece>* pieces);
  bool ReadLiteral(std::string_view expected, State then);
  bool ReadName(std::vector<Piece>* pieces);
  bool ReadArguments(std::vector<Piece>* pieces);

  const text::CallForm* form_;
  State state_;
  std::string expected_;  // kBegin: what is left of it
  std::string held_;      // come, and not told yet
  int calls_ = 0;
  int depth_ = 0;  // of the arguments' brackets
  bool quoted_ = false, escaped_ = false;
};

}  // namespace lmp::exec
