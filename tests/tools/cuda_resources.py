#!/usr/bin/env python3
"""Registers, shared memory and stack of every CUDA kernel, as a table for docs/CUDA.md.

    cuda_resources.py LIBRARY [--cuobjdump PROGRAM]

LIBRARY is lib/liblmp_cuda_kernels.a of a build of the preset `cuda`. A row is a kernel; a range is over its instances.
Exits 1 if a kernel has a stack or local memory, which spills and arrays outside of registers need.
"""
import argparse
import re
import subprocess
import sys


def resources(library, cuobjdump):
    """(architecture, demangled kernel, counts) of every function."""
    text = subprocess.run([cuobjdump, "--dump-resource-usage", library], capture_output=True, text=True, check=True).stdout
    text = subprocess.run(["c++filt"], input=re.sub(r"(Function \S+):\n", r"\1\n", text), capture_output=True, text=True, check=True).stdout
    arch = name = None
    for line in text.splitlines():
        if match := re.match(r"arch = (\w+)", line):
            arch = match[1]
        elif match := re.match(r"\s*Function (.*)", line):
            name = match[1]
        elif "REG:" in line:
            yield arch, name, {key: int(value) for key, value in re.findall(r"(\w+):(\d+)", line)}


def kernel_of(name):
    return re.search(r"(\w+)Kernel\b", name)[1]


def span(values):
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("library")
    p.add_argument("--cuobjdump", default="cuobjdump")
    o = p.parse_args()
    kernels = {}
    stacks = 0
    for arch, name, counts in resources(o.library, o.cuobjdump):
        kernels.setdefault(kernel_of(name), {}).setdefault(arch, []).append(counts)
        if counts["STACK"] or counts["LOCAL"]:
            stacks += 1
            print(f"{arch} {name}: stack {counts['STACK']}, local {counts['LOCAL']}", file=sys.stderr)
    archs = sorted({arch for by_arch in kernels.values() for arch in by_arch})
    if not archs:
        sys.exit(f"{o.library}: no kernels")
    print("| kernel | instances | " + " | ".join(f"registers {a}" for a in archs) + " | shared, bytes | stack |")
    print("|---|---|" + "---|" * len(archs) + "---|---|")
    for kernel, by_arch in sorted(kernels.items()):
        every = [c for counts in by_arch.values() for c in counts]
        cells = [kernel, str(len(by_arch[archs[0]]))]
        cells += [span([c["REG"] for c in by_arch[a]]) for a in archs]
        # Later devices count 1 KiB more, which they keep for themselves.
        cells += [span([c["SHARED"] for c in by_arch[archs[0]]]), span([c["STACK"] + c["LOCAL"] for c in every])]
        print("| " + " | ".join(cells) + " |")
    return 1 if stacks else 0


if __name__ == "__main__":
    sys.exit(main())
