// The C interface: what a host in another language may do right and wrong with it.
#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api/c/lmp.h"
#include "tests/support/api_model.h"

namespace {

using lmp::testing::ApiModelBytes;
using lmp::testing::TempFile;

// What LMP has made, freed.
struct Text {
  char* text = nullptr;
  ~Text() { lmp_free(text); }
  bool Has(const char* part) const { return text != nullptr && std::strstr(text, part) != nullptr; }
};

struct Engine {
  Engine() {
    lmp_engine_options options = {};
    options.size = sizeof options;
    options.model = file.path().c_str();
    options.threads = 1;
    Text error;
    REQUIRE_MESSAGE(lmp_engine_load(&options, &engine, &error.text) == LMP_OK, error.text);
  }
  ~Engine() { lmp_engine_free(engine); }
  const TempFile file{ApiModelBytes()};
  lmp_engine* engine = nullptr;
};

struct Program {
  explicit Program(const std::string& text) {
    Text error;
    REQUIRE_MESSAGE(lmp_compile("c.lmp", text.data(), text.size(), &program, &error.text) == LMP_OK,
                    error.text);
  }
  ~Program() { lmp_program_free(program); }
  lmp_program* program = nullptr;
};

constexpr const char* kAsk =
    R"(fn main(q: string "what is asked", n: int(1..9) = 2) -> list<int(0..9)> {
  user q
  gen xs: list<int(0..9)>(n..n)
  emit "${xs}"
  return xs
}
fn fails() -> int { return 1 / 0 }
fn long() -> string { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return "${n}" }
)";

lmp_run* Start(const Engine& engine, const Program& program, const char* function,
               const char* arguments, const lmp_run_options* options = nullptr) {
  lmp_run* run = nullptr;
  Text error;
  const lmp_status started = lmp_run_start(engine.engine, program.program, function, arguments,
                                           options, &run, &error.text);
  REQUIRE_MESSAGE(started == LMP_OK, error.text);
  return run;
}

}  // namespace

TEST_CASE("c: a run, its value, what it emitted, its statistics") {
  const Engine engine;
  const Program program(kAsk);
  CHECK(
      std::string(lmp_program_functions_json(program.program)) ==
      R"j([{"name":"main","parameters":[{"name":"q","type":"string","description":"what is asked"},{"name":"n","type":"int(1..9)","default":2}],"result":"list<int(0..9)>"},)j"
      R"j({"name":"fails","parameters":[],"result":"int"},{"name":"long","parameters":[],"result":"string"}])j");
  CHECK(std::string(lmp_engine_model_json(engine.engine)).find("\"layers\":1,") !=
        std::string::npos);
  std::string emitted;
  std::atomic<int> done = 0;
  struct Seen {
    std::string* text;
    std::atomic<int>* done;
  } seen = {&emitted, &done};
  lmp_run_options options = {};
  options.size = sizeof options;
  options.user = &seen;
  options.on_text = [](void* user, const char* text, size_t length) {
    static_cast<Seen*>(user)->text->append(text, length);
  };
  options.on_done = [](void* user) { ++*static_cast<Seen*>(user)->done; };
  lmp_run* run = Start(engine, program, "main", R"({"q": "Why?", "n": 3})", &options);
  CHECK(lmp_run_wait(run) == LMP_OK);
  CHECK(lmp_run_wait(run) == LMP_OK);
  CHECK(lmp_run_done(run) == 1);
  CHECK(std::string(lmp_run_error(run)).empty());
  std::string value = lmp_run_value_json(run);
  CHECK(value.size() == std::strlen("[1,2,3]"));
  CHECK(emitted == lmp_run_value_text(run));
  lmp_run_stats stats = {};
  stats.size = sizeof stats;
  REQUIRE(lmp_run_read_stats(run, &stats) == LMP_OK);
  CHECK(stats.calls == 1);
  CHECK(stats.generated_tokens > 0);
  while (done == 0) std::this_thread::yield();  // lmp_run_wait may return a little earlier
  lmp_run_free(run);
  CHECK(done == 1);
}

TEST_CASE("c: wrong calls say what is wrong, and where") {
  const Engine engine;
  const Program program(kAsk);
  Text error;
  lmp_program* none = nullptr;
  const char* wrong = "fn main() { emit nope }";
  CHECK(lmp_compile("w.lmp", wrong, std::strlen(wrong), &none, &error.text) ==
        LMP_INVALID_ARGUMENT);
  CHECK(error.Has("w.lmp:1:18"));
  CHECK(none == nullptr);

  const auto start = [&](const char* function, const char* arguments, lmp_status want,
                         const char* says) {
    CAPTURE(says);
    Text message;
    lmp_run* run = nullptr;
    CHECK(lmp_run_start(engine.engine, program.program, function, arguments, nullptr, &run,
                        &message.text) == want);
    CHECK_MESSAGE(message.Has(says), message.text);
    CHECK(run == nullptr);
  };
  start("man", "{}", LMP_INVALID_ARGUMENT, "no function `man`");
  start("main", "{", LMP_INVALID_ARGUMENT, "JSON");
  start("main", nullptr, LMP_INVALID_ARGUMENT, "`q`");
  start("main", R"({"q": 3})", LMP_INVALID_ARGUMENT,
        "function `main`: argument `q`: expected a string, found the integer 3");
  start("main", R"({"q": "a", "n": 12})", LMP_INVALID_ARGUMENT, "expected int(1..9)");
  start("main", R"({"q": "a", "m": 1})", LMP_INVALID_ARGUMENT, "`m`");

  // NULL where something must be; nothing crashes.
  CHECK(lmp_compile(nullptr, nullptr, 0, &none, nullptr) == LMP_INVALID_ARGUMENT);
  CHECK(lmp_compile("a", "", 0, nullptr, nullptr) == LMP_INVALID_ARGUMENT);
  CHECK(lmp_engine_load(nullptr, nullptr, nullptr) == LMP_INVALID_ARGUMENT);
  lmp_engine* loaded = nullptr;
  CHECK(lmp_engine_load(nullptr, &loaded, nullptr) == LMP_INVALID_ARGUMENT);
  lmp_run* run = nullptr;
  CHECK(lmp_run_start(nullptr, nullptr, nullptr, nullptr, nullptr, &run, nullptr) ==
        LMP_INVALID_ARGUMENT);
  CHECK(lmp_run_wait(nullptr) == LMP_INVALID_ARGUMENT);
  CHECK(lmp_run_read_stats(nullptr, nullptr) == LMP_INVALID_ARGUMENT);
  CHECK(lmp_answer(nullptr, nullptr, nullptr, nullptr) == LMP_INVALID_ARGUMENT);
  CHECK(lmp_corpus_open(nullptr, 0, nullptr, nullptr) == LMP_INVALID_ARGUMENT);
  lmp_run_cancel(nullptr);
  lmp_run_free(nullptr);
  lmp_engine_free(nullptr);
  lmp_program_free(nullptr);
  lmp_corpus_free(nullptr);
  lmp_free(nullptr);
  CHECK(std::string(lmp_status_name(LMP_FAILED)) == "failed");
  CHECK(std::string(lmp_status_name(99)) == "unknown");

  Text missing;
  lmp_engine_options options = {};
  options.size = sizeof options;
  options.model = "/nonexistent/model.gguf";
  CHECK(lmp_engine_load(&options, &loaded, &missing.text) == LMP_NOT_FOUND);
  CHECK(missing.Has("/nonexistent/model.gguf"));
}

TEST_CASE("c: a failed run says why, and one that is freed while it runs is cancelled") {
  const Engine engine;
  const Program program(kAsk);
  lmp_run* run = Start(engine, program, "fails", nullptr);
  CHECK(lmp_run_wait(run) == LMP_FAILED);
  CHECK(std::string(lmp_run_failure_kind(run)) == "value");
  CHECK(std::string(lmp_run_error(run)) == "c.lmp:7:32: value: division by zero");
  CHECK(std::string(lmp_run_value_json(run)).empty());
  lmp_run_free(run);

  lmp_run* cancelled = Start(engine, program, "long", "{}");
  CHECK(std::string(lmp_run_error(cancelled)).empty());  // nobody has waited
  lmp_run_cancel(cancelled);
  CHECK(lmp_run_wait(cancelled) == LMP_FAILED);
  CHECK(std::string(lmp_run_failure_kind(cancelled)) == "cancelled");
  lmp_run_free(cancelled);
  lmp_run_free(Start(engine, program, "long", "{}"));
}

void LookUp(void* user, lmp_tool_call* call) {
  ++*static_cast<std::atomic<int>*>(user);
  if (std::strstr(lmp_tool_call_arguments_json(call), "silent") != nullptr) return;
  if (std::strstr(lmp_tool_call_arguments_json(call), "fail") != nullptr)
    return lmp_tool_call_fail(call, "no such order");
  const std::string json = "\"" + std::string(lmp_tool_call_name(call)) + "\"";
  lmp_tool_call_reply(call, json.data(), json.size());
}

TEST_CASE("c: tools") {
  const Engine engine;
  const Program program(
      "@effect(read) tool look(id: string) -> string = host(\"shop.look\")\n"
      "fn main(id: string) -> string { return try look(id) else \"failed\" }");
  std::atomic<int> calls = 0;
  Text error;
  CHECK(lmp_engine_set_tool(nullptr, "x", LookUp, nullptr, &error.text) == LMP_INVALID_ARGUMENT);
  REQUIRE(lmp_engine_set_tool(engine.engine, "shop.look", LookUp, &calls, nullptr) == LMP_OK);
  const auto value = [&](const char* arguments) {
    lmp_run* run = Start(engine, program, "main", arguments);
    REQUIRE(lmp_run_wait(run) == LMP_OK);
    const std::string json = lmp_run_value_json(run);
    lmp_run_free(run);
    return json;
  };
  CHECK(value("{\"id\": \"7\"}") == "\"shop.look\"");
  CHECK(value("{\"id\": \"fail\"}") == "\"failed\"");
  CHECK(value("{\"id\": \"silent\"}") == "\"failed\"");
  CHECK(calls == 3);
  REQUIRE(lmp_engine_set_tool(engine.engine, "shop.look", nullptr, nullptr, nullptr) == LMP_OK);
  CHECK(value("{\"id\": \"7\"}") == "\"failed\"");
  CHECK(calls == 3);
}

constexpr const char* kTalk = R"(fn begin() -> list<context> {
  let one = context { system "You know a long list of things by heart." }
  return [one, one]
}
fn turn(talk: context, q: string) -> context {
  var mine = talk
  on mine { user q  gen reply with max: 8, min: 8 }
  emit "${q}: ${reply}"
  return mine
}
)";

TEST_CASE("c: contexts go from run to run, and outlive run and engine") {
  lmp_context* talk = nullptr;
  {
    const Engine engine;
    const Program program(kTalk);
    lmp_run* run = Start(engine, program, "begin", nullptr);
    CHECK(lmp_run_context_count(run) == 0);  // nobody has waited
    REQUIRE(lmp_run_wait(run) == LMP_OK);
    CHECK(std::string(lmp_run_value_json(run)) == R"([{"$context":0},{"$context":1}])");
    REQUIRE(lmp_run_context_count(run) == 2);
    CHECK(lmp_run_context(run, 2) == nullptr);
    talk = lmp_run_context(run, 1);
    lmp_run_free(run);
    const int64_t before = lmp_context_tokens(talk);
    CHECK(before > 0);
    for (int turn = 0; turn < 3; ++turn) {
      const lmp_context* given[] = {talk};
      lmp_run_options options = {};
      options.size = sizeof options;
      options.contexts = given;
      options.context_count = 1;
      run = Start(engine, program, "turn", R"({"talk": {"$context": 0}, "q": "Why?"})", &options);
      REQUIRE(lmp_run_wait(run) == LMP_OK);
      lmp_context_free(talk);
      talk = lmp_run_context(run, 0);
      REQUIRE(talk != nullptr);
      lmp_run_stats stats = {};
      stats.size = sizeof stats;
      REQUIRE(lmp_run_read_stats(run, &stats) == LMP_OK);
      if (turn > 0) CHECK(stats.cached_tokens >= before);
      lmp_run_free(run);
    }
    CHECK(lmp_context_tokens(talk) > before + 24);

    const auto refused = [&](const lmp_run_options& options, const char* says) {
      Text error;
      CHECK(lmp_run_start(engine.engine, program.program, "turn",
                          R"({"talk": {"$context": 0}, "q": "Why?"})", &options, &run,
                          &error.text) == LMP_INVALID_ARGUMENT);
      CHECK_MESSAGE(error.Has(says), error.text);
    };
    const lmp_context* none[] = {nullptr};
    lmp_run_options options = {};
    options.size = sizeof options;
    refused(options, "argument `talk`: expected one of 0 contexts");
    options.context_count = 1;
    refused(options, "`contexts` is NULL");
    options.contexts = none;
    refused(options, "context 0 is NULL");
    const Engine other;
    const lmp_context* foreign[] = {talk};
    options.contexts = foreign;
    Text error;
    CHECK(lmp_run_start(other.engine, program.program, "turn",
                        R"({"talk": {"$context": 0}, "q": "Why?"})", &options, &run,
                        &error.text) == LMP_INVALID_ARGUMENT);
    CHECK(error.Has("another engine"));
  }
  CHECK(lmp_context_tokens(talk) > 0);
  lmp_context_free(talk);
  lmp_context_free(nullptr);
  CHECK(lmp_context_tokens(nullptr) == 0);
  CHECK(lmp_run_context_count(nullptr) == 0);
  CHECK(lmp_run_context(nullptr, 0) == nullptr);
}

TEST_CASE("c: pieces of text say whose they are") {
  const Engine engine;
  const Program program(
      "fn main() -> string { user \"a\"  gen reply with max: 6, min: 6  emit \"so: ${reply}\"  "
      "return reply }");
  struct Said {
    std::string emitted, named, generated;
  } said;
  lmp_run_options options = {};
  options.size = sizeof options;
  options.user = &said;
  options.on_piece = [](void* user, const lmp_text_piece* piece) {
    CHECK(piece->size == sizeof(lmp_text_piece));
    CHECK(piece->length == std::strlen(piece->text));
    CHECK(std::string(piece->function) == "main");
    auto* heard = static_cast<Said*>(user);
    heard->emitted += piece->text;
    if (std::string(piece->name) == "reply") heard->named += piece->text;
  };
  options.on_generated = [](void* user, const lmp_text_piece* piece) {
    CHECK(std::string(piece->site) == "main.reply#0");
    static_cast<Said*>(user)->generated += piece->text;
  };
  lmp_run* run = Start(engine, program, "main", nullptr, &options);
  REQUIRE(lmp_run_wait(run) == LMP_OK);
  const std::string reply = lmp_run_value_text(run);
  CHECK(said.emitted == "so: " + reply);
  CHECK(said.named == reply);
  CHECK(said.generated == reply);
  lmp_run_free(run);
}

// Says a word of what it was given, then that there is no more.
struct Talk {
  int said = 0;
  int32_t gone = -1;
};
void Hear(void* user, lmp_listening* listening) {
  Talk& talk = *static_cast<Talk*>(user);
  talk.gone = lmp_listening_cancelled(listening);
  if (talk.said++ == 0) return lmp_listening_answer(listening, "tea please", 3);
  lmp_listening_end(listening, nullptr);
}

TEST_CASE("c: listening") {
  Engine engine;
  Program program(
      "fn main() -> string { return listen() + \" \" + (try listen() else \"?\") }\n"
      "fn twice() -> string { return listen() + listen() }");
  Talk talk;
  lmp_run_options options = {};
  options.size = sizeof options;
  options.on_listen = Hear;
  options.user = &talk;
  Text error;
  lmp_run* run = nullptr;
  REQUIRE(lmp_run_start(engine.engine, program.program, "main", nullptr, &options, &run,
                        &error.text) == LMP_OK);
  CHECK(lmp_run_wait(run) == LMP_OK);
  CHECK(std::string(lmp_run_value_text(run)) == "tea ?");
  CHECK(talk.said == 2);
  CHECK(talk.gone == 0);
  lmp_run_free(run);
  REQUIRE(lmp_run_start(engine.engine, program.program, "twice", nullptr, &options, &run,
                        &error.text) == LMP_OK);
  CHECK(lmp_run_wait(run) == LMP_FAILED);
  CHECK(std::string(lmp_run_failure_kind(run)) == "listen");
  lmp_run_free(run);
  lmp_listening_answer(nullptr, "x", 1);
  lmp_listening_end(nullptr, "x");
}

TEST_CASE("c: a run outlives its engine and its program") {
  lmp_run* run = nullptr;
  {
    const Engine engine;
    const Program program(kAsk);
    run = Start(engine, program, "long", "{}");
  }
  CHECK(lmp_run_wait(run) == LMP_FAILED);
  lmp_run_cancel(run);
  CHECK(std::string(lmp_run_failure_kind(run)) == "cancelled");
  lmp_run_free(run);
}

TEST_CASE("c: structs of older and of newer callers") {
  const TempFile file(ApiModelBytes());
  // Older: knows the size and the model only.
  struct Old {
    size_t size;
    const char* model;
  } old = {sizeof(Old), file.path().c_str()};
  lmp_engine* engine = nullptr;
  Text error;
  REQUIRE_MESSAGE(
      lmp_engine_load(reinterpret_cast<lmp_engine_options*>(&old), &engine, &error.text) == LMP_OK,
      error.text);
  struct OldCounters {
    size_t size;
    uint64_t steps;
    uint64_t canary;
  } counters = {2 * sizeof(size_t), 99, 7};
  CHECK(lmp_engine_read_counters(engine, reinterpret_cast<lmp_engine_counters*>(&counters),
                                 nullptr) == LMP_OK);
  CHECK(counters.steps == 0);
  CHECK(counters.canary == 7);
  CHECK(counters.size == 2 * sizeof(size_t));
  lmp_engine_free(engine);
  engine = nullptr;

  // Newer: one field more. At its default it is passed over, otherwise the caller hears of it.
  struct New {
    lmp_engine_options known;
    uint64_t more;
  } newer = {};
  newer.known.size = sizeof newer;
  newer.known.model = file.path().c_str();
  newer.known.threads = 1;
  CHECK(lmp_engine_load(&newer.known, &engine, nullptr) == LMP_OK);
  lmp_engine_free(engine);
  engine = nullptr;
  newer.more = 1;
  Text refused;
  CHECK(lmp_engine_load(&newer.known, &engine, &refused.text) == LMP_UNSUPPORTED);
  CHECK(refused.Has("a field that this version has not"));
  newer.known.size = 0;
  CHECK(lmp_engine_load(&newer.known, &engine, nullptr) == LMP_INVALID_ARGUMENT);
}

TEST_CASE("c: waited for and cancelled from many threads at once") {
  const Engine engine;
  const Program program(kAsk);
  for (int round = 0; round < 4; ++round) {
    lmp_run* run = Start(engine, program, "long", "{}");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([run, i] {
        if (i == 3) lmp_run_cancel(run);
        CHECK(lmp_run_wait(run) == LMP_FAILED);
        CHECK(std::string(lmp_run_failure_kind(run)) == "cancelled");
      });
    }
    for (std::thread& thread : threads) thread.join();
    lmp_run_free(run);
  }
}

TEST_CASE("c: a run is recorded, and repeated without its tool") {
  const Engine engine;
  const Program program(R"(tool price(item: string) -> int = host("shop.price")
fn main(item: string) -> int { user item  gen x with max: 3  return price(item) })");
  struct Shop {
    std::atomic<int> asked = 0;
  } shop;
  const auto sell = [](void* user, lmp_tool_call* call) {
    ++static_cast<Shop*>(user)->asked;
    lmp_tool_call_reply(call, "450", 3);
  };
  REQUIRE(lmp_engine_set_tool(engine.engine, "shop.price", sell, &shop, nullptr) == LMP_OK);
  lmp_run_options options = {};
  options.size = sizeof options;
  options.record = 1;
  options.has_seed = 1;
  options.seed = 7;
  lmp_run* run = Start(engine, program, "main", R"({"item": "pear"})", &options);
  REQUIRE(lmp_run_wait(run) == LMP_OK);
  const std::string record = lmp_run_record(run);
  CHECK(record.find("450") != std::string::npos);
  lmp_run_stats stats = {};
  stats.size = sizeof stats;
  REQUIRE(lmp_run_read_stats(run, &stats) == LMP_OK);
  CHECK(stats.tool_calls == 1);
  CHECK(stats.tool_hits == 0);
  lmp_run_free(run);

  REQUIRE(lmp_engine_set_tool(engine.engine, "shop.price", nullptr, nullptr, nullptr) == LMP_OK);
  Text error;
  REQUIRE_MESSAGE(lmp_run_replay(engine.engine, program.program, record.c_str(), nullptr, &run,
                                 &error.text) == LMP_OK,
                  error.text);
  CHECK(lmp_run_wait(run) == LMP_OK);
  CHECK(std::string(lmp_run_value_json(run)) == "450");
  CHECK(std::string(lmp_run_record(run)).empty());
  lmp_run_free(run);
  CHECK(shop.asked == 1);

  run = nullptr;
  const Program other("fn main(item: string) -> int { return 1 }");
  CHECK(lmp_run_replay(engine.engine, other.program, record.c_str(), nullptr, &run, &error.text) ==
        LMP_INVALID_ARGUMENT);
  CHECK(error.Has("this run is not the recorded one: the program"));
  Text empty, missing;
  CHECK(lmp_run_replay(engine.engine, program.program, "", nullptr, &run, &empty.text) ==
        LMP_INVALID_ARGUMENT);
  CHECK(empty.Has("the record is empty"));
  CHECK(lmp_run_replay(engine.engine, program.program, nullptr, nullptr, &run, &missing.text) ==
        LMP_INVALID_ARGUMENT);
  CHECK(missing.Has("`record` is NULL"));
  CHECK(run == nullptr);
}

TEST_CASE("c: the host says whether servers may be asked, and what the environment is") {
  const TempFile file(ApiModelBytes());
  const Program program(R"(config { allow: [env("C_TEST_URL")] }
tool items(q: string) -> string = http.get("${env("C_TEST_URL")}/items", query: { q: q })
fn main() -> string { return items("x") })");
  lmp_engine_options options = {};
  options.size = sizeof options;
  options.model = file.path().c_str();
  options.threads = 1;
  const auto said = [&] {
    lmp_engine* engine = nullptr;
    Text error;
    if (lmp_engine_load(&options, &engine, &error.text) != LMP_OK) return std::string(error.text);
    lmp_run* run = nullptr;
    std::string out;
    if (lmp_run_start(engine, program.program, "main", nullptr, nullptr, &run, &error.text) !=
        LMP_OK) {
      out = error.text;
    } else {
      CHECK(lmp_run_wait(run) == LMP_FAILED);
      out = lmp_run_error(run);
    }
    lmp_run_free(run);
    lmp_engine_free(engine);
    return out;
  };
  const char* none[] = {nullptr};
  options.environment = none;
  CHECK_MESSAGE(said().find("the environment variable C_TEST_URL") != std::string::npos, said());
  const char* wrong[] = {"OTHER=1", "C_TEST_URL", nullptr};
  options.environment = wrong;
  CHECK(said() == "`environment`: expected \"NAME=value\" at 1");
  // It is asked, but nobody listens at port 1.
  const char* there[] = {"C_TEST_URL=http://127.0.0.1:1", nullptr};
  options.environment = there;
  CHECK_MESSAGE(said().find("it cannot be reached") != std::string::npos, said());
  options.no_http_tools = 1;
  CHECK_MESSAGE(said().find("lets it ask no servers") != std::string::npos, said());
}

TEST_CASE("c: servers, and engines that functions name") {
  const TempFile file(ApiModelBytes());
  const Program program(R"(
@engine("big") fn ask(q: string) -> string { user q  gen a with max: 6  return a }
fn main(q: string = "x") -> string { return ask(q) })");
  lmp_engine_options options = {};
  options.size = sizeof options;
  options.model = file.path().c_str();
  options.threads = 1;
  const auto load = [&](std::string* said) {
    lmp_engine* engine = nullptr;
    Text error;
    const lmp_status status = lmp_engine_load(&options, &engine, &error.text);
    if (status != LMP_OK) *said = error.text;
    lmp_run* run = nullptr;
    if (engine != nullptr) {
      Text refused;
      const lmp_status started =
          lmp_run_start(engine, program.program, "main", nullptr, nullptr, &run, &refused.text);
      if (started != LMP_OK) *said = refused.text;
    }
    if (run != nullptr)
      *said = lmp_run_wait(run) == LMP_OK ? lmp_run_value_json(run) : lmp_run_error(run);
    lmp_run_free(run);
    lmp_engine_free(engine);
    return status;
  };
  std::string said, alone;
  CHECK(load(&said) == LMP_OK);
  CHECK_MESSAGE(said.find("nobody gave the engine \"big\"") != std::string::npos, said);

  lmp_engine_options big = {};
  big.size = sizeof big;
  big.name = "big";
  const lmp_engine_options* engines[] = {&big, nullptr};
  options.engines = engines;
  CHECK(load(&alone) == LMP_OK);
  CHECK_MESSAGE(alone.front() == '"', alone);
  big.model = "examples/models/demo/demo.gguf";
  big.threads = 1;
  CHECK(load(&said) == LMP_OK);
  CHECK_MESSAGE(said.front() == '"', said);
  CHECK(said != alone);

  // Nobody listens at port 1.
  const char* servers[] = {"http://127.0.0.1:1", nullptr};
  big.servers = servers;
  CHECK(load(&said) == LMP_UNAVAILABLE);
  CHECK_MESSAGE(said.find("the engine \"big\": no server answers: http://127.0.0.1:1") == 0, said);
  big.server_kind = "nonsense";
  CHECK(load(&said) == LMP_INVALID_ARGUMENT);
  CHECK_MESSAGE(said.find("there is no kind of server \"nonsense\"") != std::string::npos, said);
  big.server_kind = nullptr;
  big.engines = engines;  // itself
  CHECK(load(&said) == LMP_INVALID_ARGUMENT);
  CHECK(said == "`engines` at 0: an engine of functions has no engines of its own");
  big.engines = nullptr;
  big.name = nullptr;
  CHECK(load(&said) == LMP_INVALID_ARGUMENT);
  CHECK_MESSAGE(said.find("a name has 1 to 64") != std::string::npos, said);
  big.name = "big";
  big.size = 3;
  CHECK(load(&said) == LMP_INVALID_ARGUMENT);
  CHECK(said == "`engines` at 0: `size` of the options is not set");

  // Servers for all of it; and a caller that was compiled before there were any.
  options.engines = nullptr;
  options.servers = servers;
  options.server_priority = 1;
  CHECK(load(&said) == LMP_UNAVAILABLE);
  options.size = offsetof(lmp_engine_options, servers);
  CHECK(load(&said) == LMP_OK);
}
