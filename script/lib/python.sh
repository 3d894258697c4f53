# shellcheck shell=bash
# stomp.py, Python's STOMP client, for the browser tests' project `interop`.

STOMP_PY=$TOOLS/python
STOMP_PY_LOCK=end2end/interop/python/requirements.txt
# stomp.py refuses older ones.
PYTHON_OLDEST=3.10

# In a virtual environment at the versions of its lock file; again only when that has changed.
# Without Python its tests are left out, and say so; in CI their absence is a failure.
ensure_stomp_py() {
    [ -x "$STOMP_PY/bin/python" ] && cmp -s "$STOMP_PY_LOCK" "$STOMP_PY/lock" && return
    if ! have python3 && is_debian && may_be_root; then
        apt_install "Python for one of the clients under test" python3 python3-venv
    fi
    if ! version_at_least "$(version_of python3 --version)" "$PYTHON_OLDEST"; then
        note "No Python $PYTHON_OLDEST or newer: the tests with stomp.py are left out."
        return
    fi
    say "Installing stomp.py for the tests of other people's clients (seconds)."
    rm -rf "$STOMP_PY"
    make_venv || die "python3 could not make a virtual environment in $STOMP_PY; its last words are above."
    run_logged "$STOMP_PY/bin/python" -m pip install --disable-pip-version-check --require-hashes \
        -r "$STOMP_PY_LOCK" || die "pip could not install what $STOMP_PY_LOCK names; is PyPI reachable?"
    cp "$STOMP_PY_LOCK" "$STOMP_PY/lock"
}

# Debian has the module in a package of its own.
make_venv() {
    if is_debian && may_be_root && ! python3 -c 'import ensurepip' 2>/dev/null; then
        apt_install "Python's module venv" python3-venv
    fi
    run_logged python3 -m venv "$STOMP_PY"
}
