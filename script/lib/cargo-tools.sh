# shellcheck shell=bash
# The tools that come from crates.io, each at a version that is known to work.

# One place for all of them, so that what they share is compiled once; gone when bootstrap ends.
TOOLS_BUILD=$CACHE/tools-build

# The command-line wasm-bindgen writes the glue for exactly one version of the crate.
ensure_wasm_bindgen() {
    local wanted
    wanted=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock)
    [ -n "$wanted" ] || die "Cargo.lock names no wasm-bindgen; restore it with git."
    [ "$(version_of wasm-bindgen --version)" = "$wanted" ] && return
    # Its own lock file names versions that not every registry mirror has yet.
    install_tool wasm-bindgen-cli "$wanted" "3 minutes" unlocked
    [ "$(version_of wasm-bindgen --version)" = "$wanted" ] ||
        die "Another wasm-bindgen, $(command -v wasm-bindgen), hides the $wanted in $CARGO_BIN: remove it or put $CARGO_BIN first on PATH."
}

ensure_cargo_leptos() { ensure_tool cargo-leptos "$CARGO_LEPTOS_VERSION" "12 to 14 minutes on two cores"; }
ensure_trunk() { ensure_tool trunk "$TRUNK_VERSION" "5 minutes"; }
ensure_cargo_deny() { ensure_tool cargo-deny "$CARGO_DENY_VERSION" "4 minutes"; }

# ensure_tool CRATE VERSION DURATION, for crates whose command has the crate's name.
ensure_tool() {
    tool_is_there "$1" "$2" && return
    install_tool "$1" "$2" "$3" locked
    tool_is_there "$1" "$2" ||
        die "$1 $2 was installed into $CARGO_BIN, but $(command -v "$1" || echo nothing) is what PATH finds: put $CARGO_BIN first."
}

# Without NO_COLOR: trunk takes it for a flag and stumbles over its usual value, 1.
tool_is_there() {
    local version
    version=$(version_of env -u NO_COLOR "$1" --version)
    [ -n "$version" ] && version_at_least "$version" "$2"
}

install_tool() {
    local crate=$1 version=$2 duration=$3 locked=$4
    if have cargo-binstall; then
        say "Fetching $crate $version (cargo binstall, seconds)."
        run_logged cargo binstall --no-confirm --disable-strategies compile "$crate@$version" && return
    fi
    say "Building $crate $version from crates.io, once (about $duration)."
    if [ "$locked" = locked ]; then
        build_tool "$crate" "$version" --locked && return
        # A mirror can lag behind the lock file; any other failure would only come again.
        grep -q 'failed to select a version' "$CACHE/step.log" ||
            die "$crate $version could not be built; its last words are above."
        note "once more, without the lock file of $crate."
    fi
    build_tool "$crate" "$version" ||
        die "$crate $version could not be built; crates.io must be reachable, and its last words are above."
}

# Without link-time optimisation the tools build faster and share what they have in common.
build_tool() {
    local crate=$1 version=$2
    shift 2
    CARGO_TARGET_DIR=$TOOLS_BUILD CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        run_logged cargo install "$crate" --version "$version" "$@"
}

remove_tools_build() { rm -rf "$TOOLS_BUILD"; }
