// Tools in the body of a chat: what may be called, what was called before, and what came of it.
// docs/SERVER.md has the table.
//
// Includes the JSON library: only .cc files include this header. One thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/server/members.h"
#include "runtime/server/openai_request.h"

namespace lmp::server {

// `tools`, `tool_choice` and `parallel_tool_calls`; none if there are no tools. `calls`: whether
// the answer may call them.
ChatTools ToolsOf(Members& body, const OpenAiReader::ToolCompiler& compile,
                  Recent<Result<ToolsOutcome>>::Own made_before, bool* calls);

// Reads the calls of a conversation, message by message.
class CallsReader {
 public:
  // `tool_calls` of an assistant's message; empty if it has none.
  std::vector<ChatCall> CallsOf(Members& message);
  // Adds what a tool gave: results stand in the order of the calls, whatever order they come in.
  void AddResult(Members& message, std::string text, std::vector<ChatMessage>* messages);
  // Any other message: no results of the calls before it can follow.
  void EndResults() { ids_.clear(); }

 private:
  std::vector<std::string> ids_;  // of the last calls
  std::vector<size_t> results_;   // behind them: to which call each belongs
};

}  // namespace lmp::server
