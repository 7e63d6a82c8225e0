#!/bin/sh
# Prepares the virtual environment named as first argument with what the second one asks for: `.` is the pinned packages
# of pyproject.toml and the till command, `.[test]` also what the tests need: the extra, and the drivers of the group `field`.
# Needs Python 3.10 or later with venv; where Debian has split venv off, it is installed when we may, else named.
set -eu

venv=$1
wanted=$2
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

command -v "$python" >/dev/null 2>&1 || { say "setup: $python not found: install Python 3.10 or later"; exit 2; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    say "setup: $python is older than 3.10: name a newer one, e.g. make PYTHON=python3.12 setup"
    exit 2
}

make_venv() { "$python" -m venv "$venv" >/dev/null 2>&1 && [ -x "$venv/bin/pip" ]; }

if [ ! -x "$venv/bin/pip" ] && ! make_venv; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    rm -rf "$venv"
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "setup: installing python$version-venv"
        apt-get update -qq >/dev/null 2>&1 || true
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null 2>&1 ||
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null 2>&1 || true
    fi
    make_venv || { rm -rf "$venv"; say "setup: Python's venv is missing: sudo apt-get install python$version-venv"; exit 2; }
fi

say "setup: installing the pinned packages into $venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -e "$wanted" || {
    say "setup: the packages could not be installed (is the network there?)"
    exit 2
}

case $wanted in
*test*)
    field=$("$venv/bin/python" - <<'END'
try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["dependency-groups"]["field"])
END
    ) && "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps $field || {
        say "setup: the drivers that the tests run could not be installed (is the network there?)"
        exit 2
    }
    ;;
esac
