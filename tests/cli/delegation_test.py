#!/usr/bin/env python3
"""Programs whose sequences run on servers (`--engine`): a fake one that fails in every way, and real ones.

    delegation_test.py --lmp BINARY [-v] [TestClass.test_name ...]

The real ones are `lmp serve` with the demo model, on which every example must say what it says in this process, and,
where LMP_LLAMA_CPP_PYTHON names a Python with the package llama_cpp.server, or LMP_LLAMA_SERVER a llama-server, those.
"""
import argparse
import concurrent.futures
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples/models/demo/demo.gguf"
EXAMPLES = sorted((ROOT / "examples").glob("*.lmp"))
TYPED = "Hello\nI like tea.\n"  # into examples that ask
LLAMA = os.environ.get("LMP_LLAMA_CPP_PYTHON")
LLAMA_SERVER = os.environ.get("LMP_LLAMA_SERVER")
LMP = None

TALK = """fn main(q: string) -> string {
  user q
  assistant { gen reply with max: 8 }
  return reply
}
"""
COUNT = """fn main() -> int {
  user "How many?"
  assistant { gen n: int(0..9) }
  return n
}
"""
CHOOSE = """fn main() -> string {
  user "Yes or no?"
  assistant { select answer from ["yes", "no"] }
  return answer
}
"""
ODDS = """fn main() -> list<float> {
  user "Who found the lamp?"
  assistant { select answer from %s with method: %s }
  return probabilities(answer)
}
"""
TWINS = """fn main() -> list<string> {
  user "%s"
  let all = fork i in 0..6 {
    user "${i}"
    assistant { gen reply with max: 8 }
    yield reply
  }
  return all
}
""" % ("word " * 80)
# `low` runs where it is called.
PARTS = """fn low(q: string) -> string {
  user q
  assistant { gen reply with max: 8 }
  return reply
}
@engine("big") fn count(q: string) -> int {
  user "How many ${low(q)}?"
  assistant { gen n: int(0..9) with temp: 0.5 }
  emit "${n}"
  return n
}
@engine("big") fn choose() -> string {
  user "Yes or no?"
  assistant { select answer from ["yes", "no"] }
  return answer
}
fn pick() -> string { return choose() }
fn main(q: string = "Where is Ann?") -> string { return "${low(q)}|${count(q)}" }
"""


class Fake(http.server.ThreadingHTTPServer):
    """Does what `plan` says: one entry per request, the last one for all that follow."""
    daemon_threads = True

    def __init__(self, *plan, owner="vllm"):
        super().__init__(("127.0.0.1", 0), Answering)
        self.plan, self.owner = list(plan), owner
        self.asked, self.keys, self.broken = [], [], 0
        self.info, self.lists = None, 0  # of /get_server_info; seconds until its models are listed
        self.spells = None  # of /detokenize
        self.now = self.most = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, address):
        self.broken += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind="application/json", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, data):
        self.wfile.write(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")
        self.wfile.flush()

    def text(self, text, finish=None):
        self.event({"choices": [{"index": 0, "text": text, "finish_reason": finish}], "usage": None})

    def usage(self, wrong=0):
        prompt = self.body["prompt"]
        count = len(prompt) + wrong if isinstance(prompt, list) else 0
        self.event({"choices": [], "usage": {"prompt_tokens": count, "completion_tokens": 2,
                                             "prompt_tokens_details": {"cached_tokens": 1}}})
        self.event(b"[DONE]")

    def do_GET(self):
        if isinstance(self.server, Between):
            return self.server.do_GET(self)
        if self.path == "/get_server_info":
            return self.reply(*((200, self.server.info) if self.server.info is not None else (404, {"detail": "Not Found"})))
        time.sleep(self.server.lists)
        self.reply(200, {"data": [{"id": "big", "owned_by": self.server.owner, "max_model_len": 512}]})

    def do_POST(self):
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        if self.path == "/detokenize":
            return self.reply(*((404, {"detail": "Not Found"}) if server.spells is None else (200, {"prompt": server.spells})))
        with server.lock:
            server.asked.append(self.body)
            server.keys.append(self.headers.get("Authorization"))
            server.now += 1
            server.most = max(server.most, server.now)
            does = server.plan.pop(0) if len(server.plan) > 1 else server.plan[0]
        try:
            does(self)
        except (BrokenPipeError, ConnectionResetError):
            server.broken += 1
        finally:
            with server.lock:
                server.now -= 1


def says(*parts, finish="stop", wrong=0, delay=0.0):
    def answer(to):
        time.sleep(delay)
        to.begin()
        for part in parts:
            to.text(part)
        to.text("", finish)
        to.usage(wrong)
    return answer


def refuses(status, **headers):
    return lambda to: to.reply(status, {"error": {"message": "not now"}}, **headers)


def hangs_up(to):
    to.close_connection = True
    to.connection.shutdown(socket.SHUT_RDWR)


def streams(*events):
    """Events as they are, and then the end of the connection."""
    def answer(to):
        to.begin()
        for event in events:
            if callable(event):
                event(to)
            else:
                to.event(event)
    return answer


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lmp-engine-")
        cls.path = pathlib.Path(cls.folder.name)
        for name, text in (("talk", TALK), ("count", COUNT), ("choose", CHOOSE), ("twins", TWINS),
                           ("parts", PARTS)):
            (cls.path / f"{name}.lmp").write_text(text)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_on(self, servers, program="talk", *words, model=DEMO, env=None, said="Hello"):
        urls = ",".join(one if isinstance(one, str) else one.url for one in servers)
        if program == "talk":
            words = ("--arg", f"q={said}", *words)
        done = subprocess.run([LMP, "run", f"{program}.lmp", "--engine", urls, "--model", str(model), "--json", *words],
                              cwd=self.path, capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **(env or {})})
        report = json.loads(done.stdout)
        return report, done.stderr

    def value(self, *args, **named):
        report, err = self.run_on(*args, **named)
        self.assertTrue(report["ok"], (report, err))
        return report["value"]

    def failure(self, kind, needle, *args, **named):
        report, err = self.run_on(*args, **named)
        self.assertFalse(report["ok"], report)
        failure = report["failure"]
        self.assertEqual(failure["kind"], kind, (report, err))
        self.assertIn(needle, failure["message"])
        return report


class FakeServer(Running):
    def test_what_is_asked_and_what_comes_back(self):
        with Fake(says("Good", " morning")) as fake:
            report, _ = self.run_on([fake])
            self.assertEqual(report["value"], "Good morning")
            self.assertEqual((report["stats"]["cached_tokens"], report["stats"]["generated_tokens"]), (1, 2))
            body = fake.asked[0]
            self.assertTrue(all(isinstance(id, int) for id in body["prompt"]))
            self.assertEqual({name: body[name] for name in ("model", "max_tokens", "temperature", "top_p", "top_k", "stream",
                                                            "stream_options", "return_token_ids")},
                             {"model": "big", "max_tokens": 8, "temperature": 0, "top_p": 1, "top_k": -1, "stream": True,
                              "stream_options": {"include_usage": True}, "return_token_ids": True})
            self.assertNotIn("cache_salt", body)
            self.assertNotIn("structured_outputs", body)
            self.assertTrue(body["stop_token_ids"])

    def test_what_is_asked_twice(self):
        for first in (refuses(429), refuses(429, Retry_After="1"), refuses(503), refuses(502), hangs_up):
            with Fake(first, says("Yes")) as fake:
                self.assertEqual(self.value([fake]), "Yes")
                self.assertEqual(len(fake.asked), 2)
        with Fake(refuses(503)) as fake:
            self.failure("remote", "answers 503: not now", [fake])
            self.assertEqual(len(fake.asked), 3)  # and then the server is left alone
        # A breakdown that hits all requests at once is waited for: the server is left alone for two seconds.
        all_six = threading.Barrier(6)
        with Fake(*[lambda to: (all_six.wait(30), refuses(503)(to))] * 6, says("ok")) as fake:
            self.assertEqual(self.value([fake], "twins"), ["ok"] * 6)
            self.assertEqual(len(fake.asked), 12)
        with Fake(refuses(429, Retry_After="3600")) as fake:
            self.failure("remote", "asked again in 3600 s", [fake])
            self.assertEqual(len(fake.asked), 1)

    def test_what_is_asked_once(self):
        huge = b"x" * (5 << 20)
        for kind, needle, answer in (
                ("remote", "answers 400: not now", refuses(400)),
                ("remote", "answers 401", refuses(401)),
                ("remote", "answers 404", refuses(404)),
                ("remote", "answers 500", refuses(500)),
                ("remote", "expected an answer of the type text/event-stream, found text/html",
                 lambda to: to.reply(200, b"<html>", "text/html")),
                ("remote", "stream ended before the text did", streams({"choices": [{"text": "Good"}]})),
                ("remote", "stream ended before the text did", streams(b"[DONE]")),
                ("remote", "no JSON", streams(b'{"choices": [')),
                ("remote", "`choices`: expected a list", streams({"choices": 5})),
                ("remote", "`text`: expected a string", streams({"choices": [{"text": 5}]})),
                ("remote", "`finish_reason`: expected a string", streams({"choices": [{"finish_reason": 5}]})),
                ("remote", "an event of more than", streams(huge)),
                ("remote", "out of memory", streams({"error": {"message": "out of memory"}})),
                ("remote", "\"content_filter\"", says("Good", finish="content_filter")),
                ("remote", "its tokenizer is not that of the model file", says("Good", wrong=3))):
            with Fake(answer) as fake:
                self.failure(kind, needle, [fake])
                self.assertEqual(len(fake.asked), 1, needle)

    def test_no_text_that_the_type_does_not_allow(self):
        with Fake(says("7")) as fake:
            self.assertEqual(self.value([fake], "count"), 7)
            self.assertIn("root ::=", fake.asked[0]["structured_outputs"]["grammar"])
        for text in ("seven", "12", "7 "):
            with Fake(says(text)) as fake:
                self.failure("constraint", "the type does not allow", [fake], "count")
        with Fake(says("")) as fake:
            self.failure("constraint", "before the value was complete", [fake], "count")
        with Fake(says("", finish="length")) as fake:
            self.failure("limit", "not complete after max_tokens", [fake], "count")
        with Fake(says("7", finish="length")) as fake:
            self.assertEqual(self.value([fake], "count"), 7)

    def test_select(self):
        def scores(to):
            ids = to.body["prompt"]
            to.reply(200, {"choices": [{"text": "", "logprobs": {"token_logprobs": [None] + [
                -0.5 - id / 1e4 for id in ids[1:]] + [-9.0]}}], "usage": {"prompt_tokens": len(ids), "completion_tokens": 1}})
        with Fake(scores) as fake:
            self.assertIn(self.value([fake], "choose"), ("yes", "no"))
            self.assertTrue(all(body["echo"] and not body["stream"] for body in fake.asked))
        with Fake(lambda to: to.reply(200, {"choices": [{"text": "", "logprobs": None}]})) as fake:
            self.failure("remote", "does not score prompts", [fake], "choose")

    def test_select_where_prompts_are_not_scored(self):
        # Such servers are made to write the option, and say how probable it was.
        def writes(to, wrong=0, logprob=None, **more):
            body = to.body
            (id,) = body["logit_bias"]
            option = re.search('"(.*)"', body["grammar"]).group(1)
            value = {"yes": -2.5, "no": -0.5}[option] if logprob is None else logprob
            if owner == "llamacpp":
                logprobs = {"content": [{"id": int(id) + wrong, "token": option, "logprob": value, "top_logprobs": [{}], **more}]}
            else:
                logprobs = {"tokens": [option + "!" * wrong], "token_logprobs": [value]}
            prompt = len(body["prompt"]) if isinstance(body["prompt"], list) else 0
            to.reply(200, {"choices": [{"text": option, "logprobs": logprobs}], "usage": {"prompt_tokens": prompt, "completion_tokens": 1}})
        for owner in ("llamacpp", "me"):
            with Fake(writes, owner=owner) as fake:
                self.assertEqual(self.value([fake], "choose"), "no")
                self.assertEqual([(body["max_tokens"], body["logprobs"], body["temperature"]) for body in fake.asked], [(1, 1, 0)] * 2)
                self.assertEqual({type(body["prompt"]) for body in fake.asked}, {list if owner == "llamacpp" else str})
            with Fake(lambda to: writes(to, wrong=1), owner=owner) as fake:
                self.failure("remote", "where the probability of", [fake], "choose")
            with Fake(lambda to: writes(to, logprob=-3.4e38), owner=owner) as fake:
                self.failure("remote", "does not say how probable", [fake], "choose")
            with Fake(lambda to: to.reply(200, {"choices": [{"text": "yes", "logprobs": None}]}), owner=owner) as fake:
                self.failure("remote", "`logprobs`: expected an object", [fake], "choose")
        owner = "llamacpp"
        with Fake(lambda to: writes(to, top_logprobs=[]), owner=owner) as fake:
            self.failure("remote", "speculative decoding", [fake], "choose")
        said = {"error": {"message": "logprobs is not supported for models created with logits_all=False"}}
        with Fake(lambda to: to.reply(500, said), owner="me") as fake:
            self.failure("remote", "start it with --logits_all true", [fake], "choose")

    def test_waiting(self):
        with Fake(says("late", delay=4)) as fake:
            begin = time.time()
            self.failure("remote", "silent for 1 s", [fake], "talk", "--engine-wait", "1")
            self.assertLess(time.time() - begin, 3.5)
            self.assertEqual(len(fake.asked), 1)
            fake.lists = 3  # what it has, at the start: waited for as long, and no longer
            self.assertIn("no server answers: ", "".join(map(str, self.run_on([fake], "talk", "--engine-wait", "1"))))
            self.assertEqual(self.value([fake], "talk", "--engine-wait", "20"), "late")

    def test_several_at_once(self):
        with Fake(says("ok", delay=1)) as fake:
            self.assertEqual(self.value([fake], "twins"), ["ok"] * 6)
            self.assertEqual(fake.most, 6)
        with Fake(says("ok", delay=0.2)) as fake:
            self.assertEqual(self.value([fake], "twins", "--batch", "2"), ["ok"] * 6)
            self.assertLessEqual(fake.most, 2)

    def test_several_servers(self):
        with Fake(says("ok")) as one, Fake(says("ok")) as other:
            self.assertEqual(self.value([one, other], "twins"), ["ok"] * 6)
            self.assertEqual(sorted((len(one.asked), len(other.asked))), [0, 6])  # what begins alike goes together
        with Fake(says("ok")) as alive:
            dead = socket.socket()
            dead.bind(("127.0.0.1", 0))  # nobody listens
            url = f"http://127.0.0.1:{dead.getsockname()[1]}"
            report, err = self.run_on([url, alive], "twins")
            self.assertEqual(report["value"], ["ok"] * 6)
            self.assertIn("a server does not answer", err)
            report, _ = self.run_on([url])
            self.assertIn("no server answers", json.dumps(report))
            dead.close()
        with Fake(refuses(503)) as ill, Fake(says("ok")) as well:
            self.assertEqual(self.value([ill, well], "twins"), ["ok"] * 6)
        with Fake(says("ok")) as one, Fake(says("ok"), owner="sglang") as other:
            report, _ = self.run_on([one, other])
            self.assertIn("of another kind", json.dumps(report))

    def test_key(self):
        (self.path / "key").write_text("file-key\n")
        with Fake(refuses(400)) as fake:
            for words, env, wanted in (((), {"LMP_ENGINE_KEY": "a-key"}, "a-key"), (("--engine-key-file", "key"), {}, "file-key")):
                report, err = self.run_on([fake], "talk", *words, env=env)
                self.assertEqual(fake.keys[-1], f"Bearer {wanted}")
                self.assertNotIn(wanted, json.dumps(report) + err)

    def test_kinds(self):
        with Fake(says("7"), owner="somebody") as fake:
            report, _ = self.run_on([fake], "count")
            self.assertIn("does not say of which kind", json.dumps(report))
            self.assertEqual(self.value([fake], "count", "--engine-kind", "sglang"), 7)
            self.assertIn("ebnf", fake.asked[-1])
            self.assertEqual(self.value([fake], "count", "--engine-kind", "llama-server"), 7)
            self.assertIn("grammar", fake.asked[-1])
            self.assertEqual(self.value([fake], "count", "--engine-kind", "llama-cpp-python"), 7)
            self.assertIsInstance(fake.asked[-1]["prompt"], str)
            report, _ = self.run_on([fake], "count", "--engine-model", "small", "--engine-kind", "vllm")
            self.assertIn("has no model", json.dumps(report))
            report, _ = self.run_on([fake], "talk", "--engine-kind", "llama-cpp-python", said="<|end|>")
            self.assertEqual(report["failure"]["kind"], "remote")
            self.assertIn("only text", report["failure"]["message"])

    def parts(self, *words, function="main", env=None, file="parts.lmp"):
        done = subprocess.run([LMP, "run", file, function, "--model", str(DEMO), "--json", *words], cwd=self.path,
                              capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **(env or {})})
        return json.loads(done.stdout), done.stderr

    def test_a_function_on_servers(self):
        here, _ = self.parts("--engine", "big=here")
        self.assertTrue(here["ok"], here)
        with Fake(says("three"), says("7")) as fake:
            report, err = self.parts("--engine", f"big={fake.url}", "--explain", "--trace", "trace.json")
            self.assertTrue(report["ok"], (report, err))
            # `low` of `main` is the demo model's, that of `count` the server's.
            self.assertEqual(report["value"], here["value"].split("|")[0] + "|7")
            self.assertEqual(report["emitted"], "7")
            self.assertEqual(len(fake.asked), 2)
            self.assertNotIn("structured_outputs", fake.asked[0])
            self.assertIn("grammar", fake.asked[1]["structured_outputs"])
            spans = json.loads((self.path / "trace.json").read_text())["traceEvents"]
            self.assertEqual(sorted(span["args"].get("engine", "") for span in spans if span.get("cat") == "gen" and "args" in span),
                             ["", "big", "big"])

    def test_what_an_engine_is_given(self):
        tokenizer = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
        with Fake(says("7"), owner="somebody") as fake:
            def asked(*words, env=None):
                report, err = self.parts("--engine", f"big={fake.url}", *words, function="count", env=env)
                return report, err, (fake.asked[-1] if fake.asked else None)
            words = ("--arg", "q=x", "--engine-kind", "big=sglang")
            (self.path / "key").write_text("file-key\n")
            report, err, body = asked(*words, "--engine-key-file", "big=key", env={"LMP_ENGINE_KEY": "a-key"})
            self.assertTrue(report["ok"], (report, err))
            self.assertIn("ebnf", body)
            self.assertEqual(fake.keys[-1], "Bearer file-key")
            ids = body["prompt"]
            asked(*words, env={"LMP_ENGINE_KEY": "a-key"})
            self.assertIsNone(fake.keys[-1])  # that one is for servers without a name
            _, _, body = asked(*words, "--engine-tokenizer", f"big={tokenizer}")
            self.assertNotEqual(body["prompt"], ids)
            report, err, _ = asked(*words, "--engine-model", "big=small")
            self.assertIn('the engine \\"big\\"', json.dumps(report))
            self.assertIn("has no model", json.dumps(report))

    def test_engines_that_are_not_given(self):
        for words, needle in (
                ((), "E0708"), (("--engine", "large=here"), "given are: large"),
                (("--engine", "big=none.gguf"), "there is no model file none.gguf"),
                (("--engine", "big="), "expected big=http://HOST:PORT, big=MODEL of this process, or big=here"),
                (("--engine", "none.gguf"), "the model of this process is --model"),
                (("--engine", "b.g=here"), "expected http://HOST:PORT"), (("--engine", ""), "expected http://HOST:PORT, or NAME="),
                (("--engine", "big=here;"), "expected http://HOST:PORT, or NAME="),
                (("--engine", "big=http://a,,http://b"), "on both sides of a comma, found"), (("--engine", "http://a,b"), "both sides of a comma"),
                (("--engine", "big=here", "--engine-model", ""), "expected a value, found nothing"),
                (("--engine", "big=here", "--engine-kind", "big=vllm"), "no servers are given for it by --engine big=URL"),
                (("--engine", "big=here", "--engine-model", "x"), "no servers are given for it by --engine"),
                (("--engine", "1=here"), "a name has 1 to 64")):
            report, err = self.parts(*words)
            self.assertFalse(report.get("ok"), report)
            self.assertIn(needle, json.dumps(report) + err, words)
        with Fake(says("7")) as fake:
            report, err = self.parts("--engine", fake.url, "--engine-tokenizer", "x.gguf")
            self.assertIn("without a name it is --model", json.dumps(report) + err)
        # A run that does not come to it needs none.
        report, _ = self.parts("--arg", "q=x", function="low")
        self.assertTrue(report["ok"], report)

    def test_priorities(self):
        for owner, info, sent in (("vllm", None, -5), ("sglang", None, 5), ("sglang", {"schedule_low_priority_values_first": True}, -5),
                                  ("sglang", {"enable_priority_scheduling": True, "schedule_low_priority_values_first": False}, 5)):
            with Fake(says("7"), owner=owner) as fake:
                fake.info = info
                report, err = self.run_on([fake], "count", "--engine-priority", "5")
                self.assertEqual(report.get("value"), 7, (report, err))
                self.assertEqual(fake.asked[0]["priority"], sent, (owner, info))
                self.run_on([fake], "count")
                self.assertNotIn("priority", fake.asked[1])
        with Fake(says("7")) as fake:  # per engine
            report, err = self.parts("--engine", f"{fake.url};big={fake.url}", "--engine-priority", "big=-2")
            self.assertCountEqual([body.get("priority") for body in fake.asked], [None, 2, 2], (report, err))
        for owner, info, priority, needle in (
                ("sglang", {"enable_priority_scheduling": False}, "5", "started without --enable-priority-scheduling"),
                ("sglang", {"enable_priority_scheduling": 1}, "5", "`enable_priority_scheduling`: expected true or false"),
                ("llamacpp", None, "5", "servers of the kind llama-server know no priorities"),
                ("vllm", None, "1000001", "the priority is 1000001: expected -1000000 to 1000000")):
            with Fake(says("7"), owner=owner) as fake:
                fake.info = info
                report, err = self.run_on([fake], "count", "--engine-priority", priority)
                self.assertIn(needle, json.dumps(report) + err)
                self.assertEqual(fake.asked, [])
        with Fake(says("7")) as fake:
            self.assertEqual(self.run_on([fake], "count", "--engine-priority", "1000000")[0].get("value"), 7)
        with Fake(says("7"), owner="sglang") as one, Fake(says("7"), owner="sglang") as other:
            other.info = {"schedule_low_priority_values_first": True}
            report, err = self.run_on([one, other], "count", "--engine-priority", "5")
            self.assertIn("counts priorities otherwise than the servers before it", json.dumps(report) + err)

    def test_serve_has_engines_from_its_file(self):
        with Fake(says("7")) as fake:
            (self.path / "serve.json").write_text(json.dumps({"engine": f"big={fake.url}", "port": 0, "model": str(DEMO)}))
            child = subprocess.Popen([LMP, "serve", "parts.lmp", "--config", "serve.json"], cwd=self.path,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                url = re.search(r"http://127\.0\.0\.1:\d+", child.stdout.readline()).group()
                request = urllib.request.Request(f"{url}/v1/programs/parts", json.dumps({"arguments": {}}).encode())
                answer = json.load(urllib.request.urlopen(request, timeout=60))
                self.assertTrue(answer["value"].endswith("|7"), answer)
            finally:
                child.terminate()
                child.communicate(timeout=30)
        done = subprocess.run([LMP, "serve", "parts.lmp", "--port", "0", "--model", str(DEMO)], cwd=self.path,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("E0708", done.stdout + done.stderr)

    def test_interrupt_closes_the_connection(self):
        gone = threading.Event()

        def forever(to):
            to.begin()
            try:
                while True:
                    to.text("word ")
                    time.sleep(0.05)
            except OSError:
                gone.set()
        with Fake(forever) as fake:
            child = subprocess.Popen([LMP, "run", "talk.lmp", "--arg", "q=Hi", "--engine", fake.url, "--model", str(DEMO)],
                                     cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while not fake.asked:
                time.sleep(0.05)
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=10)
            self.assertIn(b"cancelled", err)
            self.assertTrue(gone.wait(5))


class Between(Fake):
    """In front of a server: what `does(n)` gives for the n-th different request happens to it, once; else it goes through, and
    its answer comes back in small pieces."""

    def __init__(self, url, does):
        super().__init__(self.meet)
        self.behind, self.does, self.met = url, does, set()

    def do_GET(self, to):
        with urllib.request.urlopen(self.behind + to.path, timeout=30) as answer:
            to.reply(answer.status, answer.read())

    def meet(self, to):
        body = json.dumps(to.body)
        with self.lock:
            new = body not in self.met
            trouble = self.does(len(self.met)) if new else None
            self.met.add(body)
        if trouble is None:
            return self.passes(to)
        return trouble(to)

    def passes(self, to, part=1.0):
        request = urllib.request.Request(self.behind + "/v1/completions", json.dumps(to.body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            whole, kind = answer.read(), answer.headers["Content-Type"]
        to.send_response(200)
        to.send_header("Content-Type", kind)
        to.send_header("Connection", "close")
        to.end_headers()
        to.close_connection = True
        whole = whole[:int(len(whole) * part)]
        for begin in range(0, len(whole), 97):
            to.wfile.write(whole[begin:begin + 97])
            to.wfile.flush()


def cuts(part):
    return lambda to: to.server.passes(to, part)


class LmpServe(Running):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.child = subprocess.Popen([LMP, "serve", "talk.lmp", "--model", str(DEMO), "--port", "0"], cwd=cls.path,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.url = re.search(r"http://127\.0\.0\.1:\d+", cls.child.stdout.readline()).group()

    @classmethod
    def tearDownClass(cls):
        cls.child.terminate()
        cls.child.communicate(timeout=30)
        super().tearDownClass()

    def test_every_example_says_the_same(self):
        for path in EXAMPLES:
            words = [LMP, "run", str(path), "--model", str(DEMO), "--json"]
            reports = []
            for more in ([], ["--engine", self.url]):
                done = subprocess.run(words + more, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
                                      input=TYPED)
                reports.append(json.loads(done.stdout))
            here, there = reports
            self.assertTrue(here["ok"], (path.name, here))
            self.assertTrue(there["ok"], (path.name, there))
            self.assertEqual((there["value"], there["emitted"]), (here["value"], here["emitted"]), path.name)

    def example(self, path, does):
        """What an example reports when `does` happens to its requests, and to how many it did."""
        count = 0

        def counting(n):
            nonlocal count
            trouble = does(n)
            count += trouble is not None
            return trouble
        with Between(self.url, counting) as between:
            done = subprocess.run([LMP, "run", str(path), "--model", str(DEMO), "--json", "--engine", between.url], cwd=ROOT,
                                  capture_output=True, text=True, timeout=60, check=False, input=TYPED)
        return json.loads(done.stdout), count

    def each_example(self, check):
        def one(path):
            whole, _ = self.example(path, lambda n: None)
            self.assertTrue(whole["ok"], (path.name, whole))
            if path.name == "triage.lmp":
                self.triaged = whole["value"]
            check(path, (whole["value"], whole["emitted"]))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(one, path) for path in EXAMPLES]:
                done.result()

    def test_every_example_where_requests_are_refused_at_first(self):
        refusals = [refuses(503), refuses(429), hangs_up, refuses(502), refuses(429, Retry_After="1"), refuses(504)]

        def check(path, wanted):
            report, count = self.example(path, lambda n: refusals[n // 2 % len(refusals)] if n % 2 == 0 else None)
            self.assertTrue(report["ok"], (path.name, report))
            self.assertEqual((report["value"], report["emitted"]), wanted, path.name)
            self.assertGreater(count, 0)
        self.each_example(check)

    def test_every_example_where_answers_break_off(self):
        # In the first event, inside, at the end, where all of the text may have come.
        def check(path, wanted):
            for part in (0.01, 0.4, 0.97):
                report, count = self.example(path, lambda n: cuts(part) if n % 3 == 0 else None)
                self.assertGreater(count, 0)
                self.fails_or_is(wanted if part > 0.9 else None, path, report)
        self.each_example(check)

    def fails_or_is(self, wanted, path, report):
        """`remote`, unless the program has an answer to failures or all that it needs had come."""
        if report["ok"] and any(word in path.read_text() for word in ("try ", "on_error")):
            if path.name == "triage.lmp":  # leaves out what failed
                self.assertTrue(all(mail in self.triaged for mail in report["value"]), report)
        elif report["ok"]:
            self.assertEqual((report["value"], report["emitted"]), wanted, path.name)
        else:
            self.assertEqual(report["failure"]["kind"], "remote", (path.name, report))

    def test_every_example_where_answers_are_none(self):
        answers = [refuses(500), refuses(400), lambda to: to.reply(200, b"<html>", "text/html"),
                   lambda to: to.reply(200, {"choices": 5}, "application/json" if not to.body["stream"] else "text/event-stream"),
                   lambda to: to.reply(200, b'data: {"choices": [\n\n', "application/json" if not to.body["stream"] else "text/event-stream")]

        def check(path, _):
            for answer in answers:
                report, _ = self.example(path, lambda n: answer)
                self.fails_or_is(None, path, report)
        self.each_example(check)

    def test_functions_say_the_same(self):
        for function in ("main", "pick"):
            reports = []
            for engine in ("big=here", f"big={DEMO}", f"big={self.url}"):
                done = subprocess.run([LMP, "run", "parts.lmp", function, "--model", str(DEMO), "--json", "--engine", engine],
                                      cwd=self.path, capture_output=True, text=True, timeout=60, check=False)
                reports.append(json.loads(done.stdout))
            self.assertTrue(reports[0]["ok"], reports[0])
            for report in reports[1:]:
                self.assertEqual((report.get("value"), report.get("emitted")), (reports[0]["value"], reports[0]["emitted"]))

    def test_text_is_no_control_token(self):
        here = json.loads(subprocess.run([LMP, "run", "talk.lmp", "--arg", "q=<|end|> hi", "--model", str(DEMO), "--json"],
                                         cwd=self.path, capture_output=True, text=True, check=False).stdout)
        there, _ = self.run_on([self.url], said="<|end|> hi")
        self.assertEqual(there["value"], here["value"])


class LlamaCpp:
    """A real server of llama.cpp with the demo model; another arithmetic than here, on the same weights."""

    @classmethod
    def begin(cls, *more, model=DEMO):
        with contextlib.closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        child = subprocess.Popen([*cls.COMMAND, "--model", str(model), "--port", str(port), *more], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        for _ in range(120):
            try:
                urllib.request.urlopen(url + "/v1/models", timeout=5).read()
                return child, url
            except OSError:
                time.sleep(0.5)
        child.kill()
        raise RuntimeError(f"{cls.COMMAND} does not begin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.child, cls.url = cls.begin(*cls.CONTEXT)

    @classmethod
    def tearDownClass(cls):
        cls.child.kill()
        cls.child.wait()
        super().tearDownClass()

    def test_examples(self):
        for path in EXAMPLES:
            with self.subTest(path.name):
                done = subprocess.run([LMP, "run", str(path), "--model", str(DEMO), "--json", "--engine", self.url], cwd=ROOT,
                                      capture_output=True, text=True, timeout=300, check=False, input=TYPED)
                report = json.loads(done.stdout)
                self.assertTrue(report["ok"], report)
                if path.name == "rag.lmp":
                    self.assertIn("What is the port of Botu? 661", report["emitted"])

    def test_select(self):
        # Weights are Q8_0 in both; the sums are not in the same order.
        for method in ("greedy", "likelihood"):
            for options in (["yes", "no"], ["the blue fox", "the blue bear", "a lamp \"x\\"]):
                (self.path / "odds.lmp").write_text(ODDS % (json.dumps(options, ensure_ascii=False), method))
                here, there = (json.loads(subprocess.run(
                    [LMP, "run", "odds.lmp", "--model", str(DEMO), "--json", *more], cwd=self.path, capture_output=True, text=True,
                    timeout=60, check=False).stdout) for more in ([], ["--engine", self.url]))
                self.assertTrue(here["ok"] and there["ok"], (here, there))
                self.assertEqual(max(here["value"]) == here["value"][0], max(there["value"]) == there["value"][0])
                for ours, theirs in zip(here["value"], there["value"], strict=True):
                    self.assertAlmostEqual(ours, theirs, delta=0.02)
        (self.path / "odds.lmp").write_text(ODDS % ('["\u00e9", "\u2603"]', "greedy"))  # in bytes
        self.failure("remote", "a part of a character", [self.url], "odds")


@unittest.skipUnless(LLAMA, "LMP_LLAMA_CPP_PYTHON names no Python with llama_cpp.server")
class LlamaCppPython(LlamaCpp, Running):
    COMMAND = (LLAMA, "-m", "llama_cpp.server")
    CONTEXT = ("--n_ctx", "2048", "--n_threads", "1", "--n_threads_batch", "1")

    def test_a_server_without_all_logits(self):
        child, url = self.begin("--logits_all", "false")
        try:
            self.assertIn(self.value([url], "count"), range(10))
            self.failure("remote", "start it with --logits_all true", [url], "choose")
        finally:
            child.kill()
            child.wait()


@unittest.skipUnless(LLAMA_SERVER, "LMP_LLAMA_SERVER names no llama-server")
class LlamaServer(LlamaCpp, Running):
    COMMAND = (LLAMA_SERVER,)
    CONTEXT = ("--ctx-size", "8192", "--threads", "1")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    options, rest = parser.parse_known_args()
    if not DEMO.exists():
        print("SKIPPED: there is no examples/models/demo/demo.gguf")
        sys.exit(0)
    LMP = str(pathlib.Path(options.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
