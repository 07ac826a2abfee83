"""The shortest host in Python: one question, the answer as it comes."""
import sys
import lmp

engine = lmp.Engine(sys.argv[1])
program = lmp.compile("fn main(q: string) { user q  gen reply with max: 40  emit reply }")
for text in engine.stream(program, {"q": sys.argv[2]}):
    print(text, end="", flush=True)
