# shellcheck shell=bash
# Rust with the browser target: what is there, else rustup, else Debian's packages.

WASM=wasm32-unknown-unknown

# ensure_rust [components]: with the word, clippy and rustfmt must be there too.
ensure_rust() {
    local components=${1:-}
    rust_ready "$components" && return
    have rustup || [ -n "$(rust_new_enough)" ] || fetch_rustup
    if have rustup && rust_from_rustup && rust_ready "$components"; then
        return
    fi
    rust_from_debian
    rust_ready "$components" || die "$(rust_complaint)"
}

# A toolchain that rustup lacks must be reported at once here, not downloaded behind our back.
quiet_rust() { RUSTUP_AUTO_INSTALL=0 "$@" 2>/dev/null </dev/null; }

rust_new_enough() {
    local version
    version=$(quiet_rust version_of rustc --version)
    version_at_least "$version" "$RUST_NEEDED" && echo "$version"
}

rust_ready() {
    local lib
    [ -n "$(rust_new_enough)" ] && quiet_rust cargo --version >/dev/null || return 1
    lib=$(quiet_rust rustc --print target-libdir --target "$WASM") || return 1
    compgen -G "$lib/libstd-*.rlib" >/dev/null || return 1
    [ -z "$1" ] && return
    quiet_rust cargo clippy --version >/dev/null && quiet_rust cargo fmt --version >/dev/null
}

rust_complaint() {
    if [ -n "${RUSTUP_TOOLCHAIN:-}" ]; then
        echo "RUSTUP_TOOLCHAIN=$RUSTUP_TOOLCHAIN overrides this checkout's Rust $RUST_NEEDED: unset it and try again."
    else
        echo "Rust $RUST_NEEDED or newer with the $WASM target, clippy and rustfmt is needed: install it from https://rustup.rs and try again."
    fi
}

# The usual way, where https://sh.rustup.rs can be reached. Failing is no error: Debian is next.
fetch_rustup() {
    local script=$CACHE/rustup-init.sh
    have curl || return 0
    say "Installing rustup from https://sh.rustup.rs, as no Rust $RUST_NEEDED is here."
    if curl --proto '=https' --tlsv1.2 -fsS --connect-timeout 10 --max-time 60 \
        https://sh.rustup.rs -o "$script" 2>/dev/null; then
        run_logged sh "$script" -y --profile minimal --default-toolchain none || true
    else
        note "https://sh.rustup.rs cannot be reached from here."
    fi
    rm -f "$script"
}

rust_from_rustup() {
    local channel
    channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
    say "Installing Rust $channel with its browser target by rustup (about a minute)."
    run_logged rustup toolchain install "$channel" --profile minimal --no-self-update \
        --component clippy --component rustfmt --target "$WASM" ||
        { note "rustup cannot download here."; return 1; }
}
