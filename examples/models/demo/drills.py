"""Drills: the shortest texts that train looking up and copying. A third to a half of their tokens are look-ups, where
a chat has one in twenty-five, so the circuits that all skills need form early.

A drill is a list of (text, whether it is to be predicted).
"""
import lexicon
import relations as rel
import scenes
import skills
import wordings

KINDS = ("person", "person", "food", "animal", "town", "word", "any", "number", "thing", "code", "material")


def _pairs(rng, count):
    kinds = rng.sample(KINDS, 2)
    found = []
    for kind in kinds:
        values = []
        while len(values) < count:
            v = lexicon.value(rng, kind)
            if v not in values and not any(v in column for column in found):
                values.append(v)
        found.append(values)
    return list(zip(*found))


def _once(rng, things):
    """All in random order. Each is asked for once: a second time its answer could be copied from the first."""
    return rng.sample(things, len(things))


def pairs(rng, size):
    """Lines "key = value" or "value for key", then keys in any order: the value is to be predicted."""
    known = _pairs(rng, rng.randint(2, size + 1))
    end, back = rng.choice(("\n", "; ", ". ", ", ")), rng.random() < getattr(rng, "value_first", 0.0)
    mark, loose = rng.choice((" = ", ": ", " is ", " -> ", "? ", " ")), rng.random() < 0.5
    parts = []
    for k, v in known:
        between = f" {rng.choice(wordings.EVERYDAY)} " if loose else mark
        parts.append((f"{v}{between}{k}{end}" if back else f"{k}{between}{v}{end}", False))
    mark = rng.choice((" = ", "? ", " -> ", "\n", " "))
    for k, v in _once(rng, known):
        parts += [(f"{k}{mark}", False), (v, True), (end, False)]
    return parts


def _words(rng, least, most):
    return "".join(f"{rng.choice(rel.LOOSE_WORDS)} " for _ in range(rng.randint(least, most)))


def apart(rng, size):
    """Sentences of loose words that hold a key and a value in any order, then keys: the value is to be predicted."""
    known = _pairs(rng, rng.randint(2, size + 1))
    end, parts, most = rng.choice(("\n", "; ", ". ", ".\n")), [], rng.randint(1, 4)
    mark = rng.choice((" = ", "? ", " -> ", "?\n", ": "))
    for k, v in known:
        first, second = (v, k) if rng.random() < getattr(rng, "value_first", 0.0) else (k, v)
        text = f"{_words(rng, 0, 2)}{first} {_words(rng, 1, most)}{second} {_words(rng, 0, 2)}".rstrip()
        parts.append((text + end, False))
    asked = rng.random() < 0.5
    for k, v in _once(rng, known):
        ask = f"{rng.choice(rel.WHICH)} {_words(rng, 0, 2)}{k}{' ' + _words(rng, 0, 2).rstrip() if asked else ''}" if asked else k
        parts += [(ask.rstrip() + mark, False), (v, True), ("\n", False)]
    return parts


def restate(rng, size):
    """Facts, then the same facts in other words: the value is to be predicted where its subject stands before it."""
    facts = rel.draw_facts(rng, rng.randint(2, size + 3), per_subject=1)
    parts = [(rel.state(rng, f.relation, f.subject, f.value) + " ", False) for f in facts]
    rng.shuffle(parts)
    for f in _once(rng, facts):
        text = rel.state(rng, f.relation, f.subject, f.value)
        before, found, after = text.rpartition(f.value)
        if not found or rel.upper_first(f.subject) not in rel.upper_first(before) and f.subject not in before:
            continue
        parts += [(before, False), (f.value, True), (after + " ", False)]
    return parts


def asks(rng, size):
    """Facts, then questions, each with its answer on the next line: a chat without its wrapping. Some subjects are
    named once and then spoken of with a pronoun; some questions have no answer."""
    named, lines, absent = rng.random() < 0.5, {}, rng.random() < 0.5
    rng.whole = absent
    facts = rel.draw_facts(rng, rng.randint(2, size + 1), per_subject=rng.choice((1, 1, 2)))
    for f in facts:
        pronoun = None
        if not named:
            if f.subject not in lines:
                intro = rel.upper_first(rng.choice(scenes.INTRO).format(e=f.subject))
                lines[f.subject] = [rel.pronoun_for(rng, f.kind), intro]
            pronoun = lines[f.subject][0]
        lines.setdefault(f.subject, [None]).append(rel.state(rng, f.relation, f.subject, f.value, pronoun=pronoun))
    blocks = [line for _, *line in lines.values()]
    rng.shuffle(blocks)
    end, mark = rng.choice((" ", "\n")), rng.choice(("\n", " ", " - ", "\nAnswer: "))
    parts = [(line + end, False) for block in blocks for line in block]
    asked = [(f.relation, f.subject, f.value) for f in facts]
    for f in rng.sample(facts, min(len(facts), 2)) if absent else ():
        relation, subject = f.relation, lexicon.value(rng, f.kind)
        if rng.random() < 0.5:
            relation, subject = rel.draw_relation(rng, f.kind), f.subject
        if (subject, relation.noun) not in {x.key() for x in facts}:
            asked.append((relation, subject, scenes.ABSENT))
    for relation, subject, v in _once(rng, asked):
        parts += [(rel.ask(rng, relation, subject) + mark, False), (v, True), ("\n", False)]
    return parts


def rules(rng, size):
    """Which word calls for which label, then texts."""
    keys = rng.sample(lexicon.NOUNS + lexicon.ANIMALS + lexicon.FOODS, rng.randint(2, size + 1))
    known = [(k, lexicon.pseudo(rng, 0, False)) for k in keys]
    mark = rng.choice((": ", " -> ", " gets ", " = "))
    parts = [(f"{w.format(k=k)}{mark}{n}\n", False)
             for w, (k, n) in zip(skills.rule_wordings(rng, len(known)), known)]
    mark = rng.choice((": ", " -> ", "\nLabel: ", "\n"))
    for k, n in _once(rng, known):
        parts += [(f"{skills.text_with(rng, k)}{mark}", False), (n, True), ("\n", False)]
    return parts


def repeat(rng, size):
    """A text twice: after its first words the second time follows from the first."""
    if rng.random() < 0.5:
        words = [lexicon.value(rng, "any") for _ in range(rng.randint(4, 10))]
    else:
        words = " ".join(lexicon.arbitrary_sentence(rng) for _ in range(rng.randint(1, 2))).split()
    first, again = " ".join(words), rng.choice(("\n", " ", "\n\n"))
    start = rng.randrange(0, max(1, len(words) // 2))
    return [(first + again + words[start] + " ", False), (" ".join(words[start + 1:]), True), (" ", False)]


def _lines(rng, size):
    """Passages of one or two facts or other sentences, with ids: (text, [(id, sentence, cue)])."""
    facts = rel.draw_facts(rng, rng.randint(2, size), per_subject=1)
    known = [(rel.state(rng, f.relation, f.subject, f.value), rng.choice((f.subject, f.value, None)), f) for f in facts]
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 2)):
            text = lexicon.arbitrary_sentence(rng)
            words = [w for w in text[:-1].split() if w.isalpha() and len(w) > 3] or [text.split()[0]]
            known.append((text, rng.choice(words), None))
    rng.shuffle(known)
    ids, lines, found = scenes.passage_ids(rng, len(known)), [], []
    for text, cue, fact in known:
        if lines and rng.random() < 0.35:
            lines[-1] = lines[-1] + " " + text
        else:
            lines.append(f"[{ids[len(lines)]}] {text}")
        found.append((ids[len(lines) - 1], text, cue or rel.ask(rng, fact.relation, fact.subject)))
    return "\n".join(lines) + "\n", [f for f in found if sum(f[2] in text for text, _, _ in known) < 2]


def cite(rng, size):
    """Passages, then a name or a question and the id of the passage."""
    text, found = _lines(rng, size)
    parts, mark = [(text, False)], rng.choice((": ", " -> ", " is in ", " "))
    for i, _, cue in _once(rng, found) if found else ():
        parts += [(f"{cue}{mark}[", False), (i, True), ("]\n", False)]
    return parts


def quote(rng, size):
    """Passages, then a name or a question and the sentence, with its id or without."""
    text, found = _lines(rng, size)
    parts, with_id = [(text, False)], rng.random() < 0.5
    for i, sentence, cue in _once(rng, found) if found else ():
        parts += [(f"{cue}\n", False), (f"[{i}] {sentence}" if with_id else sentence, True), ("\n", False)]
    return parts


def drill(rng, size):
    """(name, parts)"""
    make = rng.choices((pairs, apart, restate, asks, rules, repeat, cite, quote), (0.1, 0.6, 0.2, 6, 1.3, 0.1, 1.5, 2))[0]
    return f"drill_{make.__name__}", make(rng, size)
