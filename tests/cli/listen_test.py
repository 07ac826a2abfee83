#!/usr/bin/env python3
"""What programs hear that `lmp run` runs: lines of pipes and of terminals.

    listen_test.py --lmp BINARY [-v] [TestClass.test_name ...]

Runs on a small model with random weights that is in the tree, so texts do not matter here.
"""
import argparse
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
LMP = None


class Listening(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lmp-listen-")
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def write(self, name, text):
        (self.path / name).write_text(text)

    def lmp(self, *words, stdin="", code=None):
        done = subprocess.run([LMP, *words], cwd=self.path, input=stdin.encode(), capture_output=True, timeout=60,
                              check=False)
        out, err = done.stdout.decode(), done.stderr.decode()
        if code is not None:
            self.assertEqual(done.returncode, code, out + err)
        return done.returncode, out, err

    def test_lines_of_a_pipe(self):
        """A program hears the lines of standard input, and the end of it."""
        self.write("hear.lmp", """fn main() {
  emit "Who?"
  let name = listen()
  emit " Hello ${name}!"
  while limit 3 {
    let said = try listen(timeout: 5s) else "nothing"
    emit " <${said}>"
  }
}
fn fails() -> string { return listen() }
""")
        run = ["run", "hear.lmp", "--model", str(MODEL)]
        self.assertEqual(self.lmp(*run, stdin="Ada\r\n\nlast", code=0)[1],
                         "Who? Hello Ada! <> <last> <nothing>\n")
        self.assertEqual(self.lmp("run", "hear.lmp", "fails", "--model", str(MODEL), stdin="x\ny", code=0)[1], "x\n")
        code, out, err = self.lmp("run", "hear.lmp", "fails", "--model", str(MODEL))
        self.assertEqual((code, out), (4, ""))
        self.assertIn("failure: `listen`", err)
        self.assertIn("standard input has ended", err)
        report = json.loads(self.lmp(*run, "--json", stdin="Ada\n", code=0)[1])
        self.assertEqual(report["emitted"], "Who? Hello Ada! <nothing> <nothing> <nothing>")
        # What is emitted is there before it waits, and lines are read when they are needed.
        child = subprocess.Popen([LMP, *run], cwd=self.path, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.read(4), b"Who?")
        child.stdin.write(b"Ada\n")
        child.stdin.flush()
        self.assertEqual(child.stdout.read(11), b" Hello Ada!")
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(60), 130)  # and only then is its input closed
        child.stdin.close()
        child.stdout.close()

    def test_records(self):
        """What was said, and that nothing more is said, comes again without anybody."""
        self.write("hear.lmp", """fn main() {
  while limit 2 { emit "<${try listen() else "nobody"}>" }
}
""")
        run = ["run", "hear.lmp", "--model", str(MODEL)]
        for said, heard in (("Ada\nBob\n", "<Ada><Bob>\n"), ("Ada\n", "<Ada><nobody>\n")):
            self.assertEqual(self.lmp(*run, "--record", "r.jsonl", stdin=said, code=0)[1], heard)
            self.assertEqual(self.lmp(*run, "--replay", "r.jsonl", stdin="Eve\nEve\n", code=0)[1], heard)

    def test_a_terminal(self):
        self.write("hear.lmp", 'fn main() { emit "Who?"  emit "Hello ${listen()}!" }\n')
        master, slave = pty.openpty()
        child = subprocess.Popen([LMP, "run", "hear.lmp", "--model", str(MODEL)], cwd=self.path,
                                 stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        seen = b""
        while b"> " not in seen:
            seen += os.read(master, 100)
        os.write(master, b"Ada\n")
        try:
            while piece := os.read(master, 100):
                seen += piece
        except OSError:  # the other end is closed
            pass
        os.close(master)
        self.assertEqual(child.wait(60), 0)
        self.assertEqual(seen.decode(), "Who?\r\n> Ada\r\nHello Ada!\r\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    options, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(options.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
