#!/usr/bin/env python3
"""`lmp corpus` and `lmp cache` from outside: the commands of docs/RAG.md, JSON, exit codes, bad input.

    corpus_test.py --lmp BINARY [-v] [TestClass.test_name ...]

Every ```sh block of docs/RAG.md runs in an empty folder, in order, under `sh -eu`; where a ```text
block follows, it is what the command prints.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LMP = None


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lmp-corpus-")
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, content):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def lmp(self, *words, code=0, stdin=""):
        done = subprocess.run([LMP, "corpus", *words], cwd=self.path, capture_output=True, text=True,
                              input=stdin, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def json(self, *words, code=0):
        done = self.lmp(*words, "--json", code=code)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)


class Docs(Case):
    def test_rag(self):
        text = (ROOT / "docs/RAG.md").read_text()
        blocks = re.findall(r"^```(sh|text)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.assertGreater(len(blocks), 6)
        binary = self.path / "bin"
        binary.mkdir()
        (binary / "lmp").symlink_to(LMP)
        demo = str(ROOT / "examples/models/demo/demo.gguf")
        environment = dict(os.environ, DEMO=demo, PATH=f"{binary}:{os.environ['PATH']}")
        work = self.path / "work"
        work.mkdir()
        printed = ""
        for kind, block in blocks:
            if kind == "text":
                self.assertEqual(printed.strip(), block.strip())
                continue
            done = subprocess.run(["sh", "-eu", "-c", block], cwd=work, env=environment,
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, block + done.stdout + done.stderr)
            printed = done.stdout


class Commands(Case):
    def test_json_of_every_command(self):
        self.write("d/a.md", "# Refunds\n\nWithin 14 days.\n")
        self.write("d/b.bin", b"\0\1\2")
        added = self.json("add", "c", "d")
        self.assertEqual((added["ok"], added["added"], added["chunks_added"]), (True, 1, 1))
        self.assertEqual(added["skipped"], [{"name": "d/b.bin",
                                             "reason": "is binary (a zero byte at offset 0)"}])
        found = self.json("search", "c", "refunds")
        self.assertEqual([h["document"] for h in found["hits"]], ["d/a.md"])
        self.assertEqual(found["hits"][0]["line"], 1)
        facts = self.json("stats", "c")
        self.assertEqual((facts["documents"], facts["chunk_tokens"], facts["sources"]), (1, 384, ["d"]))
        chunk = json.loads(self.lmp("stats", "c", "--chunks").stdout)
        self.write("v", json.dumps({"id": chunk["id"], "embedding": [1, 2]}))
        self.assertEqual(self.json("add", "c", "--vectors", "v")["vectors"]["added"], 1)
        self.write("q", "[1, 1]")
        hit = self.json("search", "c", "refunds", "--vector", "q")["hits"][0]
        self.assertEqual((hit["word_rank"], hit["vector_rank"]), (1, 1))
        self.assertEqual(self.json("remove", "c", "d/a.md")["documents"], 1)
        self.assertEqual(self.json("search", "c", "refunds")["hits"], [])

    def test_where_one_stands_does_not_matter(self):
        self.write("top/docs/a.md", "alpha")
        self.lmp("add", "top/c", "top/docs")
        self.assertEqual(self.json("search", "top/c", "alpha")["hits"][0]["document"], "docs/a.md")
        self.write("top/docs/b.md", "beta")
        (self.path / "top").rename(self.path / "moved")
        self.assertEqual(self.json("add", "moved/c")["added"], 1)
        self.lmp("remove", "moved/c", "moved/docs/a.md")
        self.assertEqual(self.json("stats", "moved/c")["documents"], 1)

    def test_passages_from_standard_input(self):
        done = self.lmp("add", "c", "--passages", "-", stdin='{"id": "x", "text": "some words"}\nnot\n')
        self.assertIn("1 added", done.stdout)
        self.assertIn("skipped: line 2", done.stderr)

    def test_failures(self):
        self.write("text", "x" * 5000)
        self.write("a.md", "alpha")
        self.assertIn("there is no such corpus", self.lmp("search", "none", "x", code=3).stderr)
        self.assertIn("is not a corpus", self.lmp("stats", "text", code=3).stderr)
        self.assertIn("no such file", self.lmp("add", "c", "nowhere", code=3).stderr)
        self.lmp("add", "c", "a.md")
        self.assertIn("nothing was removed", self.lmp("remove", "c", "b.md", code=3).stderr)
        error = self.json("remove", "c", "b.md", code=3)["error"]
        self.assertIn("b.md", error["message"])
        self.lmp("add", code=2)
        self.lmp("search", "c", "x", "--hits", "0", code=2)
        self.lmp("add", "c", "--chunk", "15", code=2)
        self.lmp("add", "c", "--chunk", "20", "--overlap", "10", code=2)
        self.write("q", "{}")
        self.lmp("search", "c", "x", "--vector", "q", code=2)
        self.write("v", '{"id": "a.md", "embedding": "x"}')
        self.assertIn("line 1", self.lmp("add", "c", "--vectors", "v", code=2).stderr)

    def test_help_has_examples(self):
        for command in ("add", "remove", "search", "stats"):
            self.assertIn(f"lmp corpus {command} ", self.lmp(command, "--help").stdout)


PASSAGES = """
record Passage { id: string  document: string  text: string }
const HITS = [
  Passage(id: "1", document: "docs/wisha.md", text: "The leader of Wisha is Veahand. Wisha meets on Tuesday, in the old hall by the sea."),
  Passage(id: "2", document: "docs/botu.md", text: "The port of Botu is 661. Botu is made of copper, and it is older than its harbour."),
  Passage(id: "3", document: "docs/alice.md", text: "The job of Alice is pilot. Alice has an owl, two boats and a garden in the south."),
]
fn ask(question: string, hits: list<Passage>) -> string {
  user {
    insert hits with reuse: link(4), label: "\\n[${it.id}] "
    "\\nQuestion: ${question}"
  }
  gen reply with max: 8
  return reply
}
fn main() -> string { return ask("What is the port of Botu?", [HITS[2], HITS[0], HITS[1]]) }
"""


class StoredPassages(Case):
    """`insert ... with reuse:` over a folder, from the first run to the removal of a document."""

    def run_lmp(self, *words, code=0):
        done = subprocess.run([LMP, *words, "--json"], cwd=self.path, capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def stats(self):
        return self.run_lmp("run", "ask.lmp", "--chunk-store", "kv")["stats"]

    def stored(self):
        return self.run_lmp("cache", "stats", "kv")["objects"]

    def test_warm_passages_are_there_at_the_first_question(self):
        self.write("guide/botu.md", "# Botu\n\nThe port of Botu is 661. Botu is made of copper.\n")
        self.write("guide/wisha.md", "# Wisha\n\nThe leader of Wisha is Veahand.\n")
        model = str(ROOT / "examples/models/demo/demo.gguf")
        system = 'Say "$5"\nor nothing.'
        self.lmp("add", "guide.corpus", "guide", "--warm", code=2)
        warm = ["add", "guide.corpus", "guide", "--warm", "--model", model, "--chunk-store", "kv"]
        self.assertEqual(self.json(*warm)["warmed"], 2)
        self.assertEqual(self.stored(), 2)
        self.assertIn("warmed: 2 passages", self.lmp(*warm, "--system", system).stdout)
        self.assertEqual(self.stored(), 4)
        for head in ("", '  system "Say \\"\\$5\\"\\nor nothing."\n'):
            self.write("ask.lmp", 'corpus guide from "guide"\nfn main() -> string {\n' + head +
                       '  user { "Read:" insert retrieve("leader port", from: guide) with reuse: link(8) }\n'
                       "  gen x with max: 4\n  return x\n}\n")
            stats = self.run_lmp("run", "ask.lmp", "--chunk-store", "kv", "--model", model)["stats"]
            self.assertGreater(stats["reused_tokens"], 20)
        # An edited document leaves nothing of what it was.
        self.write("guide/wisha.md", "# Wisha\n\nThe leader of Wisha is Bo, and nobody else.\n")
        self.run_lmp("run", "ask.lmp", "--chunk-store", "kv", "--model", model)
        self.assertEqual(self.stored(), 3)

    def test_life_of_a_passage(self):
        self.write("ask.lmp", PASSAGES)
        first = self.stats()
        self.assertEqual((first["approximate_calls"], first["reused_tokens"]), (0, 0))
        self.assertEqual(self.stored(), 3)
        again = self.stats()
        self.assertEqual(again["approximate_calls"], 1)
        self.assertEqual(again["recomputed_tokens"], 12)
        self.assertGreater(again["reused_tokens"], 30)
        self.assertLess(again["computed_tokens"], first["computed_tokens"] - 30)

        self.assertEqual(self.run_lmp("cache", "purge", "kv", "--document", "docs/botu.md")["objects"], 1)
        self.assertEqual(self.run_lmp("cache", "purge", "kv", "--document", "docs/botu.md")["objects"], 0)
        self.assertEqual(self.run_lmp("cache", "purge", "kv", "--tenant", "other")["objects"], 0)
        self.assertEqual(self.stored(), 2)

        # A corpus that loses or changes a document takes its KV along.
        for name in ("wisha", "alice"):
            self.write(f"docs/{name}.md", f"# {name}\n\nText about {name}.\n")
        self.lmp("add", "c.corpus", "docs", "--chunk-store", "kv")
        self.assertEqual(self.stored(), 2)
        self.write("docs/wisha.md", "# wisha\n\nThe leader has changed.\n")
        self.lmp("add", "c.corpus", "--chunk-store", "kv")
        self.assertEqual(self.stored(), 1)
        self.lmp("remove", "c.corpus", "docs/alice.md", "--chunk-store", "kv")
        self.assertEqual(self.stored(), 0)
        self.lmp("add", "c.corpus", "--chunk-store", "no-such-folder")

    def test_failures(self):
        self.write("ask.lmp", PASSAGES)
        self.write("plain/file", "x")
        self.assertEqual(self.run_lmp("cache", "stats", "kv", code=3)["error"]["message"],
                         "there is no chunk store at kv")
        self.run_lmp("cache", "purge", "plain", "--tenant", "", code=3)
        self.run_lmp("cache", "purge", "plain", code=2)
        self.assertIn("holds other files",
                      self.run_lmp("run", "ask.lmp", "--chunk-store", "plain", code=2)["error"]["message"])
        self.assertEqual((self.path / "plain/file").read_text(), "x")


def main():
    global LMP
    parser = argparse.ArgumentParser()
    parser.add_argument("--lmp", required=True)
    options, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(options.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
