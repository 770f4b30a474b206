# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the other scripts: goes to the project's folder, and installs what a step needs and the machine lacks.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "installing packages needs root, and there is no sudo" "run as root: $*"
    fi
}

# install_packages PACKAGE...: those Debian packages of the list that are not installed.
install_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return
    command -v apt-get >/dev/null ||
        fail "this machine has no apt-get" "install what corresponds to: ${missing[*]}"
    say "installing: ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}

# The revision of Debian 12's GnuTLS that mends CVE-2026-42009 to 42015; the library's own version does not show it.
oldest_gnutls_of_debian_12=3.7.9-2+deb12u7

# Installs GnuTLS's headers, and upgrades the library itself where Debian has mended it since.
install_gnutls() {
    install_packages libgnutls28-dev pkg-config
    ! has_outdated_gnutls && return
    say "upgrading: libgnutls30"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --only-upgrade libgnutls30 libgnutls28-dev >/dev/null
    ! has_outdated_gnutls ||
        fail "libgnutls30 is older than $oldest_gnutls_of_debian_12" "add Debian's security updates to this machine's apt sources"
}

has_outdated_gnutls() {
    local installed
    installed=$(dpkg-query -W -f '${Version}' libgnutls30 2>/dev/null) || return 1
    dpkg --compare-versions "$installed" lt "$oldest_gnutls_of_debian_12"
}

require_swift() {
    local hint="install Swift 6.2 or later: https://www.swift.org/install/linux/"
    command -v swift >/dev/null || fail "there is no Swift toolchain on the PATH" "$hint"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ "$(printf '%s\n' 6.2 "$version" | sort -V | head -n 1)" = 6.2 ] || fail "Swift $version is too old" "$hint"
}

# Builds once for every script of this folder; SNUG_CONFIGURATION=release makes optimised programs.
build() {
    local configuration=${SNUG_CONFIGURATION:-debug}
    require_swift
    install_gnutls
    say "building (the first time takes a minute or two)"
    swift build --quiet --configuration "$configuration" >&2
    programs=$(swift build --configuration "$configuration" --show-bin-path)
    export programs
}
