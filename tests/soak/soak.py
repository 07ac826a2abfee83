#!/usr/bin/env python3
"""Drives a real `lmp serve` with everything at once: chats, completions, programs, tools and streams; clients that cancel, read
slowly, talk nonsense, send too much or are killed.

    soak.py --lmp BINARY [--minutes N | --seconds N] [--clients N] [--patience X] [--no-rss] [--seed N] [--model FILE]

Two servers, one after the other: with keys, tenants, a cache in a pool so small that it evicts and preempts, and a store of
passages on disk; and without keys, cache and store. Of each:

  right     what an ask gives in the crowd is what it gave alone: texts, finishes, log-probabilities, values, counts of tokens,
            events put together; also answers that may be approximate, where they say that they are not
  refused   malformed requests have the status and the error object that they must have
  tenants   none finds what another has cached; a limit is said as 429, to nobody who has none; its places all come back
  no hang   every action ends within its time, times --patience (sanitizers are slow)
  back      when all clients have gone: nothing runs or waits, no connection, as many descriptors as at the start; as many
            threads as after the warm-up, hardly more memory; without a cache every page is free, with one a prompt as large as the pool still fits
  end       SIGTERM ends it with exit code 0 and nothing on stderr (where sanitizers report)
  store     opens again, and its passages are found by their tenants and say what they said; so also after a kill under load;
            purged, nothing of a tenant is left

The order of what clients do depends on --seed; what happens at once does not. Exit code 0, or 1 with what was wrong.
"""
import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import nonsense
from asks import GROWS, PROGRAMS, SAYS, SENT, SPINS, TOOLED, asks, loose_asks, streaming
from wire import Wire, Wrong, counted, events_of, must_refuse, whole

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples/models/demo/demo.gguf"
TOOL_THREADS = 32  # that wait at once (kThreadsMax of runtime/api/host_tools.h); calls beyond wait
STORE_FILES = 256 + 32  # that it may have open: tables (max_open_files of runtime/store), and logs and the like
RSS_GROWTH_KB = 32 * 1024  # of a server that was warm: what fragmentation and longer queues explain
OPTIONS = {"--kv-mb": 3, "--threads": 1, "--body-kb": 128, "--header-s": 2, "--body-s": 2, "--write-s": 2, "--idle-s": 20,
           "--ping-s": 1}
# With the store: tenants, some with limits that this load meets.
KEYS = """plain-key
acme-key tenant=acme requests=3
acme-other-key tenant=acme
minute-key tenant=minute requests-per-minute=40
tokens-key tenant=tokens tokens-per-minute=8000
watch-key tenant=watch operator
"""
LIMITS = {"acme-key": "too_many_requests", "acme-other-key": "too_many_requests", "minute-key": "requests_per_minute",
          "tokens-key": "tokens_per_minute"}


class Tool:
    """What the programs' tool asks: answers soon, late, never, or breaks off."""

    held = 0  # those who wait for what never comes

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            how = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            if how == b"/never":
                self.held += 1
                await reader.read()
                self.held -= 1
            elif how == b"/broken":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            else:
                await asyncio.sleep(0.3 if how == b"/late" else 0)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nhello")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Soak:
    def __init__(self, flags, stored, seconds, seed):
        self.flags, self.stored, self.seconds = flags, stored, seconds
        self.words = ["--chunk-mb", 1, "--chunk-store", "stored", "--api-key-file", "keys"] if stored else ["--chunk-mb", 0, "--no-cache"]
        self.random = random.Random(seed)
        self.wrong, self.done, self.limited, self.told = [], collections.Counter(), collections.Counter(), collections.Counter()
        self.killed = False

    def wire(self, key="plain-key"):
        return Wire(self.port, key if self.stored else None)

    def any_key(self):
        return self.random.choice(["plain-key", "plain-key", "watch-key", *LIMITS])

    # The server.

    async def start(self, folder):
        self.folder = folder
        (folder / "soak.lmp").write_text(PROGRAMS)
        (folder / "tooled.lmp").write_text(TOOLED % (self.tool.port, 5 * self.flags.patience, self.tool.port))
        (folder / "keys").write_text(KEYS)
        words = [str(word) for option in OPTIONS.items() for word in option] + [str(word) for word in self.words]
        self.errors = open(folder / "stderr", "w+")
        self.child = subprocess.Popen(
            [self.flags.lmp, "serve", "soak.lmp", "tooled.lmp", "--model", str(self.flags.model), "--port", "0", "--playground", *words],
            cwd=folder, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            # Else the allocator keeps what programs of 32 MiB leave behind, now and then, and nothing smaller would be seen.
            env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 20)})
        line = self.child.stdout.readline()
        if "http://127.0.0.1:" not in line:
            raise SystemExit(f"the server did not start: {line}{(folder / 'stderr').read_text()}")
        self.port = int(line.split("127.0.0.1:")[1].split("/")[0])
        self.child.stdout.readline()  # where the playground is
        self.descriptors, _ = self.open_files()  # nobody has connected yet

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(60 * self.flags.patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            code = "none: it did not end"
        self.child.stdout.close()
        self.errors.seek(0)
        said = self.errors.read()
        self.errors.close()
        if code != 0 or said:
            self.wrong.append(f"the server ended with {code} and said: {said[:20000]}")

    def open_files(self):
        """How many descriptors there are but for the store's files, and of these."""
        folder, stored = pathlib.Path("/proc") / str(self.child.pid) / "fd", 0
        names = os.listdir(folder)
        for name in names:
            try:
                stored += "/stored/" in os.readlink(folder / name)
            except FileNotFoundError:  # closed by now
                pass
        return len(names) - stored, stored

    async def metrics(self):
        async with self.wire("watch-key") as wire:
            await wire.ask("/metrics", b"", "GET", close=True)
            status, text = await wire.answer()
        if status != 200:
            raise Wrong(f"/metrics: {status}")
        rows = (line.rsplit(" ", 1) for line in text.decode().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in rows}

    async def settled(self):
        """What there is of everything when nothing is going on."""
        end = time.monotonic() + 30 * self.flags.patience
        while True:
            found = await self.metrics()
            calm = {name: found[name] for name in (
                'lmp_sequences{state="running"}', 'lmp_sequences{state="waiting"}', "lmp_http_requests_running",
                "lmp_http_connections", "lmp_passages_waiting")}
            if list(calm.values()) == [0, 0, 1, 1, 0]:  # the one that asks
                break
            if time.monotonic() > end:
                raise Wrong(f"nobody asks, but it does not become calm: {calm}")
            await asyncio.sleep(0.1)
        process = pathlib.Path("/proc") / str(self.child.pid)
        for _ in range(50):  # until it has closed the connection that asked last
            if self.open_files()[0] == self.descriptors:
                break
            await asyncio.sleep(0.02)
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
        if not self.stored and found['lmp_pages{state="free"}'] != found['lmp_pages{state="all"}']:
            raise Wrong(f"pages: {found}")
        descriptors, stored = self.open_files()
        return {"descriptors": descriptors, "store_files": stored, "threads": int(status["Threads"]),
                "memory_kb": int(status["VmRSS"].split()[0]), "pages": found['lmp_pages{state="all"}'], "metrics": found}

    async def fill(self, pages):
        """A prompt that needs the pages of everything that is only remembered."""
        ids = [300 + self.random.randrange(700) for _ in range(int(pages - 1) * 16 - 8)]
        async with self.wire() as wire:
            await wire.ask("/v1/completions", {"prompt": ids, "max_tokens": 4, "temperature": 0}, close=True)
            status, text = await asyncio.wait_for(wire.answer(), 60 * self.flags.patience)
        if status != 200:
            raise Wrong(f"a prompt of {len(ids)} tokens does not fit into {pages} pages: {status} {text[:300]}")

    # What clients do. Each returns when it is done; Wrong says what the server should not have done.

    async def right(self, name, stream, wire):
        path, body = self.asks[name]
        body = streaming(path, body, stream)
        if self.random.random() < 0.3:
            body = {**body, "cache_salt": self.random.choice(["a", "b"])}
        if "programs" in path and stream and self.random.random() < 0.3:
            body = {**body, "generations": True}
        await wire.ask(path, body)
        status, text = await wire.answer()
        if self.is_limit(name, path, status, text, wire):
            return
        if status != 200:
            raise Wrong(f"{name}: {status} {text[:500]}")
        said = whole(path, text)
        if said != self.alone[name]:
            raise Wrong(f"{name}, {'streamed' if stream else 'whole'}: said {said}, alone {self.alone[name]}")

    def is_limit(self, what, path, status, text, wire):
        """Whether it is the answer that a limit gives, to whom it may give it."""
        if status != 429:
            return False
        must_refuse(what, status, text, [429])
        error = json.loads(text)["error"]
        may = {LIMITS.get(wire.key)} | ({"too_many_runs"} if "playground" in path else set())
        if error["code"] not in may or error["type"] != "rate_limit_error" or int(wire.headers["retry-after"]) not in range(1, 62):
            raise Wrong(f"{what}, with {wire.key}: {error}, Retry-After {wire.headers.get('retry-after')}")
        if "-key" in error["message"]:
            raise Wrong(f"a limit tells a key: {error}")
        self.limited[error["code"]] += 1
        return True

    async def ask_right(self):
        async with self.wire(self.any_key()) as wire:
            for _ in range(self.random.randrange(1, 4)):
                await self.right(self.random.choice(list(self.asks)), self.random.random() < 0.6, wire)

    async def loosely(self, name, stream, wire):
        exact, path, body = self.loose[name]
        await wire.ask(path, streaming(path, body, stream))
        status, text = await wire.answer()
        if self.is_limit(name, path, status, text, wire):
            return None
        if status != 200:
            raise Wrong(f"{name}: {status} {text[:500]}")
        said = whole(path, text)
        if said[2] and said != self.alone[exact]:
            raise Wrong(f"{name}: says that it is exact: {said}, exactly {self.alone[exact]}")
        # The second turn of an answer has the text of the first in its prompt.
        if said[0] == self.alone[exact][0] and said[3][0] != self.alone[exact][3][0]:
            raise Wrong(f"{name}: a prompt of {said[3]} tokens, exactly {self.alone[exact][3]}")
        if path == "/v1/answer" and not set(said[1]) <= {one["id"] for one in body["passages"]}:
            raise Wrong(f"{name}: cites {said[1]}")
        self.told["exact" if said[2] else "approximate"] += 1
        usage = (events_of(text)[-1][1] if text.startswith((b"event:", b":")) else json.loads(text))["usage"]
        return usage["reused_tokens"]

    async def ask_loosely(self):
        async with self.wire(self.any_key()) as wire:
            await self.loosely(self.random.choice(list(self.loose)), self.random.random() < 0.6, wire)

    async def ask_what_another_asked(self):
        """Of a prompt that nobody had, the next tenant and the next salt find nothing, and all say the same of it."""
        body = {"prompt": [300 + self.random.randrange(700) for _ in range(64)], "temperature": 0, "max_tokens": 6}
        said = []
        for key, salt in (("plain-key", None), ("plain-key", "c"), ("watch-key", None)) if self.stored else (("", "c"), ("", "d")):
            async with self.wire(key) as wire:
                await wire.ask("/v1/completions", {**body, "cache_salt": salt})
                status, text = await wire.answer()
            answer = json.loads(text)
            # A first id or two may be those of another prompt of the same tenant.
            if status != 200 or answer["usage"]["prompt_tokens_details"]["cached_tokens"] > 4:
                raise Wrong(f"{key} with salt {salt}, new to it: {status} {text[:500]}")
            said.append(whole("", text))
        if any(one != said[0] for one in said):
            raise Wrong(f"tenants are told different things: {said}")

    async def ask_without_key(self):
        if not self.stored:
            return
        path, body = self.draw()
        async with Wire(self.port, self.random.choice([None, "plain-ke", "plain-key2", "", "k" * 1000])) as wire:
            await wire.ask(path, body)
            must_refuse("no key", *await wire.answer(), [401])

    async def play(self):
        """Programs of one's own that have no end, or no room; each ends with its client."""
        source = self.random.choice([SPINS, SAYS, SAYS, GROWS])
        async with self.wire() as wire:
            await wire.ask("/v1/playground/run", {"source": source})
            if source is not GROWS:
                await asyncio.sleep(self.random.random() * 0.5)
                return
            status, text = await wire.answer()
            if not self.is_limit("a program that grows", "playground", status, text, wire):
                events = events_of(text)
                if status != 200 or [name for name, _ in events] != ["error"] or events[0][1]["error"]["code"] != "limit":
                    raise Wrong(f"a program that grows: {status} {text[:300]}")

    async def check_a_program(self):
        async with self.wire() as wire:
            for source, right in ((SENT, True), ("fn main() { emit nothing }", False)):
                await wire.ask("/v1/playground/check", {"source": source})
                status, text = await wire.answer()
                if status != 200 or json.loads(text)["ok"] != right or (len(json.loads(text)["diagnostics"]) == 0) != right:
                    raise Wrong(f"a check: {status} {text[:300]}")

    async def ask_several_at_once(self):
        async with self.wire() as wire:
            for _ in range(3):
                await wire.ask("/healthz", b"", "GET")
            for _ in range(3):
                if (await wire.answer())[0] != 200:
                    raise Wrong("a pipelined request was not answered")

    def draw(self):
        path, body = self.random.choice([*self.asks.values(), *((path, body) for _, path, body in self.loose.values())])
        return path, streaming(path, body, self.random.random() < 0.7)

    async def go_early(self):
        async with self.wire() as wire:
            await wire.ask(*self.draw())
            await asyncio.sleep(self.random.random() * 0.05)
            if self.random.random() < 0.5:
                wire.reset()

    async def go_within(self):
        async with self.wire() as wire:
            path, body = self.draw()
            await wire.ask(path, streaming(path, body, True))
            for _ in range(self.random.randrange(1, 4)):
                await wire.some()
            if self.random.random() < 0.5:
                wire.reset()

    async def go_half_way(self):
        async with self.wire() as wire:
            data = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n{\"prompt\": \"Ann\""
            data = wire.keyed(data)
            await wire.send(data[:self.random.randrange(len(data))])
            if self.random.random() < 0.5:
                wire.reset()

    async def be_killed(self):
        """A process of its own that is killed in the middle."""
        path, body = self.draw()
        data = json.dumps(body).encode()
        request = self.wire().keyed(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(data), data))
        child = os.fork()
        if child == 0:
            with socket.create_connection(("127.0.0.1", self.port)) as victim:
                victim.sendall(request)
                time.sleep(60)
            os._exit(0)
        await asyncio.sleep(0.02 + self.random.random() * 0.1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    async def wait_for_a_tool(self):
        how = self.random.choice(["late", "never", "broken"])
        async with self.wire() as wire:
            await wire.ask("/v1/programs/tooled", {"arguments": {"how": how}, "stream": True})
            if how == "never":  # the run ends with its client
                await wire.until(b"begun")
                return
            status, text = await wire.answer()
            if status != 200 or (b"event: done" in text) != (how == "late"):
                raise Wrong(f"a tool that is {how}: {status} {text[-300:]}")

    async def read_slowly(self):
        async with self.wire() as wire:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await wire.ask("/v1/programs/soak", {"function": "much", "arguments": {"lines": 3000}, "stream": True}, close=True)
            got = b""
            while part := await wire.some():
                got += part
                await asyncio.sleep(0.002)
            if got.count(b"event: text") != 3000 or b"event: done" not in got:
                raise Wrong(f"a slow reader got {got.count(b'event: text')} of 3000 pieces and {got[-100:]!r}")

    async def read_nothing(self):
        async with self.wire() as wire:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await wire.ask("/v1/programs/soak", {"function": "much", "arguments": {"lines": 150_000}, "stream": True})
            await asyncio.sleep(3 * self.flags.patience)
            got, tail = 0, b""
            try:
                while part := await wire.some():
                    got, tail = got + len(part), (tail + part)[-200:]
            except ConnectionError:
                return
            if b"event: done" in tail:
                raise Wrong(f"who read nothing for longer than --write-s still got all {got} bytes")

    async def talk_nonsense(self):
        data, statuses = self.random.choice(nonsense.HTTP)
        async with self.wire() as wire:
            await wire.send(wire.keyed(data))
            wire.socket.shutdown(socket.SHUT_WR)
            status, text = await wire.answer()
            must_refuse(data[:100], status, text, statuses)

    async def ask_nonsense(self):
        path, body, statuses = self.random.choice(nonsense.BODIES)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.wire() as wire:
            await wire.ask(path, data)
            status, text = await wire.answer()
            must_refuse(data[:300], status, text, statuses)
            if not wire.last:
                await self.right("greedy chat", True, wire)  # the next one is none the worse for it

    async def send_too_much(self):
        async with self.wire() as wire:
            size = OPTIONS["--body-kb"] * 1024 + 1
            if self.random.random() < 0.5:
                await wire.send(wire.keyed(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size))
            else:
                head = wire.keyed(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                await wire.send(head + b"%x\r\n%s" % (size, b" " * size))
            status, text = await wire.answer()
            must_refuse("a body that is too long", status, text, [413])

    async def dribble(self):
        async with self.wire() as wire:
            for letter in b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n":
                try:
                    await wire.send(bytes([letter]))
                except ConnectionError:
                    return
                await asyncio.sleep(0.1)
            status, text = await wire.answer()
            must_refuse("a byte now and then", status, text, [408])

    async def look_around(self):
        async with self.wire() as wire:
            for path in ("/openapi.json", "/v1/models", "/v1/programs", "/v1/playground", "/v1/playground/cache", "/"):
                await wire.ask(path, b"", "GET")
                if (await wire.answer())[0] != 200:
                    raise Wrong(f"{path} was not answered")
            for path in ("/metrics", "/v1/playground/state"):  # of all tenants
                await wire.ask(path, b"", "GET")
                must_refuse(path, *await wire.answer(), [403 if self.stored else 200])

    WEIGHTS = {ask_right: 40, ask_loosely: 6, ask_what_another_asked: 3, ask_without_key: 3, play: 2, check_a_program: 2, go_within: 10, go_early: 8, ask_nonsense: 8, talk_nonsense: 6, go_half_way: 4, wait_for_a_tool: 4,
               read_slowly: 2, be_killed: 3, send_too_much: 3, ask_several_at_once: 3, look_around: 2, read_nothing: 0.5,
               dribble: 0.5}

    async def client(self, end):
        actions, weights = list(self.WEIGHTS), list(self.WEIGHTS.values())
        while time.monotonic() < end and self.child.poll() is None and len(self.wrong) < 20:
            action = self.random.choices(actions, weights)[0]
            try:
                await asyncio.wait_for(action(self), 60 * self.flags.patience)
                self.done[action.__name__] += 1
            except Wrong as wrong:
                self.note(f"{action.__name__}: {wrong}")
            except (ValueError, KeyError, IndexError) as error:  # it is not what an answer is like
                self.note(f"{action.__name__}: {error!r}")
            except asyncio.TimeoutError:
                self.note(f"{action.__name__}: no end within {60 * self.flags.patience:g} s")
            except ConnectionError as error:
                self.note(f"{action.__name__}: {error}")

    def note(self, wrong):
        """Said at once: it may be long until the end."""
        if self.killed:
            return
        self.wrong.append(wrong)
        print(f"  wrong after {time.monotonic() - self.began:.0f} s: {wrong}", file=sys.stderr, flush=True)

    async def crowd(self, seconds):
        end = time.monotonic() + seconds
        await asyncio.gather(*(self.client(end) for _ in range(self.flags.clients)))
        return await self.settled()

    async def all_alone(self):
        """What every ask says when nothing else is asked."""
        self.alone = {}
        async with self.wire() as wire:
            for name, (path, body) in self.asks.items():
                await wire.ask(path, body)
                status, text = await wire.answer()
                if status != 200:
                    raise Wrong(f"{name}, alone: {status} {text[:500]}")
                self.alone[name] = whole(path, text)

    async def all_tool_threads(self):
        """Threads that wait for tools come as they are needed, and stay."""
        wires = [await self.wire().__aenter__() for _ in range(TOOL_THREADS)]
        for wire in wires:
            await wire.ask("/v1/programs/tooled", {"arguments": {"how": "never"}})
        while self.tool.held < TOOL_THREADS:
            await asyncio.sleep(0.01)
        for wire in wires:
            wire.socket.close()

    async def all_places(self):
        """A tenant who may have three requests at a time has three places, whatever became of those before."""
        wires = [await self.wire("acme-key").__aenter__() for _ in range(4)]
        held = self.tool.held
        for wire in wires[:3]:
            await wire.ask("/v1/programs/tooled", {"arguments": {"how": "never"}})
        while self.tool.held < held + 3:
            await asyncio.sleep(0.01)
        await wires[3].ask("/v1/programs/soak", {"function": "much", "arguments": {"lines": 1}})
        status, text = await wires[3].answer()
        if not self.is_limit("a fourth request", "", status, text, wires[3]):
            raise Wrong(f"a fourth request of three: {status} {text[:300]}")
        for wire in wires:
            wire.socket.close()

    def compare(self, warm, end):
        if end["descriptors"] != self.descriptors:
            self.wrong.append(f"descriptors: {self.descriptors} at the start, {end['descriptors']} at the end")
        if end["store_files"] > STORE_FILES:
            self.wrong.append(f"the store has {end['store_files']} files open")
        if end["threads"] != warm["threads"]:
            self.wrong.append(f"threads: {warm['threads']} after the warm-up, {end['threads']} at the end")
        if self.flags.rss and end["memory_kb"] > warm["memory_kb"] + RSS_GROWTH_KB:
            self.wrong.append(f"memory: {warm['memory_kb']} KB after the warm-up, {end['memory_kb']} at the end")
        if self.stored and self.done["ask_right"] > 500:  # in a slow build nobody comes so far
            for code in set(LIMITS.values()) - set(self.limited):
                self.wrong.append(f"no request met the limit {code}")

    async def full(self, warm):
        """What is there when all have gone, and nothing is kept that is not given back."""
        if self.stored:
            await asyncio.wait_for(self.all_places(), 60 * self.flags.patience)
            await self.settled()
            await self.fill(warm["pages"])

    async def run(self):
        self.asks, self.loose, self.began = asks(), loose_asks(), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="lmp-soak-") as folder:
            self.tool = Tool()
            await self.tool.start()
            await self.start(pathlib.Path(folder))
            try:
                await self.all_alone()
                await asyncio.wait_for(self.all_tool_threads(), 60 * self.flags.patience)
                warm = await self.crowd(max(3, self.seconds * 0.2))
                await self.full(warm)
                end = await self.crowd(self.seconds * 0.8)
                self.compare(warm, end)
                await self.full(warm)
                before, self.alone = self.alone, None
                await self.all_alone()
                if before != self.alone:
                    self.wrong.append("alone, after all that, something is said that was not said before")
                self.report(warm, end)
            except Wrong as wrong:
                self.wrong.append(str(wrong))
            finally:
                self.stop()
            if self.stored and not self.wrong:
                await self.store_again()
            self.tool.server.close()
        return self.wrong

    # The store, when its server has ended.

    def lmp_cache(self, *words):
        done = subprocess.run([self.flags.lmp, "cache", *words, "--json"], cwd=self.folder, capture_output=True, text=True,
                              timeout=60 * self.flags.patience, check=False)
        if done.returncode != 0 or done.stderr:
            raise Wrong(f"lmp cache {words}: {done.returncode} {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    async def opens_again(self):
        """A server on what was stored: exact answers are what they were, and passages are found, each tenant's own."""
        await self.start(self.folder)
        before, self.alone = self.alone, None
        await self.all_alone()
        if before != self.alone:
            self.wrong.append("on a store that was opened again something else is said")
        found = 0
        for key in ("plain-key", "watch-key"):
            async with self.wire(key) as wire:
                for name in self.loose:
                    found += await self.loosely(name, False, wire)
        await self.settled()  # what they asked for is stored when there is nothing else to do
        return found

    async def store_again(self):
        try:
            stats = self.lmp_cache("stats", "stored")
            if stats["objects"] == 0:
                raise Wrong("no passage was stored")
            found = await self.opens_again()
            if found == 0:
                raise Wrong(f"of {stats['objects']} stored passages none was found again")
            # Killed in the middle of everything.
            self.killed = True
            crowd = asyncio.gather(*(self.client(time.monotonic() + 60 * self.flags.patience) for _ in range(self.flags.clients)))
            await asyncio.sleep(2)
            self.child.kill()
            self.child.wait()
            await crowd
            self.child.stdout.close()
            self.errors.close()
            self.killed = False
            after = self.lmp_cache("stats", "stored")
            again = await self.opens_again()
            if again == 0:
                raise Wrong(f"after the kill: of {after['objects']} stored passages none was found again")
            self.stop()
            full = self.lmp_cache("stats", "stored")
            for tenant in ("acme", "minute", "tokens", "watch"):
                for salt in ("", "a", "b"):
                    self.lmp_cache("purge", "stored", "--tenant", f"tenant {tenant}/{salt}")
            left = self.lmp_cache("stats", "stored")
            print(f"  store: {stats['objects']} passages, {found} tokens found again; {after['objects']} after a kill, {again} tokens; "
                  f"{left['objects']} of {full['objects']} are left without the tenants that have a name")
            if not 0 < left["objects"] < full["objects"]:
                raise Wrong(f"of {full['objects']} passages {left['objects']} are left when four of five tenants are purged")
        except Wrong as wrong:
            self.wrong.append(str(wrong))
            if self.child.poll() is None:
                self.stop()

    def report(self, warm, end):
        print(f"{'with' if self.stored else 'without'} keys, cache and store, {self.flags.clients} clients, {self.seconds:g} s")
        for name in ("descriptors", "store_files", "threads", "memory_kb"):
            print(f"  {name:12} {warm[name]} -> {end[name]}")
        for name in ('lmp_tokens_total{kind="generated"}', 'lmp_tokens_total{kind="cached"}', "lmp_pages_evicted_total",
                     "lmp_preemptions_total", 'lmp_sequences_total{how="failed"}'):
            print(f"  {name} {end['metrics'][name]:.0f}")
        print("  " + ", ".join(f"{name} {count}" for name, count in self.done.most_common()))
        print(f"  limits {dict(self.limited)}; answers that may be approximate {dict(self.told)}")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--patience", type=float, default=1)
    parser.add_argument("--no-rss", dest="rss", action="store_false", help="say nothing of memory: sanitizers keep what is freed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default=DEMO)
    flags = parser.parse_args()
    flags.lmp = str(pathlib.Path(flags.lmp).resolve())
    seconds = flags.seconds or flags.minutes * 60
    wrong = []
    for stored, share in ((True, 0.7), (False, 0.3)):
        wrong += asyncio.run(Soak(flags, stored, seconds * share, flags.seed).run())
    for line in wrong:
        print("WRONG: " + line)
    print(f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
