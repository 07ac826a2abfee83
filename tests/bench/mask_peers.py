#!/usr/bin/env python3
"""Token masks of llguidance and xgrammar beside `lmp bench mask`: same schemas, vocabulary, tokens,
rows, thread-CPU time.

Neither is a dependency. To install them, outside the repository:

    python3 -m venv VENV && VENV/bin/pip install llguidance xgrammar tiktoken numpy
    VENV/bin/python tests/bench/mask_peers.py --lmp build/release/lmp

An engine that is not installed is left out, with a line that says so; without the test data the
script says what is absent and ends with 3, as a bench does. A mask's time includes the call from
Python, about a microsecond. Each engine runs in a process of its own, one schema after the other on
one thread; where it dies, that schema counts as crashed and the rest goes on in a new process.
"""
import argparse
import base64
import gc
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tarfile
import time

DATA = pathlib.Path(__file__).resolve().parents[2] / "../shared/data"
SAMPLE = DATA / "json/maskbench-sample.tar.gz"
VOCABULARY = DATA / "tokenizers/llama3/tokenizer.model"
SPECIAL_COUNT = 256
END = 128009  # <|eot_id|>
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SHARES = {"p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99,
          "p999": 0.999, "max": 1.0}


def tasks(every):
    """(name, schema, [(text, valid)]) in the order and spelling of `lmp bench mask`."""
    found = []
    with tarfile.open(SAMPLE) as tar:
        for member in tar:
            if not member.name.endswith(".json"):
                continue
            content = json.load(tar.extractfile(member))
            if isinstance(content, dict) and "schema" in content:
                texts = [(json.dumps(t["data"], ensure_ascii=False), t["valid"])
                         for t in content.get("tests", [])]
                found.append((member.name, content["schema"], texts))
    found.sort(key=lambda task: pathlib.PurePath(task[0]).parts)
    return found[::every]


def encoding():
    import tiktoken

    ranks = {}
    for line in VOCABULARY.read_bytes().splitlines():
        if line.strip():
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    special = {f"<|special_{i}|>": len(ranks) + i for i in range(SPECIAL_COUNT)}
    return tiktoken.Encoding("llama3", pat_str=PATTERN, mergeable_ranks=ranks,
                             special_tokens=special)


class Llguidance:
    def __init__(self, vocabulary):
        import llguidance
        import llguidance.tiktoken
        import numpy

        self.version = importlib.metadata.version("llguidance")
        self.matcher = llguidance.LLMatcher
        self.tokenizer = llguidance.tiktoken.lltokenizer_from_encoding(
            vocabulary, n_vocab=vocabulary.n_vocab, eos_token=END,
            slices=llguidance.LLTokenizer.json_slices())
        self.bits = numpy.zeros((vocabulary.n_vocab + 31) // 32, dtype=numpy.int32)
        self.pointer = self.bits.ctypes.data
        self.words = self.bits

    def compile(self, schema):
        grammar = self.matcher.grammar_from_json_schema(schema, overrides={
            "whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "})
        made = self.matcher(self.tokenizer, grammar, log_level=0)
        if made.is_error():
            raise ValueError(made.get_error())
        return made

    def start(self, compiled):
        return compiled.deep_copy()

    def mask(self, matcher):
        matcher.unsafe_compute_mask_ptr(self.pointer, self.bits.nbytes)

    def accept(self, matcher, token):
        return matcher.consume_token(token)


class Xgrammar:
    def __init__(self, vocabulary):
        import xgrammar

        self.version = importlib.metadata.version("xgrammar")
        count = vocabulary.n_vocab
        tokens = [vocabulary.decode_single_token_bytes(i) for i in range(count - SPECIAL_COUNT)]
        tokens += [f"<|special_{i}|>".encode() for i in range(SPECIAL_COUNT)]
        info = xgrammar.TokenizerInfo(tokens, xgrammar.VocabType.RAW, vocab_size=count,
                                      stop_token_ids=[END])
        self.compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        self.matcher = xgrammar.GrammarMatcher
        self.bits = xgrammar.allocate_token_bitmask(1, count)
        self.words = self.bits.numpy()[0]

    def compile(self, schema):
        return self.compiler.compile_json_schema(schema, any_whitespace=False, strict_mode=False)

    def start(self, compiled):
        return self.matcher(compiled)

    def mask(self, matcher):
        matcher.fill_next_token_bitmask(self.bits)

    def accept(self, matcher, token):
        return matcher.accept_token(token)


ENGINES = {"llguidance": Llguidance, "xgrammar": Xgrammar}


def follow(engine, compiled, tokens, times):
    matcher = engine.start(compiled)
    for token in tokens:
        begin = time.thread_time_ns()
        engine.mask(matcher)
        times.append((time.thread_time_ns() - begin) * 1e-3)
        if not (int(engine.words[token >> 5]) >> (token & 31)) & 1:
            return False
        if token == END:
            return True
        if not engine.accept(matcher, token):
            return False
    return False


def work(name, first, every):
    """One line of JSON for each schema from number `first` on."""
    vocabulary = encoding()
    engine = ENGINES[name](vocabulary)
    gc.disable()
    print(json.dumps({"version": engine.version}), flush=True)
    for _, schema, texts in tasks(every)[first:]:
        text = json.dumps(schema, ensure_ascii=False)
        out = {"times": [], "outcome": "right"}
        begin = time.thread_time_ns()
        try:
            compiled = engine.compile(text)
            engine.mask(engine.start(compiled))
        except Exception as error:  # the engine's own classes differ
            out = {"times": [], "outcome": "refused", "error": str(error)[:200]}
            compiled = None
        if compiled is not None:
            out["first_ms"] = (time.thread_time_ns() - begin) * 1e-6
            for instance, valid in texts:
                tokens = vocabulary.encode_ordinary(instance) + [END]
                accepted = follow(engine, compiled, tokens, out["times"])
                if accepted and not valid:
                    out["outcome"] = "accepts_invalid"
                elif valid and not accepted and out["outcome"] == "right":
                    out["outcome"] = "rejects_valid"
        print(json.dumps(out), flush=True)
        gc.collect()


def summary(prefix, suffix, values):
    values.sort()
    rows = {f"{prefix}mean{suffix}": sum(values) / max(len(values), 1)}
    for name, share in SHARES.items():
        rows[f"{prefix}{name}{suffix}"] = values[int(share * (len(values) - 1))] if values else 0
    return rows


def measure(name, every):
    count, results, version = len(tasks(every)), [], ""
    while len(results) < count:
        process = subprocess.Popen(
            [sys.executable, __file__, "--work", name, "--first", str(len(results)), "--every",
             str(every)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines = iter(process.stdout)
        head = next(lines, None)
        if head is None:
            return None
        version = json.loads(head)["version"]
        results += [json.loads(line) for line in lines]
        process.wait()
        if len(results) < count:
            results.append({"times": [], "outcome": "crashed"})
    outcomes = [r["outcome"] for r in results]
    masks = [t for r in results for t in r["times"]]
    rows = summary("mask_", "_us", masks)
    rows |= summary("first_mask_", "_ms", [r["first_ms"] for r in results if "first_ms" in r])
    rows["schemas_right_pct"] = 100 * outcomes.count("right") / count
    for outcome in ("accepts_invalid", "rejects_valid", "refused", "crashed"):
        rows[outcome] = outcomes.count(outcome)
    rows["masks"] = len(masks)
    return version, rows


def ours(lmp):
    out = subprocess.run([lmp, "bench", "mask", "--json", "--reps", "1"], capture_output=True,
                         text=True, check=True)
    found = json.loads(out.stdout)
    return found["commit"], {row["row"]: row["value"] for row in found["rows"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lmp", help="the binary; without it only the others run")
    parser.add_argument("--every", type=int, default=1, help="of the others: every Nth schema")
    parser.add_argument("--engines", default="llguidance,xgrammar")
    parser.add_argument("--work", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for path in (SAMPLE, VOCABULARY):
        if not path.exists():
            print(f"SKIPPED: {path} is absent")
            sys.exit(3)
    if options.work:
        return work(options.work, options.first, options.every)
    columns = {}
    if options.lmp:
        commit, rows = ours(options.lmp)
        columns[f"lmp {commit}"] = rows
    for name in options.engines.split(","):
        measured = measure(name, options.every)
        if measured is None:
            print(f"SKIPPED: {name} cannot be loaded; see the head of {__file__}")
            continue
        columns[f"{name} {measured[0]}"] = measured[1]
    names = sorted({row for rows in columns.values() for row in rows})
    print(" | ".join(["row", *columns]))
    for row in names:
        print(" | ".join([row, *(f"{rows.get(row, 0):.4g}" for rows in columns.values())]))


if __name__ == "__main__":
    main()
