#!/bin/sh
# Makes the virtual environment with a Python that the project supports, and puts the locked uv into it.
#   scripts/make_venv.sh .venv [PYTHON]
set -eu

venv=$1
chosen=${2:-}

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in ${chosen:-python3 python3.13 python3.12 python3.11 python}; do
        if supported "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if [ -n "$chosen" ]; then
        echo "$chosen is not Python 3.11, 3.12 or 3.13: $("$chosen" --version 2>&1 || true)" >&2
    else
        echo "No Python 3.11, 3.12 or 3.13 found; python3 is $(python3 --version 2>&1 || true)" >&2
    fi
    echo "Install one of them, or name it: make setup PYTHON=/path/to/python3.12" >&2
    exit 1
}

if [ -x "$venv/bin/python" ] && ! supported "$venv/bin/python"; then
    echo "$venv holds a Python that is gone or not supported: making it again" >&2
    rm -rf "$venv"
fi
if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)"
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi

# Only uv's own entry of the lock, so that its version and hashes stand in one place.
entry=$(mktemp)
trap 'rm -f "$entry"' EXIT
awk '/^uv==/ { on = 1; print; next } on && !/^    --hash/ { exit } on' requirements-dev.txt >"$entry"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$entry"
