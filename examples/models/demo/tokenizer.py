"""The demo model's tokenizer: SentencePiece BPE, and the chat format around it.

A message is the piece of its role, the body encoded exactly as written (no dummy prefix, no space added or removed),
the piece <|end|> and a newline. Bodies are encoded as text only: a body that spells "<|end|>" gets ordinary pieces.
"""
import io
import pathlib

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

ROLES = ("system", "user", "assistant", "observe")
CONTROLS = tuple(f"<|{r}|>" for r in ROLES) + ("<|end|>",)
HERE = pathlib.Path(__file__).resolve().parent


def train(words, vocab, path, marked):
    """Rules: bytes as fallback, every digit alone, no piece with an inner word mark, text unchanged.

    A word has the same pieces wherever it stands: the space before it is a piece of its own, so that a name can be
    copied from a sentence to the start of an answer or behind a quote. Only the `marked` words (function words, which
    are no answers) have a piece with the space; those are merged last.
    """
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words), model_writer=model, vocab_size=vocab - len(marked), model_type="bpe",
        control_symbols=list(CONTROLS), byte_fallback=True, split_digits=True, split_by_whitespace=True,
        split_by_unicode_script=True, allow_whitespace_only_pieces=False, add_dummy_prefix=False,
        remove_extra_whitespaces=False, normalization_rule_name="identity", character_coverage=1.0,
        num_threads=1, minloglevel=2, unk_id=0, bos_id=1, eos_id=2, pad_id=-1)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    lowest = min(p.score for p in proto.pieces)
    known = {p.piece for p in proto.pieces}
    if missing := [w for w in marked if w not in known]:
        raise ValueError(f"no piece for {missing}: such a word could never get its mark")
    for i, word in enumerate(marked):
        proto.pieces.add(piece="\u2581" + word, score=lowest - 1 - i)
    proto.trainer_spec.vocab_size = len(proto.pieces)
    pathlib.Path(path).write_bytes(proto.SerializeToString())


class Tokenizer:
    def __init__(self, path):
        self.sp = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.bos = self.sp.bos_id()
        self.role = {r: self.sp.piece_to_id(f"<|{r}|>") for r in ROLES}
        self.end = self.sp.piece_to_id("<|end|>")
        self.newline = self.sp.encode("\n")
        self.size = self.sp.get_piece_size()
        self.length = [1 if self.sp.is_byte(i) else len(self.sp.id_to_piece(i)) for i in range(self.size)]

    def starts(self, ids, length):
        """Where in a text of that many characters each of its ids begins; for text that is ASCII."""
        found, at = [], 0
        for i in ids:
            if at >= length:
                break
            found.append(at)
            at += self.length[i]
        return found

    def chat(self, messages, open_assistant=False):
        """Ids of a chat, and for each id whether it is an answer (an assistant's body or the <|end|> after it)."""
        ids, answer = [self.bos], [False]
        for role, text in messages:
            body = self.sp.encode(text)
            said = role == "assistant"
            ids += [self.role[role], *body, self.end, *self.newline]
            answer += [False] + [said] * (len(body) + 1) + [False] * len(self.newline)
        if open_assistant:
            ids.append(self.role["assistant"])
            answer.append(False)
        return ids, answer

    def parts(self, parts):
        """Ids of a plain text given as (text, whether it is an answer) parts, and for each id whether it is."""
        ids, answer = [self.bos], [False]
        for text, wanted in parts:
            body = self.sp.encode(text)
            ids += body
            answer += [wanted] * len(body)
        return ids, answer

    def decode(self, ids):
        return self.sp.decode(list(ids))
