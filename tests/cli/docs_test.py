#!/usr/bin/env python3
"""What the pages show is what comes: commands of CLI.md, QUICKSTART.md and TUTORIAL.md, the program of BUILTINS.md.

    docs_test.py --lmp BINARY [-v] [Docs.test_name ...]
"""
import os
import re
import subprocess

import cli_test as base


class Docs(base.Case):
    """Every command that a page shows prints what it shows there."""

    def try_page(self, name, folder=base.ROOT):
        tools = self.path / "bin"
        tools.mkdir(exist_ok=True)
        if not (tools / "lmp").exists():
            (tools / "lmp").symlink_to(base.LMP)
        env = {**self.environment(), "PATH": f"{tools}:{os.environ['PATH']}"}
        page = (base.ROOT / "docs" / name).read_text()
        blocks = re.findall(r"^```console\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        shown = [part for block in blocks for part in ("\n" + block).split("\n$ ")[1:]]
        for part in shown:
            lines = part.split("\n")
            more = 1
            while more < len(lines) and lines[more].startswith(">"):  # a command of several lines
                more += 1
            command = "\n".join([lines[0]] + [line[2:] for line in lines[1:more]])
            text = "\n".join(lines[more:])
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, text=True, timeout=60,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
                times = lambda output: re.sub(r"[0-9.]+/s\)|[0-9.]+ s\b|[0-9.]+ ms\b", "TIME", output)
                self.assertEqual(times(done.stdout.strip("\n")), times(text.strip("\n")))
        return len(shown)

    def test_cli_page(self):
        self.assertGreater(self.try_page("CLI.md"), 10)

    # The pages make files.
    def try_page_apart(self, name):
        if not (base.ROOT / "examples/models/demo/demo.gguf").exists():
            self.skipTest("no demo model here")
        folder = self.path / name.removesuffix(".md")
        folder.mkdir(exist_ok=True)
        if not (folder / "examples").exists():
            (folder / "examples").symlink_to(base.ROOT / "examples")
        return self.try_page(name, folder)

    def test_quickstart(self):
        self.assertGreater(self.try_page_apart("QUICKSTART.md"), 8)

    def test_tutorial(self):
        self.assertGreater(self.try_page_apart("TUTORIAL.md"), 20)

    def test_built_in_functions(self):
        """The program of BUILTINS.md; tests/tools/reference.py finds what it does not call."""
        blocks = re.findall(r"^```lmp\n(.*?)^```", (base.ROOT / "docs/BUILTINS.md").read_text(), re.DOTALL | re.MULTILINE)
        self.assertEqual(len(blocks), 1)
        self.write("builtins.lmp", blocks[0])
        self.says(self.lmp("test", "builtins.lmp", code=0)[1], "5 tests, 0 failed")


if __name__ == "__main__":
    base.main()
