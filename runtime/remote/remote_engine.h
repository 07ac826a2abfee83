// MakeRemoteEngine: the Engine whose sequences are requests to servers with OpenAI's API
// (docs/DELEGATION.md). It has the tokenizer, the servers have the model.
//
//   engine's thread:  Start -> queue ......................... Step <- events
//   its own threads:           -> ask (endpoint, retries) -> check text -^  -> SetWake's function
//
// A sequence is one connection; up to EngineOptions::sequences_max of them are open at once, the
// others wait. Cancel closes its connection, which ends the work on the server. Warms and compiles
// end at once and do nothing: there is no KV here to keep.
//
// The promise of engine.h is the server's to keep: the same spec may give another text at a busier
// server. What is kept here: no text that the matcher refuses becomes a value, no control token is
// made of text, and a request is repeated only where nothing of its answer had come.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/engine/engine.h"
#include "runtime/model/model.h"
#include "runtime/remote/server_kind.h"
#include "runtime/text/tokenizer.h"

namespace lmp::remote {

struct RemoteOptions {
  std::vector<std::string> urls;  // "http://host:8000", with or without "/v1"; at least one
  std::string kind = {};          // of all of them; empty: as they say
  std::string model = {};         // as they call it; empty: the first that they list
  std::string key = {};           // of the API; empty: none
  int priority = 0;               // more is sooner, whatever the servers' own direction is
  int sequences_max = 64;         // connections at once, 1 to 1024
  int retries_max = 3;            // of one sequence
  std::chrono::milliseconds connect{10'000}, first{300'000}, idle{60'000};  // net::HttpTimeouts
  std::chrono::milliseconds backoff{250};             // before the first retry; doubled for each
  std::chrono::milliseconds retry_after_max{30'000};  // a server that asks for more is given up
};

// Asks the servers which kind they are and for their models. `config`: of a model file with the
// tokenizer; its context_max becomes the server's, if that is shorter.
// Errors: InvalidArgument (a URL, a kind, a model that is not there, servers of different kinds,
// another vocabulary where they tell theirs, a priority for servers that know none),
// Unavailable (no server answers), Corruption (no such API).
struct RemoteEngine {
  std::unique_ptr<engine::Engine> engine;
  const ServerKind* kind = nullptr;
  std::string model;
  std::vector<std::string> silent;  // servers that do not answer now, and why
};
Result<RemoteEngine> MakeRemoteEngine(model::ModelConfig config,
                                      std::shared_ptr<const text::Tokenizer> tokenizer,
                                      const RemoteOptions& options);

}  // namespace lmp::remote
