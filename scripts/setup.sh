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
        fail "this needs root, and there is no sudo" "ask someone who is root to run: ${root_line:-$*}"
    fi
}

# apt_get_install ARGUMENT...
apt_get_install() {
    local root_line="apt-get update && apt-get install $*"
    command -v apt-get >/dev/null || fail "this machine has no apt-get" "install what corresponds to: $*"
    as_root sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null' \
        sh "$@" || fail "apt-get could not install: $*" "run this as root, and mend what it says: $root_line"
}

# install_packages PACKAGE...: those Debian packages of the list that are not installed.
install_packages() {
    local package missing=()
    for package in "$@"; do [ -n "$(installed_version "$package")" ] || missing+=("$package"); done
    [ "${#missing[@]}" -eq 0 ] && return
    say "installing: ${missing[*]}"
    apt_get_install "${missing[@]}"
}

# Makes .venv with pyte, the terminal of the trials.
install_terminal_model() {
    install_packages python3 python3-venv
    if ! .venv/bin/python -c 'import pyte, wcwidth' 2>/dev/null; then
        say "installing: pyte"
        python3 -m venv .venv
        .venv/bin/pip install --quiet pyte==0.8.2 wcwidth==0.9.4 ||
            fail "pip could not install pyte" "look at what it says, and at the network"
    fi
}

# installed_version PACKAGE: nothing if it is not installed.
installed_version() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^ii *//p' | head -n 1
}

# The revisions of Debian 12's and 13's GnuTLS that mend CVE-2026-42009 to 42015; the library's own version does not
# show it. From Debian 13 on the package has another name, for its wider times.
declare -A oldest_gnutls=([libgnutls30]=3.7.9-2+deb12u7 [libgnutls30t64]=3.8.9-3+deb13u4)

# Installs the headers of GnuTLS and SQLite, and upgrades GnuTLS itself where Debian has mended it since.
install_libraries() {
    local library
    install_packages libgnutls28-dev libsqlite3-dev pkg-config
    for library in "${!oldest_gnutls[@]}"; do
        ! is_outdated "$library" && continue
        say "upgrading: $library"
        apt_get_install --only-upgrade "$library" libgnutls28-dev
        ! is_outdated "$library" || fail "$library is older than ${oldest_gnutls[$library]}" \
            "add Debian's security updates to this machine's apt sources"
    done
}

is_outdated() {
    local installed
    installed=$(installed_version "$1")
    [ -n "$installed" ] && dpkg --compare-versions "$installed" lt "${oldest_gnutls[$1]}"
}

# Its compiler is the first with @specialized, and Package.swift says so too.
oldest_swift=6.3

# What a Swift toolchain uses of Debian; some packages have other names in other releases.
swift_packages=(
    binutils ca-certificates g++ git libcurl4-openssl-dev libncurses-dev libsqlite3-dev libxml2-dev tzdata uuid-dev
    zlib1g-dev
)

require_swift() {
    local hint="install Swift $oldest_swift or later: https://www.swift.org/install/linux/" output version
    command -v swift >/dev/null || fail "there is no Swift toolchain on the PATH" "$hint"
    output=$(swift build --version 2>&1) || fail "the Swift toolchain does not start: $output" \
        "install what it uses, as root: apt-get update && apt-get install ${swift_packages[*]}"
    version=$(sed -n 's/.*Swift \([0-9][0-9]*\.[0-9]*\).*/\1/p' <<<"$output" | head -n 1)
    [ "$(printf '%s\n' "$oldest_swift" "$version" | sort -V | head -n 1)" = "$oldest_swift" ] ||
        fail "Swift ${version:-of an unknown version} is too old" "$hint"
}

# Debian starts and enables a service as soon as it is installed, unless it is masked.
mask_unless_installed() {
    if [ -d /etc/systemd/system ] && ! dpkg-query -W "$1" >/dev/null 2>&1; then
        as_root ln -sfn /dev/null "/etc/systemd/system/$1.service"
    fi
}

# Installs what servers that share one chat are built with, and what they share it by.
install_cluster() {
    mask_unless_installed nats-server
    install_packages libnats-dev nats-server python3 zlib1g-dev
}

# Builds once for every script of this folder, and not at all if nothing has changed since; one at a time.
# SNUG_CONFIGURATION=release makes optimised programs.
build() { build_in .build; }

# The same, of programs that can share one chat: objects of other traits do not mix with the others.
cluster_traits=(--traits "default,Cluster")
build_cluster() {
    install_cluster
    build_in .build-cluster "${cluster_traits[@]}"
}

build_in() {
    local configuration=${SNUG_CONFIGURATION:-debug} scratch=$1
    shift
    programs=$PWD/$scratch/$configuration
    export programs
    mkdir -p "$scratch"
    (
        flock --nonblock 9 || { say "waiting for another build"; flock 9; }
        ! is_built "$scratch/built-$configuration" || exit 0
        require_swift
        install_libraries
        say "building (the first time takes a minute or two)"
        touch "$scratch/built-$configuration.new"
        swift build --quiet --scratch-path "$scratch" "$@" --configuration "$configuration" >&2
        mv "$scratch/built-$configuration.new" "$scratch/built-$configuration"
    ) 9>"$scratch/lock-of-scripts"
}

# build_release FOLDER [--cluster] PRODUCT...: optimised programs of that checkout, in FOLDER/.build-package/release, or in
# .build-package-cluster. One build for what is packed and what is measured: no debugging information, no names for others
# to link to, and no path of this machine. Swift's runtime is built in, and the C++ library as well: to look up its names
# at each start would take a fifth of the time that joining takes.
build_release() {
    local folder=$1 scratch=$1/.build-package product options traits=()
    shift
    if [ "$1" = --cluster ]; then
        scratch+=-cluster traits=("${cluster_traits[@]}")
        shift
    fi
    require_swift
    install_libraries
    mkdir -p "$scratch/static"
    ln -sfn "$(clang -print-file-name=libstdc++.a)" "$scratch/static/libstdc++.a"
    options=(
        --package-path "$folder" --scratch-path "$scratch" --configuration release --quiet
        --static-swift-stdlib -debug-info-format none --disable-local-rpath -Xswiftc -no-toolchain-stdlib-rpath
        -Xswiftc -file-prefix-map -Xswiftc "$folder=." -Xlinker --no-export-dynamic -Xswiftc "-L$scratch/static"
        "${traits[@]}"
    )
    say "building (the first time takes some minutes)"
    for product in "$@"; do swift build "${options[@]}" --product "$product" >&2; done
}

# Whether the programs are there, and nothing that they are made from has changed since they were built. A change shows
# in the time at which the file or its folder was changed, which nobody can set back, as that of the content can be.
is_built() {
    local stamp=$1 program
    for program in snug snug-server snug-wire; do [ -x "$programs/$program" ] || return 1; done
    [ -e "$stamp" ] && [ -z "$(find Package.swift Sources Tests/ScreenProbe -cnewer "$stamp" -print -quit)" ]
}
