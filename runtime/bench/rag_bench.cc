// `lmp bench rag`: what stored passages save. Prompts of a system prefix (64 tokens), N passages of
// C tokens in another order each time, and a question (32 tokens); random tokens, random weights.
//
//   compute_ms/SHAPE             one passage computed and stored, behind the prefix
//   read_ms/SHAPE/TIER           one passage from the store, until its last byte is there
//   first_group_ms/SHAPE/TIER    ... until its first layer is there
//   place_ms/SHAPE               one passage's stored rows rotated and written into pages
//   ttft_ms/SHAPE/cold           first token, everything computed
//   ttft_ms/SHAPE/radix          first token, the same prompt once more
//   ttft_ms/SHAPE/POLICY/TIER    first token, passages from the store
//   ttft_ms/.../restart/whole    the same, all layers loaded before the first is computed
//   ttft_ratio/SHAPE/POLICY/TIER cold / this
//   computed_tokens/SHAPE/POLICY rows computed, of the prompt's
//   sync_ms/SHAPE                until what was put is on the disk
//   open_ms/SHAPE/restart        until the closed store is open again
//   disk_read_gbps/SHAPE         the store's files, not in the page cache, in order
//   disk_bytes/SHAPE             bytes of the folder for each byte of payload
//
// TIER: memory; disk (no memory in front; the system's page cache is warm); restart (engine and
// store closed and opened again, the store's files dropped from the page cache before each prompt).
// Ceilings (`limit`): of ttft_ratio the share of the prompt's rows that are computed, a probe
// counted as its share of the layers; of ttft_ms the cold time over that, on restart at least the
// passages' bytes over disk_read_gbps. POLICY: link0, link8, blend15, full, and auto with a table
// that allows link(8) (random weights have no losses to measure); what it chooses is in the note.
// SHAPE is demo with 16 x 192; --full adds smol135m and llama1b with 8 x 512. (Minutes on few
// cores.)
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cache/chunk_memory_store.h"
#include "runtime/base/clock_rng.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/subject.h"
#include "runtime/engine/chunk_reuse.h"
#include "runtime/engine/local_engine.h"
#include "runtime/engine/reuse_risks.h"
#if LMP_HAVE_STORE
#include "runtime/store/rocksdb_store.h"
#endif

namespace lmp::bench {
namespace {

using engine::ReusePolicy;

constexpr int kSystemTokens = 64;
constexpr int kQuestionTokens = 32;
constexpr std::chrono::seconds kReadWait{60};

struct Workload {
  std::string shape;
  int chunks;
  int chunk_tokens;
};

const std::pair<const char*, ReusePolicy> kPolicies[] = {
    {"link0", ReusePolicy::Link(0)},       {"link8", ReusePolicy::Link(8)},
    {"blend15", ReusePolicy::Blend(0.15)}, {"full", ReusePolicy::Full()},
    {"auto", ReusePolicy::Auto()},
};

double Ms(int64_t ns) { return static_cast<double>(ns) * 1e-6; }

// A folder of the bench's own, removed at its end.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lmp-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string store() const { return path_ + "/store"; }
  bool ok() const { return !path_.empty(); }

 private:
  std::string path_;
};

// Reads a file once from the disk, or only makes the system forget it.
Status ReadCold(const std::string& path, bool read, size_t* bytes) {
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0) return Unavailable("cannot open " + path);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  std::vector<char> buffer(size_t{4} << 20);
  ssize_t got = read ? 1 : 0;
  while (got > 0) {
    got = ::read(file, buffer.data(), buffer.size());
    *bytes += static_cast<size_t>(std::max<ssize_t>(got, 0));
  }
  close(file);
  return got < 0 ? Unavailable("cannot read " + path) : OkStatus();
}

// What `auto` goes by where nothing can be measured.
std::shared_ptr<const engine::ReuseRisks> AllowLink8() {
  auto risks = std::make_shared<engine::ReuseRisks>();
  for (const auto passages : {engine::PassageClass::kPlain, engine::PassageClass::kDangling}) {
    risks->rows.push_back({.passages = passages, .policy = ReusePolicy::Link(8)});
  }
  return risks;
}

class RagRun {
 public:
  RagRun(const BenchOptions& options, Workload work) : options_(options), work_(std::move(work)) {}

  Status Run(std::vector<BenchRow>* rows) {
    rows_ = rows;
    LMP_RETURN_IF_ERROR(RunTier("memory"));
#if LMP_HAVE_STORE
    LMP_RETURN_IF_ERROR(RunTier("disk"));
    LMP_RETURN_IF_ERROR(RunTier("restart"));
#endif
    return OkStatus();
  }

 private:
  std::string Row(const std::string& name, const std::string& end = "") const {
    return name + "/" + work_.shape + (end.empty() ? "" : "/" + end);
  }
  void Add(std::string row, std::string unit, std::vector<double> values,
           std::optional<double> floor = std::nullopt, std::string note = "") {
    if (!WantsRow(options_, row) || values.empty()) return;
    BenchRow r = MakeRow(std::move(row), std::move(unit), std::move(values));
    r.floor = floor;
    r.note = std::move(note);
    rows_->push_back(std::move(r));
  }

  Result<std::unique_ptr<cache::ChunkStore>> OpenStore(const std::string& tier,
                                                       const cache::ChunkIdentity& identity) {
    const size_t bytes =
        cache::MakeChunkShape(identity, static_cast<uint32_t>(work_.chunk_tokens)).bytes() *
        static_cast<size_t>(work_.chunks);
    if (tier == "memory") return cache::OpenMemoryChunkStore(identity, {.bytes_max = 2 * bytes});
#if LMP_HAVE_STORE
    if (!scratch_.ok()) return Unavailable("no folder for temporary files");
    store::RocksDbStoreOptions options;
    options.path = scratch_.store();
    options.bytes_max = 2 * bytes;
    return store::OpenRocksDbChunkStore(identity, options);
#else
    return Unsupported("this build has no chunk store on disk");
#endif
  }

  Status Open(const std::string& tier) {
    LMP_TRY(model::OpenedModel opened, OpenSubjectModel(options_, work_.shape));
    LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(opened.tokenizer)));
    layers_ = opened.model->config().layers;
    const auto identity = engine::MakeChunkIdentity(*opened.model, "bench", "bench");
    const int64_t begin = clock_.NowNs();
    LMP_TRY(std::unique_ptr<cache::ChunkStore> store, OpenStore(tier, identity));
    if (tier == "restart") Add(Row("open_ms", tier), "ms", {Ms(clock_.NowNs() - begin)});
    store_ = std::move(store);
    const int tokens = kSystemTokens + kQuestionTokens + work_.chunks * work_.chunk_tokens;
    engine::EngineOptions options;
    options.chunk_store = store_;
    options.compile_missing = false;
    options.reuse_risks = AllowLink8();
    options.kv_pages = static_cast<uint32_t>(4 * tokens / kPageTokens);
    LMP_TRY(engine_, engine::MakeLocalEngine(std::move(opened.model), std::move(tokenizer), nullptr,
                                             options));
    if (tier == "restart") {
      options.chunk_early_start = false;
      LMP_TRY(whole_, MakeSubject(options_, work_.shape, options));
    }
    prefix_ = RandomTokens(*engine_, 1, kSystemTokens);
    chunks_.clear();
    for (int i = 0; i < work_.chunks; ++i) {
      chunks_.push_back(RandomTokens(*engine_, 100 + static_cast<uint64_t>(i), work_.chunk_tokens));
    }
    return OkStatus();
  }

  Status RunTier(const std::string& tier) {
    LMP_RETURN_IF_ERROR(Open(tier));
    if (tier != "restart") LMP_RETURN_IF_ERROR(Store(tier));
    if (tier == "restart") LMP_RETURN_IF_ERROR(MeasureDisk());
    LMP_RETURN_IF_ERROR(Read(tier));
    if (tier == "memory") LMP_RETURN_IF_ERROR(Cold());
    for (const auto& [name, policy] : kPolicies) {
      LMP_RETURN_IF_ERROR(Reuse(std::string(name), policy, tier));
    }
    engine_.reset();
    whole_.reset();
    store_.reset();
    return OkStatus();
  }

  // The store's files; `bytes`: what was read of them.
  Status ColdFiles(bool read, size_t* bytes) const {
    for (const auto& entry : std::filesystem::directory_iterator(scratch_.store())) {
      if (entry.is_regular_file()) {
        LMP_RETURN_IF_ERROR(ReadCold(entry.path().string(), read, bytes));
      }
    }
    return OkStatus();
  }

  Status MeasureDisk() {
    std::vector<double> rates;
    for (int rep = 0; rep < std::max(1, options_.reps); ++rep) {
      size_t bytes = 0;
      const int64_t begin = clock_.NowNs();
      LMP_RETURN_IF_ERROR(ColdFiles(true, &bytes));
      rates.push_back(static_cast<double>(bytes) / static_cast<double>(clock_.NowNs() - begin));
    }
    std::vector<double> sorted = rates;
    std::sort(sorted.begin(), sorted.end());
    disk_gbps_ = sorted[sorted.size() / 2];
    Add(Row("disk_read_gbps"), "GB/s", std::move(rates));
    return OkStatus();
  }

  // Computes and stores every passage.
  Status Store(const std::string& tier) {
    std::vector<double> compute;
    for (const std::vector<TokenId>& chunk : chunks_) {
      engine::SequenceSpec spec;
      spec.tokens = prefix_;
      spec.tokens.insert(spec.tokens.end(), chunk.begin(), chunk.end());
      spec.work = engine::CompileSpec{.context_tokens = kSystemTokens, .document = {}};
      const int64_t begin = clock_.NowNs();
      LMP_TRY(const auto done, RunAll(*engine_, {std::move(spec)}));
      compute.push_back(Ms(clock_.NowNs() - begin));
      if (!done[0].usage.chunk_stored) return Internal("the store took no passage");
    }
    // The first one computes the prefix as well.
    if (compute.size() > 1) compute.erase(compute.begin());
    const int64_t begin = clock_.NowNs();
    LMP_RETURN_IF_ERROR(store_->Sync());
    const double seconds = Ms(clock_.NowNs() - begin) * 1e-3;
    if (tier == "memory") {
      Add(Row("compute_ms"), "ms", std::move(compute), std::nullopt,
          std::to_string(work_.chunk_tokens) + " tokens");
      return OkStatus();
    }
    const auto payload = static_cast<double>(store_->stats().bytes);
    double folder = 0;
    for (const auto& entry : std::filesystem::directory_iterator(scratch_.store())) {
      folder += static_cast<double>(entry.file_size());
    }
    Add(Row("sync_ms"), "ms", {seconds * 1e3}, std::nullopt,
        std::to_string(static_cast<int>(payload * 1e-6)) + " MB put before");
    Add(Row("disk_bytes"), "", {folder / payload}, 1.0, "of the folder for each of payload");
    return OkStatus();
  }

  Status Read(const std::string& tier) {
    std::vector<double> whole, first;
    for (int rep = 0; rep < std::max(1, options_.reps); ++rep) {
      size_t ignored = 0;
      if (tier == "restart") LMP_RETURN_IF_ERROR(ColdFiles(false, &ignored));
      for (const std::vector<TokenId>& chunk : chunks_) {
        const cache::ChunkKey key{.tenant = "",
                                  .identity = store_->identity_digest(),
                                  .chunk = cache::MakeChunkId(chunk),
                                  .context = cache::CompileContext::Prefix(prefix_)};
        const int64_t begin = clock_.NowNs();
        const auto read = store_->Get(key);
        if (read == nullptr) return Internal("a passage is not in the store");
        LMP_RETURN_IF_ERROR(read->Wait(0, kReadWait).status());
        first.push_back(Ms(clock_.NowNs() - begin));
        LMP_RETURN_IF_ERROR(read->Wait(read->group_count() - 1, kReadWait).status());
        whole.push_back(Ms(clock_.NowNs() - begin));
      }
    }
    const size_t bytes =
        cache::MakeChunkShape(store_->identity(), static_cast<uint32_t>(work_.chunk_tokens))
            .bytes();
    Add(Row("read_ms", tier), "ms", std::move(whole), std::nullopt,
        std::to_string(bytes / 1000) + " kB");
    if (tier != "memory") Add(Row("first_group_ms", tier), "ms", std::move(first));
    return OkStatus();
  }

  // The passages in an order of their own per seed, and another question.
  engine::SequenceSpec Prompt(uint64_t seed, const ReusePolicy& policy) const {
    engine::SequenceSpec spec = GenerateExactly(prefix_, 1);
    spec.context_tokens = kSystemTokens;
    std::vector<size_t> order(chunks_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    Rng rng(seed);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.Below(i)]);
    for (const size_t i : order) {
      const auto begin = static_cast<int>(spec.tokens.size());
      spec.tokens.insert(spec.tokens.end(), chunks_[i].begin(), chunks_[i].end());
      spec.chunks.push_back({begin, static_cast<int>(spec.tokens.size()), policy});
    }
    const std::vector<TokenId> question = RandomTokens(*engine_, 1000 + seed, kQuestionTokens);
    spec.tokens.insert(spec.tokens.end(), question.begin(), question.end());
    return spec;
  }

  Result<double> Ttft(engine::SequenceSpec spec, engine::SequenceUsage* usage = nullptr) {
    return TtftOf(*engine_, std::move(spec), usage);
  }
  Result<double> TtftOf(engine::Engine& engine, engine::SequenceSpec spec,
                        engine::SequenceUsage* usage) {
    const int64_t begin = clock_.NowNs();
    LMP_TRY(const auto done, RunAll(engine, {std::move(spec)}));
    const double ms = Ms(clock_.NowNs() - begin);
    if (usage != nullptr) *usage = done[0].usage;
    return ms;
  }

  Status Cold() {
    std::vector<double> cold, radix;
    const int reps = std::max(1, std::min(options_.reps, 3));
    for (int rep = 0; rep < reps; ++rep) {
      engine_->ClearCache();
      const auto prompt = Prompt(static_cast<uint64_t>(rep), ReusePolicy::Prefix());
      LMP_TRY(const double first, Ttft(prompt));
      LMP_TRY(const double again, Ttft(prompt));
      cold.push_back(first);
      radix.push_back(again);
    }
    std::vector<double> sorted = cold;
    std::sort(sorted.begin(), sorted.end());
    cold_ms_ = sorted[sorted.size() / 2];
    Add(Row("ttft_ms", "cold"), "ms", std::move(cold));
    Add(Row("ttft_ms", "radix"), "ms", std::move(radix));
    return OkStatus();
  }

  Status Reuse(const std::string& name, const ReusePolicy& policy, const std::string& tier) {
    const std::string row = Row("ttft_ms", name + "/" + tier);
    const std::string ratio_row = Row("ttft_ratio", name + "/" + tier);
    if (!WantsRow(options_, row) && !WantsRow(options_, ratio_row)) return OkStatus();
    std::vector<double> values, ratios, whole;
    engine::SequenceUsage usage;
    int64_t place_ns = 0, placed = 0;
    for (int rep = 0; rep < std::max(1, options_.reps); ++rep) {
      engine_->ClearCache();
      size_t ignored = 0;
      if (tier == "restart") LMP_RETURN_IF_ERROR(ColdFiles(false, &ignored));
      const engine::EngineStats before = engine_->stats();
      LMP_TRY(const double ms, Ttft(Prompt(static_cast<uint64_t>(rep), policy), &usage));
      const engine::EngineStats after = engine_->stats();
      if (usage.chunks_missing > 0) return Internal("a passage was not found");
      place_ns += after.load_cpu_ns - before.load_cpu_ns;
      placed += usage.reused_tokens;
      values.push_back(ms);
      ratios.push_back(cold_ms_ / ms);
      if (whole_ == nullptr) continue;
      whole_->ClearCache();
      LMP_RETURN_IF_ERROR(ColdFiles(false, &ignored));
      LMP_TRY(const double all,
              TtftOf(*whole_, Prompt(static_cast<uint64_t>(rep), policy), nullptr));
      whole.push_back(all);
    }
    // A probe is layer 0 and the V of layer 1: a layer, nearly.
    const double rows = usage.computed_tokens + usage.probed_tokens / static_cast<double>(layers_);
    const double share = rows / usage.prompt_tokens;
    double floor = cold_ms_ * share;
    if (tier == "restart" && usage.reused_tokens > 0) {
      floor = std::max(floor, static_cast<double>(store_->stats().bytes) / disk_gbps_ * 1e-6);
    }
    char note[96];
    std::snprintf(note, sizeof note, "%d of %d rows computed", usage.computed_tokens,
                  usage.prompt_tokens);
    Add(row, "ms", std::move(values), floor, usage.auto_reason.empty() ? note : usage.auto_reason);
    Add(row + "/whole", "ms", std::move(whole));
    Add(ratio_row, "x", std::move(ratios), 1 / share);
    if (tier != "memory") return OkStatus();
    Add(Row("computed_tokens", name), "", {static_cast<double>(usage.computed_tokens)});
    if (policy.kind == engine::ReuseKind::kFull && placed > 0) {
      Add(Row("place_ms"), "ms", {Ms(place_ns) * work_.chunk_tokens / static_cast<double>(placed)});
    }
    return OkStatus();
  }

  const BenchOptions& options_;
  const Workload work_;
  const SystemClock clock_;
  Scratch scratch_;
  std::vector<BenchRow>* rows_ = nullptr;
  std::shared_ptr<cache::ChunkStore> store_;
  std::unique_ptr<engine::Engine> engine_, whole_;  // whole_: waits for all layers of its objects
  std::vector<TokenId> prefix_;
  std::vector<std::vector<TokenId>> chunks_;
  int layers_ = 0;
  double cold_ms_ = 0, disk_gbps_ = 0;
};

}  // namespace

Result<std::vector<BenchRow>> RunRagBench(const BenchOptions& options) {
  if (!cache::Sha256Available())
    return Unsupported("this build has no chunk store (LMP_CRYPTO=OFF)");
  std::vector<Workload> workloads = {{"demo", 16, 192}};
  if (options.full && options.model.empty()) {
    workloads.push_back({"smol135m", 8, 512});
    workloads.push_back({"llama1b", 8, 512});
  }
  std::vector<BenchRow> rows;
  for (const Workload& work : workloads) {
    LMP_RETURN_IF_ERROR(RagRun(options, work).Run(&rows));
  }
  return rows;
}

}  // namespace lmp::bench
