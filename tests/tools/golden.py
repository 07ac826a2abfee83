#!/usr/bin/env python3
"""Runs self-contained golden files: a command, its input and the exact output it must give.

    // RUN: lmp check %s          the command; `lmp` is the binary under test, %s this file,
    //                            %r the root of the repository
    // EXIT: 1                    the exit status; default 0
    // FILE: other.lmp            another file for the run; its text is the section of that name
    // MADE: big.lmp 900 "x\\xe9" a file of 900 times these bytes, for what no golden file can hold
    program text
    //--- other.lmp
    text of other.lmp
    //--- stdout                  what must be printed; a missing section means nothing
    ...
    //--- stderr
    ...

The command runs in an empty folder that holds the program (without its sections) and the other
files, so output names files without folders. A file named fail_* must exit non-zero, any other
must exit 0. `--update` rewrites the sections and the exit status.
"""
import argparse
import ast
import concurrent.futures
import difflib
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUFFIXES = {".lmp", ".lir"}
DIRECTIVE = re.compile(r"^//\s*(RUN|EXIT|FILE|MADE):\s*(.*?)\s*$")
SECTION = re.compile(r"^//---\s+(\S+)\s*$")
MADE = re.compile(r'^(\S+) (\d+) (".*")$')
TIMEOUT_SECONDS = 60


class GoldenError(Exception):
    """The golden file itself is wrong."""


class Golden:
    """A golden file, taken apart."""

    def __init__(self, path):
        self.path = path
        self.run = None
        self.exit = 0
        self.files = []
        self.made = {}
        self.program = []
        self.sections = {}
        current = self.program
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            section = SECTION.match(line)
            if section:
                if section[1] in self.sections:
                    raise GoldenError(f"section {section[1]} twice")
                current = self.sections.setdefault(section[1], [])
                continue
            current.append(line)
            directive = DIRECTIVE.match(line) if current is self.program else None
            if directive:
                self._set(directive[1], directive[2])

    def _set(self, key, value):
        if key == "RUN":
            if self.run is not None:
                raise GoldenError("more than one RUN line")
            self.run = value
        elif key == "EXIT":
            self.exit = int(value)
        elif key == "FILE":
            self.files.append(value)
        else:
            made = MADE.match(value)
            try:
                self.made[made[1]] = ast.literal_eval("b" + made[3]) * int(made[2])
            except (TypeError, SyntaxError):
                raise GoldenError('MADE needs a name, a number and "bytes"') from None

    def text(self, section):
        return "".join(self.sections.get(section, []))

    def check(self):
        """The rules that need no run."""
        if self.run is None:
            raise GoldenError("no RUN line")
        for name in self.files:
            if name not in self.sections:
                raise GoldenError(f"FILE: {name} has no section")
        for name in [*self.files, *self.made]:
            if pathlib.PurePosixPath(name).is_absolute() or ".." in name.split("/"):
                raise GoldenError(f"{name} lies outside the folder of the run")
        known = {"stdout", "stderr", *self.files}
        for name in self.sections:
            if name not in known:
                raise GoldenError(f"section {name} is named by no FILE line")

    def execute(self, lmp):
        """(exit status, stdout, stderr) of the command."""
        with tempfile.TemporaryDirectory(prefix="golden-") as folder:
            where = pathlib.Path(folder)
            (where / self.path.name).write_text("".join(self.program), encoding="utf-8")
            for name in self.files:
                (where / name).parent.mkdir(parents=True, exist_ok=True)
                (where / name).write_text(self.text(name), encoding="utf-8")
            for name, content in self.made.items():
                (where / name).write_bytes(content)
            words = shlex.split(self.run)
            if not words or words[0] != "lmp":
                raise GoldenError("the command must start with `lmp`")
            words = [w.replace("%s", self.path.name).replace("%r", str(ROOT)) for w in words[1:]]
            environment = {k: v for k, v in os.environ.items() if not k.startswith("LMP_")}
            try:
                done = subprocess.run([str(lmp), *words], cwd=where, env=environment,
                                      stdin=subprocess.DEVNULL, capture_output=True,
                                      timeout=TIMEOUT_SECONDS, check=False)
            except subprocess.TimeoutExpired:
                raise GoldenError(f"ran longer than {TIMEOUT_SECONDS} s") from None
            return done.returncode, self._plain(done.stdout, where), self._plain(done.stderr, where)

    @staticmethod
    def _plain(output, where):
        text = output.decode("utf-8", errors="replace")
        return text.replace(str(where) + "/", "").replace(str(ROOT) + "/", "")

    def rewritten(self, status, outputs):
        """The file's text with the given results."""
        program = []
        written = False
        for line in self.program:
            directive = DIRECTIVE.match(line)
            if directive and directive[1] == "EXIT":
                continue
            program.append(line)
            if directive and directive[1] == "RUN" and status != 0 and not written:
                program.append(f"// EXIT: {status}\n")
                written = True
        text = "".join(program)
        sections = {name: self.text(name) for name in self.files}
        sections.update({name: out for name, out in outputs.items() if out})
        for name, body in sections.items():
            if text and not text.endswith("\n"):
                text += "\n"
            text += f"//--- {name}\n{body}"
        return text


def shown(path):
    try:
        return str(path.resolve().relative_to(ROOT))
    except ValueError:
        return str(path)


def difference(name, expected, found):
    # A section cannot tell whether its text ends with a line break.
    if expected.rstrip("\n") == found.rstrip("\n"):
        return ""
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(),
                                 f"{name} (expected)", f"{name} (found)", lineterm="")
    return "\n".join(lines) + "\n"


def run_one(path, lmp, update):
    """The report of a failure, or None."""
    try:
        golden = Golden(path)
        golden.check()
        status, stdout, stderr = golden.execute(lmp)
    except (GoldenError, ValueError, UnicodeDecodeError) as error:
        return f"{error}\n"
    must_fail = path.name.startswith("fail_")
    if status < 0 or status >= 128:
        return f"killed by a signal (status {status})\n{stderr}"
    if must_fail != (status != 0):
        return f"exit status {status}, but the file is {'' if must_fail else 'not '}named fail_*\n{stderr}"
    outputs = {"stdout": stdout, "stderr": stderr}
    if update:
        path.write_text(golden.rewritten(status, outputs), encoding="utf-8")
        # A line `EXIT` that comes or goes moves the lines that the output names.
        return run_one(path, lmp, update=True) if golden.exit != status else None
    report = "" if status == golden.exit else f"exit status {status}, expected {golden.exit}\n"
    for name, found in outputs.items():
        report += difference(name, golden.text(name), found)
    return report or None


def find(paths):
    files = []
    for path in paths:
        if path.is_dir():
            candidates = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
            files += [p for p in candidates if "// RUN:" in p.read_text(encoding="utf-8", errors="replace")]
        else:
            files.append(path)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, type=pathlib.Path, help="the binary to test")
    parser.add_argument("--update", action="store_true", help="rewrite what is expected")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("paths", nargs="+", type=pathlib.Path, help="files, or folders to search")
    args = parser.parse_args()
    if not args.lmp.is_file():
        print(f"no such binary: {args.lmp}", file=sys.stderr)
        return 2
    lmp = args.lmp.resolve()
    missing = [path for path in args.paths if not path.exists()]
    if missing:
        print(f"no such file: {missing[0]}", file=sys.stderr)
        return 2
    files = find(args.paths)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for path, report in zip(files, pool.map(lambda p: run_one(p, lmp, args.update), files)):
            if report is None:
                continue
            failed += 1
            print(f"FAILED {shown(path)}\n{report}"
                  f"rerun: tests/tools/golden.py --lmp {shown(args.lmp)} {shown(path)}\n")
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
