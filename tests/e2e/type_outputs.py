#!/usr/bin/env python3
"""Random types, what a model of random weights writes as one, and python3-jsonschema's word.

    type_outputs.py --lmp build/release/lmp [--types 1000] [--seed 1]

Each type is a program of its own with one `gen x: T`; its value, as JSON, must be valid under a JSON
Schema that this script writes beside the type. Some bounds, sizes and choices are holes: parameters
of the program, known only when it runs. The models differ in their vocabulary: a simple one, and
where the test data are there SentencePiece's and a byte-level one, which take longer to load and
get fewer types. A generation that is not complete after its `max` tokens is the failure `limit`,
which is counted; any other failure is a mistake. Without the package jsonschema it says so and
passes.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

TOKENIZERS = pathlib.Path(__file__).resolve().parents[2] / "../shared/data/tokenizers"
MODELS = [("simple", 12), ("llama2", 3), ("qwen2.5", 1)]  # and how many types of 16
TEXTS = ["yes", "no", "a \\\"b\\\"", "rot und grün", "x", "42"]
PATTERNS = ["[a-c]{2,5}", "(foo|ba[rz])+x", "[0-9]{1,3}(-[0-9])?", "[A-Z][a-z]*\\\\.", "[^\\\"\\\\n]{3}"]
OPTIONS = {"temp": "1.0", "max": 600}


@dataclass
class Type:
    written: str  # behind `gen x:`
    schema: dict
    plain: str = ""  # as a result, without what is known only at run time
    holes: list = field(default_factory=list)  # names of the parameters in `written`

    def __post_init__(self):
        self.plain = self.plain or self.written


class Types:
    """Makes types; `declarations` and `parameters` are what the program must declare for them."""

    def __init__(self, rng):
        self.rng = rng
        self.declarations = []
        self.parameters = {}  # name: (type, value)
        self.fixed = 0  # above 0: no holes

    def name(self, prefix):
        return f"{prefix}{len(self.declarations)}"

    def some(self, share):
        return self.rng.random() < share

    def hole(self, share=0.3):
        return not self.fixed and self.some(share)

    def parameter(self, type_, value):
        name = f"p{len(self.parameters)}"
        self.parameters[name] = (type_, value)
        return name

    def number(self):
        low = self.rng.randint(-300, 300)
        high = low + self.rng.choice([0, 1, 9, 1000, 10**12])
        if self.hole():
            name = self.parameter("int", high)
            return Type(f"int({low}..{name})", {"type": "integer", "minimum": low, "maximum": high}, "int", [name])
        if self.some(0.5):
            return Type(f"int({low}..{high})", {"type": "integer", "minimum": low, "maximum": high})
        if self.some(0.3):
            return Type("int", {"type": "integer", "minimum": -2**63, "maximum": 2**63 - 1})
        low = self.rng.choice([-2.5, 0.0, 0.125])
        high = low + self.rng.choice([0.25, 1.0, 100.0])
        return Type(f"float({low}..{high})", {"type": "number", "minimum": low, "maximum": high})

    def string(self):
        if self.hole():
            texts = [json.loads(f'"{t}"') for t in self.rng.sample(TEXTS, 3)] + ["z" * self.rng.randrange(20)]
            name = self.parameter("list<string>", texts)
            return Type(f"string in {name}", {"enum": texts}, "string", [name])
        which = self.rng.randrange(3)
        if which == 0:
            low, high = self.rng.randrange(3), self.rng.randrange(3, 12)
            return Type(f"string(min: {low}, max: {high})", {"type": "string", "minLength": low, "maxLength": high})
        if which == 1:
            pattern = self.rng.choice(PATTERNS)
            return Type(f'string(re"{pattern}")', {"type": "string", "pattern": f"^(?:{pattern})\\Z"})
        texts = self.rng.sample(TEXTS, 3)
        # Inside of `list<>` and of fields a name reads better.
        return self.named(Type(" | ".join(f'"{t}"' for t in texts), {"enum": [json.loads(f'"{t}"') for t in texts]}))

    def named(self, of):
        name = self.name("T")
        self.declarations.append(f"type {name} = {of.written}")
        return Type(name, of.schema)

    def enumeration(self):
        name = self.name("E")
        self.declarations.append(f'enum {name} {{ a b = "the b" c = "ç" }}')
        return Type(name, {"enum": ["a", "the b", "ç"]})

    def record(self, depth, tag=None):
        fields = [(f"f{i}", self.any(depth - 1)) for i in range(self.rng.randrange(0 if tag else 1, 4))]
        name = self.name("R")
        holes = sorted({hole for _, f in fields for hole in f.holes})
        takes = "(" + ", ".join(f"{h}: {self.parameters[h][0]}" for h in holes) + ")" if holes else ""
        self.declarations.append(
            f"record {name}{takes} {{ " + "  ".join(f"{n}: {f.written}" for n, f in fields) + " }")
        properties = {n: f.schema for n, f in fields}
        if tag:
            properties = {"kind": {"const": name}, **properties}
        schema = {"type": "object", "properties": properties, "required": list(properties),
                  "additionalProperties": False}
        return Type(name + ("(" + ", ".join(holes) + ")" if holes else ""), schema, name, holes)

    def union(self, depth):
        self.fixed += 1
        members = [self.record(depth, tag=True) for _ in range(self.rng.randrange(2, 4))]
        self.fixed -= 1
        return self.named(Type(" | ".join(m.written for m in members), {"oneOf": [m.schema for m in members]}))

    def list(self, depth):
        inner = self.any(depth - 1)
        low = self.rng.randrange(2)
        high = low + self.rng.randrange(3)
        schema = {"type": "array", "items": inner.schema, "minItems": low, "maxItems": high}
        if self.hole():
            name = self.parameter("int", high)
            return Type(f"list<{inner.written}>({low}..{name})", schema, f"list<{inner.plain}>", inner.holes + [name])
        return Type(f"list<{inner.written}>({low}..{high})", schema, f"list<{inner.plain}>", inner.holes)

    def any(self, depth):
        makers = [self.number, self.string, lambda: Type("bool", {"type": "boolean"}), self.enumeration]
        if depth > 0:
            makers += [lambda: self.record(depth), lambda: self.union(depth), lambda: self.list(depth)] * 2
        made = self.rng.choice(makers)()
        if self.some(0.15) and not made.holes:
            made = self.named(made)
            return Type(f"{made.written}?", {"anyOf": [{"type": "null"}, made.schema]})
        return made


def run(lmp, model, folder, rng):
    types = Types(rng)
    made = types.any(3)
    options = ", ".join(f"{k}: {v}" for k, v in OPTIONS.items())
    parameters = ", ".join(f"{name}: {type_}" for name, (type_, _) in types.parameters.items())
    program = "\n".join(types.declarations) + (
        f'\nfn main({parameters}) -> {made.plain} {{\n  user "Go on"\n'
        f'  gen x: {made.written} with {options}\n  return x\n}}\n')
    file = folder / "t.lmp"
    file.write_text(program)
    arguments = json.dumps({name: value for name, (_, value) in types.parameters.items()})
    done = subprocess.run([lmp, "run", str(file), "--model", str(model), "--json", "--seed", str(rng.randrange(2**31)),
                           "--args-json", arguments],
                          capture_output=True, text=True, timeout=120, check=False)
    program += f"// {arguments}\n"
    try:
        return program, made, json.loads(done.stdout)
    except json.JSONDecodeError:
        return program, made, {"ok": False, "error": {"kind": "no JSON", "message": done.stdout + done.stderr}}


def make_models(lmp, folder):
    """A list of models, each as often as it gets types."""
    out = []
    for name, share in MODELS:
        if name != "simple" and not (TOKENIZERS / name).exists():
            continue
        file = folder / f"{name}.gguf"
        words = [] if name == "simple" else ["--tokenizer", str(TOKENIZERS / name)]
        subprocess.run([lmp, "model", "synth", str(file), "--shape", "tiny", *words], check=True, capture_output=True)
        out += [(name, file)] * share
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    parser.add_argument("--types", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    try:
        import jsonschema
    except ImportError:
        print("SKIPPED: the Python package jsonschema is not installed")
        return 0
    rng = random.Random(args.seed)
    counts = collections.Counter()
    of_model = collections.Counter()
    holes = 0
    with tempfile.TemporaryDirectory(prefix="lmp-types-") as name:
        folder = pathlib.Path(name)
        models = make_models(args.lmp, folder)
        for i in range(args.types):
            model, file = models[i % len(models)]
            program, made, result = run(args.lmp, file, folder, rng)
            of_model[model] += 1
            holes += bool(made.holes)
            if not result["ok"]:
                failure = result.get("failure") or result["error"]
                counts[failure["kind"]] += 1
                if failure["kind"] != "limit":
                    print(f"type {i}, {model}: {failure}\n{program}")
                continue
            error = next(jsonschema.Draft202012Validator(made.schema).iter_errors(result["value"]), None)
            counts["wrong" if error else "valid"] += 1
            if error:
                print(f"type {i}, {model}: {error.message}\nvalue {json.dumps(result['value'])}\n{program}")
    print(f"{args.types} types, {holes} with holes: " + ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())))
    print("vocabularies: " + ", ".join(f"{model} {n}" for model, n in of_model.items()))
    return 0 if set(counts) <= {"valid", "limit"} and counts["valid"] >= 0.9 * args.types else 1


if __name__ == "__main__":
    sys.exit(main())
