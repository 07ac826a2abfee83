"""Questions over passages: 1-hop, pronoun, alias, 2-hop, absent, yes/no, cite, quote.

A scene holds facts about a few subjects, laid out as passages with ids. A subject is named in every sentence, or
introduced once and then a pronoun (so that the binding must be formed while the passage is read), or given an alias.
"""
import dataclasses
import itertools
import re

import hints
import lexicon
import relations as rel
import wordings

ABSENT = "not in the passages"
INTRO = ("Subject: {e}.", "This part is about {e}.", "Now to {e}.", "Here is what we know of {e}.",
         "Let us look at {e}.", "About {e}:", "{e} comes next.", "A few words on {e}.", "{e}, in short.", "We turn to {e}.",
         "The subject is {e}.", "Notes on {e}:", "Read on for {e}.", "Some facts on {e} are below.", "Who or what is {e}?",
         "{e} is next on the list.")
INTRO_HELD = ("What follows concerns {e}.", "The next lines describe {e}.")
ALIAS = ("{e} is also called {x}.", "{x} is another name for {e}.", "People call {e} {x}.", "{e} goes by the name {x}.")
ALIAS_HELD = ("Many know {e} under the name {x}.",)
STYLES = {          # how the answer should look; "" is the default, a short answer
    "short": ("", "", "", "Answer in a few words.", "Give only the answer.", "Short answer, please.",
              "Answer briefly.", "No full sentence, please."),
    "cite": ("Which passage says so? Give its id.", "Name the passage.", "Give the id of the passage.",
             "In which passage is the answer?", "Cite the passage.", "Answer with the passage id only."),
    "quote": ("Quote the sentence.", "Copy the sentence that answers.", "Answer with the sentence itself.",
              "Give the sentence, word by word.", "Which sentence says so?"),
    "quote_id": ("Quote the sentence with its passage id.", "Give the passage id and the sentence.",
                 "Quote the sentence that answers, with the id in front.", "Id and sentence, please.",
                 "Cite the passage and quote the sentence."),
}
STYLES_HELD = {"short": ("", "Reply with a short answer."), "cite": ("What is the id of the passage that answers?",),
               "quote": ("Repeat the sentence that answers.",),
               "quote_id": ("Which sentence answers? Quote it together with the id.",)}
VERBS = ("Quote", "Copy", "Repeat", "Give", "Print", "Show", "Write", "Return", "Say", "Cite")
ANSWERS = ("answers", "says so", "tells us", "has the answer", "says it", "answers the question", "tells that")
IDS = ("with its id", "with the passage id", "together with its passage id", "and the id of its passage", "with the id in front",
       "including the id", "and its id", "plus the id", "with the id of the passage", "id first", "and also its id")


def instruction(rng, style):
    """How the answer should look, in one of many wordings of the training set."""
    if style == "short" or rng.random() < 0.3:
        return rng.choice(STYLES[style])
    verb, answers, thing = rng.choice(VERBS), rng.choice(ANSWERS), rng.choice(("sentence", "sentence", "line", "statement"))
    if style == "cite":
        what = rng.choice(("id", "passage id", "id of the passage", "number of the passage", "id of that passage"))
        text = rng.choice((f"{verb} the {what}.", f"{verb} the {what} only.", f"Which passage {answers}?",
                           f"Which passage {answers}? {verb} the {what}.", f"In which passage is that? {verb} the {what}.",
                           f"What is the {what} that {answers}?", f"What is the {what}?", f"Only the {what}, please."))
    elif style == "quote":
        text = rng.choice((f"{verb} the {thing}.", f"{verb} the {thing} that {answers}.", f"Which {thing} {answers}?",
                           f"Which {thing} {answers}? {verb} it.", f"{verb} only the {thing}.", f"The {thing} itself, please.",
                           f"{verb} the {thing} word by word.", f"{verb} the {thing} without its id."))
    else:
        ids = rng.choice(IDS)
        text = rng.choice((f"{verb} the {thing} {ids}.", f"{verb} the {thing} that {answers}, {ids}.",
                           f"Which {thing} {answers}? {verb} it {ids}.", f"{verb} the {thing} that {answers} {ids}.",
                           f"{verb} the passage id and the {thing}.", f"The {thing} {ids}, please.",
                           f"Which {thing} is it? {verb} it {ids}."))
    return instruction(rng, style) if text in STYLES_HELD[style] else text


def introduce(rng, subject, held=False):
    """The sentence that names whom the pronouns behind it mean. Edited in half of the training texts, so that what binds
    a pronoun is a name, whatever stands around it."""
    template, pick = rng.choice(INTRO_HELD if held else INTRO), 1.0 if held else rng.random()
    if pick < 0.25:
        template = wordings.loosen(rng, template, rel.LOOSE_WORDS, True)
    elif pick < 0.5:
        words = [rng.choice(rel.LOOSE_WORDS) for _ in range(rng.randint(1, 5))]
        words.insert(rng.randint(0, len(words)), "{e}")
        template = " ".join(words) + rng.choice((".", ".", ":"))
    return rel.upper_first(template.format(e=subject))


SYSTEM = ("Answer only from the passages.", "Answer from the passages. If they do not answer, say: not in the passages.",
          "You read passages and answer questions about them.",
          "Use only what is printed. Otherwise say: not in the passages.")
KINDS = ("hop1", "hop1", "hop1", "coref", "coref", "alias", "hop2", "absent", "yesno", "mention")


LEADS = ("What", "What does", "What do", "What is", "What are", "Which", "Who", "Where", "Where does", "Where are", "How", "How does",
         "How are", "When", "When does", "When is", "Why", "Why does", "In which", "To what", "By what", "Does", "Is", "Are", "Can",
         "May", "What happens when", "What happens to", "Which of these", "What must", "What can", "Who may", "With what",
         "Through what", "From where", "In what order do", "How many", "What about", "")


def other_form(rng, word):
    """The word as another form of it might stand in a question."""
    low = word.lower()
    for end in ("ing", "ed", "es", "s", "ly", "er"):
        if low.endswith(end) and len(low) - len(end) > 2:
            root = word[:-len(end)]
            if len(root) > 2 and root[-1] == root[-2] and end in ("ing", "ed"):
                root = root[:-1]
            return rng.choice((root, root, root + "e", root + "s", root + "es", root + "ed", root + "ing"))
    return rng.choice((word + "s", word + "s", word + "ed", word + "ing", word + "er", word[:-1] + "ing" if low.endswith("e") else word + "s"))


@dataclasses.dataclass
class Line:
    text: str
    fact: rel.Fact = None
    style: str = "direct"        # direct, coref, alias or filler
    asked_as: str = ""           # the name to ask with
    said_as: str = ""            # the name in the line, if any
    passage: str = ""


def passage_ids(rng, count):
    pick, numbers = rng.random(), range(1, max(100, 2 * count))
    if pick < 0.5:
        return [str(i + 1) for i in range(count)]
    if pick < 0.7:
        return [str(i) for i in rng.sample(numbers, count)]
    if pick < 0.85:
        return [f"{rng.choice('abcdefgh')}{i}" for i in rng.sample(numbers, count)]
    name = rng.choice(lexicon.NOUNS)
    return [f"{name}.md#{i + 1}" for i in range(count)]


class Scene:
    def __init__(self, rng, count, held=False, kinds=KINDS):
        self.rng, self.held, self.asked, self.wanted = rng, held, None, None
        several = rng.random() < (0.5 if held else 0.65)  # facts about one subject
        # What is asked for has to be in the sentence, where another might answer.
        rng.whole = several or "absent" in kinds
        # Names that differ in the first word keep an answer unique even where a name is a prefix of another.
        facts = rel.draw_facts(rng, 0 if kinds == ("prose",) else count, per_subject=3 if several else 1)
        self.chains = []
        if "hop2" in kinds:
            facts += self._chains(facts, max(1, count // 4))
        self.lines, blocks = [], []
        subjects = {}
        for fact in facts:
            subjects.setdefault(fact.subject, []).append(fact)
        chained = {f.subject for _, f in self.chains}
        options = ["direct"] + ["coref"] * (2 * ("coref" in kinds)) + ["alias"] * ("alias" in kinds)
        if "hop1" in kinds:
            options += ["direct"] * 2
        for subject, group in subjects.items():
            style = "direct" if subject in chained else rng.choice(options)
            blocks += self._blocks(subject, group, style)
        fillers = rng.randrange(0, 2 + count // 2) if rng.random() < (0.5 if held else 0.3) else 0
        if kinds == ("prose",):                          # pages of plain text, as documentation is
            self._page(count)
        else:
            for _ in range(fillers + (2 if "mention" in kinds else 0)):
                wild = not held and rng.random() < 0.3
                blocks.append([Line((lexicon.wild_sentence if wild else lexicon.arbitrary_sentence)(rng), style="filler")])
            rng.shuffle(blocks)
            self._lay_out(blocks)
        self.subjects = {s: {f.relation.noun for f in g} for s, g in subjects.items()}
        self.kind_of = {s: g[0].kind for s, g in subjects.items()}

    def _chains(self, facts, count):
        """Facts about values of other facts, for questions that need both."""
        extra = []
        taken = {f.subject for f in facts}
        for fact in facts:
            if len(extra) >= count:
                break
            if not fact.relation.where or fact.value in taken:
                continue
            relation = rel.draw_relation(self.rng, fact.relation.value)
            second = rel.Fact(fact.value, fact.relation.value, relation, lexicon.value(self.rng, relation.value))
            taken.add(fact.value)
            extra.append(second)
            self.chains.append((fact, second))
        return extra

    def _blocks(self, subject, group, style):
        """Runs of sentences that have to stay in order."""
        rng = self.rng
        if style == "coref":
            pronoun = rel.pronoun_for(rng, group[0].kind)
            intro = introduce(rng, subject, self.held)
            run = [Line(intro, style="intro", asked_as=subject)]
            for fact in group:
                if rng.random() < 0.15:
                    run.append(Line(lexicon.random_sentence(rng), style="filler"))
                text = rel.state(rng, fact.relation, subject, fact.value, self.held, pronoun)
                run.append(Line(text, fact, "coref", subject))
            return [run]
        name, blocks = subject, []
        if style == "alias":
            name = lexicon.value(rng, group[0].kind)
            text = rng.choice(ALIAS_HELD if self.held else ALIAS).format(e=subject, x=name)
            blocks.append([Line(rel.upper_first(text), style="intro", asked_as=subject)])
        for fact in group:
            blocks.append([Line(rel.state(rng, fact.relation, name, fact.value, self.held), fact, style, subject,
                                said_as=name)])
        if not self.held and rng.random() < 0.4:         # a page about the subject
            return [list(itertools.chain(*blocks))]
        return blocks

    def _page(self, count):
        """Paragraphs of documentation, some of them neighbours, so that they share their words."""
        rng, self.passages = self.rng, []
        paragraphs = lexicon.doc_paragraphs()
        number, size = rng.randint(2, 7), 0
        at = rng.randrange(len(paragraphs))
        most = rng.randint(300, 2200)                    # characters
        texts = []
        while len(texts) < number and size < most:
            at = (at + 1) % len(paragraphs) if rng.random() < 0.2 else rng.randrange(len(paragraphs))
            said = list(paragraphs[at])
            while len(said) < 8 and rng.random() < (0.6 if len(said) < 3 else 0.2):      # longer ones, of several
                said += rng.choice(paragraphs)[:2] if rng.random() < 0.7 else [lexicon.wild_sentence(rng)]
            said = list(dict.fromkeys(lexicon.as_documentation(rng, s) for s in said[:8]))
            said = [s for s in said if all(s not in t for t in texts)]
            if said:
                texts.append(said)
                size += sum(map(len, said))
        rng.shuffle(texts)
        ids = passage_ids(rng, len(texts))
        for i, said in zip(ids, texts):
            self.passages.append((i, said))
            self.lines += [Line(s, style="filler", passage=i) for s in said]

    def _lay_out(self, blocks):
        rng, self.passages = self.rng, []
        sentences = sum(len(b) for b in blocks)
        ids = passage_ids(rng, sentences)
        spread = rng.choice((0.3, 0.5, 0.8) if self.held else (0.1, 0.3, 0.5, 0.8))   # chance of a new passage
        for block in blocks:
            for line in block:
                if not self.passages or rng.random() < spread:
                    self.passages.append((ids[len(self.passages)], []))
                line.passage = self.passages[-1][0]
                self.passages[-1][1].append(line.text)
                self.lines.append(line)

    def text(self):
        return "\n".join(f"[{i}] " + " ".join(sentences) for i, sentences in self.passages)

    def question(self, kind):
        """(question, short answer, line that answers) or None where the scene has nothing of that kind. `asked` is then
        the subject that the question names and `wanted` the word for its relation, or None."""
        rng, held = self.rng, self.held
        self.asked = self.wanted = None
        if kind in ("hop1", "coref", "alias"):
            style = "direct" if kind == "hop1" else kind
            pool = [l for l in self.lines if l.fact and l.style == style]
            if not pool:
                return None
            line = rng.choice(pool)
            self.asked, self.wanted = line.asked_as, line.fact.relation.noun
            return rel.ask(rng, line.fact.relation, line.asked_as, held), line.fact.value, line
        if kind == "hop2":
            if not self.chains:
                return None
            first, second = rng.choice(self.chains)
            where = first.relation.where.format(e=first.subject, o=first.subject)
            templates = second.relation.ask_held if held else second.relation.ask
            template = rng.choice([t for t in templates if "{es}" not in t])
            line = next(l for l in self.lines if l.fact is second)
            return rel.upper_first(template.format(e=where, o=where)), second.value, line
        if kind == "absent":
            subject = rng.choice(list(self.subjects))
            if not held and rng.random() < 0.5:          # what another subject is said to have
                line = rng.choice([l for l in self.lines if l.fact])
                relation = line.fact.relation
                if self.kind_of[subject] != relation.subject:
                    subject = line.fact.subject
            else:
                relation = rel.draw_relation(rng, self.kind_of[subject])
            if relation.noun in self.subjects[subject] or rng.random() < (0.3 if held else 0.15):
                subject = lexicon.value(rng, relation.subject)
                if subject in self.subjects:
                    return None
            self.asked, self.wanted = subject, relation.noun
            return rel.ask(rng, relation, subject, held), ABSENT, None
        if kind == "yesno":
            pool = [l for l in self.lines if l.fact]
            line = rng.choice(pool)
            right = rng.random() < 0.5
            shown = line.fact.value if right else self._wrong(line.fact)
            statement = rel.state(rng, line.fact.relation, line.asked_as, shown, held)
            lead = rng.choice(("Do the passages say this? ",) if held else
                              ("Is this right? ", "True or not: ", "Is it so? ", "Yes or no: "))
            return lead + statement, "yes" if right else "no", line
        if kind == "prose" and rng.random() < 0.6:
            return self._about_part()
        if kind in ("mention", "prose"):
            return self._mention()
        raise ValueError(kind)

    def _wrong(self, fact):
        others = [l.fact.value for l in self.lines if l.fact and l.fact.relation.value == fact.relation.value
                  and l.fact.value != fact.value]
        if others and self.rng.random() < 0.8:
            return self.rng.choice(others)
        while True:
            v = lexicon.value(self.rng, fact.relation.value)
            if v != fact.value:
                return v

    def _about_part(self):
        """Ask with a part of a sentence, its words in other forms: "the parser is generated" for "What generates the parser?"."""
        rng = self.rng
        line = rng.choice(self.lines)
        words = re.findall(r"[\w:./()-]*[\w)]", line.text.replace("`", "").replace("*", ""))
        if len(words) < 3:
            return None
        size = rng.randint(2, 7)
        at = rng.randrange(max(1, len(words) - size + 1))
        part = words[at:at + size]
        hard = [w for w in part if w.lower() not in lexicon.STOP_WORDS and len(w) > 1]
        if not hard:
            return None
        stems = [w.lower()[:max(3, len(w) - 2)] for w in hard]
        if any(all(s in l.text.lower() for s in stems) for l in self.lines if l is not line):
            return None
        kept = [w for w in part if w in hard or rng.random() < 0.5]
        if len(hard) > 2 and rng.random() < 0.3:
            kept.remove(rng.choice([w for w in kept if w in hard]))
        if rng.random() < 0.25:
            rng.shuffle(kept)
        kept = [other_form(rng, w) if w.isalpha() and rng.random() < 0.35 else w for w in kept]
        kept[0] = kept[0] if not kept[0][1:].islower() else kept[0].lower()
        lead = rng.choice(LEADS)
        text = " ".join([lead] * bool(lead) + kept) + rng.choice(("?", "?", "?", "", " mean?", " do?", " have?"))
        return rel.upper_first(text), None, line

    def _mention(self):
        """Ask for an arbitrary sentence by some of its words."""
        rng = self.rng
        pool = [l for l in self.lines if l.style == "filler"]
        if not pool:
            return None
        line = rng.choice(pool)
        words = [w for w in re.findall(r"[A-Za-z]{3,}", line.text) if w.lower() not in lexicon.STOP_WORDS]
        if len(words) < 2:
            return None
        words = [w.lower() if w[1:].islower() else w for w in dict.fromkeys(words)]
        keep = sorted(rng.sample(range(len(words)), min(len(words), rng.choice((1, 2, 2, 3, 4)))))
        words = [words[i] for i in keep]
        others = [l.text.lower() for l in self.lines if l is not line]
        if any(all(w.lower() in o for w in words) for o in others):
            return None
        tail = " ".join(words)
        both = " and ".join((" ".join(words[:-1]), words[-1])) if len(words) > 1 else tail
        if self.held:
            question = rng.choice((f"Find the place that talks of {both}.", f"Who says something on {tail}?"))
        else:
            question = rng.choice((f"Which sentence mentions {both}?", f"What is said about {tail}?",
                                   f"Where do we read about {both}?", f"How about {tail}?", f"What does {tail} do?",
                                   f"{tail}?", rel.loose_question(rng, words), rel.loose_question(rng, words),
                                   rel.loose_question(rng, words)))
        return question, None, line


def turn(rng, scene, kind, style):
    """([user, answer, ...] of one question and perhaps a second one on the same fact, the line asked for, the style of
    the answer) or None."""
    found = scene.question(kind)
    if not found:
        return None
    question, short, line = found
    if kind in ("mention", "prose") and style == "short":
        style = rng.choice(("cite", "quote", "quote_id"))
    if kind == "yesno":
        style = "short"
    if style == "short" or line is None:
        answer = short
    else:
        answer = {"cite": line.passage, "quote": line.text, "quote_id": f"[{line.passage}] {line.text}"}[style]
    wanted = rng.choice(STYLES_HELD[style]) if scene.held else instruction(rng, style)
    said = [f"Question: {question}" + (f"\n{wanted}" if wanted else ""), answer]
    if style == "cite" and line is not None and rng.random() < 0.3:
        said += [instruction(rng, "quote"), line.text]
    return said, line, style


STYLE_MIX = ("short", "short", "short", "quote_id", "quote", "cite")


def opening(rng, scene):
    """(system message if any, the passages as the user gives them)"""
    system = [("system", rng.choice(SYSTEM))] if rng.random() < 0.5 else []
    return system, ("Passages:\n" if rng.random() < 0.8 else "") + scene.text()


def passages_task(rng, size, held=False, kinds=KINDS, styles=STYLE_MIX, turns=10):
    """A chat: passages with the first question, then further questions. Only the first is scored in evaluation."""
    while True:
        scene = Scene(rng, size, held, kinds)
        asked, lines = [], []
        for _ in range(turns * 3):
            got = turn(rng, scene, rng.choice(kinds), rng.choice(styles))
            # A fact is asked for once: a second time its answer could be copied from the chat.
            if got and not (got[1] and any(got[1] is line for line in lines)) and (got[1] or lines.count(None) < 2):
                asked.append(got[0])
                lines.append(got[1])
            if len(asked) == turns:
                break
        if asked:
            break
    messages, text = opening(rng, scene)
    asked[0][0] = f"{text}\n{asked[0][0]}"
    for said in asked:
        messages += zip(itertools.cycle(("user", "assistant")), said)
    return messages


def first_questions(rng, size, kinds=KINDS, styles=STYLE_MIX, count=10):
    """Chats that begin with the same passages and each ask one question: as evaluation asks, and no answer can be
    copied or guessed from another's."""
    chats = []
    while not chats:
        scene = Scene(rng, size, False, kinds)
        system, text = opening(rng, scene)
        for _ in range(count):
            if got := turn(rng, scene, rng.choice(kinds), rng.choice(styles)):
                (question, *rest), line, style = got
                said = zip(itertools.cycle(("user", "assistant")), [f"{text}\n{question}", *rest])
                asked = len(text) + 1 + len("Question: "), len(text) + 1 + len(question.partition("\n")[0])
                chat = hints.Chat(system + list(said))
                chats.append(chat.about(scene, len(text) - len(scene.text()), asked, line, style))
    return chats
