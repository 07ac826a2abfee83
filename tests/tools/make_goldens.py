#!/usr/bin/env python3
"""Makes the files of tests/e2e/golden_models with outside oracles. Run once; the files are in git.

Needs: torch, transformers (4.x), gguf, sentencepiece, numpy.
  make_goldens.py OUT_FOLDER [LLAMA_SENTENCEPIECE_MODEL [CHECKPOINT_NAME...]]
LLAMA_SENTENCEPIECE_MODEL may be "" to make checkpoints alone.

Checkpoints (NAME.gguf + NAME.json): random 3-layer models of transformers' classes, written with
the gguf package; the JSON has the prompt, logits of some positions and 64 greedy ids, computed in
fp32 from the weights as the file rounds them. "MIXED" gives each matrix a type of its own. Tokenizers: ids that the SentencePiece library gives for random text.
"""

import copy
import json
import random
import sys
from pathlib import Path

PROMPT_TOKENS = 1100
GREEDY_TOKENS = 64
POSITIONS = [0, 1, 15, 16, 31, 255, 256, 257, 1023, 1024, PROMPT_TOKENS - 1]
MARGIN = 5e-3  # of every greedy choice: far above the allowed difference of logits

# name, architecture, heads, kv heads, head_dim, ffn, vocabulary, tied, format, rope base
CHECKPOINTS = [
    ("llama_6_2_untied_f32", "llama", 6, 2, 8, 56, 307, False, "F32", 10000.0),
    ("llama_5_1_tied_f16", "llama", 5, 1, 12, 100, 320, True, "F16", 500000.0),
    ("llama_7_7_untied_bf16", "llama", 7, 7, 8, 72, 333, False, "BF16", 10000.0),
    ("llama_4_2_tied_q8_0", "llama", 4, 2, 16, 96, 320, True, "Q8_0", 10000.0),
    ("qwen2_6_2_tied_f32", "qwen2", 6, 2, 8, 64, 301, True, "F32", 1000000.0),
    ("qwen2_7_7_untied_f16", "qwen2", 7, 7, 8, 60, 320, False, "F16", 10000.0),
    ("qwen2_5_1_untied_bf16", "qwen2", 5, 1, 10, 88, 311, False, "BF16", 1000000.0),
    ("llama_mixed_2_1_tied", "llama", 2, 1, 16, 32, 264, True, "MIXED", 10000.0),
    ("llama_scaled_3_1_untied_bf16", "llama3", 3, 1, 16, 40, 264, False, "BF16", 10000.0),
    ("qwen3_4_2_tied_bf16", "qwen3", 4, 2, 16, 40, 264, True, "BF16", 1000000.0),
    ("qwen3_5_1_untied_f16", "qwen3", 5, 1, 8, 36, 264, False, "F16", 10000.0),
]
# Written as folders by save_pretrained, with a tokenizer.json; name -> largest shard.
FOLDERS = {"folder_llama": "5GB", "folder_llama3": "5GB", "folder_mistral": "24KB",
           "folder_qwen2": "5GB", "folder_qwen3": "24KB", "folder_smollm2": "5GB"}
CHECKPOINTS += [
    ("folder_llama", "llama", 4, 4, 8, 40, 264, False, "BF16", 10000.0),
    ("folder_llama3", "llama3", 3, 1, 16, 40, 264, False, "BF16", 500000.0),
    ("folder_mistral", "mistral", 4, 2, 8, 40, 264, False, "BF16", 1000000.0),
    ("folder_qwen2", "qwen2", 4, 2, 8, 40, 264, True, "BF16", 1000000.0),
    ("folder_qwen3", "qwen3", 4, 2, 16, 40, 264, True, "F16", 1000000.0),
    ("folder_smollm2", "llama", 3, 1, 12, 40, 264, True, "BF16", 100000.0),
]
# Widths that are not heads * head_dim.
WIDTHS = {"folder_qwen3": 40, "llama_mixed_2_1_tied": 256, "qwen3_4_2_tied_bf16": 40, "qwen3_5_1_untied_f16": 32}
LLAMA3_SCALING = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                  "high_freq_factor": 4.0, "original_max_position_embeddings": 256}


def width_of(spec):
    return WIDTHS.get(spec[0], spec[2] * spec[4])


def hf_model(torch, spec, seed):
    import transformers

    name, arch, heads, kv_heads, head_dim, ffn, vocabulary, tied, _, base = spec
    shape = dict(
        hidden_size=width_of(spec), head_dim=head_dim, intermediate_size=ffn, num_hidden_layers=3,
        num_attention_heads=heads, num_key_value_heads=kv_heads, vocab_size=vocabulary,
        max_position_embeddings=2048, rope_theta=base, tie_word_embeddings=tied,
        rms_norm_eps=1e-5, attn_implementation="eager")
    if arch == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape))
    elif arch == "llama3":
        model = transformers.LlamaForCausalLM(
            transformers.LlamaConfig(rope_scaling=LLAMA3_SCALING, **shape))
    elif arch == "mistral":
        model = transformers.MistralForCausalLM(
            transformers.MistralConfig(sliding_window=None, **shape))
    elif arch == "qwen3":
        model = transformers.Qwen3ForCausalLM(
            transformers.Qwen3Config(use_sliding_window=False, **shape))
    else:
        del shape["head_dim"]
        model = transformers.Qwen2ForCausalLM(
            transformers.Qwen2Config(use_sliding_window=False, **shape))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, p in model.named_parameters():
            if key.endswith("norm.weight"):
                p.copy_(1 + 0.3 * torch.randn(p.shape, generator=generator))
            elif p.dim() == 1:
                p.copy_(0.5 * torch.randn(p.shape, generator=generator))
            elif "embed_tokens" in key or "lm_head" in key:
                size = 0.6 if p.shape[1] <= 64 else 0.2
                p.copy_(size * torch.randn(p.shape, generator=generator))
            else:
                p.copy_(1.2 * torch.randn(p.shape, generator=generator) / p.shape[1] ** 0.5)
    return model.eval().float()


def quantise(torch, model, fmt):
    """Rounds the matrices as the file does; returns {name: (type, raw array)} for them."""
    import gguf
    import numpy as np

    raw = {}
    with torch.no_grad():
        for key, p in model.named_parameters():
            if p.dim() < 2:
                continue
            values = p.detach().numpy().astype(np.float32)
            name = fmt if fmt != "MIXED" else mixed_type(key)
            kind = getattr(gguf.GGMLQuantizationType, name)
            if name == "F32":
                packed, back = values, values
            elif name.endswith("_K"):
                packed = random_k_blocks(name, values)
                back = gguf.quants.dequantize(packed, kind)
            elif name == "F16":
                packed = values.astype(np.float16)
                back = packed.astype(np.float32)
            else:
                packed = gguf.quants.quantize(values, kind)
                back = gguf.quants.dequantize(packed, kind)
            p.copy_(torch.from_numpy(np.ascontiguousarray(back)))
            raw[key] = (kind, packed)
    return raw


def mixed_type(key):
    """A type for each matrix, so that all of 4 to 6 bits and mixed Q|K|V and gate|up occur."""
    if "embed_tokens" in key:
        return "Q6_K"
    layer = int(key.split(".")[2])
    part = key.split(".")[4]
    if part in ("o_proj", "down_proj"):  # rows of 32: no K format
        return ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_0"][2 * layer + (part == "down_proj")]
    parts = ["q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"]
    kinds = ["Q4_K", "Q4_K", "Q6_K", "Q5_K", "Q5_K", "Q4_K", "Q5_K", "Q6_K", "Q6_K", "Q4_K"]
    return kinds[parts.index(part) + 2 * layer]


def random_k_blocks(name, values):
    """Blocks of random bits of about the size of `values`: gguf has no encoder for K formats."""
    import numpy as np

    rng = np.random.default_rng(abs(int(values[0, 0] * 1e6)))
    count = values.size // 256
    size = {"Q4_K": 144, "Q5_K": 176, "Q6_K": 210}[name]
    blocks = rng.integers(0, 256, (count, size), dtype=np.uint8)
    deviation = float(values.std())

    def put(at, numbers):
        blocks[:, at:at + 2] = numbers.astype(np.float16)[:, None].view(np.uint8)

    spread = deviation * (1 + 0.3 * rng.random(count)) * rng.choice([-1, 1], count)
    if name == "Q6_K":
        put(208, spread / (60 * 18.5))  # deviations of int8 scales and of q - 32
        return blocks.reshape(values.shape[0], -1)
    levels = 16 if name == "Q4_K" else 32
    scales = rng.integers(20, 64, (count, 8))
    minima = np.clip(scales + rng.integers(-2, 3, (count, 8)), 0, 63)
    low, high = slice(0, 4), slice(4, 8)
    blocks[:, 4:8] = scales[:, low] | (scales[:, high] >> 4) << 6
    blocks[:, 8:12] = minima[:, low] | (minima[:, high] >> 4) << 6
    blocks[:, 12:16] = (scales[:, high] & 15) | (minima[:, high] & 15) << 4
    put(0, spread / (42 * levels * 0.29))
    put(2, spread / (42 * levels * 0.29) * (levels - 1) / 2)
    return blocks.reshape(values.shape[0], -1)


def llama3_factors(head_dim, base):
    """What divides the rotation frequencies, as converters write it to rope_freqs.weight."""
    import math
    import numpy as np

    s = LLAMA3_SCALING
    factors = []
    for i in range(0, head_dim, 2):
        turns = s["original_max_position_embeddings"] / (2 * math.pi * base ** (i / head_dim))
        smooth = (turns - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])
        smooth = min(max(smooth, 0.0), 1.0)
        factors.append(1 / ((1 - smooth) / s["factor"] + smooth))
    return np.array(factors, dtype=np.float32)


def permute_rows(array, heads):
    """Row order of llama files: halves of a head interleaved, so that rotation pairs are adjacent."""
    shape = array.shape
    return array.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def write_gguf(path, spec, model, raw):
    import gguf
    import numpy as np

    name, arch, heads, kv_heads, head_dim, ffn, vocabulary, _, _, base = spec
    file_arch = "llama" if arch == "llama3" else arch
    w = gguf.GGUFWriter(str(path), file_arch)
    w.add_name(name)
    w.add_block_count(3)
    w.add_context_length(2048)
    w.add_embedding_length(width_of(spec))
    w.add_feed_forward_length(ffn)
    w.add_head_count(heads)
    w.add_head_count_kv(kv_heads)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_freq_base(base)
    w.add_rope_dimension_count(head_dim)
    if width_of(spec) != heads * head_dim:
        w.add_key_length(head_dim)
        w.add_value_length(head_dim)
    if arch == "llama3":
        w.add_tensor("rope_freqs.weight", llama3_factors(head_dim, base))
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    types = [2, 3, 3] + [6] * 256
    while len(pieces) < vocabulary:
        pieces.append(f"piece{len(pieces)}")
        types.append(1)
    w.add_tokenizer_model("llama")
    w.add_token_list(pieces)
    w.add_token_scores([float(-i) for i in range(vocabulary)])
    w.add_token_types(types)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_unk_token_id(0)

    names = {
        "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight"}
    parts = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
        "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
        "post_attention_layernorm": "ffn_norm"}
    for key, p in model.named_parameters():
        target = names.get(key)
        kind, array = raw.get(key, (None, None))
        if array is None:
            array = p.detach().numpy().astype(np.float32)
        if target is None:
            _, _, layer, rest = key.split(".", 3)
            part, suffix = rest.rsplit(".", 1)
            target = f"blk.{layer}.{parts[part]}.{suffix}"
            if file_arch == "llama" and parts[part] in ("attn_q", "attn_k"):
                array = permute_rows(array, heads if parts[part] == "attn_q" else kv_heads)
        array = np.ascontiguousarray(array)
        w.add_tensor(target, array, raw_dtype=kind)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def folder_type(torch, fmt):
    return {"BF16": torch.bfloat16, "F16": torch.float16}[fmt]


def write_folder(path, spec, model):
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    # The weights are of this type already.
    model = copy.deepcopy(model).to(folder_type(torch, spec[8]))
    model.save_pretrained(path, max_shard_size=FOLDERS[spec[0]])
    (path / "generation_config.json").unlink()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.save(str(path / "tokenizer.json"))
    (path / "tokenizer_config.json").write_text(json.dumps(
        {"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": False}) + "\n")


def greedy(torch, model, prompt):
    """Ids and the least margin between the best and the second logit."""
    ids, margin = [], float("inf")
    with torch.no_grad():
        result = model(torch.tensor([prompt]), use_cache=True)
        while True:
            top = result.logits[0, -1].topk(2)
            margin = min(margin, float(top.values[0] - top.values[1]))
            ids.append(int(top.indices[0]))
            if len(ids) == GREEDY_TOKENS or margin < MARGIN:
                return ids, margin
            result = model(torch.tensor([ids[-1:]]), past_key_values=result.past_key_values,
                           use_cache=True)


def make_checkpoint(out, spec):
    import torch

    name, vocabulary, fmt = spec[0], spec[6], spec[8]
    for seed in range(1, 1000):
        torch.manual_seed(seed)
        model = hf_model(torch, spec, seed)
        raw = quantise(torch, model, fmt)
        if name in FOLDERS:  # norms and biases are of that type there, too
            for p in model.parameters():
                p.data = p.data.to(folder_type(torch, fmt)).float()
        rng = random.Random(seed)
        prompt = [1] + [rng.randrange(vocabulary) for _ in range(PROMPT_TOKENS - 1)]
        with torch.no_grad():
            logits = model(torch.tensor([prompt])).logits[0]
        tops = logits[POSITIONS].topk(2).values
        if float((tops[:, 0] - tops[:, 1]).min()) < MARGIN:
            continue
        ids, margin = greedy(torch, model, prompt)
        if margin >= MARGIN and len(set(ids)) > 5:
            break
    else:
        raise SystemExit(f"{name}: no seed gives clear greedy choices")
    if name in FOLDERS:
        write_folder(out / name, spec, model)
    else:
        write_gguf(out / f"{name}.gguf", spec, model, raw)
    logit_ids = list(range(0, vocabulary, 5))
    golden = {
        "name": name, "seed": seed, "prompt": prompt, "greedy": ids, "logit_ids": logit_ids,
        "positions": [
            {"position": p, "argmax": int(logits[p].argmax()),
             "logits": [round(float(logits[p][i]), 6) for i in logit_ids]} for p in POSITIONS]}
    (out / f"{name}.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(name, "seed", seed, "margin", round(margin, 4), "largest logit",
          round(float(logits.abs().max()), 2))


WORDS = ("the and of to in is that it was for on are as with they be at one have this from had by "
         "hot word but what some we can out other were all there when up use your how said an each "
         "she which do their time if will way about many then them write would like so these her "
         "long make thing see him two has look more day could go come did number sound no most").split()
ODD = ["  ", "   ", "\n", "\n\n", "\t", "é", "ß", "漢字", "😀", "👩‍👩‍👧", "\u2581", "x\u2581y", "123", "0x1F",
       "'ll", "don't", "...", "<s>", "</s>", "<0x41>", "{\"a\": 1}", "://", "ﷺ", "\u00a0", "aaaa",
       "thethe", "wo rd", "<|user|>", "[INST]", "a b c"]


def random_text(rng):
    parts = []
    for _ in range(rng.randrange(1, 20)):
        parts.append(rng.choice(WORDS) if rng.random() < 0.6 else rng.choice(ODD))
        if rng.random() < 0.6:
            parts.append(" ")
    return "".join(parts)


def make_llama_texts(out, path):
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    rng = random.Random(7)
    cases = []
    while len(cases) < 150:
        text = random_text(rng)
        # The library gives control pieces for their text; LMP never does.
        ids = processor.encode(text)
        if any(processor.is_control(i) for i in ids):
            continue
        cases.append({"text": text, "ids": ids})
    (out / "sentencepiece_llama.json").write_text(
        json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


def make_small_tokenizers(out):
    import io
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as pb

    rng = random.Random(3)
    lines = [" ".join(rng.choice(WORDS) for _ in range(12)) for _ in range(400)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=420,
        byte_fallback=True, character_coverage=1.0, normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        user_defined_symbols=["the", "wo\u2581rd", "\u2581\u2581", "[INST]"],
        minloglevel=2)
    tokenizers = []
    for name, unused_share, prefix, ties in (
            ("trained", 0.0, True, False), ("no_prefix", 0.0, False, False),
            ("unused", 0.25, True, False), ("unused_no_prefix", 0.5, False, False),
            ("equal_scores", 0.0, True, True)):
        proto = pb.ModelProto()
        proto.ParseFromString(model.getvalue())
        proto.normalizer_spec.add_dummy_prefix = prefix
        for piece in proto.pieces:
            if piece.type != 1:
                continue
            if len(piece.piece) > 1 and rng.random() < unused_share:
                piece.type = 5
            if ties:
                piece.score = float(-len(piece.piece))
        processor = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
        cases = []
        while len(cases) < 60:
            text = random_text(rng)
            ids = processor.encode(text)
            if not any(processor.is_control(i) for i in ids):
                cases.append({"text": text, "ids": ids})
        tokenizers.append({
            "name": name, "add_space_prefix": prefix, "unknown": processor.unk_id(),
            "pieces": [p.piece for p in proto.pieces], "scores": [p.score for p in proto.pieces],
            "types": [p.type for p in proto.pieces], "cases": cases})
    (out / "sentencepiece_small.json").write_text(
        json.dumps({"tokenizers": tokenizers}, separators=(",", ":")) + "\n")


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) <= 2 or sys.argv[2]:
        make_small_tokenizers(out)
    if len(sys.argv) > 2 and sys.argv[2]:
        make_llama_texts(out, sys.argv[2])
    for spec in CHECKPOINTS:
        if len(sys.argv) <= 3 or spec[0] in sys.argv[3:]:
            make_checkpoint(out, spec)


if __name__ == "__main__":
    main()
