# A conversation: the host holds the context, and each run goes on from it.
import sys
import lmp

engine = lmp.Engine(sys.argv[1])
program = lmp.compile("""
fn begin() -> context { return context { system "You are brief." } }
fn turn(talk: context, said: string) -> context {
  var mine = talk
  on mine { user said  gen reply with max: 40 }
  emit reply
  return mine
}""")
talk = engine.run(program, function="begin").value
for said in sys.stdin:
    run = engine.start(program, {"talk": talk, "said": said.rstrip("\n")}, function="turn")
    for text in run:
        print(text, end="", flush=True)
    print()
    talk = run.result().value
