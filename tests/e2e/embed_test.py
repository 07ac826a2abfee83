#!/usr/bin/env python3
"""An installed LMP as other people's builds see it: examples/embed, copied away, through find_package and through
pkg-config, under the address sanitizer, with the answers of the command line; no file of the source tree is read for
it, and no symbols of LMP's inside are shown.

    embed_test.py --build BUILD_FOLDER
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = None
TALK = ["Say hello.", "What is the port of Botu?", "And again?"]
WHOLE = """fn main() {
  var talk = context { system "You are brief." }
  for said in ["%s"] {
    on talk { user said  gen reply with max: 40 }
    emit "${reply}\\n"
  }
}
""" % '", "'.join(TALK)

# Where pieces of the page stand, in their order: what comes before, at "... later", and behind.
HOST = """#include <lmp/lmp.h>
#include <cstdio>
#include <future>
lmp::Result<std::string> LookUp(std::string_view arguments) {
  return std::string(arguments == R"({"id":"ORD-1"})" ? R"({"cents": 450})" : "{}");
}
int main(int, char** argv) {
  auto loaded = lmp::Engine::Load({.model = argv[1]});
  const auto engine = std::move(loaded).value();
  const auto program = lmp::Compile("page.lmp", R"(
record Order { cents: int }
tool order(id: string) -> Order = host("orders.lookup")
fn main() -> int { return order("ORD-1").cents }
fn talk() -> string { return listen() }
)").program;
BODY
}
"""
ENDS = 'const auto& report = run.value()->Wait();\nif (report.ok && report.value_json == %s) std::fputs("ok", stdout);\n'
PIECES = [
    ("", "", 'const auto run = engine->Start(program, "main", {});\n' + ENDS % '"450"'),
    ('lmp::RunOptions options;\nconst std::string line = "Ada";\n',
     'const auto run = engine->Start(program, "talk", {}, options);\n', ENDS % 'R"("Ada")"'),
]


def output_of(*command, status=0, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **options)
    if done.returncode != status:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout if status == 0 else done.stderr


class Embedding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lmp-embed-")
        cls.path = pathlib.Path(cls.folder.name)
        cls.prefix = cls.path / "prefix"
        output_of("cmake", "--install", BUILD, "--component", "lmp", "--prefix", cls.prefix)
        # Nothing of the source tree is there: what is missing from the installation is missed.
        shutil.copytree(ROOT / "examples/embed", cls.path / "embed")
        cls.demo = cls.prefix / "share/lmp/demo.gguf"
        cls.sanitized = ["-fsanitize=address", "-fno-omit-frame-pointer"]

    def assertOutsideOfTheTree(self, *dependencies):
        """Of what a compiler says that it has read, and a loader that it would load."""
        self.assertTrue(dependencies)
        for text in dependencies:
            self.assertNotIn(f"{ROOT}/", text)
            self.assertIn(str(self.prefix), text)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_find_package(self):
        flags = " ".join(self.sanitized)
        build = self.path / "build"
        output_of("cmake", "-S", self.path / "embed", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                  f"-DCMAKE_CXX_FLAGS={flags}", f"-DCMAKE_C_FLAGS={flags}")
        output_of("cmake", "--build", build)
        self.assertOutsideOfTheTree(*[file.read_text() for file in build.glob("CMakeFiles/*.dir/*.d")])
        self.assertOutsideOfTheTree(output_of("ldd", build / "ask"), output_of("ldd", build / "ask_c"))
        question = "Say \"hello\"."
        said = output_of(build / "ask", self.demo, question, cwd=self.path)
        program = self.path / "ask.lmp"
        program.write_text("fn main(q: string) { user q  gen reply with max: 40  emit reply }\n")
        lmp = self.prefix / "bin/lmp"
        self.assertEqual(said + "\n", output_of(lmp, "run", program, "--arg", f"q={question}", cwd=self.path))
        self.assertIn("none.gguf", output_of(build / "ask", self.path / "none.gguf", "x", status=1))
        self.assertTrue(output_of(build / "ask_c", self.demo, '{"q": "Why?"}').startswith('{"text":"'))
        self.assertEqual(output_of(build / "ask_c", self.demo, '{"q": 1}', status=1),
                         "function `main`: argument `q`: expected a string, found the integer 1\n")
        # A conversation from the host, and the same in one program.
        program.write_text(WHOLE)
        self.assertEqual(output_of(build / "talk", self.demo, input="".join(f"{line}\n" for line in TALK)),
                         output_of(lmp, "run", program, cwd=self.path))

    def test_pkg_config(self):
        if shutil.which("pkg-config") is None:
            print("SKIPPED: no pkg-config here, so lmp.pc was not tried")
            return
        env = dict(os.environ, PKG_CONFIG_PATH=str(next(self.prefix.glob("**/pkgconfig"))))
        flags = output_of("pkg-config", "--cflags", "--libs", "lmp", env=env).split()
        binary = self.path / "ask_pc"
        output_of("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-MD", "-MF", self.path / "ask_pc.d",
                  self.path / "embed/main.c", *flags, "-o", binary)
        self.assertOutsideOfTheTree((self.path / "ask_pc.d").read_text())
        env["LD_LIBRARY_PATH"] = str(next(self.prefix.glob("**/liblmp.so")).parent)
        self.assertIn(" tokens\n", output_of(binary, self.demo, '{"q": "Why?"}', env=env))

    def test_page(self):
        """Every block of docs/EMBEDDING.md that is not for Python or a shell: an example that other tests build, or a
        piece of C++ that is built here, in the program below, and run."""
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / "docs/EMBEDDING.md").read_text(), re.M | re.S)
        self.assertLessEqual({language for language, _ in blocks}, {"", "console", "cmake", "cpp", "python"})
        whole = ["\n".join(line for line in file.read_text().splitlines() if not line.startswith(("#!", "//", "# ")))
                 for file in sorted((ROOT / "examples/embed").iterdir())]
        pieces = []
        for language, text in blocks:
            if language in ("cmake", "cpp") and not any(text.strip() in file for file in whole):
                pieces.append(text)
        self.assertEqual(len(pieces), len(PIECES), pieces)
        for text, (before, between, after) in zip(pieces, PIECES):
            first, marker, second = text.partition("// ... later")
            self.assertEqual(bool(marker), bool(between))
            second = second.partition("\n")[2]
            self.assertEqual(self.run_cpp(HOST.replace("BODY", before + first + between + second + after)), "ok")

    def run_cpp(self, text):
        source = self.path / "piece.cc"
        source.write_text(text)
        library = next(self.prefix.glob("**/liblmp.so")).parent
        include = self.prefix / "include"
        output_of("c++", "-std=c++20", *self.sanitized, f"-I{include}", f"-I{include / 'lmp'}", source, f"-L{library}", "-llmp",
                  "-pthread", "-o", self.path / "piece")
        return output_of(self.path / "piece", self.demo, env=dict(os.environ, LD_LIBRARY_PATH=str(library)))

    def test_symbols(self):
        library = next(self.prefix.glob("**/liblmp.so"))
        for line in output_of("nm", "-DC", "--defined-only", library).splitlines():
            name = line.split(maxsplit=2)[2]
            ours = name.startswith("lmp_") or "lmp::" in name
            self.assertTrue(ours or "std::" in name, f"{name} is no part of the interface")
            for inside in ("lmp::ir::", "lmp::exec::", "lmp::engine::", "lmp::frontend::", "lmp::cache::", "lmp::api::"):
                self.assertFalse(name.startswith(inside), name)

    def test_what_the_header_declares_is_there(self):
        """Every function and method that lmp.h and what it includes declare without a body."""
        folder = self.prefix / "include/lmp/runtime/api"
        header = re.sub(r"//.*", "", "".join((folder / name).read_text() for name in ("lmp.h", "answer.h", "completion_request.h")))
        symbols = output_of("nm", "-DC", "--defined-only", next(self.prefix.glob("**/liblmp.so")))
        missing, inside = [], []
        for line in header.splitlines():
            opened = re.match(r"( *)(class|struct) (\w+)[^;]*{$", line)
            if opened:
                inside.append((len(opened[1]), opened[3]))
            elif inside and line.rstrip() == " " * inside[-1][0] + "};":
                inside.pop()
            declared = re.match(r"^ *(?:static |explicit )?[\w:<>,*& ]*?\b(\w+)\([^{=]*(\) const;|\);|,|\()?$", line)
            if declared is None or re.search(r"\b(virtual|using|return|operator|function|LMP_\w+)\b|\)\s*:|^ {6,}|> \w+ = |{}", line):
                continue
            name = "::".join(["lmp", *(name for _, name in inside), declared[1]])
            if f"{name}(" not in symbols and f"{name}[" not in symbols:
                missing.append((name, line.strip()))
        self.assertEqual(missing, [])

    def test_a_host_that_is_listened_to(self):
        self.assertEqual(self.run_cpp("""#include <lmp/lmp.h>
#include <cstdio>
#include <thread>
int main(int, char** argv) {
  const auto compiled = lmp::Compile("h.lmp", "fn main() { emit \\"Who? \\"  emit \\"Hello ${listen()}\\" }");
  const auto engine = lmp::Engine::Load({.model = argv[1]});
  std::thread person;
  const auto hear = [&](const lmp::Listening& listening) {
    person = std::thread([listening] { if (!listening.cancelled()) listening.Answer("Ada"); });
  };
  const auto print = [](std::string_view text) { fwrite(text.data(), 1, text.size(), stdout); };
  const auto run = (*engine)->Start(compiled.program, "main", {}, {.on_text = print, .on_listen = hear});
  const bool ok = (*run)->Wait().ok;
  person.join();
  return ok ? 0 : 1;
}
"""), "Who? Hello Ada")

    def test_headers_of_c_are_cs(self):
        # Alone, as old as C99, and in C++.
        header = self.path / "alone.c"
        header.write_text("#include <lmp/c.h>\nint main(void) { return lmp_version() == 0; }\n")
        include = f"-I{self.prefix / 'include'}"
        for compiler, standard in (("cc", "-std=c99"), ("c++", "-std=c++11")):
            language = "c" if compiler == "cc" else "c++"
            output_of(compiler, standard, "-Wall", "-Wextra", "-Werror", "-pedantic", include, "-x", language, "-c",
                      header, "-o", self.path / "alone.o")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    known, rest = parser.parse_known_args()
    BUILD = known.build
    unittest.main(argv=["embed_test.py"] + rest)
