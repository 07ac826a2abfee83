#!/usr/bin/env python3
"""POST /v1/answer of `lmp serve`: passages in, a cited answer out.

    answer_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import concurrent.futures
import http.server
import itertools
import json
import socket
import threading
import time
import unittest

import openai_test as base

PASSAGES = [{"id": "wisha", "text": "The leader of Wisha is Veahand. Wisha meets on Tuesday.", "document": "wisha.md"},
            {"id": "botu", "text": "The port of Botu is 661. Botu is made of copper."},
            {"id": "alice", "text": "Alice's pet is an owl. The job of Alice is pilot."}]
ANSWER = {"object": "lmp.answer", "text": str, "citations": [str], "exact": (True, False),
          "usage": {"prompt_tokens": int, "completion_tokens": int, "total_tokens": int,
                    "prompt_tokens_details": {"cached_tokens": int}, "computed_tokens": int, "reused_tokens": int,
                    "approximate_tokens": int, "seconds": float}}


class Answers(base.Client):
    def answer(self, question="What is the port of Botu?", passages=None, port=None, headers=None, **members):
        body = {"question": question, "passages": PASSAGES if passages is None else passages, **members}
        return self.ask("/v1/answer", body, port, **(headers or {}))

    def right(self, **members):
        status, answer, _ = self.answer(**members)
        self.assertEqual(status, 200, answer)
        self.assertEqual(base.missing(answer, ANSWER), "")
        return answer

    @staticmethod
    def events(text):
        return [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:]))
                for block in text.split("\n\n") if block.startswith("event: ")]

    def test_an_answer(self):
        first = self.right(cache_salt="an answer")
        self.assertIn("661", first["text"])
        self.assertGreater(len(first["citations"]), 0)
        self.assertLessEqual(set(first["citations"]), {passage["id"] for passage in PASSAGES})
        self.assertTrue(first["exact"])
        usage = first["usage"]
        # The second turn, which cites, finds the first one.
        self.assertGreater(usage["prompt_tokens_details"]["cached_tokens"], 0)
        again = self.right(cache_salt="an answer")
        self.assertGreater(again["usage"]["prompt_tokens_details"]["cached_tokens"], usage["prompt_tokens_details"]["cached_tokens"])
        self.assertLess(again["usage"]["computed_tokens"], usage["computed_tokens"])
        self.assertEqual((again["text"], again["citations"]), (first["text"], first["citations"]))
        # The same as the function of the library in a program.
        (self.path / "asks.lmp").write_text(
            'import std.rag\nfn main(question: string, texts: list<string>, ids: list<string>) -> rag.Answer {\n'
            '  let passages = [passage(id: ids[i], text: texts[i]) for i in 0..len(ids)]\n'
            '  return rag.answer(question, passages, reuse: "prefix")\n}\n')
        port = self.server("asks.lmp")
        arguments = {"question": "What is the port of Botu?", "ids": [p["id"] for p in PASSAGES], "texts": [p["text"] for p in PASSAGES]}
        status, run, _ = self.ask("/v1/programs/asks", {"arguments": arguments}, port)
        self.assertEqual((status, run["value"]), (200, {"text": first["text"], "citations": first["citations"]}), run)
        # Ids that are not given are numbers; a question without passages asks nobody.
        numbered = self.right(passages=[{"text": p["text"]} for p in PASSAGES])
        self.assertLessEqual(set(numbered["citations"]), {"1", "2", "3"})
        nothing = self.right(passages=[])
        self.assertEqual((nothing["text"], nothing["citations"], nothing["usage"]["prompt_tokens"]), ("", [], 0))

    def test_streams(self):
        whole = self.right()
        status, text, answer = self.answer(stream=True)
        self.assertEqual((status, answer.headers["Content-Type"]), (200, "text/event-stream"))
        events = self.events(text)
        self.assertEqual({name for name, _ in events}, {"text", "done"})
        self.assertEqual("".join(data["text"] for name, data in events if name == "text"), whole["text"])
        name, done = events[-1]
        self.assertEqual((name, done["text"], done["citations"]), ("done", whole["text"], whole["citations"]))
        self.assertEqual(base.missing(done, ANSWER), "")
        # What fails before anything was said has its status.
        self.assertRefused(self.answer(stream=True, passages=[{"text": "word " * 10_000}]), 400, code="context_length_exceeded")

    def assertRefused(self, answer, status, part="", **members):
        self.assertEqual(answer[0], status, answer[1])
        error = answer[1]["error"]
        self.assertEqual(list(error)[:4], ["message", "type", "param", "code"])
        self.assertIn(part, error["message"])
        for name, value in members.items():
            self.assertEqual(error[name], value, error)

    def test_reuse_is_asked_for_and_marked(self):
        port = self.server("--chunk-mb", "64")
        texts = [{"id": f"p{i}", "text": " ".join(f"The port of town {i}{j} is {i * 100 + j}." for j in range(30))} for i in range(4)]
        for turn in range(3):  # prefix is what nobody asked otherwise, and exact whatever is stored
            told = self.right(passages=texts[turn:] + texts[:turn], port=port)
            self.assertEqual((told["exact"], told["usage"]["reused_tokens"], told["usage"]["approximate_tokens"]), (True, 0, 0))
        self.right(passages=texts, reuse="link", port=port)
        # The engine stores them when it has nothing else to do. An order that was asked before is found as it is.
        for order in itertools.islice(itertools.permutations(texts), 1, None):
            told = self.right(passages=list(order), reuse="link", port=port)
            if told["usage"]["reused_tokens"] > 0:
                break
            time.sleep(0.3)
        self.assertGreater(told["usage"]["reused_tokens"], 0)
        self.assertGreater(told["usage"]["approximate_tokens"], 0)
        self.assertFalse(told["exact"])
        # What is approximate never reaches who did not ask for it.
        plain = self.right(passages=texts[::-1], port=port)
        fresh = self.right(passages=texts[::-1], port=port, cache_salt="fresh")
        self.assertEqual((plain["exact"], plain["text"], plain["citations"]), (True, fresh["text"], fresh["citations"]))

    def test_wrong_requests(self):
        def refused(body, part, param=None, **members):
            self.assertRefused(self.ask("/v1/answer", body), 400, part, type="invalid_request_error", param=param, **members)
        refused("{", "the body is no JSON", code="invalid_json")
        refused("", "the body is no JSON", code="invalid_json")
        refused("[]", "expected a JSON object")
        refused("[" * 100_000, "the body is no JSON")
        right = {"question": "Who?", "passages": PASSAGES}
        refused({"passages": PASSAGES}, "expected a string of at most 65536 bytes, found nothing", "question")
        refused({"question": 5, "passages": PASSAGES}, "found 5", "question")
        refused({"question": "Who?"}, "expected a list of at most 1000 passages, found nothing", "passages")
        refused({**right, "passages": "text"}, "found a JSON string", "passages")
        refused({**right, "passages": ["text"]}, "expected an object", "passages[0]")
        refused({**right, "passages": [{}]}, "found nothing", "passages[0].text")
        refused({**right, "passages": [{"text": None}]}, "found nothing", "passages[0].text")
        refused({**right, "passages": [{"text": "a", "title": "b"}]}, "there is no such member", "passages[0].title")
        refused({**right, "passages": [{"text": "a"}, {"text": "b", "id": ""}]}, "1 to 256 bytes", "passages[1].id")
        refused({**right, "passages": [{"text": "a", "id": 4}]}, "found 4", "passages[0].id")
        refused({**right, "passages": [{"text": "a", "document": []}]}, "a JSON array", "passages[0].document")
        refused({**right, "passages": [{"text": "a", "id": "x"}, {"text": "b", "id": "x"}]}, 'two passages have the id "x"')
        refused({**right, "passages": [{"text": "a", "id": "2"}, {"text": "b"}]}, 'two passages have the id "2"')
        refused({**right, "reuse": "all"}, "expected prefix, link, blend or auto", "reuse")
        refused({**right, "reuse": True}, "expected prefix, link, blend or auto", "reuse")
        refused({**right, "stream": "yes"}, "true or false", "stream")
        refused({**right, "seed": -1}, "0 to 2^64 - 1", "seed")
        refused({**right, "qestion": "?"}, "there is no such member", "qestion")
        self.assertRefused(self.ask("/v1/answer", "", method="GET"), 405, "takes POST")
        self.assertEqual(self.ask("/v1/answers", {})[0], 404)

    def test_limits(self):
        def passages(count):
            return [{"text": "a"} for _ in range(count)]
        # At a limit it is read, whatever becomes of it then.
        for members, above in (({"passages": passages(1000)}, False), ({"passages": passages(1001)}, "passages"),
                               ({"passages": [{"text": "x" * (64 << 10)}]}, False), ({"passages": [{"text": "x" * ((64 << 10) + 1)}]}, "passages[0].text"),
                               ({"question": "x" * (64 << 10)}, False), ({"question": "x" * ((64 << 10) + 1)}, "question"),
                               ({"passages": [{"text": "a", "id": "x" * 256}]}, False), ({"passages": [{"text": "a", "id": "x" * 257}]}, "passages[0].id"),
                               ({"passages": [{"text": "a", "document": "x" * 256}]}, False),
                               ({"passages": [{"text": "a", "document": "x" * 257}]}, "passages[0].document"),
                               ({"cache_salt": "x" * 256}, False), ({"cache_salt": "x" * 257}, "cache_salt")):
            status, answer, _ = self.ask("/v1/answer", {"question": "Who?", "passages": PASSAGES[:1], **members})
            if above:
                self.assertRefused((status, answer), 400, param=above)
            elif status != 200:
                self.assertRefused((status, answer), 400, code="context_length_exceeded")

    def test_keys(self):
        port = self.server("--api-key-file", "keys")
        self.assertRefused(self.answer(port=port), 401, "asks for a key", code="invalid_api_key")
        first, second = {"Authorization": "Bearer first-key"}, {"X-Api-Key": "second-key"}
        computed = [self.right(port=port, headers=headers)["usage"]["computed_tokens"] for headers in (first, second, first, second)]
        self.assertEqual(computed[:2], [computed[0]] * 2)  # what one has asked helps no other
        self.assertLess(computed[2], computed[0])
        self.assertEqual(computed[2], computed[3])

    def test_clients_that_go(self):
        port = self.server()
        body = json.dumps({"question": "Why?", "passages": [{"text": "word " * 1200}], "stream": True}).encode()
        for _ in range(8):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(b"POST /v1/answer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                time.sleep(0.02)
        for _ in range(600):
            metrics = self.ask("/metrics", "", port, method="GET")[1]
            if 'lmp_sequences{state="running"} 0' in metrics and 'lmp_sequences{state="waiting"} 0' in metrics:
                break
            time.sleep(0.05)
        self.assertIn('lmp_sequences{state="running"} 0', metrics)
        self.assertIn('lmp_http_requests_total{route="/v1/answer",status="499"}', metrics)
        self.assertEqual(self.answer(port=port)[0], 200)

    def test_an_answer_that_takes_long(self):
        class Silent(http.server.BaseHTTPRequestHandler):
            """A server that has a model, which never says anything."""

            def log_message(self, *_):
                pass

            def do_GET(self):
                body = b'{"object":"list","data":[{"id":"demo","object":"model","owned_by":"lmp"}]}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.server.end.wait(60)

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as engine:
            engine.end = threading.Event()
            threading.Thread(target=engine.serve_forever, daemon=True).start()
            port = self.server("--run-s", "1", "--engine", f"http://127.0.0.1:{engine.server_address[1]}")
            for stream in (False, True):
                status, said, _ = self.answer(port=port, stream=stream)
                self.assertEqual((status, said["error"]["code"]), (422, "timeout"), said)
            engine.end.set()
            engine.shutdown()

    def test_many_at_once(self):
        whole = self.right()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda i: self.right(cache_salt=str(i % 4)), range(32)))
        self.assertEqual({(a["text"], tuple(a["citations"])) for a in answers}, {(whole["text"], tuple(whole["citations"]))})


if __name__ == "__main__":
    base.main(__doc__)
