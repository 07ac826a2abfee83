#include "runtime/bench/subject.h"

#include <map>

#include "runtime/base/clock_rng.h"
#include "runtime/engine/local_engine.h"
#include "runtime/model/gguf.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"

namespace lmp::bench {

namespace {

Result<model::SynthShape> ShapeOf(const std::string& name) {
  if (name != "demo") return model::FindSynthShape(name);
  model::SynthShape shape;
  shape.name = "demo";
  shape.architecture = "qwen2";
  shape.layers = 12;
  shape.width = 256;
  shape.heads = 8;
  shape.kv_heads = 4;
  shape.head_dim = 32;
  shape.ffn_width = 768;
  shape.vocabulary = 4096;
  shape.context = 4096;
  return shape;
}

}  // namespace

Result<model::OpenedModel> OpenSubjectModel(const BenchOptions& options,
                                            const std::string& shape_name,
                                            model::TensorType format) {
  model::TransformerOptions transformer;
  transformer.threads = options.threads;
  if (!options.model.empty()) return model::OpenModel(options.model, transformer);
  LMP_TRY(const model::SynthShape shape, ShapeOf(shape_name));
  model::SynthOptions synth;
  synth.format = format;
  LMP_TRY(const std::vector<std::byte> bytes, model::MakeSynthModel(shape, synth));
  LMP_TRY(const model::GgufFile file, model::GgufFile::Parse(bytes));
  return model::OpenModel(file, transformer);
}

Result<std::unique_ptr<engine::Engine>> MakeSubject(const BenchOptions& options,
                                                    const std::string& shape_name,
                                                    const engine::EngineOptions& engine_options,
                                                    model::TensorType format) {
  LMP_TRY(model::OpenedModel opened, OpenSubjectModel(options, shape_name, format));
  LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(opened.tokenizer)));
  return engine::MakeLocalEngine(std::move(opened.model), std::move(tokenizer), nullptr,
                                 engine_options);
}

std::vector<TokenId> RandomTokens(const engine::Engine& engine, uint64_t seed, int count) {
  Rng rng(seed);
  std::vector<TokenId> out;
  while (out.size() < static_cast<size_t>(count)) {
    const auto id =
        static_cast<TokenId>(rng.Below(static_cast<uint64_t>(engine.tokenizer().vocabulary())));
    if (!engine.tokenizer().IsControl(id)) out.push_back(id);
  }
  return out;
}

Result<std::vector<engine::FinishedEvent>> RunAll(engine::Engine& engine,
                                                  std::vector<engine::SequenceSpec> specs) {
  std::map<engine::SequenceId, size_t> order;
  for (size_t i = 0; i < specs.size(); ++i) {
    LMP_TRY(const engine::SequenceId id, engine.Start(std::move(specs[i])));
    order[id] = i;
  }
  std::vector<engine::FinishedEvent> out(specs.size());
  std::vector<engine::SequenceEvent> events;
  while (engine.HasWork()) {
    events.clear();
    LMP_RETURN_IF_ERROR(engine.Step(&events));
    for (engine::SequenceEvent& event : events) {
      if (auto* finished = std::get_if<engine::FinishedEvent>(&event))
        out[order[finished->id]] = std::move(*finished);
      if (auto* failed = std::get_if<engine::FailedEvent>(&event)) return Internal(failed->message);
    }
  }
  return out;
}

engine::SequenceSpec GenerateExactly(std::vector<TokenId> prompt, int tokens) {
  engine::SequenceSpec spec;
  spec.tokens = std::move(prompt);
  engine::GenerateSpec gen;
  gen.max_tokens = tokens;
  spec.work = std::move(gen);
  return spec;
}

}  // namespace lmp::bench
