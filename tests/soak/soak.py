#!/usr/bin/env python3
"""Drives a real `lmp serve` with everything at once: chats, completions, programs, tools and streams; clients that cancel, read
slowly, talk nonsense, send too much or are killed.

    soak.py --lmp BINARY [--minutes N | --seconds N] [--clients N] [--patience X] [--no-rss] [--seed N] [--model FILE]

Two servers, one after the other: with a cache in a pool so small that it evicts and preempts, and without a cache. Of each:

  right     what an ask gives in the crowd is what it gave alone: texts, finishes, log-probabilities, values, events put together
  refused   malformed requests have the status and the error object that they must have
  no hang   every action ends within its time, times --patience (sanitizers are slow)
  back      when all clients have gone: nothing runs or waits, no connection, as many descriptors as at the start; as many
            threads as after the warm-up, hardly more memory; without a cache every page is free, with one a prompt as large as the pool still fits
  end       SIGTERM ends it with exit code 0 and nothing on stderr (where sanitizers report)

The order of what clients do depends on --seed; what happens at once does not. Exit code 0, or 1 with what was wrong.
"""
import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import nonsense

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples/models/demo/demo.gguf"
TOOL_THREADS = 32  # that wait at once (kThreadsMax of runtime/api/host_tools.h); calls beyond wait
RSS_GROWTH_KB = 32 * 1024  # of a server that was warm: what fragmentation and longer queues explain
OPTIONS = {"--kv-mb": 3, "--threads": 1, "--body-kb": 64, "--header-s": 2, "--body-s": 2, "--write-s": 2, "--idle-s": 20,
           "--ping-s": 1, "--chunk-mb": 0}
PROGRAMS = """
fn main(q: string, seed: int = 0) -> string {
  system "You know where everybody is. Answer in few words, and never say more than you were asked for."
  user q
  gen first with max: 12
  user "Why?"
  gen second with max: 12
  emit "${first} / ${second}"
  return second
}
fn forks(q: string) -> list<string> {
  user q
  let all = fork i in 0..3 with temp: 1.0 { gen said with max: 8  yield said }
  emit "${all}"
  return all
}
fn much(lines: int) { for i in 0..lines { emit "0123456789012345678901234567890123456789012345678901234567890123" } }
fn fails(n: int) -> int { emit "before"  return 1 / n }
"""
TOOLED = """
config { allow: ["127.0.0.1:%d"] }
@timeout(5s) tool fetch(how: string) -> string = http.get("http://127.0.0.1:%d/${how}")
fn main(how: string) -> string { emit "begun "  user fetch(how)  gen said with max: 6  return said }
"""


class Wrong(Exception):
    """Something that the server must not do."""


class Wire:
    """One connection; raw, so that it can be rude."""

    def __init__(self, soak):
        self.soak, self.loop, self.rest = soak, asyncio.get_running_loop(), b""
        self.socket = socket.socket()
        self.socket.setblocking(False)

    async def __aenter__(self):
        await self.loop.sock_connect(self.socket, ("127.0.0.1", self.soak.port))
        return self

    async def __aexit__(self, *_):
        self.socket.close()

    def reset(self):
        """As if the machine behind it had gone."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    async def send(self, data):
        await self.loop.sock_sendall(self.socket, data)

    async def ask(self, path, body, method="POST", close=False):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.send(b"%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s" % (
            method.encode(), path.encode(), b"Connection: close\r\n" if close else b"", len(data), data))

    async def some(self):
        return await self.loop.sock_recv(self.socket, 65536)

    async def until(self, mark):
        while mark not in self.rest:
            part = await self.some()
            if not part:
                raise Wrong(f"the connection ended before {mark!r}: {self.rest[-200:]!r}")
            self.rest += part
        found, self.rest = self.rest.split(mark, 1)
        return found

    async def exactly(self, count):
        while len(self.rest) < count:
            part = await self.some()
            if not part:
                raise Wrong(f"the connection ended within {count} bytes: {self.rest[-200:]!r}")
            self.rest += part
        found, self.rest = self.rest[:count], self.rest[count:]
        return found

    async def answer(self):
        """Status and text of an answer, put together; whether it is the last of its connection is in `last`."""
        status, headers = await self.head()
        self.last = headers.get("connection") == "close"
        if headers.get("transfer-encoding") == "chunked":
            body = b"".join([part async for part in self.chunks()])
        else:
            body = await self.exactly(int(headers.get("content-length", 0)))
        return status, body

    async def head(self):
        lines = (await self.until(b"\r\n\r\n")).decode().split("\r\n")
        return int(lines[0].split()[1]), {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}

    async def chunks(self):
        while size := int(await self.until(b"\r\n"), 16):
            yield await self.exactly(size)
            await self.exactly(2)
        await self.exactly(2)


def plain(choices):
    """Choices without what differs from answer to answer: the ids of calls."""
    return json.loads(re.sub(r'"id": "call_[0-9a-f]*"', '"id": ""', json.dumps(choices)))


def whole(path, text):
    """What an answer says, whether it came in one piece or as a stream."""
    if not text.startswith(b"data:") and not text.startswith(b"event:") and not text.startswith(b":"):
        answer = json.loads(text)
        if "programs" in path:
            return answer["value"], answer["text"]
        out = []
        for choice in plain(answer["choices"]):
            said = choice.get("message", {})
            calls = [(call["function"]["name"], call["function"]["arguments"]) for call in said.get("tool_calls", [])]
            scores = join(None, choice["logprobs"]) if choice["logprobs"] else None
            out.append([said.get("content") or choice.get("text") or "", calls, choice["finish_reason"], scores or None])
        return out
    events = [event for event in text.decode().split("\n\n") if event and not event.startswith(":")]
    if "programs" in path:
        parts = [(event.split("\n")[0][7:], json.loads(event.split("\n")[1][6:])) for event in events]
        if parts[-1][0] != "done":
            raise Wrong(f"a stream ended with {parts[-1]}")
        return parts[-1][1]["value"], "".join(data["text"] for name, data in parts if name == "text")
    if events[-1] != "data: [DONE]":
        raise Wrong(f"a stream ended with {events[-1][:300]}")
    out = {}
    for event in events[:-1]:
        for choice in json.loads(event[6:]).get("choices", []):
            mine = out.setdefault(choice["index"], ["", [], None, None])
            delta = choice.get("delta", {"content": choice.get("text")})
            mine[0] += delta.get("content") or ""
            for call in delta.get("tool_calls", []):
                if "name" in call["function"]:
                    mine[1].append([call["function"]["name"], ""])
                mine[1][-1][1] += call["function"]["arguments"]
            mine[2] = choice["finish_reason"] or mine[2]
            if choice["logprobs"]:
                mine[3] = join(mine[3], choice["logprobs"])
    return [[text, [tuple(call) for call in calls], finish, scores]
            for _, (text, calls, finish, scores) in sorted(out.items())]


def join(before, more):
    if "content" in more:
        return (before or []) + more["content"]
    return {name: (before or {}).get(name, []) + values for name, values in more.items() if values}


def asks():
    """Name -> path and body of what is asked; each says the same whenever it is asked."""
    chat, text = "/v1/chat/completions", "/v1/completions"
    long = "Ann is in the kitchen. Ben has the red ball. The box in the hall is empty. " * 6
    one = [{"role": "user", "content": "Where is Ann?"}]
    add = {"type": "function", "function": {"name": "add", "parameters": {
        "type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 99}, "unit": {"enum": ["kg", "m"]}},
        "required": ["a", "unit"], "additionalProperties": False}}}
    schema = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "n": {"type": "integer"}},
              "required": ["name", "n"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    found = {
        "greedy chat": (chat, {"messages": one, "temperature": 0, "max_tokens": 24}),
        "drawn chat": (chat, {"messages": one, "seed": 7, "max_tokens": 24}),
        "three choices": (chat, {"messages": one, "seed": 8, "n": 3, "max_tokens": 12}),
        "scores": (chat, {"messages": one, "temperature": 0, "max_tokens": 8, "logprobs": True, "top_logprobs": 3}),
        "text scores": (text, {"prompt": "Ann is", "temperature": 0, "max_tokens": 8, "logprobs": 2}),
        "text": (text, {"prompt": long, "temperature": 0, "max_tokens": 40}),
        "ids": (text, {"prompt": [list(range(300, 340)), list(range(310, 330))], "seed": 3, "max_tokens": 20}),
        "long ids": (text, {"prompt": [300 + i % 700 for i in range(500)], "temperature": 0, "max_tokens": 30}),
        "form": (chat, {"messages": one, "seed": 5, "max_tokens": 60, "response_format": form}),
        "grammar": (text, {"prompt": "Yes or no? ", "seed": 1, "max_tokens": 8, "grammar": 'root ::= "yes" | "no" | "maybe"'}),
        "tools": (chat, {"messages": one, "seed": 6, "max_tokens": 80, "tools": [add], "tool_choice": "required"}),
        "stops": (text, {"prompt": "Ann", "seed": 2, "max_tokens": 40, "stop": ["e", "an"]}),
        "program": ("/v1/programs/soak", {"arguments": {"q": "Where is Ben?"}, "seed": 4}),
        "forks": ("/v1/programs/soak", {"function": "forks", "arguments": {"q": "Who?"}, "seed": 9}),
        "tool": ("/v1/programs/tooled", {"arguments": {"how": "quick"}, "seed": 9}),
    }
    for i in range(6):  # conversations that share their beginning, and stand in each other's way in the cache
        turns = [{"role": "system", "content": long}, {"role": "user", "content": f"What about number {i}?"}]
        found[f"shared {i}"] = (chat, {"messages": turns, "temperature": 0, "max_tokens": 16 + 8 * i})
    return found


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
    def __init__(self, flags, words, seconds, seed):
        self.flags, self.words, self.seconds = flags, words, seconds
        self.random = random.Random(seed)
        self.wrong, self.done = [], collections.Counter()
        self.cached = "--no-cache" not in words

    # The server.

    async def start(self, folder):
        self.tool = Tool()
        await self.tool.start()
        (folder / "soak.lmp").write_text(PROGRAMS)
        (folder / "tooled.lmp").write_text(TOOLED % (self.tool.port, self.tool.port))
        words = [str(word) for option in OPTIONS.items() for word in option] + self.words
        self.errors = open(folder / "stderr", "w+")
        self.child = subprocess.Popen(
            [self.flags.lmp, "serve", "soak.lmp", "tooled.lmp", "--model", str(self.flags.model), "--port", "0", *words],
            cwd=folder, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.child.stdout.readline()
        if "http://127.0.0.1:" not in line:
            raise SystemExit(f"the server did not start: {line}{(folder / 'stderr').read_text()}")
        self.port = int(line.split("127.0.0.1:")[1].split("/")[0])
        self.descriptors = len(os.listdir(f"/proc/{self.child.pid}/fd"))  # nobody has connected yet

    def stop(self):
        self.tool.server.close()
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

    async def metrics(self):
        async with Wire(self) as wire:
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
                "lmp_http_connections")}
            if list(calm.values()) == [0, 0, 1, 1]:  # the one that asks
                break
            if time.monotonic() > end:
                raise Wrong(f"nobody asks, but it does not become calm: {calm}")
            await asyncio.sleep(0.1)
        process = pathlib.Path("/proc") / str(self.child.pid)
        for _ in range(50):  # until it has closed the connection that asked last
            if len(os.listdir(process / "fd")) == self.descriptors:
                break
            await asyncio.sleep(0.02)
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
        if not self.cached and found['lmp_pages{state="free"}'] != found['lmp_pages{state="all"}']:
            raise Wrong(f"pages: {found}")
        return {"descriptors": len(os.listdir(process / "fd")), "threads": int(status["Threads"]),
                "memory_kb": int(status["VmRSS"].split()[0]), "pages": found['lmp_pages{state="all"}'], "metrics": found}

    async def fill(self, pages):
        """A prompt that needs the pages of everything that is only remembered."""
        ids = [300 + self.random.randrange(700) for _ in range(int(pages - 1) * 16 - 8)]
        async with Wire(self) as wire:
            await wire.ask("/v1/completions", {"prompt": ids, "max_tokens": 4, "temperature": 0}, close=True)
            status, text = await asyncio.wait_for(wire.answer(), 60 * self.flags.patience)
        if status != 200:
            raise Wrong(f"a prompt of {len(ids)} tokens does not fit into {pages} pages: {status} {text[:300]}")

    # What clients do. Each returns when it is done; Wrong says what the server should not have done.

    async def right(self, name, stream, wire):
        path, body = self.asks[name]
        body = dict(body, **({"stream": True} if stream else {}))
        if self.random.random() < 0.3:
            body["cache_salt"] = self.random.choice(["a", "b"])
        await wire.ask(path, body)
        status, text = await wire.answer()
        if status != 200:
            raise Wrong(f"{name}: {status} {text[:500]}")
        said = whole(path, text)
        if said != self.alone[name]:
            raise Wrong(f"{name}, {'streamed' if stream else 'whole'}: said {said}, alone {self.alone[name]}")

    async def ask_right(self):
        async with Wire(self) as wire:
            for _ in range(self.random.randrange(1, 4)):
                await self.right(self.random.choice(list(self.asks)), self.random.random() < 0.6, wire)

    async def ask_several_at_once(self):
        async with Wire(self) as wire:
            for _ in range(3):
                await wire.ask("/healthz", b"", "GET")
            for _ in range(3):
                if (await wire.answer())[0] != 200:
                    raise Wrong("a pipelined request was not answered")

    def draw(self):
        path, body = self.asks[self.random.choice(list(self.asks))]
        return path, dict(body, stream=self.random.random() < 0.7)

    async def go_early(self):
        async with Wire(self) as wire:
            await wire.ask(*self.draw())
            await asyncio.sleep(self.random.random() * 0.05)
            if self.random.random() < 0.5:
                wire.reset()

    async def go_within(self):
        async with Wire(self) as wire:
            path, body = self.draw()
            await wire.ask(path, dict(body, stream=True))
            for _ in range(self.random.randrange(1, 4)):
                await wire.some()
            if self.random.random() < 0.5:
                wire.reset()

    async def go_half_way(self):
        async with Wire(self) as wire:
            data = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n{\"prompt\": \"Ann\""
            await wire.send(data[:self.random.randrange(len(data))])
            if self.random.random() < 0.5:
                wire.reset()

    async def be_killed(self):
        """A process of its own that is killed in the middle."""
        path, body = self.draw()
        data = json.dumps(body).encode()
        request = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(data), data)
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
        async with Wire(self) as wire:
            await wire.ask("/v1/programs/tooled", {"arguments": {"how": how}, "stream": True})
            if how == "never":  # the run ends with its client
                await wire.until(b"begun")
                return
            status, text = await wire.answer()
            if status != 200 or (b"event: done" in text) != (how == "late"):
                raise Wrong(f"a tool that is {how}: {status} {text[-300:]}")

    async def read_slowly(self):
        async with Wire(self) as wire:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await wire.ask("/v1/programs/soak", {"function": "much", "arguments": {"lines": 3000}, "stream": True}, close=True)
            got = b""
            while part := await wire.some():
                got += part
                await asyncio.sleep(0.002)
            if got.count(b"event: text") != 3000 or b"event: done" not in got:
                raise Wrong(f"a slow reader got {got.count(b'event: text')} of 3000 pieces and {got[-100:]!r}")

    async def read_nothing(self):
        async with Wire(self) as wire:
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
        async with Wire(self) as wire:
            await wire.send(data)
            wire.socket.shutdown(socket.SHUT_WR)
            status, text = await wire.answer()
            self.must_refuse(data[:100], status, text, statuses)

    async def ask_nonsense(self):
        path, body, statuses = self.random.choice(nonsense.BODIES)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with Wire(self) as wire:
            await wire.ask(path, data)
            status, text = await wire.answer()
            self.must_refuse(data[:300], status, text, statuses)
            if not wire.last:
                await self.right("greedy chat", True, wire)  # the next one is none the worse for it

    @staticmethod
    def must_refuse(what, status, text, statuses):
        if status not in statuses:
            raise Wrong(f"{what!r}: status {status}, expected {statuses}: {text[:300]}")
        if status != 200 and list(json.loads(text)["error"])[:4] != ["message", "type", "param", "code"]:
            raise Wrong(f"{what!r}: {text[:300]}")

    async def send_too_much(self):
        async with Wire(self) as wire:
            size = OPTIONS["--body-kb"] * 1024 + 1
            if self.random.random() < 0.5:
                await wire.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
            else:
                await wire.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s" % (size, b" " * size))
            status, text = await wire.answer()
            self.must_refuse("a body that is too long", status, text, [413])

    async def dribble(self):
        async with Wire(self) as wire:
            for letter in b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n":
                try:
                    await wire.send(bytes([letter]))
                except ConnectionError:
                    return
                await asyncio.sleep(0.1)
            status, text = await wire.answer()
            self.must_refuse("a byte now and then", status, text, [408])

    async def look_around(self):
        async with Wire(self) as wire:
            for path in ("/metrics", "/openapi.json", "/v1/models", "/v1/programs"):
                await wire.ask(path, b"", "GET")
                if (await wire.answer())[0] != 200:
                    raise Wrong(f"{path} was not answered")

    WEIGHTS = {ask_right: 40, go_within: 10, go_early: 8, ask_nonsense: 8, talk_nonsense: 6, go_half_way: 4, wait_for_a_tool: 4,
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
            except asyncio.TimeoutError:
                self.note(f"{action.__name__}: no end within {60 * self.flags.patience:g} s")
            except ConnectionError as error:
                self.note(f"{action.__name__}: {error}")

    def note(self, wrong):
        """Said at once: it may be long until the end."""
        self.wrong.append(wrong)
        print(f"  wrong after {time.monotonic() - self.began:.0f} s: {wrong}", file=sys.stderr, flush=True)

    async def crowd(self, seconds):
        end = time.monotonic() + seconds
        await asyncio.gather(*(self.client(end) for _ in range(self.flags.clients)))
        return await self.settled()

    async def all_alone(self):
        """What every ask says when nothing else is asked."""
        self.alone = {}
        async with Wire(self) as wire:
            for name, (path, body) in self.asks.items():
                await wire.ask(path, body)
                status, text = await wire.answer()
                if status != 200:
                    raise Wrong(f"{name}, alone: {status} {text[:500]}")
                self.alone[name] = whole(path, text)

    async def all_tool_threads(self):
        """Threads that wait for tools come as they are needed, and stay."""
        wires = [await Wire(self).__aenter__() for _ in range(TOOL_THREADS)]
        for wire in wires:
            await wire.ask("/v1/programs/tooled", {"arguments": {"how": "never"}})
        while self.tool.held < TOOL_THREADS:
            await asyncio.sleep(0.01)
        for wire in wires:
            wire.socket.close()

    def compare(self, warm, end):
        if end["descriptors"] != self.descriptors:
            self.wrong.append(f"descriptors: {self.descriptors} at the start, {end['descriptors']} at the end")
        if end["threads"] != warm["threads"]:
            self.wrong.append(f"threads: {warm['threads']} after the warm-up, {end['threads']} at the end")
        if self.flags.rss and end["memory_kb"] > warm["memory_kb"] + RSS_GROWTH_KB:
            self.wrong.append(f"memory: {warm['memory_kb']} KB after the warm-up, {end['memory_kb']} at the end")

    async def run(self):
        self.asks, self.began = asks(), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="lmp-soak-") as folder:
            await self.start(pathlib.Path(folder))
            try:
                await self.all_alone()
                await asyncio.wait_for(self.all_tool_threads(), 60 * self.flags.patience)
                warm = await self.crowd(max(3, self.seconds * 0.2))
                if self.cached:
                    await self.fill(warm["pages"])
                end = await self.crowd(self.seconds * 0.8)
                self.compare(warm, end)
                if self.cached:
                    await self.fill(warm["pages"])
                before, self.alone = self.alone, None
                await self.all_alone()
                if before != self.alone:
                    self.wrong.append("alone, after all that, something is said that was not said before")
                self.report(warm, end)
            except Wrong as wrong:
                self.wrong.append(str(wrong))
            finally:
                self.stop()
        return self.wrong

    def report(self, warm, end):
        print(f"{'with' if self.cached else 'without'} a cache, {self.flags.clients} clients, {self.seconds:g} s")
        for name in ("descriptors", "threads", "memory_kb"):
            print(f"  {name:12} {warm[name]} -> {end[name]}")
        for name in ('lmp_tokens_total{kind="generated"}', 'lmp_tokens_total{kind="cached"}', "lmp_pages_evicted_total",
                     "lmp_preemptions_total", 'lmp_sequences_total{how="failed"}'):
            print(f"  {name} {end['metrics'][name]:.0f}")
        print("  " + ", ".join(f"{name} {count}" for name, count in self.done.most_common()))
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
    for words, share in (([], 0.7), (["--no-cache"], 0.3)):
        wrong += asyncio.run(Soak(flags, words, seconds * share, flags.seed).run())
    for line in wrong:
        print("WRONG: " + line)
    print(f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
