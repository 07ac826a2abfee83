// Explain: a Plan as text for people: what the passes did, and per function its bounds, the text
// that is known before any input, the prefixes that forks share, and what runs at the same time.
// Golden tests compare it. It reports bytes, since a Plan knows no tokens; after a run,
// runtime/exec reports what was cached and computed. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/plan.h"

namespace lmp::ir {

// `on_servers`: engines (Graph::engine, "" for that of the run) whose sequences run on servers of
// others. Of functions that run there, what remains of the gains.
std::string Explain(const Plan& plan, const std::vector<std::string>& on_servers = {});
// What Explain says of one function; "" if the plan has none of that name.
std::string ExplainFunction(const Plan& plan, std::string_view function);

}  // namespace lmp::ir
