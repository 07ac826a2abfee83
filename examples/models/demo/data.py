"""The training mix: which skill, how large, how weighted; and the same skills held out for evaluation."""
import functools
import random
import string

import drills
import hints
import lexicon
import relations
import scenes
import skills

PASSAGES = scenes.passages_task


def _one(skill, **options):
    """A skill whose sample is one chat."""
    return lambda rng, size: [skill(rng, size, **options)]


def _each(skill):
    """A skill whose sample is passages and questions: each question by itself."""
    def make(rng, size):
        (role, text), *rest = skill(rng, size)
        head, _, first = text.rpartition("Question: ")
        asked = [first] + [said.partition("Question: ")[2] for who, said in rest if who == "user"]
        answers = [said for who, said in rest if who == "assistant"]
        return [[(role, f"{head}Question: {q}"), ("assistant", a)] for q, a in zip(asked, answers)]
    return make


STYLES = ("short",) * 3 + ("cite",) * 2 + ("quote_id",) * 3 + ("quote",)
LONG = {"quote_id", "quote"}


def _asked(kinds=scenes.KINDS, styles=STYLES, **options):
    """Questions over passages: mostly each by itself, sometimes one after the other in a chat. Those that branch from the
    same passages have answers of about one length, since attention pads them to the longest."""
    def make(rng, size):
        if rng.random() < 0.05:
            return [PASSAGES(rng, size, kinds=kinds, styles=styles, turns=6)]
        long = rng.choice(styles) in LONG
        alike = [s for s in styles if (s in LONG) == long]
        return scenes.first_questions(rng, size, kinds=kinds, styles=alike, **options)
    return make


# name -> (share of the mix, first level, generator of (rng, size) -> chats with one beginning). A level is the
# curriculum's position from 0 to 1.
MIX = {
    "copy": (0.02, 0.0, _one(skills.copy)),
    "recall": (0.02, 0.0, _one(skills.recall)),
    "hop1": (0.22, 0.0, _asked(("hop1",))),
    "hop1_absent": (0.36, 0.15, _asked(("hop1",) * 2 + ("absent",))),
    "mention": (0.06, 0.0, _asked(("mention",), ("cite", "quote", "quote_id"))),
    "prose": (0.16, 0.0, _asked(("prose",), ("cite", "cite", "cite", "quote", "quote_id"))),
    "coref_absent": (0.14, 0.15, _asked(("coref",) * 2 + ("absent",))),
    "coref": (0.2, 0.0, _asked(("coref",))),
    "labels": (0.09, 0.0, _one(skills.labels)),
    "passages": (0.30, 0.35, _asked()),
    "alias": (0.05, 0.15, _asked(("alias", "hop1"))),
    "hop2": (0.05, 0.25, _asked(("hop2", "hop1"), ("short",))),
    "yesno": (0.04, 0.2, _asked(("yesno", "hop1"), ("short",))),
    "few_shot": (0.01, 0.1, _one(skills.few_shot)),
    "record": (0.02, 0.1, _one(skills.record)),
    "tool": (0.01, 0.1, _one(skills.tool)),
    "headings": (0.02, 0.1, _each(skills.headings)),
    "scope": (0.02, 0.2, _one(skills.scope)),
    "state": (0.08, 0.15, _each(skills.state)),
    "codebook": (0.02, 0.2, _one(skills.codebook)),
    "order": (0.03, 0.2, _one(skills.order)),
    "judge": (0.02, 0.2, _one(skills.judge)),
    "outline": (0.02, 0.2, _one(skills.outline)),
    "story": (0.02, 0.15, _one(skills.story)),
}
CONTEXT = 4096
LONGEST = {"prose": 1100}               # tokens of a sample, where not by level
VALUE_FIRST = 0.0                       # share of statements that name the value before its subject
DRILLS = 0.55, 0.06                     # share of drills at level 0, and the least
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
    """(skill, [chat, ...]) for samples of at most about `limit` tokens: chats that begin alike and then part. A chat is
    messages, or for a drill (text, whether it is an answer) parts."""
    rng.plain = max(0.0, 0.5 - 5 * level)          # names that are one piece, at first
    rng.value_first = VALUE_FIRST
    rng.invented, rng.dressed, rng.loose = 0.1, 0.2, 0.45      # see relations.py
    names = [n for n, (_, first, _) in MIX.items() if level >= first]
    if rng.random() < max(DRILLS[1], DRILLS[0] - 3 * level):
        name, known, asked = drills.drill(rng, rng.randint(2, 4 + int(6 * level)))
        return name, [[(known, False), (ask, False), (answer, True), (end, False)] for ask, answer, end in asked]
    name = rng.choices(names, [MIX[n][0] for n in names])[0]
    # A sentence is about 12 tokens with its share of fillers; a question with its answer 25.
    most = max(2, int((limit - 60) / 30))
    size = rng.randint(2, max(3, min(most, 4 + int(level * most)))) if rng.random() < 0.7 else rng.randint(5, 10)
    return name, MIX[name][2](rng, size)


class Part:
    """Tokens that follow each other: ids, the loss weight of each, positions, and hints (hints.py)."""

    def __init__(self, ids, weights, position, told):
        self.ids, self.weights, self.hints = ids, weights, told
        self.positions = list(range(position, position + len(ids)))


class Sample:
    """Chats that begin alike: the trunk they share, then each in turn as a branch that sees the trunk and itself."""

    def __init__(self, name, trunk):
        self.name, self.trunk, self.branches, self.shared = name, trunk, [], len(trunk.ids)

    def __len__(self):
        return self.shared + sum(len(b.ids) for b in self.branches)

    def deepest(self):
        """Tokens of the longest branch."""
        return max((len(b.ids) for b in self.branches), default=0)


def _shared(encoded):
    """How many ids all have in common, with at least one before the first answer left to each."""
    most = min(answer.index(True) for _, answer in encoded) - 1
    first = encoded[0][0]
    return next((i for i in range(most) if any(ids[i] != first[i] for ids, _ in encoded)), most)


def encode(tokenizer, name, chats, limit, prompt_weight):
    """The Sample of the chats that go into `limit` ids, or None where none does.

    The first token of an answer weighs more: it is where the model chooses, most of what follows is copied.
    """
    to_ids = tokenizer.parts if name.startswith("drill_") else tokenizer.chat
    encoded = [to_ids(c) for c in chats]
    if len(chats) == 1:
        messages = chats[0]
        while len(encoded[0][0]) > limit and len(messages) > 4:
            messages = messages[:-2]
            encoded = [to_ids(messages)]
    known = [(c, e) for c, e in zip(chats, encoded) if len(e[0]) <= limit and any(e[1])]
    if not known:
        return None
    encoded = [e for _, e in known]
    full = 0.6 if name in FREE_TEXT else 1.0

    def weights(answer):
        return [prompt_weight if not a else full if was else 2 * full for was, a in zip([False] + answer, answer)]
    if len(encoded) == 1 and not isinstance(known[0][0], hints.Chat):
        ids, answer = encoded[0]
        return Sample(name, Part(ids, weights(answer), 0, []))
    shared = _shared(encoded) if len(encoded) > 1 else encoded[0][1].index(True) - 1
    row = None
    for chat, (ids, answer) in known:
        told = hints.of_chat(tokenizer, chat, ids)
        if row is None:
            row = Sample(name, Part(ids[:shared], weights(answer)[:shared], 0,
                                    [(t, a, min(b, shared), c, d) for t, a, b, c, d in told if a < shared]))
        if len(row) + len(ids) - shared > limit:
            break
        row.branches.append(Part(ids[shared:], weights(answer)[shared:], shared,
                                 [(t, max(a, shared), b, c if d <= shared else max(c, shared), d)
                                  for t, a, b, c, d in told if b > shared and t not in hints.OF_PASSAGES]))
    return row


def stretch(rng, row, newline, far):
    """In some samples, gaps in the positions behind lines of the trunk, so that a short sample shows how things look
    that are up to `far` positions apart."""
    last = max(p.positions[-1] for p in (row.trunk, *row.branches))
    if far > last and rng.random() < 0.3:
        lines = [i for i, t in enumerate(row.trunk.ids) if t == newline]
        budget = rng.randrange(far - last)
        for at in sorted(rng.sample(lines, min(len(lines), rng.randint(1, 4)))):
            gap = rng.randint(0, budget)
            budget -= gap
            for part, first in [(row.trunk, at + 1)] + [(b, 0) for b in row.branches]:
                part.positions[first:] = [p + gap for p in part.positions[first:]]


def stream(tokenizer, seed, level, limit, prompt_weight):
    """Endless Samples of at most `limit` tokens. `level` is a callable, so that the curriculum can move."""
    rng = random.Random(seed)
    relations.prefer_spelled(tokenizer.sp.encode)
    while True:
        name, chats = sample(rng, level(), limit())
        row = encode(tokenizer, name, chats, LONGEST.get(name, max(700, limit())), prompt_weight)
        if row:
            stretch(rng, row, tokenizer.newline[-1], int(CONTEXT * 0.4 * (level() >= 0.15)))
            yield row


def tokenizer_text(seed, count):
    """Words for the tokenizer: those of the tasks, and as many of technical English."""
    rng = random.Random(seed)
    yield from string.printable[:95] * 20          # every printable character is in the alphabet, the space too
    for _ in range(count):
        name, chats = sample(rng, rng.random(), 300)
        for part in chats[0]:
            yield from part[0 if name.startswith("drill_") else 1].split()
    for sentence in lexicon.doc_sentences():
        yield from sentence.split()
