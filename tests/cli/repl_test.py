#!/usr/bin/env python3
"""`lmp repl`: the transcripts of docs/REPL.md, and terminals of every kind.

    repl_test.py --lmp BINARY [--update] [-v] [TestClass.test_name ...]

In docs/REPL.md a block ```session holds what is entered (behind `lmp> ` and `...  `) and what comes of it;
--update rewrites the latter.
"""
import argparse
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import fcntl
import termios

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/REPL.md"
MODEL = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
DEMO = ROOT / "examples/models/demo/demo.gguf"
LMP = None
UPDATE = False
# Changes nothing in a session, and is seen in its output.
MARK = ":@@"
MARKED = "there is no command :@@; :help lists them\n"


def environment(folder, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("LMP_") and k != "NO_COLOR"}
    return {**env, "XDG_STATE_HOME": str(folder), "TERM": "xterm-256color", **more}


def plain(text):
    return re.sub(r"\b[0-9.]+ s\b", "0.00 s", text)


class Transcripts(unittest.TestCase):
    def outputs(self, entries, words):
        """What each entry prints."""
        with tempfile.TemporaryDirectory(prefix="lmp-repl-") as folder:
            guide = pathlib.Path(folder) / "guide"
            guide.mkdir()
            (guide / "places.md").write_text("# Places\n\nThe port of Botu is 661. Botu is made of copper.\n\n"
                                             "The leader of Wisha is Veahand. Wisha meets on Tuesday.\n")
            done = subprocess.run([LMP, "repl", *words], cwd=folder, env=environment(folder), text=True, timeout=60,
                                  input="".join(f"{entry}\n{MARK}\n" for entry in entries),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            parts = done.stdout.replace(str(ROOT) + "/", "").split(MARKED)
        self.assertEqual((len(parts), parts[-1]), (len(entries) + 1, ""), done.stdout + done.stderr)
        return parts[:-1]

    def rewritten(self, match):
        entries = []
        for line in match[2].splitlines():
            if line.startswith("lmp> "):
                entries.append(line[5:])
            elif line.startswith("...  "):
                entries[-1] += "\n" + line[5:]
        shown = ""
        for entry, output in zip(entries, self.outputs(entries, match[1].split())):
            shown += "lmp> " + entry.replace("\n", "\n...  ") + "\n" + plain(output)
        return f"```session{match[1]}\n{shown}```\n"

    def test_page(self):
        if not DEMO.exists():
            self.skipTest("no demo model here")
        page = PAGE.read_text()
        block = re.compile(r"^```session([^\n]*)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
        self.assertGreaterEqual(len(block.findall(page)), 10)
        now = block.sub(self.rewritten, page)
        if UPDATE:
            PAGE.write_text(now)
        self.maxDiff = None
        self.assertEqual(page if not UPDATE else now, now)


class Terminal(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lmp-repl-")
        self.addCleanup(self.folder.cleanup)
        self.seen = ""

    def open(self, *words, columns=80, model=MODEL, **env):
        self.seen = ""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        variables = {k: v for k, v in environment(self.folder.name, **env).items() if v is not None}
        self.child = subprocess.Popen([LMP, "repl", "--model", str(model), *words], cwd=self.folder.name, env=variables,
                                      stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.addCleanup(self.end, self.child, self.master)

    @staticmethod
    def end(child, master):
        if child.poll() is None:
            child.kill()
        child.wait()
        os.close(master)

    def expect(self, part, seconds=20):
        """Waits for `part`; what came before it and with it."""
        end = time.monotonic() + seconds
        while part not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"waited for {part!r}, saw {self.seen!r}")
            try:
                self.seen += os.read(self.master, 4096).decode("utf-8", "replace")
            except OSError:
                self.fail(f"ended before {part!r}: {self.seen!r}")
        before, self.seen = self.seen.split(part, 1)
        return before + part

    def send(self, text):
        os.write(self.master, text if isinstance(text, bytes) else text.encode())

    def leave(self):
        self.expect("lmp> ")
        self.send("\x04")
        self.assertEqual(self.child.wait(60), 0)

    def test_completion(self):
        self.open()
        self.expect("lmp> ")
        self.send("let elephants = 3\n")
        self.expect("lmp> ")
        self.send("eleph\t + 1\n")
        self.expect("\n4\r\n")
        self.expect("lmp> ")
        self.send("record Animal { legs: int  length: float }\n")
        self.expect("lmp> ")
        self.send("let zebra = Animal(legs: 4, length: 2.5)\n")
        self.expect("lmp> ")
        self.send("zebra.\t\t")  # the fields share three letters, then both are listed
        self.expect("legs  length")
        self.send("n\t\n")
        self.expect("2.5\r\n")
        self.expect("lmp> ")
        self.send(":un\t\n")
        self.expect("undone")
        self.leave()

    def test_colors(self):
        ask = 'user "hello"\n'
        for env, colored in [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]:
            with self.subTest(env=env):
                self.open(**env)
                self.expect("lmp> ")
                self.send(ask)
                self.expect("lmp> ")
                self.send(":ctx\n")
                shown = self.expect("static     waiting") + self.expect("tokens,")
                self.assertEqual("\x1b[36m" in shown, colored, repr(shown))
                self.send("nope\n")
                shown = self.expect("is not defined")
                self.assertEqual("\x1b[" in shown.split("error", 1)[0][-8:], colored, repr(shown))
                self.leave()

    def test_entered_lines_get_colors(self):
        keyword, string, number, comment, off = "\x1b[35m", "\x1b[32m", "\x1b[36m", "\x1b[90m", "\x1b[0m"
        self.open()
        self.expect("lmp> ")
        self.send('let town = "Botu ${1 + 2}"  // here\n')
        self.expect(f'\rlmp> {keyword}let{off} town = {string}"Botu {off}${{{number}1{off} + {number}2{off}}}'
                    f'{string}"{off}  {comment}// here{off}')
        self.expect("lmp> ")
        # The second line of an entry, whose string is open; wide characters; from the middle of a line.
        self.send("let text = \"\"\"\n")
        self.expect("...  ")
        self.send("  let it be\n")
        self.expect(f"\r...  {string}  let it be{off}")
        self.send('  """\n')
        self.expect("lmp> ")
        self.send('"\u6e2f\u53e3" == "\u00e9"\x1b[D\x1b[D\n')
        self.expect(f'\rlmp> {string}"\u6e2f\u53e3"{off} == {string}"\u00e9"{off}')
        self.expect("false\r\n")
        self.expect("lmp> ")
        # Commands, and what needs more than a row, are left as they are.
        for line in (":type 1 + 2", "// " + "x" * 80, "// " + "\u6e2f" * 36):
            self.send(line + "\n")
            shown = self.expect("lmp> ")
            self.assertNotIn("\x1b[9", shown.replace("\x1b[K", ""), repr(shown))
            self.assertNotIn("\x1b[3", shown, repr(shown))
        self.send("\x04")
        self.assertEqual(self.child.wait(60), 0)

    def test_poor_terminals(self):
        for columns, env in [(20, {}), (80, {"TERM": None}), (80, {"TERM": "no-such-terminal"}), (20, {"TERM": "dumb"}),
                             (1, {}), (80, {"LC_ALL": "C"}), (80, {"LC_ALL": "no_SUCH.locale"})]:
            with self.subTest(columns=columns, env=env):
                self.open(columns=columns, **env)
                self.expect("lmp> " if columns > 5 else ">")
                self.send('let a_name_that_is_wider_than_the_terminal = 40 + 1\n')
                self.send('a_name_that_is_wider_than_the_terminal + 1\n')
                self.expect("42")
                self.send("[4,\n4]\n")
                self.expect("[4,4]")
                self.send(b'"gr\xc3\xbc\xc3\x9fe" + "\xff"\n')  # the last byte is no UTF-8
                self.expect("gr\u00fc\u00dfe")
                self.send(":quit\n")
                self.assertEqual(self.child.wait(60), 0)

    def test_closed_input(self):
        for number in (0, 1, 2):
            with self.subTest(closed=number):
                close = lambda: os.close(number)
                done = subprocess.run([LMP, "repl", "--model", str(MODEL)], stdin=subprocess.DEVNULL, preexec_fn=close,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
                self.assertGreaterEqual(done.returncode, 0)

    def test_prompt_is_soon(self):
        if not DEMO.exists():
            self.skipTest("no demo model here")
        best = 10.0
        for _ in range(3):
            begin = time.monotonic()
            self.open(model=DEMO)
            self.expect("lmp> ")
            best = min(best, time.monotonic() - begin)
        print(f"prompt after {best * 1000:.0f} ms")
        self.assertLess(best, 3.0)  # 0.3 on a machine that does nothing else

    def test_listening(self):
        self.open()
        self.expect("lmp> ")
        self.send('emit "Who?"  let name = listen()\n')
        self.expect("Who?\r\n> ")
        self.send('let a\tB\n')  # no entry: nothing of it is completed or painted
        self.expect("lmp> ")
        self.send("name\n")
        self.expect("let aB\r\n")
        # Ctrl-C ends the entry that listens, and its end of time that wait.
        self.send("let more = listen()\n")
        self.expect("\n> ")
        self.send("\x03")
        self.expect("failure: `cancelled`")
        self.expect("lmp> ")
        self.send('let none = try listen(timeout: 200ms) else "nobody"\n')
        self.expect("\n> ")
        self.expect("\nlmp> ")
        self.send("none\n")
        self.expect("nobody\r\n")
        # What is generated waits while a line is typed.
        self.send('gen g with max: 40, min: 40  let t = listen()\n')
        self.expect("\n> ")
        time.sleep(0.3)
        self.send("abc\n")
        self.expect("abc\r\n")
        self.expect("lmp> ")
        self.send("t\n")
        self.expect("abc\r\n")
        self.send("let last = listen()\n")
        self.expect("\n> ")
        self.send("\x04")
        self.expect("failure: `listen`")
        self.leave()

    def test_interrupted_question(self):
        (pathlib.Path(self.folder.name) / "guide").mkdir()
        (pathlib.Path(self.folder.name) / "guide/a.md").write_text("The port of Botu is 661.\n")
        self.open("--corpus", "guide")
        self.expect("asks guide")
        self.expect("lmp> ")
        # A random model speaks for long.
        self.send("What is the port of Botu?\n")
        time.sleep(0.05)
        self.send("\x03")
        self.expect("^C")  # also where the answer was there before
        self.expect("lmp> ")
        self.send("6 * 7\n")
        self.expect("42\r\n")
        self.leave()


class Input(unittest.TestCase):
    def repl(self, text, code, *words, model=MODEL):
        with tempfile.TemporaryDirectory(prefix="lmp-repl-") as folder:
            done = subprocess.run([LMP, "repl", "--model", str(model), *words], cwd=folder, env=environment(folder), text=True,
                                  input=text, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_wrong_declarations_are_refused_where_they_stand(self):
        wrong = 'fn f() -> string { user "x"  gen a: string(schema: """{"type":"string","pattern":"(?=a)b"}""")  return a }\n'
        out = self.repl(wrong + "1 + 1\n", 1)
        self.assertEqual(out.count("E0706"), 1, out)
        self.assertTrue(out.endswith("2\n"), out)

    def test_lints_of_the_binding_are_said_once(self):
        lenient = ('fn f() -> string { user "x"  gen a: string(schema: """{"type":"string","format":"phone"}""",'
                   ' lenient: true)  return a }\n')
        out = self.repl(lenient + "1 + 1\n2 + 2\n", 0)
        self.assertEqual(out.count("L124"), 1, out)

    def test_mocks(self):
        for mock, part in [("x = [1", "still open"), ("x = 1 } fn f() {", "E01"), ("x = 1 2", ""), ("x = y", "E0201"),
                           ("none.x = 1", "E0702"), ("retrieve = 3", "list<passage>"), ("= 3", "error"),
                           ("x == 3", "error")]:
            with self.subTest(mock=mock):
                out = self.repl(f":mock {mock}\n:mock\n1 + 1\n", 1)
                self.assertIn(part, out)
                self.assertTrue(out.endswith("nothing is mocked\n2\n"), out)
        # Undo does not take it back, another value replaces it, and a mistake leaves the old one.
        out = self.repl(':mock n = 4\n:mock n = 5\nuser "a"\n:undo\nuser "b"\ngen n: int(0..9)\nn\n'
                        ':mock n = [\nuser "c" gen n: int(0..9)\nn\n:mock n\n:mock n\n', 1)
        self.assertIn("undone\n5\n", out)
        self.assertTrue(out.endswith("\n5\nn is not mocked; :mock lists what is\n"), out)
        # A declaration that a mock no longer fits is refused until the mock ends.
        out = self.repl('fn f() -> int { user "a"  gen n: int(0..9)  return n }\n:mock f.n = 7\nf()\n'
                        'fn f() -> int { return 3 }\nf()\n:mock f.n\nfn f() -> int { return 3 }\nf()\n', 1)
        self.assertTrue(out.startswith("7\nerror[E0702]"), out)
        self.assertTrue(out.endswith("7\n3\n"), out)

    def test_generations(self):
        # Shown unless they are emitted, whatever else the entry emits or might emit.
        mocks = ':mock a = 1\n:mock b = 2\nuser "x"\n'
        for entry, shown in [('try { gen a: int(0..9)  check a > 5 } else e { emit "failed" }', "1\nfailed\n"),
                             ('gen a: int(0..9)  emit "said ${a}"', "said 1\n"),
                             ('var all = ""  for i in 0..2 { gen a: int(0..9)  all = "${all}${a}" }  emit all', "11\n"),
                             ('for i in 0..2 { gen b: int(0..9)  if i > 5 { emit "?" } }', "2\n2\n"),
                             ('gen a: int(0..9)  let said = listen()  gen b: int(0..9)\nAda', "1\n2\n"),
                             ('fork i in 0..3 with temp: 0.5 { gen b: int(0..9)  yield b }', "[2,2,2]\n"),
                             ('let bs = fork i in 0..3 with temp: 0.5 { gen b: int(0..9)  yield b }', "2\n2\n2\n")]:
            with self.subTest(entry=entry):
                self.assertEqual(self.repl(mocks + entry + "\n", 0), shown)

    def test_listening(self):
        # The lines behind the entry are for who listens; what nobody hears in time is an entry again.
        out = self.repl('let a = listen()\nAda\r\nlet b = listen()\n\n"${a}, ${b}."\n', 0)
        self.assertEqual(out, "Ada, .\n")
        out = self.repl('[listen(), listen()]\n1\n2\n(\n', 1)
        self.assertTrue(out.startswith('["1","2"]\nthe entry that begins at line 4'), out)
        out = self.repl('try listen() else "nobody"', 0)
        self.assertEqual(out, "nobody\n")
        out = self.repl('let a = listen()\n', 4)
        self.assertIn("failure: `listen` at <input 1>:1:9: the input has ended", out)

    def test_first_words(self):
        out = self.repl("help\n1 + 1\n:undo 3\nlet help = 5\nhelp\n", 1)
        self.assertIn(":vars         names and types", out)
        self.assertTrue(out.endswith("2\n:undo takes nothing behind it\n5\n"), out[-200:])
        self.assertEqual(self.repl("1\nexit\n2\n", 0), "1\n")

    def test_documents(self):
        self.assertIn("no file or folder", subprocess.run([LMP, "repl", "--corpus", "/nowhere"], capture_output=True,
                                                          text=True, timeout=60, check=False).stderr)
        self.repl(":ask anything\n", 1)
        self.repl("", 4, "--corpus", "/dev/null")


def main():
    global LMP, UPDATE
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, help="the binary to test")
    parser.add_argument("--update", action="store_true", help="rewrite docs/REPL.md")
    args, rest = parser.parse_known_args()
    LMP, UPDATE = str(pathlib.Path(args.lmp).resolve()), args.update
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
