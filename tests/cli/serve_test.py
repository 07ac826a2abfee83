#!/usr/bin/env python3
"""`lmp serve` from outside: routes, streams, limits, clients that go, stall or talk nonsense, and how it ends.

    serve_test.py --lmp BINARY [-v] [TestClass.test_name ...]

Runs on a small model with random weights that is in the tree, so texts do not matter here.
"""
import argparse
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
LMP = None

PROGRAM = """
record Note { text: string  stars: int(1..5) = 3 }
// Says what it was given.
fn main(q: string = "Why?", notes: list<Note> = []) -> list<int(0..9)> {
  for note in notes { user note.text }
  user q
  gen xs: list<int(0..9)>(2..2)
  emit "é: "
  emit "${xs}"
  return xs
}
fn add(a: int, b: int) -> int { return a + b }
fn nothing() { emit "said" }
fn fails(n: int) -> int { emit "before"  return 1 / n }
fn checks() { check false, "it must not" }
fn much(n: int) { for i in 0..n { emit "0123456789012345678901234567890123456789012345678901234567890123" } }
fn echoes(text: string, n: int) -> int { for i in 0..n { emit text }  return n }
fn talk(c: context) -> context { return c }
"""
SLOW = """
config { allow: ["127.0.0.1:%d"] }
@timeout(1m) tool wait() -> string = http.get("http://127.0.0.1:%d/")
fn main() -> string { emit "begun"  return wait() }
fn tries() -> string { return try wait() else "kept" }
fn spins() -> int { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) %% 7 } }  return n }
"""


class Waiting:
    """A server whose clients wait until they are released; it knows who has gone."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.came, self.gone = threading.Semaphore(0), threading.Semaphore(0)
        self.release = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            client.recv(65536)
            self.came.release()
            client.settimeout(0.02)
            while not self.release.is_set():
                try:
                    if not client.recv(1):
                        self.gone.release()
                        return
                except TimeoutError:
                    pass
                except OSError:
                    self.gone.release()
                    return
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\ndone")


class Server(unittest.TestCase):
    """A server for the tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lmp-serve-")
        cls.path = pathlib.Path(cls.folder.name)
        (cls.path / "notes.lmp").write_text(PROGRAM)
        cls.waiting = Waiting()
        (cls.path / "slow.lmp").write_text(SLOW % (cls.waiting.port, cls.waiting.port))
        (cls.path / "keys").write_text("first-key\n\n  second-key \n")
        cls.child, cls.port = cls.start()

    @classmethod
    def tearDownClass(cls):
        cls.waiting.listener.close()
        cls.stop(cls.child)
        cls.folder.cleanup()

    @classmethod
    def start(cls, *words):
        child = subprocess.Popen([LMP, "serve", "notes.lmp", "slow.lmp", "--model", str(MODEL), "--port", "0", *words],
                                 cwd=cls.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = child.stdout.readline()
        if not line.startswith("lmp: 2 programs at http://127.0.0.1:"):
            raise AssertionError(line + child.stderr.read())
        return child, int(line.split(":")[3].split("/")[0])

    @staticmethod
    def stop(child):
        child.send_signal(signal.SIGTERM)
        child.wait(60)
        child.stdout.close()
        child.stderr.close()

    def server(self, *words):
        child, port = self.start(*words)
        self.addCleanup(self.stop, child)
        return child, port

    def ask(self, method, path, body=None, port=None, **headers):
        client = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        try:
            client.request(method, path, body, headers)
            answer = client.getresponse()
            text = answer.read().decode()
        finally:
            client.close()
        return answer.status, (json.loads(text) if answer.headers["Content-Type"] == "application/json" else text), answer

    def run_of(self, body, program="notes", **more):
        return self.ask("POST", f"/v1/programs/{program}", json.dumps(body), **more)[:2]

    def raw(self, data, port=None, half_close=False):
        """All that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=60) as client:
            client.sendall(data)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            answer = b""
            while part := client.recv(65536):
                answer += part
        return answer

    def assertRefused(self, answer, status, part, **members):
        self.assertEqual(answer[0], status, answer[1])
        error = answer[1]["error"]
        self.assertEqual(list(error)[:4], ["message", "type", "param", "code"])
        self.assertIn(part, error["message"])
        for name, value in members.items():
            self.assertEqual(error[name], value)

    def assertLast(self, answer, status, code, part):
        """The bytes of an answer that refuses and ends its connection: error object, length, nothing behind it."""
        head, body = answer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        self.assertEqual(lines[0].split()[:2], ["HTTP/1.1", str(status)], answer)
        self.assertEqual((headers["connection"], headers["content-type"], headers["content-length"]),
                         ("close", "application/json", str(len(body))))
        self.assertRefused((status, json.loads(body)), status, part, type="invalid_request_error", param=None, code=code)
        self.assertEqual(len(json.loads(body)["error"]), 4)

    @staticmethod
    def events(text):
        return [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:]))
                for block in text.split("\n\n") if block.startswith("event: ")]


class Serving(Server):
    def test_what_is_served(self):
        for path, state in (("/health", "ok"), ("/healthz", "ok"), ("/readyz", "ready")):
            self.assertEqual(self.ask("GET", path)[:2], (200, {"status": state}))
        listed = self.ask("GET", "/v1/programs?x=1")[1]["data"]
        self.assertEqual([p["id"] for p in listed], ["notes", "slow"])
        one = self.ask("GET", "/v1/programs/notes")[1]
        self.assertEqual(one, listed[0])
        functions = {f["name"]: f for f in one["functions"]}
        self.assertNotIn("talk", functions)  # contexts stay inside
        self.assertEqual(functions["main"]["parameters"][0], {"name": "q", "type": "string", "default": "Why?"})
        self.assertEqual(functions["add"]["result"], "int")
        models = self.ask("GET", "/v1/models")[1]
        self.assertEqual(models["data"][0]["object"], "model")
        self.assertEqual(self.ask("GET", "/v1/models/" + models["data"][0]["id"])[1], models["data"][0])
        self.assertRefused(self.ask("GET", "/v1/models/none"), 404, "no model `none`", code="model_not_found")
        self.assertRefused(self.ask("GET", "/v1/programs/none"), 404, "no program `none`", code="program_not_found")
        for path in ("/", "/v1/chat", "/v1/chat/completions/x", "/v1/programs/", "/v1/programs/../notes", "/v1/programs/notes/",
                     "/v1/programs/%6eotes", "/v1/programs/" + "x" * 5000):
            self.assertEqual(self.ask("POST", path, "{}")[0], 404, path)
        refused = self.ask("DELETE", "/v1/programs/notes")
        self.assertRefused(refused, 405, "takes GET, POST, found DELETE")
        self.assertEqual(refused[2].headers["Allow"], "GET, POST, HEAD")
        self.assertRefused(self.ask("POST", "/v1/models", "{}"), 405, "takes GET")

    def test_runs(self):
        arguments = {"q": "What?", "notes": [{"text": "a"}, {"text": "b", "stars": 5}]}
        status, run = self.run_of({"arguments": arguments, "seed": 3, "cache_salt": None})
        self.assertEqual((status, run["program"], run["function"]), (200, "notes", "main"))
        printed = subprocess.run([LMP, "run", "notes.lmp", "--model", str(MODEL), "--args-json", json.dumps(arguments),
                                  "--seed", "3", "--json"], cwd=self.path, capture_output=True, text=True, check=True)
        self.assertEqual((run["value"], run["text"]), (json.loads(printed.stdout)["value"],
                                                       json.loads(printed.stdout)["emitted"]))
        self.assertEqual(run["usage"]["calls"], 1)
        self.assertEqual(run["usage"]["total_tokens"], run["usage"]["prompt_tokens"] + run["usage"]["completion_tokens"])
        self.assertEqual(self.run_of({"function": "add", "arguments": {"a": 2, "b": 3}})[1]["value"], 5)
        self.assertEqual(self.run_of({"function": "nothing"})[1]["text"], "said")
        status, long = self.run_of({"function": "much", "arguments": {"n": 100_000}})  # more than a stream may leave untaken
        self.assertEqual((status, len(long["text"])), (200, 6_400_000))
        self.assertEqual(self.ask("POST", "/v1/programs/notes")[0], 200)  # no body: nothing given
        # The same prompt again finds its tokens, and those of another salt do not count.
        again = self.run_of({"arguments": arguments, "seed": 3})[1]
        self.assertGreater(again["usage"]["prompt_tokens_details"]["cached_tokens"], 0)
        salted = self.run_of({"arguments": arguments, "seed": 3, "cache_salt": "mine"})[1]
        self.assertEqual(salted["usage"]["prompt_tokens_details"]["cached_tokens"], 0)
        self.assertEqual((again["value"], salted["value"]), (run["value"], run["value"]))

    def test_streams(self):
        whole = self.run_of({"seed": 4})[1]
        status, text, answer = self.ask("POST", "/v1/programs/notes", json.dumps({"seed": 4, "stream": True}))
        self.assertEqual((status, answer.headers["Content-Type"]), (200, "text/event-stream"))
        events = self.events(text)
        self.assertEqual("".join(data["text"] for name, data in events if name == "text"), whole["text"])
        self.assertEqual(events[-1][0], "done")
        self.assertEqual(events[-1][1]["value"], whole["value"])
        self.assertEqual({name for name, _ in events}, {"text", "done"})
        events = self.events(self.ask("POST", "/v1/programs/notes",
                                      json.dumps({"seed": 4, "stream": True, "generations": True}))[1])
        self.assertEqual("".join(data["text"] for name, data in events if name == "generated"), str(whole["value"]))
        failed = self.events(self.ask("POST", "/v1/programs/notes", json.dumps(
            {"function": "fails", "arguments": {"n": 0}, "stream": True}))[1])
        self.assertEqual([(name, data.get("text")) for name, data in failed], [("text", "before"), ("error", None)])
        self.assertEqual(failed[-1][1]["error"]["code"], "value")
        # The time line, of what fails too.
        for body, ends in (({"seed": 4}, "done"), ({"function": "fails", "arguments": {"n": 0}}, "error")):
            events = self.events(self.ask("POST", "/v1/programs/notes", json.dumps({**body, "stream": True, "trace": True}))[1])
            alone = self.ask("POST", "/v1/programs/notes", json.dumps({**body, "trace": True}))[1]
            self.assertEqual(events[-1][0], ends)
            spans, others = ([(e["name"], e["ph"]) for e in one["trace"]["traceEvents"]] for one in (events[-1][1], alone))
            self.assertTrue(spans)
            self.assertEqual(sorted(spans), sorted(others))
        # A client of HTTP/1.0 reads until the end.
        old = self.raw(b"POST /v1/programs/notes HTTP/1.0\r\nContent-Length: 15\r\n\r\n{\"stream\":true}")
        self.assertNotIn(b"chunked", old)
        self.assertEqual(self.events(old.split(b"\r\n\r\n", 1)[1].decode())[-1][0], "done")

    def test_calls_that_are_long_and_say_much(self):
        # Short ones are read with the sockets, long ones beside the chats.
        for size in (60_000, 70_000):
            asked = {"function": "echoes", "arguments": {"text": "a" * size, "n": 100}}
            status, said = self.run_of(asked)
            self.assertEqual((status, said["value"], len(said["text"])), (200, 100, 100 * size))
            self.assertRefused(self.run_of({**asked, "arguments": {"text": "a" * size, "n": 300}}), 422, "ask for a stream", code="text_too_long")

    def test_wrong_requests(self):
        def refused(body, part, status=400, **members):
            text = body if isinstance(body, (str, bytes)) else json.dumps(body)
            self.assertRefused(self.ask("POST", "/v1/programs/notes", text), status, part, **members)
        refused("{", "the body is no JSON", code="invalid_json")
        refused("[]", "expected a JSON object")
        refused(b"{\"seed\": \"\xff\"}", "the body is no JSON")
        refused("[" * 100_000, "the body is no JSON")
        refused({"argments": {}}, "`argments`: there is no such member", param="argments")
        refused({"arguments": []}, "`arguments`: expected an object", param="arguments")
        refused({"function": 3}, "`function`: expected a string of at most 1048576 bytes, found 3")
        for seed in (-1, 1.5, "7", True, 2**64):
            refused({"seed": seed}, "`seed`: expected an integer", param="seed")
        self.assertEqual(self.run_of({"seed": 2**64 - 1})[0], 200)
        refused({"stream": "yes"}, "expected true or false")
        refused({"cache_salt": "x" * 257}, "at most 256 bytes")
        self.assertEqual(self.run_of({"cache_salt": "x" * 256})[0], 200)
        refused({"function": "none"}, "found \"none\"", param="function")
        refused({"function": "x" * 1_000_000}, "found \"" + "x" * 60 + "\";", param="function")
        long = self.run_of({"x" * 1_000_000: 1})
        self.assertRefused(long, 400, "there is no such member", param="x" * 1024 + "...")
        refused({"function": "talk"}, "takes or gives a context", param="function")
        refused({"arguments": {"q": 3}}, "argument `q`: expected a string", param="arguments.q")
        refused({"arguments": {"notes": [{"text": "a"}, {"text": "a", "stars": 6}]}}, "6", param="arguments.notes[1].stars")
        refused({"arguments": {"qq": "a"}}, "did you mean `q`", param="arguments.qq")
        refused({"function": "add", "arguments": {"a": 1}}, "is missing", param="arguments.b")
        refused({"function": "fails", "arguments": {"n": 0}}, "division by zero", status=422, code="value", type="run_failure")
        refused({"function": "checks"}, "it must not", status=422, code="check")
        refused({"arguments": {"q": "word " * 5000}}, "", code="context_length_exceeded")
        self.assertEqual(self.ask("GET", "/health")[0], 200)

    def test_wrong_http(self):
        for data, status in ((b"nonsense\r\n\r\n", 400), (b"GET / HTTP/9.9\r\n\r\n", 400),
                             (b"GET /x y HTTP/1.1\r\nHost: x\r\n\r\n", 400), (b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
                             (b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400),
                             (b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", 400),
                             (b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400),
                             (b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
                             (b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n{}", 400),
                             (b"CONNECT example:80 HTTP/1.1\r\nHost: x\r\n\r\n", 404), (b"TRACE /health HTTP/1.1\r\nHost: x\r\n\r\n", 405),
                             *((b"%s /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" % method, 405)
                               for method in (b"PO", b"P", b"T", b"GE", b"E", b"G", b"post"))):
            answer = self.raw(data, half_close=True)
            self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), (data, answer))
            self.assertEqual(list(json.loads(answer.split(b"\r\n\r\n")[1])["error"]), ["message", "type", "param", "code"])
        self.assertEqual(self.raw(b"", half_close=True), b"")
        self.assertEqual(self.raw(b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", half_close=True), b"")
        # Several at once are answered in order; the last asks to close.
        asks = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/none HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answers = self.raw(asks)
        self.assertLess(answers.index(b'"ok"'), answers.index(b"/v1/none"))
        self.assertLess(answers.index(b"/v1/none"), answers.index(b'"ready"'))
        self.assertEqual(answers.count(b"HTTP/1.1 200 OK"), 2)
        # HEAD is GET without the body, and the next answer begins behind the header.
        heads = self.raw(b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nHEAD /v1/none HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertEqual([part.split(b"\r\n")[0] for part in heads.split(b"\r\n\r\n")],
                         [b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 200 OK", b'{"status":"ready"}'])
        body = b'{"function":"nothing"}'
        # The second comes while the first is answered.
        twice = self.raw(b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
                         b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                         % (len(body), body, len(body), body))
        self.assertEqual(twice.count(b'"text":"said"'), 2, twice)
        expects = self.raw(b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.assertTrue(expects.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), expects)
        chunked = self.raw(b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                           b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        self.assertIn(b'"text":"said"', chunked)

    def test_limits(self):
        _, port = self.server("--body-kb", "1", "--header-kb", "8", "--connections", "3")
        body = b'{"function":"nothing"}'
        for size, status in ((1024, 200), (1025, 413)):
            answer = self.ask("POST", "/v1/programs/notes", body + b" " * (size - len(body)), port=port)
            self.assertEqual(answer[0], status, answer[1])
        self.assertRefused(answer, 413, "longer than 1024 bytes", code="body_too_large")
        large = b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + b" " * 0x800 + b"\r\n0\r\n\r\n"
        self.assertLast(self.raw(large, port), 413, "body_too_large", "longer than 1024 bytes")
        announced = b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n"
        self.assertLast(self.raw(announced, port), 413, "body_too_large", "longer than 1024 bytes")  # nobody waits for it
        line = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: "
        longest = 8 * 1024 - len(line) - 4
        self.assertTrue(self.raw(line + b"x" * longest + b"\r\n\r\n", port).startswith(b"HTTP/1.1 200 "))
        # The first line is not counted, so a little more may be taken.
        for header in (line + b"x" * 8 * 1024 + b"\r\n\r\n", b"GET /health?" + b"x" * 8 * 1024 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                       b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 10_000 + b"\r\n"):
            self.assertLast(self.raw(header, port), 431, "header_too_large", "longer than 8192 bytes")
        held = []
        while len(held) < 3:  # those before may not all have gone
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            if b"200 OK" in client.recv(4096):
                held.append(client)
            else:
                client.close()
        self.assertRefused(self.ask("GET", "/health", port=port), 503, "too many connections")
        held.pop().close()
        for _ in range(200):
            status = self.ask("GET", "/health", port=port)[0]
            if status == 200:
                break
            time.sleep(0.01)
        self.assertEqual(status, 200)
        for client in held:
            client.close()

    def test_text_of_16_mib(self):
        """What a run that is not streamed may emit: each `emit` of `much` has 64 bytes."""
        at = self.run_of({"function": "much", "arguments": {"n": 262_144}})
        self.assertEqual((at[0], len(at[1]["text"])), (200, 1 << 24))
        above = {"function": "much", "arguments": {"n": 262_145}}
        self.assertRefused(self.run_of(above), 422, "more than 16777216 bytes: ask for a stream", param="stream", code="text_too_long", type="run_failure")
        self.assertEqual(self.events(self.run_of({**above, "stream": True})[1])[-1][0], "done")

    def test_where_programs_are_is_not_told(self):
        folder = self.path / "private"
        folder.mkdir()
        (folder / "fails.lmp").write_text('corpus notes from "none/*.md"\nfn main() { check false, "no" }\nfn asks() { let found = retrieve("x", from: notes)  '
                                          ' for p in found { emit p.text } }\n')
        child = subprocess.Popen([LMP, "serve", str(folder / "fails.lmp"), "--model", str(MODEL), "--port", "0"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(lambda: (child.terminate(), child.communicate()))
        port = int(child.stdout.readline().split(":")[3].split("/")[0])
        for stream in (False, True):
            for function, code in (("main", "check"), ("asks", "retrieve")):
                said = self.run_of({"function": function, "stream": stream}, "fails", port=port)[1]
                error = (self.events(said)[-1][1] if stream else said)["error"]
                self.assertEqual(error["code"], code)
                self.assertTrue(error["place"].startswith("fails.lmp:"), error)
                self.assertNotIn(str(self.path), json.dumps(error))

    def test_json_is_100_deep(self):
        for deep, status in ((100, 200), (101, 400)):
            nested = "[" * (deep - 1) + "]" * (deep - 1)
            answer = self.ask("POST", "/v1/completions", '{"prompt": "a", "max_tokens": 1, "metadata": %s}' % nested)
            self.assertEqual(answer[0], status, answer[1])
            answer = self.ask("POST", "/v1/programs/notes", '{"arguments": {"q": %s}}' % ("[" * (deep - 2) + "]" * (deep - 2)))
            self.assertRefused(answer, 400, "argument `q`" if status == 200 else "the body is no JSON")
        self.assertRefused(answer, 400, "100", code="invalid_json")

    def test_clients_that_are_slow(self):
        _, port = self.server("--header-s", "1", "--body-s", "1", "--idle-s", "1", "--write-s", "1")
        begin = time.monotonic()
        for sent in (b"GET /health HT", b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"):
            self.assertLast(self.raw(sent, port), 408, "request_timeout", "took too long to come")
        self.assertEqual(self.raw(b"", port), b"")
        # A byte now and then is no header.
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.settimeout(0.1)
            answer = b""
            for letter in b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"x: y\r\n" * 100:
                try:
                    client.send(bytes([letter]))
                    answer += client.recv(4096)
                    break
                except TimeoutError:
                    pass
                except OSError:
                    break
            client.settimeout(30)
            while part := client.recv(4096):
                answer += part
            self.assertLast(answer, 408, "request_timeout", "took too long to come")
        self.assertLess(time.monotonic() - begin, 30)
        # Who takes nothing of a long stream is left, and nobody else waits for that.
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            body = json.dumps({"function": "much", "arguments": {"n": 100_000}, "stream": True}).encode()
            client.sendall(b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            for _ in range(10):
                self.assertEqual(self.run_of({"function": "add", "arguments": {"a": 1, "b": 1}}, port=port)[1]["value"], 2)
            time.sleep(2.5)
            taken = b""
            try:
                while part := client.recv(1 << 20):
                    taken += part
            except OSError:
                pass
            self.assertNotIn(b"event: done", taken)

    def test_clients_that_are_slow_and_in_time(self):
        """Half of each limit is not too long."""
        _, port = self.server("--header-s", "4", "--body-s", "4", "--idle-s", "4", "--write-s", "4", "--ping-s", "4")

        def header_late(client):
            client.sendall(b"GET /health HT")
            time.sleep(2)
            client.sendall(b"TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        def body_late(client):
            client.sendall(b"POST /v1/programs/notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 22\r\n\r\n{")
            time.sleep(2)
            client.sendall(b'"function":"nothing"}')

        def silent(client):
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"ready", client.recv(4096))
            time.sleep(2)
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        def takes_late(client):
            body = json.dumps({"function": "much", "arguments": {"n": 20_000}, "stream": True}).encode()
            client.sendall(b"POST /v1/programs/notes HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(2)

        def served(ask):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                ask(client)
                answer = b""
                while part := client.recv(1 << 20):
                    answer += part
            return answer
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(served, (header_late, body_late, silent, takes_late)))
        for answer, part in zip(answers, (b'"ok"', b'"text":"said"', b'"ok"', b"event: done")):
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:500])
            self.assertIn(part, answer[-5000:])

    def test_runs_that_take_long(self):
        _, port = self.server("--run-s", "2")
        for function in ("main", "tries", "spins"):
            begin = time.monotonic()
            answer = self.run_of({"function": function}, "slow", port=port)
            self.assertRefused(answer, 422, "longer than the 2 s that this server gives one (--run-s)", code="timeout")
            self.assertLess(2, time.monotonic() - begin)
            self.assertIn("completion_tokens", answer[1]["usage"])
        answer = self.run_of({"stream": True}, "slow", port=port)
        self.assertEqual(answer[0], 200)
        self.assertIn('"text":"begun"', answer[1])
        last = answer[1].strip().split("\n\n")[-1].split("\ndata: ")
        self.assertEqual((last[0], json.loads(last[1])["error"]["code"]), ("event: error", "timeout"))
        # What ends before is whole; others are served all the time.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            self.addCleanup(self.waiting.release.clear)
            late = pool.submit(self.run_of, {}, "slow", port=port)
            self.assertEqual(self.run_of({"function": "add", "arguments": {"a": 1, "b": 1}}, port=port)[1]["value"], 2)
            time.sleep(1)
            self.waiting.release.set()
            self.assertEqual(late.result()[1].get("value"), "done", late.result())

    def test_a_silent_stream_says_that_it_is_there(self):
        _, port = self.server("--ping-s", "1")
        body = json.dumps({"stream": True}).encode()
        # Several at once, in chunks and for a client that knows none; what is written is freed once.
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(4)]
            for client, version in zip(clients, (b"1", b"0", b"1", b"0")):
                client.sendall(b"POST /v1/programs/slow HTTP/1.%s\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (version, len(body)) + body)
                self.assertTrue(self.waiting.came.acquire(timeout=20))
            for client in clients:
                heard = b""
                while heard.count(b": still running\n\n") < 3:
                    part = client.recv(4096)
                    self.assertTrue(part, heard)
                    heard += part
        for _ in clients:
            self.assertTrue(self.waiting.gone.acquire(timeout=20))
        self.assertEqual(self.ask("GET", "/healthz", port=port)[0], 200)

    def test_clients_that_go(self):
        for stream in (False, True):
            with socket.create_connection(("127.0.0.1", self.port)) as client:
                body = json.dumps({"stream": stream}).encode()
                client.sendall(b"POST /v1/programs/slow HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                self.assertTrue(self.waiting.came.acquire(timeout=20))
            self.assertTrue(self.waiting.gone.acquire(timeout=20), "the run went on without its client")

    def test_clients_that_go_behind_more_bytes(self):
        # The beginning of a next request; and more than is read ahead of an answer.
        for more in (b"\r\n", b"POST /v1/programs/slow HTTP/1.1\r\nHost: x\r\n", b"x" * 200_000):
            with socket.create_connection(("127.0.0.1", self.port)) as client:
                client.sendall(b"POST /v1/programs/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
                self.assertTrue(self.waiting.came.acquire(timeout=20))
                client.sendall(more)
            self.assertTrue(self.waiting.gone.acquire(timeout=20), "the run went on without its client")

    def test_clients_that_go_when_their_body_has_long_come(self):
        _, port = self.server("--body-s", "1")
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"POST /v1/programs/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            self.assertTrue(self.waiting.came.acquire(timeout=20))
            time.sleep(1.5)
        self.assertTrue(self.waiting.gone.acquire(timeout=20), "the run went on without its client")

    def test_many_at_once(self):
        def one(number):
            status, run = self.run_of({"function": "add", "arguments": {"a": number, "b": 1}})
            if number % 3 == 0:
                text = self.ask("POST", "/v1/programs/notes", json.dumps({"seed": number, "stream": True}))[1]
                return status == 200 and run["value"] == number + 1 and self.events(text)[-1][0] == "done"
            return status == 200 and run["value"] == number + 1
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            self.assertTrue(all(pool.map(one, range(300))))

    def test_keys(self):
        _, port = self.server("--api-key-file", "keys")
        self.assertEqual(self.ask("GET", "/health", port=port)[0], 200)
        for headers in ({}, {"Authorization": "Bearer first-ke"}, {"Authorization": "Bearer first-key2"},
                        {"Authorization": "first-key"}, {"Authorization": "Bearer "}, {"X-Api-Key": "third"}):
            for path in ("/v1/programs", "/nowhere"):
                self.assertRefused(self.ask("GET", path, port=port, **headers), 401, "asks for a key",
                                   type="authentication_error", code="invalid_api_key")
        first, second = {"Authorization": "Bearer first-key"}, {"X-Api-Key": "second-key"}
        cached = []
        for headers in (first, first, second, second):
            status, run = self.run_of({"arguments": {"q": "a question of some length, said twice"}}, port=port, **headers)
            self.assertEqual(status, 200)
            cached.append(run["usage"]["prompt_tokens_details"]["cached_tokens"] > 0)
        self.assertEqual(cached, [False, True, False, True])  # keys share nothing

    def test_wrong_command_lines(self):
        def refused(code, part, *words):
            done = subprocess.run([LMP, "serve", *words], cwd=self.path, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            self.assertIn(part, done.stderr)
        (self.path / "wrong.lmp").write_text("fn main() { emit nothing }\n")
        (self.path / "empty").write_text("\n")
        (self.path / "other").mkdir(exist_ok=True)
        (self.path / "other/notes.lmp").write_text("fn main() { }\n")
        (self.path / "a b.lmp").write_text("fn main() { }\n")
        model = ["--model", str(MODEL)]
        refused(2, "FILE")
        refused(3, "none.lmp", "none.lmp", *model)
        refused(1, "E0201", "wrong.lmp", *model)
        refused(2, "two programs have the name `notes`", "notes.lmp", "other", *model)
        refused(2, "cannot be part of a path", "a b.lmp", *model)
        refused(2, "is no address", "notes.lmp", "--host", "nowhere", *model)
        refused(2, "--drain-grace-s 6: expected at most --drain-s, which is 5", "notes.lmp", "--drain-s", "5", "--drain-grace-s", "6", *model)
        refused(2, "has no key", "notes.lmp", "--api-key-file", "empty", *model)
        refused(2, "--port", "notes.lmp", "--port", "65536", *model)
        refused(3, "cannot listen at", "notes.lmp", "--port", str(self.port), *model)


def main():
    global LMP
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, help="the binary to test")
    args, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(args.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
