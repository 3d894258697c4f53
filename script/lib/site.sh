# shellcheck shell=bash
# Builds the server and the pages it serves, in release mode: target/release/roomside and
# target/site, which the server finds from its own place.

# A target directory set elsewhere would part the server from its site.
export CARGO_TARGET_DIR=$ROOT/target

SITE_WASM=target/site/pkg/roomside.wasm
SITE_SOCKJS=target/site/sockjs
# Written after each front-end build; holds which wasm-opt made it.
SITE_STAMP=target/site.stamp

# cargo-leptos runs wasm-bindgen and wasm-opt again each time, so it is asked for the front end
# only when something that goes into it has changed. cargo itself knows about the server.
build_site() {
    local optimizer
    optimizer=$(choose_wasm_opt)
    if front_is_fresh "$optimizer"; then
        say "The pages are up to date; checking the server."
        PATH=$optimizer:$PATH cargo leptos build --release --server-only || return
    else
        say "Building the pages and the server in release mode (5 to 10 minutes the first time)."
        [ "$optimizer" != "$ROOT/script/lib/pass-through" ] ||
            note "Without wasm-opt: the page works as well, but its module is about twice as large. With Node and npm here it would be small."
        rm -f "$SITE_STAMP"
        PATH=$optimizer:$PATH cargo leptos build --release -P &&
            printf '%s\n' "$optimizer" >"$SITE_STAMP" || return
    fi
    place_sockjs_clients
}

# SockJS' iframe transports need the very script that the visitor runs, from our own site: the
# version of Spring's tutorials and the last one. Each build of the front end erases them with the
# rest of the site.
place_sockjs_clients() {
    local version package missing=""
    mkdir -p "$SITE_SOCKJS"
    for version in $SOCKJS_CLIENTS; do
        [ ! -e "$SITE_SOCKJS/sockjs-$version.min.js" ] || continue
        if package=$(sockjs_client "$version") &&
            cp "$package/LICENSE" "$SITE_SOCKJS/sockjs-$version.LICENSE" &&
            cp "$package/dist/sockjs.min.js" "$SITE_SOCKJS/sockjs-$version.min.js"; then
            say "Put sockjs-client $version into the site."
        else
            missing="$missing $version"
        fi
    done
    [ -z "$missing" ] ||
        note "Without sockjs-client$missing, which npm could not fetch: old clients do without their iframe transports, everything else works."
}

# The folder of the package from npm: the browser tests' own, or one in the cache.
sockjs_client() {
    local package=end2end/node_modules/sockjs-client-$1
    [ ! -e "$package/dist/sockjs.min.js" ] || { echo "$package" && return; }
    package=$CACHE/sockjs-client-$1/node_modules/sockjs-client
    if [ ! -e "$package/dist/sockjs.min.js" ]; then
        have node && have npm || return
        npm install --prefix "$CACHE/sockjs-client-$1" --no-audit --no-fund --ignore-scripts \
            --fetch-retries=1 "sockjs-client@$1" >"$CACHE/step.log" 2>&1 </dev/null || return
    fi
    echo "$package"
}

# The directory whose wasm-opt is to be used: PATH's first if it is good, else ours, else one that
# changes nothing.
choose_wasm_opt() {
    local found
    found=$(command -v wasm-opt || true)
    if [ -n "$found" ] && wasm_opt_is_good "$found"; then
        dirname "$found"
    elif wasm_opt_is_good "$CARGO_BIN/wasm-opt"; then
        echo "$CARGO_BIN"
    else
        echo "$ROOT/script/lib/pass-through"
    fi
}

# Directories count too: a deleted file leaves its mark on them. So does the built module, which
# `cargo leptos watch` replaces by one for debugging.
front_is_fresh() {
    [ -e "$SITE_STAMP" ] && [ "$(cat "$SITE_STAMP")" = "$1" ] && [ -e "$SITE_WASM.br" ] || return 1
    [ -z "$(find app frontend crates style Cargo.toml Cargo.lock .cargo rust-toolchain.toml \
        "$SITE_WASM" -newer "$SITE_STAMP" -print | head -n 1)" ]
}
