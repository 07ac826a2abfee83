#include "runtime/server/bench/serve_bench.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/base/clock_rng.h"
#include "runtime/base/url.h"
#include "runtime/bench/bench.h"
#include "runtime/server/bench/load.h"
#include "runtime/server/server.h"

namespace lmp::server {

namespace {

using bench::BenchOptions;
using bench::BenchRow;
using bench::MakeRow;
using bench::WantsRow;

double Seconds(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A model file of random weights, as long as it is needed.
class SynthFile {
 public:
  static Result<std::unique_ptr<SynthFile>> Make(const std::string& shape) {
    auto file = std::make_unique<SynthFile>();
    file->path_ = std::filesystem::temp_directory_path() /
                  ("lmp-bench-" + std::to_string(getpid()) + "-" + shape + ".gguf");
    SynthModelConfig config;
    config.shape = shape;
    config.format = "q8_0";
    LMP_RETURN_IF_ERROR(WriteSynthModel(config, file->path_.string()));
    return file;
  }
  ~SynthFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// A server of this process on a thread of its own.
class OwnServer {
 public:
  static Result<std::unique_ptr<OwnServer>> Start(const EngineConfig& config, int connections_max) {
    auto own = std::make_unique<OwnServer>();
    LMP_TRY(own->engine_, Engine::Load(config));
    ServerOptions options;
    options.port = 0;
    options.connections_max = connections_max;
    options.idle_max = std::chrono::minutes(10);
    LMP_TRY(own->server_, Server::Listen(own->engine_.get(), {}, options));
    own->thread_ = std::thread([server = own->server_.get()] { server->Run(); });
    return own;
  }
  ~OwnServer() {
    if (!thread_.joinable()) return;
    server_->Stop();
    server_->Stop();
    thread_.join();
  }
  LoadTarget target() const { return {.port = server_->port()}; }
  Engine* engine() const { return engine_.get(); }
  // CPU time of the thread that does everything with sockets.
  double CpuMicros() {
    clockid_t clock;
    timespec time{};
    if (pthread_getcpuclockid(thread_.native_handle(), &clock) != 0) return 0;
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
  }

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// Ids that most vocabularies have as ordinary text.
std::vector<int32_t> RandomPrompt(Rng* rng, size_t count, int32_t vocabulary) {
  std::vector<int32_t> out;
  for (size_t i = 0; i < count; ++i)
    out.push_back(300 + static_cast<int32_t>(rng->Below(static_cast<uint64_t>(vocabulary - 300))));
  return out;
}

std::vector<int32_t> Join(std::vector<int32_t> a, const std::vector<int32_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

// What one load gave, one value per repetition.
struct LoadFigures {
  std::vector<double> rps, ttft_p50, ttft_p95, tps, hit_rate;

  Status Add(const std::vector<LoadReply>& replies) {
    double end = 0;
    int64_t prompt = 0, cached = 0, generated = 0;
    std::vector<double> ttft;
    for (const LoadReply& reply : replies) {
      if (!reply.error.empty()) return Unavailable("a request failed: " + reply.error);
      end = std::max(end, reply.end);
      prompt += reply.prompt_tokens;
      cached += reply.cached_tokens;
      generated += reply.generated_tokens;
      // Random weights may write bytes that are no text: then the end is the first that is heard.
      ttft.push_back(((reply.first_text < 0 ? reply.end : reply.first_text) - reply.sent) * 1e3);
    }
    rps.push_back(static_cast<double>(replies.size()) / end);
    tps.push_back(static_cast<double>(generated) / end);
    ttft_p50.push_back(Quantile(ttft, 0.5));
    ttft_p95.push_back(Quantile(ttft, 0.95));
    hit_rate.push_back(prompt == 0 ? 0 : static_cast<double>(cached) / static_cast<double>(prompt));
    return OkStatus();
  }
  void AddRows(const std::string& load, const std::string& note, std::vector<BenchRow>* rows) {
    rows->push_back(MakeRow("rps/" + load, "1/s", rps));
    rows->back().note = note;
    rows->push_back(MakeRow("ttft_p50_ms/" + load, "ms", ttft_p50));
    rows->push_back(MakeRow("ttft_p95_ms/" + load, "ms", ttft_p95));
    rows->push_back(MakeRow("tps/" + load, "tok/s", tps));
    rows->push_back(MakeRow("hit_rate/" + load, "share", hit_rate));
  }
};

constexpr size_t kSharedPrefix = 1'500;

class ServeBench {
 public:
  ServeBench(BenchOptions options, std::string url)
      : options_(std::move(options)), url_(std::move(url)) {}

  Result<std::vector<BenchRow>> Run() {
    LMP_RETURN_IF_ERROR(Prepare());
    if (Wants("shared32")) LMP_RETURN_IF_ERROR(AddShared());
    if (own_ != nullptr && WantsRow(options_, "ttft_ratio/warm")) LMP_RETURN_IF_ERROR(AddWarm());
    if (options_.full && Wants("mixed256")) LMP_RETURN_IF_ERROR(AddMixed());
    for (const double rate : {0.5, 1.0, 2.0}) {
      if (options_.full && Wants("poisson_" + Text(rate))) LMP_RETURN_IF_ERROR(AddPoisson(rate));
    }
    return std::move(rows_);
  }

 private:
  static std::string Text(double number) {
    char out[16];
    std::snprintf(out, sizeof out, "%g", number);
    return out;
  }
  bool Wants(const std::string& load) const {
    for (const char* row : {"rps/", "ttft_p50_ms/", "ttft_p95_ms/", "tps/", "hit_rate/"}) {
      if (WantsRow(options_, row + load)) return true;
    }
    return false;
  }
  void Say(const std::string& line) const {
    if (options_.progress) options_.progress("serve: " + line);
  }

  Status Prepare() {
    if (!url_.empty()) {
      LMP_TRY(const Url url, ParseUrl(url_));
      if (url.secure()) return InvalidArgument("the bench asks servers over plain HTTP only");
      if (!IsAddress(url.host) && url.host != "localhost")
        return InvalidArgument(url.host + " is no address: expected one like 127.0.0.1");
      target_ = {.address = url.host == "localhost" ? "127.0.0.1" : url.host,
                 .port = url.port,
                 .ignore_eos = true};
      return OkStatus();
    }
    EngineConfig config;
    config.model = options_.model;
    config.threads = options_.threads;
    if (config.model.empty()) {
      Say("writing a model of the 135M shape");
      LMP_TRY(file_, SynthFile::Make("smol135m"));
      config.model = file_->path();
    }
    LMP_TRY(own_, OwnServer::Start(config, 1024));
    target_ = own_->target();
    vocabulary_ = std::min(vocabulary_, own_->engine()->model().vocabulary);
    return OkStatus();
  }

  // 32 clients at once with one long beginning; then again, with other ends.
  Status AddShared() {
    LoadFigures cold, warm;
    for (int rep = 0; rep < options_.reps; ++rep) {
      Rng rng(static_cast<uint64_t>(rep) + Salt());
      const std::vector<int32_t> prefix = RandomPrompt(&rng, kSharedPrefix, vocabulary_);
      for (LoadFigures* figures : {&cold, &warm}) {
        std::vector<LoadAsk> asks;
        for (int i = 0; i < 32; ++i)
          asks.push_back({0, Join(prefix, RandomPrompt(&rng, 16, vocabulary_)), 32});
        LMP_RETURN_IF_ERROR(figures->Add(RunLoad(target_, asks)));
      }
      Say("shared32, repetition " + std::to_string(rep + 1));
    }
    const std::string note = "32 at once, 1,500 + 16 tokens, 32 new";
    cold.AddRows("shared32", note + "; the prefix is new", &rows_);
    warm.AddRows("shared32_warm", note + "; the prefix is known", &rows_);
    return OkStatus();
  }

  // The first text of one client whose beginning is cached, over the same without HTTP.
  Status AddWarm() {
    std::vector<double> ratios;
    Rng rng(Salt() + 77);
    const std::vector<int32_t> prefix = RandomPrompt(&rng, kSharedPrefix, vocabulary_);
    for (int rep = 0; rep <= options_.reps; ++rep) {
      const std::vector<int32_t> asked = Join(prefix, RandomPrompt(&rng, 16, vocabulary_));
      const std::vector<int32_t> alone = Join(prefix, RandomPrompt(&rng, 16, vocabulary_));
      const std::vector<LoadReply> replies = RunLoad(target_, {{0, asked, 1}});
      if (!replies[0].error.empty()) return Unavailable(replies[0].error);
      const auto begin = std::chrono::steady_clock::now();
      CompletionRequest request;
      request.tokens = alone;
      request.tokens_max = 1;
      LMP_TRY(const auto completion, own_->engine()->Complete(std::move(request)));
      if (!completion->Wait().ok) return Unavailable(completion->Wait().failure.message);
      const double seconds = Seconds(begin);
      if (rep > 0) ratios.push_back((replies[0].end - replies[0].sent) / seconds);
    }
    rows_.push_back(MakeRow("ttft_ratio/warm", "x", ratios));
    rows_.back().note = "one token behind 1,500 cached and 16 new, over HTTP and without";
    return OkStatus();
  }

  // 256 clients at once: prompts of 16 to 512 tokens, most of them short, 8 to 64 new tokens.
  LoadAsk Mixed(Rng* rng) const {
    const double share = static_cast<double>(rng->Below(1'000)) / 1'000;
    const auto length = static_cast<size_t>(16 * std::pow(32.0, share));
    return {0, RandomPrompt(rng, length, vocabulary_), 8 + static_cast<int>(rng->Below(57))};
  }
  Status AddMixed() {
    LoadFigures figures;
    for (int rep = 0; rep < options_.reps; ++rep) {
      Rng rng(static_cast<uint64_t>(rep) + 1'000 + Salt());
      std::vector<LoadAsk> asks;
      for (int i = 0; i < 256; ++i) asks.push_back(Mixed(&rng));
      LMP_RETURN_IF_ERROR(figures.Add(RunLoad(target_, asks)));
      Say("mixed256, repetition " + std::to_string(rep + 1));
    }
    figures.AddRows("mixed256", "256 at once, prompts of 16 to 512 tokens, 8 to 64 new", &rows_);
    return OkStatus();
  }

  // Mixed requests that come by chance, so many a second, for 20 seconds.
  Status AddPoisson(double rate) {
    LoadFigures figures;
    for (int rep = 0; rep < options_.reps; ++rep) {
      Rng rng(static_cast<uint64_t>(rep) + 2'000 + Salt());
      std::vector<LoadAsk> asks;
      double at = 0;
      while (true) {
        at -= std::log(1.0 - static_cast<double>(rng.Below(1'000'000)) * 1e-6) / rate;
        if (at > 20) break;
        asks.push_back(Mixed(&rng));
        asks.back().at_seconds = at;
      }
      LMP_RETURN_IF_ERROR(figures.Add(RunLoad(target_, asks)));
      Say("poisson_" + Text(rate) + ", repetition " + std::to_string(rep + 1));
    }
    figures.AddRows("poisson_" + Text(rate), Text(rate) + " requests a second for 20 s", &rows_);
    return OkStatus();
  }

  // Another server may remember what an earlier bench has asked.
  static uint64_t Salt() {
    static const auto salt = static_cast<uint64_t>(
        std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1));
    return salt * 10'000;
  }

  const BenchOptions options_;
  const std::string url_;
  std::unique_ptr<SynthFile> file_;
  std::unique_ptr<OwnServer> own_;  // null: another server is asked
  LoadTarget target_;
  int32_t vocabulary_ = 30'000;  // most models have more
  std::vector<BenchRow> rows_;
};

constexpr int kStreams = 1'000, kStreamTokens = 64, kIdle = 2'000, kRequests = 500;

int64_t AllocatedBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

Status AllowDescriptors(rlim_t count) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < count)
    return Unsupported("this process may not have " + std::to_string(count) + " descriptors");
  limit.rlim_cur = std::max(limit.rlim_cur, count);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return Unsupported("the limit of descriptors cannot be raised");
  return OkStatus();
}

// What one load took of the server's thread.
struct Cost {
  double micros = 0;
  int64_t tokens = 0;
};

Result<Cost> CostOfStreams(OwnServer* own, Rng* rng, int tokens_each) {
  constexpr int32_t kTinyVocabulary = 400;
  std::vector<LoadAsk> asks;
  for (int i = 0; i < kStreams; ++i)
    asks.push_back({0, RandomPrompt(rng, 16, kTinyVocabulary), tokens_each});
  const double before = own->CpuMicros();
  Cost cost;
  for (const LoadReply& reply : RunLoad(own->target(), asks)) {
    if (!reply.error.empty()) return Unavailable(reply.error);
    cost.tokens += reply.generated_tokens;
  }
  cost.micros = own->CpuMicros() - before;
  return cost;
}

Result<Cost> CostOfRequests(OwnServer* own, Rng* rng) {
  constexpr int32_t kTinyVocabulary = 400;
  std::vector<LoadAsk> asks;
  for (int i = 0; i < kRequests; ++i)
    asks.push_back({0, RandomPrompt(rng, 16, kTinyVocabulary), 1});
  const double before = own->CpuMicros();
  const std::vector<LoadReply> replies = RunInTurn(own->target(), asks);
  if (!replies.back().error.empty()) return Unavailable(replies.back().error);
  return Cost{own->CpuMicros() - before, kRequests};
}

// Times of the server's thread, over a model of hardly any size: what the engine computes is on
// another thread and no part of them.
Result<std::vector<BenchRow>> RunOverhead(const BenchOptions& options, const std::string&) {
  LMP_RETURN_IF_ERROR(AllowDescriptors(2 * kIdle + 200));
  LMP_TRY(const auto file, SynthFile::Make("tiny"));
  EngineConfig config;
  config.model = file->path();
  config.threads = 1;
  config.sequences_max = kStreams;
  config.kv_bytes = 512u << 20;
  LMP_TRY(const auto own, OwnServer::Start(config, kIdle + 100));
  Rng rng(1);
  std::vector<BenchRow> rows;
  std::vector<double> request, stream, token;
  for (int rep = 0; rep < options.reps; ++rep) {
    LMP_TRY(const Cost turn, CostOfRequests(own.get(), &rng));
    request.push_back(turn.micros / kRequests);
    LMP_TRY(const Cost shortest, CostOfStreams(own.get(), &rng, 1));
    LMP_TRY(const Cost longer, CostOfStreams(own.get(), &rng, kStreamTokens));
    stream.push_back(shortest.micros / kStreams);
    token.push_back((longer.micros - shortest.micros) /
                    static_cast<double>(longer.tokens - shortest.tokens));
    if (options.progress) options.progress("server: repetition " + std::to_string(rep + 1));
  }
  rows.push_back(MakeRow("request_overhead_us", "us", request));
  rows.back().note = "CPU time of the server's thread, 16 + 1 tokens, one after the other";
  rows.push_back(MakeRow("stream_overhead_us", "us", stream));
  rows.back().note = "the same of 1,000 at once: connect, ask, one token in a stream, close";
  rows.push_back(MakeRow("token_overhead_us", "us", token));
  rows.back().note = "of each further token, 1,000 streams of up to 64";

  const int64_t empty = AllocatedBytes();
  boost::asio::io_context io;
  std::vector<boost::asio::ip::tcp::socket> idle;
  for (int i = 0; i < kIdle; ++i) {
    boost::system::error_code error;
    idle.emplace_back(io).connect({boost::asio::ip::make_address("127.0.0.1"), own->target().port},
                                  error);
    if (error) return Unavailable("connecting: " + error.message());
  }
  // Answered behind all of them.
  const std::vector<LoadReply> last = RunInTurn(own->target(), {{0, {300}, 1}});
  if (!last.back().error.empty()) return Unavailable(last.back().error);
  rows.push_back(MakeRow("idle_connection_bytes", "bytes",
                         {static_cast<double>(AllocatedBytes() - empty) / kIdle}));
  rows.back().note = "memory per connection of 2,000 that say nothing, their clients included";
  return rows;
}

Result<std::vector<BenchRow>> RunServe(const BenchOptions& options, const std::string& url) {
  return ServeBench(options, url).Run();
}

}  // namespace

std::vector<BenchSummary> ServerBenches() {
  return {{"serve", "completions of many clients at once; --url: of another server"},
          {"server", "what the server costs by itself: a request, a token, an idle connection"}};
}

Result<BenchOutcome> RunServerBench(std::string_view name, const BenchConfig& config,
                                    const std::string& url) {
  BenchOptions options;
  options.model = config.model;
  options.threads = config.threads;
  options.reps = config.reps;
  options.full = config.full;
  options.rows = config.rows;
  options.progress = config.on_progress;
  try {
    LMP_TRY(const std::vector<BenchRow> rows,
            (name == "serve" ? RunServe : RunOverhead)(options, url));
    return BenchOutcome{bench::ToTable(name, options, rows), bench::ToJson(name, options, rows)};
  } catch (const std::exception& e) {
    return Internal(e.what());
  }
}

}  // namespace lmp::server
