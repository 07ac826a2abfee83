#!/usr/bin/env python3
"""Writes a checkpoint as a Q8_0 GGUF that llama.cpp and LMP load, and reads the weights back.

  export.py --work DIR --out demo.gguf
"""
import argparse
import pathlib

import gguf
import torch

import model as demo
import tokenizer as tok

# Tensor names of the GGUF for the parts of a block.
PARTS = {"attn_norm.weight": "attn_norm.weight", "q.weight": "attn_q.weight", "q.bias": "attn_q.bias",
         "k.weight": "attn_k.weight", "k.bias": "attn_k.bias", "v.weight": "attn_v.weight", "v.bias": "attn_v.bias",
         "o.weight": "attn_output.weight", "ffn_norm.weight": "ffn_norm.weight", "gate.weight": "ffn_gate.weight",
         "up.weight": "ffn_up.weight", "down.weight": "ffn_down.weight"}
TOP = {"embed.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}
TEMPLATE = ("{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + "
            "'<|end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}")


def gguf_name(name):
    if name in TOP:
        return TOP[name]
    _, i, part = name.split(".", 2)
    return f"blk.{i}.{PARTS[part]}"


def write_gguf(path, net, tokenizer, description):
    c = net.config
    w = gguf.GGUFWriter(str(path), "qwen2")
    w.add_name("LMP demo")
    w.add_description(description)
    w.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    w.add_block_count(c.layers)
    w.add_context_length(c.context)
    w.add_embedding_length(c.width)
    w.add_feed_forward_length(c.ffn)
    w.add_head_count(c.heads)
    w.add_head_count_kv(c.kv_heads)
    w.add_layer_norm_rms_eps(c.eps)
    w.add_rope_freq_base(c.rope_base)
    w.add_vocab_size(c.vocab)

    sp, kinds = tokenizer.sp, gguf.TokenType
    def kind(i):
        return (kinds.UNKNOWN if sp.is_unknown(i) else kinds.CONTROL if sp.is_control(i)
                else kinds.BYTE if sp.is_byte(i) else kinds.NORMAL)
    w.add_tokenizer_model("llama")
    w.add_token_list([sp.id_to_piece(i).encode() for i in range(tokenizer.size)])
    w.add_token_scores([sp.get_score(i) for i in range(tokenizer.size)])
    w.add_token_types([kind(i) for i in range(tokenizer.size)])
    w.add_unk_token_id(sp.unk_id())
    w.add_bos_token_id(sp.bos_id())
    w.add_eos_token_id(sp.eos_id())
    w.add_eot_token_id(tokenizer.end)
    w.add_add_bos_token(True)
    w.add_add_eos_token(False)
    w.add_add_space_prefix(False)          # bodies are encoded exactly as written
    w.add_chat_template(TEMPLATE)
    for role in tok.ROLES:
        w.add_string(f"lmp.chat.{role}.header", f"<|{role}|>")
    w.add_string("lmp.chat.footer", "<|end|>\n")

    for name, tensor in net.state_dict().items():
        array = tensor.detach().float().cpu().numpy()
        if array.ndim == 2:
            q8 = gguf.GGMLQuantizationType.Q8_0
            w.add_tensor(gguf_name(name), gguf.quants.quantize(array, q8), raw_dtype=q8)
        else:
            w.add_tensor(gguf_name(name), array)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def read_gguf(path, config=None):
    """The weights of a GGUF made here, in fp32."""
    reader = gguf.GGUFReader(str(path))
    tensors = {t.name: t for t in reader.tensors}
    layers = int(reader.fields["qwen2.block_count"].contents())
    config = config or demo.Config(layers=layers)
    state = demo.Demo(config).state_dict()
    for name, value in state.items():
        t = tensors[gguf_name(name)]
        array = gguf.quants.dequantize(t.data, t.tensor_type)
        state[name] = torch.from_numpy(array.copy()).reshape(value.shape).float()
    return state


def load(path):
    """A model with the weights of a GGUF or of a checkpoint."""
    if path.suffix == ".gguf":
        layers = int(gguf.GGUFReader(str(path)).fields["qwen2.block_count"].contents())
        net = demo.Demo(demo.Config(layers=layers))
        net.load_state_dict(read_gguf(path, net.config))
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
        net = demo.Demo(demo.Config(**state["config"]))
        net.load_state_dict(state.get("mean", state["net"]))
    return net.eval()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                allow_abbrev=False)
    p.add_argument("--work", type=pathlib.Path, required=True)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--tokenizer", type=pathlib.Path, default=tok.HERE / "tokenizer.model")
    o = p.parse_args()
    state = torch.load(o.work / "last.pt", map_location="cpu", weights_only=True)
    net = demo.Demo(demo.Config(**state["config"]))
    net.load_state_dict(state.get("mean", state["net"]))
    done = state["done"]
    write_gguf(o.out, net, tok.Tokenizer(o.tokenizer), "A small model that reads: LMP's demonstration and test "
               f"instrument, no chat model. {done['step']} steps, {done['tokens'] / 1e6:.1f}M tokens.")
    print(f"{o.out}: {o.out.stat().st_size / 1e6:.2f} MB, {net.config.layers} layers, step {done['step']}")


if __name__ == "__main__":
    main()
