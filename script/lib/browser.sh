# shellcheck shell=bash
# A Chromium for the tests and for pictures, with glyphs for Korean.

ensure_browser() {
    ensure_korean_font
    browser_is_there && return
    if is_debian && may_be_root; then
        apt_install "Chromium for the browser tests (a minute)" chromium
    else
        # Ubuntu's own package is a snap, and macOS has none: Playwright brings its build.
        say "Fetching Playwright's Chromium (about 150 MB)."
        (cd end2end && run_logged npx --no playwright install chromium) ||
            die "No Chromium is here and Playwright could not download one: install the package 'chromium' and try again."
    fi
}

# The ones that end2end/playwright.config.ts would use, in its order.
browser_is_there() {
    [ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] ||
        (cd end2end && PATH=$PWD/node_modules/.bin:$PATH node -e \
            'process.exit(require("fs").existsSync(require("@playwright/test").chromium.executablePath()) ? 0 : 1)')
}

# Only pictures suffer without the font, so a missing right is worth a sentence, not a failure.
ensure_korean_font() {
    is_debian || return 0
    [ -d /usr/share/fonts/opentype/noto ] && compgen -G '/usr/share/fonts/opentype/noto/*CJK*' >/dev/null && return
    if may_be_root; then
        apt_install "fonts with Korean glyphs and emoji" fonts-noto-cjk fonts-noto-color-emoji
    else
        note "No font with Korean glyphs: screenshots will show boxes until 'apt-get install fonts-noto-cjk'."
    fi
}
