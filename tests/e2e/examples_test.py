#!/usr/bin/env python3
"""The programs of examples/ on the demo model: the answers, not only that they run.

    examples_test.py --lmp BINARY [-v] [TestClass.test_name ...]

rag.lmp and extract.lmp are greedy and compared as a whole; fork.lmp and story.lmp sample with the seed they name, so
what is compared is what has to hold for any seed: the vote, and whom the story is about. Of the others, which ask
for more than the demo model can do, every value is of its type; their tests, under mocks, say what they do.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "examples/models/demo/demo.gguf"
LMP = None

RAG = """Who is the leader of Wisha? Veahand
What is the port of Botu? 661
What is the job of Alice? pilot
"""

EXTRACT = """Wisha: copper, port 661, led by Veahand
Botu: wood, port 178, led by Omar
Krudrai: stone, port 46, led by Alice
"""


def run(*words, said=""):
    done = subprocess.run([LMP, "run", *words, "--model", str(MODEL)], cwd=ROOT, capture_output=True,
                          text=True, timeout=120, check=False, input=said)
    return done.returncode, done.stdout, done.stderr


class Examples(unittest.TestCase):
    def test_rag_answers_from_the_passages(self):
        code, out, err = run("examples/rag.lmp")
        self.assertEqual(code, 0, err)
        self.assertEqual(out, RAG)

    def test_all_tests_pass(self):
        done = subprocess.run([LMP, "test", "examples", "frontend/std"], cwd=ROOT, capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_all_run(self):
        for path in sorted((ROOT / "examples").glob("*.lmp")):
            code, _, err = run(f"examples/{path.name}")
            self.assertEqual(code, 0, f"{path.name}\n{err}")

    def test_values_are_of_their_types(self):
        tagged = json.loads(run("examples/triage.lmp")[1])
        self.assertEqual([one["id"] for one in tagged], ["1", "2", "3"])
        for one in tagged:
            self.assertIn(one["topic"], ("billing", "delivery", "account", "other"))
            self.assertIsInstance(one["urgent"], bool)
        ruling = json.loads(run("examples/judge.lmp")[1])
        self.assertIn(ruling["winner"], ("better_a", "better_b", "tie"))
        for row in json.loads(run("examples/enrich.lmp")[1]):  # those that a check let pass
            self.assertIn(str(row["facts"]["founded"]), ("1911", "1402"))

    def test_chat_answers_every_line(self):
        code, out, err = run("examples/chat.lmp", "--arg", "name=Ada", said="Hello\nI like tea.\n/bye\nnot heard\n")
        self.assertEqual(code, 0, err)
        self.assertEqual(out.count("\n"), 2, out)

    def test_rag_answers_another_question(self):
        code, out, err = run("examples/rag.lmp", "answer", "--arg", "question=What pet does Alice have?")
        self.assertEqual(code, 0, err)
        self.assertEqual(out.strip(), "cat")

    def test_extract_fills_the_records(self):
        code, out, err = run("examples/extract.lmp")
        self.assertEqual(code, 0, err)
        self.assertEqual(out, EXTRACT)

    def test_extract_gives_a_record_whatever_the_text(self):
        code, out, err = run("examples/extract.lmp", "extract", "--arg", "text=\"}] \u4e2d\\\\ null")
        self.assertEqual(code, 0, err)
        town = json.loads(out)
        self.assertEqual(list(town), ["name", "material", "port", "leader"])
        self.assertIn(town["material"], ("copper", "tin", "stone", "wood"))
        self.assertRegex(town["port"], r"^[1-9][0-9]{0,2}$")
        self.assertRegex(town["leader"], r"^[A-Z][a-z]{1,14}$")

    def test_fork_votes_for_the_last_value(self):
        code, out, err = run("examples/fork.lmp")
        self.assertEqual(code, 0, err)
        self.assertIn("\n8 has ", out)

    def test_story_is_about_its_hero(self):
        code, out, err = run("examples/story.lmp")
        self.assertEqual(code, 0, err)
        hero, _, rest = out.partition(" of Takatearn\n\n")
        self.assertIn(hero, ("Alice", "Peter", "Sofia"))
        self.assertIn(hero, rest)
        self.assertIn("lamp", rest)
        self.assertNotIn("<|", out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmp", required=True)
    options, rest = parser.parse_known_args()
    if not MODEL.exists():
        print("SKIPPED: there is no examples/models/demo/demo.gguf")
        sys.exit(0)
    LMP = str(pathlib.Path(options.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
