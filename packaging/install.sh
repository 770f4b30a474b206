#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ./install.sh              installs Snug under /usr/local
# ./install.sh uninstall    removes what that has installed; certificates, keys and history stay
#
# PREFIX=/opt/snug installs somewhere else, and DESTDIR=FOLDER puts everything into a folder that stands for /.

set -euf
# Only this separates names.
IFS='
'
cd "$(dirname "$0")"

prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
settings=$root/etc/snug

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

case $prefix in
/*) ;;
*) fail "PREFIX=$prefix is no whole path" "begin it with /" ;;
esac

installed() { (cd files && find . -type f | LC_ALL=C sort | cut -c 3-); }

# What is to be removed with the files: folders that were there before are somebody else's.
record=$root$prefix/share/doc/snug/folders
made=

make_folder() {
    [ ! -d "$root$1" ] || return 0
    make_folder "$(dirname "$1")"
    mkdir "$root$1" || fail "$root$1 cannot be made" "run this as root, or choose another PREFIX"
    made="$made$1
"
}

install_all() {
    umask 022
    [ -z "$root" ] || mkdir -p "$root"
    for file in $(installed); do
        target=$root$prefix/$file
        make_folder "$(dirname "$prefix/$file")"
        rm -f "$target"
        case $file in
        lib/systemd/* | share/apparmor/*) sed "s|@PREFIX@|$prefix|g" "files/$file" >"$target" ;;
        *) cp "files/$file" "$target" ;;
        esac
        case $file in
        bin/*) chmod 755 "$target" ;;
        *) chmod 644 "$target" ;;
        esac
    done
    printf '%s' "$made" >>"$record"
    if [ ! -d "$settings" ]; then
        mkdir -p "$root/etc"
        mkdir -m 700 "$settings"
    fi
    [ -e "$settings/environment" ] || cp environment "$settings/environment"
}

uninstall_all() {
    folders=$(LC_ALL=C sort -ru "$record" 2>/dev/null) || true
    for file in $(installed); do rm -f "$root$prefix/$file"; done
    rm -f "$record"
    # The inner ones first, and none that holds something else.
    for folder in $folders; do rmdir "$root$folder" 2>/dev/null || true; done
    ! cmp -s environment "$settings/environment" || rm -f "$settings/environment"
    rmdir "$settings" 2>/dev/null || true
}

case ${1:-install} in
install) install_all ;;
uninstall) uninstall_all ;;
*) fail "there is nothing called $1 to do" "say ./install.sh or ./install.sh uninstall" ;;
esac
