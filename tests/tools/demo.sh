#!/usr/bin/env bash
# The main job: three programs on the demo model (or --model FILE), answers as they stream, one line
# of tokens each. Called by `./dev demo`. Goes on after a program that fails; exits 1 if one did.
set -uo pipefail
lmp=$1
shift
model=()
if [ "${1:-}" = --model ]; then
  model=(--model "${2:?--model needs a file}")
elif [ ! -f examples/models/demo/demo.gguf ]; then
  echo "There is no demo model in this tree yet: ./dev demo --model FILE.gguf"
  exit 1
fi
status=0
for program in rag fork story; do
  echo
  echo "--- examples/$program.lmp"
  "$lmp" run "examples/$program.lmp" "${model[@]}" --stats || status=1
done
cat <<TEXT

Try next:
  $lmp run examples/rag.lmp answer ${model[*]} --arg question="What is the port of Botu?" --explain
  $lmp explain examples/fork.lmp ${model[*]}
  $lmp repl ${model[*]}
TEXT
exit $status
