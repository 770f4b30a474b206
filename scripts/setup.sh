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

require_swift() {
    command -v swift >/dev/null ||
        fail "there is no Swift toolchain on the PATH" "install Swift 6.2 or later: https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ "$(printf '%s\n' 6.2 "$version" | sort -V | head -n 1)" = 6.2 ] ||
        fail "Swift $version is too old" "install Swift 6.2 or later: https://www.swift.org/install/linux/"
}

# Builds once for every script of this folder; SNUG_CONFIGURATION=release makes optimised programs.
build() {
    require_swift
    install_packages libgnutls28-dev pkg-config
    say "building (the first time takes a minute or two)"
    swift build --quiet --configuration "${SNUG_CONFIGURATION:-debug}" >&2
    programs=$(swift build --configuration "${SNUG_CONFIGURATION:-debug}" --show-bin-path)
    export programs
}
