// What completions ask (Engine::Complete of lmp.h, which includes this): messages, forms, tools and
// options. Plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/status.h"

namespace lmp {

// A call of a tool, as the model writes it. LMP does not run it.
struct ChatCall {
  std::string name;
  std::string arguments;  // JSON of an object; its beginning, if the call was cut
};

struct ChatMessage {
  std::string role;  // system, user, assistant, observe (what a tool gave)
  // UTF-8. It stays text: whatever it spells, it becomes no control token.
  std::string text;
  std::vector<ChatCall> calls = {};  // of the assistant, behind its text
};

// What a completion may write. Immutable, cheap to copy, any thread, any engine.
class TextForm {
 public:
  struct State;
  TextForm() = default;  // any text
  explicit TextForm(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  static TextForm JsonObject();                            // any
  static Result<TextForm> Gbnf(std::string_view grammar);  // docs/GRAMMARS.md; errors name lines
  const std::shared_ptr<const State>& state() const { return state_; }

 private:
  std::shared_ptr<const State> state_;
};

// JSON of a schema (docs/JSON-SCHEMA.md); without a form if a place of it cannot be kept to.
struct SchemaRefusal {
  std::string pointer;  // RFC 6901: of the schema that has the keyword
  std::string keyword;  // may be empty
  std::string reason;
  std::string text;  // all three
};
struct SchemaOutcome {
  std::optional<TextForm> form;
  std::vector<SchemaRefusal> refused;
};
SchemaOutcome FormOfSchema(std::string_view schema);

// --- Tools that a conversation may call

struct ChatTool {
  std::string name;         // 1 to 64 letters, digits, `_` and `-`; names differ
  std::string description;  // may be empty
  std::string parameters;   // JSON Schema of an object
};
struct ToolRules {
  std::vector<ChatTool> tools = {};  // 1 to 128
  // The answer is text; text, and then calls if the model wants; one call or more, and no text.
  enum class Choice { kNone, kAuto, kRequired } choice = Choice::kAuto;
  std::string only = {};  // not empty: exactly one call, of this tool
  bool several = true;    // more than one call, where the model's template has that
};
// They stand in the conversation as the model's template writes them, or where it has no tools, in
// a text of LMP's (docs/SERVER.md). Immutable, cheap to copy, any thread, the engine that made it.
class ChatTools {
 public:
  struct State;
  ChatTools() = default;  // none
  explicit ChatTools(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const std::shared_ptr<const State>& state() const { return state_; }

 private:
  std::shared_ptr<const State> state_;
};
// Without tools if a place of a schema cannot be kept to.
struct ToolRefusal {
  size_t tool = 0;
  SchemaRefusal schema;
};
struct ToolsOutcome {
  std::optional<ChatTools> tools;
  std::vector<ToolRefusal> refused;
};

// A token of what was written, with log-probabilities (base e) as the model gives them, before
// temperature, other options and the form.
struct ScoredToken {
  struct Likely {
    std::string text;
    double logprob = 0;
  };
  std::string text;  // bytes; may be a part of a character
  double logprob = 0;
  std::vector<Likely> top;  // of its place, likeliest first; marks of the model as it spells them
};

struct CompletionPiece {
  size_t choice = 0;
  std::string_view text;  // whole characters; may be empty
  // With CompletionRequest::top_logprobs: the tokens that end in it.
  const std::vector<ScoredToken>& tokens;
  // Of a call: its number, from 0; `text` is a piece of its arguments. -1: of the text before.
  int call = -1;
  std::string_view name = {};  // of the call, in its first piece
};

struct CompletionRequest {
  // One of the three.
  std::vector<ChatMessage> messages = {};  // in the model's chat format; then the model speaks
  std::optional<std::string> text = {};    // goes on where it ends, behind BOS if the model has it
  std::vector<int32_t> tokens = {};        // as they are

  size_t choices = 1;  // 1 to 128; the prompt is computed once
  // Of each choice; more than the context leaves is cut to that. 0: that.
  int tokens_max = 0;
  double temperature = 0, top_p = 1, min_p = 0;
  int top_k = 0;  // 0: all
  int tokens_min = 0;
  // Of the tokens that this choice has written: off for each time, and once for all.
  double frequency_penalty = 0, presence_penalty = 0;
  std::vector<std::pair<int32_t, double>> logit_bias = {};  // by token; each once
  // Not 0: nothing is written, but so many last tokens of the prompt are scored.
  int score_tokens = 0;
  int healed_bytes = 0;         // that `form` begins with; they are the prompt's, and in no text
  uint64_t seed = 0, site = 0;  // the same two, the same draws
  std::vector<std::string> stops = {};  // at most 16; not part of the text
  TextForm form = {};
  ChatTools tools = {};  // with messages; without a form, unless the choice is kNone
  std::optional<int> top_logprobs = {};  // 0 to 20
  // Whether CompletionChoice has texts and tokens; for who takes the pieces they need not be kept.
  bool report = true;
  // What those may take in memory, all choices together: beyond it the failure `limit`. 0: no
  // limit.
  uint64_t report_bytes_max = 0;
  std::string tenant = {};  // as RunOptions::tenant
  uint64_t owner = 0;       // as RunOptions::owner
  // Nullable; as those of RunOptions. on_choice: it has ended, `finish` as in CompletionChoice.
  // on_done is called before Complete returns, by its thread, where the prompt does not fit the
  // context.
  std::function<void(const CompletionPiece&)> on_piece = {};
  std::function<void(size_t choice, std::string_view finish)> on_choice = {};
  std::function<void()> on_done = {};
};

}  // namespace lmp
