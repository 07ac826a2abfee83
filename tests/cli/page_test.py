#!/usr/bin/env python3
"""The page of `lmp serve --playground` in a headless Chromium, which is driven through a pipe. SKIPPED where none is installed.

    page_test.py --lmp BINARY [--pictures FOLDER] [-v] [TestClass.test_name ...]
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import openai_test as base

CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PICTURES = None
PROGRAM = """// A mood for each of them.
record Mood { word: "glad" | "sad"  why: string(max: 20) }

fn mood(name: string) -> Mood {
  system "You say how people are."
  user "How is ${name}?"
  gen m: Mood with max: 40
  return m
}

fn main(names: list<string> = ["Ann of Bath", "Ben of Rome", "Cleo of York"], loud: bool = false) -> list<Mood> {
  let moods = fork name in names { yield mood(name) }
  for i in 0..len(names) { emit "${names[i]} is ${moods[i].word}\\n" }
  return moods
}
"""
HOSTILE = """fn main(text: string = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 2'><b>bold</b>") -> string {
  user text
  gen x: "<script>window.hurt = 3</script>"
  gen y with max: 4
  emit text
  emit x
  return x
}
"""


class Browser:
    """DevTools over the pipe of a Chromium with one page."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lmp-page-", ignore_cleanup_errors=True)
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()

        def place_pipes():
            os.dup2(to_read, 13)
            os.dup2(to_write, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)
        self.child = subprocess.Popen(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe", "--hide-scrollbars",
             f"--user-data-dir={self.folder.name}", "about:blank"],
            preexec_fn=place_pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.held, self.number, self.said = b"", 0, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(domain + ".enable")

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close")
        except (OSError, AssertionError):
            pass
        self.child.wait(20)
        os.close(self.to_browser)
        os.close(self.from_browser)
        self.folder.cleanup()

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.held:
                part = os.read(self.from_browser, 1 << 16)
                if not part:
                    raise AssertionError("the browser has ended")
                self.held += part
            one, self.held = self.held.split(b"\0", 1)
            answer = json.loads(one)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
                self.said.append(json.dumps(answer["params"]))

    def value(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression, seconds=60):
        end = time.monotonic() + seconds
        while not (value := self.value(expression)):
            if time.monotonic() > end:
                raise AssertionError(f"{expression} did not become true: {self.value('document.body.innerText')}")
            time.sleep(0.03)
        return value

    def size(self, width, height):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, name):
        if PICTURES is None:
            return
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=False)["data"]
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(data))


@unittest.skipIf(CHROMIUM is None, "SKIPPED: no chromium is installed (Debian's package `chromium`, or CHROMIUM=PATH)")
class Page(base.Client):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        super().tearDownClass()

    @classmethod
    def start(cls, *words, **more):
        (cls.path / "moods.lmp").write_text(PROGRAM)
        return super().start("moods.lmp", "--playground", *words, **more)

    def setUp(self):
        self.browser.size(1300, 900)
        self.browser.scheme("light")

    def open(self, port=None, wait="document.querySelectorAll('#programs option').length > 0 && $('counters').children.length > 0"):
        self.browser.ask("Page.navigate", url=f"http://127.0.0.1:{port or self.port}/")
        self.browser.wait("document.readyState === 'complete'")
        self.browser.said.clear()
        self.browser.wait(wait)

    def write(self, source):
        self.browser.value(f"$('checked').textContent = ''; $('source').value = {json.dumps(source)}; $('source').dispatchEvent(new Event('input'))")
        self.browser.wait("$('checked').textContent !== ''")

    def click(self, selector):
        self.browser.value(f"document.querySelector({json.dumps(selector)}).click()")

    def run_it(self, ends="done"):
        self.browser.value("$('state').textContent = ''")
        self.click("#run")
        self.browser.wait(f"['done', 'failed', 'stopped'].includes($('state').textContent)")
        self.assertEqual(self.browser.value("$('state').textContent"), ends, self.browser.value("$('failure').textContent"))

    def text(self, selector):
        return self.browser.value(f"document.querySelector({json.dumps(selector)}).textContent")

    def assertQuiet(self):
        self.assertEqual(self.browser.said, [])

    def test_a_served_program(self):
        self.open()
        self.browser.value("$('programs').value = 'moods'; $('programs').dispatchEvent(new Event('change'))")
        self.assertEqual(self.browser.value("$('source').value"), PROGRAM)
        self.assertEqual(self.browser.value("$('functions').value"), "main")
        self.assertEqual(json.loads(self.browser.value("$('argument-names').value")), ["Ann of Bath", "Ben of Rome", "Cleo of York"])
        self.run_it()
        emitted = self.text("#emitted")
        self.assertEqual(len(emitted.splitlines()), 3)
        self.assertTrue(emitted.startswith("Ann of Bath is "))
        value = json.loads(self.text("#value"))
        self.assertEqual([line.split(" is ")[1] for line in emitted.splitlines()], [mood["word"] for mood in value])
        rows = self.browser.value("[...document.querySelectorAll('#variables tr')].map(row => row.cells[1].textContent)")
        self.assertEqual(sorted(map(json.loads, rows), key=str), sorted(value, key=str))
        self.assertIn("3 calls of the model", self.text("#usage"))
        self.browser.picture("output")
        self.click("#tab-time")
        self.assertEqual(self.browser.value("document.querySelectorAll('#time .row').length"), 3)
        self.assertTrue(self.browser.value("$('time').hidden === false && $('output').hidden === true"))
        inside = "[...document.querySelectorAll('#time .span')].every(bar => parseFloat(bar.style.left) + parseFloat(bar.style.width) < 100.1)"
        self.assertTrue(self.browser.value(inside))
        self.browser.picture("time")
        # The contexts are a tree: the system message stands there once, and each child has what is its own.
        self.click("#tab-context")
        tree = self.text("#tree")
        self.assertEqual(tree.count("You say how people are."), 1, tree)
        for name in ("Ann of Bath", "Ben of Rome", "Cleo of York"):
            self.assertIn(name, tree)
        self.assertGreaterEqual(self.browser.value("document.querySelectorAll('#tree .node .node').length"), 3)
        for kind in ("role", "static", "dynamic", "generated", "forced"):
            self.assertGreater(self.browser.value(f"document.querySelectorAll('#tree .part.{kind}').length"), 0, kind)
        self.browser.picture("contexts")
        # Again: all prompts are found.
        self.run_it()
        self.assertGreater(self.browser.value("document.querySelectorAll('#tree .part.cached').length"), 0)
        self.click("#tab-engine")
        self.browser.wait("document.querySelector('#rates polyline').getAttribute('points') !== ''")
        self.assertIn("found in the cache", self.text("#counters"))
        # The tree of the cache: what all three contexts begin with was found, and its text is not there.
        self.browser.wait("document.querySelectorAll('#cache .row').length >= 3")
        hits = "Math.max(...[...document.querySelectorAll('#cache .much')].map(one => parseInt(one.textContent)))"
        before = self.browser.value(hits)
        self.assertGreaterEqual(before, 3)
        self.assertNotIn("You say how people are.", self.text("#cache"))
        inside = "[...document.querySelectorAll('#cache .span')].every(bar => parseFloat(bar.style.left) + parseFloat(bar.style.width) < 100.1)"
        self.assertTrue(self.browser.value(inside))
        self.browser.picture("engine")
        self.ask("/v1/programs/moods", {"arguments": {}})
        self.browser.wait(f"{hits} > {before}")  # it is live
        self.assertQuiet()

    def test_a_wrong_program(self):
        self.open()
        self.write("fn main() {\n  emit \"ü\" + tea\n}\n")
        self.assertEqual(self.text("#checked"), "wrong")
        self.assertIn("tea", self.text("#diagnostics"))
        self.assertEqual(self.browser.value("[...document.querySelectorAll('#lines .wrong')].map(line => line.textContent)"), ["2"])
        self.click("#diagnostics button")
        at = self.browser.value("$('source').selectionStart")
        self.assertEqual(self.browser.value("$('source').value")[at:at + 3], "tea")
        self.browser.picture("wrong")
        self.run_it("failed")
        self.assertIn("the program is wrong", self.text("#failure"))
        # Mended, it runs; what was said of it is gone.
        self.write('fn main(n: int = 4, who: "a" | "b" = "b") { emit "${n}${who}" }')
        self.assertEqual((self.text("#checked"), self.text("#diagnostics")), ("right", ""))
        self.browser.value("document.getElementById('argument-n').value = '7'; document.getElementById('argument-who').value = 'a'")
        self.run_it()
        self.assertEqual(self.text("#emitted"), "7a")
        self.browser.value("document.getElementById('argument-n').value = '{'")
        self.run_it("failed")
        self.assertIn("argument n: expected JSON of int", self.text("#failure"))
        self.write("fn main() -> int { return 1 / len(\"\") }")
        self.run_it("failed")
        self.assertIn("division by zero", self.text("#failure"))
        self.assertEqual([line for line in self.browser.said if "400" not in line], [])  # the browser says what was refused

    def test_what_is_said_stays_text(self):
        self.open()
        self.write(HOSTILE)
        self.run_it()
        self.assertIn("<script>window.hurt = 1</script><img", self.text("#emitted"))
        self.assertEqual(self.text("#value"), "<script>window.hurt = 3</script>")
        for tab in ("time", "context", "engine", "output"):
            self.click(f"#tab-{tab}")
        self.assertIn("onerror", self.text("#tree"))
        time.sleep(0.2)
        self.assertEqual(self.browser.value("[typeof window.hurt, document.querySelectorAll('script').length, document.querySelectorAll('img, main b:not(.facts b)').length]"),
                         ["undefined", 1, 0])
        # If the page had a mistake there, the policy would stop it.
        self.assertEqual(self.browser.value("try { document.body.innerHTML = '<b>x</b>'; 'taken' } catch { 'refused' }"), "refused")

    def test_stopping(self):
        self.open()
        self.write('fn say() -> string { user "go on"  gen x with max: 16  return x }\nfn main() { for i in 0..100000 { emit say() } }')
        self.click("#run")
        self.browser.wait("document.querySelector('#emitted').textContent !== ''")
        self.assertTrue(self.browser.value("$('run').disabled && !document.querySelector('#stop').disabled"))
        self.click("#stop")
        self.browser.wait("$('state').textContent === 'stopped'")
        for _ in range(600):
            state = self.ask("/v1/playground/state", "", method="GET")[1]
            if state["sequences_running"] == 0:
                break
            time.sleep(0.05)
        self.assertEqual(state["sequences_running"], 0)
        self.assertFalse(self.browser.value("document.querySelector('#run').disabled"))

    def test_keys(self):
        port = self.server("--api-key-file", "keys")
        self.open(port, "$('asking').open")
        self.assertIn("This server asks for a key", self.text("#asking"))
        self.browser.value("$('key').value = 'nobodys'; document.querySelector('#asking button').click()")
        self.browser.wait("$('key').value === '' && $('asking').open")  # asked again
        self.assertIn("The server does not take this key", self.text("#asking"))
        self.browser.picture("key")
        # What no header can hold is asked again, too, and nothing that was refused is kept.
        self.browser.value("$('key').value = '\u043a\u043b\u044e\u0447'; document.querySelector('#asking button').click()")
        self.browser.wait("$('key').value === '' && $('asking').open")
        self.assertIsNone(self.browser.value("sessionStorage.getItem('lmp.key')"))
        self.browser.value("$('key').value = 'first-key'; document.querySelector('#asking button').click()")
        self.browser.wait("document.querySelectorAll('#programs option').length === 2")
        self.assertFalse(self.browser.value("$('asking').open"))
        self.browser.value("$('programs').value = 'moods'; $('programs').dispatchEvent(new Event('change'))")
        self.run_it()
        # Of two tenants neither sees what is counted of both, but his own cache.
        self.click("#tab-engine")
        self.assertEqual(self.text("#counters"), "Of several tenants: shown to keys of operators.")
        self.browser.wait("document.querySelectorAll('#cache .row').length > 0")
        self.browser.picture("key-no-operator")
        # A key that is kept and no longer right, as that of another server: asked again, and the page goes on.
        self.browser.value("sessionStorage.setItem('lmp.key', 'nobodys')")
        self.open(port, "$('asking').open")
        self.browser.value("$('key').value = 'second-key'; document.querySelector('#asking button').click()")
        self.browser.wait("document.querySelectorAll('#programs option').length === 2")
        self.assertEqual(self.browser.value("sessionStorage.getItem('lmp.key')"), "second-key")
        self.click("#tab-engine")
        self.browser.wait("$('counters').textContent.startsWith('Of several tenants') && $('cache-note').textContent === 'Nothing.'")

    def test_limits(self):
        (self.path / "few").write_text("few-key requests-per-minute=2\n")
        port = self.server("--api-key-file", "few")
        self.open(port, "$('asking').open")
        self.browser.value("$('key').value = 'few-key'; document.querySelector('#asking button').click()")
        self.browser.wait("document.querySelectorAll('#programs option').length === 2 && $('counters').children.length > 2")  # alone: an operator
        self.browser.value("$('programs').value = 'moods'; $('programs').dispatchEvent(new Event('change'))")
        self.run_it()
        self.run_it()
        self.run_it("failed")
        self.assertIn("may have 2 requests a minute", self.text("#failure"))
        self.assertFalse(self.browser.value("$('run').disabled"))
        self.write("fn main() { }")
        self.assertEqual(self.text("#checked"), "not taken")
        self.browser.picture("limit")
        self.assertIn("may have 2 requests a minute", self.text("#diagnostics"))

    def test_a_name_that_is_not_its_own(self):
        """Another name for this machine: a page of elsewhere may have it. Nothing is shown, and why."""
        self.browser.ask("Page.navigate", url=f"http://elsewhere.localhost:{self.port}/")
        self.browser.wait("document.readyState === 'complete' && document.body.innerText.includes('wrong_origin')", 20)
        self.browser.picture("wrong-origin")

    def test_a_server_that_has_gone(self):
        child, port = self.start()
        self.open(port)
        self.browser.value("$('programs').value = 'moods'; $('programs').dispatchEvent(new Event('change'))")
        self.run_it()
        self.stop(child)
        self.browser.wait("$('state').textContent === 'the server does not answer'", 20)
        self.browser.value("$('state').textContent = ''")
        self.click("#run")
        self.browser.wait("$('failure').textContent === 'the server does not answer'")
        self.assertFalse(self.browser.value("$('run').disabled"))
        self.browser.picture("gone")

    def test_small_and_dark(self):
        self.browser.size(400, 800)
        self.browser.scheme("dark")
        self.open()
        self.browser.value("$('programs').value = 'moods'; $('programs').dispatchEvent(new Event('change'))")
        self.run_it()
        for tab in ("output", "time", "context", "engine"):
            self.click(f"#tab-{tab}")
            self.assertLessEqual(self.browser.value("document.documentElement.scrollWidth"), 400, tab)
            self.browser.value("$('seen').scrollIntoView()")
            self.browser.picture(f"small-dark-{tab}")
        self.browser.value("scrollTo(0, 0)")
        self.browser.picture("small-dark-top")
        dark = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(part => part < 64)"
        self.assertTrue(self.browser.value(dark))
        self.browser.scheme("light")
        self.assertFalse(self.browser.value(dark))


def main():
    global PICTURES
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, help="the binary to test")
    parser.add_argument("--pictures", type=pathlib.Path, help="a folder for pictures of the page")
    args, rest = parser.parse_known_args()
    base.LMP = str(pathlib.Path(args.lmp).resolve())
    PICTURES = args.pictures
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
