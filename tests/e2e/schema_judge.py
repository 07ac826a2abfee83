#!/usr/bin/env python3
"""Small tangled schemas, judged on every value of a small universe by python3-jsonschema.

    schema_judge.py --tool build/release/tests/schema_outputs [--schemas 10000] [--seed 1]

Counts at their edges (0, 1), `false` in places of schemas, and `not`, `oneOf`, `if` over arrays and
objects. Wrong: an invalid value is accepted, or a schema is said to have no value that has one.
Narrow (a valid value in a form that is not generated) is counted only. Without the package
jsonschema it says so and passes.
"""
import argparse
import itertools
import json
import random
import subprocess
import sys

KEYS = ["a", "b", "c"]
SCALARS = [None, True, 0, 3, 5, -5, 2.5, "", "a", "b", "ab"]


def universe():
    values = list(SCALARS)
    few = [3, 5, "a", True, []]
    for size in range(3):
        values += [list(items) for items in itertools.product(few, repeat=size)]
    values += [[[]], [[3]], [["a"]], [{}], [3, 3, 3], ["a", 5, "a"], ["a", "b", "ab"], [3, 5, 0],
               [None, True], [[], [], []]]
    for size in range(3):
        for keys in itertools.combinations(KEYS, size):
            values += [dict(zip(keys, items))
                       for items in itertools.product([3, "a", []], repeat=size)]
    return values + [{"a": 3, "b": 3, "c": 3}, {"a": "a", "b": "a", "c": "a"}, {"a": {}},
                     {"a": {"a": 3}}, {"a": {"b": "a"}}, {"": 3}, {"b": {"a": 3}, "c": 3}]


class Tangles:
    def __init__(self, rng):
        self.rng = rng

    def some(self, share):
        return self.rng.random() < share

    def scalar(self):
        return self.rng.choice([
            True, False, {}, {"type": "string"}, {"type": "integer"}, {"type": "array"},
            {"type": "object"}, {"type": ["string", "array"]}, {"const": 3}, {"const": "a"},
            {"enum": [3, 5, "a"]}, {"enum": ["a", "b"]}, {"minimum": 5, "multipleOf": 5},
            {"maximum": 3}, {"minLength": 1}, {"maxLength": 0}, {"const": []}, {"const": {"a": 3}},
            {"pattern": "^a"}, {"type": "number", "not": {"multipleOf": 5}}])

    def array(self, depth):
        out = {}
        if self.some(0.5):
            out["type"] = "array"
        if self.some(0.5):
            out["items"] = self.schema(depth - 1)
        if self.some(0.4):
            out["prefixItems"] = [self.schema(depth - 1) for _ in range(self.rng.randint(1, 2))]
        if self.some(0.3):
            out["minItems"] = self.rng.randrange(3)
        if self.some(0.4):
            out["maxItems"] = self.rng.randrange(3)
        if self.some(0.4):
            out["contains"] = self.schema(depth - 1)
            if self.some(0.4):
                out["minContains"] = self.rng.randrange(3)
            if self.some(0.4):
                out["maxContains"] = self.rng.randrange(3)
        if self.some(0.1):
            out["uniqueItems"] = True
        return out

    def object(self, depth):
        out = {}
        if self.some(0.5):
            out["type"] = "object"
        if self.some(0.6):
            names = self.rng.sample(KEYS, self.rng.randint(1, 2))
            out["properties"] = {name: self.schema(depth - 1) for name in names}
        if self.some(0.4):
            out["required"] = self.rng.sample(KEYS, self.rng.randint(1, 2))
        if self.some(0.4):
            out["additionalProperties"] = self.schema(depth - 1)
        if self.some(0.2):
            out["patternProperties"] = {self.rng.choice(["^a", "[bc]", "^c$", "."]):
                                        self.schema(depth - 1)}
        if self.some(0.2):
            out["minProperties"] = self.rng.randrange(3)
        if self.some(0.3):
            out["maxProperties"] = self.rng.randrange(3)
        if self.some(0.25):
            out["propertyNames"] = self.rng.choice(
                [False, {"enum": ["a", "b"]}, {"const": "c"}, {"maxLength": 1}, {"pattern": "[ab]"},
                 {"not": {"const": "a"}}, {"maxLength": 0}, {"type": "integer"}])
        if self.some(0.15):
            out["dependentRequired"] = {self.rng.choice(KEYS): self.rng.sample(KEYS, 1)}
        if self.some(0.1):
            out["dependentSchemas"] = {self.rng.choice(KEYS): self.schema(depth - 1)}
        return out

    def schema(self, depth):
        kind = self.rng.randrange(10)
        if depth <= 0 or kind < 2:
            return self.scalar()
        if kind < 5:
            out = self.array(depth)
        elif kind < 8:
            out = self.object(depth)
        else:
            out = {}
        if kind >= 8 or self.some(0.25):
            word = self.rng.choice(["not", "not", "anyOf", "oneOf", "oneOf", "allOf", "if"])
            if word == "not":
                out["not"] = self.schema(depth - 1)
            elif word == "if":
                out["if"] = self.schema(depth - 1)
                out[self.rng.choice(["then", "else"])] = self.schema(depth - 1)
            else:
                out[word] = [self.schema(depth - 1) for _ in range(self.rng.randint(1, 3))]
        return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--schemas", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--narrow", action="store_true", help="print what is narrow")
    options = parser.parse_args()
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("SKIPPED: the Python package jsonschema is not installed")
        return 0
    tangles = Tangles(random.Random(options.seed))
    texts = [json.dumps(value) for value in universe()]
    # A text that names a key twice counts as what a parser makes of it.
    texts += ['{"a": 3, "a": 3}', '{"c": 3, "c": 3}', '{"a": 3, "c": 3, "c": "a"}', '{"": 3, "": 3}']
    values = [json.loads(text) for text in texts]
    tool = subprocess.Popen([options.tool, "--match"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    counts = {"compiled": 0, "refused": 0, "empty": 0, "accepted": 0, "narrow": 0, "wrong": 0}
    for _ in range(options.schemas):
        schema = tangles.schema(3)
        tool.stdin.write(json.dumps({"schema": json.dumps(schema), "texts": texts}) + "\n")
        tool.stdin.flush()
        line = tool.stdout.readline()
        if not line:
            print(f"the tool ended at {json.dumps(schema)}")
            return 1
        got = json.loads(line)
        if "refused" in got and not got["empty"]:
            counts["refused"] += 1
            continue
        accepted = set(got.get("accepted", []))
        counts["empty" if "refused" in got else "compiled"] += 1
        validator = Draft202012Validator(schema)
        for i, value in enumerate(values):
            valid = validator.is_valid(value)
            counts["accepted"] += i in accepted
            if valid and i not in accepted:
                counts["narrow"] += 1
                if options.narrow:
                    print(f"narrow: {json.dumps(schema)}\n  {texts[i]}")
            wrong = i in accepted and not valid
            if wrong or (valid and "refused" in got):
                counts["wrong"] += 1
                print(f"{'wrong' if wrong else 'not empty'}: {json.dumps(schema)}\n  {texts[i]}")
                break
    tool.stdin.close()
    tool.wait()
    print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
