#!/usr/bin/env bash
# Install allowctl from the action's own checkout: what runs is what `uses:` pins.
# Every package comes with its hash, wherever pip is told to look for it.
#
# -I: what lies in the folder of the job (a pip.py, a venv.py) is never imported.
set -euo pipefail

folder=$RUNNER_TEMP/allowctl-venv
python=$folder/bin/python
install=("$python" -I -m pip install --quiet --disable-pip-version-check)
pinned=(--require-hashes --only-binary :all: --no-compile)

python -I -m venv --clear "$folder"
"${install[@]}" "${pinned[@]}" -r "$GITHUB_ACTION_PATH/requirements/runtime.txt"
"${install[@]}" "${pinned[@]}" -r "$GITHUB_ACTION_PATH/requirements/build.txt"
"${install[@]}" --no-deps --no-index --no-build-isolation "$GITHUB_ACTION_PATH"

printf 'python=%s\n' "$python" >>"$GITHUB_OUTPUT"
