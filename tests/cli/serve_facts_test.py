#!/usr/bin/env python3
"""What `lmp serve` says of itself and how it is set up: /metrics, /openapi.json, pages of other origins, options from the
environment and from a file.

    serve_facts_test.py --lmp BINARY [-v] [TestClass.test_name ...]

With the package `openapi-spec-validator` the document is held against OpenAPI's own schema, too.
"""
import json
import os
import re
import subprocess
import unittest

import openai_test as base

try:
    import jsonschema
except ImportError:
    jsonschema = None
try:
    import openapi_spec_validator
except ImportError:
    openapi_spec_validator = None

DOCS = base.ROOT / "docs/SERVER.md"
TYPES = """enum Mood { good bad = "not so good" }
record Note { text: string(max: 40) "what it says", n: int(0..9), mood: Mood?, tags: list<string>(0..3), weight: float = 1.5 }
record Left { at: int }
record Right { at: int }
fn main(note: Note, twice: bool = false) -> Note { return note }
fn turn(way: Left | Right) -> string { return "turned" }
fn code(id: string(re"[A-Z]{2}[0-9]+")) -> list<string> { return [id, id] }
fn quiet() { emit "nothing" }
fn hidden(c: context) -> string { return "no" }
"""


def samples(text):
    """{name with labels: value} of Prometheus' text format, which it checks."""
    found, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            kinds[line.split()[2]] = line.split()[3]
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? ([0-9.e+-]+|\+Inf)', line)
            assert match, line
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert kinds.get(match[1]) or kinds.get(family) == "histogram", line
            found[match[1] + (match[2] or "")] = float(match[3])
    return found, kinds


class Facts(base.Client):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.path / "types.lmp").write_text(TYPES)

    def get(self, path, port=None, method="GET", **headers):
        return self.ask(path, "", port, method, **{name.replace("_", "-"): value for name, value in headers.items()})

    def metrics(self, port=None):
        status, text, answer = self.get("/metrics", port)
        self.assertEqual((status, answer.headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        return samples(text)

    def test_a_front_says_that_its_server_is_gone(self):
        back, port = self.start()
        front = self.server("--engine", f"http://127.0.0.1:{port}")
        self.assertEqual(self.chat("Hi", port=front)[0], 200)
        back.kill()
        self.stop(back)
        for status, said, _ in (self.chat("Hi", port=front), self.ask("/v1/programs/talk", {"arguments": {"q": "Hi"}}, front)):
            self.assertEqual((status, said["error"]["code"], said["error"]["type"] != "invalid_request_error"), (502, "remote", True), said)

    def test_metrics(self):
        port = self.server()
        self.metrics(port)
        self.chat(base.LONG, port=port, stream=True)
        self.chat(base.LONG, port=port)
        self.chat(port=port, temperature=9)
        self.get("/nothing/at/all", port)
        self.get("/v1/models/demo", port)
        self.ask("/v1/programs/talk", {"arguments": {"q": "?"}}, port)
        found, kinds = self.metrics(port)
        for labels, count in (('route="/v1/chat/completions",status="200"', 2), ('route="/v1/chat/completions",status="400"', 1),
                              ('route="other",status="404"', 1), ('route="/v1/models/ID",status="200"', 1),
                              ('route="/v1/programs/NAME",status="200"', 1), ('route="/metrics",status="200"', 1)):
            self.assertEqual(found["lmp_http_requests_total{" + labels + "}"], count, labels)
        self.assertEqual(found['lmp_http_request_seconds_count{route="/v1/chat/completions"}'], 3)
        self.assertEqual(found["lmp_http_requests_running"], 1)  # this one
        self.assertGreaterEqual(found["lmp_http_connections"], 1)
        self.assertEqual((found["lmp_first_token_seconds_count"], found["lmp_token_seconds_count"]), (2, 2))
        self.assertGreater(found["lmp_first_token_seconds_sum"], 0)
        self.assertEqual(found['lmp_sequences_total{how="finished"}'], 3)
        self.assertEqual((found['lmp_sequences{state="running"}'], found['lmp_sequences{state="waiting"}']), (0, 0))
        self.assertGreater(found['lmp_tokens_total{kind="prompt"}'], found['lmp_tokens_total{kind="cached"}'])
        self.assertGreater(found['lmp_tokens_total{kind="cached"}'], 0)
        self.assertGreater(found['lmp_pages{state="all"}'], found['lmp_pages{state="free"}'])
        again, _ = self.metrics(port)
        for name, value in found.items():  # counters do not go back
            if name.split("{")[0].endswith(("_total", "_count", "_bucket")):
                self.assertGreaterEqual(again[name], value, name)
        # The table of the documentation is what is served.
        told = dict(re.findall(r"^\| `(lmp_[a-z_]+)`[^|]*\| (counter|gauge|histogram) \|", DOCS.read_text(), re.M))
        self.assertEqual(told, kinds)
        keyed = self.server("--api-key-file", "keys")
        self.assertEqual(self.get("/metrics", keyed)[0], 401)
        self.assertEqual(self.get("/metrics", keyed, X_Api_Key="second-key")[0], 403)  # two tenants: keys_test
        self.assertEqual(self.get("/metrics", method="POST")[0], 405)

    def test_metrics_of_several_engines(self):
        (self.path / "two.lmp").write_text('@engine("big")\nfn far(q: string) -> string { user q  gen a with max: 4  return a }\n'
                                           'fn main(q: string) -> string { user q  gen b with max: 4  return far(q) + b }\n')
        port = self.server("two.lmp", "--engine", f"big={base.DEMO}")
        self.assertEqual(self.ask("/v1/programs/two", {"arguments": {"q": "?"}}, port)[0], 200)
        found, _ = self.metrics(port)
        for label in ("", 'engine="big",'):
            self.assertEqual(found["lmp_sequences_total{" + label + 'how="finished"}'], 1, found)
            self.assertGreater(found["lmp_tokens_total{" + label + 'kind="generated"}'], 0)
            self.assertGreater(found["lmp_pages{" + label + 'state="all"}'], 0)
        self.assertGreater(found["lmp_steps_total"], 0)
        self.assertGreater(found['lmp_steps_total{engine="big"}'], 0)
        again, _ = self.metrics(port)
        self.assertEqual(again['lmp_tokens_total{engine="big",kind="prompt"}'], found['lmp_tokens_total{engine="big",kind="prompt"}'])

    def test_pages_of_other_origins(self):
        def cors(answer):
            return {name: value for name, value in answer[2].headers.items() if name.startswith("Access-Control") or name == "Vary"}
        ask = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization,x-stainless-os"}
        # Off: nothing is said, and nothing more is taken.
        self.assertEqual(cors(self.get("/v1/models", Origin="https://a.example")), {})
        self.assertEqual(self.get("/v1/models", method="OPTIONS", Origin="https://a.example", **ask)[0], 405)
        port = self.server("--cors-origin", "https://a.example", "--cors-origin", "http://localhost:3000", "--api-key-file", "keys")
        allowed = {"Vary": "Origin", "Access-Control-Allow-Origin": "https://a.example"}
        answer = self.get("/v1/models", port, Origin="https://a.example", Authorization="Bearer first-key")
        self.assertEqual((answer[0], cors(answer)), (200, allowed))
        # A page must be able to read why it was refused.
        answer = self.get("/v1/models", port, Origin="https://a.example")
        self.assertEqual((answer[0], cors(answer)), (401, allowed))
        # Browsers ask first, without the key.
        for path in ("/v1/chat/completions", "/v1/programs/talk", "/nothing"):
            answer = self.get(path, port, "OPTIONS", Origin="https://a.example", **ask)
            self.assertEqual((answer[0], answer[1]), (204, ""))
            self.assertEqual(cors(answer), {**allowed, "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "600",
                                            "Access-Control-Allow-Headers": "authorization,x-stainless-os"})
        for origin in ("https://a.example.evil.com", "http://a.example", "https://a.example:1", "https://b.a.example", "null", "*", ""):
            for method, more in (("GET", {}), ("OPTIONS", ask)):
                self.assertEqual(cors(self.get("/v1/models", port, method, Origin=origin, **more)), {"Vary": "Origin"}, origin)
        self.assertEqual(self.get("/v1/models", port, "OPTIONS", Origin="https://a.example")[0], 401)  # no preflight
        answer = self.chat(port=port, stream=True, headers={"Origin": "http://localhost:3000", "Authorization": "Bearer first-key"})
        self.assertEqual(answer[2].headers["Access-Control-Allow-Origin"], "http://localhost:3000")
        everybody = self.server("--cors-origin", "*")
        self.assertEqual(cors(self.get("/v1/models", everybody, Origin="https://b"))["Access-Control-Allow-Origin"], "https://b")
        for wrong in ("a.example", "https://a.example/x", "https://", "://a"):
            self.assertIn("expected one like https://app.example", self.fail_to_start("--cors-origin", wrong))

    def document(self, port):
        status, document, _ = self.get("/openapi.json", port)
        self.assertEqual(status, 200)
        return document

    def test_openapi(self):
        port = self.server("types.lmp")
        document = self.document(port)
        self.assertTrue(document["openapi"].startswith("3.1."))
        self.assertEqual({"/v1/chat/completions", "/v1/completions", "/v1/answer", "/v1/models", "/v1/models/{id}", "/v1/programs",
                          "/v1/programs/talk", "/v1/programs/types", "/metrics", "/healthz", "/readyz"}, set(document["paths"]))
        # What is documented is there.
        for path, operations in document["paths"].items():
            for method in operations:
                if method != "parameters":
                    self.assertNotIn(self.ask(path.replace("{id}", "demo"), "{}", port, method.upper())[0], (404, 405), (path, method))
        self.assertNotIn("security", document)
        keyed = self.document_of_keyed()
        self.assertEqual((keyed["security"], keyed["paths"]["/healthz"]["get"]["security"]), ([{"key": []}], []))
        note = document["components"]["schemas"]["types.Note"]
        self.assertEqual(note["required"], ["text", "n", "mood", "tags"])
        self.assertEqual(note["properties"]["text"], {"type": "string", "maxLength": 40, "description": "what it says"})
        self.assertNotIn("hidden", json.dumps(document))

    def document_of_keyed(self):
        port = self.server("--api-key-file", "keys")
        return self.get("/openapi.json", port, X_Api_Key="first-key")[1]

    @unittest.skipIf(jsonschema is None, "SKIPPED: the package `jsonschema` is not installed")
    def test_openapi_says_what_is_taken_and_given(self):
        port = self.server("types.lmp")
        document = self.document(port)

        def right(value, schema):
            schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": document["components"]}
            return jsonschema.Draft202012Validator(schema).is_valid(value)

        def schemas(path, method):
            operation = document["paths"][path][method]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            return body, operation["responses"]["200"]["content"]["application/json"]["schema"]
        error = {"$ref": "#/components/schemas/Error"}
        for path in ("/v1/models", "/v1/programs", "/v1/programs/types", "/healthz", "/readyz"):
            self.assertTrue(right(self.get(path, port)[1], schemas(path, "get")[1]), path)
        note = {"text": "a", "n": 3, "mood": None, "tags": ["x"]}
        taken = ({"arguments": {"note": note}}, {"arguments": {"note": {**note, "mood": "not so good", "weight": 2}, "twice": True}},
                 {"function": "turn", "arguments": {"way": {"kind": "Left", "at": 5}}}, {"function": "quiet"},
                 {"function": "code", "arguments": {"id": "AB12"}}, {"function": "quiet", "arguments": {}, "seed": 5})
        refused = ({}, {"arguments": {}}, {"arguments": {"note": {**note, "n": 10}}}, {"arguments": {"note": {**note, "mood": "good "}}},
                   {"arguments": {"note": {**note, "more": 1}}}, {"arguments": {"note": {**note, "tags": ["a"] * 4}}},
                   {"arguments": {"note": {**note, "text": "x" * 41}}}, {"function": "turn", "arguments": {"way": {"at": 5}}},
                   {"function": "turn", "arguments": {"way": {"kind": "Note", "at": 5}}}, {"function": "code", "arguments": {"id": "aB12"}},
                   {"function": "code", "arguments": {"id": "AB12 "}}, {"function": "nobody"}, {"arguments": {"note": note}, "seed": -1},
                   {"arguments": {"note": note}, "other": 1}, {"arguments": {"note": {**note, "mood": "bad"}}})
        for call in (*taken, *refused):
            status, answer, _ = self.ask("/v1/programs/types", call, port)
            self.assertEqual(status == 200, call in taken, (call, answer))
            body, given = schemas("/v1/programs/types", "post")
            self.assertEqual(right(call, body), status == 200, (call, answer))
            self.assertTrue(right(answer, given if status == 200 else error), (call, answer))
        tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}}
        for members in ({}, {"n": 2, "logprobs": True, "top_logprobs": 1}, {"tools": [tool], "tool_choice": "required", "max_tokens": 60},
                        {"temperature": 3}, {"n": 0}, {"logprobs": 1}, {"top_logprobs": 21}, {"tools": [{}]}, {"tool_choice": "x", "tools": [tool]},
                        {"stop": ["a"] * 17}, {"messages": []}, {"response_format": {"type": "xml"}}, {"logit_bias": {"5": 101}}):
            body = {"messages": [{"role": "user", "content": "?"}], "max_tokens": 4, **members}
            status, answer, _ = self.ask("/v1/chat/completions", body, port)
            takes, gives = schemas("/v1/chat/completions", "post")
            self.assertEqual(right(body, takes), status == 200, (members, answer))
            self.assertTrue(right(answer, gives if status == 200 else error), (members, answer))
        for body in ({"prompt": "a", "echo": True}, {"prompt": [[5], "a"], "logprobs": 1}, {"prompt": 5}, {"prompt": "a", "logprobs": 6}):
            status, answer, _ = self.ask("/v1/completions", body, port)
            takes, gives = schemas("/v1/completions", "post")
            self.assertEqual(right(body, takes), status == 200, (body, answer))
            self.assertTrue(right(answer, gives if status == 200 else error), (body, answer))
        passage = {"text": "The port of Botu is 661.", "id": "b", "document": "d"}
        for body in ({"question": "Where?", "passages": [passage]}, {"question": "Where?", "passages": [], "reuse": "auto"},
                     {"question": "Where?"}, {"question": "Where?", "passages": [{"id": "b"}]}, {"question": "Where?", "passages": [passage], "k": 1},
                     {"question": "Where?", "passages": [passage], "reuse": "all"}):
            status, answer, _ = self.ask("/v1/answer", body, port)
            takes, gives = schemas("/v1/answer", "post")
            self.assertEqual(right(body, takes), status == 200, (body, answer))
            self.assertTrue(right(answer, gives if status == 200 else error), (body, answer))

    @unittest.skipIf(openapi_spec_validator is None, "SKIPPED: the package `openapi-spec-validator` is not installed")
    def test_openapi_is_openapi(self):
        openapi_spec_validator.validate(self.document(self.server("types.lmp")))
        openapi_spec_validator.validate(self.document_of_keyed())

    def fail_to_start(self, *words, **variables):
        done = subprocess.run([base.LMP, "serve", "talk.lmp", "--model", str(base.DEMO), *words], cwd=self.path, capture_output=True,
                              text=True, timeout=60, env={**os.environ, **variables})
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def start_with(self, words, **variables):
        child = subprocess.Popen([base.LMP, "serve", *words], cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, **variables})
        self.addCleanup(self.stop, child)
        line = child.stdout.readline()
        self.assertIn("http://127.0.0.1:", line)
        return int(line.split("127.0.0.1:")[1].split("/")[0])

    def test_a_model_without_programs(self):
        port = self.server(programs=())
        self.assertEqual(self.ask("/v1/programs", "", port=port, method="GET")[1]["data"], [])
        self.assertNotIn("/v1/programs/", " ".join(self.ask("/openapi.json", "", port=port, method="GET")[1]["paths"]))
        self.assertEqual(self.chat("Who?", port=port)[0], 200)

    def test_options_from_the_environment_and_a_file(self):
        settings = {"files": ["talk.lmp", "types.lmp"], "model": str(base.DEMO), "port": 0, "api-key-file": "keys", "body-kb": "1",
                    "no-cache": True, "cors-origin": ["https://a.example", "https://b.example"]}
        (self.path / "serve.json").write_text(json.dumps(settings))
        key = {"X_Api_Key": "first-key"}

        def origins(port):
            return [origin for origin in "abc" if "Access-Control-Allow-Origin" in
                    self.get("/v1/models", port, Origin=f"https://{origin}.example", **key)[2].headers]
        port = self.start_with(["--config", "serve.json"])
        self.assertEqual(self.get("/v1/models", port)[0], 401)
        self.assertEqual(len(self.get("/v1/programs", port, **key)[1]["data"]), 2)
        self.assertEqual(origins(port), ["a", "b"])
        self.assertEqual(self.ask("/v1/completions", {"prompt": "x" * 1100}, port, **{"X-Api-Key": "first-key"})[0], 413)
        # The environment counts before the file, and flags before both.
        port = self.start_with([], LMP_SERVE_CONFIG="serve.json", LMP_SERVE_CORS_ORIGIN="https://c.example,https://a.example",
                               LMP_SERVE_BODY_KB="2")
        self.assertEqual(origins(port), ["a", "c"])
        self.assertNotEqual(self.ask("/v1/completions", {"prompt": "x" * 1100}, port, **{"X-Api-Key": "first-key"})[0], 413)
        port = self.start_with(["--cors-origin", "https://b.example", "talk.lmp", "--config", "serve.json"],
                               LMP_SERVE_CORS_ORIGIN="https://c.example")
        self.assertEqual((origins(port), len(self.get("/v1/programs", port, **key)[1]["data"])), (["b"], 1))

        def wrong(part, content=None, **variables):
            (self.path / "wrong.json").write_text(content if isinstance(content, str) else json.dumps(content or {}))
            self.assertIn(part, self.fail_to_start("--port", "0", "--config", "wrong.json", **variables))
        wrong('wrong.json:1:2: "prot": there is no such option; did you mean `port`?', {"prot": 1})
        # The first mistake of the file, with its place; a name inside of a value is none.
        wrong('wrong.json:3:3: "prot": there is no such option', '{\n  "port": 0,\n  "prot": 1, "bath": 2\n}')
        wrong('wrong.json:3:9: "batch": expected a whole number from 1', '{\n  "port":\n    0,  "batch": 0}')
        wrong('wrong.json:3:1: "port" stands twice, first at 1:2', '{"port": 0,\n "batch": {"port": 1},\n"port": 0}')
        wrong('wrong.json:1:16: "no-cache" stands twice, first at 1:2', '{"no-cache":1, "no-\\u0063ache": 2}')
        wrong('wrong.json:1:2: "a"b": there is no such option', json.dumps({'a"b': 1}))
        wrong("wrong.json:2:9: this is no JSON: unexpected '}'", '{\n"port": }')
        wrong("wrong.json:3:1: this is no JSON: unexpected end of input", '{\n"port": 1\n')
        wrong('"config": there is no such option', {"config": "serve.json"})
        wrong('"help": there is no such option', {"help": True})
        wrong("wrong.json:2:3: expected a JSON object of options, found JSON of the type array", "\n  []")
        wrong('"batch": expected a whole number from 1', {"batch": 0})
        wrong('"batch": expected a text or a whole number', {"batch": 1.5})
        wrong('"batch": expected a text or a whole number', {"batch": [1]})
        wrong('"batch": expected a text or a whole number', {"batch": None})
        wrong('"no-cache": expected true or false', {"no-cache": "yes"})
        wrong('"kv": ', {"kv": "f64"})
        wrong('"cors-origin": expected a list', {"cors-origin": []})
        wrong("there is no LMP_SERVE_PROT; did you mean `LMP_SERVE_PORT`?", LMP_SERVE_PROT="1")
        wrong("LMP_SERVE_BATCH: expected a whole number from 1", LMP_SERVE_BATCH="many")
        done = subprocess.run([base.LMP, "serve", "--config", "none.json"], cwd=self.path, capture_output=True, text=True, timeout=60)
        self.assertIn("none.json", done.stderr)
        done = subprocess.run([base.LMP, "serve"], cwd=self.path, capture_output=True, text=True, timeout=60)
        self.assertIn("expected FILE, a program, or --model", done.stderr)
        # Every option is in the help and in the documentation.
        shown = subprocess.run([base.LMP, "serve", "--help-all"], capture_output=True, text=True, timeout=60).stdout
        for name in ("--connections", "--drain-s", "--cors-origin", "--config"):
            self.assertIn(name, shown)
            self.assertIn(name, DOCS.read_text())


if __name__ == "__main__":
    base.main(__doc__)
