#!/usr/bin/env bash
# Installs what the tests run for real (RabbitMQ, PostgreSQL, Chromium, Postfix, Dovecot, Kannel, promtool, a font; by
# npm a login service) from the distribution's packages, where it may: with apt, as root or with a sudo that asks no
# password. Does nothing when all is there. Never starts a server: the tests start private ones. Exit 0: all there; 1:
# says what is missing and how to get it.
set -euo pipefail
shopt -s nullglob

VENV=${VENV:-.venv}
POLICY=/usr/sbin/policy-rc.d

any() { # of these paths exists (patterns that match nothing have become no path at all)
    local path
    for path in "$@"; do
        if [ -e "$path" ]; then return 0; fi
    done
    return 1
}

has_rabbitmq() {
    any /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server || [ -x /opt/rabbitmq/sbin/rabbitmq-server ]
}

has_postgresql() {
    any /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb || command -v initdb >/dev/null
}

has_postfix() { [ -x /usr/sbin/postfix ] && [ -x /usr/lib/postfix/sbin/master ]; }

has_dovecot() { [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ]; }

has_kannel() { [ -x /usr/sbin/bearerbox ] && [ -x /usr/sbin/smsbox ]; }

has_promtool() { command -v promtool >/dev/null; }

has_compiler() { command -v cc >/dev/null || command -v gcc >/dev/null; } # for a clock that can be turned

has_setpriv() { # only root needs it, to run PostgreSQL as another user
    [ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null
}

# Ubuntu's package is a stub that only says to install a snap: only a browser that tells its version counts.
has_chromium() {
    local browser
    for browser in /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome /usr/bin/google-chrome-stable; do
        if [ -x "$browser" ] && timeout 20 "$browser" --version 2>/dev/null | grep -qE '^(Chromium|Google Chrome) [0-9]'; then
            return 0
        fi
    done
    any "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*/
}

has_font() { any /usr/share/fonts/*/*/*.[ot]tf /usr/share/fonts/*/*.[ot]tf; }

has_libatomic() { # playwright's own node.js is linked against it
    any /usr/lib/*/libatomic.so.1 /usr/lib/libatomic.so.1 /usr/lib64/libatomic.so.1 /lib/*/libatomic.so.1
}

# The city's login service of the tests, for Node.js 20 or newer. Without it those tests are skipped, and fail where CI
# is set.
ensure_oidc_provider() {
    local lock=tests/support/node/package-lock.json
    if [ -d var/node/node_modules/oidc-provider ] && cmp -s "$lock" var/node/package-lock.json; then return; fi
    if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
        echo "test-deps: no Node.js 20 or newer with npm: the tests against a real login service cannot run" >&2
        return
    fi
    mkdir -p var/node
    cp tests/support/node/package.json "$lock" var/node/
    (cd var/node && npm ci --silent --no-audit --no-fund) ||
        echo "test-deps: npm could not fetch oidc-provider: the tests against a real login service cannot run" >&2
}

# A package that exists under this name and is no way round to a snap.
is_real_package() {
    local version
    version=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
    [ -n "$version" ] && [ "$version" != "(none)" ] && [[ $version != *snap* ]]
}

missing_packages() {
    has_rabbitmq || echo rabbitmq-server
    has_postgresql || echo postgresql
    has_postfix || echo postfix
    has_dovecot || printf '%s\n' dovecot-core dovecot-imapd
    has_kannel || echo kannel
    has_promtool || echo prometheus
    has_compiler || printf '%s\n' gcc libc6-dev
    has_setpriv || echo util-linux
    has_font || echo fonts-dejavu-core
    has_libatomic || echo libatomic1
    has_chromium || echo chromium
}

advise_chromium() {
    cat >&2 <<TEXT
No Chromium that starts was found, and the distribution has it only as a snap, or not at all. Install one of these:
  $VENV/bin/playwright install --with-deps chromium
  Google Chrome's own package (google-chrome-stable, https://www.google.com/chrome/)
Until then the browser tests are skipped, and fail where CI is set.
TEXT
}

give_up() {
    echo "Missing for the tests: $*" >&2
    echo "Install them, for instance as root: apt-get install --no-install-recommends $*" >&2
    echo "(other systems: RabbitMQ 3.10 or newer, PostgreSQL 13 or newer, Postfix, Dovecot, Kannel, Prometheus 2.42 or newer, a C compiler, Chromium or Google Chrome, any TrueType font)" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

allow_starts_again() {
    as_root rm -f "$POLICY"
}

# Debian starts a server when its package is installed, unless this file says no.
forbid_starts() {
    if [ -e "$POLICY" ]; then
        return
    fi
    trap allow_starts_again EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

# Nor shall a server that only the tests asked for start with the machine.
disable_at_boot() {
    local package
    if [ -d /run/systemd/system ]; then
        for package in "$@"; do
            case $package in rabbitmq-server | postgresql | postfix | dovecot-core | kannel | prometheus)
                as_root systemctl disable "${package%-core}" >/dev/null 2>&1 || true ;;
            esac
        done
    fi
}

install() {
    forbid_starts
    # A Postfix that the tests alone use needs no configuration of the machine's own.
    echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections 2>/dev/null || true
    # debconf's DEBIAN_FRONTEND goes through `env`, since sudo would drop it.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
    disable_at_boot "$@"
}

check_again() {
    local missing=() rest=() package
    mapfile -t missing < <(missing_packages)
    for package in "${missing[@]}"; do
        if [ "$package" = chromium ]; then advise_chromium; else rest+=("$package"); fi
    done
    [ "${#rest[@]}" -eq 0 ] || give_up "${rest[@]}"
    [ "${#missing[@]}" -eq 0 ] || exit 1
}

main() {
    local wanted=() packages=() package
    ensure_oidc_provider
    mapfile -t wanted < <(missing_packages)
    if [ "${#wanted[@]}" -eq 0 ]; then
        echo "test-deps: all there"
        return
    fi
    may_install || give_up "${wanted[@]}"
    as_root apt-get update -q || echo "test-deps: apt-get update failed, trying with the package lists there are" >&2
    for package in "${wanted[@]}"; do
        if is_real_package "$package"; then
            packages+=("$package")
        elif [ "$package" = chromium ] && is_real_package chromium-browser; then
            packages+=(chromium-browser)
        fi
    done
    if [ "${#packages[@]}" -gt 0 ]; then
        install "${packages[@]}" || give_up "${wanted[@]}"
    fi
    check_again
    echo "test-deps: installed ${packages[*]}"
}

main "$@"
