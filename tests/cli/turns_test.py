#!/usr/bin/env python3
"""Tenants of `lmp serve` take turns: nobody waits for all that another has asked for.

    turns_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import contextlib
import json
import pathlib
import select
import socket
import threading
import time

import delegation_test
import openai_test as base

BUSY = "fn main() -> int { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return n }"


class Turns(base.Client):
    @classmethod
    def start(cls, *words, **more):
        (cls.path / "tenants").write_text("a-key tenant=a\nb-key tenant=b\nc-key tenant=c operator\n")
        return super().start("--api-key-file", "tenants", "--playground", *(words or ("--batch", "4")), **more)

    def hold(self, key, body, path="/v1/completions", port=None):
        """A request that goes on until its connection is closed."""
        client = socket.create_connection(("127.0.0.1", port or self.port), timeout=60)
        self.addCleanup(client.close)
        data = json.dumps(body).encode()
        client.sendall(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
                       % (path.encode(), key.encode(), len(data), data))
        return client

    def counted(self, name):
        text = self.ask("/metrics", "", method="GET", **{"X-Api-Key": "c-key"})[1]
        return next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith(name))

    def test_who_asks_for_little_is_answered_beside_who_asks_for_all(self):
        # More than the batch, each as long as the context: minutes of work.
        held = self.hold("a-key", {"prompt": "a", "max_tokens": 4000, "ignore_eos": True, "n": 128})
        while self.counted('lmp_sequences{state="waiting"}') < 100:
            time.sleep(0.02)
        for _ in range(3):
            status, said, _ = self.ask("/v1/completions", {"prompt": "b", "max_tokens": 3, "ignore_eos": True}, **{"X-Api-Key": "b-key"})
            self.assertEqual((status, said["usage"]["completion_tokens"]), (200, 3))
        # It was not waited for: it is still there, and only as much of it as there are slots.
        self.assertGreater(self.counted('lmp_sequences{state="waiting"}'), 100)
        self.assertGreater(self.counted("lmp_preemptions_total"), 0)
        held.close()

    def test_room_for_others_when_one_has_filled_his(self):
        # 4,096 choices of one tenant wait at most; those that find no room begin later.
        held = [self.hold("a-key", {"prompt": "a", "max_tokens": 4000, "ignore_eos": True, "n": 128}) for _ in range(34)]
        while self.counted('lmp_sequences{state="waiting"}') < 4092:
            time.sleep(0.05)
        status, said, _ = self.ask("/v1/completions", {"prompt": "b", "max_tokens": 3, "ignore_eos": True}, **{"X-Api-Key": "b-key"})
        self.assertEqual((status, said["usage"]["completion_tokens"]), (200, 3))
        for one in held:
            one.close()

    def test_programs_that_one_has_sent(self):
        ask = {"source": BUSY}
        held = [self.hold("a-key", ask, "/v1/playground/run") for _ in range(8)]
        quick = {"source": "fn main() -> int { return 1 }"}
        for _ in range(600):
            status, said, _ = self.ask("/v1/playground/run", quick, **{"X-Api-Key": "a-key"})
            if status == 429:
                break
            time.sleep(0.02)
        self.assertEqual((status, said["error"]["code"]), (429, "too_many_runs"))
        self.assertEqual(self.ask("/v1/playground/run", quick, **{"X-Api-Key": "b-key"})[0], 200)
        for one in held:
            one.close()

    def test_what_one_has_sent_is_read_beside_what_another_sends(self):
        ended = []

        def ask(key, count):
            source = f"const A = range({count}) fn f() {{ emit len(A) }}"
            status, said, _ = self.ask("/v1/playground/check", {"source": source}, **{"X-Api-Key": key})
            self.assertTrue(said["ok"])
            ended.append((key, status))
        threads = [threading.Thread(target=ask, args=("a-key", 900_000 + i)) for i in range(8)]
        for thread in threads:
            thread.start()
        while not ended:
            time.sleep(0.01)
        before = len(ended)
        ask("b-key", 1)
        at = ended.index(("b-key", 200))
        self.assertLessEqual(at - before, 2, ended)  # what was being read, and one in turn
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(len(ended) - 1 - at, 3, ended)  # so there was something to wait for

    def test_bodies_of_clients_that_have_gone_are_not_kept(self):
        child, port = self.start("--connections", "28")
        self.addCleanup(self.stop, child)

        def memory():
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0]) >> 10
        # Some seconds of tokenising, which nothing shortens: it may fit by its bytes, and has no place to cut.
        held = [self.hold("a-key", {"prompt": "<tool_call>" * 95_000, "max_tokens": 1}, port=port) for _ in range(24)]
        before = memory()
        for _ in range(40):
            with contextlib.suppress(ConnectionError):  # too many connections, until those before are seen to be gone
                self.hold("a-key", {"prompt": "a" * 8_000_000}, port=port).close()
            time.sleep(0.03)
        kept = memory() - before
        self.assertEqual(select.select(held[-1:], [], [], 0)[0], [], "all was read too soon for this to show anything")
        self.assertLess(kept, 8 * 16)  # all that four connections may hold, and much more
        for one in held:
            self.assertEqual(one.recv(12), b"HTTP/1.1 400")

    def test_servers_behind_are_asked_in_turns(self):
        gate = threading.Event()

        def slow(to):
            gate.wait(30)
            delegation_test.says("ok")(to)
        with delegation_test.Fake(slow) as fake:
            port = self.server("--engine", fake.url, "--batch", "1")
            answers = []

            def ask(key, word):
                answers.append(self.ask("/v1/completions", {"prompt": word, "max_tokens": 4}, port, **{"X-Api-Key": key})[:2])
            threads = []
            for key, word in [("a-key", [300, 301])] * 4 + [("b-key", [400, 401])]:
                threads.append(threading.Thread(target=ask, args=(key, word)))
                threads[-1].start()
                time.sleep(0.2)
            gate.set()
            for thread in threads:
                thread.join()
            self.assertEqual([status for status, _ in answers], [200] * 5, answers)
            prompts = [tuple(body["prompt"]) for body in fake.asked]
            self.assertEqual(len(set(prompts)), 2)
            self.assertEqual([p == prompts[0] for p in prompts], [True, True, False, True, True])


if __name__ == "__main__":
    base.main(__doc__)
