# shellcheck shell=bash
# What every script here needs: where things are, which versions, how to speak and how to fail.
# Sourced, never run. Works with bash 3.2, which is what macOS still ships.
# shellcheck disable=SC2034 # the names below are used by the files that source this one

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# The toolchain override, the lock file and every relative path below belong to the checkout.
cd "$ROOT" || exit 1

CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
CARGO_BIN=$CARGO_HOME/bin
# npm packages that stand in for native tools (wasm-opt, a newer Node).
TOOLS=$CARGO_HOME/roomside-tools
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/roomside
mkdir -p "$CACHE"

# The user's own PATH, kept to tell later whether a plain shell finds what was installed.
USER_PATH=${USER_PATH:-$PATH}
export USER_PATH
case ":$PATH:" in
    *":$CARGO_BIN:"*) ;;
    *) PATH=$CARGO_BIN:$PATH ;;
esac
export PATH

# The versions that were seen to work together. A newer one of a tool that is only a tool is
# welcome; wasm-bindgen must equal the crate, and is read from Cargo.lock.
RUST_NEEDED=1.96.0
CARGO_LEPTOS_VERSION=0.3.11
TRUNK_VERSION=0.21.14
CARGO_DENY_VERSION=0.20.2
BINARYEN_VERSION=132
# Debian 12 ships wasm-opt 108, which turns today's modules into ones that browsers refuse.
WASM_OPT_OLDEST=120
# The versions that end2end/package.json names, too.
SOCKJS_CLIENTS="1.1.2 1.6.1"
# Playwright refuses older ones.
NODE_OLDEST=20
NODE_OURS=22

say() { printf '%s\n' "-> $*"; }
note() { printf '%s\n' "   $*"; }

# One clear sentence, and out.
die() {
    printf '%s\n' "!! $*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# version_at_least HAVE WANTED, both like 1.2.3 (missing parts count as 0).
version_at_least() {
    awk -v have="$1" -v want="$2" 'BEGIN {
        split(have, h, "."); split(want, w, ".")
        for (i = 1; i <= 3; i++) {
            if (h[i] + 0 > w[i] + 0) exit 0
            if (h[i] + 0 < w[i] + 0) exit 1
        }
        exit 0
    }'
}

# The first thing that looks like a version in what a command prints; empty if it does not run.
version_of() { "$@" 2>/dev/null </dev/null | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1; }

minutes() { printf '%d:%02d min' $(($1 / 60)) $(($1 % 60)); }

# Runs a command quietly: its output goes to a log, once a minute the last line of it is shown,
# and when it fails the end of the log is. The status is the command's.
run_logged() {
    local log=$CACHE/step.log start=$SECONDS beat status=0
    : >"$log"
    (
        while sleep 60 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
            note "$(minutes $((SECONDS - start))) $(tail -n 1 "$log" | cut -c 1-100)"
        done
    ) &
    beat=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$beat" 2>/dev/null
    wait "$beat" 2>/dev/null
    if [ "$status" -ne 0 ]; then
        note "that failed; the end of its output:"
        tail -n 15 "$log" | sed 's/^/   | /'
    fi
    return "$status"
}
