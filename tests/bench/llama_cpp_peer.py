#!/usr/bin/env python3
"""The rows of `lmp bench decode|prefill|batch` by llama.cpp, on the same GGUF, with flash attention off and on.

    llama_cpp_peer.py MODEL.gguf [--lmp build/release/lmp] [--threads 2] [--reps 5] [--only d0,pp512,b32]

With --lmp each row is first measured by LMP and then by llama.cpp, and the ratio to the better of the two is printed.
Needs the package llama-cpp-python, built for this machine. `lmp model synth` makes a model of a real shape. KV is f16
there and bf16 in LMP, which is the same number of bytes.
"""
import argparse
import ctypes
import json
import random
import statistics
import subprocess
import sys
import time

import llama_cpp as llama

NEW_TOKENS, COMMON, SUFFIX = 32, 1500, 16


class Context:
    """One context of `cells` KV cells; `fa`: flash attention."""

    def __init__(self, model, threads, cells, sequences, fa):
        params = llama.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = cells, 2048, 512
        params.n_seq_max, params.kv_unified = sequences, True
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = (llama.LLAMA_FLASH_ATTN_TYPE_ENABLED if fa else llama.LLAMA_FLASH_ATTN_TYPE_DISABLED)
        self.ctx = llama.llama_init_from_model(model, params)
        if not self.ctx:
            sys.exit("llama.cpp made no context")
        self.memory = llama.llama_get_memory(self.ctx)
        self.batch = llama.llama_batch_init(2048, 0, 1)

    def close(self):
        llama.llama_batch_free(self.batch)
        llama.llama_free(self.ctx)

    def decode(self, rows):
        """rows: (token, position, sequence, whether logits are wanted)."""
        for begin in range(0, len(rows), 2048):
            part = rows[begin:begin + 2048]
            self.batch.n_tokens = len(part)
            for i, (token, position, sequence, wanted) in enumerate(part):
                self.batch.token[i], self.batch.pos[i] = token, position
                self.batch.n_seq_id[i], self.batch.seq_id[i][0] = 1, sequence
                self.batch.logits[i] = wanted
            if llama.llama_decode(self.ctx, self.batch) != 0:
                sys.exit("llama_decode failed")

    def forget(self, sequence, begin):
        llama.llama_memory_seq_rm(self.memory, sequence, begin, -1)

    def prompt(self, tokens, sequence=0, begin=0):
        last = len(tokens) - 1
        self.decode([(t, begin + i, sequence, i == last) for i, t in enumerate(tokens)])


def measure(reps, work):
    work()
    rates = [work() for _ in range(reps)]
    return statistics.median(rates), min(rates), max(rates)


def generate(context, positions, vocabulary):
    """NEW_TOKENS rounds of one row per sequence; tokens per second."""
    begin = time.perf_counter()
    for step in range(NEW_TOKENS):
        context.decode([(random.randrange(300, vocabulary), p + step, s, True) for s, p in enumerate(positions)])
        llama.llama_get_logits_ith(context.ctx, -1)
    rate = len(positions) * NEW_TOKENS / (time.perf_counter() - begin)
    for s, p in enumerate(positions):
        context.forget(s, p)
    return rate


def decode_row(model, args, depth, vocabulary, fa):
    context = Context(model, args.threads, depth + 2 * NEW_TOKENS, 1, fa)
    context.prompt(random_tokens(vocabulary, max(depth, 1)))
    values = measure(args.reps, lambda: generate(context, [max(depth, 1)], vocabulary))
    context.close()
    return values


def prefill_row(model, args, count, vocabulary, fa):
    context = Context(model, args.threads, count + NEW_TOKENS, 1, fa)

    def prefill():
        context.forget(0, 0)
        rows = random_tokens(vocabulary, count)
        begin = time.perf_counter()
        context.prompt(rows)
        llama.llama_get_logits_ith(context.ctx, -1)
        return count / (time.perf_counter() - begin)

    values = measure(args.reps, prefill)
    context.close()
    return values


def batch_row(model, args, sequences, vocabulary, fa):
    context = Context(model, args.threads, COMMON + sequences * (SUFFIX + NEW_TOKENS), sequences, fa)
    context.prompt(random_tokens(vocabulary, COMMON))
    for s in range(1, sequences):
        llama.llama_memory_seq_cp(context.memory, 0, s, -1, -1)
    for s in range(sequences):
        context.prompt(random_tokens(vocabulary, SUFFIX), s, COMMON)
    values = measure(args.reps, lambda: generate(context, [COMMON + SUFFIX] * sequences, vocabulary))
    context.close()
    return values


# name: (bench, pattern of LMP's row, how llama.cpp is measured, its size)
ROWS = {f"d{n}": ("decode", f"*/d{n}/*", decode_row, n) for n in (0, 2048, 4096)}
ROWS |= {f"pp{n}": ("prefill", f"*/pp{n}/*", prefill_row, n) for n in (128, 512, 2048)}
ROWS |= {f"b{n}": ("batch", f"*/b{n}/shared/*", batch_row, n) for n in (1, 8, 32)}


def random_tokens(vocabulary, count):
    return [random.randrange(300, vocabulary) for _ in range(count)]


def lmp_row(args, bench, pattern):
    """(median, least, most), the floor or None, and the commit of LMP."""
    command = [args.lmp, "bench", bench, "--json", "--model", args.model, "--rows", pattern,
               "--threads", str(args.threads), "--reps", str(args.reps)]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    (row,) = answer["rows"]
    return (row["value"], row["min"], row["max"]), row.get("floor"), answer["commit"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--lmp", help="measure LMP too, row by row in turn")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--only", default=",".join(ROWS), help=f"of {', '.join(ROWS)}")
    args = parser.parse_args()
    quiet = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(args.model.encode(), llama.llama_model_default_params())
    if not model:
        sys.exit(f"llama.cpp does not load {args.model}")
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    print(f"{args.model}, {args.threads} threads, median of {args.reps}")
    print(f"llama-cpp-python {llama.__version__}: {llama.llama_print_system_info().decode()}", flush=True)

    def show(row, who, values, rest=""):
        print(f"{row:8} {who:16} {values[0]:9.1f} tok/s [{values[1]:.1f}, {values[2]:.1f}]{rest}", flush=True)

    for name in args.only.split(","):
        bench, pattern, by_llama, size = ROWS[name]
        if args.lmp:
            lmp, floor, commit = lmp_row(args, bench, pattern)
            show(name, f"LMP {commit}", lmp, f"  limit {floor:.1f}" if floor else "")
        off, on = (by_llama(model, args, size, vocabulary, fa) for fa in (False, True))
        show(name, "llama.cpp fa off", off)
        show(name, "llama.cpp fa on", on, f"  {lmp[0] / max(off[0], on[0]):.2f}x" if args.lmp else "")


if __name__ == "__main__":
    main()
