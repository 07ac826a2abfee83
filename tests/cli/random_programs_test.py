#!/usr/bin/env python3
"""Random programs that are right: they compile, and the passes change no value.

What is generated mixes what is easily lowered wrong: effects, leaving a block early, `try` with retries,
forks, contexts, tools that may be asked twice. It is written to keep to the rules, so whatever `lmp check`
says of it is a fault. Each program of the second test runs on the demo model with all passes and with none.
"""

import argparse
import http.server
import pathlib
import random
import subprocess
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples/models/demo/demo.gguf"
OTHERS = ("unroll_loops", "fold_text", "parallelize", "pipeline", "early_start", "last_use")
DECLARATIONS = """
config {{ allow: ["127.0.0.1:{port}"] }}
@effect(read) @timeout(5s) tool look(x: string) -> int = http.get("http://127.0.0.1:{port}/look", query: {{ x: x }})
@effect(write) @timeout(5s) tool put(x: string) -> int = http.get("http://127.0.0.1:{port}/put", query: {{ x: x }})
@effect(write) @idempotent @timeout(5s) tool set(x: string) -> int = http.get("http://127.0.0.1:{port}/set", query: {{ x: x }})
fn say(n: int) -> int {{ emit "${{n}} " return n }}
fn next(n: int) -> int {{ return n + 1 }}
fn ask(n: int) -> int {{ user "n ${{n}}" gen k: int(0..9) with max: 3 return k }}
fn positive(n: int) -> int {{ check n > 0 return n }}
fn small(n: int(0..5)) -> int(0..9) {{ return n + 2 }}
"""


class Writer:
    """Writes one function. A block is a list of statements; what may stand in it follows from where it is."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def program(self, port):
        body = self.block(["n"], [], 4, frozenset())
        return DECLARATIONS.format(port=port) + "fn main(n: int = 2) -> int {\n" + body + "\n  return n\n}\n"

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def number(self, names, depth=2):
        roll = self.random.random()
        if depth == 0 or roll < 0.4:
            return self.random.choice([str(self.random.randint(-3, 9)), *names])
        inner = lambda: self.number(names, depth - 1)
        return self.random.choice([
            lambda: f"({inner()} {self.random.choice('+-*')} {inner()})",
            lambda: f"{self.random.choice(['next', 'ask', 'positive'])}({inner()})",
            lambda: f"small(next({inner()}))",  # not known when the program is compiled
            lambda: f'look("${{{inner()}}}")',
            lambda: f"(try {inner()} else {inner()})",
            lambda: f"({self.condition(names, depth - 1)} ? {inner()} : {inner()})",
        ])()

    def condition(self, names, depth=1):
        return f"{self.number(names, depth)} {self.random.choice(['<', '>', '==', '!='])} {self.number(names, depth)}"

    def block(self, names, variables, depth, place):
        names, variables, lines = list(names), list(variables), []
        for _ in range(self.random.randint(1, 3)):
            line = self.statement(names, variables, depth, place)
            lines.append(line)
            if line in ("break", "continue") or line.startswith("return"):
                break
        return "\n".join(lines)

    def statement(self, names, variables, depth, place):
        inside = lambda *more: self.block(names, variables, depth - 1, place | set(more))
        kinds = ["let", "var", "set", "user", "gen", "check"]
        if "fork" not in place:
            kinds += ["idempotent"]
            if "retry" not in place:
                kinds += ["emit", "say", "put"]
        if depth > 0:
            kinds += ["if", "else", "match", "for", "while", "try", "else", "retry", "budget", "fork", "context"]
        if "loop" in place:
            kinds += ["leave"]
        if not place & {"fork", "retry"}:
            kinds += ["return"]
        kind = self.random.choice(kinds)
        if kind == "set":
            return f"{self.random.choice(variables)} = {self.number(names)}" if variables and "fork" not in place else 'user "z"'
        if kind in ("let", "var", "gen", "say", "put", "idempotent"):
            name = self.name()
            value = {"say": f"say({self.number(names, 1)})", "put": 'put("x")', "idempotent": 'set("x")'}.get(kind) or self.number(names)
            names.append(name)
            if kind == "var":
                variables.append(name)
            return f"gen {name}: int(0..9) with max: 4" if kind == "gen" else f"{'var' if kind == 'var' else 'let'} {name} = {value}"
        if kind == "leave":
            return self.random.choice(["break", "continue"])
        loop_name = self.name()
        simple = {
            "user": lambda: f'user "q ${{{self.number(names, 1)}}}"',
            "check": lambda: f'check {self.condition(names)}, "m"',
            "emit": lambda: f'emit "e ${{{self.number(names, 1)}}} "',
            "return": lambda: f"return {self.number(names)}",
            "if": lambda: f"if {self.condition(names)} {{\n{inside()}\n}}",
            "else": lambda: f"if {self.condition(names)} {{\n{inside()}\n}} else {{\n{inside()}\n}}",
            "match": lambda: f"match {self.number(names)} {{ 0 => {{\n{inside()}\n}} 1 | 2 => {{\n{inside()}\n}} else => {{\n{inside()}\n}} }}",
            "for": lambda: f"for {loop_name} in 0..3 {{\n{inside('loop')}\n}}",
            "while": lambda: f"while {self.condition(names)} limit 3 {{\n{inside('loop')}\n}}",
            "try": lambda: f"try {{\n{inside()}\n}} else e{depth} {{\n{inside()}\n}}",
            "budget": lambda: f"try with calls: 9 {{\n{inside()}\n}} else {{\n{inside()}\n}}",
            "context": lambda: f'var {loop_name} = context {{ user "c" }}\non {loop_name} {{ user "d" gen g{loop_name} with max: 2 }}',
        }
        if kind in simple:
            return simple[kind]()
        # What is left by `break` or `return` from inside of these is another block's.
        bare = (place - {"loop"})
        if kind == "retry":
            body = self.block(names, variables, depth - 1, bare | {"retry"})
            fallback = self.block(names, variables, depth - 1, place)
            return f"try with retries: 1, feedback: true {{\n{body}\n}} else {{\n{fallback}\n}}"
        body = self.block([*names, loop_name], [], depth - 1, bare | {"fork"})
        return (f'let l{loop_name} = fork {loop_name} in 0..2 {{ user "f ${{{loop_name}}}" gen x{loop_name}: int(0..9) with max: 3\n'
                f"{body}\nyield x{loop_name} }}")


class Tools(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(len(self.path) % 4).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class RandomPrograms(unittest.TestCase):
    lmp = ""
    seeds = range(0)

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tools)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def ask(self, program, *words):
        return subprocess.run([self.lmp, *words], input=program, capture_output=True, text=True, timeout=120)

    def program(self, seed):
        return Writer(seed).program(self.server.server_port)

    def test_compile(self):
        for seed in self.seeds:
            program = self.program(seed)
            with self.subTest(seed=seed):
                done = self.ask(program, "check", "-")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr + "\n" + program)

    def test_passes_change_no_value(self):
        values = 0
        for seed in self.seeds[::5]:
            program = self.program(seed)
            run = ("run", "-", "--model", str(DEMO), "--threads", "1")
            kept = ("--no-pass", "dead_code")
            none = [word for name in OTHERS for word in ("--no-pass", name)]
            with self.subTest(seed=seed):
                bare = self.ask(program, *run, *kept, *none)
                self.assertIn(bare.returncode, (0, 4), bare.stderr + "\n" + program)
                others = self.ask(program, *run, *kept)
                self.assertEqual((others.returncode, others.stdout), (bare.returncode, bare.stdout), bare.stderr + others.stderr + program)
                if bare.returncode == 4:  # what nobody reads need not be computed, and then does not fail either
                    continue
                values += 1
                every = self.ask(program, *run)
                self.assertEqual((every.returncode, every.stdout), (0, bare.stdout), every.stderr + program)
        self.assertGreater(values, len(self.seeds[::5]) // 4, "programs that only fail say little")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lmp", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=100)
    arguments, rest = parser.parse_known_args()
    RandomPrograms.lmp = arguments.lmp
    RandomPrograms.seeds = range(arguments.seed, arguments.seed + arguments.programs)
    unittest.main(argv=[sys.argv[0], *rest])
