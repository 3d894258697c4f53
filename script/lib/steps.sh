# shellcheck shell=bash
# Runs a script's steps one after the other, says how long each took, and adds up the tests.

PASSED=0
FAILED=0

# step NAME COMMAND…: ends the whole run when the command fails.
step() {
    local name=$1 start=$SECONDS failed_before=$FAILED
    shift
    printf '\n== %s\n' "$name"
    if "$@"; then
        printf '== %s: ok, %s\n' "$name" "$(minutes $((SECONDS - start)))"
        return
    fi
    # A step that is no test, or that died before it could count, is itself one failure.
    [ "$FAILED" -gt "$failed_before" ] || FAILED=$((FAILED + 1))
    printf '!! %s: FAILED after %s\n' "$name" "$(minutes $((SECONDS - start)))"
    sum_up
    exit 1
}

# The last line of every run.
sum_up() { printf '\n%s passed, %s failed\n' "$PASSED" "$FAILED"; }

# count_cargo_tests LOG: adds up the `test result:` lines.
count_cargo_tests() {
    local counts
    counts=$(awk '/^test result:/ { passed += $4; failed += $6 } END { print passed + 0, failed + 0 }' "$1")
    PASSED=$((PASSED + ${counts% *}))
    FAILED=$((FAILED + ${counts#* }))
}

# count_playwright REPORT: adds up Playwright's own statistics; a test that passed only when it was
# tried again counts as passed, as it does for Playwright.
count_playwright() {
    local counts
    # shellcheck disable=SC2016 # the ${…} are JavaScript's
    counts=$(node -p 'const { stats, errors } = JSON.parse(require("fs").readFileSync(process.argv[1]));
        `${stats.expected + stats.flaky} ${stats.unexpected + errors.length}`' "$1") || return 1
    PASSED=$((PASSED + ${counts% *}))
    FAILED=$((FAILED + ${counts#* }))
}
