#!/usr/bin/env python3
"""The pages that list all of something: docs/DIAGNOSTICS.md and docs/BUILTINS.md.

The first is made of frontend/diagnostics.def and frontend/errors/*.md: `reference.py --update` writes it, and tidy.py
finds where it differs. The second is written by hand; tidy.py finds a function that it lacks, one that does not exist,
and one that its program does not call. Only the standard library.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIAGNOSTICS = "docs/DIAGNOSTICS.md"
BUILTINS = "docs/BUILTINS.md"
GROUPS = (("E01", "Syntax"), ("E02", "Names"), ("E03", "Types and statements"), ("E06", "Effects"),
          ("E07", "Tests, generated types, and what the model tells"), ("E08", "IR text"), ("L", "Lints"))
HEAD = """# Diagnostics

Every code that `lmp check`, `lmp test` and the start of a run report. `lmp explain-error CODE` says the same, mostly with a wrong
program and its mended form. An error (E) stops the program, a lint (L) does not, unless `lmp check --deny` asks for it.
What fails while a program runs has no code but a kind: [Failures](LANGUAGE.md#failures).

This page is made of `frontend/diagnostics.def` and `frontend/errors/*.md` by `tests/tools/reference.py --update`.
"""


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def diagnostics():
    """{code: (what it is, what holds and how to mend it)}, in the order of the codes."""
    summaries = dict(re.findall(r'LMP_DIAGNOSTIC\((\w+), \w+, "((?:[^"\\]|\\.)*)"\)', read("frontend/diagnostics.def")))
    found = {}
    for path in sorted((ROOT / "frontend/errors").glob("*.md")):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            heading, text = section.split("\n", 1)
            code, _, title = heading.partition(": ")
            text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
            found[code] = (title or summaries.get(code, ""), " ".join(text.split()))
    return {code: found.get(code, (summaries.get(code, ""), "")) for code in sorted(found.keys() | summaries.keys())}


def diagnostics_page():
    page = HEAD
    known = diagnostics()
    for lead, title in GROUPS:
        page += f"\n## {title}\n\n| Code | What it is | What holds |\n|---|---|---|\n"
        for code in [code for code in known if code.startswith(lead)]:
            cells = [cell.replace("|", "\\|") for cell in known.pop(code)]
            page += f"| {code} | {cells[0]} | {cells[1]} |\n"
    if known:
        raise ValueError(f"no group of {DIAGNOSTICS} takes {', '.join(known)}")
    return page


def functions():
    """What a program may call besides its own: of the IR, of the checker, of std."""
    library = read("frontend/library.cc")

    def table(name):
        body = re.search(name + r"\[\] = \{(.*?)\};", library, re.S)[1]
        return re.findall(r'"(\w+)"', body)

    names = set(re.findall(r'^LMP_BUILTIN\("(\w+)"', read("ir/builtin.def"), re.M)) - set(table("kNotCallable"))
    names |= {*table("kOfTheLanguage"), "stats"}
    rows = table("kStd")
    names |= {f"{module}.{function}" for module, function in zip(rows[::3], rows[1::3])}
    for path in (ROOT / "frontend/std").glob("*.lmp"):
        names |= {f"{path.stem}.{name}" for name in re.findall(r"^fn (\w+)\(", path.read_text(encoding="utf-8"), re.M)}
    return names


def findings():
    if read(DIAGNOSTICS) != diagnostics_page():
        yield f"{DIAGNOSTICS}: differs from frontend/diagnostics.def and frontend/errors; run tests/tools/reference.py --update"
    for code, (what, holds) in diagnostics().items():
        if not what or not holds:
            yield f"frontend/errors: {code} has no text"
    page = read(BUILTINS)
    listed = set(re.findall(r"^\| `([\w.]+)\(", page, re.M))
    program = "".join(re.findall(r"^```lmp\n(.*?)^```", page, re.M | re.S))
    for name in sorted(functions() - listed):
        yield f"{BUILTINS}: no row of {name}"
    for name in sorted(listed - functions()):
        yield f"{BUILTINS}: {name} is no function of the language"
    for name in sorted(listed & functions()):
        if not re.search(r"(?<![\w.])" + re.escape(name) + r"\(", program):
            yield f"{BUILTINS}: its program does not call {name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--update", action="store_true", help=f"write {DIAGNOSTICS}")
    if parser.parse_args().update:
        (ROOT / DIAGNOSTICS).write_text(diagnostics_page(), encoding="utf-8")
    found = list(findings())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
