"""Where an answer comes from, as the generator knows it: training can tell some heads to look there
(rows.py, train.py --hints).

A hint is (task, first query, last query + 1, first key, last key + 1) in tokens of a chat. The tasks are the steps by
which a question over passages can be answered:

  id       every token of a passage looks at the end of the passage's id, so that it carries the id
  start    every token of a sentence looks at the sentence's first token: from there it is quoted
  subject  every token of a statement looks at whom it is about, in the sentence or where a pronoun is bound
  relation every token of a statement behind its subject and the word for what is said ("price") looks at that word
  value    every token of a statement behind the value looks at the value's beginning
  asked    what follows the subject of a question looks at that subject
  wanted   what follows the word for what is asked looks at that word
  question what follows a question looks at all of it, past any instruction
  look_up  the places that say an answer look at the statement that answers, from its subject on (at all of a
           sentence that names none), or at the chat's first token if no statement answers
  copy     each place that says a token of an answer looks at that token in the passages
"""
import bisect
import re

TASKS = ("id", "start", "subject", "relation", "value", "asked", "wanted", "question", "look_up", "copy")
LOUD = {"look_up": 3.0, "copy": 2.0}                    # weight of a task's loss; of the rest 1
OF_PASSAGES = {"id", "start", "subject", "relation", "value"}       # of tokens of the passages, the same for every question


class Chat(list):
    """Messages, and what a scene knows of the last question: see Chat.about."""
    known = None

    def about(self, scene, text_at, question, line, style):
        """text_at: where the scene's text begins in the first user message; question: (begin, end) there."""
        self.known = scene, text_at, question, line, scene.asked, scene.wanted, style
        return self


def find(text, part):
    """Where part stands in text, whatever the case of its first letter; None where it does not."""
    at = text.find(part)
    if at < 0:
        at = text.find(part[:1].swapcase() + part[1:])
    return (at, at + len(part)) if at >= 0 and part else None


def find_word(text, word):
    """The same for whole words."""
    found = re.search(rf"(?<!\w)[{word[0].upper()}{word[0].lower()}]{re.escape(word[1:])}(?!\w)", text)
    return found and found.span()


class Marks:
    """Where a line stands, in characters of a scene's text."""

    def __init__(self, line, opened, closed, begin):
        self.line, self.id, self.begin, self.end = line, (opened, closed), begin, begin + len(line.text)
        self.subject = self.value = self.relation = None


def marks(scene):
    """Marks of a scene's lines, in order."""
    out, at, lines, named = [], 0, iter(scene.lines), {}
    for name, said in scene.passages:
        begin = at + len(name) + 3
        for text in said:
            line = next(lines)
            m = Marks(line, at, at + len(name) + 1, begin)

            def found(part):
                where = find(text, part)
                return where and (begin + where[0], begin + where[1])
            if line.style == "intro":
                named[line.asked_as] = m.subject = found(line.asked_as)
            elif line.fact:
                m.value = found(line.fact.value)
                where = find_word(text, line.fact.relation.noun)
                m.relation = where and (begin + where[0], begin + where[1])
                m.subject = named.get(line.asked_as) if line.style == "coref" else found(line.said_as)
                if not where and m.value:                # then all that stands between
                    after = max(begin, m.subject[1]) if m.subject and m.subject[1] < m.value[0] else begin
                    if text[after - begin:m.value[0] - begin].strip():
                        m.relation = after, m.value[0]
            out.append(m)
            begin = m.end + 1
        at = begin
    return out


def of_chat(tokenizer, chat, ids):
    """All hints of a Chat that encodes to ids; none for other chats."""
    if getattr(chat, "known", None) is None:
        return []
    scene, text_at, question, asked_line, asked, wanted, style = chat.known
    user = next(i for i, m in enumerate(chat) if m[0] == "user")
    base = len(tokenizer.chat(chat[:user])[0]) + 1          # the first token of the message's body
    body = chat[user][1]
    starts = tokenizer.starts(ids[base:], len(body))
    answer = base + len(starts) + 2 + len(tokenizer.newline)   # <|end|>, newline, the assistant's piece
    end = next(i for i in range(answer, len(ids)) if ids[i] == tokenizer.end)

    def tokens(span, shift=text_at):
        first = bisect.bisect_right(starts, span[0] + shift) - 1
        return base + first, base + bisect.bisect_left(starts, span[1] + shift)
    out, known = [], marks(scene)
    copied = None
    for i, m in enumerate(known):
        begin, stop = tokens((m.begin, m.end))
        close = tokens((m.id[1], m.id[1] + 1))
        out += [("id", begin, stop, *close), ("start", begin + 1, stop, begin, begin + 1)]
        subject, value = m.subject and tokens(m.subject), m.value and tokens(m.value)
        if subject and m.line.fact:
            out.append(("subject", max(begin, subject[1]), stop, *subject))
        if subject and m.relation:
            word = tokens(m.relation)
            out.append(("relation", max(begin, subject[1], word[1]), stop, *word))
        if value:
            out.append(("value", value[0] + 1, stop, value[0], value[0] + 1))
        if m.line is asked_line:
            knows = max(begin, subject[1] - 1) if subject and subject[1] < stop else begin
            out.append(("look_up", answer - 1, end, knows, stop))
            marker = list(range(*tokens((m.id[0], m.id[1] + 1))))
            sentence = list(range(begin, stop))
            copied = {"short": list(range(*value)) if value else [], "cite": marker[1:-1], "quote": sentence,
                      "quote_id": marker + [begin - 1] + sentence}[style]
    if asked_line is None:
        out.append(("look_up", answer - 1, answer, 0, 1))
    for n, source in enumerate(copied or ()):
        if answer + n < end and ids[answer + n] == ids[source]:
            out.append(("copy", answer + n - 1, answer + n, source, source + 1))
    first, last = tokens(question, 0)
    out.append(("question", last, end, first, last))
    where = asked and find(body[question[0]:question[1]], asked)
    if where:
        first, stop = tokens((question[0] + where[0], question[0] + where[1]), 0)
        out.append(("asked", stop, end, first, stop))
    where, named = wanted and find_word(body[question[0]:question[1]], wanted), where
    if wanted and named and not where:                   # then what stands before the subject, or behind it
        long = question[1] - question[0]
        where = (0, named[0]) if named[0] >= long - named[1] else (named[1], long)
        where = where if where[1] - where[0] > 2 else None
    if where:
        first, stop = tokens((question[0] + where[0], question[0] + where[1]), 0)
        out.append(("wanted", stop, end, first, stop))
    return out
