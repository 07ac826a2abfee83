#!/usr/bin/env python3
"""Random schemas, what a model of random weights writes under them, and python3-jsonschema's word.

    schema_outputs.py --tool build/release/tests/schema_outputs [--outputs 2000] [--seed 1]

Every output must parse and be valid, no state may be without a completion. Schemas that are refused
are counted, not judged. Vocabularies take turns: a byte-level one and SentencePiece's. Without the
package jsonschema, or without the test vocabularies, it says so and passes.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys

TOKENIZERS = pathlib.Path(__file__).resolve().parents[2] / "../shared/data/tokenizers"
VOCABULARIES = ["qwen2.5", "llama2"]
NAMES = ["a", "b", "name", "x-1", "größe", "long name", ""]
WORDS = ["a", "b", "ab", "red", "grün", "a\"b", "\\", "\n", "", "x" * 12]
PATTERNS = ["^[a-c]{2,5}$", "^(foo|ba[rz])+$", "[0-9]$", "^x-", "b.d", "^[^a-z]*$"]
FORMATS = ["ipv4", "email", "date", "uuid", "time", "hostname"]


class Schemas:
    def __init__(self, rng):
        self.rng = rng

    def some(self, share):
        return self.rng.random() < share

    def value(self, depth):
        kind = self.rng.randrange(8 if depth > 0 else 6)
        if kind < 2:
            return self.rng.choice([0, 1, -3, 12, 1000, 2.5, -0.5])
        if kind < 4:
            return self.rng.choice(WORDS)
        if kind < 6:
            return self.rng.choice([True, False, None])
        if kind == 6:
            return [self.value(depth - 1) for _ in range(self.rng.randrange(3))]
        return {n: self.value(depth - 1) for n in self.rng.sample(NAMES, 2)}

    def number(self, out):
        out["type"] = self.rng.choice(["integer", "integer", "number"])
        if self.some(0.5):
            out[self.rng.choice(["minimum", "exclusiveMinimum"])] = self.rng.randint(-200, 50)
        if self.some(0.5):
            out[self.rng.choice(["maximum", "exclusiveMaximum"])] = self.rng.randint(51, 5000)
        if out["type"] == "integer" and self.some(0.3):
            out["multipleOf"] = self.rng.choice([1, 2, 5, 7, 12])

    def string(self, out):
        out["type"] = "string"
        if self.some(0.4):
            out["minLength"] = self.rng.randrange(4)
        if self.some(0.4):
            out["maxLength"] = self.rng.randrange(3, 12)
        if self.some(0.3):
            out["pattern"] = self.rng.choice(PATTERNS)
        elif self.some(0.2):
            out["format"] = self.rng.choice(FORMATS)

    def array(self, out, depth):
        out["type"] = "array"
        if self.some(0.8):
            out["items"] = self.schema(depth - 1)
        if self.some(0.3):
            out["prefixItems"] = [self.schema(depth - 1) for _ in range(self.rng.randint(1, 2))]
        if self.some(0.4):
            out["minItems"] = self.rng.randrange(3)
        if self.some(0.4):
            out["maxItems"] = self.rng.randrange(2, 5)
        if self.some(0.1):
            out["contains"] = self.schema(0)
        if self.some(0.2):
            out["uniqueItems"] = True
            if self.some(0.7):  # of other items it is refused
                out["items"] = {"enum": self.rng.sample(WORDS + [0, 1, None], self.rng.randint(1, 6))}

    def object(self, out, depth):
        out["type"] = "object"
        names = self.rng.sample(NAMES, self.rng.randrange(4))
        out["properties"] = {name: self.schema(depth - 1) for name in names}
        if self.some(0.5):
            out["required"] = self.rng.sample(NAMES, self.rng.randrange(3))
        if self.some(0.6):
            out["additionalProperties"] = self.rng.choice([True, False, False, self.schema(0)])
        if self.some(0.2):
            out["patternProperties"] = {self.rng.choice(PATTERNS): self.schema(0)}
        if self.some(0.1):
            out["minProperties"] = self.rng.randrange(3)
        if self.some(0.1):
            out["maxProperties"] = self.rng.randrange(2, 5)
        if self.some(0.1):
            out["propertyNames"] = {"maxLength": self.rng.randint(1, 9)}
        if names and self.some(0.15):
            out["dependentRequired"] = {names[0]: self.rng.sample(NAMES, 1)}

    def schema(self, depth):
        if self.some(0.03):
            return True
        out = {}
        kind = self.rng.randrange(12 if depth > 0 else 6)
        if kind < 2:
            self.number(out)
        elif kind < 4:
            self.string(out)
        elif kind == 4:
            out["enum"] = [self.value(1) for _ in range(self.rng.randint(1, 4))]
        elif kind == 5:
            if self.some(0.5):
                out["const"] = self.value(1)
            else:
                out["type"] = self.rng.sample(["null", "boolean", "integer", "string"], 2)
        elif kind < 8:
            self.object(out, depth)
        elif kind == 8:
            self.array(out, depth)
        elif kind == 9:
            word = self.rng.choice(["anyOf", "anyOf", "oneOf", "allOf"])
            out[word] = [self.schema(depth - 1) for _ in range(self.rng.randint(1, 3))]
            if word == "oneOf" and self.some(0.7):  # others are often not disjoint
                out[word] = [{"type": "null"}, {"type": "array", "items": self.schema(0)}, {"const": "x"}]
        elif kind == 10:
            out["$ref"] = self.rng.choice(["#/$defs/tree", "#/$defs/pair"])
        else:
            out = self.schema(depth - 1)
            if isinstance(out, dict):
                out["not"] = self.rng.choice([{"const": self.value(0)}, {"type": "null"},
                                              {"enum": WORDS[:3]}, {"required": [NAMES[0]]}])
        if isinstance(out, dict) and out.get("type") == "object" and self.some(0.1):
            out["if"] = {"required": [NAMES[0]]}
            out["then"] = {"required": [NAMES[1]]}
        return out

    def whole(self):
        out = self.schema(3)
        if not isinstance(out, dict):
            out = {}
        text = json.dumps(out)
        if "#/$defs/" in text:
            out["$defs"] = {
                "tree": {"type": "object", "required": ["v"], "additionalProperties": False,
                         "properties": {"v": {"type": "integer", "maximum": 9},
                                        "l": {"type": "array", "maxItems": 2,
                                              "items": {"$ref": "#/$defs/tree"}}}},
                "pair": {"type": "array", "prefixItems": [self.schema(0), self.schema(0)],
                         "items": False, "minItems": 2},
            }
        return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--outputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("SKIPPED: the Python package jsonschema is not installed")
        return 0
    vocabularies = [name for name in VOCABULARIES if (TOKENIZERS / name).exists()]
    if not vocabularies:
        print("SKIPPED: the vocabularies of the test data are absent")
        return 0
    schemas = Schemas(random.Random(options.seed))
    tools = [subprocess.Popen([options.tool, str(TOKENIZERS / name), str(options.seed)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
             for name in vocabularies]
    counts = {"valid": 0, "refused": 0, "unknown": 0, "wrong": 0}
    keywords = {}
    while counts["valid"] + counts["wrong"] < options.outputs:
        schema = schemas.whole()
        text = json.dumps(schema)
        tool = tools[sum(counts.values()) % len(tools)]
        tool.stdin.write(text + "\n")
        tool.stdin.flush()
        line = tool.stdout.readline()
        if not line:
            print(f"the tool ended at {text}")
            return 1
        got = json.loads(line)
        if "text" not in got:
            word = "wrong" if "dead_end" in got else "refused" if "refused" in got else "unknown"
            counts[word] += 1
            if word == "wrong":
                print(f"dead end: {text}\n  behind {got['dead_end']!r}")
            continue
        try:
            value = json.loads(got["text"])
            errors = list(Draft202012Validator(
                schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(value))
        except ValueError as error:
            errors = [error]
        if errors:
            counts["wrong"] += 1
            print(f"wrong: {text}\n  {got['text']!r}\n  {errors[0]}")
            continue
        counts["valid"] += 1
        for word in set(part.split('"')[-1] for part in text.split('": ')):
            keywords[word] = keywords.get(word, 0) + 1
    for tool in tools:
        tool.stdin.close()
        tool.wait()
    print(", ".join(f"{name} {count}" for name, count in counts.items())
          + "; vocabularies " + ", ".join(vocabularies))
    known = ["pattern", "oneOf", "not", "if", "dependentRequired", "$ref", "contains",
             "propertyNames", "uniqueItems", "multipleOf", "patternProperties", "allOf", "format"]
    print("with " + ", ".join(f"{word} {keywords.get(word, 0)}" for word in known))
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
