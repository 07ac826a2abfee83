#!/usr/bin/env python3
"""Keys of `lmp serve`: tenants, their limits, and that nothing of one reaches another.

    keys_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import json
import socket
import subprocess
import time
import unittest

import openai_test as base

KEYS = """plain-key
acme-key tenant=acme requests=2
acme-other-key  tenant=acme
minute-key tenant=minute requests-per-minute=3
tokens-key tenant=tokens tokens-per-minute=40
watch-key tenant=watch operator
"""
BUSY = "fn main() -> int { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return n }"
QUICK = "fn main() -> int { return 1 }"


class Keys(base.Client):
    @classmethod
    def start(cls, *words, **more):
        (cls.path / "tenants").write_text(KEYS)
        (cls.path / "busy.lmp").write_text(BUSY)
        (cls.path / "quick.lmp").write_text(QUICK)
        return super().start("busy.lmp", "quick.lmp", "--playground", *(words or ("--api-key-file", "tenants")), **more)

    def as_key(self, key, path="/v1/programs/quick", body=None, port=None):
        return self.ask(path, body or {}, port, **{"X-Api-Key": key})

    def assertLimited(self, answer, code, seconds, part=""):
        status, said, reply = answer
        self.assertEqual(status, 429, said)
        self.assertEqual(list(said["error"]), ["message", "type", "param", "code"])
        self.assertEqual((said["error"]["type"], said["error"]["code"]), ("rate_limit_error", code))
        self.assertIn(part, said["error"]["message"])
        self.assertNotIn("-key", said["error"]["message"])
        self.assertIn(int(reply.headers["Retry-After"]), seconds)

    def hold(self, key, path="/v1/programs/busy", body=b"{}", port=None):
        """A request that goes on until its connection is closed."""
        client = socket.create_connection(("127.0.0.1", port or self.port), timeout=60)
        self.addCleanup(client.close)
        client.sendall(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
                       % (path.encode(), key.encode(), len(body), body))
        return client

    def until(self, wanted, key, *more):
        """The first answer with that status."""
        for _ in range(600):
            answer = self.as_key(key, *more)
            if answer[0] == wanted:
                return answer
            time.sleep(0.02)
        self.fail(f"{key} never had {wanted}: {answer}")

    REQUESTS = (("/v1/programs/quick", {}), ("/v1/programs/quick", {"stream": True}),
                ("/v1/chat/completions", {"messages": [{"role": "user", "content": "?"}], "max_tokens": 1}),
                ("/v1/chat/completions", {"messages": [{"role": "user", "content": "?"}], "max_tokens": 1, "stream": True}),
                ("/v1/completions", {"prompt": "a", "max_tokens": 1}), ("/v1/answer", {"question": "?", "passages": []}),
                ("/v1/playground/run", {"source": QUICK}), ("/v1/playground/check", {"source": QUICK}))

    def test_requests_at_one_time(self):
        # All that is posted counts, whatever it is; streams for as long as they run.
        streamed = json.dumps({"stream": True}).encode()
        chat = json.dumps({"prompt": "go on", "max_tokens": 100_000, "ignore_eos": True, "n": 8, "stream": True}).encode()
        played = json.dumps({"source": BUSY}).encode()
        for path, body in (("/v1/programs/busy", streamed), ("/v1/completions", chat), ("/v1/playground/run", played)):
            first = self.hold("acme-key")
            self.assertEqual(self.as_key("acme-other-key")[0], 200)  # the second of two
            second = self.hold("acme-other-key", path, body)
            self.assertLimited(self.until(429, "acme-key"), "too_many_requests", [1], "the tenant `acme` may have 2 requests at one time")
            for one, more in self.REQUESTS:
                for key in ("acme-key", "acme-other-key"):
                    self.assertLimited(self.as_key(key, one, more), "too_many_requests", [1])
            # What computes nothing is not counted, and nobody else is hindered.
            self.assertEqual(self.ask("/v1/models", "", method="GET", **{"X-Api-Key": "acme-key"})[0], 200)
            for one, more in self.REQUESTS:
                self.assertEqual(self.as_key("plain-key", one, more)[0], 200)
            for client in (first, second):
                client.close()
            self.until(200, "acme-key")
        # Two and not three, again: every place was given back, and once.
        clients = [self.hold("acme-key"), self.hold("acme-key")]
        self.until(429, "acme-key")
        for client in clients:
            client.close()
        self.until(200, "acme-key")

    def test_requests_per_minute(self):
        for path, body in self.REQUESTS[:3]:
            self.assertEqual(self.as_key("minute-key", path, body)[0], 200)
        for path, body in self.REQUESTS:
            self.assertLimited(self.as_key("minute-key", path, body), "requests_per_minute", range(40, 62), "the tenant `minute` may have 3 requests a minute")
        self.assertEqual(self.as_key("plain-key")[0], 200)

    def test_tokens_per_minute(self):
        port = self.server("--api-key-file", "tenants")
        body = {"prompt": [300] * 20, "max_tokens": 9, "ignore_eos": True}
        answer = self.as_key("tokens-key", "/v1/completions", body, port)
        self.assertEqual((answer[0], answer[1]["usage"]["total_tokens"]), (200, 29))
        # One below the limit still begins, and with it the limit is met.
        answer = self.as_key("tokens-key", "/v1/completions", {**body, "prompt": [301] * 9, "max_tokens": 1}, port)
        self.assertEqual((answer[0], answer[1]["usage"]["total_tokens"]), (200, 10))
        answer = self.as_key("tokens-key", "/v1/completions", {**body, "prompt": [302], "max_tokens": 1}, port)
        self.assertEqual((answer[0], answer[1]["usage"]["total_tokens"]), (200, 2))
        for path, more in self.REQUESTS:
            self.assertLimited(self.as_key("tokens-key", path, more, port), "tokens_per_minute", range(40, 62), "40 tokens a minute")
        self.assertEqual(self.as_key("plain-key", port=port)[0], 200)

    def test_tokens_of_all_kinds_of_answers(self):
        """Streams, programs, and what a client did not wait for."""
        answering = "fn main() -> string { user \"%s\"  gen x with max: 4  return x }" % ("word " * 40)
        prompt = [400] * 60
        asks = (("/v1/completions", {"prompt": prompt, "max_tokens": 2, "stream": True}),
                ("/v1/playground/run", {"source": answering}),
                ("/v1/answer", {"question": "word " * 50, "passages": [{"text": "Ann has a boat."}]}))
        for path, body in asks:
            port = self.server("--api-key-file", "tenants")
            self.assertEqual(self.as_key("tokens-key", path, body, port)[0], 200)
            self.assertLimited(self.as_key("tokens-key", port=port), "tokens_per_minute", range(40, 62))
        for path, body in ((asks[0][0], {**asks[0][1], "max_tokens": 100_000, "ignore_eos": True, "n": 4}),
                           (asks[1][0], {"source": "fn ask() -> string { user \"%s\"  gen x with max: 64  return x }\n"
                                                   "fn main() { for i in 0..100000 { emit ask() } }" % ("word " * 40)})):
            port = self.server("--api-key-file", "tenants")
            client = self.hold("tokens-key", path, json.dumps(body).encode(), port)
            self.assertIn(b"data:", client.recv(65536) + client.recv(65536))
            client.close()
            for _ in range(600):
                answer = self.as_key("tokens-key", port=port)
                if answer[0] == 429:
                    break
                time.sleep(0.02)
            self.assertLimited(answer, "tokens_per_minute", range(30, 62))

    def test_tenants_and_their_cache(self):
        asked = {"prompt": [500 + i for i in range(64)], "max_tokens": 1}
        cached = [self.as_key(key, "/v1/completions", asked)[1]["usage"]["prompt_tokens_details"]["cached_tokens"]
                  for key in ("plain-key", "acme-key", "acme-other-key", "plain-key")]
        self.assertEqual([count > 0 for count in cached], [False, False, True, True])

    def test_what_one_asked_is_new_to_another(self):
        """By counters: how much is found and computed is what a server finds and computes that nobody has asked."""
        text = "The harbour of Botu was built by Ann. " * 20
        passages = [{"text": text + "Ann has a boat."}, {"text": "The lighthouse of Mara is red. " * 20}]
        answer = {"question": "Who?", "reuse": "link", "seed": 1}
        asks = (("/v1/completions", {"prompt": [700 + i for i in range(200)], "max_tokens": 1}),
                ("/v1/chat/completions", {"messages": [{"role": "user", "content": text}], "max_tokens": 1}),
                ("/v1/programs/talk", {"arguments": {"q": text}, "seed": 1}),
                ("/v1/answer", {**answer, "reuse": "prefix", "passages": passages}),
                ("/v1/answer", {**answer, "passages": passages}, {**answer, "passages": passages[::-1]}))
        names = ("cached_tokens", "computed_tokens", "reused_tokens", "prompt_tokens")
        for path, first, *others in asks:
            port = self.server("--api-key-file", "tenants")
            then = others[0] if others else first

            def counts(key, body):
                status, said, _ = self.as_key(key, path, body, port)
                self.assertEqual(status, 200, said)
                return {name: {**said["usage"], **said["usage"]["prompt_tokens_details"]}.get(name) for name in names}
            cold = counts("watch-key", then)
            counts("plain-key", first)
            warm = counts("plain-key", then)
            self.assertGreater(warm["cached_tokens"], cold["cached_tokens"])
            if others:  # passages are stored when nothing runs
                for number in range(100):
                    again = {**then, "passages": [{"text": f"Number {number}."}, *then["passages"]]}
                    if counts("plain-key", again)["reused_tokens"] > 0:
                        break
                    time.sleep(0.05)
                self.assertLess(number, 99)
            self.assertEqual(counts("acme-key", then), cold, (path, warm))

    def test_what_all_ask_is_for_operators(self):
        for path in ("/metrics", "/v1/playground/state"):
            for key in ("plain-key", "acme-key"):
                status, said, _ = self.ask(path, "", method="GET", **{"X-Api-Key": key})
                self.assertEqual((status, said["error"]["code"]), (403, "not_operator"))
                self.assertIn("marks `operator`", said["error"]["message"])
            self.assertEqual(self.ask(path, "", method="GET", **{"X-Api-Key": "watch-key"})[0], 200)

        for stream in (False, True):
            status, said, _ = self.as_key("plain-key", body={"trace": True, "stream": stream})
            self.assertEqual((status, said["error"]["code"], said["error"]["param"]), (403, "not_operator", "trace"))
            self.assertEqual(self.as_key("plain-key", body={"trace": False, "stream": stream})[0], 200)
        self.assertTrue(self.as_key("watch-key", body={"trace": True})[1]["trace"]["traceEvents"])

        def trees(key):
            return self.ask("/v1/playground/cache", "", method="GET", **{"X-Api-Key": key})[1]["trees"]
        for number in range(2):
            self.as_key("plain-key", "/v1/completions", {"prompt": [900 + number] * 40, "max_tokens": 1})
        before = trees("plain-key")
        self.as_key("acme-key", "/v1/completions", {"prompt": [900] * 40, "max_tokens": 1})
        self.assertEqual(trees("plain-key"), before)
        self.assertEqual([tree["pages_others"] for tree in before], [None])
        self.assertGreater(trees("watch-key")[0]["pages_others"], 0)
        # Who is alone sees what is counted of him.
        (self.path / "alone").write_text("one tenant=a\ntwo tenant=a requests=5\n")
        port = self.server("--api-key-file", "alone")
        for key in ("one", "two"):
            self.assertEqual(self.ask("/metrics", "", port, "GET", **{"X-Api-Key": key})[0], 200)
            self.assertEqual(self.ask("/v1/playground/cache", "", port, "GET", **{"X-Api-Key": key})[1]["trees"][0]["pages_others"], 0)

    def test_a_tenant_keeps_what_is_stored_wherever_his_line_stands(self):
        asked = {"question": "Where?", "reuse": "link", "passages": [{"text": " ".join(f"Ann went to town {n}." for n in range(40))}]}
        lines = ["a-key tenant=a", "b-key tenant=b", "own-key", "other-key", "watch-key operator"]
        for first in (True, False):
            (self.path / "moved").write_text("\n".join(lines if first else reversed(lines)))
            child, port = self.start("--api-key-file", "moved", "--chunk-store", "stored")
            try:
                reused = {}
                for key in ("b-key", "other-key", "a-key", "own-key"):
                    if first and key in ("b-key", "other-key"):
                        continue
                    status, said, _ = self.as_key(key, "/v1/answer", asked, port)
                    self.assertEqual(status, 200, said)
                    reused[key] = said["usage"]["reused_tokens"]
                self.until_stored(port)
            finally:
                self.stop(child)
        self.assertEqual((reused["b-key"], reused["other-key"]), (0, 0))
        self.assertGreater(reused["a-key"], 0)
        self.assertGreater(reused["own-key"], 0)

    def until_stored(self, port):
        """Passages are stored when nothing runs."""
        for _ in range(600):
            if "lmp_passages_waiting 0\n" in self.ask("/metrics", "", port, "GET", **{"X-Api-Key": "watch-key"})[1]:
                return
            time.sleep(0.05)
        self.fail("passages wait to be stored, and nothing runs")

    def test_wrong_files(self):
        def refused(text, *parts):
            (self.path / "wrong").write_text(text)
            done = subprocess.run([base.LMP, "serve", "quick.lmp", "--model", str(base.DEMO), "--port", "0", "--api-key-file", "wrong"],
                                  cwd=self.path, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            for part in parts:
                self.assertIn(part, done.stderr)
            self.assertNotIn("secret", done.stderr)
        refused("a\nsecret secret2\n", "wrong:2: word 2: expected tenant=NAME, requests=N")
        refused("secret secret=5\n", "wrong:1: word 2: expected tenant=NAME")
        refused("secret tenant=a secret==\n", "wrong:1: word 3: expected")
        for value in ("", "0", "-1", "1.5", "x", "1000000000001", "+1", "1 2"):
            refused(f"\n\nsecret requests={value}\n", "wrong:3: ", "expected")
        refused("secret requests=0\n", "wrong:1: requests: expected a whole number from 1 to 1000000000000")
        refused("secret requests=1 requests=1\n", "wrong:1: requests stands there twice")
        refused("secret operators\n", "wrong:1: word 2: expected")
        refused("secret tenant=\n", "wrong:1: tenant: expected a name of 1 to 64 letters")
        refused("secret tenant=%s\n" % ("x" * 65), "wrong:1: tenant: expected a name of 1 to 64 letters")
        refused("secret tenant=a/b\n", "wrong:1: tenant: expected a name")
        refused("secret tenant=a requests=2\nsecret2 tenant=a requests=3\n", "wrong:2: requests=3: a line before gives the tenant `a` 2")
        refused("secret\nother\nsecret tenant=a\n", "wrong:3: the key of line 1 again")
        refused("\n \n", "wrong has no key: expected one a line")

    def test_files_of_before(self):
        """A key a line, spaces around it, empty lines, one that stands there twice."""
        (self.path / "old").write_text("one\n\n  two \r\none\n")
        port = self.server("--api-key-file", "old")
        for key, status in (("one", 200), ("two", 200), ("three", 401)):
            self.assertEqual(self.as_key(key, port=port)[0], status)
        (self.path / "largest").write_text("one tenant=%s requests=1000000000000\n" % ("x" * 64))
        self.assertEqual(self.as_key("one", port=self.server("--api-key-file", "largest"))[0], 200)


if __name__ == "__main__":
    base.main(__doc__)
