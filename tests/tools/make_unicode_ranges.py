#!/usr/bin/env python3
"""Writes runtime/text/unicode_ranges.inc: the character classes that tokenizers split and normalise by.

usage: make_unicode_ranges.py > runtime/text/unicode_ranges.inc   (Python 3.13 has Unicode 15.1)
"""
import sys
import unicodedata

WHITE_SPACE = {*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
               0x202F, 0x205F, 0x3000}


def composition_seconds():
    """Characters that may compose with one before them (NFC_Quick_Check=Maybe)."""
    seconds = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # Hangul vowels and finals
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) != 2 or parts[0].startswith("<"):
            continue
        pair = "".join(chr(int(p, 16)) for p in parts)
        if unicodedata.normalize("NFC", pair) == chr(code):
            seconds.add(int(parts[1], 16))
    return seconds


def classes():
    seconds = composition_seconds()
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            yield 0
            continue
        c = chr(code)
        category = unicodedata.category(c)[0]
        bits = {"L": 1, "N": 2, "M": 8}.get(category, 0)
        if code in WHITE_SPACE:
            bits |= 4
        if unicodedata.combining(c) or code in seconds or unicodedata.normalize("NFC", c) != c:
            bits |= 16
        yield bits


def main():
    print(f"// Unicode {unicodedata.unidata_version}, made by tests/tools/make_unicode_ranges.py.")
    print("// {first, last, class bits}; characters in no range have class 0.")
    runs, start, before = [], 0, 0
    for code, bits in enumerate(list(classes()) + [0]):
        if bits == before:
            continue
        if before:
            runs.append(f"{{0x{start:X}, 0x{code - 1:X}, {before}}},")
        start, before = code, bits
    line = ""
    for run in runs:
        if len(line) + len(run) > 98:
            print(line)
            line = ""
        line += (" " if line else "") + run
    print(line)


if __name__ == "__main__":
    sys.exit(main())
