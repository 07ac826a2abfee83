#!/usr/bin/env python3
"""The programs of `lmp bench passes` over an asyncio client of the same engine.

The client asks one generation at a time, through the Python package, and gathers what it can; the engine's prefix cache
is on for both. Prints one JSON object: the client's time over the program's, median of the repetitions.

  PYTHONPATH=build/release/python tests/bench/passes_client.py [--model FILE] [--reps N]
"""

import argparse
import asyncio
import json
import pathlib
import random
import re
import statistics
import time

import lmp

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = "port harbour owl copper letter winter road baker king river sky town".split()
SEARCH_S = 0.4


def words(seed, count):
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(count))


class Client:
    def __init__(self, engine, program):
        self.engine, self.program = engine, program

    async def call(self, function, **arguments):
        return (await self.engine.start(self.program, arguments, function=function)).value

    async def search(self, query):
        await asyncio.sleep(SEARCH_S)
        return words(query, 80)

    async def rag(self, letter, question):
        queries = await self.call("plan", question=question)
        found = await asyncio.gather(*(self.search(q) for q in queries))
        await self.call("reply", letter=letter, question=question, found="\n".join(found))

    async def map_reduce(self, topic):
        async def note(title):
            return await self.call("note", title=title, source=await self.search(title))
        notes = await asyncio.gather(*(note(t) for t in await self.call("sections", topic=topic)))
        await self.call("report", topic=topic, notes="\n".join(notes))

    async def skeleton(self, topic):
        points = await self.call("outline", topic=topic)
        await asyncio.gather(*(self.call("body", topic=topic, point=p) for p in points))


async def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", default=str(ROOT / "examples/models/demo/demo.gguf"))
    options.add_argument("--reps", type=int, default=5)
    options = options.parse_args()
    source = (ROOT / "runtime/api/passes_bench_programs.h").read_text()
    program = lmp.compile(re.search(r'R"lmp\((.*)\)lmp"', source, re.DOTALL).group(1), "passes.lmp")
    engine = lmp.Engine(options.model)
    client = Client(engine, program)

    async def search(query):
        return await client.search(query)
    engine.set_tool("search", search)

    def arguments(name, rep):
        if name == "rag":
            return {"letter": words(rep, 1200), "question": words(rep + 1000, 12)}
        return {"topic": words(rep + 2000, 12)}

    async def timed(work):
        engine.clear_cache()
        begin = time.perf_counter()
        await work
        return time.perf_counter() - begin

    rows = []
    for name in ("rag", "map_reduce", "skeleton"):
        ratios = []
        for rep in range(options.reps):
            given = arguments(name, rep)
            theirs = await timed(getattr(client, name)(**given))
            ours = await timed(client.call(name, **given))
            ratios.append(theirs / ours)
        rows.append({"row": f"asyncio_ratio/{name}", "value": round(statistics.median(ratios), 3), "unit": "x",
                     "min": round(min(ratios), 3), "max": round(max(ratios), 3)})
    print(json.dumps({"bench": "passes_client", "reps": options.reps, "model": options.model, "rows": rows}, indent=1))


asyncio.run(main())
