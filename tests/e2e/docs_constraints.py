#!/usr/bin/env python3
"""Runs every example of docs/JSON-SCHEMA.md and docs/GRAMMARS.md.

    docs_constraints.py --tool build/release/tests/schema_outputs

A block marked `schema`, `schema lenient`, `regex` or `gbnf` holds a source, then lines of what holds:
`+ a   b` texts of the language (three blanks between), `- a   b` texts that are not, `! words` of the
refusal, `~ words` of a warning.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

PAGES = ["JSON-SCHEMA.md", "GRAMMARS.md"]
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def blocks(page):
    """Yields the line number, the words behind the fence and the lines between."""
    lines = (DOCS / page).read_text().splitlines()
    begin = None
    for i, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin = i
        else:
            yield begin + 1, lines[begin][3:].split(), lines[begin + 1:i]
            begin = None


def check(tool, words, lines):
    """What is wrong with a block."""
    claims = [line for line in lines if re.match(r"[-+!~] ", line)]
    source = "\n".join(line for line in lines if line not in claims)
    texts, expected = [], []
    for line in claims:
        if line[0] in "+-":
            for text in line[2:].split("   "):
                texts.append(text)
                expected.append(line[0] == "+")
    question = {words[0]: source, "texts": texts, "lenient": "lenient" in words}
    tool.stdin.write(json.dumps(question) + "\n")
    tool.stdin.flush()
    answer = json.loads(tool.stdout.readline())
    refused = answer.get("refused", "")
    if refused and not any(line[0] == "!" for line in claims):
        return [f"refused: {refused}"]
    wrong = [f"not said: {line[2:]}" for line in claims if line[0] == "!" and line[2:] not in refused]
    warnings = "; ".join(answer.get("warnings", []))
    wrong += [f"not warned: {line[2:]}" for line in claims if line[0] == "~" and line[2:] not in warnings]
    accepted = set(answer.get("accepted", []))
    for i, text in enumerate(texts):
        if (i in accepted) != expected[i]:
            wrong.append(f"{'accepted' if i in accepted else 'not accepted'}: {text}")
    return wrong if claims else ["it claims nothing"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    args = parser.parse_args()
    tool = subprocess.Popen([args.tool, "--match"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    count = 0
    failed = False
    for page in PAGES:
        for line, words, lines in blocks(page):
            if not words or words[0] not in ("schema", "regex", "gbnf"):
                continue
            count += 1
            for problem in check(tool, words, lines):
                print(f"docs/{page}:{line}: {problem}")
                failed = True
    tool.stdin.close()
    tool.wait()
    print(f"{count} examples")
    return 1 if failed or count < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
