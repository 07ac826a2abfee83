"""The training mix: which skill, how large, how weighted; and the same skills held out for evaluation."""
import functools
import random
import string

import drills
import lexicon
import relations
import scenes
import skills

PASSAGES = scenes.passages_task
# name -> (share of the mix, first level, generator). A level is the curriculum's position from 0 to 1.
MIX = {
    "copy": (0.01, 0.0, skills.copy),
    "recall": (0.01, 0.0, skills.recall),
    "hop1": (0.3, 0.0, functools.partial(PASSAGES, kinds=("hop1",))),
    "hop1_absent": (0.24, 0.15, functools.partial(PASSAGES, kinds=("hop1",) * 4 + ("absent",))),
    "mention": (0.02, 0.0, functools.partial(PASSAGES, kinds=("mention",), styles=("cite", "quote", "quote_id"))),
    "prose": (0.02, 0.0, functools.partial(PASSAGES, kinds=("prose",), styles=("cite", "cite", "quote", "quote_id"), turns=5)),
    "coref_absent": (0.1, 0.15, functools.partial(PASSAGES, kinds=("coref",) * 4 + ("absent",))),
    "coref": (0.2, 0.0, functools.partial(PASSAGES, kinds=("coref",))),
    "labels": (0.11, 0.0, skills.labels),
    "passages": (0.30, 0.35, PASSAGES),
    "alias": (0.05, 0.5, functools.partial(PASSAGES, kinds=("alias", "hop1"))),
    "hop2": (0.05, 0.25, functools.partial(PASSAGES, kinds=("hop2", "hop1"), styles=("short",))),
    "yesno": (0.04, 0.2, functools.partial(PASSAGES, kinds=("yesno", "hop1"), styles=("short",))),
    "few_shot": (0.01, 0.1, skills.few_shot),
    "record": (0.015, 0.1, skills.record),
    "tool": (0.01, 0.1, skills.tool),
    "headings": (0.02, 0.1, skills.headings),
    "scope": (0.02, 0.2, skills.scope),
    "state": (0.03, 0.15, skills.state),
    "codebook": (0.02, 0.2, skills.codebook),
    "order": (0.03, 0.2, skills.order),
    "judge": (0.02, 0.2, skills.judge),
    "outline": (0.02, 0.2, skills.outline),
    "story": (0.06, 0.15, skills.story),
}
CONTEXT = 4096
VALUE_FIRST = 0.0                       # share of statements that name the value before its subject
DRILLS = 0.7                            # share of drills at level 0
FREE_TEXT = {"story", "outline"}        # long answers with free choices: weighted less per token

# What evaluation asks, each with templates that training never shows; only the first question is scored.
def _only(kind, *styles):
    return functools.partial(PASSAGES, kinds=(kind,), styles=styles, turns=1)


def _value_first(rng, size, held=True):
    """1-hop questions over relations that have a held-out statement with the value before its subject."""
    rng.value_first = 1.0
    messages = PASSAGES(rng, size, held, kinds=("hop1",), styles=("short",), turns=1)
    rng.value_first = 0.0
    return messages


EVAL = {
    "hop1_value_first": _value_first,
    "hop1": _only("hop1", "short"), "quote": _only("hop1", "quote_id"), "quote_any": _only("mention", "quote_id"),
    "cite": _only("hop1", "cite"), "coref": _only("coref", "short"), "alias": _only("alias", "short"),
    "hop2": _only("hop2", "short"), "absent": _only("absent", "short"), "yesno": _only("yesno", "short"),
    "labels": skills.labels, "few_shot": skills.few_shot, "record": skills.record, "tool": skills.tool,
    "headings": skills.headings, "scope": skills.scope, "state": skills.state, "codebook": skills.codebook,
    "order": skills.order, "judge": skills.judge, "copy": skills.copy, "recall": skills.recall,
}


def sample(rng, level, limit):
    """One training chat of at most about `limit` tokens: (skill, messages)."""
    rng.plain = max(0.0, 0.5 - 5 * level)          # names that are one piece, at first
    rng.value_first = VALUE_FIRST
    rng.invented, rng.dressed, rng.loose = 0.1, 0.2, 0.45      # see relations.py
    names = [n for n, (_, first, _) in MIX.items() if level >= first]
    if rng.random() < max(0.45, DRILLS - 3 * level):
        name, parts = drills.drill(rng, rng.randint(2, 4 + int(6 * level)))
        return name, [("drill", parts)]
    name = rng.choices(names, [MIX[n][0] for n in names])[0]
    # A sentence is about 12 tokens with its share of fillers; a question with its answer 25.
    most = max(2, int((limit - 60) / 30))
    size = rng.randint(2, max(3, min(most, 4 + int(level * most))))
    return name, MIX[name][2](rng, size)


def encode(tokenizer, name, messages, prompt_weight):
    """(ids, weight of the loss at each id).

    The first token of an answer weighs more: it is where the model chooses, most of what follows is copied.
    """
    if messages[0][0] == "drill":
        ids, answer = tokenizer.parts(messages[0][1])
    else:
        ids, answer = tokenizer.chat(messages)
    full = 0.6 if name in FREE_TEXT else 1.0
    return ids, [prompt_weight if not a else full if was else 2 * full for was, a in zip([False] + answer, answer)]


def places(rng, ids, newline, far):
    """Positions of the ids; in some samples with gaps behind lines, so that a short sample shows how things look that
    are up to `far` positions apart."""
    position = list(range(len(ids)))
    if far > len(ids) and rng.random() < 0.3:
        lines = [i for i, t in enumerate(ids) if t == newline]
        budget = rng.randrange(far - len(ids))
        for at in sorted(rng.sample(lines, min(len(lines), rng.randint(1, 4)))):
            gap = rng.randint(0, budget)
            budget -= gap
            for i in range(at + 1, len(ids)):
                position[i] += gap
    return position


def stream(tokenizer, seed, level, limit, prompt_weight):
    """Endless encoded samples (skill, ids, weights, positions) of at most `limit` tokens. `level` is a callable, so
    that the curriculum can move."""
    rng = random.Random(seed)
    relations.prefer_spelled(tokenizer.sp.encode)
    while True:
        name, messages = sample(rng, level(), limit())
        ids, weights = encode(tokenizer, name, messages, prompt_weight)
        while len(ids) > limit() and len(messages) > 4:
            messages = messages[:-2]
            ids, weights = encode(tokenizer, name, messages, prompt_weight)
        if len(ids) <= limit():
            yield name, ids, weights, places(rng, ids, tokenizer.newline[-1], int(CONTEXT * 0.4 * (level() >= 0.15)))


def tokenizer_text(seed, count):
    """Words for the tokenizer: those of the tasks, and as many of technical English."""
    rng = random.Random(seed)
    yield from string.printable[:95] * 20          # every printable character is in the alphabet, the space too
    for _ in range(count):
        for _, text in sample(rng, rng.random(), 300)[1]:
            yield from text.split()
    for sentence in lexicon.doc_sentences():
        yield from sentence.split()
