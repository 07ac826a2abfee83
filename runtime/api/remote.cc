// Engines of lmp.h whose sequences run on servers of others.
#include <algorithm>
#include <filesystem>

#include "runtime/api/engine_impl.h"
#include "runtime/api/state.h"
#include "runtime/model/model_source.h"
#include "runtime/model/tokenizer_file.h"
#include "runtime/text/chat_format.h"
#if LMP_HAVE_NET
#include "runtime/engine/vocabulary_digest.h"
#include "runtime/remote/remote_engine.h"
#endif

namespace lmp::api {

namespace {

#if LMP_HAVE_NET

// Of a tokenizer without a model beside it, where the server does not say either: it refuses what
// is too long for it.
constexpr int kContextUnknown = 1 << 20;

struct TokenizerSource {
  model::ModelConfig config;
  text::TokenizerSpec tokenizer;
};

// A model file or folder, of which no tensor is read, or a tokenizer alone.
Result<TokenizerSource> ReadTokenizerSource(const std::string& path) {
  TokenizerSource out;
  if (const auto source = model::OpenModelSource(path); source.ok()) {
    LMP_TRY(model::Network network, (*source)->ReadNetwork());
    out.config = std::move(network.config);
    LMP_TRY(out.tokenizer, (*source)->ReadTokenizer());
    return out;
  } else if (source.status().code() != StatusCode::kNotFound &&
             source.status().code() != StatusCode::kCorruption) {
    return source.status();
  }
  LMP_TRY(out.tokenizer, model::ReadTokenizerFile(path, ""));
  out.config.name = std::filesystem::path(path).stem().string();
  out.config.context_max = kContextUnknown;
  out.config.vocabulary = static_cast<int>(out.tokenizer.pieces.size());
  return out;
}

#endif

}  // namespace

#if LMP_HAVE_NET

Result<LoadedEngine> LoadRemoteEngine(const EngineConfig& config) {
  if (!config.chunk_store.empty())
    return InvalidArgument("a chunk store keeps KV of this process, and servers generate");
  LMP_TRY(TokenizerSource source, ReadTokenizerSource(config.model));
  LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(source.tokenizer)));
  LMP_TRY(text::ChatFormat format, text::MakeChatFormat(*tokenizer));
  ModelSummary summary;
  summary.path = config.model;
  summary.architecture = source.config.architecture;
  summary.weight_format = source.config.weight_format;
  summary.layers = source.config.layers;
  summary.width = source.config.width;
  summary.heads = source.config.heads;
  summary.kv_heads = source.config.kv_heads;
  summary.head_dim = source.config.head_dim;
  summary.vocabulary = source.config.vocabulary;
  summary.chat_notice = format.notice;
  summary.vocabulary_digest = engine::VocabularyDigest(*tokenizer);
  if (!format.notice.empty() && config.on_log) config.on_log(format.notice);

  remote::RemoteOptions options;
  options.urls = config.servers;
  options.kind = config.server_kind;
  options.model = config.server_model;
  options.key = config.server_key;
  options.priority = config.server_priority;
  options.sequences_max = config.sequences_max;
  options.first = std::chrono::seconds(std::max(1, config.server_seconds));
  LMP_TRY(remote::RemoteEngine made,
          remote::MakeRemoteEngine(std::move(source.config), tokenizer, options));
  for (const std::string& silent : made.silent) {
    if (config.on_log) config.on_log("a server does not answer: " + silent);
  }
  summary.name = made.model;
  summary.context_max = made.engine->model_config().context_max;
  LoadedEngine out;
  out.name = config.name;
  out.summary = std::move(summary);
  out.tokenizer = std::move(tokenizer);
  out.format = std::move(format);
  out.engine = std::move(made.engine);
  return out;
}

#else

Result<LoadedEngine> LoadRemoteEngine(const EngineConfig&) {
  return Unsupported("this build has no network (LMP_NET): it asks no servers");
}

#endif

}  // namespace lmp::api
