#!/usr/bin/env python3
"""examples/clients: OpenAI's client, LangChain and LlamaIndex on `lmp serve`, with nothing changed but the URL.

    clients_test.py --lmp BINARY [-v] [TestClass.test_name ...]

Each is SKIPPED where its package is not installed. LMP_CLIENTS_PYTHON names another Python that has them.
"""
import ast
import os
import re
import subprocess
import sys
import unittest

import openai_test as base

PYTHON = os.environ.get("LMP_CLIENTS_PYTHON", sys.executable)
EXAMPLES = base.ROOT / "examples/clients"
PERSON = re.compile(r"name=(?:'.*'|\".*\") age=(\d+)")


class Clients(base.Client):
    def said_by(self, name, package):
        has = subprocess.run([PYTHON, "-c", f"import importlib.util as i; raise SystemExit(i.find_spec('{package}') is None)"], capture_output=True, timeout=60)
        if has.returncode != 0:
            raise unittest.SkipTest(f"SKIPPED: {PYTHON} cannot import {package} (see examples/clients/{name}, LMP_CLIENTS_PYTHON)")
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        ran = subprocess.run([PYTHON, "-W", "ignore", EXAMPLES / name, f"http://127.0.0.1:{self.port}/v1"], capture_output=True,
                             text=True, env=environment, timeout=300)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        print(ran.stdout, end="")
        return dict(line.split(": ", 1) for line in re.split(r"\n(?=\w+: )", ran.stdout.strip("\n")))

    def assertRight(self, said):
        """The words of a chat are those of a plain request, streamed or not; a person is one."""
        expected = self.chat_text("Where is Ann?", max_tokens=16)[0][0]
        self.assertEqual((said["said"], said["streamed"]), (expected, expected))
        parsed = PERSON.search(said["parsed"])
        self.assertTrue(parsed and int(parsed.group(1)) <= 120, said)

    def test_openai(self):
        self.assertRight(self.said_by("openai_client.py", "openai"))

    def test_langchain(self):
        said = self.said_by("langchain_client.py", "langchain_openai")
        self.assertRight(said)
        called = ast.literal_eval(said["called"])
        self.assertEqual(sorted(called), ["age", "name"])
        self.assertTrue(0 <= called["age"] <= 120 and len(called["name"]) <= 20, called)

    def test_llama_index(self):
        self.assertRight(self.said_by("llama_index_client.py", "llama_index.llms.openai_like"))


if __name__ == "__main__":
    base.main(__doc__)
