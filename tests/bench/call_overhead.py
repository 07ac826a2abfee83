#!/usr/bin/env python3
"""What a call of a compiled program costs from Python, without generation: median of 5 runs of 5,000 calls.

    call_overhead.py FOLDER_WITH_lmp MODEL.gguf
"""
import statistics
import sys
import time

CALLS = 5000


def main():
    sys.path.insert(0, sys.argv[1])
    import lmp

    engine = lmp.Engine(sys.argv[2], threads=1)
    program = lmp.compile("fn add(a: int, b: int) -> int { return a + b }")
    medians = []
    for _ in range(5):
        micros = []
        for number in range(CALLS):
            begin = time.perf_counter()
            value = engine.run(program, {"a": number, "b": 1}, function="add").value
            micros.append((time.perf_counter() - begin) * 1e6)
            assert value == number + 1
        medians.append(statistics.median(micros))
    print(f"call from Python: {statistics.median(medians):.1f} us [{min(medians):.1f}, {max(medians):.1f}]")


if __name__ == "__main__":
    main()
