#!/usr/bin/env python3
"""Servers behind `--engine` whose tokens are not those of `--model`: they are noticed at the start.

    server_tokens_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import unittest

import delegation_test as base


class ServerTokens(base.Running):
    def on(self, url, *words):
        done = subprocess.run([base.LMP, "run", "talk.lmp", "--engine", url, "--model", str(base.DEMO), "--arg", "q=Hi", *words],
                              cwd=self.path, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_what_a_server_spells(self):
        with base.Fake(base.says("Good")) as fake:
            self.assertEqual(self.on(fake.url)[0], 0)  # 404 at /detokenize: it is not compared
            fake.spells = "quite other words"
            code, _, said = self.on(fake.url)
            self.assertEqual(code, 2, said)
            self.assertIn(f'{fake.url}: its tokens are other ones than those of the tokenizer given: ids that are "', said)
            self.assertIn('here are "quite other words" there', said)
            self.assertEqual(len(fake.asked), 1)  # no prompt was sent
            fake.owner = "sglang"  # is not asked
            self.assertEqual(self.on(fake.url)[0], 0)

    def test_another_vocabulary_in_lmp_serve(self):
        # One letter of one piece.
        data, piece = base.DEMO.read_bytes(), b"\x05\0\0\0\0\0\0\0which"
        self.assertEqual(data.count(piece), 1)
        other = self.path / "other.gguf"
        other.write_bytes(data.replace(piece, piece[:-1] + b"q"))
        digests = []
        for model in (base.DEMO, other):
            child = subprocess.Popen([base.LMP, "serve", "talk.lmp", "--model", str(model), "--port", "0"], cwd=self.path,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                url = re.search(r"http://127\.0\.0\.1:\d+", child.stdout.readline()).group()
                listed = json.loads(base.urllib.request.urlopen(url + "/v1/models", timeout=30).read())["data"][0]
                self.assertEqual(listed["max_model_len"], 4096)
                digests.append(listed["vocabulary"])
                code, _, said = self.on(url)
                if model == base.DEMO:
                    self.assertEqual((code, said), (0, ""))
                else:
                    self.assertEqual(code, 2)
                    self.assertIn(f"{url}: the tokens of its model are other ones than those of the tokenizer given", said)
            finally:
                child.terminate()
                child.communicate(timeout=30)
        self.assertNotEqual(*digests)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    options, rest = parser.parse_known_args()
    if not base.DEMO.exists():
        print("SKIPPED: there is no examples/models/demo/demo.gguf")
        sys.exit(0)
    base.LMP = str(pathlib.Path(options.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
