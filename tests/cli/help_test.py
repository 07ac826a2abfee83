#!/usr/bin/env python3
"""The help of every command: it fits 24 rows of 80 columns and ends with an example.

    help_test.py --lmp BINARY [-v] [Help.test_name ...]
"""
import argparse
import subprocess
import sys
import unittest

LMP = None


class Help(unittest.TestCase):
    def lmp(self, *words):
        done = subprocess.run([LMP, *words], capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def commands(self, words=()):
        """Every command and subcommand, with what it prints."""
        text = self.lmp(*words, "--help")
        yield words, text
        if "Subcommands:\n" in text:
            for line in text.split("Subcommands:\n")[1].split("\n\n")[0].splitlines():
                yield from self.commands((*words, line.split()[0]))

    def test_fits_a_screen(self):
        count = 0
        for words, text in self.commands():
            with self.subTest(command=" ".join(words)):
                lines = text.rstrip("\n").split("\n")
                self.assertLessEqual(len(lines), 24, text)
                self.assertLessEqual(max(map(len, lines)), 80, text)
                self.assertIn("Example", "\n".join(lines[-5:]))
                count += 1
        self.assertGreater(count, 15)

    def test_help_command(self):
        text = self.lmp("--help")
        self.assertIn("lmp help exit-codes", text)
        self.assertEqual(self.lmp("help"), text)
        self.assertIn("130  interrupted", self.lmp("help", "exit-codes"))
        text = self.lmp("help", "run")
        self.assertIn("Usage: lmp run [OPTIONS] FILE [FUNCTION]", text)
        self.assertEqual(self.lmp("run", "--help"), text)
        self.assertEqual(self.lmp("help", "corpus", "add"), self.lmp("corpus", "add", "--help"))
        for words in (["nosuch", "--help"], ["help", "nosuch"], ["help", "corpus", "nosuch"]):
            done = subprocess.run([LMP, *words], capture_output=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(b"no command `nosuch`", done.stderr)
        self.assertEqual(self.lmp("--version").split()[0], "lmp")

    def test_all_flags(self):
        short, long = self.lmp("run", "--help"), self.lmp("run", "--help-all")
        self.assertNotIn("--kv-mb", short)
        self.assertIn("--help-all", short)
        self.assertIn("--kv-mb", long)
        self.assertIn("--seed", long)
        # A command that has shown all its flags offers no more.
        self.assertNotIn("--help-all", self.lmp("fmt", "--help"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--lmp", required=True)
    args, rest = parser.parse_known_args()
    LMP = args.lmp
    unittest.main(argv=[sys.argv[0], *rest])
