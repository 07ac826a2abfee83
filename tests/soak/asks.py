"""What the soak asks, and the programs that it is served with."""
PROGRAMS = """
import std.rag
record Note { text: string(max: 12) "what it says", stars: int(1..5) = 3 }
record Left { at: int }
record Right { at: int }
enum Mood { good bad = "not so good" }
fn main(q: string, seed: int = 0) -> string {
  system "You know where everybody is. Answer in few words, and never say more than you were asked for."
  user q
  gen first with max: 12
  user "Why?"
  gen second with max: 12
  emit "${first} / ${second}"
  return second
}
fn forks(q: string) -> list<string> {
  user q
  let all = fork i in 0..3 with temp: 1.0 { gen said with max: 8  yield said }
  emit "${all}"
  return all
}
fn typed(note: Note, way: Left | Right, tags: list<string>(0..3) = [], mood: Mood? = null) -> Note {
  user "As ${schema(Note)}: ${note} ${way} ${tags} ${mood == null ? "none" : json(mood)}"
  gen made: Note with max: 60
  emit made.text
  return made
}
fn told(q: string, texts: list<string>) -> rag.Answer {
  return rag.answer(q, [passage(id: "${i}", text: texts[i]) for i in 0..len(texts)], reuse: "prefix")
}
fn linked(q: string, texts: list<string>) -> string {
  user { insert [passage(id: "${i}", text: texts[i]) for i in 0..len(texts)] with reuse: link(4)  "${q}" }
  gen said with max: 12
  emit said
  return said
}
fn unlinked(q: string, texts: list<string>) -> string {
  user { insert [passage(id: "${i}", text: texts[i]) for i in 0..len(texts)]  "${q}" }
  gen said with max: 12
  emit said
  return said
}
fn much(lines: int) { for i in 0..lines { emit "0123456789012345678901234567890123456789012345678901234567890123" } }
fn counted(text: string) -> int { return len(text) }
fn fails(n: int) -> int { emit "before"  return 1 / n }
"""
TOOLED = """
config { allow: ["127.0.0.1:%d"] }
@timeout(%ds) tool fetch(how: string) -> string = http.get("http://127.0.0.1:%d/${how}")
fn main(how: string) -> string { emit "begun "  user fetch(how)  gen said with max: 6  return said }
"""

# What is sent to the playground.
SENT = """
fn ask(who: string) -> string { system "Say little."  user "Where is ${who}?"  gen said with max: 6  return said }
fn main(loud: bool = false) -> list<string> {
  let all = fork who in ["Ann", "Ben", "Cleo"] { yield ask(who) }
  emit "${all}"
  return all
}
"""
SPINS = "fn main() -> int { var n = 0  for i in 0..100000 { for j in 0..100000 { n = (n + j) % 7 } }  return n }"
SAYS = 'fn say() -> string { user "go on"  gen x with max: 16  return x }\nfn main() { for i in 0..100000 { emit say() } }'
GROWS = 'fn main() -> int { var s = "0123456789"  for i in 0..60 { s = s + s }  return len(s) }'

PASSAGES = [" ".join(f"The port of town {i}{j} is {i * 100 + j}." for j in range(12)) for i in range(8)]


def passages(*numbers):
    return [{"id": f"p{i}", "text": PASSAGES[i], "document": f"town{i % 2}.md"} for i in numbers]


def asks():
    """Name -> path and body of what is asked; each says the same whenever it is asked."""
    chat, text = "/v1/chat/completions", "/v1/completions"
    long = "Ann is in the kitchen. Ben has the red ball. The box in the hall is empty. " * 6
    one = [{"role": "user", "content": "Where is Ann?"}]
    add = {"type": "function", "function": {"name": "add", "parameters": {
        "type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 99}, "unit": {"enum": ["kg", "m"]}},
        "required": ["a", "unit"], "additionalProperties": False}}}
    schema = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 8}, "n": {"type": "integer"}},
              "required": ["name", "n"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    found = {
        "greedy chat": (chat, {"messages": one, "temperature": 0, "max_tokens": 24}),
        "drawn chat": (chat, {"messages": one, "seed": 7, "max_tokens": 24}),
        "three choices": (chat, {"messages": one, "seed": 8, "n": 3, "max_tokens": 12}),
        "scores": (chat, {"messages": one, "temperature": 0, "max_tokens": 8, "logprobs": True, "top_logprobs": 3}),
        "text scores": (text, {"prompt": "Ann is", "temperature": 0, "max_tokens": 8, "logprobs": 2}),
        "text": (text, {"prompt": long, "temperature": 0, "max_tokens": 40}),
        "ids": (text, {"prompt": [list(range(300, 340)), list(range(310, 330))], "seed": 3, "max_tokens": 20}),
        "long ids": (text, {"prompt": [300 + i % 700 for i in range(500)], "temperature": 0, "max_tokens": 30}),
        "form": (chat, {"messages": one, "seed": 5, "max_tokens": 60, "response_format": form}),
        "grammar": (text, {"prompt": "Yes or no? ", "seed": 1, "max_tokens": 8, "grammar": 'root ::= "yes" | "no" | "maybe"'}),
        "tools": (chat, {"messages": one, "seed": 6, "max_tokens": 80, "tools": [add], "tool_choice": "required"}),
        "stops": (text, {"prompt": "Ann", "seed": 2, "max_tokens": 40, "stop": ["e", "an"]}),
        "program": ("/v1/programs/soak", {"arguments": {"q": "Where is Ben?"}, "seed": 4}),
        # So long that it is read beside chats, and not with what is short.
        "long call": ("/v1/programs/soak", {"function": "counted", "arguments": {"text": "word " * 18_000}}),
        "forks": ("/v1/programs/soak", {"function": "forks", "arguments": {"q": "Who?"}, "seed": 9}),
        "typed": ("/v1/programs/soak", {"function": "typed", "seed": 2, "arguments": {
            "note": {"text": "a"}, "way": {"kind": "Right", "at": -5}, "tags": ["x", ""], "mood": "not so good"}}),
        "told": ("/v1/programs/soak", {"function": "told", "seed": 3, "arguments": {"q": "Which port has town 12?", "texts": PASSAGES[:2]}}),
        "answer": ("/v1/answer", {"question": "What is the port of town 12?", "passages": passages(0, 1, 2), "seed": 1}),
        "answer turned": ("/v1/answer", {"question": "What is the port of town 12?", "passages": passages(2, 1, 0), "seed": 1}),
        "answer others": ("/v1/answer", {"question": "Which town is it?", "passages": passages(3, 4, 1), "seed": 1, "reuse": "prefix"}),
        "answer from nothing": ("/v1/answer", {"question": "Which town is it?", "passages": []}),
        "unlinked": ("/v1/programs/soak", {"function": "unlinked", "seed": 5, "arguments": {"q": "Where?", "texts": PASSAGES[5:8]}}),
        "played": ("/v1/playground/run", {"source": SENT, "arguments": {"loud": True}, "seed": 6}),
        "played from the shelf": ("/v1/playground/run", {"program": "soak", "function": "main", "arguments": {"q": "Where is Ben?"}, "seed": 4}),
        "tool": ("/v1/programs/tooled", {"arguments": {"how": "quick"}, "seed": 9}),
    }
    for i in range(6):  # conversations that share their beginning, and stand in each other's way in the cache
        turns = [{"role": "system", "content": long}, {"role": "user", "content": f"What about number {i}?"}]
        found[f"shared {i}"] = (chat, {"messages": turns, "temperature": 0, "max_tokens": 16 + 8 * i})
    return found


def loose_asks():
    """Name -> the ask of `asks` whose answer it gives if it says that it is exact, path and body."""
    found = {}
    for name in ("answer", "answer turned", "answer others"):
        for reuse in ("link", "blend", "auto"):
            path, body = asks()[name]
            found[f"{name}, {reuse}"] = (name, path, {**body, "reuse": reuse})
    path, body = asks()["unlinked"]
    found["linked"] = ("unlinked", path, {**body, "function": "linked"})
    return found


def streaming(path, body, stream):
    """The same body, whole or in pieces."""
    if "playground" in path:  # knows streams only
        return body
    if not stream:
        return body
    if path in ("/v1/chat/completions", "/v1/completions"):
        return {**body, "stream": True, "stream_options": {"include_usage": True}}
    return {**body, "stream": True}
