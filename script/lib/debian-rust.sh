# shellcheck shell=bash
# Debian's own Rust, for machines that reach Debian and crates.io but not rustup's server.
# Debian 12 keeps a current compiler for its browsers (the packages named -web). It has no wasm
# standard library, but the source is there, and cargo can build it.

DEBIAN_RUST="rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rust-web-clippy rustfmt-web"

rust_from_debian() {
    has_apt || die "$(rust_complaint)"
    may_be_root || debian_rust_complete ||
        die "Rust $RUST_NEEDED is not here and rustup cannot download it, so that Debian's is needed: run 'script/bootstrap rust' as root once and try again."
    if ! debian_rust_ready; then
        # shellcheck disable=SC2086 # a list of words
        apt_install "Debian's Rust (a minute or two)" $DEBIAN_RUST
        debian_rust_ready || die "Debian's rustc is older than $RUST_NEEDED: add bookworm-security to apt's sources, or install Rust from https://rustup.rs."
    fi
    debian_rust_complete || build_wasm_std
    have rustup || return 0
    say "Making Debian's Rust the toolchain of this checkout (rustup override)."
    rustup -q toolchain link debian /usr && rustup -q override set debian --path "$ROOT"
}

debian_rust_ready() {
    version_at_least "$(version_of /usr/bin/rustc --version)" "$RUST_NEEDED" &&
        [ -x /usr/bin/cargo-clippy ] && [ -x /usr/bin/cargo-fmt ] &&
        [ -d /usr/lib/rustlib/src/rust/library/std ]
}

debian_rust_complete() {
    debian_rust_ready && compgen -G "/usr/lib/rustlib/$WASM/lib/libstd-*.rlib" >/dev/null
}

build_wasm_std() {
    local empty lib=/usr/lib/rustlib/$WASM/lib
    empty=$(mktemp -d)
    say "Building the standard library for the browser, which Debian does not package (half a minute)."
    mkdir "$empty/src"
    : >"$empty/src/lib.rs"
    printf '[package]\nname = "empty"\nedition = "2024"\n[workspace]\n' >"$empty/Cargo.toml"
    # -Z is a nightly flag; RUSTC_BOOTSTRAP lets this one build use it.
    (cd "$empty" && PATH=/usr/bin:$PATH CARGO_TARGET_DIR=$empty/target RUSTC_BOOTSTRAP=1 \
        CARGO_PROFILE_RELEASE_DEBUG=0 run_logged /usr/bin/cargo build --release \
        -Zbuild-std=std,panic_abort --target "$WASM") ||
        die "The standard library for $WASM could not be built; install Rust from https://rustup.rs instead."
    rm -f "$empty/target/$WASM/release/deps"/libempty*
    as_root mkdir -p "$lib"
    as_root cp "$empty/target/$WASM/release/deps"/*.rlib "$lib/"
    rm -rf "$empty"
}
