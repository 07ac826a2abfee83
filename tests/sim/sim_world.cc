#include "tests/sim/sim_world.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "runtime/base/check.h"

namespace lmp::sim {
namespace {

using engine::EngineOptions;
using engine::GenerateSpec;
using engine::SequenceId;
using engine::SequenceSpec;

int Between(Rng& rng, int low, int high) {
  return low + static_cast<int>(rng.Below(static_cast<uint64_t>(high - low + 1)));
}
bool Chance(Rng& rng, double p) { return rng.Unit() < p; }

// Few distinct tokens, so that prompts meet by chance as well as by design.
TokenId AnyToken(Rng& rng, const Vocabulary& vocabulary) {
  const int count = vocabulary.tokenizer->vocabulary();
  return Chance(rng, 0.7) ? Between(rng, count - 3, count - 1) : Between(rng, 3, count - 1);
}

void AppendTokens(Rng& rng, const Vocabulary& vocabulary, int count, std::vector<TokenId>* tokens) {
  for (int i = 0; i < count; ++i) tokens->push_back(AnyToken(rng, vocabulary));
}

// A prompt: a beginning of an earlier prompt, or of an earlier turn with what it generated (never
// one token more than that), and new tokens behind.
std::vector<TokenId> MakePrompt(Rng& rng, const World& world, const Vocabulary& vocabulary,
                                const WorldOptions& options) {
  std::vector<TokenId> tokens;
  if (!world.specs.empty() && Chance(rng, 0.85)) {
    const size_t from = rng.Below(world.specs.size());
    tokens = world.specs[from].tokens;
    if (Chance(rng, 0.5)) {
      const auto& generated = world.outcomes[from].tokens;
      tokens.insert(tokens.end(), generated.begin(), generated.end());
    } else if (Chance(rng, 0.5)) {
      tokens.resize(1 + rng.Below(tokens.size()));
    }
  } else {
    AppendTokens(rng, vocabulary, Between(rng, 1, options.prompt_max), &tokens);
  }
  if (Chance(rng, 0.8)) AppendTokens(rng, vocabulary, Between(rng, 1, 20), &tokens);
  if (tokens.size() > static_cast<size_t>(options.prompt_max)) {
    tokens.resize(static_cast<size_t>(options.prompt_max));
  }
  return tokens;
}

constrain::GrammarRef MakeGrammar(Rng& rng) {
  switch (rng.Below(4)) {
    case 0:
      return constrain::Choice({"yes", "no", "yesterday", "the answer is unknown"}).value();
    case 1:
      return constrain::Choice({"the question and the answer"}).value();
    case 2:
      return constrain::IntRange(-5, 1200).value();
    default:
      return constrain::AnyText();
  }
}

GenerateSpec MakeGenerate(Rng& rng, const Vocabulary& vocabulary, const WorldOptions& options) {
  GenerateSpec spec;
  const text::TokenizerSpec& pieces = vocabulary.tokenizer->spec();
  spec.max_tokens = Between(rng, 1, options.generate_max);
  spec.min_tokens = Chance(rng, 0.2) ? Between(rng, 0, 10) : 0;
  if (Chance(rng, 0.8)) spec.end_tokens = {pieces.eos, pieces.eot};
  if (Chance(rng, 0.7)) {
    spec.sampling.temperature = Chance(rng, 0.5) ? 1.0 : 0.3;
    spec.sampling.top_k = Chance(rng, 0.3) ? Between(rng, 1, 50) : 0;
    spec.sampling.top_p = Chance(rng, 0.3) ? 0.8 : 1.0;
    spec.sampling.min_p = Chance(rng, 0.3) ? 0.05 : 0.0;
    spec.sampling.seed = rng.Below(4);
    spec.sampling.site = rng.Below(4);
  }
  if (Chance(rng, 0.3)) {
    constrain::GrammarRef grammar = MakeGrammar(rng);
    if (Chance(rng, 0.4)) {
      const std::string healed = Chance(rng, 0.5) ? " " : "the pre";
      grammar = constrain::Prefixed(healed, std::move(grammar));
      spec.healed_bytes = static_cast<int>(healed.size());
    }
    spec.matcher.emplace(std::move(grammar), vocabulary.trie, vocabulary.tokenizer);
    spec.must_complete = Chance(rng, 0.5);
  }
  if (Chance(rng, 0.4)) {
    const std::vector<std::string> stops = {"th", "e a", "\n", "a", "st", "ques", "who"};
    for (uint64_t n = 1 + rng.Below(2); n > 0; --n)
      spec.stops.push_back(stops[rng.Below(stops.size())]);
  }
  return spec;
}

// A stop that the generation will meet: a piece of the text that it says without stops, often
// across tokens and pages.
void StopInside(Rng& rng, const Outcome& without, GenerateSpec* spec) {
  if (without.text.size() < 2) return;
  const size_t begin = rng.Below(without.text.size());
  const std::string piece = without.text.substr(begin, 1 + rng.Below(12));
  spec->stops.push_back(piece);
}

// Everything that one sequence showed, put together again.
struct Seen {
  std::string streamed;
  bool ended = false;
  bool cancelled = false;
};

class Player {
 public:
  Player(const World& world, engine::Engine& engine, uint64_t seed, const PlayOptions& options)
      : world_(world), engine_(engine), options_(options), rng_(seed), seen_(world.specs.size()) {
    for (size_t i = 0; i < world.specs.size(); ++i) {
      arrivals_.emplace(rng_.Below(static_cast<uint64_t>(options.arrival_steps)), i);
    }
  }

  std::string Play() {
    for (int step = 0; step < options_.steps_max; ++step) {
      Arrive(static_cast<uint64_t>(step));
      if (!engine_.HasWork() && arrivals_.empty()) return CheckIdle();
      std::vector<engine::SequenceEvent> events;
      const Status status = engine_.Step(&events);
      if (!status.ok()) return "step failed: " + status.ToString();
      SequenceId last = 0;
      for (engine::SequenceEvent& event : events) {
        const SequenceId id = std::visit([](const auto& e) { return e.id; }, event);
        if (id < last) return "events are not in order of id";
        last = id;
        std::visit([&](auto& e) { Take(e); }, event);
        if (!error_.empty()) return error_;
      }
    }
    return "not idle after " + std::to_string(options_.steps_max) + " steps";
  }

 private:
  void Arrive(uint64_t step) {
    while (!arrivals_.empty() && arrivals_.begin()->first <= step) {
      const size_t index = arrivals_.begin()->second;
      arrivals_.erase(arrivals_.begin());
      const auto id = engine_.Start(world_.specs[index]);
      LMP_CHECK_MSG(id.ok(), id.status().message());
      index_of_[*id] = index;
      if (Chance(rng_, options_.cancel_share)) cancels_.emplace(step + rng_.Below(30), *id);
    }
    while (!cancels_.empty() && cancels_.begin()->first <= step) {
      engine_.Cancel(cancels_.begin()->second);
      seen_[index_of_[cancels_.begin()->second]].cancelled = true;
      cancels_.erase(cancels_.begin());
    }
  }

  void Take(const engine::TextEvent& event) {
    Seen& seen = seen_[index_of_[event.id]];
    seen.streamed += event.text;
    if (event.text.empty() || seen.ended) error_ = "text that is empty or behind the end";
  }

  void Take(engine::FinishedEvent& event) {
    const size_t index = index_of_[event.id];
    const SequenceSpec& spec = world_.specs[index];
    Outcome outcome;
    outcome.reason = event.reason;
    outcome.text = event.text;
    outcome.tokens = event.tokens;
    outcome.logprobs = event.logprobs;
    if (event.text != seen_[index].streamed) Error(index, outcome, "streamed other text");
    if (event.usage.tainted) {
      // What it yields is its own; that it does not leak is what the others are compared for.
      if (spec.chunks.empty() || !event.logprobs.empty()) Error(index, outcome, "tainted");
      seen_[index].ended = true;
      return;
    }
    if (spec.retain != (event.retained != nullptr)) Error(index, outcome, "retained?");
    if (event.usage.prompt_tokens != static_cast<int>(spec.tokens.size())) {
      Error(index, outcome, "prompt_tokens");
    }
    if (event.retained != nullptr && Chance(rng_, 0.5))
      retained_.push_back(std::move(event.retained));
    Compare(index, outcome);
  }

  void Take(engine::FailedEvent& event) {
    const size_t index = index_of_[event.id];
    Outcome outcome;
    if (event.usage.tainted) {
      if (world_.specs[index].chunks.empty()) Error(index, outcome, "tainted");
      seen_[index].ended = true;
      return;
    }
    outcome.failure = event.kind;
    outcome.text = event.text;
    if (event.text != seen_[index].streamed) Error(index, outcome, "streamed other text");
    if (event.kind == engine::FailureKind::kCancelled && seen_[index].cancelled) {
      seen_[index].ended = true;
      return;
    }
    Compare(index, outcome);
  }

  void Compare(size_t index, const Outcome& outcome) {
    if (seen_[index].ended) return Error(index, outcome, "ended twice");
    seen_[index].ended = true;
    if (!(outcome == world_.outcomes[index])) Error(index, outcome, "differs from the oracle");
  }

  void Error(size_t index, const Outcome& outcome, const std::string& what) {
    error_ = "sequence " + std::to_string(index) + ": " + what +
             "\n  seen:   " + outcome.ToString() +
             "\n  oracle: " + world_.outcomes[index].ToString();
  }

  std::string CheckIdle() {
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (!seen_[i].ended) return "sequence " + std::to_string(i) + " never ended";
    }
    retained_.clear();
    const engine::EngineStats stats = engine_.stats();
    if (stats.pages_private != 0)
      return "private pages at idle: " + std::to_string(stats.pages_private);
    if (stats.pages_free + stats.pages_tree != stats.pages_total) return "pages are lost";
    engine_.ClearCache();
    if (engine_.stats().pages_free != stats.pages_total) return "pages stay pinned at idle";
    return "";
  }

  const World& world_;
  engine::Engine& engine_;
  const PlayOptions& options_;
  Rng rng_;
  std::multimap<uint64_t, size_t> arrivals_;
  std::multimap<uint64_t, SequenceId> cancels_;
  std::map<SequenceId, size_t> index_of_;
  std::vector<Seen> seen_;
  std::vector<std::unique_ptr<engine::Retained>> retained_;
  std::string error_;
};

}  // namespace

Vocabulary MakeVocabulary() {
  Vocabulary vocabulary;
  vocabulary.tokenizer = MakeDigestTokenizer().value();
  vocabulary.trie = std::make_shared<const constrain::TokenTrie>(*vocabulary.tokenizer);
  return vocabulary;
}

World MakeWorld(uint64_t seed, const Vocabulary& vocabulary, const WorldOptions& options,
                Oracle& oracle) {
  Rng rng(seed);
  World world;
  for (int i = 0; i < options.sequences; ++i) {
    SequenceSpec spec;
    spec.tokens = MakePrompt(rng, world, vocabulary, options);
    const double kind = rng.Unit();
    if (kind < 0.75 || spec.tokens.size() < 2) {
      spec.work = MakeGenerate(rng, vocabulary, options);
      if (Chance(rng, 0.3)) StopInside(rng, oracle.Run(spec), &std::get<GenerateSpec>(spec.work));
    } else if (kind < 0.9) {
      const int count_max = std::min(static_cast<int>(spec.tokens.size()) - 1, 20);
      spec.work = engine::ScoreSpec{.count = Between(rng, 1, count_max)};
    }
    if (Chance(rng, 0.2)) spec.tenant = std::to_string(1 + rng.Below(2));
    if (Chance(rng, 0.5)) spec.owner = 1 + rng.Below(3);
    if (Chance(rng, 0.1)) spec.private_from = Between(rng, 0, static_cast<int>(spec.tokens.size()));
    spec.retain = Chance(rng, 0.2);
    world.outcomes.push_back(oracle.Run(spec));
    world.specs.push_back(std::move(spec));
  }
  return world;
}

EngineOptions RandomEngineOptions(Rng& rng, const WorldOptions& options) {
  const int pages_min = PagesFor(options.prompt_max + options.generate_max + 1);
  EngineOptions engine;
  switch (rng.Below(3)) {
    case 0:
      engine.kv_pages = static_cast<uint32_t>(pages_min + Between(rng, 0, 3));
      break;
    case 1:
      engine.kv_pages = static_cast<uint32_t>(pages_min * Between(rng, 2, 5));
      break;
    default:
      engine.kv_pages = 4096;
  }
  engine.sequences_max = Chance(rng, 0.3) ? 1 : 64;
  engine.step_tokens_max = Chance(rng, 0.5) ? 16 : 512;
  engine.prefix_cache = Chance(rng, 0.8);
  engine.same_step_sharing = Chance(rng, 0.8);
  engine.preempt_every = Chance(rng, 0.3) ? 3 : 0;
  engine.speculation = Chance(rng, 0.8);
  return engine;
}

std::string ToString(const EngineOptions& options) {
  return "kv_pages=" + std::to_string(options.kv_pages) +
         " step_tokens_max=" + std::to_string(options.step_tokens_max) +
         " sequences_max=" + std::to_string(options.sequences_max) +
         " prefix_cache=" + std::to_string(options.prefix_cache) +
         " same_step_sharing=" + std::to_string(options.same_step_sharing) +
         " speculation=" + std::to_string(options.speculation) +
         " preempt_every=" + std::to_string(options.preempt_every);
}

std::string PlayWorld(const World& world, engine::Engine& engine, uint64_t seed,
                      const PlayOptions& options) {
  return Player(world, engine, seed, options).Play();
}

}  // namespace lmp::sim
