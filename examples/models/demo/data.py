"""The training mix: which skill, how large, how weighted; and the same skills held out for evaluation."""
import functools
import random
import string

import lexicon
import scenes
import skills

PASSAGES = scenes.passages_task
# name -> (share of the mix, first level, generator). A level is the curriculum's position from 0 to 1.
MIX = {
    "copy": (0.04, 0.0, skills.copy),
    "recall": (0.10, 0.0, skills.recall),
    "hop1": (0.30, 0.0, functools.partial(PASSAGES, kinds=("hop1",))),
    "mention": (0.08, 0.05, functools.partial(PASSAGES, kinds=("mention",), styles=("cite", "quote", "quote_id"))),
    "coref": (0.14, 0.1, functools.partial(PASSAGES, kinds=("coref",))),
    "labels": (0.07, 0.0, skills.labels),
    "passages": (0.30, 0.15, PASSAGES),
    "alias": (0.05, 0.2, functools.partial(PASSAGES, kinds=("alias", "hop1"))),
    "hop2": (0.05, 0.25, functools.partial(PASSAGES, kinds=("hop2", "hop1"), styles=("short",))),
    "absent": (0.05, 0.15, functools.partial(PASSAGES, kinds=("absent", "hop1"), styles=("short",))),
    "yesno": (0.04, 0.2, functools.partial(PASSAGES, kinds=("yesno", "hop1"), styles=("short",))),
    "few_shot": (0.05, 0.1, skills.few_shot),
    "record": (0.06, 0.1, skills.record),
    "tool": (0.04, 0.1, skills.tool),
    "headings": (0.04, 0.1, skills.headings),
    "scope": (0.02, 0.2, skills.scope),
    "state": (0.03, 0.2, skills.state),
    "codebook": (0.02, 0.2, skills.codebook),
    "order": (0.03, 0.2, skills.order),
    "judge": (0.02, 0.2, skills.judge),
    "outline": (0.02, 0.2, skills.outline),
    "story": (0.02, 0.2, skills.story),
}
FREE_TEXT = {"story", "outline"}        # long answers with free choices: weighted less per token

# What evaluation asks, each with templates that training never shows; only the first question is scored.
def _only(kind, *styles):
    return functools.partial(PASSAGES, kinds=(kind,), styles=styles, turns=1)


EVAL = {
    "hop1": _only("hop1", "short"), "quote": _only("hop1", "quote_id"), "quote_any": _only("mention", "quote_id"),
    "cite": _only("hop1", "cite"), "coref": _only("coref", "short"), "alias": _only("alias", "short"),
    "hop2": _only("hop2", "short"), "absent": _only("absent", "short"), "yesno": _only("yesno", "short"),
    "labels": skills.labels, "few_shot": skills.few_shot, "record": skills.record, "tool": skills.tool,
    "headings": skills.headings, "scope": skills.scope, "state": skills.state, "codebook": skills.codebook,
    "order": skills.order, "judge": skills.judge, "copy": skills.copy, "recall": skills.recall,
}


def sample(rng, level, limit):
    """One training chat of at most about `limit` tokens: (skill, messages)."""
    rng.plain = max(0.0, 1 - 5 * level)
    names = [n for n, (_, first, _) in MIX.items() if level >= first]
    # Look-ups come first: they are the shortest form of the binding that all other skills need.
    shares = [MIX[n][0] * (1 + 8 * rng.plain if n == "recall" else 1) for n in names]
    name = rng.choices(names, shares)[0]
    # A sentence is about 12 tokens with its share of fillers; a question with its answer 25.
    most = max(2, int((limit - 60) / 30))
    size = rng.randint(2, max(2, min(most, 2 + int(level * most))))
    return name, MIX[name][2](rng, size)


def encode(tokenizer, name, messages, prompt_weight):
    """(ids, weight of the loss at each id).

    The first token of an answer weighs more: it is where the model chooses, most of what follows is copied.
    """
    ids, answer = tokenizer.chat(messages)
    full = 0.3 if name in FREE_TEXT else 1.0
    return ids, [prompt_weight if not a else full if was else 3 * full for was, a in zip([False] + answer, answer)]


def stream(tokenizer, seed, level, limit, prompt_weight):
    """Endless encoded samples that fit in `limit` tokens. `level` is a callable, so that the curriculum can move."""
    rng = random.Random(seed)
    while True:
        name, messages = sample(rng, level(), limit())
        ids, weights = encode(tokenizer, name, messages, prompt_weight)
        if len(ids) <= limit():
            yield ids, weights


def tokenizer_text(seed, count):
    """Words for the tokenizer: those of the tasks, and as many of technical English."""
    rng = random.Random(seed)
    yield from string.printable[:95] * 20          # every printable character is in the alphabet, the space too
    for _ in range(count):
        for _, text in sample(rng, rng.random(), 300)[1]:
            yield from text.split()
    for sentence in lexicon.doc_sentences():
        yield from sentence.split()
