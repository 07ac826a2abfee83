#include "runtime/api/corpora.h"

#include "runtime/api/state.h"

#if LMP_HAVE_RAG

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "runtime/api/counter.h"
#include "runtime/base/clock_rng.h"
#include "runtime/rag/corpus.h"
#include "runtime/rag/rank_fusion.h"
#include "runtime/rag/source_scan.h"

namespace lmp::api {
namespace {

namespace fs = std::filesystem;

constexpr size_t kOpenMax = 8;  // corpora kept open
// How long to wait for another process that changes the corpus before searching it as it is.
constexpr int kWaits = 100;
constexpr auto kWait = std::chrono::milliseconds(50);

// What runs of one program share while they last.
struct RunFacts {
  ProgramRef program;
  std::function<void(std::string_view)> on_notice;
  std::function<void(const CorpusProgress&)> on_progress;
  std::set<std::string> fresh;  // paths that this run has brought up to date
};

struct Job {
  std::shared_ptr<RunFacts> run;
  exec::Retrieval retrieval;
  std::function<void(exec::Retriever::Answer)> done;
  bool cancelled() const { return retrieval.cancelled->load(); }
};

// Where a declaration leads.
struct Place {
  std::string path;    // of the corpus file
  std::string source;  // what it is made from; empty: it is there already
};

Place PlaceOfCorpus(const ir::CorpusDecl& corpus, const std::vector<Source>& sources) {
  fs::path folder;
  if (corpus.span.source < sources.size())
    folder = fs::path(sources[corpus.span.source].name()).parent_path();
  const std::string source = (folder / corpus.source).lexically_normal().string();
  if (corpus.source.ends_with(".corpus")) return {source, ""};
  return {(folder / (corpus.name + ".corpus")).lexically_normal().string(), source};
}

std::string Reasons(const std::vector<rag::SkippedFile>& skipped) {
  if (skipped.empty()) return "";
  std::string text = "; skipped: " + skipped[0].name + " " + skipped[0].reason;
  if (skipped.size() > 1) text += ", and " + std::to_string(skipped.size() - 1) + " more";
  return text;
}

ir::Passage PassageOf(rag::Hit hit) {
  return {std::move(hit.id),
          std::move(hit.document),
          hit.line,
          std::move(hit.heading),
          std::move(hit.text),
          hit.score,
          hit.tokens};
}

class Corpora {
 public:
  Corpora(std::shared_ptr<const text::Tokenizer> tokenizer,
          std::function<Status(const std::string&)> on_gone)
      : tokenizer_(std::move(tokenizer)), on_gone_(std::move(on_gone)) {}

  exec::Retriever::Answer Answer(const Job& job) {
    const ir::CorpusDecl& declared = *job.retrieval.corpus;
    const Place place = PlaceOfCorpus(declared, job.run->program->state().sources);
    LMP_TRY(rag::Corpus * corpus, Ready(job, place));
    return Search(corpus, job);
  }

 private:
  Result<rag::Corpus*> Ready(const Job& job, const Place& place) {
    const bool fresh = job.run->fresh.contains(place.path);
    if (const auto open = open_.find(place.path); fresh && open != open_.end())
      return open->second.get();
    // Opened anew for each run: the file may be another one by now.
    open_.erase(place.path);
    if (open_.size() >= kOpenMax) open_.clear();
    LMP_TRY(std::unique_ptr<rag::Corpus> corpus, Open(job, place));
    if (!place.source.empty() && !fresh) LMP_RETURN_IF_ERROR(Update(job, place, corpus.get()));
    job.run->fresh.insert(place.path);
    return (open_[place.path] = std::move(corpus)).get();
  }

  Result<std::unique_ptr<rag::Corpus>> Open(const Job& job, const Place& place) {
    const ir::CorpusDecl& declared = *job.retrieval.corpus;
    if (place.source.empty()) {
      auto made = rag::Corpus::Open(place.path, rag::OpenMode::kExisting);
      if (made.status().code() == StatusCode::kNotFound)
        return NotFound("there is no corpus " + place.path + "; `lmp corpus add " + place.path +
                        " FOLDER` makes one");
      return made;
    }
    std::error_code error;
    const bool is_new = !fs::exists(place.path, error);
    // Nothing is written for a source that is not there.
    if (is_new) LMP_RETURN_IF_ERROR(CheckSource(job, place));
    rag::CorpusOptions options;
    if (declared.chunk || declared.overlap) {
      options.limits = rag::ChunkLimits();
      if (declared.chunk) options.limits->tokens = static_cast<size_t>(*declared.chunk);
      if (declared.overlap) options.limits->overlap = static_cast<size_t>(*declared.overlap);
    }
    options.on_gone = on_gone_;
    options.clock = &clock_;
    if (!is_new) LMP_RETURN_IF_ERROR(TakeCounter(place.path, &options));
    auto opened = rag::Corpus::Open(place.path, rag::OpenMode::kCreate, std::move(options));
    if (!opened.ok()) return opened.status().WithPrefix(CannotKeep(declared, place));
    if (is_new) Tell(job, "reading " + declared.source + " into " + place.path);
    return opened;
  }

  static std::string CannotKeep(const ir::CorpusDecl& declared, const Place& place) {
    return "the passages of `" + declared.name + "` are kept in " + place.path;
  }

  // A corpus that this model's tokenizer has cut goes on with it.
  Status TakeCounter(const std::string& path, rag::CorpusOptions* options) {
    LMP_TRY(const auto corpus, rag::Corpus::Open(path, rag::OpenMode::kExisting));
    LMP_TRY(const rag::CorpusStats stats, corpus->Stats());
    if (tokenizer_ == nullptr || stats.counter != CounterName(*tokenizer_)) return OkStatus();
    options->counter = stats.counter;
    options->count = TokensOf(tokenizer_);
    return OkStatus();
  }

  Status CheckSource(const Job& job, const Place& place) {
    const std::string& written = job.retrieval.corpus->source;
    const std::string base = fs::absolute(place.path).parent_path().lexically_normal().string();
    const rag::SourceScan scan = rag::ScanSources(
        base, {rag::NameFrom(base, place.source)}, [](const std::string&) { return false; },
        [&job] { return job.cancelled(); });
    if (job.cancelled()) return Cancelled("the run was cancelled");
    if (!scan.files.empty()) return OkStatus();
    const std::string where = "\"" + written + "\" (" + place.source + ")";
    if (rag::IsPattern(written)) return NotFound("no document matches " + where);
    std::error_code error;
    if (!fs::exists(place.source, error)) return NotFound("there is no file or folder " + where);
    return NotFound("there are no documents in " + where + Reasons(scan.skipped));
  }

  // Errors: also InvalidArgument if the file is made from something else.
  Status Update(const Job& job, const Place& place, rag::Corpus* corpus) {
    const ir::CorpusDecl& declared = *job.retrieval.corpus;
    LMP_TRY(rag::CorpusStats stats, corpus->Stats());
    const std::string base = fs::absolute(place.path).parent_path().lexically_normal().string();
    const std::string name = rag::NameFrom(base, place.source);
    const auto trimmed = [](std::string text) {
      while (text.size() > 1 && text.back() == '/') text.pop_back();
      return text;
    };
    for (const std::string& source : stats.sources) {
      if (trimmed(source) == trimmed(name)) continue;
      return InvalidArgument(place.path + " is made from \"" + source + "\", `" + declared.name +
                             "` from \"" + declared.source +
                             "\": remove the file, give the corpus another name, or name the "
                             "file as it is: from \"" +
                             declared.name + ".corpus\"");
    }
    rag::UpdateOptions options;
    options.cancelled = [&job] { return job.cancelled(); };
    if (job.run->on_progress)
      options.on_progress = [&job](const rag::UpdateProgress& p) {
        job.run->on_progress(
            {p.files_done, p.files_total, p.bytes_done, p.bytes_total, p.seconds_left, p.name});
      };
    Result<rag::UpdateReport> report = corpus->Update({place.source}, options);
    for (int i = 0; i < kWaits && report.status().code() == StatusCode::kUnavailable; ++i) {
      if (job.cancelled()) return Cancelled("the run was cancelled");
      std::this_thread::sleep_for(kWait);
      report = corpus->Update({place.source}, options);
    }
    if (!report.ok()) {
      // Another process changes it, or the disk is read-only: what is there can be searched.
      const bool usable = report.status().code() == StatusCode::kUnavailable && stats.chunks > 0;
      if (!usable) return report.status();
      Tell(job, report.status().message() + "; searching it as it is");
      return OkStatus();
    }
    if (report->cancelled) return Cancelled("the run was cancelled");
    LMP_TRY(stats, corpus->Stats());
    TellChanges(job, *report, stats);
    if (stats.chunks > 0) return OkStatus();
    return NotFound("no document of \"" + declared.source + "\" has text" +
                    Reasons(report->skipped));
  }

  static void Tell(const Job& job, const std::string& what) {
    if (job.run->on_notice)
      job.run->on_notice("corpus " + job.retrieval.corpus->name + ": " + what);
  }

  static void TellChanges(const Job& job, const rag::UpdateReport& report,
                          const rag::CorpusStats& stats) {
    for (const std::string& source : report.missing)
      Tell(job, source + " is not there any more; its documents stay");
    if (report.files_added + report.files_changed + report.files_removed == 0) return;
    std::string text = std::to_string(report.files_added) + " documents added, " +
                       std::to_string(report.files_changed) + " changed, " +
                       std::to_string(report.files_removed) + " removed; " +
                       std::to_string(stats.chunks) + " passages";
    Tell(job, text + Reasons(report.skipped));
  }

  // One query: by its ranking. Several: by the sum of reciprocal ranks; of equal sums, the passage
  // that an earlier query ranks, or ranks better, comes first.
  static exec::Retriever::Answer Search(rag::Corpus* corpus, const Job& job) {
    const ir::PassageQuery& query = job.retrieval.query;
    const auto k = static_cast<size_t>(query.k);
    const bool one = query.texts.size() == 1;
    const size_t depth = one ? k : rag::FusionDepth(k);
    std::vector<rag::Hit> found;
    std::map<std::string, size_t> places;
    for (const std::string& text : query.texts) {
      if (job.cancelled()) return Cancelled("the run was cancelled");
      if (text.empty()) continue;
      LMP_TRY(std::vector<rag::Hit> hits,
              corpus->Search({text, {}, depth, rag::SearchMode::kWords}));
      for (size_t i = 0; i < hits.size(); ++i) {
        const double score = one ? hits[i].score : rag::PlaceScore(i);
        const auto [place, is_new] = places.try_emplace(hits[i].id, found.size());
        if (is_new) {
          found.push_back(std::move(hits[i]));
          found.back().score = score;
        } else {
          found[place->second].score += score;
        }
      }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const rag::Hit& a, const rag::Hit& b) { return a.score > b.score; });
    if (found.size() > k) found.resize(k);
    std::vector<ir::Passage> passages;
    for (rag::Hit& hit : found) passages.push_back(PassageOf(std::move(hit)));
    return passages;
  }

  const std::shared_ptr<const text::Tokenizer> tokenizer_;
  const std::function<Status(const std::string&)> on_gone_;
  SystemClock clock_;
  std::map<std::string, std::unique_ptr<rag::Corpus>> open_;
};

// The queue outlives neither the thread nor the retrievers of runs that still hold it.
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  bool closed = false;
};

class RunRetriever final : public exec::Retriever {
 public:
  RunRetriever(std::shared_ptr<Queue> queue, std::shared_ptr<RunFacts> run)
      : queue_(std::move(queue)), run_(std::move(run)) {}

  void Start(exec::Retrieval retrieval, std::function<void(Answer)> done) override {
    {
      std::lock_guard lock(queue_->mutex);
      if (!queue_->closed) {
        queue_->jobs.push_back({run_, std::move(retrieval), std::move(done)});
        queue_->changed.notify_one();
        return;
      }
    }
    done(Unavailable("the engine was closed"));
  }

 private:
  const std::shared_ptr<Queue> queue_;
  const std::shared_ptr<RunFacts> run_;
};

class CorpusThreadImpl final : public CorpusThread {
 public:
  CorpusThreadImpl(std::shared_ptr<const text::Tokenizer> tokenizer,
                   std::function<Status(const std::string&)> on_gone)
      : corpora_(std::move(tokenizer), std::move(on_gone)) {}

  ~CorpusThreadImpl() override {
    {
      std::lock_guard lock(queue_->mutex);
      queue_->closed = true;
      queue_->jobs.clear();
    }
    queue_->changed.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  std::shared_ptr<exec::Retriever> ForRun(
      ProgramRef program, std::function<void(std::string_view)> on_notice,
      std::function<void(const CorpusProgress&)> on_progress) override {
    std::call_once(started_, [this] { thread_ = std::thread([this] { Work(); }); });
    auto run = std::make_shared<RunFacts>();
    run->program = std::move(program);
    run->on_notice = std::move(on_notice);
    run->on_progress = std::move(on_progress);
    return std::make_shared<RunRetriever>(queue_, std::move(run));
  }

 private:
  void Work() {
    for (;;) {
      Job job;
      {
        std::unique_lock lock(queue_->mutex);
        queue_->changed.wait(lock, [this] { return queue_->closed || !queue_->jobs.empty(); });
        if (queue_->closed) return;
        job = std::move(queue_->jobs.front());
        queue_->jobs.pop_front();
      }
      if (job.cancelled()) {
        job.done(Cancelled("the run was cancelled"));
        continue;
      }
      job.done(Wall<std::vector<ir::Passage>>([&] { return corpora_.Answer(job); }));
    }
  }

  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  Corpora corpora_;  // the thread's own
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<CorpusThread> MakeCorpusThread(
    std::shared_ptr<const text::Tokenizer> tokenizer,
    std::function<Status(const std::string& document)> on_gone) {
  return std::make_unique<CorpusThreadImpl>(std::move(tokenizer), std::move(on_gone));
}

}  // namespace lmp::api

#else

namespace lmp::api {

std::unique_ptr<CorpusThread> MakeCorpusThread(std::shared_ptr<const text::Tokenizer>,
                                               std::function<Status(const std::string&)>) {
  return nullptr;
}

}  // namespace lmp::api

#endif
