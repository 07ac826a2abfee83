#include "runtime/exec/engines.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace lmp::exec {

Engines::Engines(std::vector<std::unique_ptr<engine::Engine>> engines)
    : engines_(std::move(engines)) {
  LMP_CHECK(!engines_.empty());
}

Result<engine::SequenceId> Engines::Start(size_t engine, engine::SequenceSpec spec) {
  LMP_TRY(const engine::SequenceId id, engines_[engine]->Start(std::move(spec)));
  return Outer(engine, id);
}

void Engines::Cancel(engine::SequenceId id) { engines_[EngineOf(id)]->Cancel(Inner(id)); }

engine::SequenceUsage Engines::UsageOf(engine::SequenceId id) const {
  return engines_[EngineOf(id)]->UsageOf(Inner(id));
}

bool Engines::HasWork() const {
  return std::any_of(engines_.begin(), engines_.end(),
                     [](const auto& engine) { return engine->HasWork(); });
}

Status Engines::Step(std::vector<engine::SequenceEvent>* events) {
  Status first;
  for (size_t i = 0; i < engines_.size(); ++i) {
    if (!engines_[i]->HasWork()) continue;
    const size_t before = events->size();
    Status status = engines_[i]->Step(events);
    for (size_t e = before; e < events->size(); ++e)
      std::visit([&](auto& event) { event.id = Outer(i, event.id); }, (*events)[e]);
    if (first.ok()) first = std::move(status);
  }
  return first;
}

void Engines::SetWake(const std::function<void()>& wake) {
  for (const auto& engine : engines_) engine->SetWake(wake);
}

void Engines::ClearCache() {
  for (const auto& engine : engines_) engine->ClearCache();
}

}  // namespace lmp::exec
