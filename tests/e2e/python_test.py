#!/usr/bin/env python3
"""The Python package: values, streams, coroutines, errors, threads, corpora; the answers of the command line.

    python_test.py --package FOLDER_WITH_lmp --lmp BINARY [--calls 10000]
"""
import argparse
import asyncio
import dataclasses
import enum
import gc
import http.server
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples/models/demo/demo.gguf"
SMALL = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
LMP = None
CALLS = 2000

PROGRAM = """
enum Mood { calm wild }
record Note { text: string  mood: Mood = Mood.calm }
fn main(q: string, notes: list<Note> = [], n: int(1..3) = 1) -> list<int(0..9)> {
  for note in notes { user note.text }
  user q
  gen xs: list<int(0..9)>(n..n)
  emit "first "
  emit "${xs}"
  return xs
}
fn add(a: int, b: float) -> float { return a + b }
fn note(n: Note?) -> Note? { return n }
fn fails(n: int) -> int { return 1 / n }
fn page() -> string { user "go on"  gen x with max: 400, min: 400  return x }
fn long() -> string { for i in 0..10000 { emit page() }  return "" }
"""


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = lmp.Engine(SMALL, threads=1)
        cls.program = lmp.compile(PROGRAM, "p.lmp")

    def test_values_go_in_and_out(self):
        run = lambda *given, **options: self.engine.run(self.program, *given, **options).value
        self.assertEqual(run({"a": 2, "b": 0.5}, function="add"), 2.5)
        self.assertEqual(run({"n": {"text": "é \"x\"", "mood": "wild"}}, function="note"),
                         {"text": "é \"x\"", "mood": "wild"})
        self.assertIsNone(run({"n": None}, function="note"))
        result = self.engine.run(self.program, {"q": "Why?", "n": 3}, seed=1, explain=True)
        self.assertEqual(len(result.value), 3)
        self.assertEqual(result.stats.calls, 1)
        self.assertGreater(result.stats.generated_tokens, 0)
        self.assertIn("main.xs", result.explain)
        self.assertEqual(result.text, compact(result.value))

    def test_program(self):
        self.assertEqual([f.name for f in self.program.functions], ["main", "add", "note", "fails", "page", "long"])
        main = self.program.functions[0]
        self.assertEqual(main.result, "list<int(0..9)>")
        self.assertEqual([(p.name, p.has_default, p.default) for p in main.parameters],
                         [("q", False, None), ("notes", True, []), ("n", True, 1)])

    def test_streams(self):
        pieces = list(self.engine.stream(self.program, {"q": "Why?", "n": 2}))
        heard = []
        value = self.engine.run(self.program, {"q": "Why?", "n": 2}, on_text=heard.append).value
        self.assertEqual("".join(pieces), f"first {compact(value)}")
        self.assertEqual("".join(heard), "".join(pieces))
        # Leaving a stream ends its run.
        for _ in self.engine.stream(self.program, function="long"):
            break

    def test_who_awaits_the_end_is_woken_by_it_alone(self):
        async def main():
            woken = []
            run = self.engine.start(self.program, {"q": "Why?", "n": 2}, generations=True)
            wait = run._readable

            async def counted(only_end):
                await wait(only_end)
                woken.append(only_end)
            run._readable = counted
            await run
            return woken, len([piece async for piece in self.engine.start(self.program, {"q": "Why?", "n": 2})])
        woken, pieces = asyncio.run(main())
        self.assertLessEqual(woken, [True])  # it may have ended before anybody waits
        self.assertGreater(pieces, 0)

    def test_coroutines(self):
        async def ask(n):
            run = self.engine.start(self.program, {"q": "Why?", "n": n})
            text = "".join([piece async for piece in run])
            return text, (await run).value

        async def main():
            answers = await asyncio.gather(*[ask(1 + i % 3) for i in range(30)])
            for i, (text, value) in enumerate(answers):
                self.assertEqual(len(value), 1 + i % 3)
                self.assertEqual(text, f"first {compact(value)}")
            with self.assertRaises(asyncio.TimeoutError):
                async def forever():
                    while True:  # one after the other: more than the time given
                        await self.engine.start(self.program, function="long")
                await asyncio.wait_for(forever(), 0.05)
            with self.assertRaises(lmp.RunError):
                await self.engine.start(self.program, {"n": 0}, function="fails")

        asyncio.run(main())

    def test_tools(self):
        engine = lmp.Engine(SMALL, threads=1)
        program = lmp.compile("""
            record Order { id: string  cents: int }
            @effect(read) @timeout(2s) tool order(id: string, n: int = 1) -> Order = host("orders.lookup")
            fn main(id: string) -> string {
              try { return "${order(id)}" } else e { return "${e.kind}: ${e.message}" }
            }
            fn many(n: int) -> int { return sum(fork i in 0..n { yield order("${i}").cents }) }""")
        value = lambda **given: engine.run(program, given).value
        self.assertIn("this host has no tool", value(id="7"))

        @engine.tool("orders.lookup")
        def order(id, n):
            if id == "raise":
                raise KeyError("no such order")
            if id == "class":
                return dataclasses.make_dataclass("Order", ["id", "cents"])(id, 8)
            return {"id": id, "cents": "many" if id == "garbage" else 5 * n} if id != "set" else {1, 2}

        self.assertEqual(json.loads(value(id="7")), {"id": "7", "cents": 5})
        self.assertEqual(json.loads(value(id="class")), {"id": "class", "cents": 8})
        self.assertIn("tool: `order`: KeyError", value(id="raise"))
        self.assertIn("expected an integer, found a string", value(id="garbage"))
        self.assertIn("TypeError", value(id="set"))
        self.assertEqual(engine.run(program, {"n": 40}, function="many").value, 200)

        async def main():
            loop = asyncio.get_running_loop()
            gate = asyncio.Event()

            async def later(id, n):
                self.assertIs(asyncio.get_running_loop(), loop)
                await gate.wait()
                return {"id": id, "cents": 3}

            engine.set_tool("orders.lookup", later)
            run = engine.start(program, {"n": 10}, function="many")
            await asyncio.sleep(0.01)
            gate.set()
            self.assertEqual((await run).value, 30)

        asyncio.run(main())
        engine.set_tool("orders.lookup", lambda id, n: time.sleep(0.2))
        engine.start(program, {"id": "7"})
        del engine  # while a tool works
        gc.collect()

    def test_records(self):
        engine = lmp.Engine(SMALL, threads=1)
        program = lmp.compile("""
            tool price(item: string) -> int = host("shop.price")
            fn main(item: string) -> int { user item  gen x with max: 3  return 100 / price(item) }""")
        prices = {"pear": 50, "air": 0}
        engine.set_tool("shop.price", lambda item: prices[item])
        first = engine.run(program, {"item": "pear"}, seed=7, record=True)
        self.assertEqual((first.value, first.stats.tool_calls), (2, 1))
        with self.assertRaises(lmp.RunError) as failed:
            engine.run(program, {"item": "air"}, record=True)
        engine.set_tool("shop.price", None)
        again = engine.replay(program, first.record).result()
        self.assertEqual((again.value, again.record), (2, ""))
        with self.assertRaisesRegex(lmp.RunError, "value: .*zero"):
            engine.replay(program, failed.exception.record).result()
        with self.assertRaisesRegex(lmp.Error, "not the recorded one: the program"):
            engine.replay(lmp.compile("fn main(item: string) -> int { return 1 }"), first.record)
        with self.assertRaisesRegex(lmp.Error, "line 1 of the record"):
            engine.replay(program, "x")
        self.assertEqual(self.engine.run(self.program, {"a": 1, "b": 2}, function="add").record, "")

    def test_servers_and_the_environment(self):
        class Shop(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = f"{self.path} for {self.headers['Authorization']}".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        program = lmp.compile("""
            config { allow: [env("PY_TEST_URL")] }
            tool items(q: string) -> string = http.get("${env("PY_TEST_URL")}/items", query: { q: q },
              headers: { Authorization: "Bearer ${env("PY_TEST_KEY")}" })
            fn main() -> string { return items("x") }""")
        with http.server.HTTPServer(("127.0.0.1", 0), Shop) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            variables = {"PY_TEST_URL": f"http://127.0.0.1:{server.server_port}", "PY_TEST_KEY": "s3cret"}
            engine = lmp.Engine(SMALL, threads=1, step_tokens_max=64, environment=variables)
            self.assertEqual(engine.run(program).value, "/items?q=x for Bearer s3cret")
            with self.assertRaisesRegex(lmp.RunError, "lets it ask no servers"):
                lmp.Engine(SMALL, threads=1, http_tools=False, environment=variables).run(program)
            with self.assertRaisesRegex(lmp.Error, "environment variable PY_TEST_(URL|KEY)"):
                self.engine.run(program)
            server.shutdown()

    def test_servers_that_generate(self):
        asked = []

        class Server(http.server.BaseHTTPRequestHandler):
            def reply(self, kind, body):
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.reply("application/json", b'{"data": [{"id": "m", "owned_by": "vllm"}]}')

            def do_POST(self):
                asked.append((json.loads(self.rfile.read(int(self.headers["Content-Length"]))), self.headers["Authorization"]))
                self.reply("text/event-stream", b'data: {"choices": [{"text": "Hello", "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n')

            def log_message(self, *_):
                pass

        program = lmp.compile("""
            fn near(q: string) -> string { user q  gen reply with max: 8  return reply }
            @engine("big") fn far(q: string) -> string { user q  gen reply with max: 8  return reply }
            fn main(q: string) -> list<string> { return [near(q), far(q)] }""")
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}"
            here = lmp.Engine(SMALL, threads=1, engines={"big": None})
            near, far = here.run(program, {"q": "x"}).value
            self.assertEqual(near, far)
            far = lmp.Servers([url], kind="sglang", key="s3cret", tokenizer=DEMO, priority=-3)
            self.assertNotIn("s3cret", repr(far))
            both = lmp.Engine(SMALL, threads=1, engines={"big": far, "other": SMALL})
            self.assertEqual(both.run(program, {"q": "x"}).value, [near, "Hello"])
            self.assertEqual((asked[0][0]["priority"], asked[0][1]), (-3, "Bearer s3cret"))
            self.assertEqual(lmp.Engine(SMALL, servers=[url]).run(program, {"q": "x"}, function="near").value, "Hello")
            server.shutdown()
        with self.assertRaisesRegex(lmp.Error, 'nobody gave the engine "big"'):
            self.engine.run(program, {"q": "x"})
        for wrong, part in (({"servers": []}, "expected a URL"), ({"servers": "http://x"}, "`servers`: expected Servers, or a list"),
                            ({"servers": [5]}, "texts that are str"), ({"servers": lmp.Servers(["http://x"], tokenizer="x")}, "that of `model`"),
                            ({"engines": ["big"]}, "a mapping from names"), ({"engines": {5: None}}, "names that are str"),
                            ({"engines": {"big": 5}}, "engines['big']"),
                            ({"engines": {"big": lmp.Servers(["http://x"], seconds=2**31)}}, "an int of 32 bits")):
            with self.assertRaises((TypeError, ValueError)) as raised:
                lmp.Engine(SMALL, **wrong)
            self.assertIn(part, str(raised.exception))
        with self.assertRaisesRegex(lmp.Error, "a name has 1 to 64"):
            lmp.Engine(SMALL, engines={"a b": None})

    def test_contexts(self):
        questions = ["What is it?", "And then?", "Why?"]
        text = """
            fn begin() -> context { return context { system "You know a long list of things by heart." } }
            fn turn(talk: context, q: string) -> context {
              var mine = talk
              on mine { user q  gen reply with max: 20, min: 20 }
              emit reply
              return mine
            }
            fn both(talks: list<context?>) -> list<context?> { return talks }
            fn main(questions: list<string>) {
              var talk = context { system "You know a long list of things by heart." }
              for q in questions {
                on talk { user q  gen reply with max: 20, min: 20 }
                emit reply
              }
            }"""
        program = lmp.compile(text, "talk.lmp")
        whole = "".join(lmp.Engine(SMALL, threads=1).stream(program, {"questions": questions}))
        engine = lmp.Engine(SMALL, threads=1)
        talk = engine.run(program, function="begin").value
        self.assertIsInstance(talk, lmp.Context)
        said, cached, points = "", -1, [talk]
        for question in questions:
            run = engine.start(program, {"talk": talk, "q": question}, function="turn")
            said += "".join(run)
            result = run.result()
            self.assertGreater(result.stats.cached_tokens, cached)
            self.assertGreater(result.value.tokens, talk.tokens)
            talk, cached = result.value, result.stats.cached_tokens
            points.append(talk)
        self.assertEqual(said, whole)
        both = engine.run(program, {"talks": [talk, None, points[0]]}, function="both").value
        self.assertEqual([point and point.tokens for point in both], [talk.tokens, None, points[0].tokens])
        again = engine.run(lmp.compile(text, "other.lmp"), {"talk": points[1], "q": questions[1]}, function="turn",
                           explain=True)
        self.assertNotIn("talk.lmp", again.explain)
        for wrong, part in [("text", "expected a context"), ({"$context": 0}, "0 contexts"), (3, "found the integer 3")]:
            with self.assertRaises(lmp.Error) as caught:
                engine.start(program, {"talk": wrong, "q": "x"}, function="turn")
            self.assertIn(part, str(caught.exception))
        with self.assertRaises(lmp.Error) as caught:
            self.engine.start(program, {"talk": talk, "q": "x"}, function="turn")
        self.assertIn("of another engine", str(caught.exception))
        del engine  # the contexts are still there
        gc.collect()
        self.assertGreater(talk.tokens, 0)

    def test_pieces(self):
        program = lmp.compile("""
            fn ask(q: string) -> string { user q  gen reply with max: 5, min: 5  return reply }
            fn main() -> string {
              user "a"
              gen first with max: 6, min: 6
              let second = ask("b")
              emit "${first} and ${second}"
              return first
            }""")
        run = self.engine.start(program, generations=True)
        pieces = list(run.pieces())
        first = run.result().value
        texts = {}
        for piece in pieces:
            key = (piece.emitted, piece.name, piece.site)
            texts[key] = texts.get(key, "") + piece.text
        second = texts.pop((False, "reply", "main.ask#0/ask.reply#0"))
        self.assertEqual(texts, {(False, "first", "main.first#0"): first, (True, "first", "main.first#0"): first,
                                 (True, "", ""): " and ", (True, "ask", "main.ask#0"): second})
        self.assertEqual({piece.function for piece in pieces}, {"main", "ask"})
        # Without asking for them there are none, and plain text is what is emitted.
        self.assertTrue(all(piece.emitted for piece in self.engine.start(program).pieces()))
        self.assertEqual("".join(self.engine.start(program, generations=True)), f"{first} and {second}")

        async def hear():
            return [piece async for piece in self.engine.start(program, generations=True).pieces_async()]

        self.assertEqual("".join(piece.text for piece in asyncio.run(hear()) if piece.emitted), f"{first} and {second}")

    def test_fork(self):
        # What docs/EMBEDDING.md says: programs may be used in both; an engine of the parent may not, and says so.
        code = """
import lmp, os, sys
text = 'fn main() -> string { user "a"  gen x with max: 8, min: 8  return x }'
program = lmp.compile(text)
child = os.fork()
if child == 0:  # before any engine: a child may load one
    print(lmp.Engine(sys.argv[1], threads=1).run(program).value == sys.argv[2], flush=True)
    os._exit(0)
os.waitpid(child, 0)
engine = lmp.Engine(sys.argv[1], threads=1)
print(engine.run(program).value == sys.argv[2], flush=True)
run = engine.start(program)
child = os.fork()
if child == 0:  # with one: what the child has of it says no, and may be collected
    engine.clear_cache()
    for use in (lambda: engine.start(program), engine.counters):
        try:
            use()
        except lmp.Error as error:
            print(error.code, error, flush=True)
    del engine, run
    sys.exit(0)
print(os.waitpid(child, 0)[1], flush=True)
child = os.fork()
if child == 0:  # a child that only calls exec
    os.execv("/bin/echo", ["echo", "exec"])
os.waitpid(child, 0)
print(run.result().value == sys.argv[2])
"""
        answer = self.engine.run(
            lmp.compile('fn main() -> string { user "a"  gen x with max: 8, min: 8  return x }')).value
        done = subprocess.run([sys.executable, "-c", code, str(SMALL), answer], capture_output=True, text=True,
                              timeout=60, env=dict(os.environ, PYTHONPATH=sys.path[0]))
        self.assertEqual(done.stderr, "")
        refused = "unavailable the engine was loaded by another process: load one after fork()\n"
        self.assertEqual(done.stdout, f"True\nTrue\n{refused}{refused}0\nexec\nTrue\n")

    def test_errors(self):
        def fails(code, part, call, *given, **options):
            with self.assertRaises(lmp.Error) as caught:
                call(*given, **options)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(part, str(caught.exception))
            return caught.exception

        start = self.engine.start
        fails("invalid_argument", "no function `man`", start, self.program, function="man")
        fails("invalid_argument", "function `main`: argument `q`: expected a string, found the integer 3", start,
              self.program, {"q": 3})
        fails("invalid_argument", "`q`", start, self.program)
        fails("invalid_argument", "expected int(1..3)", start, self.program, {"q": "a", "n": 9})
        fails("invalid_argument", "argument `q`: expected what JSON can say", start, self.program, {"q": object()})
        fails("invalid_argument", "argument `q`: expected what JSON can say", start, self.program, {"q": float("nan")})
        fails("not_found", "none.gguf", lmp.Engine, "none.gguf")
        fails("corruption", "", lmp.Engine, ROOT / "README.md")
        wrong = fails("invalid_argument", "w.lmp:1:18", lmp.compile, "fn main() { emit nope }", "w.lmp")
        self.assertEqual(wrong.diagnostics[0].details["code"], "E0201")
        failed = fails("value", "p.lmp:", self.engine.run, self.program, {"n": 0}, function="fails")
        self.assertEqual((failed.kind, failed.message), ("value", "division by zero"))
        self.assertEqual(failed.stats.calls, 0)
        with self.assertRaises(ZeroDivisionError):
            self.engine.run(self.program, {"q": "Why?"}, on_text=lambda text: 1 // 0)
        with self.assertRaises(TypeError):
            lmp.compile(3)
        with self.assertRaises(OSError):
            lmp.load("/nonexistent/p.lmp")

    def test_cancel_and_time(self):
        run = self.engine.start(self.program, function="long")
        with self.assertRaises(TimeoutError):
            run.result(timeout=0)
        run.cancel()
        with self.assertRaises(lmp.RunError) as caught:
            run.result()
        self.assertEqual(caught.exception.kind, "cancelled")

    def test_interrupt(self):
        # Whoever runs the tests in the background may have had the signal ignored.
        code = ("import lmp, signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
                "engine = lmp.Engine(sys.argv[1], threads=1)\n"
                "p = lmp.compile('fn one(i: int) -> string { user \"go\"  gen x with max: 400, min: 400  return x }\\n'"
                "'fn main() { emit \"started\"  for i in 0..100000 { emit \"${len(one(i))}\" } }')\n"
                "engine.run(p, on_text=lambda text: print(text, flush=True))\n")
        child = subprocess.Popen([sys.executable, "-c", code, str(SMALL)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env=dict(os.environ, PYTHONPATH=sys.path[0]))
        self.assertEqual(child.stdout.readline(), "started\n")
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=20)
        self.assertIn("KeyboardInterrupt", errors)

    def test_listening(self):
        program = lmp.compile("""fn main() -> list<string> {
  var heard = [""]
  while limit 3 {
    try { heard = heard + [listen()] } else e { heard = heard + ["(${e.kind}: ${e.message})"] }
  }
  return heard
}
fn waits() -> string { return try listen(timeout: 50ms) else "nobody" }
""")
        said = iter(["Ada", None])
        self.assertEqual(self.engine.run(program, listen=lambda: next(said)).value[:3],
                         ["", "Ada", "(listen: the input has ended)"])
        self.assertIn("listen", self.engine.run(program).value[1])  # nobody is there

        def ends():
            raise EOFError
        self.assertEqual(self.engine.run(program, listen=ends).value[1], "(listen: the input has ended)")
        self.assertEqual(self.engine.run(program, listen=lambda: 7).value[1],
                         "(listen: TypeError: `listen` gave a int: a str is expected, or None)")
        with self.assertRaises(lmp.Error):
            self.engine.start(program, {"none": 1}, listen=ends)
        release = threading.Event()
        self.assertEqual(self.engine.run(program, function="waits", listen=release.wait).value, "nobody")
        release.set()

        async def turns():
            lines = asyncio.Queue()

            async def hear():
                self.assertIs(asyncio.get_running_loop(), loop)
                return await lines.get()
            loop = asyncio.get_running_loop()
            run = self.engine.start(program, listen=hear)
            for line in ("a", "b", None):
                await lines.put(line)
            return (await run).value
        self.assertEqual(asyncio.run(turns()), ["", "a", "b", "(listen: the input has ended)"])

    def test_text_without_a_utf8_form(self):
        program = lmp.compile("""@effect(read) tool order(id: string) -> string = host("order")
fn main() -> string { return try order("a") else "none" }
fn failing() -> string { return order("a") }
fn hears() -> string { return try listen() else "nothing" }
""")
        engine = lmp.Engine(SMALL, threads=1)

        def broken(id):
            raise ValueError("file \udcff not found")
        engine.set_tool("order", broken)
        self.assertEqual(engine.run(program).value, "none")
        with self.assertRaisesRegex(lmp.RunError, r"ValueError: file \? not found"):
            engine.run(program, function="failing")
        self.assertEqual(engine.run(program, function="hears", listen=lambda: "\ud800").value, "nothing")
        self.assertEqual(engine.run(program, function="hears", listen=lambda: "a line\n").value, "a line")
        with self.assertRaisesRegex(lmp.Error, "function `note`: argument `n`: expected text that has a UTF-8 form"):
            self.engine.run(self.program, {"n": {"text": "\ud800"}}, function="note")

    def test_a_loop_that_waits_runs_no_tools(self):
        program = lmp.compile("""@effect(read) tool order(id: string) -> string = host("order")
fn main() -> string { return order("a") }
fn hears() -> string { return listen() }
""")
        engine = lmp.Engine(SMALL, threads=1)

        async def order(id):
            await asyncio.sleep(0.3)
            return id

        async def line():
            return "x"

        async def main():
            engine.set_tool("order", order)
            for start in (lambda: engine.run(program), lambda: "".join(engine.stream(program)),
                          lambda: engine.run(program, function="hears", listen=line)):
                with self.assertRaisesRegex(lmp.RunError, "`await` the run"):
                    start()
            return (await engine.start(program)).value
        self.assertEqual(asyncio.run(main()), "a")

    def test_values_of_other_kinds(self):
        @dataclasses.dataclass
        class Note:
            text: str
            mood: "Mood"
        Mood = enum.Enum("Mood", ["calm", "wild"])
        run = lambda arguments, function: self.engine.run(self.program, arguments, function=function).value
        self.assertEqual(run({"n": Note("a", Mood.wild)}, "note"), {"text": "a", "mood": "wild"})
        try:
            import numpy
        except ImportError:
            print("SKIPPED: no numpy here, so its values were not tried")
            return
        self.assertEqual(run({"a": numpy.int64(2), "b": numpy.float32(0.5)}, "add"), 2.5)
        echo = lmp.compile("fn main(xs: list<int>) -> list<int> { return xs }")
        self.assertEqual(self.engine.run(echo, {"xs": numpy.arange(3)}).value, [0, 1, 2])

    def test_wrong_types_are_named(self):
        engine, program, found = self.engine, self.program, []
        for call, part in [
                (lambda: engine.run(program, seed="x"), "start: `seed`: expected an int from 0 to 2**64 - 1, found 'x' of type str"),
                (lambda: engine.run(program, seed=-1), "`seed`: expected an int from 0 to 2**64 - 1, found -1"),
                (lambda: engine.run(program, seed=2**64), "`seed`"), (lambda: engine.run(program, function=None), "`function`"),
                (lambda: engine.run("fn main() {}"), "`program`: expected what lmp.compile or lmp.load gives, found 'fn main() {}'"),
                (lambda: engine.run(program, ["a"]), "`arguments`: expected a mapping"), (lambda: engine.run(program, {1: 2}), "`arguments`"),
                (lambda: engine.start(program, listen="x"), "`listen`: expected a function"),
                (lambda: lmp.compile(None), "compile: `text`"), (lambda: lmp.compile("\ud800"), "lone surrogate at character 0"),
                (lambda: lmp.Engine(SMALL, threads="2"), "Engine: `threads`"), (lambda: lmp.Engine(SMALL, threads=-1), "`threads`"),
                (lambda: lmp.Engine(7), "Engine: `model`: expected a path"),
                (lambda: engine.set_tool(None, print), "set_tool: `name`"), (lambda: engine.set_tool("", print), "empty one"),
                (lambda: engine.set_tool("x", 5), "set_tool: `function`"),
                (lambda: engine.answer("q", "text"), "`passages`: expected passages, found a str"),
                (lambda: engine.answer("q", ["x"]), "`passages`: expected Passage(id, text)"),
                (lambda: engine.answer("q", [{"id": "a"}]), "found {'id': 'a'}"), (lambda: engine.answer("q", [(1, "x")]), "found (1, 'x')"),
                (lambda: engine.answer(3, []), "answer: `question`"), (lambda: engine.answer("q", None), "`passages`: expected passages"),
                (lambda: lmp.Engine(SMALL, http_tools="no", environment={"KEY": "s3cret"}), "Engine: `http_tools`: expected a bool"),
                (lambda: lmp.Engine(SMALL, step_tokens_max=2**31, environment={"KEY": "s3cret"}), "`step_tokens_max`: expected an int below"),
                (lambda: lmp.Engine(SMALL, chunk_memory_bytes=""), "`chunk_memory_bytes`"), (lambda: lmp.Engine(SMALL, prefix_cache=None), "`prefix_cache`"),
                (lambda: lmp.Engine(SMALL, environment={"A=B": "x"}), "the name of a variable, found 'A=B'"),
                (lambda: lmp.Engine(SMALL, environment={"A": "x\0y"}), "without a zero byte"),
                (lambda: engine.run(program, record="no"), "start: `record`: expected a bool"), (lambda: engine.run(program, trace=3), "`trace`"),
                (lambda: engine.run(program, {"q": "x"}, on_text=3), "run: `on_text`: expected a function"),
                (lambda: engine.start(program, {"q": "x"}).result("x"), "result: `timeout`: expected seconds"),
                (lambda: engine.start(program, {"q": "x"}).result(float("nan")), "found nan")]:
            with self.assertRaises((TypeError, ValueError)) as raised:
                call()
            self.assertIn(part, str(raised.exception))
            found.append(str(raised.exception))
        self.assertFalse([text for text in found if "incompatible function arguments" in text or "s3cret" in text])
        with self.assertRaisesRegex(lmp.Error, "function `main`: argument `q`: expected what JSON can say .*found a value of type object"):
            engine.run(program, {"q": object()})

    def test_other_threads_go_on(self):
        # While one thread waits for a run, another computes in Python: the run ends only then.
        gate = threading.Event()
        program = lmp.compile("""@effect(read) tool held() -> int = host("held")
            fn main() -> int { return held() }""")
        engine = lmp.Engine(SMALL, threads=1)
        engine.set_tool("held", lambda: gate.wait(60) and 7)
        run = engine.start(program)
        waiter = threading.Thread(target=lambda: self.assertEqual(run.result().value, 7))
        waiter.start()
        count = 0
        for _ in range(1000):
            count += waiter.is_alive()
        self.assertEqual(count, 1000)
        gate.set()
        waiter.join()

    def test_many_calls(self):
        threads_before = len(os.listdir("/proc/self/task"))
        engines = [lmp.Engine(SMALL, threads=1), lmp.Engine(SMALL, threads=1)]
        pages = [engine.counters()["pages_total"] for engine in engines]
        wrong = []

        def work(seed):
            chance = random.Random(seed)
            for number in range(seed, CALLS, 16):
                engine = engines[number % 2]
                if chance.random() < 0.1:
                    run = engine.start(self.program, function="long")
                    time.sleep(chance.random() * 0.002)
                    if chance.random() < 0.5:
                        run.cancel()
                        try:
                            run.result()
                        except lmp.RunError as error:
                            if error.kind != "cancelled":
                                wrong.append(error)
                elif engine.run(self.program, {"a": number, "b": 1.0}, function="add").value != number + 1:
                    wrong.append(number)

        def all_of_it():
            threads = [threading.Thread(target=work, args=(seed,)) for seed in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        all_of_it()
        before = resident_kib()
        all_of_it()
        gc.collect()
        self.assertEqual(wrong, [])
        self.assertLess(resident_kib() - before, 8 * 1024)
        for engine, total in zip(engines, pages):
            for _ in range(1000):
                engine.clear_cache()
                if engine.counters()["pages_free"] == total:
                    break
                time.sleep(0.002)
            self.assertEqual(engine.counters()["pages_free"], total)
        del engines, engine
        gc.collect()
        self.assertEqual(len(os.listdir("/proc/self/task")), threads_before)

    def test_run_outlives_engine(self):
        engine = lmp.Engine(SMALL, threads=1)
        run = engine.start(self.program, function="long")
        del engine
        gc.collect()
        try:
            run.result()
        except lmp.RunError as error:
            self.assertEqual(error.kind, "cancelled")

    def test_same_answers_as_the_command_line(self):
        engine = lmp.Engine(DEMO)
        for name in ("rag", "extract"):
            path = ROOT / f"examples/{name}.lmp"
            said = "".join(engine.stream(lmp.load(path)))
            printed = subprocess.run([LMP, "run", path, "--model", DEMO], capture_output=True, text=True, check=True)
            self.assertEqual(said.rstrip("\n"), printed.stdout.rstrip("\n"))

    def test_example(self):
        for name, words, given in [("main.py", ["Hello."], ""), ("talk.py", [], "Say hello.\nWhat is it?\n")]:
            said = subprocess.run([sys.executable, ROOT / "examples/embed" / name, DEMO, *words], capture_output=True,
                                  text=True, input=given, env=dict(os.environ, PYTHONPATH=sys.path[0]))
            self.assertEqual((said.returncode, said.stderr), (0, ""))
            self.assertGreater(len(said.stdout), 0)
            self.assertEqual(said.stdout.count("\n"), len(given.splitlines()), said.stdout)

    def test_page(self):
        """The Python blocks of docs/EMBEDDING.md in their order: examples as they are, pieces with what stands here."""
        blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/EMBEDDING.md").read_text(), re.M | re.S)
        examples = [(ROOT / "examples/embed" / name).read_text().split("\n", 1)[1] for name in ("main.py", "talk.py")]
        pieces = [block for block in blocks if block not in examples]
        self.assertEqual(len(blocks) - len(pieces), len(examples))
        tool, record, listen = pieces
        program = lmp.compile("""
            record Order { id: string  cents: int }
            tool order(id: string) -> Order = host("orders.lookup")
            fn main(id: string) -> int { return order(id).cents }
            """)
        names = {"engine": lmp.Engine(SMALL, threads=1), "program": program}
        exec(tool, names)
        exec(record, names)
        self.assertEqual((names["first"].value, names["again"].value), (450, 450))
        heard = []
        names |= {"program": lmp.compile('fn main() { emit "Hello ${listen()}" }'), "input": lambda: "Ada",
                  "print": lambda text, **_: heard.append(text)}
        exec(listen, names)
        self.assertEqual("".join(heard), "Hello Ada")

    def test_answer(self):
        engine = lmp.Engine(DEMO)
        passages = [("a", "The port of Botu is 661."), {"id": "b", "text": "The leader of Wisha is Veahand."},
                    lmp.Passage("c", "Alice's pet is an owl.", document="pets.md")]
        answer = engine.answer("What is the port of Botu?", passages)
        self.assertTrue(set(answer.citations) <= {"a", "b", "c"})
        self.assertTrue(answer.exact)
        self.assertGreater(answer.prompt_tokens, 0)
        with self.assertRaises(lmp.Error):
            engine.answer("Q?", [("a", "x"), ("a", "y")])

    def test_corpus(self):
        with tempfile.TemporaryDirectory() as folder:
            docs = pathlib.Path(folder, "docs")
            docs.mkdir()
            (docs / "cards.md").write_text("# Cards\nGift cards cannot be returned.\n")
            (docs / "hours.md").write_text("# Hours\nThe shop opens at nine.\n")
            corpus = lmp.Corpus(pathlib.Path(folder, "c.lmpc"))
            self.assertEqual(corpus.update(str(docs))["added"], 2)
            self.assertEqual(corpus.add_passages([{"id": "p1", "text": "Tea is sold by weight."}])["added"], 1)
            hits = corpus.search("gift cards", count=2)
            self.assertIn("Gift cards", hits[0].text)
            self.assertTrue(hits[0].document.endswith("cards.md"))
            try:
                import numpy
            except ImportError:
                print("SKIPPED: no numpy here, so vectors from Python were not tried")
            else:
                ids = [hit.id for hit in corpus.search("gift shop tea opens", count=5)]
                vectors = numpy.eye(len(ids), 4)
                self.assertEqual(corpus.add_vectors(ids, vectors)[0], len(ids))
                found = corpus.search(vector=numpy.array([0.1, 0.9, 0, 0]), count=1)
                self.assertEqual(found[0].id, ids[1])
                self.assertEqual(found.scores.dtype, numpy.float32)
                self.assertEqual(found.scores.tolist(), [numpy.float32(found[0].score)])
                for call in (lambda: corpus.search("gift", vector="abc"), lambda: corpus.add_vectors(ids, ["a"]),
                             lambda: corpus.add_vectors("abc", vectors), lambda: corpus.add_vectors([1, 2], vectors)):
                    self.assertRaisesRegex(TypeError, "(search|add_vectors): `[a-z]+`: expected .* found", call)
                with self.assertRaises(lmp.Error):
                    corpus.add_vectors(ids, numpy.zeros(3))
                with self.assertRaises(lmp.Error):
                    corpus.search(vector=numpy.zeros(3))
            self.assertEqual(corpus.update(docs)["unchanged"], 2)  # a path, too
            for call in (lambda: corpus.update(3), lambda: corpus.update([str(docs)]), lambda: corpus.remove(3),
                         lambda: corpus.add_passages(3), lambda: corpus.add_passages("abc"),
                         lambda: corpus.add_passages([{"id": 1, "text": "a"}]), lambda: lmp.Corpus(None),
                         lambda: lmp.load(3)):
                self.assertRaisesRegex(TypeError, "[a-zA-Z_]+: `[a-z]+`: expected .* found", call)
            self.assertEqual(corpus.remove("p1")[0], 1)
            with self.assertRaises(lmp.Error) as caught:
                corpus.remove("p1")
            self.assertEqual(caught.exception.code, "not_found")


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def resident_kib():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True)
    parser.add_argument("--lmp", required=True)
    parser.add_argument("--calls", type=int, default=CALLS)
    known, rest = parser.parse_known_args()
    LMP, CALLS = known.lmp, known.calls
    sys.path.insert(0, str(pathlib.Path(known.package).resolve()))
    import lmp

    unittest.main(argv=["python_test.py"] + rest)
