"""Words the generator draws from: invented names, plain English lists, and arbitrary sentences.

Names and values are invented from syllables, so that no answer can be known without reading the prompt.
"""
import ast
import functools
import pathlib
import re
import sysconfig

ONSETS = "b d f g h j k l m n p r s t v w z br dr gr kr tr st sh th fl pl".split()
VOWELS = "a e i o u ai ea oo".split()
CODAS = ["", "", "", "n", "l", "r", "s", "m", "k", "t", "nd", "sh", "rn"]

FIRST_NAMES = """Alice Omar Nina Peter Hana Luca Sofia David Maria Tom Ivan Leila Jonas Emma Felix Greta Hugo Ida Karl
Lena Marco Nora Oscar Paula Rosa Simon Tara Ursula Victor Wanda Yusuf Zoe Anna Boris Clara Dora Erik Flora Ada Ben
Carl Dina Elsa Finn Gina Hans Inga Jack Kira Liam Mona Nils Otto Petra Rita Sam Theo Uwe Vera Walt Yara Zeno Amir Bela
Cora Dirk Edda Fritz Gus Hedi Igor Jana Kurt Lisa Max Nadia Olga Paul Ruth Sven Tina Willi""".split()
COLOURS = "red blue green yellow black white grey brown purple orange pink silver golden".split()
ADJECTIVES = """old new small large heavy light round square quiet loud broken clean empty full cold warm soft hard
narrow wide bright dark simple strange early late wooden plain sharp smooth rough hidden open""".split()
NOUNS = """lamp boat table chair book door window bridge tower garden clock letter basket bottle engine wheel ladder
mirror drum flag hammer kettle rope shirt stone tent wagon violin candle carpet coin crown feather glove map mask
needle pencil piano pillow ring saddle shell shovel spoon statue trumpet umbrella vase wallet bell box button camera
card chain cup desk fence hat jar key knife lock nest oven pipe plate shelf sofa stamp towel train truck""".split()
ANIMALS = "cat dog horse goat fox owl bear wolf rabbit crow duck frog mouse otter seal sheep swan tiger turtle whale".split()
FOODS = "bread rice soup cheese apples honey noodles beans cake fish plums onions pears tea coffee salad pie eggs".split()
JOBS = """baker doctor pilot teacher farmer painter singer sailor lawyer nurse tailor miner writer judge cook clerk
engineer gardener carpenter dentist""".split()
MATERIALS = "wood glass iron stone paper wool silk clay steel copper leather plastic bronze cotton marble".split()
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ATTRIBUTES = """price owner weight size colour label name code key limit default type author editor version port path
format level rank budget deadline license sponsor motto anthem river harbour symbol flower leader rival partner
supplier currency dialect festival founder garden origin purpose result target source status title unit value
policy schedule region branch channel counter driver engine filter handler index layer mode module owner parser
planner queue record scope sensor signal stage state store table task theme timer token topic trace""".split()
VERBS = """checks holds moves keeps reads writes loads stores opens closes sends counts sorts joins splits copies
checks builds breaks finds hides lifts marks names paints pulls pushes returns shows starts stops turns uses
watches carries cleans covers drops follows guards helps""".split()
ADVERBS = "today often never slowly again early quietly twice together always soon later".split()
STOP_WORDS = set("""a an the of in on at to for from by with and or not is are was were be been it its this that these
those as if then than which who whom whose what when where how why do does did can may must will would should could
has have had no all any each other into out up down over under so such only also but they their there he she his her
you your we our i""".split())
# Frequent function words, which get a piece with the space before them (see tokenizer.py).
MARKED = """all an and any are as at be been but by can do does each for from has have he her how if in into is it its may no
not of on only or out she should so such than that the their them then there these they this to up was we were what
when where which who will with you""".split()


def pseudo(rng, syllables=0, capital=True):
    """An invented word; enough of them that names never repeat across prompts by memory.

    At the start of the curriculum `rng.plain` is the share of names that are ordinary words, one piece each: binding
    forms sooner when a name is one token.
    """
    if rng.random() < getattr(rng, "plain", 0.0):
        return rng.choice(FIRST_NAMES if capital else NOUNS)
    n = syllables or rng.choice((1, 2, 2, 2, 3))
    word = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(n)) + rng.choice(CODAS)
    return word.capitalize() if capital else word


def code(rng):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    kind = rng.random()
    if kind < 0.4:
        return f"{rng.choice(letters)}{rng.randrange(1, 100)}"
    if kind < 0.7:
        return f"{rng.choice(letters)}{rng.choice(letters)}-{rng.randrange(10, 10000)}"
    return f"{pseudo(rng, 2, False)}_{rng.choice(NOUNS)}"


def phrase(rng):
    return f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"


# How a value of each kind is drawn. Kinds that name things capitalised can be subjects of further facts.
VALUES = {
    "person": lambda r: r.choice(FIRST_NAMES) if r.random() < 0.35 else pseudo(r),
    "town": lambda r: pseudo(r),
    "thing": lambda r: f"the {phrase(r)}" if r.random() < 0.5 else f"the {r.choice(COLOURS)} {r.choice(NOUNS)}",
    "group": lambda r: f"{pseudo(r)} {r.choice(('Group', 'Club', 'House', 'Team', 'School'))}" if r.random() < 0.5
    else pseudo(r),
    "service": lambda r: code(r) if r.random() < 0.3 else pseudo(r, 2, False),
    "number": lambda r: str(r.randrange(2, 1000)) if r.random() < 0.7 else str(r.randrange(2, 20)),
    "colour": lambda r: r.choice(COLOURS),
    "animal": lambda r: r.choice(ANIMALS),
    "food": lambda r: r.choice(FOODS),
    "job": lambda r: r.choice(JOBS),
    "material": lambda r: r.choice(MATERIALS),
    "month": lambda r: r.choice(MONTHS),
    "day": lambda r: r.choice(DAYS),
    "word": lambda r: pseudo(r, 0, r.random() < 0.5),
    "code": code,
    "phrase": phrase,
}


def value(rng, kind):
    if kind == "any":
        kind = rng.choice(("word", "word", "number", "phrase", "code", "town", "colour", "material"))
    return VALUES[kind](rng)


def random_sentence(rng):
    """Words with no sense, so that only copying can reproduce them."""
    words = []
    for _ in range(rng.randrange(4, 11)):
        pick = rng.random()
        words.append(rng.choice(NOUNS) if pick < 0.25 else pseudo(rng, 0, False) if pick < 0.55
                     else rng.choice(VERBS) if pick < 0.7 else rng.choice(ADJECTIVES) if pick < 0.85
                     else rng.choice(("the", "of", "and", "a", "to", "in")))
    return " ".join(words).capitalize() + "."


def plain_sentence(rng):
    subject = f"{rng.choice(('The', 'A', 'Every', 'One'))} {rng.choice(ADJECTIVES)} {rng.choice(NOUNS + ANIMALS + JOBS)}"
    return f"{subject} {rng.choice(VERBS)} the {phrase(rng)} {rng.choice(ADVERBS)}."


@functools.cache
def _docstrings():
    found = []
    for path in sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        if {"test", "tests", "site-packages", "idlelib", "lib2to3"} & set(path.parts):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, OSError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                found.append(ast.get_docstring(node) or "")
    return found


@functools.cache
def doc_sentences():
    """Technical English that is on every machine with Python: sentences of the standard library's docstrings."""
    found = set()
    for text in _docstrings():
        for sentence in re.split(r"(?<=[.])\s+", re.sub(r"\s+", " ", text)):
            if 25 <= len(sentence) <= 140 and re.fullmatch(r"[A-Z][\x20-\x7e]*\.", sentence):
                found.add(sentence)
    return sorted(found)


@functools.cache
def doc_paragraphs():
    """The sentences of each paragraph of those docstrings, names and code included."""
    found = set()
    for text in _docstrings():
        for part in re.split(r"\n\s*\n", text):
            said = [s for s in re.split(r"(?<=[.:;])\s+(?=[A-Z`*])", re.sub(r"\s+", " ", part).strip())
                    if 20 <= len(s) <= 220 and re.fullmatch(r"[\x20-\x7e]*[a-z][\x20-\x7e]*", s) and ">>>" not in s]
            if said:
                found.add(tuple(said))
    return sorted(found)


@functools.cache
def doc_words():
    """Words of those sentences, each once, without the values of the other lists."""
    taken = set(COLOURS + ANIMALS + FOODS + JOBS + MATERIALS + ATTRIBUTES) | {w.lower() for w in MONTHS + DAYS + FIRST_NAMES}
    words = {w.lower() for s in doc_sentences() for w in re.findall(r"(?<![\w.])[A-Za-z]{3,14}(?![\w.(])", s)}
    return sorted(words - taken - STOP_WORDS)


def identifier(rng):
    """A name as programs have them."""
    a, b = (rng.choice(doc_words()) if rng.random() < 0.6 else pseudo(rng, 2, False) for _ in range(2))
    up = str.capitalize
    return rng.choice((f"{a}::{up(b)}", f"{up(a)}::{up(b)}", f"--{a}-{b}", f"--{a}", f"{a}_{b}", f"{up(a)}{up(b)}", f"{a}.{b}",
                       f"{a}()", f"{a}.h", f"{a}/{b}.py", f"{a.upper()}_{b.upper()}", a))


def as_documentation(rng, text):
    """The sentence with its names in backticks, sometimes with others put in, and with numbers."""
    words = text.split(" ")
    ticks = rng.random() < 0.7
    for i, word in enumerate(words):
        bare = word.strip(".,;:()*'\"")
        if ticks and bare and bare not in STOP_WORDS and re.search(r"_|\(\)|[a-z][A-Z]|^\*\w+\*$|\w\.\w", word) and "`" not in word:
            bare = bare.strip("*'\"")
            words[i] = word.replace(f"*{bare}*", bare).replace(bare, f"`{bare}`", 1)
        elif i and len(bare) > 3 and bare == word and bare.isalpha() and bare not in STOP_WORDS and rng.random() < 0.04:
            pick = rng.random()
            words[i] = (f"`{identifier(rng)}`" if pick < 0.7 else rng.choice(doc_words()) if pick < 0.85 else
                        f"{rng.randrange(2, 1000)} {rng.choice(('tokens', 'bytes', 'MB', 'seconds', 'ms', 'KiB', 'rows'))}")
    if rng.random() < 0.15:
        words[0] = rng.choice((f"`{identifier(rng)}`:", f"**{upper_first(rng.choice(doc_words()))}.**", f"`{identifier(rng)}`,")) + " " + words[0]
    return " ".join(words)


def upper_first(text):
    return text[:1].upper() + text[1:]


def wild_sentence(rng):
    """A sentence of rare words, each as frequent as any other: so that every piece is copied at times."""
    return upper_first(" ".join(rng.choice(doc_words()) if rng.random() < 0.75 else rng.choice(MARKED)
                    for _ in range(rng.randint(4, 11)))) + "."


def arbitrary_sentence(rng):
    docs = doc_sentences()
    pick = rng.random()
    if docs and pick < 0.55:
        return rng.choice(docs)
    return random_sentence(rng) if pick < 0.8 else plain_sentence(rng)
