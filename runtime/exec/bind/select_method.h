// How a `select` weighs its options, chosen when the plan is bound (decision 10), so that it is the
// same in every run: `greedy` where the first tokens of all options differ, else `likelihood`.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "ir/graph.h"
#include "runtime/exec/select_choice.h"
#include "runtime/text/chat_format.h"
#include "runtime/text/tokenizer.h"

namespace lmp::exec {

struct BoundMethod {
  // Empty: `auto` with options that are known only when it runs; the rule is applied then.
  std::optional<SelectMethod> method;
  std::string why;  // for people: "the first tokens of its 2 options differ"
};

// `select` stands in `graph`, which is the program before passes: they must not change what is
// chosen. What stands before the options in the same message counts where it is fixed text.
BoundMethod ChooseMethod(const ir::Graph& graph, const ir::Op& select,
                         const text::Tokenizer& tokenizer, const text::ChatFormat& format);

}  // namespace lmp::exec
