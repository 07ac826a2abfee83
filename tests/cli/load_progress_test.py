#!/usr/bin/env python3
"""A model that takes long to load says how far it is, on standard error.

    load_progress_test.py --lmp BINARY [-v] [TestClass.test_name ...]

A model of 135M weights loads in a fraction of a second, so the process is held up while it loads: it is stopped
nine tenths of the time.
"""
import argparse
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LMP = None
PROGRAM = 'fn main() -> string {\n  user "Hello"\n  gen reply with max: 4\n  return reply\n}\n'


class LoadProgress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.folder.name)
        (path / "hello.lmp").write_text(PROGRAM)
        cls.model = path / "large-one.gguf"
        subprocess.run([LMP, "model", "synth", str(cls.model), "--format", "q8_0"], check=True, capture_output=True)
        cls.command = [LMP, "run", str(path / "hello.lmp"), "--model", str(cls.model), "--threads", "1"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_with(self, stderr, held_up):
        """Standard output and the exit code; with `held_up` the process runs a tenth of the time, until "50%" is seen."""
        process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
        end = time.monotonic() + 60
        while held_up() and process.poll() is None and time.monotonic() < end:
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.045)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.005)
        out, _ = process.communicate(timeout=60)
        return out, process.returncode

    def test_on_a_terminal_a_line_tells_and_goes(self):
        parent, child = pty.openpty()
        seen = bytearray()

        def more():
            while select.select([parent], [], [], 0)[0]:
                seen.extend(os.read(parent, 65536))
            return b"%" not in seen

        try:
            out, code = self.run_with(child, more)
            more()
        finally:
            os.close(child)
            os.close(parent)
        self.assertEqual(code, 0, bytes(seen))
        self.assertRegex(bytes(seen), rb"\r\x1b\[Klarge-one\.gguf  \d+%  [\d.]+ of \d+\.\d MB")
        # The last thing on the line is that it is cleared, and nothing of it reaches standard output.
        self.assertRegex(bytes(seen), rb"\r\x1b\[K\Z")
        self.assertNotIn(b"large-one", out)

    def test_nothing_is_said_of_a_quick_load_or_into_a_file(self):
        with tempfile.TemporaryFile() as errors:
            out, code = self.run_with(errors, lambda: False)
            errors.seek(0)
            self.assertEqual(errors.read(), b"")
        self.assertEqual(code, 0)
        self.assertNotEqual(out, b"")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lmp", required=True)
    known, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(known.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
