#!/usr/bin/env bash
# `allowctl check`, as action.yml runs it. Inputs come in the environment (CHECK_*)
# and leave in the argument list, one word each: no text of theirs is ever a script.
# It runs on bash 3.2 too, which macOS has.
set -euo pipefail
set -f # a name with a star in it is a name

refuse() { # INPUT REASON: the input's own text is not repeated, it could be a command
  printf '::error title=allowctl::the input %s %s\n' "$1" "$2"
  printf 'exit-code=2\n' >>"$GITHUB_OUTPUT"
  exit 2
}

plain() { # INPUT VALUE: one line, or nothing
  case $2 in *[[:cntrl:]]*) refuse "$1" "holds a control character or a second line" ;; esac
}

words=()
split() { # INPUT VALUE: the list's items, into `words`
  local found=() word
  words=()
  IFS=$', \t\r\n' read -r -d '' -a found <<<"$2" || true
  for word in ${found[@]+"${found[@]}"}; do
    plain "$1" "$word"
    case $word in
      "") ;;
      -*) refuse "$1" "has an item that begins with a dash" ;;
      *) words+=("$word") ;;
    esac
  done
}

joined() { # the items of `words` with commas between
  local IFS=,
  printf '%s' "${words[*]}"
}

absolute() { # a path, from the root on
  case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac
}

plain working-directory "$CHECK_FOLDER"
plain config "$CHECK_CONFIG"
plain fail-on "$CHECK_FAIL_ON"
plain sarif-file "$CHECK_SARIF_FILE"
plain junit-file "$CHECK_JUNIT_FILE"
cd -P -- "${GITHUB_WORKSPACE:?}"
# From the root on: to cd, a dash alone is a place to go back to.
cd -P -- "$(absolute "${CHECK_FOLDER:-.}")" 2>/dev/null || refuse working-directory "is no folder"
plain working-directory "$PWD" # behind links it may be called otherwise

sarif=$(absolute "${CHECK_SARIF_FILE:-$RUNNER_TEMP/allowctl.sarif}")
junit=${CHECK_JUNIT_FILE:+$(absolute "$CHECK_JUNIT_FILE")}
arguments=(check --format=github "--output=sarif=$sarif")
[ -z "$junit" ] || arguments+=("--output=junit=$junit")
[ -z "$CHECK_CONFIG" ] || arguments+=("--config=$CHECK_CONFIG")
[ -z "$CHECK_FAIL_ON" ] || arguments+=("--fail-on=$CHECK_FAIL_ON")
split chains "$CHECK_CHAINS"
[ "${#words[@]}" -eq 0 ] || arguments+=("--chain=$(joined)")
split allow-incomplete "$CHECK_ALLOW_INCOMPLETE"
[ "${#words[@]}" -eq 0 ] || arguments+=("--allow-incomplete=$(joined)")
case $CHECK_EXIT_ZERO in
  true) arguments+=(--exit-zero) ;;
  false | "") ;;
  *) refuse exit-zero "is neither true nor false" ;;
esac
split wallets "$CHECK_WALLETS"
arguments+=(-- ${words[@]+"${words[@]}"})

code=0
"$CHECK_PYTHON" -I -m allowctl "${arguments[@]}" || code=$?

# With any other code nothing was written: what is there is an earlier step's.
case $code in 0 | 1 | 3) ;; *) sarif='' junit='' ;; esac
{
  printf 'exit-code=%s\n' "$code"
  [ ! -f "$sarif" ] || printf 'sarif-file=%s\n' "$sarif"
  [ ! -f "$junit" ] || printf 'junit-file=%s\n' "$junit"
} >>"$GITHUB_OUTPUT"
exit "$code"
