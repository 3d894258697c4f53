# shellcheck shell=bash
# Makes sure that a plain shell finds what was installed, so that `cargo leptos watch` and
# `trunk serve` work without anything to set.

make_reachable() {
    [ -d "$CARGO_BIN" ] || return 0
    case ":$USER_PATH:" in
        *":$CARGO_BIN:"*) return ;;
    esac
    if [ "$(id -u)" -eq 0 ]; then
        link_into_usr_local
    else
        note "$CARGO_BIN is not on your PATH: add it, so that 'cargo leptos watch' finds its tools."
    fi
}

# Existing commands of the same name are left alone.
link_into_usr_local() {
    local tool linked=""
    for tool in "$CARGO_BIN"/*; do
        [ -e "/usr/local/bin/${tool##*/}" ] && continue
        ln -s "$tool" /usr/local/bin/ && linked="$linked ${tool##*/}"
    done
    [ -z "$linked" ] || say "$CARGO_BIN is not on PATH; linked into /usr/local/bin:$linked."
}
