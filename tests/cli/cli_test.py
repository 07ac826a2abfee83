#!/usr/bin/env python3
"""The commands of `lmp` from outside: exit codes, messages, JSON, signals, pipes, the REPL.

    cli_test.py --lmp BINARY [-v] [TestClass.test_name ...]
Runs on a small model with random weights that is in the tree, so texts do not matter here.
"""
import argparse
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
LMP = None

PROGRAM = """record R { a: int  b: string = "x" }
enum E { p q = "Q" }
fn main(n: int(1..3) = 1, xs: list<int> = [], f: float = 1.0, s: string(max: 5) = "a",
        r: R = R(a: 1), e: E = E.p, o: int? = null, b: bool = true) -> string {
  user "Once ${n}"
  gen x with max: 5
  return x
}
fn fails(n: int = 0) -> int { return 1 / n }
fn speaks() { emit "one\\n"  user "go"  gen x with max: 8, min: 8  emit x }
fn many(times: int = 3000) {
  for i in 0..times { emit "a line of text that is long enough to fill a pipe soon ${i}\\n" }
}
fn one(i: int) -> string { user "go on ${i}"  gen x with max: 100, min: 100  return x }
fn endless() {
  emit "started\\n"
  for i in 0..100000 { emit "${len(one(i))}." }
}
"""


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lmp-cli-")
        cls.path = pathlib.Path(cls.folder.name)
        cls.write("p.lmp", PROGRAM)
        cls.write("wrong.lmp", "fn main() { emit nope }\n")
        cls.write("lint.lmp", 'fn main() { user "a "  gen x with max: 2  emit "" }\n')
        cls.write("model.gguf", b"not a model")
        cls.write("cut.gguf", MODEL.read_bytes()[:100000])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, text):
        (cls.path / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("LMP_")}
        env["XDG_STATE_HOME"] = str(self.path)
        return env

    def lmp(self, *words, stdin="", code=None, timeout=60, **more):
        done = subprocess.run([LMP, *words], cwd=self.path, env=self.environment(),
                              input=stdin.encode(), capture_output=True, timeout=timeout,
                              check=False, **more)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        if code is not None:
            self.assertEqual(done.returncode, code, f"lmp {' '.join(words)}\n{out}{err}")
        return done.returncode, out, err

    # What a command says to a terminal.
    def on_terminal(self, *words):
        master, slave = pty.openpty()
        child = subprocess.Popen([LMP, *words], cwd=ROOT, env=self.environment(), stdin=subprocess.DEVNULL,
                                 stdout=slave, stderr=slave)
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        os.close(master)
        self.assertEqual(child.wait(60), 0, seen)
        return seen.decode("utf-8", "replace")

    def run_program(self, *words, **more):
        return self.lmp("run", "p.lmp", *words, "--model", str(MODEL), **more)

    def says(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)


class ModelsOnDisk(Case):
    """Models that other programs have left on the disk."""

    def place(self, *names):
        folder = self.path.joinpath("home", *names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def test_caches(self):
        blobs = self.place(".ollama", "models", "blobs")
        (blobs / "sha256-aa").write_bytes(MODEL.read_bytes())
        (self.place(".ollama/models/manifests/registry.ollama.ai/library/tiny") / "0.1b").write_text(json.dumps({
            "layers": [{"mediaType": "application/vnd.ollama.image.params", "digest": "sha256:bb"},
                       {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:aa"}]}))
        other = self.place(".ollama/models/manifests/registry.ollama.ai/anna/tiny")
        (other / "latest").write_text('{"layers": [{"mediaType": 1, "digest": "sha256:aa"}]}')
        (other / "broken").write_text("{" * 1000)
        (other / "outside").write_text(json.dumps({"layers": [
            {"mediaType": "application/vnd.ollama.image.model", "digest": "../../../home/x"}]}))
        snapshot = self.place(".cache/huggingface/hub/models--anna--small/snapshots/abc")
        blob = self.place(".cache/huggingface/hub/models--anna--small/blobs") / "cc"
        blob.write_bytes(MODEL.read_bytes())
        if not (snapshot / "small.gguf").exists():
            (snapshot / "small.gguf").symlink_to(blob)
        other = self.place(".cache/huggingface/hub/models--anna--full/snapshots/abc")
        (other / "config.json").write_text("{}")
        (other / "model.safetensors").write_bytes(b"x" * 100)
        studio = self.place(".lmstudio/models/anna/x")
        (studio / "cut.gguf").write_bytes(MODEL.read_bytes()[:1000])
        for part in "123":
            (studio / f"big-0000{part}-of-00003.gguf").write_bytes(b"x")
        done = subprocess.run([LMP, "models", "--json"], capture_output=True, text=True, cwd=ROOT,
                              env={"HOME": str(self.path / "home"), "PATH": os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {(row["place"], row["name"]): row for row in json.loads(done.stdout)}
        self.assertEqual(sorted(rows), [("Hugging Face", "anna/full"), ("Hugging Face", "small"),
                                        ("LM Studio", "big-00001-of-00003"), ("LM Studio", "cut"),
                                        ("Ollama", "tiny:0.1b"), ("comes with LMP", "demo")])
        self.assertTrue(rows["Ollama", "tiny:0.1b"]["loads"])
        self.assertTrue(rows["Hugging Face", "small"]["loads"])
        self.assertIn("safetensors", rows["Hugging Face", "anna/full"]["why"])
        self.assertIn("several files", rows["LM Studio", "big-00001-of-00003"]["why"])
        self.assertFalse(rows["LM Studio", "cut"]["loads"])
        self.assertEqual(rows["Ollama", "tiny:0.1b"]["path"], str(blobs / "sha256-aa"))

    def test_folders(self):
        self.lmp("models", "nowhere", code=3)
        (self.path / "none").mkdir(exist_ok=True)
        self.says(self.lmp("models", "none", code=0)[1], "no models found", "none")
        self.says(self.lmp("models", str(MODEL.parent), code=0)[1], "loads", "llama_4_2_tied_q8_0", "use one:")

    def test_folders_with_safetensors(self):
        self.says(self.lmp("models", str(MODEL.parent), code=0)[1], "qwen3 F16, 3 layers of 40, context 2048")
        (self.path / "f.lmp").write_text('fn main() -> string { user "ab" assistant { gen x with max: 4 } return x }')
        run = ("run", "f.lmp", "--model", str(MODEL.parent / "folder_qwen3"))
        self.assertEqual(self.lmp(*run, "--record", "f.jsonl", code=0)[1], self.lmp(*run, "--replay", "f.jsonl", code=0)[1])
        self.says(self.lmp(*run, "--trace", "no/t.json", code=3)[2], "cannot write the trace no/t.json")
        self.lmp("explain", *run[1:], code=0)

    def test_the_model_that_comes_along_says_what_it_is(self):
        if not (ROOT / "examples/models/demo/demo.gguf").exists():
            self.skipTest("no demo model here")
        self.says(self.on_terminal("run", "examples/story.lmp", "--arg", "turns=1"), "no model named", "`lmp models`")
        quiet = self.on_terminal("run", "examples/story.lmp", "--arg", "turns=1", "--model", str(MODEL))
        self.assertNotIn("no model named", quiet)


class Usage(Case):
    def test_commands(self):
        for words, parts in [
                ([], ["expected a command: run, check"]),
                (["bogus"], ["no command `bogus` (there are: run, check, explain"]),
                (["nope"], ["no command `nope` (there are: run, check, explain"]),
                (["chek"], ["no command `chek`; did you mean `check`? (there are: "]),
                (["run", "p.lmp", "--nonsense"], ["no flag --nonsense (`lmp run --help-all`"]),
                (["chekc", "p.lmp"], ["`chekc`", "did you mean `check`"]),
                (["help", "rnu"], ["`rnu`", "did you mean `run`"]),
                (["run"], ["lmp: run: FILE is required", "`lmp run --help`"]),
                (["run", "--modle", "x"], ["no flag --modle", "did you mean --model"]),
                (["run", "-x", "p.lmp"], ["no flag -x"]),
                (["corpus"], ["lmp: corpus: expected a command: add, "]),
                (["corpus", "ad"], ["corpus: there is no command `ad`; did you mean `add`"]),
                (["corpus", "add", "--chnk", "1"], ["corpus add: there is no flag --chnk; did you mean --chunk"]),
                (["corpus", "add", "--chunk"], ["corpus add: --chunk"]),
                (["-q"], ["no flag -q"]),
                (["run", "p.lmp", "--arg"], ["--arg"]),
                (["--verson"], ["no flag --verson", "did you mean --version"]),
                (["run", "p.lmp", "main", "surplus"], ["surplus"]),
                (["run", "p.lmp", "--kv", "f9"], ["--kv", "f9", "bf16"]),
                (["explain", "p.lmp", "--no-pass", "nosuch"], ["no pass nosuch", "there are: ", "pipeline"]),
                (["run", "p.lmp", "--no-pass", "nosuch"], ["no pass nosuch", "there are: "]),
                (["opt", "--pass", "nosuch", "x.lir"], ["no pass nosuch", "there are: "]),
                (["opt"], ["expected FILE.lir"]),
                (["bench", "nosuch"], ["no bench \"nosuch\"", "limits"]),
                (["run", "p.lmp", "nofn", "--model", str(MODEL)], ["no function `nofn`", "main"]),
                (["run", "p.lmp", "nofn"], ["no function `nofn`; it has: main"]),  # known without a model
                (["run", "p.lmp", "--arg", "n=4"], ["argument `n`: expected int(1..3)"]),
                (["run", "p.lmp", "--kernels", "abacus", "--model", str(MODEL)], ["\"abacus\"", "reference"]),
        ]:
            with self.subTest(words=words):
                _, out, err = self.lmp(*words, code=2)
                self.assertEqual(out, "")
                self.says(err, "lmp: ", *parts)
                self.assertNotIn(str(MODEL), err)

    def test_numbers(self):
        for flag in ["--seed", "--threads", "--kv-mb", "--step-tokens", "--batch"]:
            for word in ["-1", "1.5", "x", "", "0x10", "+1", "99999999999999999999", " 1"]:
                with self.subTest(flag=flag, word=word):
                    _, _, err = self.lmp("run", "p.lmp", f"{flag}={word}", code=2)
                    self.says(err, flag)
        _, _, err = self.lmp("run", "p.lmp", "--seed", "-1", code=2)
        self.says(err, "--seed", "a whole number from 0 to 18446744073709551615", "found -1")
        self.run_program("--seed", "18446744073709551615", code=0)


class Codes(Case):
    """The same mistake has the same code in every command."""

    def test_codes(self):
        model = ["--model", str(MODEL)]
        for code, words in [
                (0, ["check", "p.lmp"]), (0, ["run", "p.lmp", *model]), (0, ["explain", "p.lmp", *model]),
                (0, ["info", *model]), (0, ["check", "lint.lmp"]),
                (1, ["check", "lint.lmp", "--deny"]),
                (1, ["check", "wrong.lmp"]), (1, ["run", "wrong.lmp", *model]), (1, ["explain", "wrong.lmp"]),
                (3, ["check", "none.lmp"]), (3, ["run", "none.lmp"]), (3, ["explain", "none.lmp"]),
                (3, ["opt", "none.lir"]), (3, ["check", "."]), (3, ["run", "."]),
                (4, ["run", "p.lmp", "fails", *model]),
        ]:
            with self.subTest(words=words):
                self.lmp(*words, code=code)
        (self.path / "empty").mkdir(exist_ok=True)
        (self.path / "fifo").exists() or os.mkfifo(self.path / "fifo")
        for name, part in [("none.gguf", "no model file none.gguf; near it: cut.gguf, model.gguf"),
                           ("empty/none.gguf", "no model file empty/none.gguf; --model names a GGUF file"),
                           ("model.gguf", "model.gguf: magic"), ("cut.gguf", "cut.gguf: tensor "),
                           ("fifo", "fifo: not a regular file"),
                           ("empty", "empty is a folder without a .gguf file"),
                           (".", ". is a folder with several models, name one: ./cut.gguf, ./model.gguf")]:
            for words in [["run", "p.lmp"], ["explain", "p.lmp"], ["repl"], ["info"]]:
                with self.subTest(words=words, model=name):
                    _, out, err = self.lmp(*words, "--model", name, code=3)
                    self.assertEqual(out, "")
                    self.says(err, part)

    def test_too_long_for_the_model(self):
        self.write("long.lmp", 'fn main() { user "%s"  gen x with max: 1  emit x }\n' % ("word " * 9000))
        for words in [["run", "long.lmp"], ["explain", "long.lmp"]]:
            _, _, err = self.lmp(*words, "--model", str(MODEL), code=1)
            self.says(err, "error[E0701]", "long.lmp:1:")
        self.write("grows.lmp", 'fn main(s: string) { user s  gen x with max: 1  emit x }\n')
        _, out, _ = self.lmp("run", "grows.lmp", "--arg", "s=" + "word " * 9000, "--json",
                             "--model", str(MODEL), code=4)
        failure = json.loads(out)["failure"]
        self.assertEqual(failure["kind"], "overflow")
        self.says(failure["place"], "grows.lmp:1:")

    def test_a_max_that_no_value_fits_into(self):
        self.write("small.lmp", 'fn main() { user "a"  gen x: string(re"[a-z]{200}") with max: 2  emit x }\n')
        for words in [["run", "small.lmp"], ["explain", "small.lmp"]]:
            _, _, err = self.lmp(*words, "--model", str(MODEL), code=1)
            self.says(err, "error[E0705]", "small.lmp:1:", "the shortest has 200 bytes")

    def test_a_template_that_is_no_sequence_of_messages(self):
        model = (ROOT / "examples/models/demo/demo.gguf").read_bytes().replace(b"lmp.chat.", b"not.chat.")
        template = re.search(rb"\{\{ bos_token \}\}.*?\{% endif %\}", model)[0]
        moved = (b"{% for m in messages %}{% if m.role != 'system' %}<|user|>{{ messages[0].content if loop.index == 2 }}"
                 b"{{ m.content }}<|end|>{% endif %}{% endfor %}")
        self.write("moved.gguf", model.replace(template, moved + b"{#" + b" " * (len(template) - len(moved) - 4) + b"#}"))
        self.write("asks.lmp", 'fn main() { user "a"  gen x with max: 2  emit x }\n')
        for words in [["run", "asks.lmp"], ["explain", "asks.lmp"]]:
            _, _, err = self.lmp(*words, "--model", "moved.gguf", code=1)
            self.says(err, "error[E0707]", "asks.lmp:1:13", '`config { chat: "raw" }`')
        self.write("raw.lmp", 'config { chat: "raw" }\nfn main() { user "a"  gen x with max: 2  emit x }\n')
        self.lmp("run", "raw.lmp", "--model", "moved.gguf", code=0)

    def test_folder_with_one_model(self):
        folder = self.path / "one"
        folder.mkdir(exist_ok=True)
        (folder / "m.gguf").write_bytes(MODEL.read_bytes())
        (folder / "README.md").write_text("a model")
        for words in [["run", "p.lmp"], ["explain", "p.lmp"], ["info"]]:
            self.lmp(*words, "--model", "one", code=0)

    def test_model_of_the_program(self):
        self.write("config.lmp", 'config { model: "nowhere.gguf" }\nfn main() { emit "a" }\n')
        _, _, err = self.lmp("run", "config.lmp", code=3)
        self.says(err, "no model file nowhere.gguf", "`config { model }` of the program names it")
        self.lmp("run", "config.lmp", "--model", str(MODEL), code=0)

    def test_check_goes_on(self):
        _, _, err = self.lmp("check", "wrong.lmp", "none.lmp", "wrong.lmp", "p.lmp", code=3)
        self.assertEqual(err.count("error[E"), 2)
        self.says(err, "no file none.lmp")
        self.lmp("check", "p.lmp", "wrong.lmp", code=1)


class Arguments(Case):
    def test_messages(self):
        for word, parts in [
                ("n=9", ["argument `n`: expected int(1..3), found the integer 9"]),
                ("n=x", ["argument `n`: expected int(1..3), found \"x\""]),
                ("n=2.5", ["`n`: expected an integer, found the number 2.5"]),
                ("n=99999999999999999999", ["`n`: expected an integer of 64 bits"]),
                ("xs=[1,\"a\"]", ["`xs[1]`: expected an integer, found a string"]),
                ("xs=[1,", ["`xs`: expected list<int> as JSON", "byte 3", "ends too early"]),
                ("f=NaN", ["`f`: expected float, found \"NaN\""]),
                ("f=1e999", ["`f`: expected float, found \"1e999\""]),
                ("s=toolong", ["`s`: expected at most 5 characters"]),
                ("r={}", ["`r`: field `a` is missing"]),
                ("r={\"a\":1,}", ["`r`: expected R as JSON", "byte 7"]),
                ("e=z", ["`e`: expected one of \"p\", \"Q\", found \"z\""]),
                ("o=x", ["`o`: expected int?, found \"x\""]),
                ("b=yes", ["`b`: expected bool, found \"yes\""]),
                ("zz=1", ["no parameter `zz`", "it has: n, xs"]),
                ("n", ["--arg n: expected NAME=VALUE"]),
                ("xs=" + "[" * 60000, ["`xs`", "nested deeper"]),
        ]:
            with self.subTest(word=word[:30]):
                _, out, err = self.run_program("--arg", word, code=2)
                self.assertEqual(out, "")
                self.says(err, *parts)
                for name in ["i64", "f64", "str<", "rec<"]:
                    self.assertNotIn(name, err)

    def test_twice(self):
        self.says(self.run_program("--arg", "n=1", "--arg", "n=2", code=2)[2], "`n` is given twice")
        self.says(self.run_program("--arg", "n=1", "--args-json", '{"n": 1}', code=2)[2], "`n` is given twice")
        self.says(self.run_program("--args-json", '{"n": 1, "n": 2}', code=2)[2], "\"n\" is given twice")

    def test_json(self):
        for text, parts in [("{", ["--args-json: not JSON", "line 1"]), ("[1]", ["expected an object", "array"]),
                            ('{"n": nope}', ["not JSON at line 1, column 8"]),
                            ('{"xs": ' + "[" * 60000, ["nested deeper than 100"]),
                            ('{"zz": 1}', ["`zz`"])]:
            with self.subTest(text=text[:20]):
                self.says(self.run_program("--args-json", text, code=2)[2], *parts)
        self.run_program("--args-json", '{"n": 2, "xs": [1, 2]}', "--arg", "e=Q", code=0)


class Output(Case):
    def test_streams(self):
        _, out, err = self.run_program("--stats", "--explain", code=0)
        self.says(err, "tokens: prompt ", "computed ", "gen ")
        self.assertNotIn("tokens: ", out)
        plain = self.run_program(code=0)
        self.assertEqual(plain[1], out)
        self.assertEqual(plain[2], "")

    def test_json_of_a_run(self):
        _, out, err = self.run_program("--stats", "--json", code=0)
        self.assertEqual(err, "")
        self.says(json.dumps(json.loads(out)), "computed_tokens", '"ok": true', '"value"')
        _, out, err = self.run_program("fails", "--json", code=4)
        self.assertEqual(json.loads(out)["failure"]["kind"], "value")
        self.says(json.loads(out)["failure"]["place"], "p.lmp:9:")

    def test_json_of_errors(self):
        for words, code, kind in [
                (["run", "none.lmp", "--json"], 3, "file"),
                (["run", "wrong.lmp", "--json"], 1, "program"),
                (["run", "p.lmp", "--model", "model.gguf", "--json"], 3, "file"),
                (["run", "p.lmp", "--json", "--arg", "n=9", "--model", str(MODEL)], 2, "usage"),
                (["run", "p.lmp", "--json", "--arg", "zz=9"], 2, "usage"),
                (["run", "p.lmp", "nofn", "--json", "--model", str(MODEL)], 2, "usage"),
                (["run", "p.lmp", "--json", "--seed", "-1"], 2, "usage"),
                (["run", "--json"], 2, "usage"),
                (["bogus", "--json"], 2, "usage"),
                (["check", "none.lmp", "--json"], 3, "file"),
                (["bench", "nosuch", "--json"], 2, "usage"),
                (["bench", "--json"], 2, "usage"),
        ]:
            with self.subTest(words=words):
                _, out, err = self.lmp(*words, code=code)
                self.assertEqual(err, "")
                error = json.loads(out)["error"]
                self.assertEqual((error["kind"], error["exit_code"]), (kind, code))
                self.assertTrue(error["message"])
        _, out, _ = self.lmp("run", "wrong.lmp", "--json", code=1)
        self.assertEqual(json.loads(out)["diagnostics"][0]["line"], 1)
        _, out, _ = self.lmp("check", "wrong.lmp", "none.lmp", "--json", code=3)
        self.assertEqual(len([json.loads(line) for line in out.splitlines()]), 2)

    def test_broken_pipe(self):
        for words in [["run", "p.lmp", "many", "--model", str(MODEL)], ["help", "run"],
                      ["check", "--ir", *["p.lmp"] * 50]]:
            with self.subTest(words=words[:2]):
                child = subprocess.Popen([LMP, *words], cwd=self.path, env=self.environment(),
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                child.stdout.close()
                err = child.stderr.read().decode()
                child.stderr.close()
                self.assertEqual(child.wait(60), 3, err)
                self.assertNotIn("standard output", err)

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([LMP, "help", "run"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)
        self.says(done.stderr.decode(), "standard output cannot be written")


class Signals(Case):
    def test_cancel(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            for json_flag in [[], ["--json"]]:
                with self.subTest(number=number, json_flag=json_flag):
                    child = subprocess.Popen(
                        [LMP, "run", "p.lmp", "endless", "--model", str(MODEL), *json_flag], cwd=self.path,
                        env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    if json_flag:
                        time.sleep(1.5)  # prints nothing before its end
                        self.assertIsNone(child.poll())
                    else:
                        self.assertEqual(child.stdout.readline(), b"started\n")
                    child.send_signal(number)
                    out, err = child.communicate(timeout=60)
                    self.assertEqual(child.returncode, 130, err)
                    if json_flag:
                        report = json.loads(out)
                        self.assertEqual(report["failure"]["kind"], "cancelled")
                        self.says(report["emitted"], "started")
                    else:
                        self.says(err.decode(), "failure: `cancelled`", "tokens: prompt ")


    def test_while_input_is_awaited(self):
        """Where no command takes the signal itself: before a run, while a model loads, in corpus."""
        commands = [(["run", "-"], False), (["run", "-", "--json"], True), (["check", "-"], False)]
        if "LMP_RAG" not in self.lmp("corpus", "stats", "none")[2]:
            commands += [(["corpus", "add", "c", "--passages", "-"], False),
                         (["corpus", "add", "c", "--passages", "-", "--json"], True)]
        for words, json_flag in commands:
            for number in [signal.SIGINT, signal.SIGTERM]:
                with self.subTest(words=words, number=number):
                    self.interrupt_waiting(words, number, json_flag)

    def interrupt_waiting(self, words, number, json_flag):
        child = subprocess.Popen([LMP, *words], cwd=self.path, env=self.environment(),
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        while not self.reads_input(child.pid):
            self.assertIsNone(child.poll())
            time.sleep(0.01)
        child.send_signal(number)
        child.wait(60)
        out, err = child.stdout.read().decode(), child.stderr.read().decode()
        for stream in [child.stdin, child.stdout, child.stderr]:
            stream.close()
        self.assertEqual(child.returncode, 130, err)
        if json_flag:
            error = json.loads(out)["error"]
            self.assertEqual((error["kind"], error["exit_code"]), ("interrupted", 130))
        else:
            self.assertEqual((out, err), ("", "lmp: interrupted\n"))

    @staticmethod
    def reads_input(pid):
        """True where the process is in read(0, ...); where that cannot be known, after a while."""
        try:
            return pathlib.Path(f"/proc/{pid}/syscall").read_text().split()[:2] == ["0", "0x0"]
        except OSError:
            time.sleep(1.5)
            return True


class Models(Case):
    def test_synth(self):
        first, again, other = (str(self.path / name) for name in ("a.gguf", "b.gguf", "c.gguf"))
        tiny = ("--shape", "tiny", "--format", "q8_0")
        self.says(self.lmp("model", "synth", first, *tiny, code=0)[1], "2 layers of width 64, vocabulary 512, Q8_0")
        self.lmp("model", "synth", again, *tiny, code=0)
        self.assertEqual(pathlib.Path(first).read_bytes(), pathlib.Path(again).read_bytes())
        self.lmp("run", "p.lmp", "--model", first, code=0)
        self.lmp("model", "synth", other, "--shape", "tiny", "--tokenizer", str(MODEL), "--seed", "2", code=0)
        self.lmp("run", "p.lmp", "--model", other, code=0)

    def test_byte_level(self):
        gpt2 = ROOT / "../shared/data/tokenizers/gpt2/tokenizer.json"
        if not gpt2.exists():
            print("SKIPPED: no tokenizers in ../shared/data")
            return
        made = str(self.path / "gpt2.gguf")
        self.lmp("model", "synth", made, "--shape", "tiny", "--tokenizer", str(gpt2), code=0)
        self.says(self.lmp("info", "--model", made, code=0)[1], "vocabulary    50257")
        self.lmp("run", "p.lmp", "--model", made, code=0)

    def test_synth_mistakes(self):
        out = self.path / "x.gguf"
        for words, part in [(["--shape", "huge"], "tiny, smol135m"), (["--format", "q4"], "Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K"),
                            (["--tokenizer", "none.json"], "none.json")]:
            code, _, err = self.lmp("model", "synth", str(out), *words)
            self.assertNotEqual(code, 0)
            self.says(err, part)
            self.assertFalse(out.exists())
        self.says(self.lmp("model", "synth", "nowhere/x.gguf", "--shape", "tiny")[2], "nowhere/x.gguf", "no folder")
        pipe = self.path / "pipe"
        os.mkfifo(pipe)
        self.says(self.lmp("model", "synth", str(pipe), "--shape", "tiny")[2], "no file that could be replaced")
        self.assertTrue(pipe.is_fifo())


class Tests(Case):
    TESTED = """fn name_of(t: string) -> string { user t gen name with max: 4 return name }
test "right" { mock name_of.name = "Bo" check name_of("x") == "Bo" }
test "wrong" { mock name_of.name = "Bo" check name_of("x") == "<b>&\\"" }
test "asks" { check len(name_of("x")) < 100 }
"""

    def test_text(self):
        self.write("tested.lmp", self.TESTED)
        out = self.lmp("test", "tested.lmp", code=4)[1]
        self.says(out, "ok    tested.lmp  right", "FAIL  tested.lmp  wrong", '`name_of("x")` is "Bo"',
                  'mock name_of.name = "..."', "3 tests, 2 failed")
        out = self.lmp("test", "tested.lmp", "--filter", "right", code=0)[1]
        self.assertEqual(out, "ok    tested.lmp  right\n1 test, 0 failed, 2 left out\n")
        self.says(self.lmp("test", "tested.lmp", "--filter", "nope", code=2)[2], "nope")
        self.says(self.lmp("test", "nowhere.lmp", "tested.lmp", code=4)[1], "3 tests")

    def test_forms(self):
        self.write("tested.lmp", self.TESTED)
        done = json.loads(self.lmp("test", "tested.lmp", "wrong.lmp", "--json", "--junit", "j.xml", code=4)[1])
        self.assertEqual((done["ok"], done["count"], done["failed"]), (False, 3, 2))
        self.assertEqual([t["ok"] for t in done["tests"]], [True, False, False, False])
        self.assertEqual([t["failure"]["code"] for t in done["tests"] if not t["ok"]],
                         ["check", "mock", "E0201"])
        suites = xml.etree.ElementTree.parse(self.path / "j.xml").getroot()
        self.assertEqual([s.attrib["failures"] + s.attrib["errors"] for s in suites], ["20", "01"])
        self.assertIn('"<b>&\\""', suites[0][1][0].attrib["message"])

    def test_live(self):
        self.write("tested.lmp", self.TESTED)
        out = self.lmp("test", "tested.lmp", "--live", "--model", str(MODEL), code=4)[1]
        self.says(out, "ok    tested.lmp  right", "FAIL  tested.lmp  wrong", "ok    tested.lmp  asks")

    def test_live_counts(self):
        self.write("counts.lmp", """fn ask(q: string) -> string {
  system "A long beginning that all prompts have, so that it is read once and no more than once."
  user q
  gen reply with max: 3, min: 3
  return reply
}
test "shared" {
  let a = ask("one")
  check stats().calls == 1 and stats().generated == 3 and stats().prefill_shared == 0.0
  let b = ask(a + "two")
  let s = stats()
  check s.calls == 2 and s.generated == 6 and s.cached > 0 and s.cached < s.prompt
  check s.prefill_shared > 0.3 and s.prefill_shared < 1.0
}
""")
        self.lmp("test", "counts.lmp", "--live", "--model", str(MODEL), code=0)

    def test_ours(self):
        out = self.lmp("test", str(ROOT / "examples"), str(ROOT / "frontend/std/rag.lmp"), code=0)[1]
        self.says(out, "extract.lmp", "fork.lmp", "rag.lmp", "story.lmp", ", 0 failed")


class New(Case):
    """lmp new: what it makes is laid out, tested, and runs; nothing is written over."""

    def test_projects(self):
        for project, value in (("rag", '{"text":"661","sources":["docs/places.md:1"]}\n'), ("agent", None), ("chat", None)):
            made = f"made/{project}"
            self.lmp("new", project, made, code=0)
            self.lmp("fmt", "--check", made, code=0)
            self.assertEqual(self.lmp("check", f"{made}/main.lmp", code=0)[2], "")
            self.lmp("test", made, code=0)
            if value is not None:
                self.assertEqual(self.lmp("run", f"{made}/main.lmp", code=0)[1], value)
            self.assertIn("is there already", self.lmp("new", project, made, code=2)[2])
        self.lmp("new", "nothing", code=2)


class Fmt(Case):
    UGLY, NEAT = "fn f( )  {user 'a'}".replace("'", '"'), 'fn f() { user "a" }\n'

    def test_files(self):
        folder = self.path / "fmt"
        (folder / "deep").mkdir(parents=True)
        real, link, neat = folder / "deep/a.lmp", folder / "b.lmp", folder / "deep/c.lmp"
        real.write_text(self.UGLY)
        real.chmod(0o640)
        link.symlink_to("deep/a.lmp")
        neat.write_text(self.NEAT)
        (folder / "d.txt").write_text(self.UGLY)
        self.assertEqual(self.lmp("fmt", "--check", "fmt", code=1)[1], "fmt/b.lmp\nfmt/deep/a.lmp\n")
        self.assertEqual(real.read_text(), self.UGLY)
        before = neat.stat().st_mtime_ns
        self.assertEqual(self.lmp("fmt", "fmt", code=0)[1], "fmt/b.lmp\n")
        self.assertEqual(real.read_text(), self.NEAT)
        self.assertEqual(real.stat().st_mode & 0o777, 0o640)
        self.assertTrue(link.is_symlink())
        self.assertEqual(neat.stat().st_mtime_ns, before)
        self.assertEqual((folder / "d.txt").read_text(), self.UGLY)
        self.assertEqual(self.lmp("fmt", "--check", "fmt", code=0)[1], "")
        self.assertEqual(sorted(p.name for p in (folder / "deep").iterdir()), ["a.lmp", "c.lmp"])

    def test_stdin(self):
        self.assertEqual(self.lmp("fmt", "--stdin", stdin=self.UGLY, code=0)[1], self.NEAT)
        self.assertEqual(self.lmp("fmt", "-", stdin=self.NEAT, code=0)[1], self.NEAT)
        self.assertEqual(self.lmp("fmt", "--check", "--stdin", stdin=self.UGLY, code=1)[1], "-\n")
        self.says(self.lmp("fmt", code=2)[2], "--stdin")
        self.says(self.lmp("fmt", "--stdin", "p.lmp", code=2)[2], "exclude")

    def test_wrong(self):
        self.write("open.lmp", "fn f( {\n")
        self.write("two.lmp", self.UGLY)
        out, err = self.lmp("fmt", "open.lmp", "nowhere.lmp", "two.lmp", code=3)[1:]
        self.says(err, "error[E0", "there is no file nowhere.lmp")
        self.assertEqual(out, "two.lmp\n")  # the others do not stop it
        self.assertEqual((self.path / "open.lmp").read_text(), "fn f( {\n")
        self.lmp("fmt", "open.lmp", code=1)
        (self.path / "no_programs").mkdir(exist_ok=True)
        self.says(self.lmp("fmt", "no_programs", code=3)[2], "no .lmp file")


class Repl(Case):
    def repl(self, text, code):
        return self.lmp("repl", "--model", str(MODEL), stdin=text, code=code)[1]

    def test_entries(self):
        self.assertEqual(self.repl("let a = 1\na + 1\n", 0), "2\n")
        # Blank lines and commands inside an unfinished entry.
        out = self.repl("fn f() -> int {\n\n  let a = 1\n\n:vars\n  return a + 1\n}\nf()\n", 0)
        self.assertEqual(out, "2\n")
        out = self.repl("let b = [1,\n:undo\nlet c = 3\nc\n", 0)
        self.assertEqual(out, "the unfinished entry is dropped\n3\n")
        self.assertEqual(self.repl("let d = 4\n:undo\n:undo\n", 0), "undone\nnothing to undo\n")
        self.says(self.repl("1\nfn f() {\n  emit 1\n", 1), "begins at line 2", "still open: fn f() {")
        self.says(self.repl("fn f() {\n:quit\n", 1), "begins at line 1")
        self.says(self.repl(":nope\n", 1), "no command :nope")

    def test_looking(self):
        ask = 'user "hello"\ngen a with max: 4, min: 4\n'
        self.assertEqual(self.repl("let n = 2\n:type n + 0.5\n:type [n]\n", 0), "float\nlist<int>\n")
        self.says(self.repl(":type nope\n", 1), "`nope` is not defined")
        self.says(self.repl(":type let a = 1\n", 1), "no expression")
        out = self.repl(ask + "let b = 1\n:tokens\n:why\n:ir\n:plan\n:cache\n:cache clear\n:model\n", 0)
        self.says(out, "entry    prompt", "generated 4", "session  prompt", "static    computed", "fn @repl", "questions: at most",
                  "pages in use", "0 of ", "llama")
        for command in (":why", ":tokens", ":cache", ":switch"):
            self.repl(command + "\n", 0)
        self.repl(":ir\n", 1)
        self.repl(":plan\n", 1)

    def test_points(self):
        out = self.repl("let a = 1\n:fork one\nlet a = 2\n:fork two\n:switch one\na\n:switch two\na\n:switch\n:undo\na\n", 0)
        self.assertEqual(out, "kept as one\nkept as two\nat one\n1\nat two\n2\none: 1 entries\ntwo: 2 entries\nundone\n2\n")
        self.repl(":switch nowhere\n", 1)
        self.repl(":fork\n", 1)

    def test_files(self):
        saved = self.path / "saved.txt"
        saved.unlink(missing_ok=True)
        out = self.repl(f"let a = 1\nnope\nfn f() -> int {{\n  return 41\n}}\nlet lost = 1\n:undo\n:save {saved}\n:save {saved}\n", 1)
        self.says(out, "2 entries in", "is there already")
        self.assertEqual(saved.read_text(), "let a = 1\nfn f() -> int {\n  return 41\n}\n")
        self.assertEqual(self.repl(f":load {saved}\na + f()\n", 0), "42\n")
        (self.path / "open.txt").write_text("let a = [1,\n")
        (self.path / "itself.txt").write_text(":load itself.txt\n")
        self.says(self.repl(":load open.txt\n1\n", 1), "is unfinished and dropped", "1\n")
        self.says(self.repl(":load itself.txt\n", 1), "too deep")
        self.says(self.repl(":load nowhere.txt\n", 1), "there is no file")
        self.repl(":load .\n", 1)

    def test_codes(self):
        self.repl("nope\n1\n", 1)
        self.says(self.repl("1 / (1 - 1)\n2\n", 4), "failure: `value`", "2\n")
        self.assertEqual(self.repl("", 0), "")

    def test_same_twice(self):
        text = 'user "hello"\ngen a with max: 8, temp: 1.0\na\nuser "more"\ngen b with max: 8, temp: 1.0\nb\n'
        self.assertEqual(self.repl(text, 0), self.repl(text, 0))

    def test_terminal(self):
        master, slave = pty.openpty()
        child = subprocess.Popen([LMP, "repl", "--model", str(MODEL)], cwd=self.path,
                                 env={**self.environment(), "TERM": "dumb"}, stdin=slave, stdout=slave,
                                 stderr=slave, start_new_session=True,
                                 preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
        os.close(slave)
        seen = ""

        def expect(part, seconds=60):
            nonlocal seen
            end = time.monotonic() + seconds
            while part not in seen:
                ready, _, _ = select.select([master], [], [], max(0, end - time.monotonic()))
                self.assertTrue(ready, f"waited for {part!r}, saw {seen!r}")
                try:
                    seen += os.read(master, 4096).decode("utf-8", "replace")
                except OSError:
                    self.fail(f"ended before {part!r}: {seen!r}")
            seen = seen.split(part, 1)[1]

        def send(text):
            os.write(master, text.encode())

        try:
            expect("lmp> ")
            send("let a = [1,\n")
            expect("...  ")
            send("2, \x03")  # Ctrl-C drops the whole entry
            expect("^C")
            expect("lmp> ")
            send("40 + 2\n")
            expect("42\r\n")
            expect("lmp> ")
            send("nonsense\x03")  # and a line that is being typed
            expect("^C")
            expect("lmp> ")
            send('"gr\u00fc\u00df" + "e"\n')
            expect("gr\u00fc\u00dfe\r\n")
            expect("lmp> ")
            send('fn one(i: int) -> string { user "${i}"  gen x with max: 100, min: 100  return x }\n')
            expect("lmp> ")
            send('for i in 0..100000 { emit "tick ${len(one(i)) > 0} " }\n')
            expect("tick true tick true")
            send("\x03")  # ends the generation, not the session
            expect("cancelled")
            expect("lmp> ")
            send("6 * 7\n")
            expect("42\r\n")
            expect("lmp> ")
            send("\x04")
            self.assertEqual(child.wait(60), 0)
            history = self.path / "lmp/repl_history"
            self.assertEqual(history.stat().st_mode & 0o777, 0o600)
            self.says(history.read_text(), "40\\040+\\0402")
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            os.close(master)


def main():
    global LMP
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, help="the binary to test")
    args, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(args.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
