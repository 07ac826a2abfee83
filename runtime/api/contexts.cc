// Contexts of lmp.h: timelines that have left their run.
#include <algorithm>

#include "runtime/api/state.h"
#include "runtime/base/json.h"

namespace lmp {

int Context::tokens() const {
  return state_ == nullptr ? 0 : static_cast<int>(state_->value->tokens.size());
}

namespace api {

namespace {

// Places in the texts of one program mean nothing in those of another.
exec::ContextRef WithoutPlaces(const exec::ContextValue& context) {
  auto out = std::make_shared<exec::ContextValue>(context);
  for (exec::Segment& segment : out->segments) segment.span = {};
  out->kept = context.kept;
  return out;
}

bool Names(const Json& value, size_t context) {
  if (value.is_object() && value.contains("$context")) return value["$context"] == context;
  return value.is_structured() && std::any_of(value.begin(), value.end(), [&](const Json& part) {
           return Names(part, context);
         });
}

// "function `turn`: argument `talk`: "
std::string ArgumentOf(size_t context, std::string_view function, const Arguments& arguments) {
  const Result<Json> json = ParseJson(arguments.json());
  if (json.ok() && json->is_object()) {
    for (const auto& [name, value] : json->items()) {
      if (Names(value, context))
        return "function `" + std::string(function) + "`: argument `" + name + "`: ";
    }
  }
  return "context " + std::to_string(context) + ": ";
}

}  // namespace

Result<std::vector<exec::ContextRef>> ReadContexts(const ProgramRef& program,
                                                   std::string_view function,
                                                   const Arguments& arguments,
                                                   const std::shared_ptr<const void>& engine) {
  std::vector<exec::ContextRef> out;
  for (const Context& context : arguments.contexts()) {
    if (context.state() == nullptr) {
      return InvalidArgument(ArgumentOf(out.size(), function, arguments) +
                             "expected a context that a run gave, found an empty one");
    }
    const Context::State& state = *context.state();
    if (state.engine != engine) {
      return InvalidArgument(ArgumentOf(out.size(), function, arguments) +
                             "expected a context of this engine, found one of another engine: "
                             "tokens of one model mean nothing to another");
    }
    out.push_back(state.program == program ? state.value : WithoutPlaces(*state.value));
  }
  return out;
}

}  // namespace api
}  // namespace lmp
