// lmp corpus: documents into a corpus, out of it, and found in it.
#include <atomic>
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/repl/interrupts.h"

namespace lmp::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kChunkStoreHelp[] =
    "also remove the stored KV of documents that are gone or edited from this folder";
constexpr size_t kSkippedShown = 20;  // --json has all of them

struct Flags {
  std::string corpus, passages, vectors, model, question, vector, chunk_store, system;
  std::vector<std::string> names;
  std::optional<uint64_t> chunk, overlap;
  uint64_t hits = 5, megabytes = 64;
  bool json = false, no_erase = false, chunks = false, warm = false;

  Form form() const { return json ? Form::kJson : Form::kText; }
};

void PrintJson(const Json& json) {
  WriteOut(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<std::unique_ptr<Corpus>> OpenCorpus(const Flags& flags, bool create) {
  CorpusConfig config;
  config.path = flags.corpus;
  config.create = create;
  config.model = flags.model;
  if (!flags.chunk_store.empty()) config.on_gone = PurgeDocumentsOf(flags.chunk_store);
  if (flags.chunk) config.chunk_tokens = static_cast<int>(*flags.chunk);
  if (flags.overlap) config.chunk_overlap = static_cast<int>(*flags.overlap);
  return Corpus::Open(config);
}

Json UpdateJson(const CorpusUpdate& u) {
  Json skipped = Json::array();
  for (const auto& file : u.skipped) {
    skipped.push_back(Json{{"name", file.name}, {"reason", file.reason}});
  }
  return Json{{"added", u.added},
              {"changed", u.changed},
              {"unchanged", u.unchanged},
              {"removed", u.removed},
              {"read", u.read},
              {"chunks_added", u.chunks_added},
              {"chunks_kept", u.chunks_kept},
              {"chunks_removed", u.chunks_removed},
              {"skipped", skipped},
              {"missing", u.missing},
              {"cancelled", u.cancelled}};
}

void PrintUpdate(const CorpusUpdate& u) {
  const auto number = [](int64_t n) { return std::to_string(n); };
  WriteOut("documents: " + number(u.added) + " added, " + number(u.changed) + " changed, " +
           number(u.unchanged) + " unchanged, " + number(u.removed) +
           " removed\nchunks: " + number(u.chunks_added) + " added, " + number(u.chunks_kept) +
           " kept, " + number(u.chunks_removed) + " removed\n");
  for (size_t i = 0; i < u.skipped.size() && i < kSkippedShown; ++i) {
    std::fprintf(stderr, "skipped: %s: %s\n", u.skipped[i].name.c_str(),
                 u.skipped[i].reason.c_str());
  }
  if (u.skipped.size() > kSkippedShown) {
    std::fprintf(stderr, "skipped: %zu more; --json lists all\n", u.skipped.size() - kSkippedShown);
  }
  for (const std::string& source : u.missing) {
    std::fprintf(stderr, "missing: %s is not there; its documents stay until `lmp corpus remove`\n",
                 source.c_str());
  }
  if (u.cancelled) std::fputs("interrupted: what was done stays; run it again to go on\n", stderr);
}

ExitCode AddDocuments(const Flags& flags, Corpus* corpus, Json* out) {
  // Before signals are taken: a Ctrl-C while input is awaited ends the process.
  std::string passages;
  if (!flags.passages.empty()) {
    Result<std::string> lines = ReadTextFile(flags.passages);
    if (!lines.ok()) return PrintError(lines.status(), flags.form());
    passages = std::move(lines).value();
  }
  std::atomic<bool> interrupted = false;
  const repl::Interrupts interrupts({SIGINT, SIGTERM}, [&](int) {
    if (interrupted.exchange(true)) std::_Exit(kInterrupted);
  });
  CorpusUpdateOptions options;
  options.file_bytes_max = flags.megabytes * 1'000'000;
  options.erase = !flags.no_erase;
  options.cancelled = [&] { return interrupted.load(); };
  Result<CorpusUpdate> update = CorpusUpdate();
  {
    ProgressLine line(!flags.json);
    options.on_progress = [&](const CorpusProgress& p) { line.Show(p); };
    update = flags.passages.empty() ? corpus->Update(flags.names, options)
                                    : corpus->AddPassages(passages, options);
  }
  if (!update.ok()) return PrintError(update.status(), flags.form());
  if (flags.json) {
    *out = UpdateJson(*update);
  } else {
    PrintUpdate(*update);
  }
  return update->cancelled ? kInterrupted : kDone;
}

ExitCode AddVectors(const Flags& flags, Corpus* corpus, Json* out) {
  const Result<std::string> lines = ReadTextFile(flags.vectors);
  if (!lines.ok()) return PrintError(lines.status(), flags.form());
  const Result<CorpusVectors> vectors = corpus->AddVectors(lines.value());
  if (!vectors.ok()) {
    return PrintError(vectors.status().WithPrefix(flags.vectors), flags.form());
  }
  if (flags.json) {
    (*out)["vectors"] = Json{{"added", vectors->added},
                             {"unchanged", vectors->unchanged},
                             {"unknown", vectors->unknown}};
    return kDone;
  }
  WriteOut("vectors: " + std::to_string(vectors->added) + " added, " +
           std::to_string(vectors->unchanged) + " unchanged\n");
  if (!vectors->unknown.empty()) {
    std::fprintf(stderr, "no chunk has the id or text of %zu lines, the first: %s\n",
                 vectors->unknown.size(), vectors->unknown[0].c_str());
  }
  return kDone;
}

ExitCode Warm(const Flags& flags, Json* out) {
  std::atomic<bool> interrupted = false;
  const repl::Interrupts interrupts({SIGINT, SIGTERM}, [&](int) {
    if (interrupted.exchange(true)) std::_Exit(kInterrupted);
  });
  const Result<Warmed> warmed =
      WarmCorpus({flags.corpus, flags.model, flags.chunk_store, flags.system, !flags.json},
                 [&] { return interrupted.load(); });
  if (!warmed.ok()) return PrintError(warmed.status(), flags.form());
  (*out)["warmed"] = warmed->done;
  if (!flags.json) WriteOut("warmed: " + std::to_string(warmed->done) + " passages\n");
  if (interrupted) std::fputs("interrupted: what was done stays; run it again to go on\n", stderr);
  return interrupted ? kInterrupted : kDone;
}

ExitCode Add(const Flags& flags) {
  if (flags.warm && (flags.model.empty() || flags.chunk_store.empty())) {
    return PrintFailure(kUsage, "--warm needs --model FILE and --chunk-store DIR", flags.form());
  }
  auto corpus = OpenCorpus(flags, true);
  if (!corpus.ok()) return PrintError(corpus.status(), flags.form());
  Json out{{"ok", true}};
  // Vectors alone are added to what is there.
  if (flags.vectors.empty() || !flags.names.empty() || !flags.passages.empty()) {
    Json update = Json::object();
    if (const ExitCode code = AddDocuments(flags, corpus->get(), &update); code != kDone) {
      out["ok"] = false;
      out.update(update);
      if (flags.json && !update.empty()) PrintJson(out);
      return code;
    }
    out.update(update);
  }
  if (!flags.vectors.empty()) {
    if (const ExitCode code = AddVectors(flags, corpus->get(), &out); code != kDone) return code;
  }
  if (flags.warm) {
    corpus->reset();  // it may have the store open, to remove what is gone
    if (const ExitCode code = Warm(flags, &out); code != kDone) return code;
  }
  if (flags.json) PrintJson(out);
  return kDone;
}

ExitCode Remove(const Flags& flags) {
  const auto corpus = OpenCorpus(flags, false);
  if (!corpus.ok()) return PrintError(corpus.status(), flags.form());
  const Result<CorpusRemoval> removal = (*corpus)->Remove(flags.names);
  if (!removal.ok()) return PrintError(removal.status(), flags.form());
  if (flags.json) {
    PrintJson(Json{{"ok", true},
                   {"documents", removal->documents},
                   {"chunks", removal->chunks},
                   {"purges_waiting", removal->purges_waiting}});
    return kDone;
  }
  WriteOut("removed: " + std::to_string(removal->documents) + " documents, " +
           std::to_string(removal->chunks) + " chunks\n");
  return kDone;
}

Result<std::vector<float>> ReadVector(const std::string& path) {
  LMP_TRY(const std::string text, ReadTextFile(path));
  const Json json = Json::parse(text, nullptr, false);
  const Json* values = &json;
  if (json.is_object() && json.contains("embedding")) values = &json["embedding"];
  std::vector<float> vector;
  if (values->is_array()) {
    for (const Json& value : *values) {
      if (value.is_number()) vector.push_back(value.get<float>());
    }
  }
  if (vector.empty() || vector.size() != values->size()) {
    return InvalidArgument(path + ": expected a JSON array of numbers, or {\"embedding\": [..]}");
  }
  return vector;
}

Json HitJson(const CorpusHit& hit, bool found) {
  Json json{{"id", hit.id},           {"document", hit.document}, {"line", hit.line},
            {"heading", hit.heading}, {"text", hit.text},         {"tokens", hit.tokens}};
  if (found) {
    json["score"] = hit.score;
    json["word_rank"] = hit.word_rank;
    json["vector_rank"] = hit.vector_rank;
  }
  return json;
}

void PrintHit(size_t number, const CorpusHit& hit) {
  char score[32];
  std::snprintf(score, sizeof score, "%.3f", hit.score);
  std::string out = std::to_string(number) + ". " + hit.document + ":" + std::to_string(hit.line);
  if (!hit.heading.empty()) out += "  " + hit.heading;
  out += "  (" + std::string(score) + ")\n";
  for (size_t begin = 0; begin < hit.text.size();) {
    const size_t end = std::min(hit.text.find('\n', begin), hit.text.size());
    out += "   " + hit.text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  WriteOut(out + "\n");
}

ExitCode Search(const Flags& flags) {
  const auto corpus = OpenCorpus(flags, false);
  if (!corpus.ok()) return PrintError(corpus.status(), flags.form());
  CorpusQuery query;
  query.text = flags.question;
  query.k = flags.hits;
  if (!flags.vector.empty()) {
    Result<std::vector<float>> vector = ReadVector(flags.vector);
    if (!vector.ok()) return PrintError(vector.status(), flags.form());
    query.vector = std::move(vector).value();
  }
  const Result<std::vector<CorpusHit>> hits = (*corpus)->Search(query);
  if (!hits.ok()) return PrintError(hits.status(), flags.form());
  if (flags.json) {
    Json list = Json::array();
    for (const CorpusHit& hit : *hits) list.push_back(HitJson(hit, true));
    PrintJson(Json{{"ok", true}, {"hits", list}});
    return kDone;
  }
  for (size_t i = 0; i < hits->size(); ++i) PrintHit(i + 1, (*hits)[i]);
  if (hits->empty()) std::fputs("nothing found\n", stderr);
  return kDone;
}

Json FactsJson(const CorpusFacts& f) {
  return Json{{"ok", true},
              {"documents", f.documents},
              {"chunks", f.chunks},
              {"tokens", f.tokens},
              {"chunk_tokens", f.chunk_tokens},
              {"chunk_overlap", f.chunk_overlap},
              {"counter", f.counter},
              {"vectors", f.vectors},
              {"vector_dimension", f.vector_dimension},
              {"skipped", f.skipped},
              {"file_bytes", f.file_bytes},
              {"sources", f.sources},
              {"purges_waiting", f.purges_waiting},
              {"residue", f.residue}};
}

void PrintFacts(const CorpusFacts& f) {
  const auto line = [](const char* name, const std::string& value) {
    char padded[32];
    std::snprintf(padded, sizeof padded, "%-12s ", name);
    WriteOut(padded + value + "\n");
  };
  line("documents", std::to_string(f.documents));
  line("chunks", std::to_string(f.chunks) + ", at most " + std::to_string(f.chunk_tokens) +
                     " tokens, overlap " + std::to_string(f.chunk_overlap));
  line("tokens", std::to_string(f.tokens) + " (" + f.counter + ")");
  line("vectors", std::to_string(f.vectors) +
                      (f.vectors > 0 ? " of " + std::to_string(f.vector_dimension) : ""));
  line("file", std::to_string(f.file_bytes) + " bytes");
  if (f.skipped > 0) line("skipped", std::to_string(f.skipped) + " files");
  for (const std::string& source : f.sources) line("source", source);
  if (f.purges_waiting > 0) {
    line("to purge",
         std::to_string(f.purges_waiting) + " documents whose stored KV is still there");
  }
  if (f.residue) line("residue", "removed text is not overwritten yet; `lmp corpus add` does it");
}

ExitCode Stats(const Flags& flags) {
  const auto corpus = OpenCorpus(flags, false);
  if (!corpus.ok()) return PrintError(corpus.status(), flags.form());
  if (flags.chunks) {
    const Status status = (*corpus)->ForEachChunk([](const CorpusHit& hit) {
      return WriteOut(HitJson(hit, false).dump(-1, ' ', false, Json::error_handler_t::replace) +
                      "\n");
    });
    return status.ok() ? kDone : PrintError(status, flags.form());
  }
  const Result<CorpusFacts> facts = (*corpus)->Facts();
  if (!facts.ok()) return PrintError(facts.status(), flags.form());
  if (flags.json) {
    PrintJson(FactsJson(*facts));
  } else {
    PrintFacts(*facts);
  }
  return kDone;
}

CLI::App* AddCommand(CLI::App* corpus, const std::shared_ptr<Flags>& flags, Action* action,
                     const std::string& name, const std::string& description,
                     const std::string& examples, ExitCode (*run)(const Flags&)) {
  CLI::App* command = corpus->add_subcommand(name, description);
  command->add_option("CORPUS", flags->corpus, "the corpus: one file")->required();
  command->add_flag("--json", flags->json, "one JSON object on standard output");
  command->footer("Examples:\n" + examples);
  command->callback([flags, action, run] { *action = [flags, run] { return run(*flags); }; });
  return command;
}

}  // namespace

void AddCorpus(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* corpus = app->add_subcommand("corpus", "Index documents and search them");
  corpus->require_subcommand(1);
  corpus->footer(
      "docs/RAG.md begins with a folder of markdown and ends with search results.\nExample:  lmp "
      "corpus add notes.corpus docs/");
  CLI::App* add =
      AddCommand(corpus, flags, action, "add", "Index files and folders; without any, update",
                 "  lmp corpus add handbook.corpus docs/\n", Add);
  add->add_option("PATH", flags->names, "files, folders, patterns (** is any number of folders)");
  add->add_option("--passages", flags->passages,
                  "JSONL of {id, text, title} (- for standard input)");
  add->add_option("--vectors", flags->vectors, "JSONL of {id or text, embedding}");
  AddNumber(add, "--chunk", &flags->chunk, {16, 32768}, "most tokens of a chunk (new: 384)");
  AddNumber(add, "--overlap", &flags->overlap, {0, 16383}, "tokens of the chunk before (new: 0)");
  add->add_option("--model", flags->model, "whose tokenizer counts; else an estimate")
      ->type_name("FILE");
  AddNumber(add, "--max-mb", &flags->megabytes, {1, 1000}, "skip longer files");
  add->add_option("--chunk-store", flags->chunk_store, "KV of what is gone goes from there, too")
      ->type_name("DIR");
  add->add_flag("--warm", flags->warm, "compute the KV of all passages and store it");
  add->add_option("--system", flags->system, "for --warm: how the programs' prompts begin")
      ->type_name("TEXT");
  add->add_flag("--no-erase", flags->no_erase, "leave removed bytes there until a later change");
  CLI::App* remove =
      AddCommand(corpus, flags, action, "remove", "Remove documents; no byte of them is left",
                 "  lmp corpus remove handbook.corpus docs/old.md docs/drafts/\n"
                 "  lmp corpus remove handbook.corpus docs/old.md --chunk-store kv/\n",
                 Remove);
  remove->add_option("NAME", flags->names, "as search prints it, or a path")->required();
  remove->add_option("--chunk-store", flags->chunk_store, kChunkStoreHelp)->type_name("DIR");
  CLI::App* search =
      AddCommand(corpus, flags, action, "search", "The passages that answer a question best",
                 "  lmp corpus search handbook.corpus 'how long do refunds take?'\n"
                 "  lmp corpus search handbook.corpus 'refunds' --hits 3 --json\n"
                 "  lmp corpus search wiki.corpus 'refunds' --vector question.json\n",
                 Search);
  search->add_option("QUESTION", flags->question, "any text");
  AddNumber(search, "--hits", &flags->hits, {1, 1000}, "how many");
  search->add_option("--vector", flags->vector,
                     "JSON array: the question's vector; with a text, both rankings are fused");
  AddCommand(corpus, flags, action, "stats", "What a corpus holds",
             "  lmp corpus stats handbook.corpus\n"
             "  lmp corpus stats handbook.corpus --chunks > chunks.jsonl\n",
             Stats)
      ->add_flag("--chunks", flags->chunks, "every chunk, one JSON object per line");
}

}  // namespace lmp::cli
