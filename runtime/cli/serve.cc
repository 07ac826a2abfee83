// lmp serve: programs as HTTP endpoints.
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"
#include "runtime/repl/interrupts.h"
#include "runtime/server/server.h"

namespace lmp::cli {

namespace {

struct ServeFlags {
  EngineFlags engine;
  std::vector<std::string> files;
  std::string key_file, config;
  server::ServerOptions server;
  uint64_t port = 8080, connections = 512, header_kb = 16, body_kb = 8192;
  uint64_t idle_s = 60, header_s = 10, body_s = 30, write_s = 30, ping_s = 15, drain_s = 30;
  uint64_t run_s = 600, drain_grace_s = 0;
};

// The programs, and the model that they name. Says what is wrong with them.
ExitCode ReadPrograms(const ServeFlags& flags, std::vector<server::ServedProgram>* programs,
                      std::string* model) {
  const Result<std::vector<std::string>> files = FindPrograms(flags.files);
  if (!files.ok()) return PrintError(files.status());
  for (const std::string& file : files.value()) {
    const Result<std::string> text = ReadTextFile(file);
    if (!text.ok()) return PrintError(text.status());
    const CompileOutcome compiled = Compile(file, text.value());
    if (!compiled.status.ok()) return PrintError(compiled.status);
    if (!compiled.program) {
      return PrintWrongProgram(compiled.diagnostics, compiled.sources, Form::kText);
    }
    PrintDiagnostics(compiled.diagnostics, compiled.sources);
    const std::string named = compiled.program->config_model();
    if (!named.empty() && !model->empty() && named != *model && flags.engine.model.empty()) {
      return PrintError(InvalidArgument("the programs name two models, " + *model + " and " +
                                        named + ": choose one with --model"));
    }
    if (!named.empty()) *model = named;
    programs->push_back({std::filesystem::path(file).stem().string(), compiled.program,
                         flags.server.playground ? text.value() : "",
                         std::filesystem::path(file).parent_path().string()});
  }
  return kDone;
}

ExitCode Serve(ServeFlags flags) {
  if (flags.files.empty() && flags.engine.model.empty() && flags.engine.engines.empty())
    return PrintFailure(kUsage,
                        "serve: expected FILE, a program, or --model FILE for OpenAI's clients "
                        "alone (`lmp serve --help` shows the usage)");
  std::vector<server::ServedProgram> programs;
  std::string model;
  if (const ExitCode code = ReadPrograms(flags, &programs, &model); code != kDone) return code;
  flags.server.port = static_cast<uint16_t>(flags.port);
  flags.server.connections_max = static_cast<int>(flags.connections);
  flags.server.header_bytes_max = static_cast<uint32_t>(flags.header_kb << 10);
  flags.server.body_bytes_max = flags.body_kb << 10;
  flags.server.idle_max = std::chrono::seconds(flags.idle_s);
  flags.server.header_max = std::chrono::seconds(flags.header_s);
  flags.server.body_max = std::chrono::seconds(flags.body_s);
  flags.server.write_max = std::chrono::seconds(flags.write_s);
  flags.server.ping = std::chrono::seconds(flags.ping_s);
  flags.server.run_max = std::chrono::seconds(flags.run_s);
  flags.server.drain_max = std::chrono::seconds(flags.drain_s);
  flags.server.drain_grace = std::chrono::seconds(flags.drain_grace_s);
  if (!flags.key_file.empty()) {
    const Result<std::string> text = ReadTextFile(flags.key_file);
    if (!text.ok()) return PrintError(text.status());
    Result<server::ApiKeys> keys = server::ParseApiKeys(*text, flags.key_file);
    if (!keys.ok()) return PrintError(keys.status());
    flags.server.api_keys = *std::move(keys);
  }
  const Result<std::unique_ptr<Engine>> engine = LoadEngine(flags.engine, model);
  if (!engine.ok()) return PrintError(engine.status());
  for (const server::ServedProgram& served : programs) {
    const Result<std::vector<Diagnostic>> found = engine.value()->Check(served.program);
    if (!found.ok()) return PrintError(found.status());
    if (HasErrors(found.value())) return PrintWrongProgram(found.value(), {}, Form::kText);
  }
  const size_t count = programs.size();
  const auto server =
      server::Server::Listen(engine.value().get(), std::move(programs), flags.server);
  if (!server.ok()) return PrintError(server.status());
  if (!server::IsLoopback(flags.server.address) && flags.server.api_keys.keys.empty()) {
    std::fprintf(stderr, "lmp: whoever reaches %s may run these programs; see --api-key-file\n",
                 flags.server.address.c_str());
  }
  const bool v6 = flags.server.address.find(':') != std::string::npos;
  const repl::Interrupts interrupts({SIGINT, SIGTERM}, [&](int) { server.value()->Stop(); });
  const std::string place = "http://" + std::string(v6 ? "[" : "") + flags.server.address +
                            (v6 ? "]" : "") + ":" + std::to_string(server.value()->port());
  if (count == 0) {
    std::printf("lmp: a model, and no programs, at %s/v1\n", place.c_str());
  } else {
    std::printf("lmp: %zu %s at %s/v1/programs\n", count, count == 1 ? "program" : "programs",
                place.c_str());
  }
  if (flags.server.playground) std::printf("lmp: playground at %s/\n", place.c_str());
  std::fflush(stdout);
  server.value()->Run();
  return kDone;
}

}  // namespace

void AddServe(CLI::App* app, Action* action) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* command =
      app->add_subcommand("serve", "Programs, and what OpenAI's clients ask, over HTTP");
  command->add_option("FILE", flags->files, "programs (.lmp), or folders of them")->type_name("");
  command->add_option("--host", flags->server.address, "address to listen at")
      ->type_name("ADDRESS")
      ->capture_default_str();
  AddNumber(command, "--port", &flags->port, {0, 65'535}, "port to listen at; 0: any that is free");
  command
      ->add_option("--api-key-file", flags->key_file,
                   "keys of clients, one a line, with tenants and limits")
      ->type_name("FILE");
  command->add_flag("--playground", flags->server.playground,
                    "a page at / where programs are edited, run and looked into");
  command
      ->add_option("--cors-origin", flags->server.cors_origins,
                   "whose web pages may ask; * for all. May be repeated")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
  command
      ->add_option("--config", flags->config,
                   "JSON of these options; flags and LMP_SERVE_PORT, ... come first")
      ->type_name("FILE");
  const size_t shown = command->get_options().size();
  AddNumber(command, "--connections", &flags->connections, {1, 100'000}, "at most so many");
  AddNumber(command, "--header-kb", &flags->header_kb, {1, 1024}, "longest header of a request");
  AddNumber(command, "--body-kb", &flags->body_kb, {1, 1u << 20}, "longest body of a request");
  AddNumber(command, "--idle-s", &flags->idle_s, {1, 86'400}, "silence of a connection");
  AddNumber(command, "--header-s", &flags->header_s, {1, 3'600}, "time for a header to come");
  AddNumber(command, "--body-s", &flags->body_s, {1, 3'600}, "time for a body to come");
  AddNumber(command, "--write-s", &flags->write_s, {1, 3'600}, "time for a client to take a piece");
  AddNumber(command, "--ping-s", &flags->ping_s, {1, 3'600}, "how often a silent stream says so");
  AddNumber(command, "--run-s", &flags->run_s, {1, 86'400}, "time for a program's run to end");
  AddNumber(command, "--drain-s", &flags->drain_s, {0, 86'400}, "time for runs to end at the end");
  AddNumber(command, "--drain-grace-s", &flags->drain_grace_s, {0, 86'400},
            "how long the port then says 503 in any case");
  const std::vector<CLI::Option*> options = command->get_options();
  for (size_t i = shown; i < options.size(); ++i) options[i]->group("Limits");
  AddEngineFlags(command, &flags->engine);
  command->footer(
      "Example:  lmp serve examples/rag.lmp\n"
      "          curl http://127.0.0.1:8080/v1/programs/rag -d '{\"arguments\": {}}'");
  command->callback([flags, action, command] {
    *action = [flags, command] {
      const Status filled = FillOptions(command, "LMP_SERVE_", &flags->config);
      return filled.ok() ? Serve(*flags) : PrintError(filled);
    };
  });
}

}  // namespace lmp::cli
