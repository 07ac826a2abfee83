#!/usr/bin/env python3
"""Programs whose tools ask a server on this machine, from outside: secrets, proxies, records.

    servers_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import argparse
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf"
LMP = None

PROGRAM = """
config { allow: [env("SHOP_URL")], seed: 3 }
record Item { title: string  cents: int }

@retry(2) @cache(1m)
tool items(q: string) -> list<Item>(0..9) = http.get("${env("SHOP_URL")}/items", query: { q: q },
  headers: { Authorization: "Bearer ${env("SHOP_KEY")}" })

fn main(q: string = "tea & cake") -> string {
  let found = [items(q), items(q)][1]
  emit "${found}\\n"
  user "Items: ${found}"
  gen text with max: 8, temp: 0.9
  return text
}
fn broken() -> string { return "${items("broken")}" }
"""


class Shop(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        busy = len(self.server.asked) == 1 or "broken" in self.path
        body = f"try again, {self.headers['Authorization']}" if busy else json.dumps(
            [{"title": "tea", "cents": 300, "stock": 4}])
        self.send_response(503 if busy else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


class Servers(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
        self.server.asked = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(self.stop)
        self.path = pathlib.Path(folder.name)
        (self.path / "shop.lmp").write_text(PROGRAM)
        self.environment = {
            "SHOP_URL": f"http://127.0.0.1:{self.server.server_address[1]}/v1",
            "SHOP_KEY": "g3heim",
            # Nothing may go there.
            "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
            "all_proxy": "http://127.0.0.1:9"}

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def lmp(self, *words, code=0, without=()):
        environment = {name: text for name, text in self.environment.items() if name not in without}
        ran = subprocess.run([LMP, *words, "--model", MODEL], cwd=self.path, capture_output=True,
                             text=True, env={"PATH": os.environ["PATH"], **environment}, timeout=120)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        self.assertNotIn("g3heim", ran.stdout + ran.stderr)
        return ran

    def test_a_run_asks_and_is_repeated_without_the_server(self):
        first = self.lmp("run", "shop.lmp", "--record", "run.jsonl", "--stats")
        self.assertTrue(first.stdout.startswith('[{"title":"tea","cents":300}]\n'))
        self.assertRegex(first.stderr, r"tools \d \(kept \d\)")
        asked = self.server.asked
        self.assertEqual(asked, [("/v1/items?q=tea%20%26%20cake", "Bearer g3heim")] * 2)
        record = (self.path / "run.jsonl").read_text()
        self.assertNotIn("g3heim", record)
        self.assertIn("the server answers 503 Service Unavailable", record)
        for line in record.splitlines():
            json.loads(line)
        self.stop()
        again = self.lmp("run", "shop.lmp", "--replay", "run.jsonl", without=["SHOP_URL", "SHOP_KEY"])
        self.assertEqual(again.stdout, first.stdout)
        wrong = self.lmp("run", "shop.lmp", "--replay", "run.jsonl", "--arg", "q=milk", code=2)
        self.assertIn("the argument `q` differs", wrong.stderr)
        wrong = self.lmp("run", "shop.lmp", "broken", "--replay", "run.jsonl", code=2)
        self.assertIn("the function differs", wrong.stderr)
        wrong = self.lmp("run", "shop.lmp", "--replay", "shop.lmp", code=2)
        self.assertIn("line 1 of the record", wrong.stderr)
        self.lmp("run", "shop.lmp", "--replay", "none.jsonl", code=3)
        self.lmp("run", "shop.lmp", "--replay", "run.jsonl", "--record", "b.jsonl", code=2)

    def test_a_failure_is_recorded_too(self):
        first = self.lmp("run", "shop.lmp", "broken", "--record", "run.jsonl", code=4)
        self.assertIn('503 Service Unavailable: try again, Bearer env("SHOP_KEY")', first.stderr)
        self.assertEqual(len(self.server.asked), 3)
        again = self.lmp("run", "shop.lmp", "--replay", "run.jsonl", code=4)
        self.assertEqual(again.stderr, first.stderr)
        self.assertEqual(len(self.server.asked), 3)

    def test_a_variable_that_is_not_set_is_said_before_the_model_is_loaded(self):
        for name in ("SHOP_URL", "SHOP_KEY"):
            ran = self.lmp("run", "shop.lmp", code=2, without=[name])
            self.assertIn(f"the environment variable {name}, which tool `items` needs, is not set",
                          ran.stderr)
        self.assertEqual(self.server.asked, [])

    def test_tests_ask_nobody(self):
        (self.path / "tested.lmp").write_text(PROGRAM + """
test "mocked" {
  mock items = [Item(title: "cake", cents: 5)]
  mock main.text = "x"
  check main() == "x"
}
""")
        ran = subprocess.run([LMP, "test", "tested.lmp"], cwd=self.path, capture_output=True, text=True,
                             env={"PATH": os.environ["PATH"]}, timeout=120)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.lmp("test", "tested.lmp", "--live", without=["SHOP_URL", "SHOP_KEY"])
        self.assertEqual(self.server.asked, [])

    def test_live_tests_are_repeated_without_the_server(self):
        (self.path / "in").mkdir()
        tests = """
test "what/is it" { check main() != "" and stats().calls == 1  check main("milk") != "" }
test "broken" { check broken() == "" }
test "mocked" { mock items = [Item(title: "cake", cents: 5)]  mock main.text = "x"  check main() == "x" }
"""
        (self.path / "in/tested.lmp").write_text(PROGRAM + tests)
        live = ["test", "in/../in/tested.lmp", "--live"]
        first = self.lmp(*live, "--record", "kept", code=4)
        self.assertIn("3 tests, 1 failed", first.stdout)
        kept = self.path / "kept/in/tested.lmp"
        self.assertEqual(sorted(p.name for p in kept.iterdir()),
                         ["broken.jsonl", "mocked.jsonl", "what%2Fis_it.jsonl"])
        self.assertNotIn("g3heim", (kept / "broken.jsonl").read_text())
        self.stop()
        again = self.lmp(*live, "--replay", "kept", code=4, without=["SHOP_URL", "SHOP_KEY"])
        self.assertEqual(again.stdout, first.stdout)
        self.lmp(*live, "--replay", "kept", "--filter", "it", without=["SHOP_URL", "SHOP_KEY"])
        # One has no record, one that of another seed.
        (kept / "mocked.jsonl").unlink()
        lost = self.lmp(*live, "--replay", "kept", "--seed", "4", code=4)
        self.assertIn("there is no record of this test", lost.stdout)
        self.assertIn("lmp test --live --record kept in/../in/tested.lmp", lost.stdout)
        self.assertIn("the seed differs: recorded with 3, now 4", lost.stdout)
        self.assertIn("3 tests, 3 failed", lost.stdout)
        # An answer that came otherwise gives another end, which is said.
        record = kept / "what%2Fis_it.jsonl"
        record.write_text(record.read_text().replace('"tea', '"milk').replace("tea", "milk"))
        changed = self.lmp(*live, "--replay", "kept", "--filter", "it", code=4)
        self.assertIn("the repeated run differs from what was recorded", changed.stdout)
        for words in (["--record", "kept"], ["--live", "--record", "a", "--replay", "b"]):
            self.lmp("test", "in/tested.lmp", *words, code=2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lmp", required=True)
    known, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(known.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
