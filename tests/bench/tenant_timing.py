#!/usr/bin/env python3
"""Whether one tenant of `lmp serve` can time what another has cached.

    tenant_timing.py --lmp BINARY [--model FILE] [--tokens N] [--rounds N]

Each round takes two new prompts of random token ids. Tenant A asks one; then tenant B asks both, in an order that changes from round
to round, and the one of A again, which he now has himself. Printed: time to the answer of one token, median and quarters; and in how
many rounds the one of A was the quicker of B's two, which is half of them where time tells nothing.
"""
import argparse
import http.client
import json
import pathlib
import random
import signal
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lmp", required=True, type=pathlib.Path)
    parser.add_argument("--model", default=ROOT / "examples/models/demo/demo.gguf", type=pathlib.Path)
    parser.add_argument("--tokens", default=1000, type=int)
    parser.add_argument("--rounds", default=40, type=int)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "keys").write_text("key-a tenant=a\nkey-b tenant=b\n")
        (folder / "p.lmp").write_text("fn main() { }\n")
        server = subprocess.Popen([args.lmp.resolve(), "serve", "p.lmp", "--model", args.model.resolve(), "--port", "0",
                                   "--api-key-file", "keys", "--threads", "1"], cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            port = int(server.stdout.readline().split("127.0.0.1:")[1].split("/")[0])
            measure(port, args.tokens, args.rounds)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def common(a, b):
    """How many ids both begin with."""
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), len(a))


def measure(port, tokens, rounds):
    clients = {key: http.client.HTTPConnection("127.0.0.1", port, timeout=600) for key in "ab"}
    draw = random.Random(5)

    def ask(key, prompt):
        body = json.dumps({"prompt": prompt, "max_tokens": 1, "temperature": 0})
        begin = time.perf_counter()
        clients[key].request("POST", "/v1/completions", body, {"X-Api-Key": f"key-{key}"})
        reply = clients[key].getresponse()
        said = json.loads(reply.read())
        took = 1000 * (time.perf_counter() - begin)
        assert reply.status == 200, said
        return took, said["usage"]["prompt_tokens_details"]["cached_tokens"]

    def new_prompt():
        return [draw.randrange(300, 3000) for _ in range(tokens)]
    for key in "ab":
        ask(key, new_prompt())
    own = []  # prompts of B: some begin with the same token, which he may find
    rows = {"nobody has it": [], "another tenant has it": [], "the tenant has it": []}
    told = 0
    for number in range(rounds):
        asked, other = new_prompt(), new_prompt()
        ask("a", asked)
        times = {}
        for kind in (("asked", "other"), ("other", "asked"))[number % 2]:
            prompt = asked if kind == "asked" else other
            times[kind], cached = ask("b", prompt)
            assert cached <= max((common(prompt, before) for before in own), default=0)
            own.append(prompt)
        rows["another tenant has it"].append(times["asked"])
        rows["nobody has it"].append(times["other"])
        told += times["asked"] < times["other"]
        took, cached = ask("b", asked)
        assert cached > 0
        rows["the tenant has it"].append(took)
    print(f"{tokens} tokens, {rounds} rounds, ms to the answer")
    for name, times in rows.items():
        low, middle, high = statistics.quantiles(times, n=4)
        print(f"  {name:24} {middle:8.1f}  [{low:.1f}, {high:.1f}]")
    print(f"  the one of A was quicker in {told} of {rounds}")


if __name__ == "__main__":
    main()
