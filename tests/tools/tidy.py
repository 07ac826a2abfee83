#!/usr/bin/env python3
"""Checks that no compiler makes: the layer table, the top level, file sizes, words, lists of codes and functions.

Prints one line per finding and `N passed, N failed` last. Only the standard library.
"""
import pathlib
import re
import subprocess
import sys

import reference

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    "CMakeLists.txt", "frontend", "ir", "runtime", "cache", "kernels", "examples", "tests", "docs",
    "dev", "README.md", "LICENSE", "CHANGELOG.md", "CMakePresets.json", "pyproject.toml", ".gitignore", ".clang-format",
    ".ci",
}
LINES_MAX = 800
BANNED = re.compile(r"\b(manager|helper|util|utils|handler)\b", re.IGNORECASE)
HEADER_BANNED = ("<iostream>", "<regex>", "<boost/", "<antlr4", "<rocksdb", "<cuda")
MUTEX_FILES = {"runtime/base/mailbox.h", "runtime/constrain/automaton.h", "runtime/constrain/automaton.cc",
               "runtime/constrain/safe_bounds.cc", "runtime/constrain/mask_memo.h", "runtime/constrain/mask_memo.cc",
               "runtime/constrain/grammars.cc", "runtime/base/memo.h",
               "runtime/engine/mask_worker.h", "runtime/engine/mask_worker.cc", "runtime/exec/unwanted.h",
               # Chunk stores are shared by engines, and filled by threads of their own.
               "cache/chunk_store.h", "cache/chunk_memory_store.cc", "cache/chunk_tiered_store.cc",
               "runtime/store/rocksdb_store.cc",
               # Small arrays of all threads share chunks of huge pages.
               "runtime/base/large_memory.cc",
               # A thread waits for standard input, for programs that listen.
               "runtime/cli/input_lines.h", "runtime/repl/line_listener.h", "runtime/repl/console.cc",
               # Letters to the thread of the sockets, which waits in its own loop and not for a mailbox.
               "runtime/server/desk.h", "runtime/server/run_post.h", "runtime/server/run_post.cc"}


def tracked():
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if out.returncode == 0:
        return [line for line in out.stdout.splitlines() if (ROOT / line).is_file()]
    return [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and "build" not in p.parts]


def read_layers():
    layers = {}
    for line in (ROOT / "tests/tools/layers.txt").read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        folder, project, third = (part.strip() for part in line.split(":"))
        layers[folder] = (project.split(), third.split())
    return layers


def layer_of(path, layers):
    best = ""
    for folder in layers:
        if path.startswith(folder + "/") and len(folder) > len(best):
            best = folder
    return best


def check_includes(files, layers):
    for path in files:
        if not path.endswith((".h", ".cc", ".def", ".cu", ".cuh")) or path.startswith(("tests/", "examples/", "frontend/generated/")):
            continue
        layer = layer_of(path, layers)
        if not layer:
            yield f"{path}: no row of tests/tools/layers.txt covers this file"
            continue
        project, third = layers[layer]
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
            match = re.match(r'\s*#include\s+(["<])([^">]+)[">]', line)
            if not match:
                continue
            kind, target = match.groups()
            if kind == '"':
                target_layer = layer_of(target, layers)
                inside = target_layer == layer or target in project or target_layer in project
                if "/" not in target:
                    inside = any(target.startswith(t) for t in third)
                if not inside:
                    yield f"{path}:{number}: {layer} may not include {target}"
            elif "/" in target or target.endswith(".h"):
                system = not re.match(r"(nlohmann|hwy|CLI|boost|rocksdb|cuda|antlr4|doctest|fmt|spdlog|histedit|editline|xxhash)", target)
                if not system and not any(target.startswith(t) for t in third):
                    yield f"{path}:{number}: {layer} may not include <{target}>"


def check_files(files):
    for name in sorted({f.split("/", 1)[0] for f in files} - TOP_LEVEL):
        yield f"{name}: not in the top level's list"
    for path in files:
        if path.startswith("frontend/generated/") or not path.endswith((".h", ".cc", ".py", ".def", ".cu", ".cuh")):
            continue
        text = (ROOT / path).read_text()
        count = text.count("\n")
        if count > LINES_MAX:
            yield f"{path}: {count} lines, at most {LINES_MAX}"
        if path.endswith((".h", ".cc", ".cu", ".cuh")) and not path.startswith("tests/"):
            for number, line in enumerate(text.splitlines(), 1):
                if BANNED.search(line):
                    yield f"{path}:{number}: banned word in: {line.strip()}"
                if "std::mutex" in line and path not in MUTEX_FILES and not path.startswith("kernels/thread_pool") \
                        and not path.startswith(("runtime/api/", "runtime/remote/")):
                    yield f"{path}:{number}: a mutex where none is expected: what waits goes by a mailbox (MUTEX_FILES)"
                if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                    yield f"{path}:{number}: unfinished work: {line.strip()}"
        if path.endswith(".h") and not path.startswith("tests/"):
            if "#pragma once" not in text and not path.endswith("-inl.h"):
                yield f"{path}: no #pragma once"
            for word in HEADER_BANNED:
                # Coroutines of the server name Asio's types; server.h, which others include, does not.
                inside = word == "<boost/" and path in ("runtime/server/connection.h", "runtime/server/desk.h", "runtime/server/run_channel.h", "runtime/server/run_post.h")
                if f"#include {word}" in text and not inside:
                    yield f"{path}: {word} in a header"


def check_diagnostic_goldens(files):
    defs = ROOT / "frontend/diagnostics.def"
    if not defs.exists():
        return
    codes = set(re.findall(r'\b([EL]\d{3,4})\b', defs.read_text()))
    seen = set()
    for path in files:
        if path.startswith("tests/"):
            try:
                seen |= set(re.findall(r'\b([EL]\d{3,4})\b', (ROOT / path).read_text()))
            except UnicodeDecodeError:
                pass
    for code in sorted(codes - seen):
        yield f"frontend/diagnostics.def: {code} stands in no test"


def main():
    files = tracked()
    layers = read_layers()
    checks = 0
    findings = []
    for check in (check_includes(files, layers), check_files(files), check_diagnostic_goldens(files), reference.findings()):
        checks += 1
        findings += list(check)
    for finding in findings:
        print(finding)
    failed = 1 if findings else 0
    print(f"{checks - failed if failed else checks} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
