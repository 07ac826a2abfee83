// lmp pull: a model file from a hub or a URL, to where `lmp models` finds it.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/model_places.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/pull/hub_name.h"
#include "runtime/net/download.h"
#include "runtime/net/sha256.h"
#include "runtime/repl/interrupts.h"

namespace lmp::cli {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string source, to, sha256;
  uint64_t tries = 5;
};

// What is asked for, and where it shall lie.
struct Wanted {
  std::string url;
  fs::path path;
  std::vector<net::HttpHeader> headers;
};

const char* Environment(const char* name) { return std::getenv(name); }

// The folder that `lmp models` calls "LMP".
Result<fs::path> OwnFolder() {
  for (const ModelPlace& place : ModelPlaces(Environment)) {
    if (place.name == "LMP") return place.folder;
  }
  return NotFound("there is no home folder (HOME, XDG_CACHE_HOME); --to names a file");
}

// "https://h/a/b%20c.gguf?x" is "b c.gguf".
Result<std::string> FileNameOf(const Url& url) {
  const std::string path = url.target.substr(0, url.target.find('?'));
  const std::string last = path.substr(path.rfind('/') + 1);
  std::string name;
  for (size_t i = 0; i < last.size(); ++i) {
    const bool encoded = last[i] == '%' && i + 2 < last.size();
    name += encoded ? static_cast<char>(std::strtol(last.substr(i + 1, 2).c_str(), nullptr, 16))
                    : last[i];
    i += encoded ? 2 : 0;
  }
  const bool usable = !name.empty() && name[0] != '.' &&
                      std::none_of(name.begin(), name.end(), [](unsigned char c) {
                        return c < 0x20 || c == 0x7f || c == '/';
                      });
  if (!usable) return InvalidArgument(url.ToString() + " names no file; --to names one");
  return name.ends_with(".gguf") ? name : name + ".gguf";
}

net::HttpRequest Question(const Wanted& wanted, const net::Cancellation* cancellation) {
  net::HttpRequest request;
  request.headers = wanted.headers;
  request.cancellation = cancellation;
  return request;
}

// The URL and the place inside LMP's own folder.
Result<Wanted> Resolve(const Flags& flags, const net::HttpClient& client,
                       const net::Cancellation* cancellation) {
  Wanted wanted;
  const std::string endpoint = HubEndpoint(Environment);
  LMP_TRY(std::optional<HubFile> hub, ParseHubName(flags.source, endpoint));
  if (!hub) {
    LMP_TRY(const Url url, ParseUrl(flags.source));
    wanted.url = flags.source;
    LMP_TRY(const std::string name, FileNameOf(url));
    wanted.path = fs::path(url.host) / name;
    return wanted;
  }
  const char* token = Environment("HF_TOKEN");
  if (token != nullptr && *token != 0)
    wanted.headers.push_back({"Authorization", std::string("Bearer ") + token});
  if (hub->file.empty()) {
    LMP_TRY(hub->file, OnlyFileOf(*hub, endpoint, client, Question(wanted, cancellation)));
  }
  wanted.url = HubUrl(*hub, endpoint);
  wanted.path = fs::path(hub->owner) / hub->repository / hub->file;
  return wanted;
}

// The whole path; its folder is made if it is in LMP's own.
Status Place(const Flags& flags, Wanted* wanted) {
  std::error_code error;
  if (!flags.to.empty()) {
    const bool folder = fs::is_directory(flags.to, error);
    wanted->path = folder ? fs::path(flags.to) / wanted->path.filename() : fs::path(flags.to);
    return OkStatus();
  }
  LMP_TRY(const fs::path own, OwnFolder());
  wanted->path = own / wanted->path;
  fs::create_directories(wanted->path.parent_path(), error);
  return error ? Unavailable(wanted->path.parent_path().string() + ": " + error.message())
               : OkStatus();
}

Result<std::string> DigestOfFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  net::Sha256 hash;
  std::vector<char> piece(1 << 20);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    hash.Add({piece.data(), static_cast<size_t>(in.gcount())});
  if (in.bad() || !in.is_open()) return Unavailable(path.string() + ": cannot be read");
  return hash.Hex();
}

// What is there already is not fetched again.
ExitCode TellThere(const Flags& flags, const fs::path& path) {
  if (!flags.sha256.empty()) {
    const Result<std::string> digest = DigestOfFile(path);
    if (!digest.ok()) return PrintError(digest.status());
    if (*digest != flags.sha256) {
      return PrintError(Corruption(path.string() + " is there already, and its SHA-256 is " +
                                   *digest + ", expected " + flags.sha256));
    }
  }
  std::fprintf(stderr, "lmp: it is there already; remove it to fetch it anew\n");
  WriteOut(path.string() + "\n");
  return kDone;
}

void TellDone(const net::DownloadOutcome& done, const ModelSummary& model) {
  std::fprintf(stderr, "%s %s, %d layers of %d, context %d; %.1f MB%s; SHA-256 %s%s\n",
               model.architecture.c_str(), model.weight_format.c_str(), model.layers, model.width,
               model.context_max, static_cast<double>(done.bytes) / 1e6,
               done.continued_from > 0 ? " (continued)" : "", done.sha256.c_str(),
               done.sha256_checked ? ", as expected" : "");
}

Result<net::DownloadOutcome> Fetch(const Flags& flags, const Wanted& wanted,
                                   const net::HttpClient& client,
                                   const net::Cancellation* cancellation,
                                   Result<ModelSummary>* model) {
  ByteProgress progress(wanted.path.filename().string());
  net::DownloadRequest request{.url = wanted.url, .path = wanted.path.string()};
  request.headers = wanted.headers;
  request.sha256 = flags.sha256;
  request.magic = "GGUF";
  request.tries = static_cast<int>(flags.tries);
  request.cancellation = cancellation;
  request.on_progress = [&](const net::DownloadProgress& p) { progress.Show(p.done, p.total); };
  request.on_note = [&](const std::string& note) { progress.Say(note); };
  request.check = [&](const std::string& part) {
    *model = ReadModelSummary(part);
    // A model that LMP does not read yet is a model all the same.
    const bool damaged = !model->ok() && model->status().code() == StatusCode::kCorruption;
    return damaged ? model->status() : OkStatus();
  };
  return net::Download(client, request);
}

ExitCode Pull(const Flags& flags) {
  net::Cancellation cancellation;
  const repl::Interrupts interrupts({SIGINT, SIGTERM}, [&](int) {
    if (cancellation.cancelled()) std::_Exit(kInterrupted);
    cancellation.Cancel();
  });
  const net::HttpClient client(
      {.user_agent = "lmp/" + std::string(kVersion), .proxy_environment = Environment});
  Result<Wanted> wanted = Resolve(flags, client, &cancellation);
  if (!wanted.ok()) return PrintError(wanted.status());
  if (const Status status = Place(flags, &*wanted); !status.ok()) return PrintError(status);
  std::error_code error;
  if (fs::exists(wanted->path, error)) return TellThere(flags, wanted->path);
  Result<ModelSummary> model = NotFound("not looked at");
  const Result<net::DownloadOutcome> done = Fetch(flags, *wanted, client, &cancellation, &model);
  if (!done.ok() && done.status().code() == StatusCode::kCancelled) {
    std::fputs("lmp: interrupted; what came is kept, and the same command goes on from there\n",
               stderr);
    return kInterrupted;
  }
  if (!done.ok()) return PrintError(done.status());
  WriteOut(wanted->path.string() + "\n");
  if (!model.ok())
    return PrintFailure(kFile,
                        "the file is whole, but LMP does not read it: " + model.status().message());
  TellDone(*done, *model);
  return kDone;
}

}  // namespace

void AddPull(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("pull", "Download a model file");
  command
      ->add_option("SOURCE", flags->source,
                   "hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO where that has one GGUF file, or a URL")
      ->required();
  command
      ->add_option("--to", flags->to,
                   "file, or folder that is there (default: where `lmp models` looks)")
      ->type_name("PATH");
  command->add_option("--sha256", flags->sha256, "what the file's SHA-256 must be")
      ->type_name("HEX");
  AddNumber(command, "--tries", &flags->tries, {1, 1000},
            "give up after so many tries in a row without a byte");
  command->footer(
      "Ctrl-C keeps what came; the same command goes on from there.\n"
      "Environment: HF_ENDPOINT, HF_TOKEN, https_proxy, no_proxy, SSL_CERT_FILE.\n"
      "Example:  lmp pull hf:OWNER/REPO/model-q8_0.gguf");
  command->callback([flags, action] { *action = [flags] { return Pull(*flags); }; });
}

}  // namespace lmp::cli
