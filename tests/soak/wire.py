"""How the soak talks to a server: one connection, raw, so that it can be rude; and what an answer says."""
import asyncio
import json
import re
import socket
import struct


class Wrong(Exception):
    """Something that the server must not do."""


class Wire:
    """One connection; raw, so that it can be rude."""

    def __init__(self, port, key=None):
        self.port, self.key, self.loop, self.rest = port, key, asyncio.get_running_loop(), b""
        self.socket = socket.socket()
        self.socket.setblocking(False)

    async def __aenter__(self):
        await self.loop.sock_connect(self.socket, ("127.0.0.1", self.port))
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
        more = b"Connection: close\r\n" if close else b""
        await self.send(self.keyed(b"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %d\r\n\r\n%s" % (
            method.encode(), path.encode(), more, len(data), data)))

    def keyed(self, request):
        """With the key behind the first line."""
        return request if self.key is None else request.replace(b"\r\n", b"\r\nX-Api-Key: %s\r\n" % self.key.encode(), 1)

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
        self.headers, self.last = headers, headers.get("connection") == "close"
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


def counted(usage):
    """What of a usage is the same whatever is cached."""
    return usage["prompt_tokens"], usage["completion_tokens"]


def events_of(text):
    events = [event for event in text.decode().split("\n\n") if event and not event.startswith(":")]
    if not events or not events[0].startswith("event:"):
        return events
    return [(event.split("\n")[0][7:], json.loads(event.split("\n")[1][6:])) for event in events]


def whole(path, text):
    """What an answer says, whether it came in one piece or as a stream."""
    streamed = text.startswith((b"data:", b"event:", b":"))
    if path == "/v1/answer":
        return whole_answer(text, streamed)
    if "programs" in path or "playground" in path:
        return whole_run(text, streamed)
    return whole_choices(text, streamed)


def last_of(events):
    if events[-1][0] != "done":
        raise Wrong(f"a stream ended with {events[-1]}")
    return events[-1][1]


def whole_answer(text, streamed):
    """Text, citations and whether they are exact."""
    events = events_of(text) if streamed else []
    said = last_of(events) if streamed else json.loads(text)
    if streamed and "".join(data["text"] for name, data in events if name == "text") != said["text"]:
        raise Wrong(f"the pieces of an answer are not its text: {events}")
    if said["exact"] != (said["usage"]["approximate_tokens"] == 0):
        raise Wrong(f"an answer says that it is exact, or not, against its own counts: {said}")
    return said["text"], said["citations"], said["exact"], counted(said["usage"])


def whole_run(text, streamed):
    events = events_of(text) if streamed else []
    said = last_of(events) if streamed else json.loads(text)
    emitted = "".join(data["text"] for name, data in events if name == "text") if streamed else said["text"]
    for call in said.get("calls", []):  # of the playground
        if not {"prompt_tokens", "cached_tokens", "parts"} <= set(call) or call["cached_tokens"] > call["prompt_tokens"]:
            raise Wrong(f"a call of a run is told as {call}")
    return said["value"], emitted, said["usage"]["approximate_tokens"] == 0, counted(said["usage"])


def whole_choices(text, streamed):
    if not streamed:
        answer = json.loads(text)
        out = []
        for choice in plain(answer["choices"]):
            said = choice.get("message", {})
            calls = [(call["function"]["name"], call["function"]["arguments"]) for call in said.get("tool_calls", [])]
            scores = join(None, choice["logprobs"]) if choice["logprobs"] else None
            out.append([said.get("content") or choice.get("text") or "", calls, choice["finish_reason"], scores or None])
        return out, counted(answer["usage"])
    events = events_of(text)
    if events[-1] != "data: [DONE]":
        raise Wrong(f"a stream ended with {events[-1][:300]}")
    out, chunks = {}, [json.loads(event[6:]) for event in events[:-1]]
    for chunk in chunks:
        for choice in chunk.get("choices", []):
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
            for _, (text, calls, finish, scores) in sorted(out.items())], counted(chunks[-1]["usage"])


def join(before, more):
    if "content" in more:
        return (before or []) + more["content"]
    return {name: (before or {}).get(name, []) + values for name, values in more.items() if values}


def must_refuse(what, status, text, statuses):
    """An error's object with its four keys."""
    if status not in statuses:
        raise Wrong(f"{what!r}: status {status}, expected {statuses}: {text[:300]}")
    if status != 200 and list(json.loads(text)["error"])[:4] != ["message", "type", "param", "code"]:
        raise Wrong(f"{what!r}: {text[:300]}")
