// Contexts of lmp.h: timelines that have left their run.
#include "runtime/api/state.h"

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

}  // namespace

Result<std::vector<exec::ContextRef>> ReadContexts(const ProgramRef& program,
                                                   const std::vector<Context>& contexts,
                                                   const std::shared_ptr<const void>& engine) {
  std::vector<exec::ContextRef> out;
  for (const Context& context : contexts) {
    const std::string name = "context " + std::to_string(out.size());
    if (context.state() == nullptr) return InvalidArgument(name + " is empty: no run gave it");
    const Context::State& state = *context.state();
    if (state.engine != engine)
      return InvalidArgument(name +
                             " is of another engine: tokens of one model mean nothing to another");
    out.push_back(state.program == program ? state.value : WithoutPlaces(*state.value));
  }
  return out;
}

}  // namespace api
}  // namespace lmp
