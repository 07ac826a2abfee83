// Tools that ask a server: what is sent, what is taken, which hosts, secrets of the environment,
// time, cancellation, and what `@cache` keeps.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/base/limits.h"
#include "tests/support/api_model.h"
#include "tests/support/scripted_server.h"

namespace lmp {
namespace {

using test::ScriptedServer;
using Connection = ScriptedServer::Connection;
using Variables = std::map<std::string, std::string>;

std::unique_ptr<Engine> Load(const Variables& variables = {}, bool asks = true) {
  const testing::TempFile file(testing::ApiModelBytes());
  EngineConfig config;
  config.model = file.path();
  config.threads = 1;
  config.http_tools = asks;
  config.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  auto engine = Engine::Load(config);
  REQUIRE_MESSAGE(engine.ok(), engine.status().message());
  return std::move(engine).value();
}

ProgramRef Compiled(const std::string& text) {
  const CompileOutcome out = Compile("http.lmp", text);
  REQUIRE_MESSAGE(
      out.program != nullptr,
      (out.diagnostics.empty() ? "" : RenderDiagnostic(out.diagnostics[0], out.sources)));
  return out.program;
}

std::string Allow(const ScriptedServer& server) {
  return "config { allow: [\"127.0.0.1:" + server.port() + "\"] }\n";
}

// What the program returns, or how it fails.
std::string Outcome(Engine* engine, const std::string& text, const std::string& arguments = "{}",
                    RunStats* stats = nullptr) {
  auto run = engine->Start(Compiled(text), "main", arguments);
  if (!run.ok()) return "start: " + run.status().message();
  const RunReport& report = run.value()->Wait();
  if (stats != nullptr) *stats = report.stats;
  return report.ok ? report.value_text : report.failure.kind + ": " + report.failure.message;
}

// `tool t(...)` of one string parameter, asked once.
std::string Asked(const ScriptedServer& server, const std::string& definition,
                  const std::string& value = "x", const Variables& variables = {}) {
  const auto engine = Load(variables);
  return Outcome(engine.get(),
                 Allow(server) + "tool t(q: string) -> string = " + definition +
                     "\nfn main(q: string) -> string { return t(q) }",
                 ArgumentsJson({{"q", value}}));
}

TEST_CASE("a request has its URL, query, headers and body as the program says") {
  std::string seen;
  ScriptedServer server([&](Connection& c) {
    seen = c.ReadRequest();
    c.Reply("ok");
  });
  const std::string url = server.Url("/items");
  CHECK(Asked(server,
              "http.get(\"" + url +
                  "/${q}?a=1\", query: { q: q, n: 5, none: null == null "
                  "? 1 : 2 }, headers: { \"X-Key\": \"v ${q}\" })",
              "a b/../c?&#%\u00e9") == "ok");
  CHECK(seen.starts_with(
      "GET "
      "/items/a%20b%2F..%2Fc%3F%26%23%25%C3%A9?a=1&q=a%20b%2F..%2Fc%3F%26%23%25%C3%A9&n=5&none=1 "
      "HTTP/1.1\r\n"));
  const auto engine = Load({{"KEY", "s3cret"}});
  CHECK(Outcome(engine.get(), Allow(server) + R"(
enum Kind { news  blog = "web log" }
record Filter { kind: Kind  days: int? = null }
@effect(read)
tool find(q: string, tags: list<string>, filter: Filter, after: string? = null) -> string = http.post(")" +
                                  url + R"(",
  query: { tag: tags, kind: filter.kind, after: after },
  headers: { Authorization: "Bearer ${env("KEY")}" },
  body: { q: "about ${q}", filter: filter, more: [{ n: len(tags) }, env("KEY")] })
fn main() -> string { return find("x\"y", ["a", "b&c"], Filter(kind: Kind.blog)) })") == "ok");
  CHECK(seen.starts_with("POST /items?tag=a&tag=b%26c&kind=web%20log HTTP/1.1\r\n"));
  CHECK(seen.find("Authorization: Bearer s3cret\r\n") != std::string::npos);
  CHECK(seen.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(seen.ends_with(
      R"({"q":"about x\"y","filter":{"kind":"web log","days":null},"more":[{"n":2},"s3cret"]})"));
  CHECK(Asked(server, "http.post(\"" + url + "\", body: \"as it is: ${q}\")", "\u00e9") == "ok");
  CHECK(seen.find("Content-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
  CHECK(seen.ends_with("as it is: \u00e9"));
}

TEST_CASE("an answer is JSON of the declared type, and may have more than that") {
  std::string says;
  ScriptedServer server([&](Connection& c) {
    c.ReadRequest();
    c.Reply(says);
  });
  const auto engine = Load();
  const std::string text = Allow(server) +
                           "record Hit { title: string  score: float = 0.5 }\n"
                           "tool find() -> list<Hit>(1..2) = http.get(\"" +
                           server.Url("/") + "\")\nfn main() -> list<Hit> { return find() }";
  says = R"({"hits": 3})";
  CHECK(Outcome(engine.get(), text)
            .starts_with("tool: `find`: what it gave, `result`: expected a list"));
  says = R"([{"title": "one", "url": "u"}, {"title": "two", "score": 2}])";
  CHECK(Outcome(engine.get(), text) ==
        R"([{"title":"one","score":0.5},{"title":"two","score":2.0}])");
  says = "<html>";
  CHECK(Outcome(engine.get(), text).starts_with("tool: `find`: the answer is no JSON"));
  says = "";
  CHECK(Outcome(engine.get(), text).starts_with("tool: `find`: the answer is no JSON"));
  says = "\xff\xfe";
  CHECK(Asked(server, "http.get(\"" + server.Url("/") + "\")") ==
        "tool: `t`: the answer is not UTF-8 text");
  says = std::string(kToolBytesMax, 'a');
  CHECK(Asked(server, "http.get(\"" + server.Url("/") + "\")").size() == kToolBytesMax);
  says += 'a';
  CHECK(Asked(server, "http.get(\"" + server.Url("/") + "\")").starts_with("tool: `t`: "));
}

TEST_CASE("a status other than 2xx fails, with a piece of what the server says") {
  ScriptedServer server([](Connection& c) {
    const std::string asked = c.ReadRequest();
    const bool page = asked.find("GET /page") == 0;
    const std::string body = page ? "<html>long" : "no \x1b[31m" + std::string(5000, 'x');
    c.Send("HTTP/1.1 " + std::string(page ? "404 Not Found" : "503 Busy") +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  CHECK(Asked(server, "http.get(\"" + server.Url("/page") + "\")") ==
        "tool: `t`: the server answers 404 Not Found");
  const std::string busy = Asked(server, "http.get(\"" + server.Url("/x") + "\")");
  CHECK(busy.starts_with("tool: `t`: the server answers 503 Busy: no "));
  CHECK(busy.find('\x1b') == std::string::npos);
  CHECK(busy.size() < 400);
}

TEST_CASE("only what `allow` names is asked, whatever the spelling, and at redirects") {
  std::string location;
  std::string seen;
  ScriptedServer server([&](Connection& c) {
    seen = c.ReadRequest();
    if (seen.find("GET /go") != 0) return c.Reply("here");
    c.Send("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n");
  });
  const std::string port = server.port();
  const std::string any = "http.get(q, headers: { \"X-Key\": \"k\" })";
  CHECK(Asked(server, any, server.Url("/")) == "here");
  CHECK(Asked(server, any, "HTTP://127.0.0.1:" + port) == "here");
  const int before = server.connections();
  for (const std::string& url : std::vector<std::string>{
           "http://localhost:" + port, "http://127.0.0.1/",
           "http://127.0.0.1:" + port + "@evil.org/", "http://evil.org:" + port + "/",
           "http://evil.org#@127.0.0.1:" + port, "http://evil.org\\@127.0.0.1:" + port,
           "http://127.1:" + port, "http://2130706433:" + port, "http://[::1]:" + port,
           "http://[::ffff:127.0.0.1]:" + port, "//127.0.0.1:" + port, "127.0.0.1:" + port,
           "file:///etc/passwd", "http://127.0.0.1:" + port + "/a/../b",
           "http://127.0.0.1:" + port + "/%2e%2E/b", "http://ex\u00e4mple.org/",
           "https://127.0.0.1:0/", "http:///x", ""}) {
    CAPTURE(url);
    CHECK(Asked(server, any, url).starts_with("tool: `t`: "));
  }
  CHECK(server.connections() == before);
  CHECK(Asked(server, any, "http://evil.org/") ==
        "tool: `t`: the host `evil.org` is not in `allow`");
  // What a value can do to the rest of a URL.
  CHECK(Asked(server, "http.get(\"http://127.0.0.1:" + port + "/${q}/x\")", "..")
            .starts_with("tool: `t`: the path of the URL"));
  CHECK(Asked(server, "http.get(\"http://${q}/x\")", "127.0.0.1:" + port)
            .starts_with("tool: `t`: "));  // the colon is encoded: a part is one part
  location = "/there";
  CHECK(Asked(server, any, server.Url("/go")) == "here");
  CHECK(seen.find("X-Key: k") != std::string::npos);
  location = "http://localhost:" + port + "/there";
  CHECK(Asked(server, any, server.Url("/go")) ==
        "tool: `t`: the host `localhost:" + port + "` is not in `allow`");
  const auto engine = Load();
  CHECK(Outcome(engine.get(),
                "config { allow: [\"127.0.0.1:" + port + "\", \"localhost:" + port +
                    "\"] }\ntool t() -> string = http.get(\"" + server.Url("/go") +
                    "\", headers: { \"X-Key\": \"k\" })\nfn main() -> string { return t() }") ==
        "here");
  CHECK(seen.find("X-Key") == std::string::npos);  // of another origin
  CHECK(Outcome(Load({}, false).get(), Allow(server) + "tool t() -> string = http.get(\"" +
                                           server.Url("/") +
                                           "\")\nfn main() -> string { return t() }")
            .find("lets it ask no servers") != std::string::npos);
}

TEST_CASE("env is read before a run, and comes into no message") {
  const std::string secret = "s3cr\"et/\u00e9?";
  std::string answer;
  std::string seen;
  ScriptedServer server([&](Connection& c) {
    seen = c.ReadRequest();
    c.Send(answer + "\r\n\r\n" + secret + " and %22: s3cr%22et%2F%C3%A9%3F");
  });
  const std::string url = server.Url("/");
  const std::string text = "tool t() -> string = http.get(\"" + url +
                           "\", query: { key: env(\"KEY\") })\nfn main() -> string { return t() }\n"
                           "fn other() -> int { return 1 }";
  CHECK(Outcome(Load().get(), Allow(server) + text) ==
        "start: the environment variable KEY, which tool `t` needs, is not set");
  CHECK(
      Outcome(Load({{"KEY", "\xff"}}).get(), Allow(server) + text).ends_with("is not UTF-8 text"));
  const auto run = Load()->Start(Compiled(Allow(server) + text), "other", "{}");
  CHECK(run.ok());  // which does not call it
  const auto engine = Load({{"KEY", secret}});
  answer = "HTTP/1.1 500 " + std::string("s3cr\"et/");
  const std::string failed = Outcome(engine.get(), Allow(server) + text);
  CHECK(seen.find("key=s3cr%22et%2F%C3%A9%3F") != std::string::npos);
  CHECK(failed.find("env(\"KEY\") and %22: env(\"KEY\")") != std::string::npos);
  answer = "nonsense";
  CHECK(Outcome(engine.get(), Allow(server) + text) ==
        "tool: `t`: asking the server: its certificate, or its answer, is not as it should be");
  // A URL, and a host that is allowed, from the environment.
  const std::string from_env =
      "config { allow: [env(\"BASE\")] }\ntool t() -> string = "
      "http.get(\"${env(\"BASE\")}/x\")\nfn main() -> string { return t() }";
  answer = "HTTP/1.1 200 OK";
  CHECK(Outcome(Load({{"BASE", server.Url("")}}).get(), from_env).starts_with("s3cr"));
  CHECK(
      Outcome(Load({{"BASE", "http://user:geheim@h"}}).get(), from_env) ==
      "start: the environment variable BASE, which `allow` needs, holds neither a host nor a URL");
  CHECK(Outcome(Load({{"BASE", "http://hidden-name.invalid"}}).get(), from_env).find("hidden") ==
        std::string::npos);
  CHECK(Outcome(Load({{"BASE", "http://hidden-name.invalid"}, {"HOST", "h"}}).get(),
                "config { allow: [env(\"HOST\")] }\ntool t() -> string = http.get(\"${env(\"BASE\")"
                "}/x\")\nfn main() -> string { return t() }") ==
        "tool: `t`: the host that the URL names is not in `allow`");
}

TEST_CASE("a server that hangs is given up, and a run that is cancelled ends at once") {
  std::atomic<int> closed = 0;
  ScriptedServer server([&](Connection& c) {
    c.ReadRequest();
    c.AwaitClose();
    ++closed;
  });
  const std::string text =
      Allow(server) + "@timeout(300ms) tool t() -> string = http.get(\"" + server.Url("/") +
      "\")\n@timeout(20m) tool slow() -> string = http.get(\"" + server.Url("/") +
      "\")\nfn main() -> string { return t() }\nfn wait() -> string { return slow() }";
  auto engine = Load();
  CHECK(Outcome(engine.get(), text) == "timeout: `t`: no answer within 300 ms");
  {
    auto run = engine->Start(Compiled(text), "wait", "{}");
    REQUIRE(run.ok());
    while (server.connections() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    run.value()->Cancel();
    CHECK(run.value()->Wait().failure.kind == "cancelled");
    auto left = engine->Start(Compiled(text), "wait", "{}");
    REQUIRE(left.ok());
    while (server.connections() < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    engine.reset();  // the calls go on no longer than it does
    CHECK(left.value()->Wait().failure.kind == "cancelled");
  }
  while (closed < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST_CASE("@cache: equal arguments within the time ask once, failures ask again") {
  std::atomic<int> asked = 0;
  std::atomic<bool> fails = false;
  ScriptedServer server([&](Connection& c) {
    c.ReadRequest();
    const int number = ++asked;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    if (fails) return (void)c.Send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    c.Reply(std::to_string(number));
  });
  const auto engine = Load({{"KEY", "k"}});
  const std::string text = Allow(server) + "@cache(10m) tool t(q: string) -> int = http.get(\"" +
                           server.Url("/") +
                           "\", query: { q: q })\nfn main(qs: list<string>) -> string { return "
                           "\"${[t(q) for q in qs]}\" }";
  RunStats stats;
  fails = true;
  CHECK(Outcome(engine.get(), text, R"({"qs": ["a"]})").starts_with("tool: "));
  fails = false;
  // Asked at the same time, and later.
  CHECK(Outcome(engine.get(), text, R"({"qs": ["a", "a", "a"]})", &stats) == "[2,2,2]");
  CHECK(stats.tool_calls == 3);
  CHECK(stats.tool_hits == 2);
  CHECK(Outcome(engine.get(), text, R"({"qs": ["a", "b"]})", &stats) == "[2,3]");
  CHECK(stats.tool_hits == 1);
  CHECK(asked == 3);
  auto other = engine->Start(Compiled(text), "main", R"({"qs": ["a"]})", {.tenant = "other"});
  REQUIRE(other.ok());
  CHECK(other.value()->Wait().value_text == "[4]");  // tenants share nothing
  CHECK(Outcome(Load().get(), text, R"({"qs": ["a"]})") == "[5]");
}

}  // namespace
}  // namespace lmp
