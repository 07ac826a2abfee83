#!/usr/bin/env python3
"""./dev and the demo with stand-ins for dpkg-query, apt-get, id, cmake, ninja and lmp: what is
missing is named exactly, nothing is installed unasked, failures say what to do."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

FAKES = {
    "dpkg-query": 'case " $FAKE_MISSING " in *" ${@: -1} "*) exit 1 ;; esac; echo installed',
    "id": 'echo "${FAKE_UID:-1000}"',
    "apt-get": 'echo "apt-get $*" >>"$FAKE_LOG"; case " $FAKE_APT_FAILS " in *" $1 "*) echo "no network"; exit 100 ;; esac',
    "cmake": 'mkdir -p "build/$2"; echo "cmake $*" >>"$FAKE_LOG"',
    "ninja": 'echo "ninja $*" >>"$FAKE_LOG"; case "$*" in *nosuch*) echo "ninja: error: unknown target '
             "'nosuch'\"; exit 1 ;; *quiet*) echo '[1/2] x'; exit 1 ;; esac",
    "nproc": "echo 2",
    "git": "echo a.cc",
    "clang-format": ":",
    "python3": 'case "$*" in *soak*) echo "soak $*" >>"$FAKE_LOG" ;; esac',
    "ctest": 'echo "ctest $PWD $*" >>"$FAKE_LOG"',
}
FAKE_LMP = """#!/bin/bash
echo "lmp $*" >>"$FAKE_LOG"
case "$1 $2" in
  info*) [ -z "${3:-}" ] || [ -e "$3" ] || { echo "lmp: no $3" >&2; exit 3; } ;;
  "run examples/${FAKE_SMALL:-none}.lmp") echo 'failure: `overflow` in x' >&2; echo "  = the context is 128" >&2; exit 4 ;;
  "run examples/${FAKE_WRONG:-none}.lmp") echo 'failure: `value` in x' >&2; exit 4 ;;
  run*) echo "answer"; echo "tokens: prompt 1" >&2 ;;
esac
"""
APT = "apt-get install -y --no-install-recommends"


class Dev(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lmp-dev-")
        self.path = pathlib.Path(self.folder.name)
        for name in ["dev", "tests/tools/demo.sh"]:
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.path / name)
        self.bin = self.path / "bin"
        self.bin.mkdir()
        for name, body in FAKES.items():
            self.script(self.bin / name, "#!/bin/bash\n" + body + "\n")
        self.script(self.path / "build/release/lmp", FAKE_LMP)
        self.script(self.path / "away/my model.gguf", "")
        self.log = self.path / "log"

    def tearDown(self):
        self.folder.cleanup()

    @staticmethod
    def script(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def dev(self, *words, code, stdin="", where=".", **env):
        self.log.write_text("")
        environment = {k: v for k, v in os.environ.items() if k != "CI"}
        environment |= {"PATH": f"{self.bin}:{environment['PATH']}", "FAKE_LOG": str(self.log), **env}
        done = subprocess.run([str(self.path / "dev"), *words], cwd=self.path / where, env=environment,
                              input=stdin, capture_output=True, text=True, timeout=60, check=False)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, f"dev {' '.join(words)}\n{text}")
        return text

    def calls(self, tool):
        return [line for line in self.log.read_text().splitlines() if line.startswith(tool)]

    def test_words(self):
        self.assertIn("./dev demo", self.dev(code=0))
        self.assertEqual(self.dev("help", code=0), self.dev(code=0))
        self.assertIn("unknown command 'bogus'", self.dev("bogus", code=2))
        self.dev("gpu-test", code=3)

    def test_missing_without_root(self):
        text = self.dev("build", code=1, FAKE_MISSING="libhwy-dev antlr4")
        self.assertIn("missing packages: libhwy-dev antlr4\n", text)
        self.assertIn(f"  sudo {APT} libhwy-dev antlr4\n", text)
        self.assertEqual(self.log.read_text(), "")
        # What tests need is not asked for by the demo.
        self.dev("demo", "--model", "away/my model.gguf", code=0, FAKE_MISSING="antlr4 doctest-dev")

    def test_missing_with_root(self):
        missing = {"FAKE_MISSING": "libhwy-dev", "FAKE_UID": "0"}
        for answer in ["n\n", "", "what\n"]:
            text = self.dev("build", code=1, stdin=answer, **missing)
            self.assertIn("nothing was installed", text)
            self.assertEqual(self.log.read_text(), "")
        for words, more in [(["build"], {"stdin": "y\n"}), (["build", "--yes"], {}), (["build"], {"CI": "true"})]:
            text = self.dev(*words, code=0, **more, **missing)
            self.assertEqual(self.calls("apt-get"), ["apt-get update -qq", f"{APT} libhwy-dev -qq --download-only",
                                                     f"{APT} libhwy-dev -qq"])
            self.assertIn("download of packages: ", text)
            self.assertIn("installation of packages: ", text)
        text = self.dev("build", "--yes", code=1, FAKE_APT_FAILS="update", **missing)
        self.assertIn("no network", text)
        self.assertIn(f"could not be downloaded: {APT} libhwy-dev", text)
        self.assertEqual(self.calls("ninja"), [])

    def test_build(self):
        self.dev("build", "lmp", code=0)
        self.assertEqual(self.calls("ninja"), ["ninja -C build/release -j 2 lmp"])
        text = self.dev("build", "nosuch", code=1)
        self.assertIn("unknown target 'nosuch'", text)
        self.assertIn("build of release failed; the whole log is build/release/build.log", text)
        self.assertIn("build of release failed", self.dev("build", "quiet", code=1))

    def test_check(self):
        for name in ["gguf", "ir_parse", "replay_main"]:
            self.script(self.path / f"tests/fuzz/{name}.cc", "")
        for name in ["gguf", "ir_parse"]:
            self.script(self.path / f"build/fuzz/tests/fuzz_{name}", f'#!/bin/bash\necho "fuzz {name} $*" >>"$FAKE_LOG"\n')
        self.dev("check", code=0)
        self.assertEqual(self.calls("ninja"), ["ninja -C build/release -j 2"])
        self.assertEqual(self.calls("fuzz"), [])
        self.dev("check", "--full", code=0)
        self.assertEqual(self.calls("ninja"), [
            "ninja -C build/release -j 2", "ninja -C build/minimal -j 2",
            "ninja -C build/tsan -j 2 asan_tests lmp_python lmp", "ninja -C build/asan -j 2 lmp",
            "ninja -C build/fuzz -j 2 fuzz_gguf fuzz_ir_parse"])
        self.assertIn("build/tsan --output-on-failure -j 2 -L unit|model|sim", self.calls("ctest")[1])
        self.assertEqual([line.split()[4] for line in self.calls("soak")], ["build/asan/lmp", "build/tsan/lmp"])
        self.assertEqual([line.split()[1:3] for line in self.calls("fuzz")],
                         [["gguf", "-max_total_time=60"], ["ir_parse", "-max_total_time=60"]])

    def test_demo(self):
        text = self.dev("demo", "--model", "my model.gguf", code=0, where="away")
        self.assertEqual(self.calls("ninja"), ["ninja -C build/release -j 2 lmp"])
        self.assertEqual(text.count("tokens: prompt 1\n"), 3)
        tries = text.split("Try next:\n")[1].splitlines()
        self.assertEqual(len(tries), 3)
        for line in tries:
            done = subprocess.run(["bash", "-c", line], cwd=self.path, check=False, capture_output=True,
                                  env={**os.environ, "FAKE_LOG": str(self.log)})
            self.assertEqual(done.returncode, 0, line)
        self.assertIn(f"--model {self.path}/away/my model.gguf", self.calls("lmp")[-1])
        again = self.dev("demo", "--model=my model.gguf", code=0, where="away")
        self.assertEqual(text.split("---")[1:], again.split("---")[1:])  # before it: how long the build took

    def test_demo_of_small_and_failing_models(self):
        model = ["--model", "away/my model.gguf"]
        text = self.dev("demo", *model, code=0, FAKE_SMALL="fork")
        self.assertIn("--- examples/fork.lmp\nleft out: the context of this model is too small", text)
        self.assertIn("the context is 128", text)
        tries = text.split("Try next:\n")[1].splitlines()
        self.assertEqual(len(tries), 3)
        self.assertNotIn("fork", "".join(tries))
        text = self.dev("demo", *model, code=1, FAKE_WRONG="fork")
        self.assertIn("failure: `value`", text)
        self.assertEqual(text.count("tokens: prompt 1\n"), 2)

    def test_demo_arguments(self):
        self.assertIn("no demo model in this tree yet", self.dev("demo", code=3))
        self.assertIn("--model needs a file", self.dev("demo", "--model", code=2))
        self.assertIn("unknown argument 'x'", self.dev("demo", "x", code=2))
        self.assertIn("none.gguf", self.dev("demo", "--model", "none.gguf", code=3))


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
