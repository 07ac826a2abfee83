#!/usr/bin/env python3
"""Whether llama.cpp agrees with the golden checkpoints (tests/e2e/golden_models), which transformers wrote.

    llama_cpp_goldens.py tests/e2e/golden_models/*.gguf

Needs the package llama-cpp-python. Of each NAME.gguf the prompt of NAME.json is computed with KV in fp32; printed are the
largest difference of the logits that the JSON has, their error as a share of their size, and how many of the 64 greedy
ids are the same until the first other. llama.cpp rounds activations as the format asks (8 bits, bf16, f16).
"""
import ctypes
import json
import pathlib
import sys

import llama_cpp as llama


def check(path):
    golden = json.loads(path.with_suffix(".json").read_text())
    model = llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
    if not model:
        return "does not load"
    params = llama.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = 2048
    params.type_k = params.type_v = llama.GGML_TYPE_F32
    params.n_threads = params.n_threads_batch = 2
    context = llama.llama_init_from_model(model, params)
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    batch = llama.llama_batch_init(2048, 0, 1)

    def compute(tokens, position, wanted):
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0] = token, position + i, 1, 0
            batch.logits[i] = i in wanted
        assert llama.llama_decode(context, batch) == 0
        return {i: llama.llama_get_logits_ith(context, i)[:vocabulary] for i in wanted}

    prompt = golden["prompt"]
    rows = compute(prompt, 0, {p["position"] for p in golden["positions"]} | {len(prompt) - 1})
    worst = error = size = 0.0
    for entry in golden["positions"]:
        row = rows[entry["position"]]
        for i, value in zip(golden["logit_ids"], entry["logits"]):
            worst = max(worst, abs(row[i] - value))
            error, size = error + (row[i] - value) ** 2, size + value ** 2
    row, same = rows[len(prompt) - 1], 0
    for i, expected in enumerate(golden["greedy"]):
        if max(range(vocabulary), key=row.__getitem__) != expected:
            break
        same += 1
        row = compute([expected], len(prompt) + i, {0})[0]
    llama.llama_batch_free(batch)
    llama.llama_free(context)
    llama.llama_model_free(model)
    return f"largest difference {worst:.1e}, error {(error / size) ** 0.5:.1e} of the logits, {same} of 64 greedy ids"


def main():
    quiet = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(f"llama-cpp-python {llama.__version__}")
    for name in sys.argv[1:]:
        print(f"{pathlib.Path(name).stem}: {check(pathlib.Path(name))}", flush=True)


if __name__ == "__main__":
    main()
