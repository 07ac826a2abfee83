#!/usr/bin/env python3
"""Random requests of OpenAI's clients: a stream put together is the whole answer, and a crowd is told what each is told alone.

    openai_streams_test.py --lmp BINARY [-v] [TestClass.test_name ...]

LMP_SEED=N draws others. Biases to single bytes break characters over tokens and make texts that are no UTF-8.
"""
import concurrent.futures
import json
import os
import random
import unittest

import openai_test as base

SEED = int(os.environ.get("LMP_SEED", "1"))
BYTES = range(6, 262)  # tokens of one byte, in the demo model's vocabulary


def tool(name):
    return {"type": "function", "function": {"name": name, "parameters": {
        "type": "object", "properties": {"a": {"type": "integer"}, "s": {"enum": ["é😀", "x\"}", "\u2028"]}}, "required": ["a", "s"]}}}


TOOLS = [tool("f"), tool("g_1")]
FORMS = ({"response_format": {"type": "json_object"}}, {"grammar": 'root ::= ("é" | "日本" | "😀" | "a")+ "."'}, {}, {}, {})
STOPS = ("a", "e", "an", " t", "é", "in ", "{", "as", "sss", '"', "😀")


def draw(chance, is_chat):
    """A right request."""
    members = {"temperature": chance.choice([0, 0.7, 1, 2]), "seed": chance.randrange(-2**40, 2**40),
               "max_tokens": chance.choice([1, 2, 5, 17, 40, 80]), **chance.choice(FORMS)}
    if chance.random() < 0.4:
        members["n"] = chance.randrange(2, 6)
    if chance.random() < 0.5:
        members["logprobs"] = True if is_chat else chance.randrange(6)
        if is_chat:
            members["top_logprobs"] = chance.choice([None, 0, 3, 20])
    if chance.random() < 0.5:
        members["logit_bias"] = {str(i): chance.choice([3, 9]) for i in BYTES}
    if chance.random() < 0.3:
        members["return_token_ids"] = True
    if is_chat and "grammar" not in members and chance.random() < 0.3:
        members.pop("response_format", None)
        members.update(tools=TOOLS, tool_choice=chance.choice(["auto", "required", "none", {"type": "function", "function": {"name": "g_1"}}]),
                       parallel_tool_calls=chance.choice([None, False]), max_tokens=chance.choice([3, 30, 200]))
    elif chance.random() < 0.4:
        members["stop"] = chance.sample(STOPS, chance.randrange(1, 4))
    if not is_chat:
        members["prompt"] = chance.choice(["Ann is", "😀 é", ["a", "b"], [[300, 301], [302]]])
        members["echo"] = chance.choice([True, None]) if isinstance(members["prompt"], str) and "logprobs" not in members else None
    return members


def scores_of(found, more):
    """Log-probabilities so far, and nothing where there are none; where tokens stand in a text is not compared."""
    if not more or not more.get("content", more.get("tokens")):
        return found
    if "content" in more:
        return (found or []) + more["content"]
    return {name: (found or {}).get(name, []) + more[name] for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset")}


def told(choices):
    """Of each choice what it says: text, calls without ids, how it ended, log-probabilities, token ids."""
    found = {}
    for choice in choices:
        said = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
        mine = found.setdefault(choice["index"], {"text": "", "calls": [], "ends": None, "scores": None, "ids": None})
        mine["text"] += said.get("content") or ""
        for call in said.get("tool_calls", []):
            if "id" in call:
                mine["calls"].append([call["function"]["name"], ""])
            mine["calls"][-1][1] += call["function"]["arguments"]
        mine["ends"] = choice["finish_reason"] or mine["ends"]
        mine["scores"] = scores_of(mine["scores"], choice.get("logprobs"))
        if "token_ids" in choice:
            mine["ids"] = (mine["ids"] or []) + choice["token_ids"]
    return [(mine["text"], mine["calls"], mine["ends"], mine["scores"], mine["ids"]) for _, mine in sorted(found.items())]


class Streams(base.Client):
    def both(self, is_chat, members):
        """The answer, whole and put together; with the usage of each, without what depends on the cache."""
        ask = self.chat if is_chat else self.complete
        status, whole, _ = ask(**members)
        self.assertEqual(status, 200, (members, whole))
        status, text, _ = ask(stream=True, stream_options={"include_usage": True}, **members)
        self.assertEqual(status, 200, (members, text))
        chunks = self.chunks(text)
        usages = [(usage["prompt_tokens"], usage["completion_tokens"]) for usage in (whole["usage"], chunks[-1]["usage"])]
        return (told(whole["choices"]), usages[0]), (told([choice for chunk in chunks for choice in chunk["choices"]]), usages[1])

    def test_a_stream_is_the_whole(self):
        chance = random.Random(SEED)
        seen = set()
        for number in range(100):
            is_chat = chance.random() < 0.6
            members = draw(chance, is_chat)
            whole, stream = self.both(is_chat, members)
            self.assertEqual(stream, whole, (number, members))
            for text, calls, ends, scores, _ in whole[0]:
                seen.add(ends)
                with self.subTest(number, members=members, text=text, calls=calls):
                    self.holds(members, is_chat, text, calls, ends, scores)
        self.assertEqual(seen, {"stop", "length", "tool_calls"})

    def holds(self, members, is_chat, text, calls, ends, scores):
        """What is promised of one choice."""
        if not members.get("echo"):
            self.assertFalse([stop for stop in members.get("stop", []) if stop in text])
        if ends == "tool_calls":
            self.assertTrue(calls and all(set(json.loads(arguments)) == {"a", "s"} for _, arguments in calls))
        if scores and is_chat and not calls and members.get("tool_choice", "none") == "none" and "\ufffd" not in text:
            bytes_of = b"".join(bytes(token["bytes"]) for token in scores)
            # A character that was cut stands in the tokens alone.
            self.assertEqual(bytes_of.decode(errors="ignore"), text)
        if ends == "stop" and "stop" not in members and not members.get("echo"):
            if "response_format" in members:
                json.loads(text)
            if "grammar" in members:
                self.assertRegex(text, r"^(é|日本|😀|a)+\.$")

    def test_a_crowd_is_told_what_each_is_told_alone(self):
        """In a pool so small that it evicts and preempts, by steps that cut prompts."""
        port = self.server("--kv-mb", "4", "--step-tokens", "64")
        chance = random.Random(SEED)
        asked = []
        for number in range(60):
            members = draw(chance, True)
            members["messages"] = [{"role": "system", "content": "x y z " * chance.choice([1, 40, 80])}, {"role": "user", "content": f"q{number % 7}"}]
            asked.append(members)

        def ask(members):
            status, answer, _ = self.chat(port=port, **members)
            self.assertEqual(status, 200, answer)
            return told(answer["choices"])
        alone = [ask({**members, "cache_salt": f"alone {number}"}) for number, members in enumerate(asked)]
        before = self.counters(port)["lmp_pages_evicted_total"]
        order = list(range(len(asked)))
        for _ in range(2):
            chance.shuffle(order)
            with concurrent.futures.ThreadPoolExecutor(24) as pool:
                for number, said in zip(order, pool.map(ask, [asked[number] for number in order])):
                    self.assertEqual(said, alone[number], asked[number])
        self.assertGreater(self.counters(port)["lmp_pages_evicted_total"], before)


if __name__ == "__main__":
    base.main(__doc__)
