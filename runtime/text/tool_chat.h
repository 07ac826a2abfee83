// Conversations with tools, as the model's chat template writes them, and how it writes a call.
//
// The template is rendered with stand-ins for all that others have said (texts of messages, names,
// descriptions, schemas, arguments), and these are put in afterwards:
//
//   rendered    <|im_start|>user\n | Lmp00000000qz | <|im_end|>\n ... {"name": | "Lmp00000003qz" |
//   ... parts         kTemplate        |   kContent    |   kTemplate             | kInside, as JSON
//
// So the template's code never sees what they say, and only what is the template's own can become
// control pieces. Where the template has no tools (it leaves them out, looks into a schema, marks
// calls by control pieces) LMP writes them itself, in the form that most models were taught:
//
//   <tool_call>\n{"name": "NAME", "arguments": {...}}\n</tool_call>
//
// Immutable, any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/text/chat_format.h"
#include "runtime/text/jinja.h"

namespace lmp::text {

// A call is begin, the name, middle, the arguments' JSON, end.
struct CallForm {
  std::string begin, middle, end;
  std::string between;   // two calls of a turn
  bool several = false;  // a turn may have more than one
  std::string mark;      // "<tool_call>": what `begin` begins with and tells a call anywhere in a
                         // text; empty: a text is a call if it begins with `begin`
};

struct ToolCallText {
  std::string_view name, arguments;  // JSON
};
struct ToolTurn {
  Role role = Role::kUser;
  std::string_view text;
  std::vector<ToolCallText> calls = {};  // of the assistant
};
struct ToolText {
  std::string_view name, description, parameters;  // the last one JSON
};

struct ChatPart {
  enum class Kind {
    kTemplate,  // of the format: what looks like a control piece is one
    kContent,   // the text of a message: a fragment of its own begins
    kInside,    // what else is put in
  };
  Kind kind = Kind::kTemplate;
  std::string text;
};

class ToolChat {
 public:
  // The format is that of the tokenizer; a raw one has nothing to write.
  static ToolChat Make(const Tokenizer& tokenizer, const ChatFormat& format);

  const CallForm& call_form() const { return call_; }
  bool is_own() const { return template_ == nullptr; }
  // Pieces of the vocabulary, none of them control, that the format marks calls and what belongs to
  // them with: the text of others must not become them.
  const std::vector<std::string>& marks() const { return marks_; }
  // The turns, and the beginning of the model's own. Errors: InvalidArgument, the template refuses
  // the conversation or leaves a part of it out; Unsupported, a limit of the template.
  Result<std::vector<ChatPart>> Write(std::span<const ToolTurn> turns,
                                      std::span<const ToolText> tools) const;

 private:
  Result<std::vector<ChatPart>> Render(std::span<const ToolTurn> turns,
                                       std::span<const ToolText> tools) const;
  std::vector<ChatPart> WriteOwn(std::span<const ToolTurn> turns,
                                 std::span<const ToolText> tools) const;
  Status FindCallForm(const Tokenizer& tokenizer);
  void FindMarks(const Tokenizer& tokenizer);

  std::shared_ptr<const jinja::Template> template_;  // null: LMP's own
  ChatFormat format_;
  std::string bos_, eos_;
  CallForm call_;
  std::vector<std::string> marks_;
};

// Valid JSON with a blank behind commas and colons and no other white space, as chat templates
// write it and as it is generated.
std::string SpacedJson(std::string_view json);

}  // namespace lmp::text
