#!/usr/bin/env python3
"""The rows of `lmp bench decode|prefill|batch` by llama.cpp, on the same GGUF, with flash attention off and on.

    llama_cpp_peer.py MODEL.gguf [--threads 2] [--reps 5] [--rows decode,prefill,batch]

Needs the package llama-cpp-python, built for this machine. `lmp model synth` makes a model of a real shape. KV is f16
there and bf16 in LMP, which is the same number of bytes.
"""
import argparse
import ctypes
import random
import statistics
import sys
import time

import llama_cpp as llama

NEW_TOKENS, COMMON, SUFFIX = 32, 1024, 16


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--rows", default="decode,prefill,batch")
    args = parser.parse_args()
    wanted = args.rows.split(",")
    quiet = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(args.model.encode(), llama.llama_model_default_params())
    if not model:
        sys.exit(f"llama.cpp does not load {args.model}")
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    tokens = lambda n: [random.randrange(300, vocabulary) for _ in range(n)]

    def show(row, fa, values):
        print(f"{row:24} fa {'on ' if fa else 'off'} {values[0]:9.1f} tok/s [{values[1]:.1f}, {values[2]:.1f}]",
              flush=True)

    for fa in (False, True):
        context = Context(model, args.threads, 4608, 1, fa)
        if "decode" in wanted:
            for depth in (1, 2048, 4096):
                context.forget(0, 0)
                context.prompt(tokens(depth))
                show(f"d{depth if depth > 1 else 0}", fa,
                     measure(args.reps, lambda: generate(context, [depth], vocabulary)))
        if "prefill" in wanted:
            for count in (128, 512, 2048):
                def prefill():
                    context.forget(0, 0)
                    rows = tokens(count)
                    begin = time.perf_counter()
                    context.prompt(rows)
                    llama.llama_get_logits_ith(context.ctx, -1)
                    return count / (time.perf_counter() - begin)
                show(f"pp{count}", fa, measure(args.reps, prefill))
        context.close()
        if "batch" not in wanted:
            continue
        for sequences in (1, 8, 32):
            context = Context(model, args.threads, COMMON + sequences * (SUFFIX + NEW_TOKENS), sequences, fa)
            context.prompt(tokens(COMMON))
            for s in range(1, sequences):
                llama.llama_memory_seq_cp(context.memory, 0, s, -1, -1)
            for s in range(sequences):
                context.prompt(tokens(SUFFIX), s, COMMON)
            show(f"b{sequences}/shared", fa,
                 measure(args.reps, lambda: generate(context, [COMMON + SUFFIX] * sequences, vocabulary)))
            context.close()


if __name__ == "__main__":
    main()
