# shellcheck shell=bash
# What comes from the operating system: the right to install, Debian's packages, a C compiler.

# Nobody is asked for a password where nobody sits: sudo counts only on a terminal or without one.
may_be_root() {
    [ "$(id -u)" -eq 0 ] || { have sudo && { [ -t 2 ] || sudo -n true 2>/dev/null; }; }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

has_apt() { have apt-get; }

is_debian() { [ -r /etc/os-release ] && grep -qx 'ID=debian' /etc/os-release; }

# apt_install WHAT PACKAGE…: dies with one sentence that names the packages when it cannot.
apt_install() {
    local what=$1
    shift
    may_be_root || die "This machine lacks $what: run 'apt-get install $*' as root and try again."
    say "Installing $what: apt-get install $*"
    if [ -z "${APT_UPDATED:-}" ]; then
        run_logged as_root apt-get -q update ||
            die "Debian's package lists could not be fetched; without a network, install by hand: $*"
        APT_UPDATED=1
    fi
    run_logged as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y install --no-install-recommends "$@" ||
        die "apt-get could not install what is needed; install by hand: $*"
}

# SQLite is compiled from its C source, and everything is linked with cc.
ensure_c_compiler() {
    local missing=""
    have cc || missing="gcc libc6-dev"
    if has_apt; then
        [ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
        # shellcheck disable=SC2086 # a list of words
        [ -z "$missing" ] || apt_install "a C compiler and certificates" $missing
    fi
    have cc || die "A C compiler named cc is needed: install gcc or clang with your system's packages."
}
