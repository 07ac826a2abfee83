"""Facts: how a relation is stated and asked, and how a subject is named (name, pronoun, alias).

Every relation has templates for training and templates that only the evaluation uses ("held"). In a template {e} is
the subject in subject position, {o} in object position, {es} possessive, {v} the value, {a} an attribute name.
"""
import dataclasses
import random

import lexicon
import wordings


@dataclasses.dataclass(frozen=True)
class Relation:
    subject: str                 # kind of the subject
    value: str                   # kind of the value
    say: tuple                   # statements, training
    ask: tuple                   # questions, training
    say_held: tuple
    ask_held: tuple
    noun: str                    # the attribute as a word: record fields, "which X", yes/no
    where: str = ""              # the value as a noun phrase, for 2-hop questions: "the town where {e} lives"


def _relation(subject, value, noun, say, ask, say_held, ask_held, where=""):
    return Relation(subject, value, tuple(say), tuple(ask), tuple(say_held), tuple(ask_held), noun, where)


RELATIONS = [
    _relation("person", "town", "home",
              ["{e} lives in {v}.", "{v} is the home of {o}.", "The home of {o} is {v}.", "{es} home is {v}.",
               "{e} has a house in {v}.",
               "{e} has lived in {v} for years.", "For years {e} has been living in {v}.",
               "{v} is where {e} lives.", "The flat of {o} is in {v}.",
               "If you look for {o}, go to {v}."],
              ["Where does {e} live?", "In which town does {e} live?", "What is the home of {o}?",
               "What is {es} home?", "Where is the home of {o}?",
               "Which town is the home of {o}?", "Where does one find {o}?"],
              ["You can find the house of {o} in {v}."], ["Which town is {o} living in?"],
              "the town where {e} lives"),
    _relation("person", "job", "job",
              ["{e} works as a {v}.", "{e} is a {v}.", "{es} job is {v}.", "The job of {o} is {v}.",
               "{e} makes a living as a {v}.", "Every day {e} works as a {v}.",
               "{e} found work as a {v}.", "As a {v}, {e} has much to do."],
              ["What is the job of {o}?", "What does {e} do for a living?", "What is {es} job?",
               "What does {e} work as?", "Which job is {es}?",
               "What kind of work does {e} do?"],
              ["{e} earns money as a {v}."], ["Which job does {e} have?"]),
    _relation("person", "animal", "pet",
              ["{e} keeps a {v}.", "{e} has a {v} as a pet.", "{es} pet is a {v}.", "The pet of {o} is a {v}.",
               "{e} owns a {v}.", "A {v} is the pet of {o}.",
               "{e} feeds a {v} every day.", "At home {e} has a {v}.",
               "There is a {v} in the house of {o}."],
              ["Which animal does {e} keep?", "What pet does {e} have?", "What is {es} pet?",
               "What animal does {e} have?", "Which pet does {e} keep?",
               "What is the pet of {o}?"],
              ["A {v} lives with {o}.", "{e} shares the house with a {v}."], ["Which pet belongs to {o}?"]),
    _relation("person", "food", "favourite food",
              ["{e} likes {v} best.", "{es} favourite food is {v}.", "The favourite food of {o} is {v}.",
               "{e} eats {v} every day.", "{v} is what {e} likes best.",
               "Give {o} some {v}, the best food of all.", "If {e} could choose, it would be {v}."],
              ["What does {e} like best?", "What is the favourite food of {o}?", "What is {es} favourite food?",
               "Which food does {e} like best?", "What does {e} like to eat?"],
              ["Nothing tastes better to {o} than {v}."], ["Which food does {e} like most?"]),
    _relation("person", "number", "age",
              ["{e} is {v} years old.", "{es} age is {v}.", "The age of {o} is {v}.",
               "{e} turned {v} this year.", "At {v}, {e} is still young.",
               "{v} years is the age of {o}."],
              ["How old is {e}?", "What is the age of {o}?", "What is {es} age?",
               "Which age is {es}?", "How many years old is {e}?",
               "Which age does {e} have?"],
              ["{e} has lived for {v} years."], ["At what age is {e}?"]),
    _relation("person", "person", "teacher",
              ["{e} learns from {v}.", "{v} teaches {o}.", "The teacher of {o} is {v}.", "{es} teacher is {v}.",
               "{e} is taught by {v}.", "{e} is a student of {v}.",
               "{v} gives lessons to {o}.", "At school {e} has {v} as teacher."],
              ["Who teaches {o}?", "Who is the teacher of {o}?", "Who is {es} teacher?",
               "By whom is {e} taught?", "Which teacher does {e} have?",
               "Who gives lessons to {o}?"],
              ["{e} takes lessons with {v}."], ["From whom does {e} learn?"], "the teacher of {o}"),
    _relation("person", "person", "friend",
              ["{e} is a friend of {v}.", "The best friend of {o} is {v}.", "{es} best friend is {v}.",
               "{e} and {v} are best friends.", "{e} spends every evening with {v}.",
               "{v} is the best friend of {o}.", "Nobody is closer to {o} than {v}."],
              ["Who is the best friend of {o}?", "Who is {es} best friend?", "Who is a friend of {o}?",
               "Whose friend is {e}?", "Who is closest to {o}?",
               "Name the best friend of {o}."],
              ["{e} likes nobody as much as {v}."], ["Which friend does {e} have?"], "the best friend of {o}"),
    _relation("person", "group", "employer",
              ["{e} works for {v}.", "{v} employs {o}.", "The employer of {o} is {v}.", "{es} employer is {v}.",
               "{e} has a job at {v}.", "{v} pays {o}.",
               "{e} was hired by {v}.", "At {v} you can meet {o}."],
              ["Who employs {o}?", "For whom does {e} work?", "What is {es} employer?",
               "Where does {e} have a job?", "Who pays {o}?",
               "By whom is {e} employed?"],
              ["{e} gets paid by {v}."], ["Which employer does {e} have?"], "the employer of {o}"),
    _relation("person", "month", "birth month",
              ["{e} was born in {v}.", "{es} birthday is in {v}.", "The birthday of {o} is in {v}.",
               "{e} has a birthday in {v}.", "{v} is the birth month of {o}.",
               "In {v} {e} is a year older."],
              ["When was {e} born?", "In which month was {e} born?", "When is {es} birthday?",
               "What is the birth month of {o}?", "Which month was {e} born in?"],
              ["In {v} it is time for the birthday of {o}.", "{e} celebrates in {v}, the birth month."], ["Which month is the birthday of {o} in?"]),
    _relation("town", "town", "capital",
              ["The capital of {o} is {v}.", "{v} is the capital of {o}.", "{es} capital is {v}.",
               "{e} has {v} as its capital.",
               "{e} is governed from {v}.", "The first town of {o} is its capital {v}.",
               "From {v}, the capital, {e} is governed."],
              ["What is the capital of {o}?", "Which town is the capital of {o}?", "What is {es} capital?",
               "Name the capital of {o}.", "Which town does {e} have as capital?"],
              ["{e} is ruled from its capital {v}."], ["Which capital does {e} have?"], "the capital of {o}"),
    _relation("town", "person", "mayor",
              ["The mayor of {o} is {v}.", "{v} is the mayor of {o}.", "{es} mayor is {v}.", "{e} has {v} as mayor.",
               "{e} chose {v} as mayor.", "As mayor, {v} speaks for {o}.",
               "In {o} the mayor is {v}."],
              ["Who is the mayor of {o}?", "Who is {es} mayor?", "What is the name of the mayor of {o}?",
               "Which person is the mayor of {o}?", "Who speaks for {o} as mayor?"],
              ["People chose {v} as mayor of {o}.", "{e} made {v} its mayor."], ["Which mayor does {e} have?"], "the mayor of {o}"),
    _relation("town", "number", "population",
              ["{e} has {v} people.", "The population of {o} is {v}.", "{es} population is {v}.",
               "There are {v} people in {o}.", "{v} people live in {o}.",
               "The people of {o} number {v}."],
              ["How many people live in {o}?", "What is the population of {o}?", "What is {es} population?",
               "How many people does {e} have?", "What number of people live in {o}?"],
              ["A count in {o} gave {v} people."], ["How large is the population of {o}?"]),
    _relation("town", "food", "speciality",
              ["{e} is known for {v}.", "People in {o} make {v}.", "The speciality of {o} is {v}.",
               "{e} sells the best {v}.", "Come to {o} and try the {v}.",
               "In {o} everybody eats {v}.", "The best {v} comes from {o}."],
              ["What is {e} known for?", "What is the speciality of {o}?", "What do people in {o} make?",
               "What is {es} speciality?", "What should one try in {o}?",
               "Which food comes from {o}?"],
              ["Visitors go to {o} for the {v}."], ["Which speciality does {e} have?"]),
    _relation("thing", "number", "price",
              ["{e} costs {v}.", "The price of {o} is {v}.", "{es} price is {v}.", "You pay {v} for {o}.",
               "{e} is sold for {v}.", "For {v} you can have {o}.",
               "They ask {v} for {o}.", "{e} has a price of {v}."],
              ["What does {e} cost?", "What is the price of {o}?", "How much is {o}?",
               "How much does {e} cost?", "What do you pay for {o}?",
               "What is {es} price?"],
              ["{e} is sold at a price of {v}."], ["Which price does {e} have?"]),
    _relation("thing", "material", "material",
              ["{e} is made of {v}.", "The material of {o} is {v}.", "{es} material is {v}.",
               "{e} was made from {v}.", "{v} was used for {o}.",
               "Most of {o} is {v}.", "Someone made {o} out of {v}."],
              ["What is {e} made of?", "What is the material of {o}?",
               "Of what is {e} made?", "What was used for {o}?"],
              ["They used {v} to make {o}.", "To make {o} they used {v}."], ["Which material is {e} made from?"]),
    _relation("thing", "person", "owner",
              ["{e} belongs to {v}.", "{v} owns {o}.", "The owner of {o} is {v}.", "{es} owner is {v}.",
               "{e} is owned by {v}.", "{e} is the property of {v}.",
               "{v} has {o} at home.", "For a long time {v} has had {o}."],
              ["Who owns {o}?", "Who is the owner of {o}?", "To whom does {e} belong?",
               "By whom is {e} owned?", "Whose property is {e}?",
               "Who has {o}?"],
              ["{v} bought {o} and kept it.", "{e} was bought by {v}."], ["Which person is the owner of {o}?"], "the owner of {o}"),
    _relation("thing", "town", "place",
              ["{e} is in {v}.", "{v} is the place of {o}.", "{e} can be seen in {v}.", "The place of {o} is {v}.",
               "{e} stands in {v}.", "You will see {o} in {v}.",
               "In {v} you can see {o}.", "Go to {v} to look at {o}."],
              ["Where is {e}?", "In which town is {e}?", "What is the place of {o}?",
               "Where can one see {o}?", "Which town is {e} in?",
               "Where does {e} stand?"],
              ["{e} stands in the middle of {v}."], ["Which town has {o}?"], "the town where {e} is"),
    _relation("group", "person", "leader",
              ["{e} is led by {v}.", "The leader of {o} is {v}.", "{v} leads {o}.", "{es} leader is {v}.",
               "{e} is under the lead of {v}.", "At {o}, {v} is in charge.",
               "{e} follows {v}.", "{v} is in charge of {o}."],
              ["Who leads {o}?", "Who is the leader of {o}?", "Who is {es} leader?",
               "By whom is {e} led?", "Who is in charge of {o}?",
               "Whom does {e} follow?"],
              ["{v} makes the decisions at {o}.", "{e} lets {v} make the decisions."], ["Which person is leading {o}?"], "the leader of {o}"),
    _relation("group", "day", "meeting day",
              ["{e} meets on {v}.", "The meeting of {o} is on {v}.", "{es} meeting is on {v}.",
               "On {v} {e} has its meeting.", "{e} comes together on {v}.",
               "{v} is the meeting day of {o}."],
              ["When does {e} meet?", "On which day does {e} meet?", "When is {es} meeting?",
               "What is the meeting day of {o}?", "Which day does {e} meet on?"],
              ["Each {v} the members of {o} come together.", "The members of {o} come together each {v}."], ["Which day is the meeting of {o} on?"]),
    _relation("service", "number", "limit",
              ["`{e}` has a limit of {v}.", "The limit of `{o}` is {v}.", "`{e}` allows at most {v} requests.",
               "`{e}` stops after {v} requests.", "After {v} requests `{o}` refuses.",
               "{v} is the limit of `{o}`."],
              ["What is the limit of `{o}`?", "How many requests does `{e}` allow?",
               "Which limit has `{o}`?", "After how many requests does `{e}` refuse?"],
              ["No more than {v} requests reach `{o}`.", "`{e}` gets no more than {v} requests."], ["Which limit does `{e}` have?"]),
    _relation("service", "number", "port",
              ["`{e}` listens on port {v}.", "The port of `{o}` is {v}.", "Port {v} belongs to `{o}`.",
               "`{e}` uses port {v}.", "`{o}` can be reached on port {v}.",
               "On port {v} you reach `{o}`."],
              ["What is the port of `{o}`?", "On which port does `{e}` listen?",
               "What port does `{e}` use?", "Where does `{e}` listen?"],
              ["To reach `{o}`, use port {v}."], ["Which port does `{e}` use?"]),
    _relation("service", "code", "version",
              ["The version of `{o}` is {v}.", "`{e}` is at version {v}.",
               "`{e}` has version {v}.", "We run `{o}` at version {v}.",
               "{v} is the version of `{o}`."],
              ["What is the version of `{o}`?", "At which version is `{e}`?",
               "What version does `{e}` have?", "Which version of `{o}` do we run?"],
              ["Version {v} of `{o}` is in use.", "`{o}` is in use at version {v}."], ["Which version does `{e}` have?"]),
]

RELATIONS = [dataclasses.replace(r, say=r.say + wordings.MORE[r.noun][0] + wordings.PLAIN[r.noun][0],
                                 ask=r.ask + wordings.MORE[r.noun][1] + wordings.PLAIN[r.noun][1]) for r in RELATIONS]

# The attribute is a word of the prompt here, so the model has to match two words instead of knowing a relation.
GENERIC_SAY = ("The {a} of {o} is {v}.", "{es} {a} is {v}.", "{e} has {v} as {a}.", "{v} is the {a} of {o}.",
               "{e} has the {a} {v}.", "For {o}, the {a} is {v}.", "{e} got {v} as its {a}.", "{e}: {a} {v}.",
               "{v} was chosen as the {a} of {o}.", "Under {a}, {e} has {v}.", "In the column {a}, {o} got {v}.",
               "The {a} given for {o} was {v}.", "On {a}: {e} shows {v}.", "Asked for a {a}, {e} named {v}.",
               "With {o}, {a} stands for {v}.", "About the {a} of {o} we read {v}.", "By {a}, {e} comes under {v}.",
               "Here {a} means, for {o}, {v}.", "In the list, {e} has {v} under {a}.", "{a} of {o}: {v}.")
GENERIC_ASK = ("What is the {a} of {o}?", "What is {es} {a}?", "Which {a} does {e} have?", "Name the {a} of {o}.",
               "{a} of {o}?", "What {a} does {e} have?", "Give the {a} of {o}.", "{e}: which {a}?",
               "What is printed as the {a} of {o}?", "Say the {a} of {o}.", "Can you name the {a} of {o}?", "Find {es} {a}.",
               "For {o}, which {a} was given?", "Under {a}, what does {e} have?", "I need the {a} of {o}.",
               "Which is the {a} for {o}?", "Has {e} a {a}, and which?")
GENERIC_SAY_HELD = ("As to the {a}, {e} has {v}.", "The {a} that belongs to {o} is {v}.")
GENERIC_ASK_HELD = ("Tell me the {a} of {o}.", "Do you know the {a} of {o}?")

PRONOUNS = {"person": (("she", "her", "her"), ("he", "him", "his")), "other": (("it", "it", "its"),)}


WHICH = ("What", "Who", "Which", "Where", "How", "When", "Tell me what", "Say who", "Find what")
OPENERS = ("In fact, ", "As we know, ", "They say that ", "Today ", "It is said that ", "By the way, ", "Since then ",
           "People know that ", "Now ", "Of course ")
CLOSERS = (" these days", " as everybody knows", " again", " by now", " as far as we know", " at last", " indeed")
POLITE = ("Please tell me: ", "I want to know: ", "Well, ", "Look it up: ", "One more thing: ", "Could you say this: ")


def _loose(rng, most):
    return " ".join(rng.choice(LOOSE_WORDS) for _ in range(rng.randint(0, most)))


def loose_question(rng, words):
    """A question that has these words, some with another ending, and loose ones between them."""
    asked = [rng.choice(WHICH)]
    for word in words:
        asked += [_loose(rng, 1), word if rng.random() < 0.8 else word[:-1] if word.endswith("s") else word + "s"]
    return " ".join(w for w in asked if w) + "?"


def invented_relation(rng, kind):
    """A relation said in loose words, so that only the names and one word tie a question to its statement."""
    word = rng.choice(lexicon.NOUNS + lexicon.VERBS + lexicon.ATTRIBUTES)

    def join(*parts):
        return " ".join(p for p in parts if p)

    def say():
        first, second = ("{v}", "{o}") if rng.random() < getattr(rng, "value_first", 0.0) else ("{o}", "{v}")
        parts = [_loose(rng, 2), first, _loose(rng, 3), second, _loose(rng, 2)]
        parts.insert(rng.choice((0, 2, 3, 5)), word)
        return join(*parts) + "."

    def ask():
        parts = [_loose(rng, 2), "{o}", _loose(rng, 2)]
        parts.insert(rng.choice((0, 1, 2, 3)), word)
        return join(rng.choice(WHICH), *parts) + "?"
    said, asked = tuple(say() for _ in range(2)), tuple(ask() for _ in range(2))
    return Relation(kind, rng.choice(VALUE_KINDS), said, asked, said, asked, word)


def draw_relation(rng, subject_kind=None, generic=0.35):
    """A relation for a subject of that kind, or a generic one whose attribute word is drawn at random."""
    if rng.random() < getattr(rng, "invented", 0.0):
        return invented_relation(rng, subject_kind or rng.choice(("person", "town", "thing", "group", "service")))
    if rng.random() < generic and getattr(rng, "value_first", 0.0) < 1.0:
        kind = subject_kind or rng.choice(("person", "town", "thing", "group", "service"))
        noun = rng.choice(lexicon.ATTRIBUTES) if rng.random() < 0.8 else lexicon.pseudo(rng, 0, False)
        fill = [tuple(t.replace("{a}", noun) for t in ts)
                for ts in (GENERIC_SAY, GENERIC_ASK, GENERIC_SAY_HELD, GENERIC_ASK_HELD)]
        return Relation(kind, "any", fill[0], fill[1], fill[2], fill[3], noun)
    pool = [r for r in RELATIONS if subject_kind in (None, r.subject)]
    if getattr(rng, "value_first", 0.0) == 1.0:
        pool = [r for r in pool if any(map(value_first, r.say_held))] or pool
    return rng.choice(pool)


LOOSE_WORDS = sorted(lexicon.STOP_WORDS) + lexicon.VERBS + lexicon.ADVERBS + lexicon.ADJECTIVES + wordings.EVERYDAY
VALUE_KINDS = ("person", "town", "number", "word", "animal", "food", "job", "material", "month", "day", "group", "code")


def prefer_spelled(pieces_of):
    """Makes words of several pieces more frequent among the loose ones: they are easily taken for invented names."""
    known = sorted(set(LOOSE_WORDS))
    rare = random.Random(3).sample(lexicon.doc_words(), min(4000, len(lexicon.doc_words())))
    LOOSE_WORDS[:] = 4 * (known + 4 * [w for w in known if len(pieces_of(w)) > 1]) + rare


def possessive(name):
    return name + ("'" if name.endswith("s") else "'s")


upper_first = lexicon.upper_first


def value_first(template):
    """Whether the value stands before its subject: the harder case, since the subject has to find it."""
    return template.find("{v}") < min(i for i in map(template.find, ("{e}", "{o}", "{es}")) if i >= 0)


def _ordered(rng, templates):
    """Those that name the subject first, or the others where `rng.value_first` asks for them."""
    wanted = rng.random() < getattr(rng, "value_first", 0.0)
    return [t for t in templates if value_first(t) == wanted] or templates


def _template(rng, relation):
    """A statement of the training set, sometimes edited."""
    template = rng.choice(_ordered(rng, relation.say))
    if rng.random() < getattr(rng, "loose", 0.0):
        return wordings.loosen(rng, template, LOOSE_WORDS, not getattr(rng, "whole", False) and rng.random() < 0.4)
    if rng.random() < getattr(rng, "dressed", 0.0):
        pick = rng.random()
        return rng.choice(OPENERS) + template if pick < 0.6 else template[:-1] + rng.choice(CLOSERS) + "."
    return template


def one_wording(rng, relation):
    return dataclasses.replace(relation, say=(_template(rng, relation),))


def state(rng, relation, subject, value, held=False, pronoun=None):
    """One sentence. With a pronoun triple (subject, object, possessive) the subject is not named."""
    e, o, es = pronoun or (subject, subject, possessive(subject))
    template = (rng.choice(_ordered(rng, relation.say_held)) if held else relation.say[0] if len(relation.say) == 1
                else _template(rng, relation))
    if pronoun:
        template = template.replace("`{e}`", "{e}").replace("`{o}`", "{o}")
    text = template.format(e=e, o=o, es=es, v=value)
    # A name or value written small stays so at the start: an answer has to be the same pieces as in its sentence.
    small = any(text.startswith(x) for x in (subject, value)) and not text.startswith("the ")
    return text if small else upper_first(text)


def ask(rng, relation, subject, held=False):
    template = rng.choice(relation.ask_held if held else relation.ask)
    if not held and rng.random() < getattr(rng, "dressed", 0.0):
        template = rng.choice(POLITE) + template
    text = template.format(e=subject, o=subject, es=possessive(subject))
    return text if text.startswith(subject) and not text.startswith("the ") else upper_first(text)


def pronoun_for(rng, kind):
    return rng.choice(PRONOUNS["person" if kind == "person" else "other"])


@dataclasses.dataclass
class Fact:
    subject: str
    kind: str
    relation: Relation
    value: str

    def key(self):
        return self.subject, self.relation.noun


def draw_facts(rng, count, per_subject=2, kind=None):
    """Facts with unique (subject, attribute) pairs; values differ within the prompt, so that an answer is unique.

    In most prompts the subjects share their kind and their relations: then the relation alone does not tell which
    fact is meant, and the model has to bind the subject.
    """
    facts, used, keys = [], set(), set()
    parallel = rng.random() < 0.65
    if parallel and kind is None:
        kind = rng.choice(("person", "person", "town", "thing", "group", "service"))
    # In half of the prompts a relation is worded in one way only, so that nothing but the subject tells sentences apart.
    alike, worded = rng.random() < 0.5, {}

    def draw(kind, generic=0.35):
        relation = draw_relation(rng, kind, generic)
        if not alike:
            return relation
        return worded.setdefault((kind, relation.noun), one_wording(rng, relation))
    shared = [draw(kind) for _ in range(per_subject)] if parallel else []
    while len(facts) < count:
        subject_kind = kind or rng.choice(("person", "person", "town", "thing", "group", "service"))
        subject = lexicon.value(rng, subject_kind)
        if subject.lower() in used:
            continue
        used.add(subject.lower())
        for i in range(rng.randrange(1, per_subject + 1)):
            relation = shared[i] if parallel else draw(subject_kind)
            if (subject, relation.noun) in keys or len(facts) >= count:
                continue
            v = lexicon.value(rng, relation.value)
            for _ in range(20):
                if v.lower() not in used:
                    break
                v = lexicon.value(rng, relation.value)
            else:                               # a small pool (months, days) is used up in this prompt
                if parallel:
                    shared[i] = draw(kind, generic=1.0)
                continue
            used.add(v.lower())
            keys.add((subject, relation.noun))
            facts.append(Fact(subject, subject_kind, relation, v))
    return facts
