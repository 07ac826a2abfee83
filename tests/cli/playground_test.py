#!/usr/bin/env python3
"""The playground of `lmp serve`, over HTTP: programs that are sent, what is told of their runs, and who may send them.

    playground_test.py --lmp BINARY [-v] [TestClass.test_name ...]

What the page makes of it is for page_test.py.
"""
import http.client
import json
import re
import socket
import subprocess
import threading
import time
import unittest

import openai_test as base

PAGE = base.ROOT / "runtime/server/page"
SENT = """fn main(topic: string = "tea", n: int(1..9) = 2) -> string {
  system "Say yes."
  user "About ${topic}:"
  gen mood: "good" | "bad"
  gen reply with max: 6
  emit "${mood} "
  emit reply
  return reply
}
fn nothing() { emit "said" }
fn talk(c: context) -> context { return c }
fn fails() -> int { emit "before"  return 1 / len("") }
fn forks() { let all = fork q in ["a", "b", "c"] { system "One and the same."  user q  gen x with max: 2  yield x }  emit "${all}" }
"""


class Playground(base.Client):
    @classmethod
    def start(cls, *words, **more):
        return super().start("--playground", *words, **more)

    def get(self, path, port=None, **headers):
        return self.ask(path, "", port, "GET", **{name.replace("_", "-"): value for name, value in headers.items()})

    def run_of(self, source=None, port=None, headers=None, **members):
        body = {**({"source": source} if source is not None else {}), **members}
        status, text, answer = self.ask("/v1/playground/run", body, port, **(headers or {}))
        if status != 200:
            return status, text
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        return status, [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:]))
                        for block in text.split("\n\n") if block.startswith("event: ")]

    def assertRefused(self, answer, status, part="", **members):
        self.assertEqual(answer[0], status, answer[1])
        error = answer[1]["error"]
        self.assertEqual(list(error)[:4], ["message", "type", "param", "code"])
        self.assertIn(part, error["message"])
        for name, value in members.items():
            self.assertEqual(error[name], value, error)

    def test_it_is_off_unless_asked_for(self):
        child = subprocess.Popen([base.LMP, "serve", "talk.lmp", "--model", str(base.DEMO), "--port", "0"], cwd=self.path,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop, child)
        port = int(child.stdout.readline().split("127.0.0.1:")[1].split("/")[0])
        for path in ("/", "/page.js", "/page.css", "/v1/playground", "/v1/playground/state", "/v1/playground/cache"):
            self.assertEqual(self.get(path, port)[0], 404, path)
        for path in ("/v1/playground/check", "/v1/playground/run"):
            self.assertEqual(self.ask(path, {"source": SENT}, port)[0], 404, path)
        # Elsewhere than on this machine only with keys.
        done = subprocess.run([base.LMP, "serve", "talk.lmp", "--model", str(base.DEMO), "--port", "0", "--host", "0.0.0.0", "--playground"],
                              cwd=self.path, capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--api-key-file", done.stderr)

    def test_the_files_of_the_page(self):
        for path, name, kind in (("/", "index.html", "text/html"), ("/page.js", "page.js", "text/javascript"), ("/page.css", "page.css", "text/css")):
            status, text, answer = self.get(path)
            self.assertEqual((status, answer.headers["Content-Type"]), (200, kind + "; charset=utf-8"))
            self.assertEqual(text, (PAGE / name).read_text())
            policy = answer.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
                         "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"):
                self.assertIn(part, policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            # Nothing from elsewhere, and nothing that would read text as HTML or as a script.
            self.assertEqual(set(re.findall(r"https?://[^\"']*", text)) - {"http://www.w3.org/2000/svg"}, set())
            self.assertEqual(re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc|\son\w+=|<style| style=", text), [])
        self.assertEqual(self.ask("/", "")[0], 405)

    def test_what_is_served(self):
        status, facts, _ = self.get("/v1/playground")
        self.assertEqual((status, facts["object"]), (200, "lmp.playground"))
        program = facts["programs"][0]
        self.assertEqual((program["id"], program["source"]), ("talk", (self.path / "talk.lmp").read_text()))
        self.assertEqual(program["functions"], self.get("/v1/programs/talk")[1]["functions"])
        self.assertNotIn(str(self.path), json.dumps(facts))
        before = self.get("/v1/playground/state")[1]
        self.assertEqual(self.run_of(program="talk", arguments={"q": "?"})[0], 200)
        after = self.get("/v1/playground/state")[1]
        self.assertGreater(after["prompt_tokens"], before["prompt_tokens"])
        self.assertTrue(all(isinstance(value, int) for name, value in after.items() if name not in ("object", "engines")))
        self.assertEqual(after["engines"], [])

    def test_checks(self):
        status, said, _ = self.ask("/v1/playground/check", {"source": SENT})
        self.assertEqual((status, said["ok"], said["message"]), (200, True, None))
        self.assertEqual([f["name"] for f in said["functions"]], ["main", "nothing", "fails", "forks"])  # contexts stay inside
        self.assertEqual(said["functions"][0]["parameters"][1], {"name": "n", "type": "int(1..9)", "default": 2})
        said = self.ask("/v1/playground/check", {"source": "fn main() {\n  emit tea\n}\n"})[1]
        self.assertEqual((said["ok"], said["functions"]), (False, []))
        error = next(d for d in said["diagnostics"] if d["severity"] == "error")
        self.assertEqual((error["file"], error["line"], error["column"]), ("program.lmp", 2, 8))
        self.assertIn("tea", error["title"])
        # Its mistakes are those of a run, too.
        refused = self.run_of("fn main() {\n  emit tea\n}\n")
        self.assertRefused(refused, 400, "the program is wrong", param="source", code="wrong_program")
        self.assertEqual(refused[1]["diagnostics"], said["diagnostics"])

    def test_a_run(self):
        status, events = self.run_of(SENT, arguments={"topic": "é of tea and more"}, cache_salt="a run")
        self.assertEqual(status, 200, events)
        name, done = events[-1]
        self.assertEqual(name, "done", done)
        emitted = "".join(data["text"] for name, data in events if name == "text")
        self.assertEqual(emitted.split(" ", 1)[1], done["value"])
        generated = {}
        for name, data in events:
            if name == "generated":
                generated[data["name"]] = generated.get(data["name"], "") + data["text"]
        self.assertEqual((generated["reply"], generated["mood"]), (done["value"], emitted.split(" ")[0]))
        self.assertEqual([call["kind"] for call in done["calls"]], ["gen", "gen"])
        for call in done["calls"]:
            parts = call["parts"]
            # The token that ends a generation is no part of a context.
            self.assertIn(call["prompt_tokens"] + call["generated_tokens"] - sum(part["tokens"] for part in parts), (0, 1))
            self.assertEqual(sum(part["tokens"] for part in parts if part["state"] == "cached"), call["cached_tokens"])
            self.assertEqual(sum(part["tokens"] for part in parts if part["kind"] == "forced"), sum(c["forced_tokens"] for c in done["calls"][:done["calls"].index(call) + 1]))
            self.assertLessEqual({part["kind"] for part in parts}, {"role", "static", "dynamic", "generated", "forced"})
            self.assertIn("About é of tea and more:", "".join(part["text"] for part in parts))
            self.assertIn("tea", "".join(part["text"] for part in parts if part["kind"] == "dynamic"))
            self.assertLess(call["start_s"], call["end_s"])
            self.assertRegex(call["place"], r"^program\.lmp:\d+:\d+$")
        # A single word, too: not the text behind it.
        done_tea = self.run_of(SENT, arguments={"topic": "tea"})[1][-1][1]
        said = [part for part in done_tea["calls"][0]["parts"] if part["kind"] == "dynamic"]
        self.assertIn("tea", "".join(part["text"] for part in said))
        self.assertNotIn("About", "".join(part["text"] for part in said))
        self.assertEqual(done["calls"][0]["cached_tokens"], 0)
        self.assertGreater(done["calls"][1]["cached_tokens"], 0)
        # As served programs run, and the same again.
        self.assertEqual(self.run_of(program="talk", arguments={"q": "?"})[1][-1][0], "done")
        again = self.run_of(SENT, arguments={"topic": "é of tea and more"})[1][-1][1]
        self.assertEqual(again["value"], done["value"])
        self.assertEqual([name for name, _ in self.run_of(SENT, function="nothing")[1]], ["text", "done"])
        events = self.run_of(SENT, function="fails")[1]
        self.assertEqual([name for name, _ in events], ["text", "error"])
        self.assertEqual((events[-1][1]["error"]["code"], events[-1][1]["calls"]), ("value", []))
        forks = self.run_of(SENT, function="forks")[1][-1][1]
        self.assertEqual(len(forks["calls"]), 3)

    def test_what_is_sent_may_not(self):
        (self.path / "secret.txt").write_text("secret")
        for source, part in (('corpus notes from "."\nfn main() -> int { return len(retrieve("a", from: notes)) }', "the corpus `notes` reads files"),
                             ('config { allow: ["127.0.0.1:1"] }\ntool t() -> string = http.get("http://127.0.0.1:1/")\nfn main() -> string { return t() }',
                              "the tool `t`"),
                             ('tool t() -> string = host("t")\nfn main() -> string { return t() }', "the tool `t`")):
            said = self.ask("/v1/playground/check", {"source": source})[1]
            self.assertFalse(said["ok"])
            self.assertIn(part, said["message"])
            self.assertRegex(said["message"], r"^program\.lmp:\d+:\d+: ")
            self.assertRefused(self.run_of(source), 400, part, param="source", code="program_not_taken")
        for source in ('import "talk.lmp" as talk\nfn main() {}', f'import "{self.path}/talk.lmp" as talk\nfn main() {{}}',
                       'type T = string(schema: file("secret.txt"))\nfn main() { gen x: T  emit x }',
                       'type T = string(schema: file("/etc/passwd"))\nfn main() { gen x: T  emit x }'):
            said = self.ask("/v1/playground/check", {"source": source})[1]
            self.assertFalse(said["ok"], source)
            self.assertIn("no files can be read here", json.dumps(said["diagnostics"]))
        self.assertEqual(self.run_of("import std.rag\nfn main() { emit rag.answer(\"?\", []).text }")[1][-1][0], "done")
        events = self.run_of('fn main() { emit listen() }')[1]
        self.assertEqual(events[-1][1]["error"]["code"], "listen")

    def test_wrong_requests(self):
        run, check = "/v1/playground/run", "/v1/playground/check"
        for path in (run, check):
            self.assertRefused(self.ask(path, "{"), 400, "the body is no JSON", code="invalid_json")
            self.assertRefused(self.ask(path, []), 400, "expected a JSON object")
            self.assertRefused(self.ask(path, {}), 400, "found nothing", param="source")
            self.assertRefused(self.ask(path, {"source": 5}), 400, "found 5", param="source")
            self.assertRefused(self.ask(path, {"source": SENT, "more": 1}), 400, "no such member", param="more")
            for size, wrong in ((64 << 10, False), ((64 << 10) + 1, True)):
                source = SENT + "// " + "x" * (size - len(SENT) - 3)
                answer = self.ask(path, {"source": source, **({"function": "nothing"} if path == run else {})})
                if wrong:
                    self.assertRefused(answer, 400, "65536 bytes", param="source")
                else:
                    self.assertEqual(answer[0], 200)
        self.assertRefused(self.ask(run, {"source": SENT, "program": "talk"}), 400, "found both", param="source")
        self.assertRefused(self.ask(run, {"program": "none"}), 400, "no program of that name", param="program")
        self.assertRefused(self.ask(run, {"source": SENT, "function": "talk"}), 400, "context", param="function")
        self.assertRefused(self.ask(run, {"source": SENT, "function": "none"}), 400, "none")
        self.assertRefused(self.ask(run, {"source": SENT, "arguments": []}), 400, "expected an object", param="arguments")
        self.assertRefused(self.ask(run, {"source": SENT, "arguments": {"n": 10}}), 400, "n")
        self.assertRefused(self.ask(run, {"source": SENT, "seed": -1}), 400, "2^64", param="seed")
        self.assertRefused(self.ask(run, {"source": SENT, "cache_salt": "x" * 257}), 400, "256", param="cache_salt")
        self.assertEqual(self.get(run)[0], 405)
        self.assertEqual(self.ask("/v1/playground/other", {})[0], 404)

    def test_pages_of_other_origins(self):
        """A page from elsewhere can ask a server on this machine, also under a name of its own that leads here."""
        own = f"127.0.0.1:{self.port}"
        for headers, status in (({}, 200), ({"Origin": f"http://{own}"}, 200), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403),
                                ({"Host": f"localhost:{self.port}"}, 200), ({"Host": f"[::1]:{self.port}"}, 200), ({"Host": "evil.example"}, 403),
                                ({"Host": f"evil.example:{self.port}", "Origin": f"http://evil.example:{self.port}"}, 403),
                                ({"Host": "127.0.0.1.evil.example"}, 403)):
            for path in ("/v1/playground", "/v1/playground/state", "/"):
                answer = self.get(path, **headers)
                self.assertEqual(answer[0], status, (path, headers))
                if status == 403:
                    self.assertRefused(answer, 403, code="wrong_origin")
            answer = self.ask("/v1/playground/check", {"source": SENT}, **headers)
            self.assertEqual(answer[0], status, headers)
        # What programs offer to other clients is not concerned.
        self.assertEqual(self.get("/v1/programs", Host="any.example", Origin="http://evil.example")[0], 200)

    def test_keys(self):
        port = self.server("--api-key-file", "keys")
        for path in ("/", "/page.js", "/page.css"):
            self.assertEqual(self.get(path, port)[0], 200)  # they say nothing, and ask for the key
        for path in ("/v1/playground", "/v1/playground/state"):
            self.assertRefused(self.get(path, port), 401, code="invalid_api_key")
        self.assertRefused(self.ask("/v1/playground/run", {"source": SENT}, port), 401, code="invalid_api_key")
        first, second = {"Authorization": "Bearer first-key"}, {"X-Api-Key": "second-key"}
        calls = [self.run_of(SENT, port, headers, arguments={"topic": "the same of both"})[1][-1][1]["calls"][0] for headers in (first, second, second)]
        self.assertEqual([call["cached_tokens"] > 0 for call in calls], [False, False, True])
        # That others have asked the same is not told.
        self.assertEqual((calls[0]["why"], calls[1]["why"]), ("the rest is new", "the rest is new"))

    def test_the_cache(self):
        """The shape of what is cached for the key that asks, and nothing of the text."""
        port = self.server("--api-key-file", "keys")
        self.assertRefused(self.get("/v1/playground/cache", port), 401, code="invalid_api_key")
        first, second = {"Authorization": "Bearer first-key"}, {"X_Api_Key": "second-key"}
        secret = "the cat is named Grimalkin " * 8
        for _ in range(3):
            self.run_of(SENT, port, first, arguments={"topic": secret})
        _, said, _ = self.get("/v1/playground/cache", port, **first)
        self.assertEqual((said["object"], len(said["trees"])), ("lmp.cache", 1))
        tree = said["trees"][0]
        self.assertEqual(sorted(tree), ["engine", "node_count", "nodes", "pages", "pages_others"])
        self.assertEqual((tree["engine"], tree["pages_others"]), ("", None))
        self.assertEqual({type(value) for node in tree["nodes"] for value in node.values()} - {int, bool, type(None)}, set())
        root = tree["nodes"][0]
        self.assertEqual((root["parent"], root["tokens"], root["pages_below"]), (None, 0, tree["pages"]))
        self.assertGreaterEqual(root["hits"], 3)
        self.assertGreaterEqual(max(node["hits"] for node in tree["nodes"][1:] if node["tokens"] >= 16), 2)
        for node in tree["nodes"][1:]:
            parent = tree["nodes"][node["parent"]]
            self.assertLessEqual((node["hits"], node["pages_below"]), (parent["hits"], parent["pages_below"]))
        # Who has another key, or another salt, sees nothing of it.
        _, said, _ = self.get("/v1/playground/cache", port, **second)
        self.assertEqual(said["trees"], [{"engine": "", "nodes": [], "node_count": 0, "pages": 0, "pages_others": None}])
        self.run_of(SENT, port, first, arguments={"topic": "salted"}, cache_salt="s")
        _, said, _ = self.get("/v1/playground/cache", port, **first)
        self.assertEqual([node["hits"] for node in said["trees"][0]["nodes"]], [node["hits"] for node in tree["nodes"]])

    def test_the_cache_has_many_runs(self):
        port = self.server()
        for count in (298, 8):  # with the root 299, and more than are told
            prompts = [[300 + count, 300 + i] * 9 for i in range(count)]
            for at in range(0, count, 100):
                body = {"model": "demo", "max_tokens": 1, "prompt": prompts[at:at + 100]}
                self.assertEqual(self.ask("/v1/completions", body, port)[0], 200)
            tree = self.get("/v1/playground/cache", port)[1]["trees"][0]
            self.assertLessEqual(len(tree["nodes"]), 300)
        self.assertEqual(len(tree["nodes"]), 300)
        self.assertGreater(tree["node_count"], 300)

    def wait_until_idle(self, port):
        for _ in range(600):
            state = self.get("/v1/playground/state", port)[1]
            if state["sequences_running"] + state["sequences_waiting"] == 0:
                return
            time.sleep(0.05)
        self.fail(f"it still runs: {state}")

    def test_clients_that_go(self):
        port = self.server()
        endless = "fn main() { for i in 0..1000000 { user \"go on\"  gen x with max: 64 } }"
        idle = "fn main() -> int { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return n }"
        for source in (endless, idle):
            body = json.dumps({"source": source}).encode()
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(b"POST /v1/playground/run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                self.assertIn(b"200 OK", client.recv(4096))
                # Others are served meanwhile.
                self.assertEqual(self.run_of(SENT, port, function="nothing")[1][-1][0], "done")
            self.wait_until_idle(port)
        self.assertEqual(self.run_of(SENT, port)[1][-1][0], "done")

    def test_constants_that_grow(self):
        """Compiling a program that is sent has an end in time and memory."""
        double = 'const C0 = "%s"\n' % ("x" * 1024) + "".join(f'const C{i} = "${{C{i - 1}}}${{C{i - 1}}}"\n' for i in range(1, 60))
        lists = "const C0 = [1]\n" + "".join(f"const C{i} = [C{i - 1}, C{i - 1}]\n" for i in range(1, 60))
        nested = "const R = 0..1000\n" + "".join(f"const C{i} = [[j for j in R] for i in R]\n" for i in range(100))
        for source in (double, lists, nested):
            refused = self.run_of(source + "fn main() -> int { return 1 }")
            self.assertRefused(refused, 400, "the program is wrong", code="wrong_program")
            self.assertEqual([d["code"] for d in refused[1]["diagnostics"] if d["severity"] == "error"], ["E0328"])

    def test_values_that_grow(self):
        # 24 bytes an item: a million of them fit, two do not.
        events = self.run_of("fn main() -> int { return len(0..1000000) }")[1]
        self.assertEqual((events[-1][0], events[-1][1]["value"]), ("done", 1_000_000))
        events = self.run_of("fn main() -> int { let a = 0..1000000  let b = 1..1000000  return len(a) + len(b) }")[1]
        self.assertEqual((events[-1][0], events[-1][1]["error"]["code"]), ("error", "limit"))
        self.assertIn("33554432 bytes at one time", events[-1][1]["error"]["message"])
        doubles = 'fn main() -> int { var t = "0123456789abcdef"  for i in 0..60 { t = t + t }  return len(t) }'
        error = self.run_of(doubles)[1][-1][1]["error"]
        self.assertEqual(error["code"], "limit")
        self.assertIn("32 MiB (limit of one value)", error["message"])
        # What is served has the limits of those who serve it.
        keeps = 'fn main() -> list<string> { var all: list<string> = []  for i in 0..1000 { all = all + [join([str(k + i) for k in 0..100000], ",")] }  return all }'
        error = self.run_of(keeps)[1][-1][1]["error"]
        self.assertEqual((error["code"], error["place"][:14]), ("limit", "program.lmp:1:"))
        self.assertEqual(self.run_of(SENT, function="nothing")[1][-1][0], "done")

    def test_much_that_is_tokenised(self):
        """20 MB of options: others run between."""
        select = 'fn main(t: string, n: int) -> string { let items = ["${i} ${t}" for i in 0..n]  user "a"  select x from items  return x }'
        ended, waited = threading.Event(), []

        def ask_on():
            while not ended.is_set():
                begin = time.monotonic()
                self.assertEqual(self.ask("/v1/completions", {"prompt": "a", "max_tokens": 1})[0], 200)
                waited.append(time.monotonic() - begin)
        other = threading.Thread(target=ask_on)
        other.start()
        try:
            begin = time.monotonic()
            name, said = self.run_of(select, arguments={"t": "port of Botu is six " * 1000, "n": 1000})[1][-1]
            took = time.monotonic() - begin
        finally:
            ended.set()
            other.join()
        self.assertEqual((name, said["error"]["code"]), ("error", "context_length_exceeded"))
        self.assertLess(max(waited), 0.8 * took, (waited, took))
        # What is longer than any prompt is not tokenised at all; what fits is chosen from as ever.
        error = self.run_of(select, arguments={"t": "port of Botu is six " * 200_000, "n": 2})[1][-1][1]["error"]
        self.assertRegex(error["message"], "an option of 40000[0-9]+ bytes is longer than any prompt of the model")
        self.assertEqual(error["code"], "context_length_exceeded")
        done = self.run_of(select, arguments={"t": "Botu", "n": 300})[1][-1]
        self.assertRegex(done[1]["value"], "^[0-9]+ Botu$")
        order = ('fn main(t: string, n: int) -> string { let items = ["${i} ${t}" for i in 0..n]  system "x"  user insert items with order: "any"  '
                 'user "a"  gen x with max: 2  return x }')
        self.assertEqual(self.run_of(order, arguments={"t": "port of Botu is six " * 4, "n": 40})[1][-1][0], "done")

    def test_a_large_result_is_cut(self):
        source = 'fn main(n: int) -> string { var t = "0123456789abcdef"  for i in 0..17 { t = t + t }  return clip_chars(t, n) }'
        for characters, cut in (((1 << 20) - 2, False), ((1 << 20) - 1, True)):  # two of its bytes are quotes
            done = self.run_of(source, arguments={"n": characters})[1][-1][1]
            text = ("0123456789abcdef" * (1 << 17))[:characters]
            if cut:
                self.assertEqual((done["value"], done["value_cut"]), (None, {"bytes": characters + 2, "json": ('"' + text)[:1 << 20]}))
            else:
                self.assertEqual(done["value"], text)
                self.assertNotIn("value_cut", done)

    def test_so_many_run_at_once(self):
        port = self.server()
        busy = "fn main() -> int { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return n }"
        body = json.dumps({"source": busy}).encode()
        clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(16)]
        for client in clients:
            self.addCleanup(client.close)
            client.sendall(b"POST /v1/playground/run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.assertIn(b"200 OK", client.recv(4096))
        self.assertRefused(self.run_of(SENT, port, function="nothing"), 429, "16 programs", code="too_many_runs")
        self.assertEqual(self.run_of(program="talk", port=port, arguments={"q": "?"})[1][-1][0], "done")  # served ones may
        clients[0].close()
        for _ in range(600):
            answer = self.run_of(SENT, port, function="nothing")
            if answer[0] == 200:
                break
            time.sleep(0.05)
        self.assertEqual(answer[1][-1][0], "done")

    def test_a_run_that_takes_long(self):
        port = self.server("--run-s", "1")
        busy = 'fn main() -> int { emit "begun"  var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return n }'
        name, said = self.run_of(busy, port)[1][-1]
        self.assertEqual((name, said["error"]["code"], said["calls"]), ("error", "timeout", []))
        self.assertIn("(--run-s)", said["error"]["message"])
        self.assertEqual(self.run_of(SENT, port, function="nothing")[1][-1][0], "done")
        # Its place is free: seventeen in a row, though 16 may run at one time.
        for _ in range(16):
            self.assertEqual(self.run_of(SENT, port, function="nothing")[1][-1][0], "done")

    def test_many_calls(self):
        """What is told of a run has an end."""
        events = self.run_of('fn ask(n: int) -> string {\n  user "%s${n} or not?"\n  gen x: "yes" | "no"\n  return x\n}\n'
                             'fn main() { for i in 0..1010 { emit ask(i) } }' % ("word " * 80))[1]
        name, done = events[-1]
        self.assertEqual((name, done["usage"]["calls"], len(done["calls"])), ("done", 1010, 1000))
        tokens = sum(part["tokens"] for call in done["calls"] for part in call["parts"])
        self.assertLessEqual(tokens, 1 << 16)
        self.assertGreater(tokens, 64_000)
        self.assertEqual(done["calls"][-1]["parts"], [])


if __name__ == "__main__":
    base.main(__doc__)
