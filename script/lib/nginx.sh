# shellcheck shell=bash
# nginx, which the browser tests put in front of the server.

NGINX=$TOOLS/nginx

# Debian's package, unpacked where nothing but the tests finds it: installed, it would start a
# server on port 80. Without it its tests are left out, and say so; in CI its absence is a failure.
ensure_nginx() {
    nginx_runs nginx || nginx_runs /usr/sbin/nginx || nginx_runs "$NGINX/usr/sbin/nginx" && return
    if ! is_debian || ! may_be_root; then
        note "No nginx: its tests are left out. They run once your system's package 'nginx' is installed."
        return
    fi
    say "Fetching Debian's nginx for the tests of proxies (seconds; nothing is installed or started)."
    if [ -z "${APT_UPDATED:-}" ]; then
        run_logged as_root apt-get -q update ||
            die "Debian's package lists could not be fetched; without a network, install nginx by hand."
        APT_UPDATED=1
    fi
    rm -rf "$NGINX" && mkdir -p "$NGINX"
    (cd "$NGINX" && run_logged apt-get -q download nginx && dpkg-deb -x nginx_*.deb .) ||
        die "apt-get could not download nginx; install it by hand."
    rm -f "$NGINX"/nginx_*.deb
    # What it is linked with is on any machine with Chromium and Node.
    nginx_runs "$NGINX/usr/sbin/nginx" || die "Debian's nginx does not run here; install it with 'apt-get install nginx'."
}

nginx_runs() { "$1" -v >/dev/null 2>&1; }
