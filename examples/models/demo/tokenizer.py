"""The demo model's tokenizer: SentencePiece BPE, and the chat format around it.

A message is the piece of its role, the body encoded exactly as written (no dummy prefix, no space added or removed),
the piece <|end|> and a newline. Bodies are encoded as text only: a body that spells "<|end|>" gets ordinary pieces.
"""
import io
import pathlib

import sentencepiece

ROLES = ("system", "user", "assistant", "observe")
CONTROLS = tuple(f"<|{r}|>" for r in ROLES) + ("<|end|>",)
HERE = pathlib.Path(__file__).resolve().parent


def train(sentences, vocab, path):
    """Rules: bytes as fallback, every digit alone, no piece with an inner word mark, text unchanged."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, vocab_size=vocab, model_type="bpe",
        control_symbols=list(CONTROLS), byte_fallback=True, split_digits=True, split_by_whitespace=True,
        split_by_unicode_script=True, allow_whitespace_only_pieces=False, add_dummy_prefix=False,
        remove_extra_whitespaces=False, normalization_rule_name="identity", character_coverage=1.0,
        max_sentence_length=1 << 16, num_threads=2, minloglevel=2, unk_id=0, bos_id=1, eos_id=2, pad_id=-1)
    pathlib.Path(path).write_bytes(model.getvalue())


class Tokenizer:
    def __init__(self, path):
        self.sp = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.bos = self.sp.bos_id()
        self.role = {r: self.sp.piece_to_id(f"<|{r}|>") for r in ROLES}
        self.end = self.sp.piece_to_id("<|end|>")
        self.newline = self.sp.encode("\n")
        self.size = self.sp.get_piece_size()

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

    def decode(self, ids):
        return self.sp.decode(list(ids))
