// lmp corpus add --warm: computes the KV of a corpus's passages before anybody asks.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

// As a string of the language.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c != '\r') {
      out += c;
    }
  }
  return out + "\"";
}

// Passages are compiled behind what stands before them in programs: nothing, or a system message.
std::string ProgramBehind(const std::string& system) {
  return "fn main(passages: list<passage>) -> string {\n" +
         (system.empty() ? "" : "  system " + Quoted(system) + "\n") +
         "  user { insert passages with reuse: link(0) }\n  gen x with max: 1\n  return x\n}\n";
}

class Warmer {
 public:
  Warmer(Engine* engine, ProgramRef program, const std::function<bool()>& cancelled)
      : engine_(engine), program_(std::move(program)), cancelled_(cancelled) {}

  Status Add(const CorpusHit& chunk) {
    // Counts of another tokenizer may be off; half of the context is left for that.
    const int64_t most = engine_->model().context_max / 2;
    if (tokens_ + chunk.tokens > most) LMP_RETURN_IF_ERROR(Finish());
    batch_.push_back(Json{{"id", chunk.id}, {"document", chunk.document}, {"text", chunk.text}});
    tokens_ += chunk.tokens;
    return OkStatus();
  }

  Status Finish() {
    if (batch_.empty()) return OkStatus();
    const Json arguments{{"passages", std::exchange(batch_, Json::array())}};
    tokens_ = 0;
    LMP_TRY(const auto run, engine_->Start(program_, "main", arguments.dump()));
    const RunReport& report = run->Wait();
    const size_t count = arguments["passages"].size();
    if (!report.ok) {
      skipped += count;
      std::fprintf(stderr, "skipped: %zu passages: %s\n", count, report.failure.message.c_str());
      return OkStatus();
    }
    // What is missing is compiled once the engine is idle.
    while (!cancelled_()) {
      LMP_TRY(const EngineCounters counters, engine_->Counters());
      if (counters.passages_waiting == 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    done += count;
    return OkStatus();
  }

  size_t done = 0, skipped = 0;

 private:
  Engine* engine_;
  ProgramRef program_;
  const std::function<bool()>& cancelled_;
  Json batch_ = Json::array();
  int64_t tokens_ = 0;
};

}  // namespace

Result<Warmed> WarmCorpus(const WarmFlags& flags, const std::function<bool()>& cancelled) {
  LMP_TRY(const std::string model, FindModel(flags.model, ""));
  EngineConfig engine_config;
  engine_config.model = model;
  engine_config.chunk_store = flags.chunk_store;
  LMP_TRY(const auto engine, Engine::Load(engine_config));
  CompileOutcome compiled = Compile("warm.lmp", ProgramBehind(flags.system));
  if (compiled.program == nullptr) return InvalidArgument("the system message is no text");
  CorpusConfig corpus_config;
  corpus_config.path = flags.corpus;
  LMP_TRY(const auto corpus, Corpus::Open(corpus_config));
  LMP_TRY(const CorpusFacts facts, corpus->Facts());
  Warmer warmer(engine.get(), compiled.program, cancelled);
  ProgressLine line(flags.progress);
  Status status = OkStatus();
  LMP_RETURN_IF_ERROR(corpus->ForEachChunk([&](const CorpusHit& chunk) {
    status = warmer.Add(chunk);
    CorpusProgress progress;
    progress.files_done = static_cast<int64_t>(warmer.done);
    progress.files_total = facts.chunks;
    progress.bytes_done = progress.files_done;
    progress.bytes_total = std::max<int64_t>(1, facts.chunks);
    line.Show(progress);
    return status.ok() && !cancelled();
  }));
  LMP_RETURN_IF_ERROR(status);
  if (!cancelled()) LMP_RETURN_IF_ERROR(warmer.Finish());
  return Warmed{warmer.done, warmer.skipped};
}

}  // namespace lmp::cli
