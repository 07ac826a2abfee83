#!/usr/bin/env python3
"""The members that OpenAI's specification requires, of every kind of answer, from one table; and the rules of its streams.

    openai_shapes_test.py --lmp BINARY [-v] [TestClass.test_name ...]

What stands in the members is for openai_test.py and openai_tools_test.py.
"""
import json
import unittest

import openai_test as base
from openai_test import CHAT_LOGPROBS, ERROR, TEXT, USAGE, missing

ADD = {"type": "function", "function": {"name": "add", "parameters": {
    "type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["a"]}}}
NAMED = {"type": "function", "function": {"name": "add"}}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"enum": ["yes", "no"]}}}

HEAD = {"id": str, "created": int, "model": "demo", "system_fingerprint": str}
FUNCTION = {"name": "add", "arguments": str}
CALL = {"id": str, "type": "function", "function": FUNCTION}
ENDS = ("stop", "length", "tool_calls")


def chat_of(message, logprobs=None, finish=ENDS):
    return {**HEAD, "object": "chat.completion", "usage": USAGE,
            "choices": [{"index": int, "finish_reason": finish, "logprobs": logprobs,
                         "message": {"role": "assistant", "refusal": None, **message}}]}


# What is asked -> the table of its answer. In it: a type, a value, a list of the same, several of which one is right.
MODEL = {"id": "demo", "object": "model", "created": int, "owned_by": str}
SAID = {"content": str}
ANSWERS = {
    "a chat": ({}, chat_of(SAID)),
    "several choices": ({"n": 3, "temperature": 1}, chat_of(SAID)),
    "a form": ({"response_format": FORM}, chat_of(SAID)),
    "log-probabilities": ({"logprobs": True}, chat_of(SAID, CHAT_LOGPROBS)),
    "the likeliest": ({"logprobs": True, "top_logprobs": 2}, chat_of(SAID, CHAT_LOGPROBS)),
    "a call": ({"tools": [ADD], "tool_choice": NAMED, "max_tokens": 60}, chat_of({"content": None, "tool_calls": [CALL]}, None, "tool_calls")),
    "calls": ({"tools": [ADD], "tool_choice": "required", "max_tokens": 200, "n": 2, "temperature": 1, "seed": 1},
              chat_of({"content": None, "tool_calls": [CALL]})),
    "no call": ({"tools": [ADD], "tool_choice": "none"}, chat_of(SAID)),
    "a call with log-probabilities": ({"tools": [ADD], "tool_choice": NAMED, "max_tokens": 60, "logprobs": True},
                                      chat_of({"content": None, "tool_calls": [CALL]}, (None, CHAT_LOGPROBS), "tool_calls")),
}
# Parts of a stream: of its chunks, and of the deltas of a choice in their order.
CHUNK = {**HEAD, "object": "chat.completion.chunk", "choices": [{"index": int, "delta": {}, "finish_reason": (None, *ENDS),
                                                                "logprobs": (None, CHAT_LOGPROBS)}]}
TEXT_CHUNK = {**HEAD, "object": "text_completion", "choices": [{"index": int, "text": str, "finish_reason": (None, *ENDS),
                                                               "logprobs": (None, {"tokens": [str], "token_logprobs": [float],
                                                                                   "top_logprobs": [{}], "text_offset": [int]})}]}
FIRST_DELTA = {"role": "assistant", "content": ("", None)}
FIRST_OF_CALL = {"index": int, "id": str, "type": "function", "function": {"name": "add", "arguments": ""}}
MORE_OF_CALL = {"index": int, "function": {"arguments": str}}


class Shapes(base.Client):
    def assertShape(self, value, table):
        self.assertEqual(missing(value, table), "", json.dumps(value)[:1000])

    def test_models(self):
        self.assertShape(self.ask("/v1/models", "", method="GET")[1], {"object": "list", "data": [MODEL]})
        self.assertEqual(len(self.ask("/v1/models", "", method="GET")[1]["data"]), 1)
        self.assertShape(self.ask("/v1/models/demo", "", method="GET")[1], MODEL)

    def test_answers(self):
        for name, (members, table) in ANSWERS.items():
            with self.subTest(name):
                status, answer, reply = self.chat("Who?", **members)
                self.assertEqual((status, reply.headers["Content-Type"]), (200, "application/json"), answer)
                self.assertShape(answer, table)
                self.assertEqual([choice["index"] for choice in answer["choices"]], list(range(members.get("n", 1))))
                for choice in answer["choices"]:  # a list of nothing has every shape
                    if choice["message"]["content"] is None:
                        self.assertGreater(len(choice["message"]["tool_calls"]), 0)
                    else:
                        self.assertNotIn("tool_calls", choice["message"])
                    if choice["logprobs"] is not None and members.get("top_logprobs"):
                        self.assertEqual({len(token["top_logprobs"]) for token in choice["logprobs"]["content"]}, {2})

    def test_texts(self):
        for members in ({}, {"n": 2}, {"logprobs": 0}, {"logprobs": 2}, {"echo": True}, {"prompt": [[5, 6], [7]]}):
            with self.subTest(members):
                status, answer, _ = self.complete(**{"prompt": "Who", **members})
                self.assertEqual(status, 200, answer)
                self.assertShape(answer, {**TEXT, **HEAD})
                for choice in answer["choices"]:
                    self.assertEqual(choice["logprobs"] is None, "logprobs" not in members)
                    if choice["logprobs"]:
                        self.assertEqual(len({len(values) for values in choice["logprobs"].values() if values is not None}), 1)

    def streamed(self, ask, with_usage, **members):
        more = {"stream_options": {"include_usage": True}} if with_usage else {}
        status, text, reply = ask(stream=True, **more, **members)
        self.assertEqual((status, reply.headers["Content-Type"]), (200, "text/event-stream"), text)
        # `data:` and nothing else: no other names of events, no line within one.
        self.assertTrue(all(block.startswith("data: ") and "\n" not in block for block in text.rstrip("\n").split("\n\n")), text)
        self.assertTrue(text.endswith("data: [DONE]\n\n"))
        chunks = self.chunks(text)
        self.assertEqual(len({chunk["id"] for chunk in chunks}), 1)
        self.assertEqual(len({chunk["created"] for chunk in chunks}), 1)
        if not with_usage:
            self.assertFalse(any("usage" in chunk for chunk in chunks))
            return chunks
        self.assertEqual((chunks[-1]["choices"], [chunk["usage"] for chunk in chunks[:-1]]), ([], [None] * (len(chunks) - 1)))
        self.assertShape(chunks[-1]["usage"], USAGE)
        return chunks[:-1]

    def test_streams_of_chats(self):
        for name, (members, _) in ANSWERS.items():
            for with_usage in (False, True):
                with self.subTest(name, with_usage=with_usage):
                    chunks = self.streamed(self.chat, with_usage, **members)
                    self.assertEqual([missing(chunk, CHUNK) for chunk in chunks], [""] * len(chunks))
                    self.assertTrue(all(len(chunk["choices"]) == 1 for chunk in chunks))
                    self.choices_of(chunks, members)

    def choices_of(self, chunks, members):
        # The first of each choice has its role, in the order of the choices.
        count = members.get("n", 1)
        firsts = chunks[:count]
        self.assertEqual([chunk["choices"][0]["index"] for chunk in firsts], list(range(count)))
        for index in range(count):
            mine = [chunk["choices"][0] for chunk in chunks if chunk["choices"][0]["index"] == index]
            self.assertShape(mine[0]["delta"], FIRST_DELTA)
            self.assertTrue(all("role" not in choice["delta"] for choice in mine[1:]))
            self.assertEqual([choice["finish_reason"] is None for choice in mine], [True] * (len(mine) - 1) + [False])
            calls = 0
            for delta in [delta for choice in mine for delta in choice["delta"].get("tool_calls", [])]:
                if delta["index"] == calls:
                    self.assertShape(delta, FIRST_OF_CALL)
                    calls += 1
                else:  # never the id or the name again
                    self.assertEqual(delta["index"], calls - 1)
                    self.assertShape(delta, MORE_OF_CALL)
                    self.assertEqual((set(delta), set(delta["function"])), ({"index", "function"}, {"arguments"}))
            if mine[-1]["finish_reason"] == "tool_calls":
                self.assertGreater(calls, 0)
                self.assertFalse(any(choice["delta"].get("content") for choice in mine))
            else:
                self.assertEqual(calls == 0, "tools" not in members or members["tool_choice"] == "none")

    def test_streams_of_texts(self):
        for members in ({}, {"n": 2, "temperature": 1}, {"logprobs": 2}, {"prompt": [[5, 6], [7]]}, {"echo": True}):
            for with_usage in (False, True):
                with self.subTest(members, with_usage=with_usage):
                    chunks = self.streamed(lambda **more: self.complete(**{"prompt": "Who", **more}), with_usage, **members)
                    self.assertEqual([missing(chunk, TEXT_CHUNK) for chunk in chunks], [""] * len(chunks))
                    finishes = {}
                    for choice in [choice for chunk in chunks for choice in chunk["choices"]]:
                        finishes.setdefault(choice["index"], []).append(choice["finish_reason"])
                    for found in finishes.values():
                        self.assertEqual([reason is None for reason in found], [True] * (len(found) - 1) + [False])

    def test_errors(self):
        """Whatever refuses: the object, its four keys, and no other type of content."""
        keyed = self.server("--api-key-file", "keys")
        short = self.server("--body-kb", "1")
        right = {"messages": [{"role": "user", "content": "?"}]}
        for status, asked in ((400, ("/v1/chat/completions", "{")), (400, ("/v1/chat/completions", {"messages": []})),
                              (400, ("/v1/completions", {"prompt": "word " * 6000})), (400, ("/v1/answer", {})),
                              (400, ("/v1/chat/completions", {**right, "tools": [ADD], "tool_choice": "never"})),
                              (400, ("/v1/programs/talk", {})), (401, ("/v1/chat/completions", right, keyed)),
                              (401, ("/v1/models", "", keyed, "GET")), (404, ("/v1/nothing", {})), (404, ("/v1/embeddings", {"input": "a"})),
                              (404, ("/v1/responses", {"input": "a"})), (404, ("/v1/models/none", "", None, "GET")),
                              (404, ("/v1/chat/completions", {**right, "model": "none"})), (405, ("/v1/models", {})),
                              (405, ("/v1/chat/completions", "", None, "GET")), (413, ("/v1/completions", {"prompt": "a" * 1100}, short)),
                              # The same in front of a stream.
                              (400, ("/v1/chat/completions", {**right, "stream": True, "n": 0})),
                              (400, ("/v1/completions", {"prompt": "word " * 6000, "stream": True}))):
            with self.subTest(asked[0], status=status):
                found, answer, reply = self.ask(*asked)
                self.assertEqual((found, reply.headers["Content-Type"]), (status, "application/json"), answer)
                self.assertShape(answer, ERROR)
                self.assertEqual(list(answer["error"])[:4], ["message", "type", "param", "code"])
                self.assertTrue(answer["error"]["message"] and answer["error"]["type"])
                if status == 405:
                    self.assertIn(reply.headers["Allow"], ("GET, HEAD", "POST"))


if __name__ == "__main__":
    base.main(__doc__)
