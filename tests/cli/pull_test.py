#!/usr/bin/env python3
"""`lmp pull` against a server on this machine: whole files, continued ones, wrong ones.

    pull_test.py --lmp BINARY [-v] [TestClass.test_name ...]
"""
import argparse
import hashlib
import http.server
import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = (ROOT / "tests/e2e/golden_models/llama_4_2_tied_q8_0.gguf").read_bytes()
LMP = None


class Site(http.server.BaseHTTPRequestHandler):
    """Serves `files`; what it does wrong stands in the server's fields."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_GET(self):
        site = self.server
        site.asked.append((self.path, dict(self.headers)))
        if self.path in site.moved:
            self.answer(302, Location=site.moved[self.path], **site.moved_headers)
            return
        body = site.files.get(self.path)
        if body is None:
            self.answer(404, b"Entry not found")
            return
        first = 0
        wanted = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
        if wanted and site.ranges and self.headers.get("If-Range") == site.tag:
            first = int(wanted[1])
        headers = {"ETag": site.tag, "Content_Length": str(len(body) - first)}
        if first:
            headers["Content_Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        try:
            self.answer(206 if first else 200, **headers)
            for at in range(first, min(len(body), first + site.cut_after), 4096):
                self.wfile.write(body[at:at + 4096])
                if at - first >= site.stop_at:
                    site.stopped.set()
                    site.go_on.wait(60)
        except OSError:
            pass


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lmp-pull-")
        self.path = pathlib.Path(self.folder.name)
        self.site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        self.site.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.site.server_port}"
        self.site.files = {"/m.gguf": MODEL, "/anna/small/resolve/main/sub/m.gguf": MODEL}
        self.site.moved, self.site.moved_headers, self.site.asked = {}, {}, []
        self.site.tag, self.site.ranges = '"one"', True
        self.site.cut_after = self.site.stop_at = 10**9
        self.site.stopped, self.site.go_on = threading.Event(), threading.Event()
        threading.Thread(target=self.site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def tearDown(self):
        self.site.go_on.set()
        self.site.shutdown()
        self.site.server_close()
        self.folder.cleanup()

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LMP_", "HF_")) and not k.lower().endswith("_proxy")}
        env.update(HOME=str(self.path), XDG_CACHE_HOME=str(self.path / "cache"), HF_ENDPOINT=self.url + "/")
        return env

    def lmp(self, *words, code=0, **env):
        done = subprocess.run([LMP, *words], cwd=self.path, env={**self.environment(), **env}, text=True,
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, code, f"lmp {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def names(self, folder=None):
        return sorted(p.name for p in (folder or self.path).iterdir())

    def says(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)


class Pull(Case):
    def test_hub(self):
        out, err = self.lmp("pull", "hf:anna/small/sub/m.gguf", HF_TOKEN="secret")
        made = self.path / "cache/lmp/models/anna/small/sub/m.gguf"
        self.assertEqual(out, f"{made}\n")
        self.assertEqual(made.read_bytes(), MODEL)
        self.says(err, "llama", hashlib.sha256(MODEL).hexdigest())
        self.assertEqual(self.site.asked[0][1]["Authorization"], "Bearer secret")
        found = json.loads(self.lmp("models", "--json")[0])
        self.assertIn(str(made), [m["path"] for m in found if m["loads"]])
        before = len(self.site.asked)
        out, err = self.lmp("pull", "hf:anna/small@main/sub/m.gguf")
        self.assertEqual(out, f"{made}\n")
        self.says(err, "there already")
        # The page that a browser shows.
        self.lmp("pull", f"{self.url}/anna/small/blob/main/sub/m.gguf")
        self.assertEqual(len(self.site.asked), before)

    def test_hub_moves_elsewhere(self):
        other = "/bytes/of/it?signature=x"
        self.site.files[other] = MODEL
        # Another origin: what is secret stays behind.
        self.site.moved["/anna/small/resolve/main/sub/m.gguf"] = f"http://localhost:{self.site.server_port}{other}"
        self.site.moved_headers = {"X_Linked_ETag": f'"{hashlib.sha256(MODEL).hexdigest()}"'}
        self.says(self.lmp("pull", "hf:anna/small/sub/m.gguf", HF_TOKEN="secret")[1], "as expected")
        self.assertNotIn("Authorization", self.site.asked[1][1])
        self.site.moved_headers = {"X_Linked_ETag": f'"{"0" * 64}"'}
        self.says(self.lmp("pull", "hf:anna/small/sub/m.gguf", "--to", "x.gguf", code=3)[1], "expected 0000")
        self.assertNotIn("x.gguf", self.names())

    def test_hub_lists(self):
        listing = lambda *names: json.dumps({"siblings": [{"rfilename": n} for n in names]}).encode()
        api = "/api/models/anna/small/revision/main"
        self.site.files[api] = listing("README.md", "sub/m.gguf")
        self.lmp("pull", "hf:anna/small")
        self.site.files[api] = listing("a.gguf", "b.gguf", "../../x.gguf")
        self.says(self.lmp("pull", "hf:anna/small", code=3)[1], "2 GGUF files", "lmp pull hf:anna/small/b.gguf")
        self.site.files[api] = listing("model.safetensors")
        self.says(self.lmp("pull", "hf:anna/small", code=3)[1], "no GGUF file")
        self.says(self.lmp("pull", "hf:anna/none", code=3)[1], "404")

    def test_names(self):
        for name in ("hf:anna", "hf:anna/../x.gguf", "hf:anna/s/../x.gguf", "hf:/s/x.gguf", "hf:a/b@/x.gguf",
                     "nowhere", "ftp://h/x.gguf", "https://a:b@h/x.gguf"):
            with self.subTest(name=name):
                self.lmp("pull", name, code=2)
        self.lmp("pull", self.url + "/", code=2)
        self.assertEqual(self.site.asked, [])

    def test_url(self):
        out, _ = self.lmp("pull", self.url + "/m.gguf")
        self.assertEqual(pathlib.Path(out.strip()).read_bytes(), MODEL)
        self.assertEqual(out, f"{self.path}/cache/lmp/models/127.0.0.1/m.gguf\n")
        (self.path / "here").mkdir()
        self.assertEqual(self.lmp("pull", self.url + "/m.gguf", "--to", "here")[0], "here/m.gguf\n")
        self.assertEqual(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf")[0], "a.gguf\n")
        self.assertEqual(self.names(self.path / "here"), ["m.gguf"])
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "none/a.gguf", code=3)[1], "no folder")
        self.says(self.lmp("pull", self.url + "/none.gguf", "--to", "b.gguf", code=3)[1], "404", "Entry not found")
        self.says(self.lmp("pull", "http://127.0.0.1:1/x.gguf", "--to", "b.gguf", "--tries", "1", code=3)[1], "nothing listens")
        self.assertNotIn("b.gguf.part", self.names())

    def test_checksum(self):
        right, wrong = hashlib.sha256(MODEL).hexdigest(), "ab" * 32
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf", "--sha256", wrong, code=3)[1], right, wrong)
        self.assertFalse(any(name.startswith("a.gguf") for name in self.names()))
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf", "--sha256", right)[1], "as expected")
        self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf", "--sha256", right)
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf", "--sha256", wrong, code=3)[1], "there already")
        self.lmp("pull", self.url + "/m.gguf", "--to", "b.gguf", "--sha256", "abc", code=2)

    def test_no_model(self):
        self.site.files["/page.gguf"] = b"<!doctype html> not found"
        self.says(self.lmp("pull", self.url + "/page.gguf", "--to", "a.gguf", code=3)[1], "does not begin with", "doctype")
        self.site.files["/cut.gguf"] = MODEL[:100000]
        self.says(self.lmp("pull", self.url + "/cut.gguf", "--to", "a.gguf", code=3)[1], "a.gguf.part")
        self.assertFalse(any(name.startswith("a.gguf") for name in self.names()))

    def killed(self, number):
        """What is left of a download that a signal ended half way."""
        self.site.stop_at = 65536
        child = subprocess.Popen([LMP, "pull", self.url + "/m.gguf", "--to", "a.gguf"], cwd=self.path,
                                 env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(self.site.stopped.wait(60))
        part = self.path / "a.gguf.part"
        end = time.monotonic() + 60
        while not part.exists() or part.stat().st_size < 60000:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        child.send_signal(number)
        _, err = child.communicate(timeout=60)
        self.site.stop_at = 10**9
        self.site.go_on.set()
        self.assertEqual(self.names(), ["a.gguf.part", "a.gguf.part.from"])
        return child.returncode, err.decode()

    def test_killed(self):
        self.assertEqual(self.killed(signal.SIGKILL)[0], -signal.SIGKILL)
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf")[1], "(continued)")
        self.assertGreater(int(re.match(r"bytes=(\d+)-", self.site.asked[-1][1]["Range"])[1]), 60000)
        self.assertEqual((self.path / "a.gguf").read_bytes(), MODEL)
        self.assertEqual(self.names(), ["a.gguf"])

    def test_interrupted(self):
        code, err = self.killed(signal.SIGINT)
        self.assertEqual(code, 130)
        self.says(err, "the same command goes on")
        self.site.tag = '"two"'  # it has changed meanwhile
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf")[1], "begins anew")
        self.assertEqual((self.path / "a.gguf").read_bytes(), MODEL)

    def test_cut_off(self):
        self.site.cut_after = 100000
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf", "--tries", "1", code=3)[1], "bytes are missing")
        self.site.ranges = False
        self.site.cut_after = 10**9
        self.says(self.lmp("pull", self.url + "/m.gguf", "--to", "a.gguf")[1], "begins anew")
        self.assertEqual((self.path / "a.gguf").read_bytes(), MODEL)

    def test_terminal(self):
        master, slave = pty.openpty()
        import fcntl, struct, termios
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
        self.site.stop_at = 65536
        child = subprocess.Popen([LMP, "pull", self.url + "/m.gguf", "--to", "a.gguf"], cwd=self.path,
                                 env=self.environment(), stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.assertTrue(self.site.stopped.wait(60))
        time.sleep(0.2)  # a line is drawn at most ten times per second
        self.site.go_on.set()
        seen = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            seen += piece
        os.close(master)
        self.assertEqual(child.wait(60), 0, seen)
        lines = [part.split(b"\r")[0] for part in seen.split(b"\r\x1b[K")[1:]]
        self.assertTrue(any(b"%" in line for line in lines), seen)
        self.assertTrue(all(len(line) < 20 for line in lines[:-1]), seen)


def main():
    global LMP
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, help="the binary to test")
    args, rest = parser.parse_known_args()
    LMP = str(pathlib.Path(args.lmp).resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
