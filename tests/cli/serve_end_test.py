#!/usr/bin/env python3
"""How `lmp serve` ends: what runs by then, who asks by then, what they are told, and how long it takes.

    serve_end_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import concurrent.futures
import contextlib
import http.client
import json
import signal
import socket
import time
import unittest

import openai_test as base
from serve_test import Waiting

SLOW = """
config { allow: ["127.0.0.1:%d"] }
@timeout(1m) tool wait() -> string = http.get("http://127.0.0.1:%d/")
fn main() -> string { emit "begun"  return wait() }
fn spins() -> int { emit "begun"  var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) %% 7 } }  return n }
fn much() { for i in 0..100000 { emit "%s" } }
"""
ENDLESS = {"messages": [{"role": "user", "content": "On and on."}], "temperature": 2, "n": 4, "ignore_eos": True}
ASK = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"


class Ends(base.Client):
    @classmethod
    def setUpClass(cls):
        cls.waiting = Waiting()
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.waiting.listener.close()

    @classmethod
    def start(cls, *words, **more):
        (cls.path / "slow.lmp").write_text(SLOW % (cls.waiting.port, cls.waiting.port, "0123456789abcdef" * 64))
        return super().start("slow.lmp", *words, **more)

    def setUp(self):
        self.waiting.release.clear()

    def begin(self, *words):
        child, port = self.start(*words)
        self.addCleanup(lambda: child.poll() is None and (child.kill(), child.communicate()))
        return child, port

    def finish(self, child, seconds=20):
        begin = time.monotonic()
        self.assertEqual(child.wait(seconds), 0)
        self.assertEqual(child.stderr.read(), "")
        child.stdout.close()
        child.stderr.close()
        return time.monotonic() - begin

    def assertEnds(self, answer):
        self.assertRefused(answer, 503, "the server is about to end", code="shutting_down", type="server_error")
        self.assertEqual((answer[2].headers["Retry-After"], answer[2].headers["Connection"]), ("1", "close"))

    def until_it_ends(self, port):
        """A signal takes a moment."""
        while (answer := self.ask("/readyz", "", port, "GET"))[0] == 200:
            pass
        self.assertEnds(answer)

    def stream(self, stack, port, path, body):
        """A stream that has begun."""
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        stack.callback(client.close)
        client.request("POST", path, json.dumps({**body, "stream": True}))
        answer = client.getresponse()
        stack.callback(answer.close)
        self.assertEqual(answer.status, 200)
        return answer

    def test_what_runs_is_answered(self):
        child, port = self.begin()
        with concurrent.futures.ThreadPoolExecutor(1) as pool, socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
            idle.sendall(ASK)
            self.assertIn(b'"ready"', idle.recv(4096))
            answer = pool.submit(self.ask, "/v1/programs/slow", {}, port)
            self.assertTrue(self.waiting.came.acquire(timeout=20))
            child.send_signal(signal.SIGTERM)
            self.assertEqual(idle.recv(4096), b"")  # who waits is sent away at once
            for path, method in (("/readyz", "GET"), ("/v1/programs/slow", "POST"), ("/v1/chat/completions", "POST"), ("/v1/answer", "POST")):
                self.assertEnds(self.ask(path, {}, port, method))
            for path in ("/healthz", "/metrics", "/v1/models"):
                status, _, said = self.ask(path, "", port, "GET")
                self.assertEqual((status, said.headers["Connection"]), (200, "close"))
            self.waiting.release.set()
            self.assertEqual(answer.result(20)[1]["value"], "done")
        self.finish(child)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5)

    def test_nobody_who_asks_on_holds_it_up(self):
        child, port = self.begin("--header-s", "1")
        with concurrent.futures.ThreadPoolExecutor(5) as pool, socket.create_connection(("127.0.0.1", port), timeout=30) as late:
            answer = pool.submit(self.ask, "/v1/programs/slow", {}, port)
            self.assertTrue(self.waiting.came.acquire(timeout=20))
            child.send_signal(signal.SIGTERM)
            self.assertEqual(late.recv(4096), b"")

            def hammer(_):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    while True:
                        self.assertEnds(self.ask("/v1/completions", {}, port))
            clients = [pool.submit(hammer, i) for i in range(3)]
            # One more that says nothing, and one that begins a request.
            with socket.create_connection(("127.0.0.1", port), timeout=30), socket.create_connection(("127.0.0.1", port), timeout=30) as half:
                half.sendall(b"GET /rea")
                time.sleep(0.2)
                self.waiting.release.set()
                self.assertEqual(answer.result(20)[1]["value"], "done")
                self.assertEqual(half.recv(4096)[:12], b"HTTP/1.1 408")  # --header-s, within --drain-s
            for client in clients:
                client.result(20)
        self.finish(child)

    def test_an_idle_server_ends_at_once(self):
        child, port = self.begin()
        with socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
            idle.sendall(ASK)
            self.assertIn(b'"ready"', idle.recv(4096))
            child.send_signal(signal.SIGTERM)
            self.assertEqual(idle.recv(4096), b"")
        self.assertLess(self.finish(child), 5)

    def test_grace(self):
        child, port = self.begin("--drain-grace-s", "2")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as kept, socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
            for client in (kept, idle):
                client.sendall(ASK)
                self.assertIn(b'"ready"', client.recv(4096))
            begin = time.monotonic()
            child.send_signal(signal.SIGTERM)
            self.until_it_ends(port)
            self.assertEnds(self.ask("/readyz", "", port, "GET"))
            kept.sendall(ASK)  # connections that were there hear of it, too
            self.assertTrue(kept.recv(4096).startswith(b"HTTP/1.1 503 "))
            self.assertEqual(kept.recv(4096), b"")
            self.assertEqual(idle.recv(4096), b"")
            self.assertGreater(time.monotonic() - begin, 1.9)
        self.finish(child)
        self.assertLess(time.monotonic() - begin, 10)

    def test_grace_is_within_the_time_to_end(self):
        child, port = self.begin("--drain-grace-s", "1", "--drain-s", "1")
        child.send_signal(signal.SIGTERM)
        self.until_it_ends(port)
        self.assertLess(self.finish(child), 6)

    def test_streams_that_are_cut_say_so(self):
        for words, signals, part in ((("--drain-s", "1"), 1, "(--drain-s)"), ((), 2, "a second signal")):
            child, port = self.begin(*words)
            passages = [{"text": "The port of Botu is 661. Botu is made of copper."}]
            with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(4) as pool:
                whole = [pool.submit(self.ask, "/v1/programs/slow", {}, port), pool.submit(self.ask, "/v1/programs/slow", {"function": "spins"}, port),
                         pool.submit(self.ask, "/v1/chat/completions", ENDLESS, port)]
                # Spinning runs take turns between the steps of the others, which so last longer.
                events = [self.stream(stack, port, "/v1/programs/slow", {"function": "spins"}) for _ in range(2)]
                events.append(self.stream(stack, port, "/v1/programs/slow", {"function": "main"}))
                data = [self.stream(stack, port, "/v1/chat/completions", ENDLESS),
                        self.stream(stack, port, "/v1/completions", {"prompt": "On", "max_tokens": 2000, "ignore_eos": True, "n": 2})]
                if signals == 2:  # an answer ends soon
                    events.append(self.stream(stack, port, "/v1/answer", {"question": "What is the port of Botu?", "passages": passages}))
                for _ in range(2):
                    self.assertTrue(self.waiting.came.acquire(timeout=20))
                for _ in range(signals):
                    child.send_signal(signal.SIGTERM)
                    time.sleep(0.05)
                for answer in events:
                    name, said = answer.read().decode().split("\n\n")[-2].split("\n")  # all of it, to the last chunk
                    self.assertEqual(name, "event: error")
                    self.assertRefused((503, json.loads(said[6:])), 503, part, code="shutting_down", type="server_error")
                for answer in data:
                    last = answer.read().decode().split("\n\n")[-2]
                    self.assertRefused((503, json.loads(last[6:])), 503, part, code="shutting_down", type="server_error")
                for answer in whole:
                    self.assertRefused(answer.result(20), 503, part, code="shutting_down", type="server_error")
            self.assertLess(self.finish(child), 5)

    def test_who_takes_nothing_is_not_waited_for(self):
        child, port = self.begin("--drain-s", "1")
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            body = json.dumps({"function": "much", "stream": True}).encode()
            client.sendall(b"POST /v1/programs/slow HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.assertIn(b"200 OK", client.recv(64))
            child.send_signal(signal.SIGTERM)
            self.assertLess(self.finish(child), 8)

    def test_a_third_signal_waits_for_nobody(self):
        child, port = self.begin()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"POST /v1/programs/slow HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(self.waiting.came.acquire(timeout=20))
            begin = time.monotonic()
            for _ in range(3):
                child.send_signal(signal.SIGTERM)
                time.sleep(0.05)
            self.finish(child)
            self.assertLess(time.monotonic() - begin, 1)  # who lingers has a second


if __name__ == "__main__":
    base.main(__doc__)
