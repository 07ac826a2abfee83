#!/usr/bin/env python3
"""Tasks for `lmp bench quality`, in the formats the demo model is trained on, with templates that training never shows.

  tasks.py --count 2000 --out tasks.jsonl

One JSON object per line: {"task": "T0", "system": "...", "head": "...", "passages": [{"id", "label", "text"}],
"question": "...", "answer": "..."}. The chat is: system, if any; user = head, then label and text of each passage, then
question; assistant = answer. A text is what a program inserts as a passage, the rest is its own text.

A task asks whether a passage has to be read together with an earlier one:

  T0  a fact in one passage                   no
  T1  alias in one, fact in another           no: the question can look up both
  T2  pronoun, subject in another passage     yes
  T3  a unit announced before                 yes, if the unit is bound while the price is read
  T4  a value changed step by step            yes
  T5  a code word defined before              partly
  T6  "next comes", by position               yes
  T7  the same wording under other headings   yes
  T8  which candidate has most points         yes, if they are compared while they are read

In T0 to T2 another passage states the same about another subject, and a passage has about 80 tokens, so that `reuse: auto`
looks at it; in T3 to T7 it has about three sentences. Needs Python only.
"""
import argparse
import json
import pathlib
import random
import re

import scenes
import skills

KINDS = {"T0": "hop1", "T1": "alias", "T2": "coref"}
SKILLS = {"T3": skills.scope, "T4": skills.state, "T5": skills.codebook, "T6": skills.order, "T7": skills.headings,
          "T8": skills.judge}
TASKS = [*KINDS, *SKILLS]
SIZE = {"T0": 8, "T1": 8, "T2": 8}              # facts per sample; of the others 6
SENTENCES = {"T0": 6, "T1": 6, "T2": 6}         # per passage, about; of the others 3


def lay_out(rng, scene, sentences):
    """Lays the scene's sentences out anew, in passages of about that many, none much shorter."""
    count = max(2, round(len(scene.lines) / sentences))
    ids = scenes.passage_ids(rng, count)
    shift = rng.random()
    scene.passages = [(i, []) for i in ids]
    for at, line in enumerate(scene.lines):
        name, said = scene.passages[min(count - 1, int((at + shift) * count / len(scene.lines)))]
        line.passage = name
        said.append(line.text)
    scene.passages = [p for p in scene.passages if p[1]]


def introduced_in(scene, line):
    """The passage that names the subject (or gives the alias) which `line` does not name."""
    at = next(i for i, l in enumerate(scene.lines) if l is line)
    if line.style == "coref":
        return next(l.passage for l in reversed(scene.lines[:at]) if l.style == "intro")
    return next(l.passage for l in scene.lines if l.style == "intro" and line.asked_as in l.text)


def fits(scene, line, kind):
    """Whether the question needs what it is meant to need."""
    if kind != "hop1" and introduced_in(scene, line) == line.passage:
        return False
    return any(l.fact and l.style == line.style and l.fact.relation.noun == line.fact.relation.noun
               and l.fact.subject != line.fact.subject for l in scene.lines)


def about_passages(rng, kind, size, sentences):
    """T0 to T2: (system, head, passages, question, answer)."""
    while True:
        scene = scenes.Scene(rng, size, held=True, kinds=(kind,))
        lay_out(rng, scene, sentences)
        found = scene.question(kind)
        if not found or not fits(scene, found[2], kind):
            continue
        question, answer, _ = found
        wanted = rng.choice(scenes.STYLES_HELD["short"])
        passages = [(i, f"\n[{i}] ", " ".join(s)) for i, s in scene.passages]
        system = rng.choice(scenes.SYSTEM) if rng.random() < 0.5 else ""
        return system, "Passages:", passages, f"\nQuestion: {question}" + (f"\n{wanted}" if wanted else ""), answer


def from_skill(rng, task, size):
    """T3 to T8: the first question of a sample of the skill, taken apart."""
    messages = SKILLS[task](rng, size, held=True)
    text, answer = next(m[1] for m in messages if m[0] == "user"), next(m[1] for m in messages if m[0] == "assistant")
    head, *lines = text.split("\n")
    question = "\n" + lines.pop()
    if task == "T8":
        return "", head, [(line[0], "\n", line) for line in lines], question, answer
    passages = []
    for line in lines:
        name, said = re.fullmatch(r"\[(.*?)\] (.*)", line).groups()
        passages.append((name, f"\n[{name}] ", said))
    return "", head, passages, question, answer


def joined(passages, sentences):
    """Neighbouring passages of T3 to T7 put together, so that chunks are longer than a sentence."""
    if sentences < 2:
        return passages
    groups = [passages[i:i + sentences] for i in range(0, len(passages), sentences)]
    return [(g[0][0], g[0][1], " ".join(p[2] for p in g)) for g in groups]


def make(seed, task, number, size, sentences):
    rng = random.Random(f"{seed} {task} {number} {size} {sentences}")
    if task in KINDS:
        system, head, passages, question, answer = about_passages(rng, KINDS[task], size, sentences)
    else:
        system, head, passages, question, answer = from_skill(rng, task, size)
        if task != "T8":
            passages = joined(passages, sentences)
    out = {"task": task}
    if system:
        out["system"] = system
    return out | {"head": head, "passages": [dict(id=i, label=l, text=t) for i, l, t in passages],
                  "question": question, "answer": answer}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--count", type=int, default=2000, help="samples per task")
    p.add_argument("--size", type=int, help="facts per sample")
    p.add_argument("--sentences", type=int, help="sentences per passage, about")
    p.add_argument("--tasks", default=",".join(TASKS), help="which, with commas between")
    p.add_argument("--seed", type=int, default=2026)
    o = p.parse_args()
    with o.out.open("w") as out:
        for task in o.tasks.split(","):
            size, sentences = o.size or SIZE.get(task, 6), o.sentences or SENTENCES.get(task, 3)
            for number in range(o.count):
                out.write(json.dumps(make(o.seed, task, number, size, sentences), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
