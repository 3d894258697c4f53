# shellcheck shell=bash
# What comes from npm: wasm-opt, Playwright, and a newer Node where the system's is old.

# wasm-opt halves the module that the browser loads. Without Node this is not an error: the page
# then works as well, only larger, and `build_site` says so.
ensure_wasm_opt() {
    wasm_opt_is_good wasm-opt && return
    if ! have node || ! have npm; then
        note "No wasm-opt $WASM_OPT_OLDEST or newer, and no Node with npm to install it with."
        return
    fi
    if ! wasm_opt_is_good "$CARGO_BIN/wasm-opt"; then
        say "Installing wasm-opt $BINARYEN_VERSION from npm, which makes the page half as big (seconds)."
        npm_tool "binaryen@$BINARYEN_VERSION" ||
            die "npm could not install binaryen@$BINARYEN_VERSION; is the npm registry reachable?"
        [ ! -f "$CARGO_BIN/wasm-opt" ] || [ -L "$CARGO_BIN/wasm-opt" ] ||
            mv "$CARGO_BIN/wasm-opt" "$CARGO_BIN/wasm-opt-before-roomside"
        mkdir -p "$CARGO_BIN"
        ln -sf "$TOOLS/node_modules/binaryen/bin/wasm-opt" "$CARGO_BIN/wasm-opt"
    fi
    wasm_opt_is_good wasm-opt ||
        note "$(command -v wasm-opt) is too old and comes before $CARGO_BIN on PATH: plain 'cargo leptos build --release' will fail in the browser until it is removed; script/server and script/test are not affected."
}

wasm_opt_is_good() {
    local version
    version=$(version_of "$1" --version)
    version_at_least "$version" "$WASM_OPT_OLDEST"
}

npm_tool() {
    mkdir -p "$TOOLS"
    [ -e "$TOOLS/package.json" ] || echo '{ "private": true }' >"$TOOLS/package.json"
    run_logged npm install --prefix "$TOOLS" --no-audit --no-fund --ignore-scripts "$1"
}

# Node and npm for the browser tests. Debian 12's Node 18 is enough for npm itself.
ensure_node() {
    if ! have node || ! have npm; then
        is_debian || die "Node.js $NODE_OLDEST or newer with npm is needed for the browser tests: install it from https://nodejs.org and try again."
        apt_install "Node.js for the browser tests (a minute or two)" nodejs npm
    fi
}

# Playwright at the version of its lock file; again only when the lock file is newer.
ensure_playwright() {
    local done=end2end/node_modules/.package-lock.json
    [ -e end2end/package-lock.json ] || die "end2end/package-lock.json is missing; restore it with git."
    if [ ! -e "$done" ] || [ end2end/package-lock.json -nt "$done" ] || [ end2end/package.json -nt "$done" ]; then
        say "Installing the browser tests' packages (npm ci in end2end, seconds)."
        PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 run_logged npm --prefix end2end ci --no-audit --no-fund ||
            die "npm ci failed in end2end; is the npm registry reachable?"
        touch "$done"
    fi
    ensure_node_for_playwright
}

# `npx` puts node_modules/.bin first on PATH, so a `node` there is Playwright's alone: nothing
# else on the machine sees it, and no environment needs setting.
ensure_node_for_playwright() {
    local platform ours=end2end/node_modules/.bin/node
    version_at_least "$(version_of node --version)" "$NODE_OLDEST" && return
    [ "$(version_of "$ours" --version | cut -d . -f 1)" = "$NODE_OURS" ] && return
    platform=$(node -p 'process.platform + "-" + process.arch')
    say "Installing Node $NODE_OURS from npm for Playwright, which needs $NODE_OLDEST (seconds)."
    npm_tool "node-$platform@$NODE_OURS" ||
        die "Playwright needs Node.js $NODE_OLDEST or newer: install it from https://nodejs.org and try again."
    ln -sf "$TOOLS/node_modules/node-$platform/bin/node" "$ours"
}
