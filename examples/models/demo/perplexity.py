#!/usr/bin/env python3
"""Perplexity of held-out answers in LMP, for weights in any format.

  perplexity.py --lmp build/release/lmp MODEL.gguf [MODEL.gguf ...]

Every file must have the demo model's tokenizer. The answers are the first of `--count` samples of each skill that was
trained (templates never trained, `<|end|>` included); `lmp serve` scores them (`score_tokens`). Prints one JSON object: per
file the perplexity over all answers, and its difference from the first file in percent.
"""
import argparse
import json
import math
import pathlib
import random
import subprocess
import urllib.request

import data
import tokenizer as tok

SKILLS = ("hop1", "labels", "coref", "quote", "recall", "few_shot", "headings", "absent", "cite")


def samples(tokenizer, count, size):
    """(ids up to the end of the first answer, tokens of that answer), the same on every call."""
    for name in SKILLS:
        rng = random.Random(f"perplexity {name}")
        for _ in range(count):
            messages = data.EVAL[name](rng, size, held=True)
            first = next(i for i, message in enumerate(messages) if message[0] == "assistant")
            ids, answer = tokenizer.chat(messages[:first + 1])
            last = max(i for i, said in enumerate(answer) if said)
            yield ids[:last + 1], sum(answer)


def perplexity(lmp, model, asked):
    server = subprocess.Popen([lmp, "serve", str(tok.HERE.parents[1] / "rag.lmp"), "--model", str(model), "--port", "0"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    try:
        says = next(word for line in server.stdout for word in line.split() if word.startswith("http://"))
        address = says.partition("/v1/")[0]
        total, tokens = 0.0, 0
        for ids, count in asked:
            body = json.dumps({"prompt": ids, "score_tokens": count}).encode()
            request = urllib.request.Request(f"{address}/v1/completions", body,
                                             {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=120) as reply:
                total -= sum(json.load(reply)["choices"][0]["logprobs"]["token_logprobs"])
            tokens += count
        return math.exp(total / tokens), tokens
    finally:
        server.terminate()
        server.wait()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("models", type=pathlib.Path, nargs="+")
    p.add_argument("--lmp", required=True)
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    p.add_argument("--count", type=int, default=40, help="samples per skill")
    p.add_argument("--size", type=int, default=4, help="facts per sample")
    o = p.parse_args()
    asked = list(samples(tok.Tokenizer(o.tokenizer), o.count, o.size))
    rows, base = [], None
    for model in o.models:
        value, tokens = perplexity(o.lmp, model, asked)
        base = base or value
        rows.append({"model": model.name, "perplexity": round(value, 5), "tokens": tokens,
                     "over_first_percent": round(100 * (value / base - 1), 2)})
    print(json.dumps({"samples": len(asked), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
