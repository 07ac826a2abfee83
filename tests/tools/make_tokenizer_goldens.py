#!/usr/bin/env python3
"""Makes tests/e2e/golden_tokenizers/random.json: digests of what the Hugging Face `tokenizers` library
makes of 10,000 random strings per family, of characters assigned in Unicode 14.

usage: make_tokenizer_goldens.py     (needs `tokenizers`, Python 3.11 for its Unicode 14 tables, and
                                      ../shared/data/tokenizers; no test run needs it)

tests/unit/text_families_test.cc makes the same strings: change both together.
"""
import base64
import json
import pathlib
import sys
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "../shared/data/tokenizers"
OUT = ROOT / "tests/e2e/golden_tokenizers/random.json"
STRINGS = 10000
BLOCK = 100
MASK = (1 << 64) - 1
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
WORDS = [" the", "Hello", " world", "'s", "'LL", "don't", " I've", "we'Re", "123", "4567", "\n\n", "\t",
         "\r\n", " \n ", "...", "\u00e9", "\u017f", "'\u017f", "\u212b", "\ud55c\uad6d", "e\u0301",
         "\u1100\u1161\u11a8", "<tool_call>", "<tool_", "\u00a0", "\u3000", "\u0085", "\u180e", "'",
         "q\u0323\u0307", "\U0001f469\u200d\U0001f680", "\u0e01\u0e33", " 7", "  ", "\u00bd"]


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % n


def assigned_ranges():
    assert unicodedata.unidata_version == "14.0.0", unicodedata.unidata_version
    ranges = []
    for code in range(1, 0x110000):
        if unicodedata.category(chr(code)) in ("Cn", "Cs", "Co"):
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ranges


def random_string(index, ranges, total):
    random = Random(index)
    out = []
    for _ in range(1 + random.below(24)):
        kind = random.below(8)
        if kind < 2:
            at = random.below(total)
            for low, high in ranges:
                if at <= high - low:
                    out.append(chr(low + at))
                    break
                at -= high - low + 1
        elif kind == 2:
            out.append(chr(0x20 + random.below(95)))
        elif kind == 3:
            out.append(WORDS[random.below(len(WORDS))])
        elif kind == 4:
            out.append(" " * (1 + random.below(4)))
        elif kind == 5:
            out.append(chr(0x30 + random.below(10)))
        elif kind == 6:
            out.append("".join(chr(0x61 + random.below(26)) for _ in range(1 + random.below(8))))
        else:
            out.append(chr(0x300 + random.below(0x70)))
    return "".join(out)


def byte_alphabet():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    out, more = {b: chr(b) for b in printable}, 0x100
    for byte in range(256):
        if byte not in out:
            out[byte] = chr(more)
            more += 1
    return out


def llama3():
    alphabet = byte_alphabet()
    pieces = [base64.b64decode(line.split()[0]) for line in (DATA / "llama3/tokenizer.model").open("rb")]
    ranks = {p: i for i, p in enumerate(pieces)}
    text = ["".join(alphabet[b] for b in p) for p in pieces]
    merges = []
    for p in pieces:
        halves = [(ranks[p[:i]], ranks[p[i:]]) for i in range(1, len(p)) if p[:i] in ranks and p[i:] in ranks]
        merges += [(text[a], text[b]) for a, b in sorted(halves)]
    made = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(text)}, merges=merges, ignore_merges=True))
    made.pre_tokenizer = split_then_bytes(LLAMA3)
    return made


def split_then_bytes(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def qwen2():
    made = Tokenizer(models.BPE.from_file(str(DATA / "qwen2.5/vocab.json"), str(DATA / "qwen2.5/merges.txt")))
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = split_then_bytes(QWEN2)
    config = json.loads((DATA / "qwen2.5/tokenizer_config.json").read_text())
    for _, token in sorted(config["added_tokens_decoder"].items(), key=lambda item: int(item[0])):
        add = made.add_special_tokens if token["special"] else made.add_tokens
        add([AddedToken(token["content"], normalized=False, special=token["special"])])
    return made


def smollm():
    made = Tokenizer(models.BPE.from_file(str(DATA / "gpt2/vocab.json"), str(DATA / "gpt2/merges.txt")))
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    return made


def known_to(tokenizer, strings):
    """The library's NFC has older tables than Unicode 14: where it would not, normalise beforehand."""
    if tokenizer.normalizer is None or not isinstance(tokenizer.normalizer, normalizers.NFC):
        return strings
    out = []
    for string in strings:
        nfc = unicodedata.normalize("NFC", string)
        out.append(string if tokenizer.normalizer.normalize_str(string) == nfc else nfc)
    changed = sum(a != b for a, b in zip(strings, out))
    print(f"strings whose NFC the library's tables do not know: {changed}", file=sys.stderr)
    return out


def digest(encodings):
    value = 0xCBF29CE484222325
    for ids in encodings:
        for number in [*ids, 0xFFFFFFFF]:
            for byte in number.to_bytes(4, "little"):
                value = ((value ^ byte) * 0x100000001B3) & MASK
    return f"{value:016x}"


def main():
    ranges = assigned_ranges()
    total = sum(high - low + 1 for low, high in ranges)
    strings = [random_string(i, ranges, total) for i in range(STRINGS)]
    families = {
        "gpt-2": Tokenizer.from_file(str(DATA / "gpt2/tokenizer.json")),
        "llama-3": llama3(),
        "qwen2.5": qwen2(),
        "smollm": smollm(),
        "llama-2": Tokenizer.from_file(str(DATA / "llama2/tinyllama_tokenizer.json")),
    }
    out = {"strings": STRINGS, "block": BLOCK, "ranges": [n for r in ranges for n in r],
           "words": WORDS, "families": {}}
    for name, tokenizer in families.items():
        ids = [e.ids for e in tokenizer.encode_batch(known_to(tokenizer, strings), add_special_tokens=False)]
        out["families"][name] = [digest(ids[i:i + BLOCK]) for i in range(0, STRINGS, BLOCK)]
        if len(sys.argv) > 1:  # a folder for the ids themselves, to look at a difference
            pathlib.Path(sys.argv[1], name + ".json").write_text(json.dumps(ids))
    OUT.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
