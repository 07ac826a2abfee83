// A context for people: its timeline cut where the kind of text or the state of its KV
// changes. Pure, any thread.
#pragma once

#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/exec/context.h"
#include "runtime/text/tokenizer.h"

namespace lmp::api {

std::vector<ContextPart> PartsOf(const exec::ContextValue& context,
                                 const text::Tokenizer& tokenizer);

}  // namespace lmp::api
