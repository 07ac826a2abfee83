"""The other skills: state and scope tasks (T3-T8), labels, records, tools, outlines, stories, and plain copying."""
import json

import lexicon
import relations as rel
import scenes
import wordings


def _ask(rng, passages, question, answer, system=""):
    """Passages, then one question."""
    ids = scenes.passage_ids(rng, len(passages))
    text = "\n".join(f"[{i}] {p}" for i, p in zip(ids, passages))
    messages = [("system", system)] if system else []
    return messages + [("user", f"Passages:\n{text}\nQuestion: {question}"), ("assistant", answer)]


def _distinct(rng, count, draw):
    found = []
    while len(found) < count:
        v = draw(rng)
        if v not in found:
            found.append(v)
    return found


def _more(rng, messages, pairs):
    """Further questions over the same text."""
    for question, answer in pairs:
        messages += [("user", f"Question: {question}"), ("assistant", answer)]
    return messages


def scope(rng, size, held=False):
    """T3: a unit announced once holds until the next one."""
    passages, prices = [], []
    for _ in range(rng.randrange(1, 3)):
        unit = lexicon.pseudo(rng, 2, False)
        passages.append(rng.choice((f"What comes next is counted in {unit}.",) if held else
                                   (f"Prices below are in {unit}.", f"From here on, all prices are in {unit}.",
                                    f"The unit is now {unit}.")))
        for _ in range(max(1, size // 3)):
            thing, price = lexicon.VALUES["thing"](rng), str(rng.randrange(2, 100))
            passages.append(rel.upper_first(f"{thing} costs {price}."))
            prices.append((f"What does {thing} cost, with the unit?", f"{price} {unit}"))
    rng.shuffle(prices)
    return _more(rng, _ask(rng, passages, *prices[0]), prices[1:4])


PUT = ("Set {x} to {v}.", "Set {x} to {v}.", "Change {x} to {v}.", "Put {v} into {x}.", "{x} is set to {v}.", "{x} is now {v}.",
       "Let {x} be {v}.", "{x} starts over at {v}.", "From here {x} is {v}.", "{x} gets the value {v}.", "{x} changes to {v}.")
ADD = ("Add 1 to {x}.", "Add 1 to {x}.", "{x} goes up by 1.", "Raise {x} by 1.", "{x} rises by 1.", "{x} gets 1 more.", "Count {x} up by 1.")
SWAP = ("Swap {x} and {y}.", "Swap {x} and {y}.", "Exchange {x} and {y}.", "{x} and {y} change places.", "{x} and {y} are swapped.",
        "{x} and {y} exchange values.", "The values of {x} and {y} change places.")
WORTH = ("What is {x} at the end?", "What is {x} at the end?", "What value has {x} at the end?", "What is the last value of {x}?",
         "At the end, what is {x}?", "How much is {x} at the end?", "Which value does {x} have?", "What is {x}?", "{x} is what in the end?")


def state(rng, size, held=False):
    """T4: the last change counts."""
    names = _distinct(rng, rng.randrange(2, 4), lambda r: lexicon.pseudo(r, 2, False))
    values, passages = {}, []
    for name in names:
        values[name] = rng.randrange(1, 10)
        passages.append(f"Set {name} to {values[name]}." if held else rng.choice(PUT).format(x=name, v=values[name]))
    for _ in range(rng.randrange(1, 2 + size // 3)):
        name, kind = rng.choice(names), rng.random()
        if kind < 0.4:
            values[name] = rng.randrange(1, 10)
            passages.append(f"Now {name} becomes {values[name]}." if held else
                            rng.choice(PUT).format(x=name, v=values[name]))
        elif kind < 0.7:
            values[name] += 1
            passages.append(f"{name} grows by 1." if held else rng.choice(ADD).format(x=name))
        else:
            other = rng.choice([n for n in names if n != name])
            values[name], values[other] = values[other], values[name]
            passages.append(f"{name} and {other} trade values." if held else
                            rng.choice(SWAP).format(x=name, y=other))
    rng.shuffle(names)
    ask = rng.choice(WORTH) if not held else "What is the value of {x} now?"
    pairs = [(ask.format(x=n), str(values[n])) for n in names]
    return _more(rng, _ask(rng, passages, *pairs[0]), pairs[1:])


def codebook(rng, size, held=False):
    """T5: words are defined first and used afterwards."""
    count = min(12, max(2, size // 2))
    codes = _distinct(rng, count, lambda r: lexicon.pseudo(r, 2, False))
    meanings = _distinct(rng, count, lambda r: rng.choice(lexicon.COLOURS + lexicon.MATERIALS))
    things = _distinct(rng, count, lambda r: f"the {rng.choice(lexicon.NOUNS)}")
    passages = [f"{c} stands for {m}." if held else rng.choice((f"In this text, {c} means {m}.", f"{c} means {m}."))
                for c, m in zip(codes, meanings)]
    pairs = []
    for thing in things:
        i = rng.randrange(count)
        passages.append(rel.upper_first(f"{thing} is {codes[i]}."))
        pairs.append((f"In plain words, what is {thing}?", meanings[i]))
    return _more(rng, _ask(rng, passages, *pairs[0]), pairs[1:4])


def order(rng, size, held=False):
    """T6: ordinals come from the order of the passages."""
    count = max(3, min(size, 8))
    items = _distinct(rng, count, lambda r: lexicon.value(r, "any"))
    passages = [(f"First comes {x}." if i == 0 else rng.choice((f"Next comes {x}.", f"Then comes {x}.")))
                for i, x in enumerate(items)]
    pairs = []
    for i in rng.sample(range(count), min(3, count)):
        word = "first second third fourth fifth sixth seventh eighth".split()[i]
        if i and rng.random() < 0.5:
            pairs.append((f"What follows {items[i - 1]}?" if held else f"What comes after {items[i - 1]}?", items[i]))
        else:
            pairs.append((f"Name the {word} one." if held else f"Which one is {word}?", items[i]))
    return _more(rng, _ask(rng, passages, *pairs[0]), pairs[1:])


def headings(rng, size, held=False):
    """T7: the same wording under different headings."""
    heads = _distinct(rng, max(2, size // 2), lambda r: lexicon.pseudo(r))
    nouns = rng.sample(lexicon.ATTRIBUTES, 2)
    passages, pairs = [], []
    for head in heads:
        passages.append(f"## {head}")
        for noun in nouns[:rng.randrange(1, 3)]:
            v = lexicon.value(rng, "any")
            passages.append(f"The {noun} is {v}.")
            pairs.append((f"Under {head}, what is the {noun}?" if held else
                          rng.choice((f"What is the {noun} of {head}?", f"Which {noun} stands under {head}?")), v))
    rng.shuffle(pairs)
    return _more(rng, _ask(rng, passages, *pairs[0]), pairs[1:4])


def judge(rng, size, held=False):
    """T8: compare candidates."""
    letters = "ABCDE"[:rng.randrange(2, 4 if size < 6 else 6)]
    scores = _distinct(rng, len(letters), lambda r: r.randrange(1, 100))
    most = rng.random() < 0.5
    lines = [f"{c}: {lexicon.phrase(rng)}, {s} points." for c, s in zip(letters, scores)]
    word = rng.choice(("most", "highest")) if most else rng.choice(("fewest", "lowest"))
    question = {"most": "Which has the most points?", "highest": "Which answer scores highest?",
                "fewest": "Which has the fewest points?", "lowest": "Which answer scores lowest?"}[word]
    if held:
        question = "Which candidate wins on points?" if most else "Which candidate is last on points?"
    best = letters[scores.index(max(scores) if most else min(scores))]
    return [("user", "Candidates:\n" + "\n".join(lines) + f"\n{question}"), ("assistant", best)]


# --- labels -----------------------------------------------------------------------------------------------------

TOPICS = {
    "billing": (("My card was charged twice for {x}.", "I want my money back for {x}.", "The invoice of {x} is wrong.",
                 "You took {n} from my account for {x}.", "Please send me the bill for {x}.",
                 "Why did I pay {n} for {x}?", "The price on the bill for {x} is not right.", "You charged me {n} too much.",
                 "I was charged for {x} by mistake.", "How can I pay for {x}?", "You charged too much for {x}.", "The sum for {x} is far too large.",
                 "The price I paid for {x} is higher than it should be.", "Your bill says {n} for {x}, that is too much.",
                 "The amount of {n} was taken twice."), ("The amount you charged for {x} is too high.",)),
    "delivery": (("The parcel with {x} never arrived.", "When will {x} be delivered?", "My order of {x} is late.",
                  "The courier left {x} at the wrong house.", "Where is my package with {x}?",
                  "Can you ship {x} to another town?", "I wait for {x} since {n} days.", "The package with {x} is lost.",
                  "Nobody brought {x} to my house.", "{x} should be here for {n} days now.", "I wait and wait, but {x} does not arrive.",
                  "The package is still on its way.", "Has {x} been sent?"), ("I still wait for the package with {x} to arrive.",)),
    "product": (("{x} is broken.", "{x} stopped working after {n} days.", "Does {x} come in red?",
                 "{x} makes a strange noise.", "How large is {x}?", "A part of {x} is missing.", "{x} broke after {n} days.", "{x} is too small.", "I cannot turn {x} on.", "{x} fell apart.", "The colour of {x} is wrong.",
                 "Only {n} days, and {x} is broken.", "How do I clean {x}?"),
                ("After {n} days {x} was broken.",)),
    "account": (("How do I reset my password?", "I cannot log in since {n} days.", "Please change my email address.",
                 "I want to delete my profile.", "My user name is wrong.", "The login page refuses my password.", "I forgot my user name.", "I lost the password.",
                 "My profile shows the wrong name.", "Which password do I need?", "How do I get a new profile?",
                 "I forgot how to log in."),
                ("I forgot the password of my profile.",)),
    "praise": (("Thank you, {x} is great.", "I love {x}.", "Great service, I am happy with {x}.",
                "The best shop ever, thanks for {x}.", "Thanks, all is well with {x}.", "I am happy with {x}.", "{x} is very good, thank you.",
               "What a great {x}!", "I thank you for {x}, I am so happy.", "Happy with everything, thank you very much.",
                "You are the best, {x} is so good."),
               ("I am very happy, thank you for {x}.",)),
}


def _around(rng, word):
    """Loose words with the given one among them."""
    words = [rng.choice(rel.LOOSE_WORDS) for _ in range(rng.randint(2, 6))]
    words.insert(rng.randint(0, len(words)), word)
    return rel.upper_first(" ".join(words)) + "."


RULES = ("texts about {k}", "{k}", "all about {k}", "when there is a {k}", "if you read {k}", "for {k}", "{k} in the text",
         "any text with {k}", "what has to do with {k}", "a word on {k}", "the {k}", "if it is on {k}")


def rule_wordings(rng, count):
    """How rules are worded: one by one, or all alike; partly in loose words, so that only the key matters."""
    def one():
        if rng.random() < 0.5:
            return rng.choice(RULES)
        before = [rng.choice(rel.LOOSE_WORDS) for _ in range(rng.randint(0, 4))]
        after = [rng.choice(rel.LOOSE_WORDS) for _ in range(max(0, rng.randint(-2, 2)))]
        return " ".join(before + ["{k}"] + after)
    return [one()] * count if rng.random() < 0.6 else [one() for _ in range(count)]


ASK_LABEL = ("\nLabel?", "\nWhich label?", "\nChoose a label.", "", "\nWhich label is right?", "\nGive the label.",
             "\nPick the label that fits.", "\nWhich one fits?", "\nWhat label does it get?", "\nLabel, please.",
             "\nWhich label applies?", "\nWhat is the label?", "\nName the label.", "\nWhich of the labels is it?")


TEXTS = ("I saw the {k} in {p}.", "There is a {a} {k} at home.", "{p} asked about the {k} {d}.", "Nobody {v} the {k}.",
         "The {k} {v} the {a} one.", "Last week {p} bought a {k}.", "A {k} was there.", "In {p} they have a {a} {k}.",
         "Close to {p} there was a {k}.", "Today {p} and {q} spoke of a {k}.", "{p} has {n} of the {k}.", "We found a {k} by {p}.")


def text_with(rng, word):
    """A text that has the word in it, and often a name or number that is no label."""
    template = rng.choice(TEXTS) if rng.random() < 0.6 else _around(rng, "{k}")
    if rng.random() < 0.5:
        template = wordings.loosen(rng, template, rel.LOOSE_WORDS, rng.random() < 0.5)
    if "{p}" not in template and rng.random() < 0.3:
        template = template[:-1] + " {p}."
    return template.format(k=word, p=lexicon.pseudo(rng), q=lexicon.pseudo(rng), a=rng.choice(lexicon.ADJECTIVES),
                           v=rng.choice(lexicon.VERBS), d=rng.choice(lexicon.ADVERBS), n=rng.randrange(2, 90))


def labels(rng, size, held=False):
    """Choose among given labels: by topic, or by rules that stand in the prompt with invented labels."""
    turns = rng.randrange(1, 5)
    messages = []
    if rng.random() < 0.5:
        topics = rng.sample(list(TOPICS), rng.randrange(2, 6))
        shown = topics[:]
        lead = "Labels: " + ", ".join(shown)
        cases = []
        for _ in range(turns):
            topic = rng.choice(topics)
            template = rng.choice(TOPICS[topic][1 if held else 0])
            cases.append((rel.upper_first(template.format(x=lexicon.VALUES["thing"](rng), n=rng.randrange(2, 90))), topic))
    else:
        count = rng.randrange(2, 4 if size < 5 else 6)
        keys = _distinct(rng, count, lambda r: r.choice(lexicon.NOUNS + lexicon.ANIMALS + lexicon.FOODS))
        names = _distinct(rng, count, lambda r: lexicon.pseudo(r, 0, False))
        worded = ["whatever speaks of {k}"] * count if held else rule_wordings(rng, count)
        lead = "Rules:\n" + "\n".join(f"{w.format(k=k)}: {n}" for w, k, n in zip(worded, keys, names))
        cases = []
        for _ in range(turns):
            i = rng.randrange(count)
            text = f"Yesterday a {keys[i]} stood near {lexicon.pseudo(rng)}." if held else text_with(rng, keys[i])
            cases.append((text, names[i]))
    where = rng.random() < 0.5
    if where:
        messages.append(("system", lead))
    for i, (text, label) in enumerate(cases):
        head = "" if where or i else lead + "\n"
        ask = rng.choice(("\nWhich label fits?",) if held else ASK_LABEL)
        messages += [("user", f"{head}Text: {text}{ask}"), ("assistant", label)]
    return messages


def few_shot(rng, size, held=False):
    """The labels are known from examples only."""
    count = rng.randrange(2, 4)
    keys = _distinct(rng, count, lambda r: r.choice(lexicon.NOUNS + lexicon.ANIMALS + lexicon.FOODS))
    names = _distinct(rng, count, lambda r: lexicon.pseudo(r, 0, False))
    templates = [_around(rng, "{k}"), _around(rng, "{k}"), "The {a} {k} is here.", "{p} has a {k}.", "Where is my {k}?", "We sold the {k} {d}.", "A {a} {k}, please."]

    def case(i, pool):
        return rel.upper_first(rng.choice(pool).format(a=rng.choice(lexicon.ADJECTIVES), k=keys[i], p=lexicon.pseudo(rng),
                                                       d=rng.choice(lexicon.ADVERBS)))
    shots = [i for i in range(count) for _ in range(rng.randrange(1, 3))]
    rng.shuffle(shots)
    messages = [("system", "Label each text.")] if rng.random() < 0.3 else []
    for i in shots + [rng.randrange(count) for _ in range(1 if held else 3)]:
        messages += [("user", case(i, templates)), ("assistant", names[i])]
    if held:
        messages[-2] = ("user", case(names.index(messages[-1][1]), ["{p} looks at every {k}."]))
    return messages


# --- records and tools ------------------------------------------------------------------------------------------

FIELD_TYPES = {"number": "int", "any": "string"}


def record(rng, size, held=False):
    """Fill a JSON record from a text; null where the text is silent."""
    kind = rng.choice(("person", "town", "thing", "group"))
    subject = lexicon.value(rng, kind)
    facts = []
    while len(facts) < min(5, max(2, size // 2)):
        relation = rel.draw_relation(rng, kind, generic=0.3)
        if relation.noun in [f.relation.noun for f in facts]:
            continue
        v = lexicon.value(rng, relation.value)
        if v not in [f.value for f in facts]:
            facts.append(rel.Fact(subject, kind, relation, v))
    lines = [rel.state(rng, f.relation, subject, f.value, held) for f in facts]
    if rng.random() < 0.4:
        pronoun = rel.pronoun_for(rng, kind)
        lines[1:] = [rel.state(rng, f.relation, subject, f.value, held, pronoun) for f in facts[1:]]
    fields = [("name", "string", subject)] + [
        (f.relation.noun.replace(" ", "_"), "int" if f.relation.value == "number" else "string",
         int(f.value) if f.relation.value == "number" else f.value) for f in facts]
    fields[1:] = rng.sample(fields[1:], len(fields) - 1)
    if rng.random() < 0.25:
        extra = rng.choice([a for a in lexicon.ATTRIBUTES if a not in [f[0] for f in fields]])
        fields.insert(rng.randrange(1, len(fields) + 1), (extra, "string | null", None))
    schema = "{\n" + "\n".join(f"  {n}: {t}" for n, t, _ in fields) + "\n}"
    ask = "Read the text and return the record." if held else rng.choice(
        ("Fill the record.", "Copy what is printed into the record.", "Return this record."))
    answer = json.dumps({n: v for n, _, v in fields})
    return [("user", f"{ask}\n{schema}\nText: {' '.join(lines)}"), ("assistant", answer)]


TOOLS = (       # name, parameter, how it is asked, thought
    ("order", "id", ("Where is order {x}?", "Please look up order {x}.", "What is the state of {x}?"), "the order {x}"),
    ("search", "query", ("Find pages about {x}.", "Search for {x}.", "What can you find on {x}?"), "{x}"),
    ("calc", "expr", ("What is {x}?", "Compute {x}.", "How much is {x}?"), "{x}"),
    ("weather", "town", ("How is the weather in {x}?", "Does it rain in {x}?"), "the weather in {x}"),
    ("stock", "item", ("Do we still have {x}?", "How many of {x} are left?"), "the stock of {x}"),
)


def tool(rng, size, held=False):
    """Think, call a tool by name with arguments, use what it returns."""
    chosen = rng.sample(TOOLS, rng.randrange(2, 5))
    name, param, questions, about = rng.choice(chosen)
    renamed = name if rng.random() < 0.5 else lexicon.pseudo(rng, 2, False)
    x = {"order": lambda: f"ORD-{rng.randrange(100000, 1000000)}", "search": lambda: lexicon.phrase(rng),
         "calc": lambda: f"{rng.randrange(2, 100)} {rng.choice('+-*')} {rng.randrange(2, 100)}",
         "weather": lambda: lexicon.pseudo(rng), "stock": lambda: f"the {lexicon.phrase(rng)}"}[name]()
    help_line = {"order": "state of an order", "search": "pages about a query", "calc": "arithmetic only",
                 "weather": "weather of a town", "stock": "number of an item in stock"}
    listed = "\n".join(f"- {renamed if t[0] == name else t[0]}({t[1]}): {help_line[t[0]]}" for t in chosen)
    result = {"order": lambda: rng.choice(("sent", "waiting", "lost", "paid", "closed")) + " on " + rng.choice(lexicon.DAYS),
              "search": lambda: f"{lexicon.pseudo(rng)} by {lexicon.pseudo(rng)}",
              "calc": lambda: str(eval(x)),                      # noqa: S307 - numbers made three lines above
              "weather": lambda: rng.choice(("rain", "sun", "snow", "wind")) + f", {rng.randrange(1, 30)} degrees",
              "stock": lambda: str(rng.randrange(1, 500))}[name]()
    question = questions[-1] if held else rng.choice(questions[:-1] if len(questions) > 2 else questions)
    call = json.dumps({"kind": renamed, param: x.removeprefix("the ") if name == "stock" else x})
    action = f"Thought: I need {about.format(x=x)}.\nAction: {call}"
    final = f"Thought: I know it now.\nAction: {json.dumps({'kind': 'Finish', 'answer': result})}"
    return [("system", f"Answer the question. Think, then take one action.\n{listed}\n- Finish(answer): ends"),
            ("user", question.format(x=x)), ("assistant", action), ("observe", result), ("assistant", final)]


# --- free text --------------------------------------------------------------------------------------------------

POINTS = (("How to choose {x}", "Look at the {a} parts first. Good {x} does not cost much."),
          ("Where {x} comes from", "Most {x} comes from {t}. It was first seen there long ago."),
          ("How to care for {x}", "Keep {x} {a} and clean. Check it every {d}."),
          ("Why people like {x}", "People like {x} because it is {a}. It makes the day better."),
          ("What {x} costs", "The price of {x} is about {n}. In {t} it costs less."),
          ("Common mistakes with {x}", "Many forget to keep {x} {a}. Take your time with it."),
          ("The history of {x}", "In {t} people knew {x} long ago. Today it is made of {m}."),
          ("What {x} is made of", "Good {x} is made of {m}. A {a} kind is sold in {t}."))


def outline(rng, size, held=False):
    """List points on a topic; then two sentences on one of them."""
    topic = rng.choice((rng.choice(lexicon.FOODS), f"{rng.choice(lexicon.ADJECTIVES)} {rng.choice(lexicon.NOUNS)}s"))
    points = rng.sample(POINTS, rng.randrange(2, 5))
    fill = dict(x=topic, a=rng.choice(lexicon.ADJECTIVES), t=lexicon.pseudo(rng), d=rng.choice(lexicon.DAYS),
                n=rng.randrange(2, 90), m=rng.choice(lexicon.MATERIALS))
    messages = [("system", "You write short, concrete articles."), ("user", f"Topic: {topic}")]
    if rng.random() < 0.5:
        ask = f"Give me an outline with {len(points)} points." if held else f"List {len(points)} points, three to eight words each."
        titles = [{"title": p[0].format(**fill)} for p in points]
        return messages + [("user", ask), ("assistant", json.dumps(titles))]
    title, body = points[0]
    ask = "Two sentences, please, on" if held else "Write two or three sentences on this point only:"
    return messages + [("user", f"{ask} {title.format(**fill)}"), ("assistant", body.format(**fill))]


def _tale(rng, name, town, noun, adjective, friend):
    they, them, their = rel.pronoun_for(rng, "person")
    openings = (f"Once there was a {rng.choice(lexicon.JOBS)} called {name} who lived in {town}.",
                f"{name} lived in a {rng.choice(lexicon.ADJECTIVES)} house in {town}.",
                f"One day {name} walked through {town}.")
    middles = (f"One morning {they} found a {adjective} {noun} by the road.",
               f"Every day {they} looked for a {adjective} {noun}.",
               f"In {their} bag there was a {adjective} {noun}.")
    turns = (f"A {friend} came and asked for the {noun}.", f"Then a {friend} took the {noun} and ran away.",
             f"But the {noun} was lost, and only a {friend} knew where.")
    helps = (f"{name} followed the {friend} to the river.", f"{name} smiled and shared some {rng.choice(lexicon.FOODS)}.",
             f"They talked until the sun went down.")
    ends = (f"In the end {name} and the {friend} were friends.", f"So the {noun} came home to {town}.",
            f"From that day on {name} was never alone.")
    return " ".join(rng.choice(part) for part in (openings, middles, turns, helps, ends))


def story(rng, size, held=False):
    """A story that has to contain the given name, thing and place; sometimes a second one with other things."""
    name, town = lexicon.VALUES["person"](rng), lexicon.pseudo(rng)
    nouns, adjectives, friends = (rng.sample(x, 2) for x in (lexicon.NOUNS, lexicon.ADJECTIVES, lexicon.ANIMALS))
    messages = []
    for noun, adjective, friend in list(zip(nouns, adjectives, friends))[:1 + (rng.random() < 0.35)]:
        ask = (f"Please write a little story with {name}, a {adjective} {noun} and a {friend}, set in {town}." if held else
               rng.choice((f"Write a short story about {name} from {town}, a {adjective} {noun} and a {friend}.",
                           f"Tell me a story: {name}, {town}, a {adjective} {noun}, a {friend}.")))
        messages += [("user", ask), ("assistant", _tale(rng, name, town, noun, adjective, friend))]
    return messages


def copy(rng, size, held=False):
    """Repeat a text or a list: the first thing to learn, since every other answer is copied too."""
    if rng.random() < 0.4:
        text = lexicon.arbitrary_sentence(rng)
    else:
        text = " ".join(lexicon.value(rng, "any") for _ in range(rng.randrange(2, 3 + size)))
    ask = "Say this once more: " if held else rng.choice(("Repeat: ", "Copy this text: ", "Say again: "))
    return [("user", ask + text), ("assistant", text)]


def recall(rng, size, held=False):
    """A list of pairs, then look-ups: the shortest form of in-context binding."""
    plain = rng.random() < getattr(rng, "plain", 0.0)
    # One-token words at first, and several pairs: with two, a guess is right too often for the loss to teach much.
    count, kind = (rng.randrange(3, 8), "word") if plain else (max(2, size), "any")
    keys = _distinct(rng, count, lambda r: lexicon.value(r, kind))
    values = _distinct(rng, count, lambda r: lexicon.value(r, kind))
    mark = rng.choice((" = ", ": ", " is ", " -> "))
    lines = [f"{k}{mark}{v}" for k, v in zip(keys, values)]
    join = rng.choice(("\n", "; ", ". "))
    messages = []
    for turn, i in enumerate(rng.sample(range(count), min(count, 8))):
        ask = f"What belongs to {keys[i]}?" if held else f"{keys[i]}?"
        messages += [("user", join.join(lines) + "\n" + ask if turn == 0 else ask), ("assistant", values[i])]
    return messages
