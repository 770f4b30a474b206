# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts that try another release of Debian in a folder.

# make_root RELEASE FOLDER: the least of a release that apt-get works in.
make_root() {
    local mirror=${DEBIAN_MIRROR:-http://deb.debian.org}
    say "making $2 (the first time takes some minutes)"
    rm -rf "$2.new"
    debootstrap --variant=minbase "$1" "$2.new" "$mirror/debian" >"$2.log" ||
        fail "debootstrap failed" "read $2.log"
    printf 'deb %s %s main\n' "$mirror/debian" "$1" "$mirror/debian" "$1-updates" \
        "$mirror/debian-security" "$1-security" >"$2.new/etc/apt/sources.list"
    echo 'APT::Install-Recommends "false";' >"$2.new/etc/apt/apt.conf.d/90-only-what-is-needed"
    mv "$2.new" "$2"
}
