#!/usr/bin/env bash
# The main job: three programs on the demo model (or --model FILE), answers as they stream, one line
# of tokens each. Called by `./dev demo` as: demo.sh LMP CALLER_FOLDER [--model FILE]. Goes on after
# a program that fails; exits 1 if one did, or if none ran.
set -uo pipefail
lmp=$1
caller=$2
shift 2
model=
while [ $# -gt 0 ]; do
  case "$1" in
    --model) model=${2:-}; shift $(($# > 1 ? 2 : 1)); [ -n "$model" ] || { echo "demo: --model needs a file" >&2; exit 2; } ;;
    --model=?*) model=${1#--model=}; shift ;;
    *) echo "demo: unknown argument '$1'; it takes --model FILE" >&2; exit 2 ;;
  esac
done
words=()  # how the commands below name the model
if [ -n "$model" ]; then
  case "$model" in /*) ;; *) model=$caller/$model ;; esac
  words=(--model "$model")
elif [ ! -f examples/models/demo/demo.gguf ]; then
  echo "There is no demo model in this tree yet: ./dev demo --model FILE.gguf" >&2
  exit 3
fi
# A model that cannot be read is said once, not three times.
"$lmp" info "${words[@]}" >/dev/null || exit $?

said=$(mktemp)
trap 'rm -f "$said"' EXIT
failed=0
ran=()
for program in rag fork story; do
  echo
  echo "--- examples/$program.lmp"
  if "$lmp" run "examples/$program.lmp" "${words[@]}" --stats 2>"$said"; then
    cat "$said"
    ran+=("$program")
  elif grep -q -e 'E0701' -e 'failure: `overflow`' "$said"; then
    echo "left out: the context of this model is too small for this program"
    grep -h -e 'context' "$said" | head -n 1
  else
    cat "$said"
    failed=1
  fi
done

shown() {  # as a shell reads it back
  local word
  for word in "$@"; do
    case "$word" in
      *[!A-Za-z0-9_./=:,+-]*) printf " '%s'" "${word//\'/\'\\\'\'}" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
}
echo
echo "Try next:"
tries=0
for program in "${ran[@]}"; do
  case "$program" in
    rag) echo " $(shown "$lmp" run examples/rag.lmp answer "${words[@]}" --arg 'question=What is the port of Botu?' --explain)" ;;
    fork) echo " $(shown "$lmp" explain examples/fork.lmp "${words[@]}")" ;;
    story) echo " $(shown "$lmp" run examples/story.lmp "${words[@]}" --arg turns=3 --seed 5 --stats)" ;;
  esac
  tries=$((tries + 1))
done
[ $tries -lt 3 ] && echo " $(shown "$lmp" repl "${words[@]}")" && tries=$((tries + 1))
[ $tries -lt 3 ] && echo " $(shown "$lmp" info "${words[@]}")" && tries=$((tries + 1))
[ $tries -lt 3 ] && echo " $(shown "$lmp" check examples/rag.lmp)"
[ ${#ran[@]} -gt 0 ] || failed=1
exit $failed
