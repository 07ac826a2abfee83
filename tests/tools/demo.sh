#!/usr/bin/env bash
# The main job: three programs on the demo model (or --model FILE), answers as they stream, one line
# of tokens each. Called by `./dev demo`.
set -euo pipefail
lmp=$1
shift
model=()
if [ "${1:-}" = --model ]; then
  model=(--model "${2:?--model needs a file}")
elif [ ! -f examples/models/demo/demo.gguf ]; then
  echo "There is no demo model in this tree yet: ./dev demo --model FILE.gguf"
  exit 1
fi
for program in rag fork story; do
  echo
  echo "--- examples/$program.lmp"
  "$lmp" run "examples/$program.lmp" "${model[@]}" --stats
done
cat <<TEXT

Try next:
  $lmp run examples/rag.lmp ${model[*]} --arg question="Where is the gold key?" --explain
  $lmp explain examples/fork.lmp
  $lmp repl ${model[*]}
TEXT
