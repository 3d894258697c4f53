# shellcheck shell=bash
# PostgreSQL for the tests: Debian's programs, and a server of our own that lives as long as the
# folder it is in.

# As root it runs as somebody else, who cannot look into root's home.
if [ "$(id -u)" -eq 0 ]; then POSTGRES=/var/cache/roomside/postgres; else POSTGRES=$TOOLS/postgres; fi
# The oldest that the store takes, which is also what Debian 12 has.
POSTGRES_OLDEST=15

# Debian's package, unpacked where nothing but the tests finds it: installed, it would start a
# server on port 5432. Also whoever names a server of theirs needs it: one test has its own break
# down. In CI its absence is a failure; elsewhere script/test says what it left out.
ensure_postgres() {
    find_postgres >/dev/null && return
    if ! is_debian || ! may_be_root; then
        note "No PostgreSQL: the store is not tested with it. It is once your system's package 'postgresql' is installed."
        return
    fi
    say "Fetching Debian's PostgreSQL $POSTGRES_OLDEST for the tests of the store (seconds; nothing is installed or started)."
    if [ -z "${APT_UPDATED:-}" ]; then
        run_logged as_root apt-get -q update ||
            die "Debian's package lists could not be fetched; without a network, install postgresql by hand."
        APT_UPDATED=1
    fi
    rm -rf "$POSTGRES" && mkdir -p "$POSTGRES"
    # shellcheck disable=SC2046 # a list of packages
    (cd "$POSTGRES" && run_logged apt-get -q download $(postgres_packages) &&
        for package in ./*.deb; do dpkg-deb -x "$package" . || exit 1; done) ||
        die "apt-get could not download PostgreSQL; install 'postgresql' by hand."
    rm -f "$POSTGRES"/*.deb
    find_postgres >/dev/null || die "Debian's PostgreSQL does not run here; install it with 'apt-get install postgresql'."
}

# The server, its client's programs, and those of their libraries that are not there yet; not LLVM,
# which only its compiler for large queries needs.
postgres_packages() {
    echo "postgresql-$POSTGRES_OLDEST" "postgresql-client-$POSTGRES_OLDEST"
    apt-get -q install --simulate --no-install-recommends "postgresql-$POSTGRES_OLDEST" 2>/dev/null |
        awk '/^Inst lib/ && !/^Inst libllvm/ { print $2 }'
}

# Prints the folder with initdb and pg_ctl of the newest version there is.
find_postgres() {
    local bin newest=""
    for bin in "${ROOMSIDE_POSTGRES_BIN:-}" \
        /usr/lib/postgresql/*/bin "$POSTGRES"/usr/lib/postgresql/*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        [ -x "$bin/initdb" ] || continue
        version_at_least "$(with_its_libraries "$bin" version_of "$bin/initdb" --version)" "$POSTGRES_OLDEST" || continue
        newest=$bin
        [ "$bin" != "${ROOMSIDE_POSTGRES_BIN:-}" ] || break
    done
    [ -n "$newest" ] && printf '%s\n' "$newest"
}

# with_its_libraries BIN COMMAND…: unpacked and not installed, the programs do not find their own.
with_its_libraries() {
    local bin=$1 unpacked
    shift
    case "$bin" in
        "$POSTGRES"/*)
            unpacked=$(echo "$POSTGRES"/usr/lib/*-linux-gnu)
            LD_LIBRARY_PATH=$unpacked "$@"
            ;;
        *) "$@" ;;
    esac
}

# PostgreSQL refuses to run as root: it is then nobody's.
as_nobody() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    elif have setpriv; then
        setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
    else
        die "PostgreSQL does not run as root, and 'setpriv' is missing: run this as another user."
    fi
}
