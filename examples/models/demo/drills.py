"""Drills: the shortest texts that train looking up and copying. A third to a half of their tokens are look-ups, where
a chat has one in twenty-five, so the circuits that all skills need form early.

A drill is (known text, [(what is asked, answer, what ends it)]). Each thing asked follows the known text by itself: it
does not see the others, so no answer can be had by leaving out those given before.
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


def pairs(rng, size):
    """Lines "key = value" or "value for key", then keys: the value is to be predicted."""
    known = _pairs(rng, rng.randint(2, size + 1))
    end, back = rng.choice(("\n", "; ", ". ", ", ")), rng.random() < getattr(rng, "value_first", 0.0)
    mark, loose = rng.choice((" = ", ": ", " is ", " -> ", "? ", " ")), rng.random() < 0.5
    text = ""
    for k, v in known:
        between = f" {rng.choice(wordings.EVERYDAY)} " if loose else mark
        text += f"{v}{between}{k}{end}" if back else f"{k}{between}{v}{end}"
    mark = rng.choice((" = ", "? ", " -> ", "\n", " "))
    return text, [(f"{k}{mark}", v, end) for k, v in known]


def _words(rng, least, most):
    return "".join(f"{rng.choice(rel.LOOSE_WORDS)} " for _ in range(rng.randint(least, most)))


def _mark(rng, mark):
    """What stands between a question and its answer: `mark`, or loose words as an instruction has them. The question
    has to be found behind those too."""
    return mark if rng.random() < 0.6 else f"\n{_words(rng, 2, 12).rstrip()}.\n"


def apart(rng, size):
    """Sentences of loose words that hold a key and a value in any order, then keys: the value is to be predicted."""
    known = _pairs(rng, rng.randint(2, size + 1))
    end, text, most = rng.choice(("\n", "; ", ". ", ".\n")), "", rng.randint(1, 4)
    mark = rng.choice((" = ", "? ", " -> ", "?\n", ": "))
    for k, v in known:
        first, second = (v, k) if rng.random() < getattr(rng, "value_first", 0.0) else (k, v)
        text += f"{_words(rng, 0, 2)}{first} {_words(rng, 1, most)}{second} {_words(rng, 0, 2)}".rstrip() + end
    whole, asked = rng.random() < 0.5, []
    for k, v in known:
        ask = f"{rng.choice(rel.WHICH)} {_words(rng, 0, 2)}{k} {_words(rng, 0, 2)}".rstrip() if whole else k
        asked.append((ask + mark, v, "\n"))
    return text, asked


def restate(rng, size):
    """Facts, then the same facts in other words: the value is to be predicted where its subject stands before it."""
    facts = rel.draw_facts(rng, rng.randint(2, size + 3), per_subject=1)
    said = [rel.state(rng, f.relation, f.subject, f.value) + " " for f in facts]
    rng.shuffle(said)
    asked = []
    for f in facts:
        text = rel.state(rng, f.relation, f.subject, f.value)
        before, found, after = text.rpartition(f.value)
        if found and (rel.upper_first(f.subject) in rel.upper_first(before) or f.subject in before):
            asked.append((before, f.value, after + " "))
    return "".join(said), asked


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
                intro = scenes.introduce(rng, f.subject)
                lines[f.subject] = [rel.pronoun_for(rng, f.kind), intro]
            pronoun = lines[f.subject][0]
        lines.setdefault(f.subject, [None]).append(rel.state(rng, f.relation, f.subject, f.value, pronoun=pronoun))
    blocks = [line for _, *line in lines.values()]
    rng.shuffle(blocks)
    end, mark = rng.choice((" ", "\n")), rng.choice(("\n", " ", " - ", "\nAnswer: "))
    asked = [(f.relation, f.subject, f.value) for f in facts]
    for f in rng.sample(facts, min(len(facts), 2)) if absent else ():
        relation, subject = f.relation, lexicon.value(rng, f.kind)
        if rng.random() < 0.5:
            relation, subject = rel.draw_relation(rng, f.kind), f.subject
        if (subject, relation.noun) not in {x.key() for x in facts}:
            asked.append((relation, subject, scenes.ABSENT))
    return ("".join(line + end for block in blocks for line in block),
            [(rel.ask(rng, relation, subject) + _mark(rng, mark), v, "\n") for relation, subject, v in asked])


def rules(rng, size):
    """Which word calls for which label, then texts."""
    keys = rng.sample(lexicon.NOUNS + lexicon.ANIMALS + lexicon.FOODS, rng.randint(2, size + 1))
    known = [(k, lexicon.pseudo(rng, 0, False)) for k in keys]
    mark = rng.choice((": ", " -> ", " gets ", " = "))
    text = "".join(f"{w.format(k=k)}{mark}{n}\n" for w, (k, n) in zip(skills.rule_wordings(rng, len(known)), known))
    mark = rng.choice((": ", " -> ", "\nLabel: ", "\n"))
    return text, [(f"{skills.text_with(rng, k)}{mark}", n, "\n") for k, n in known]


def repeat(rng, size):
    """A text twice: after its first words the second time follows from the first."""
    if rng.random() < 0.5:
        words = [lexicon.value(rng, "any") for _ in range(rng.randint(4, 10))]
    else:
        words = " ".join(lexicon.arbitrary_sentence(rng) for _ in range(rng.randint(1, 2))).split()
    start = rng.randrange(0, max(1, len(words) // 2))
    return " ".join(words) + rng.choice(("\n", " ", "\n\n")), [(words[start] + " ", " ".join(words[start + 1:]), " ")]


def _passages(rng, sentences):
    """(text, [id of each sentence]): passages of one sentence or a few."""
    ids, lines, found = scenes.passage_ids(rng, len(sentences)), [], []
    together = rng.choice((0.0, 0.2, 0.5))
    for text in sentences:
        if lines and rng.random() < together:
            lines[-1] = lines[-1] + " " + text
        else:
            lines.append(f"[{ids[len(lines)]}] {text}")
        found.append(ids[len(lines) - 1])
    return "\n".join(lines) + "\n", found


def _lines(rng, size):
    """Passages of facts and other sentences: (text, [(id, sentence, cue)])."""
    facts = rel.draw_facts(rng, rng.randint(2, size), per_subject=1)
    known = [(rel.state(rng, f.relation, f.subject, f.value), rng.choice((f.subject, f.value, None)), f) for f in facts]
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 3)):
            text = lexicon.arbitrary_sentence(rng)
            words = [w for w in text[:-1].split() if w.isalpha() and len(w) > 3] or [text.split()[0]]
            known.append((text, rng.choice(words), None))
    rng.shuffle(known)
    text, ids = _passages(rng, [k[0] for k in known])
    found = [(i, said, cue or rel.ask(rng, f.relation, f.subject)) for i, (said, cue, f) in zip(ids, known)]
    return text, [f for f in found if sum(f[2] in said for said, _, _ in known) < 2]


def _short_lines(rng, size):
    """Passages of a few loose words with names among them: (text, [(id, sentence, name)])."""
    names = [name for pair in _pairs(rng, rng.randint(2, size + 2)) for name in pair]
    rng.shuffle(names)
    most, dot, sentences, cues = rng.randint(1, 4), rng.choice((".", ".", "")), [], []
    while names:
        held = [names.pop() for _ in range(min(len(names), rng.randint(1, 2)))]
        sentences.append("".join(_words(rng, 0, most) + name + " " for name in held).rstrip() + dot)
        cues.append(held)
    text, ids = _passages(rng, sentences)
    return text, [(i, said, name) for i, said, held in zip(ids, sentences, cues) for name in held]


def cite(rng, size):
    """Passages, then a name or a question and the id of the passage."""
    text, found = (_short_lines if rng.random() < 0.5 else _lines)(rng, size)
    mark, opened = rng.choice((": ", " -> ", " is in ", " ", "\n")), "[" if rng.random() < 0.5 else ""
    return text, [(cue + _mark(rng, mark) + opened, i, "]\n" if opened else "\n") for i, _, cue in found]


def quote(rng, size):
    """Passages, then a name or a question and the sentence, with its id or without."""
    text, found = (_short_lines if rng.random() < 0.3 else _lines)(rng, size)
    with_id = rng.random() < 0.5
    return text, [(cue + _mark(rng, "\n"), f"[{i}] {said}" if with_id else said, "\n") for i, said, cue in found]


def drill(rng, size):
    """(name, known text, what is asked)"""
    make = rng.choices((pairs, apart, restate, asks, rules, repeat, cite, quote), (0.1, 0.6, 0.2, 4, 1.2, 0.1, 1, 1))[0]
    known, asked = make(rng, size)
    return f"drill_{make.__name__}", known, rng.sample(asked, len(asked))
