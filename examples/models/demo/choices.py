#!/usr/bin/env python3
"""Tasks for `lmp bench select`: choose among given texts, in wordings that training never shows.

  choices.py --count 2000 --out choices.jsonl

One JSON object per line: {"task": "labels", "system": "...", "user": "...", "options": [...], "answer": "..."}.

  labels  a label for a text: by topic, or by rules that stand in the prompt (`skills.labels`)
  facts   a value that a passage gives, among those that the passages give other subjects (`tasks.py`, T0)

Needs Python only.
"""
import argparse
import json
import pathlib
import random

import scenes
import skills
import tasks


def labels(rng):
    messages = skills.labels(rng, 6, held=True)
    system = messages[0][1] if messages[0][0] == "system" else ""
    user, answer = next(m[1] for m in messages if m[0] == "user"), next(m[1] for m in messages if m[0] == "assistant")
    lead = (system or user).split("\nText: ")[0]
    if lead.startswith("Labels: "):
        return system, user, lead.removeprefix("Labels: ").split(", "), answer
    return system, user, [line.rsplit(": ", 1)[1] for line in lead.split("\n")[1:]], answer


def facts(rng):
    while True:
        scene = scenes.Scene(rng, 8, held=True, kinds=("hop1",))
        tasks.lay_out(rng, scene, 6)
        found = scene.question("hop1")
        if not found:
            continue
        question, answer, asked = found
        same = {l.fact.value for l in scene.lines if l.fact and l.fact.relation.noun == asked.fact.relation.noun}
        if len(same) < 2:
            continue
        options = sorted(same)
        rng.shuffle(options)
        return "", f"Passages:\n{scene.text()}\nQuestion: {question}", options, answer


TASKS = {"labels": labels, "facts": facts}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--count", type=int, default=2000, help="samples per task")
    p.add_argument("--tasks", default=",".join(TASKS), help="which, with commas between")
    p.add_argument("--seed", type=int, default=2026)
    o = p.parse_args()
    with o.out.open("w") as out:
        for task in o.tasks.split(","):
            for number in range(o.count):
                system, user, options, answer = TASKS[task](random.Random(f"{o.seed} {task} {number}"))
                assert answer in options and len(set(options)) == len(options), (task, number)
                line = {"task": task, "system": system, "user": user, "options": options, "answer": answer}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
