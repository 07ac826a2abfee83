#!/usr/bin/env python3
"""Random types, what a model of random weights writes as one, and python3-jsonschema's word.

    type_outputs.py --lmp build/release/lmp [--types 1000] [--seed 1]

Each type is a program of its own with one `gen x: T`; its value, as JSON, must be valid under a JSON
Schema that this script writes beside the type. A generation that is not complete after its `max`
tokens is the failure `limit`, which is counted; any other failure is a mistake. Without the package
jsonschema it says so and passes.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

TEXTS = ["yes", "no", "a \\\"b\\\"", "rot und grün", "x", "42"]
PATTERNS = ["[a-c]{2,5}", "(foo|ba[rz])+x", "[0-9]{1,3}(-[0-9])?", "[A-Z][a-z]*\\\\.", "[^\\\"\\\\n]{3}"]
OPTIONS = {"temp": "1.0", "max": 600}


class Types:
    """Makes types; `declarations` is what the program must declare for them."""

    def __init__(self, rng):
        self.rng = rng
        self.declarations = []

    def name(self, prefix):
        return f"{prefix}{len(self.declarations)}"

    def some(self, share):
        return self.rng.random() < share

    # Each returns the type as written and its schema.
    def number(self):
        if self.some(0.5):
            low = self.rng.randint(-300, 300)
            high = low + self.rng.choice([0, 1, 9, 1000, 10**12])
            return f"int({low}..{high})", {"type": "integer", "minimum": low, "maximum": high}
        if self.some(0.3):
            return "int", {"type": "integer", "minimum": -2**63, "maximum": 2**63 - 1}
        low = self.rng.choice([-2.5, 0.0, 0.125])
        high = low + self.rng.choice([0.25, 1.0, 100.0])
        return f"float({low}..{high})", {"type": "number", "minimum": low, "maximum": high}

    def string(self):
        which = self.rng.randrange(3)
        if which == 0:
            low, high = self.rng.randrange(3), self.rng.randrange(3, 12)
            return f"string(min: {low}, max: {high})", {"type": "string", "minLength": low, "maxLength": high}
        if which == 1:
            pattern = self.rng.choice(PATTERNS)
            return f're"{pattern}"', {"type": "string", "pattern": f"^(?:{pattern})\\Z"}
        texts = self.rng.sample(TEXTS, 3)
        return " | ".join(f'"{t}"' for t in texts), {"enum": [json.loads(f'"{t}"') for t in texts]}

    def enumeration(self):
        name = self.name("E")
        self.declarations.append(f'enum {name} {{ a b = "the b" c = "ç" }}')
        return name, {"enum": ["a", "the b", "ç"]}

    def record(self, depth, tag=None):
        fields = [(f"f{i}", *self.any(depth - 1)) for i in range(self.rng.randrange(0 if tag else 1, 4))]
        name = self.name("R")
        self.declarations.append(f"record {name} {{ " + "  ".join(f"{n}: {t}" for n, t, _ in fields) + " }")
        properties = {n: s for n, _, s in fields}
        if tag:
            properties = {"kind": {"const": name}, **properties}
        return name, {"type": "object", "properties": properties, "required": list(properties),
                      "additionalProperties": False}

    def union(self, depth):
        members = [self.record(depth, tag=True) for _ in range(self.rng.randrange(2, 4))]
        name = self.name("U")
        self.declarations.append(f"type {name} = " + " | ".join(m for m, _ in members))
        return name, {"oneOf": [s for _, s in members]}

    def list(self, depth):
        inner, schema = self.any(depth - 1)
        low = self.rng.randrange(2)
        high = low + self.rng.randrange(3)
        return f"list<{inner}>({low}..{high})", {"type": "array", "items": schema, "minItems": low, "maxItems": high}

    def any(self, depth):
        makers = [self.number, self.string, lambda: ("bool", {"type": "boolean"}), self.enumeration]
        if depth > 0:
            makers += [lambda: self.record(depth), lambda: self.union(depth), lambda: self.list(depth)] * 2
        written, schema = self.rng.choice(makers)()
        if written.startswith("re"):
            written = f"string({written})"
        if self.some(0.15):
            name = self.name("T")
            self.declarations.append(f"type {name} = {written}")
            return f"{name}?", {"anyOf": [{"type": "null"}, schema]}
        if " | " in written:  # inside of `list<>` and of fields a name reads better
            name = self.name("T")
            self.declarations.append(f"type {name} = {written}")
            written = name
        return written, schema


def run(lmp, model, folder, rng):
    types = Types(rng)
    written, schema = types.any(3)
    options = ", ".join(f"{k}: {v}" for k, v in OPTIONS.items())
    program = "\n".join(types.declarations) + (
        f'\nfn main() -> {written} {{\n  user "Go on"\n  gen x: {written} with {options}\n  return x\n}}\n')
    file = folder / "t.lmp"
    file.write_text(program)
    done = subprocess.run([lmp, "run", str(file), "--model", str(model), "--json", "--seed", str(rng.randrange(2**31))],
                          capture_output=True, text=True, timeout=120, check=False)
    try:
        return program, schema, json.loads(done.stdout)
    except json.JSONDecodeError:
        return program, schema, {"ok": False, "error": {"kind": "no JSON", "message": done.stdout + done.stderr}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    parser.add_argument("--types", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    try:
        import jsonschema
    except ImportError:
        print("SKIPPED: the package jsonschema is not there")
        return 0
    rng = random.Random(args.seed)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="lmp-types-") as name:
        folder = pathlib.Path(name)
        model = folder / "m.gguf"
        subprocess.run([args.lmp, "model", "synth", str(model), "--shape", "tiny"], check=True, capture_output=True)
        for i in range(args.types):
            program, schema, result = run(args.lmp, model, folder, rng)
            if not result["ok"]:
                kind = result["error"]["kind"]
                counts[kind] += 1
                if kind != "limit":
                    print(f"type {i}: {result['error']}\n{program}")
                continue
            validator = jsonschema.Draft202012Validator(schema)
            error = next(validator.iter_errors(result["value"]), None)
            counts["wrong" if error else "valid"] += 1
            if error:
                print(f"type {i}: {error.message}\nvalue {json.dumps(result['value'])}\n{program}")
    print(f"{args.types} types: " + ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())))
    return 0 if set(counts) <= {"valid", "limit"} and counts["valid"] >= 0.9 * args.types else 1


if __name__ == "__main__":
    sys.exit(main())
