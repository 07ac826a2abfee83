// Cold = warm for whole programs on a real transformer: 20 random programs, their tokens, texts and
// the bits of the log-probabilities that select is decided by.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/engine/local_engine.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "runtime/sim/digest_model.h"
#include "tests/sim/exec_world.h"

namespace lmp::sim {
namespace {

std::vector<std::byte> SynthBytes(const std::string& architecture) {
  const text::TokenizerSpec tokenizer = DigestTokenizerSpec();
  const model::SynthShape shape = {.name = "exec",
                                   .architecture = architecture,
                                   .layers = 2,
                                   .width = 48,
                                   .heads = 6,
                                   .kv_heads = 2,
                                   .head_dim = 8,
                                   .ffn_width = 64,
                                   .vocabulary = static_cast<int>(tokenizer.pieces.size()),
                                   .context = 4096};
  return model::MakeSynthModel(shape, {.seed = 5, .tokenizer = tokenizer}).value();
}

EngineMaker MakerOf(const std::vector<std::byte>& bytes) {
  return [&bytes](const engine::EngineOptions& given) {
    engine::EngineOptions options = given;
    options.kv_pages = std::min<uint32_t>(options.kv_pages, 1024);
    const auto file = model::GgufFile::Parse(bytes);
    auto opened = model::OpenModel(file.value(), {.threads = 1});
    auto tokenizer = MakeDigestTokenizer().value();
    return engine::MakeLocalEngine(std::move(opened.value().model), std::move(tokenizer), nullptr,
                                   options)
        .value();
  };
}

// Twice at once, then once more from the cache, in several engines.
void CheckProgram(const ProgramCase& program, const EngineMaker& maker, uint64_t* cached,
                  uint64_t* preemptions) {
  const uint32_t tiny = TinyPool(program.longest);
  for (const engine::EngineOptions& options :
       {engine::EngineOptions{}, engine::EngineOptions{.step_tokens_max = 16, .preempt_every = 3},
        engine::EngineOptions{.kv_pages = tiny},
        engine::EngineOptions{.kv_pages = tiny, .sequences_max = 1}}) {
    ExecWorld world(maker, options);
    const ExecWorld::Submitted first = world.Submit(program);
    const ExecWorld::Submitted second = world.Submit(program);
    std::string error;
    for (const auto& submitted : {first, second}) {
      error = Difference(program.reference, world.Wait(submitted));
      REQUIRE_MESSAGE(error.empty(), error);
    }
    error = Difference(program.reference, world.Run(program));
    REQUIRE_MESSAGE(error.empty(), error);
    error = world.SettledError();
    REQUIRE_MESSAGE(error.empty(), error);
    *cached += world.stats().cached_tokens;
    *preemptions += world.stats().preemptions;
  }
}

TEST_CASE("80 random programs on a transformer: cold = warm, bit for bit") {
  uint64_t cached = 0, preemptions = 0;
  size_t scored = 0, answers = 0;
  for (const char* architecture : {"llama", "qwen2"}) {
    const std::vector<std::byte> bytes = SynthBytes(architecture);
    const EngineMaker maker = MakerOf(bytes);
    for (uint64_t seed = 0; seed < 40; ++seed) {
      CAPTURE(architecture);
      CAPTURE(seed);
      std::string error;
      const std::vector<ProgramCase> cases =
          MakeCases(seed, {.gen_tokens_max = 12, .statements_max = 5}, maker, &error);
      REQUIRE_MESSAGE(error.empty(), error);
      for (const ProgramCase& program : cases) {
        answers += program.reference.answers.size();
        for (const std::string& a : program.reference.answers)
          scored += a.find(" bits ") != std::string::npos;
        CheckProgram(program, maker, &cached, &preemptions);
      }
    }
  }
  MESSAGE("answers " << answers << ", scored " << scored << ", cached tokens " << cached
                     << ", preemptions " << preemptions);
  CHECK(answers > 100);
  CHECK(scored > 20);
  CHECK(cached > 5'000);
  CHECK(preemptions > 20);
}

}  // namespace
}  // namespace lmp::sim
