#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ./install.sh              installs Snug under /usr/local
# ./install.sh uninstall    removes what that has installed; certificates, keys and history stay
#
# PREFIX=/opt/snug installs somewhere else, and DESTDIR=FOLDER puts everything into a folder that stands for /.

set -eu
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

install_all() {
    umask 022
    installed | while IFS= read -r file; do
        target=$root$prefix/$file
        mkdir -p "$(dirname "$target")" || fail "$target cannot be made" "run this as root, or choose another PREFIX"
        rm -f "$target"
        case $file in
        lib/systemd/*) sed "s|@PREFIX@|$prefix|g" "files/$file" >"$target" ;;
        *) cp "files/$file" "$target" ;;
        esac
        case $file in
        bin/*) chmod 755 "$target" ;;
        *) chmod 644 "$target" ;;
        esac
    done
    if [ ! -d "$settings" ]; then
        mkdir -p "$root/etc"
        mkdir -m 700 "$settings"
    fi
    [ -e "$settings/environment" ] || cp environment "$settings/environment"
}

uninstall_all() {
    installed | while IFS= read -r file; do
        rm -f "$root$prefix/$file"
        # Those that this has made, and nothing that holds something else.
        folder=$(dirname "$file")
        while [ "$folder" != . ] && rmdir "$root$prefix/$folder" 2>/dev/null; do folder=$(dirname "$folder"); done
    done
    ! cmp -s environment "$settings/environment" || rm -f "$settings/environment"
    rmdir "$settings" 2>/dev/null || true
}

case ${1:-install} in
install) install_all ;;
uninstall) uninstall_all ;;
*) fail "there is nothing called $1 to do" "say ./install.sh or ./install.sh uninstall" ;;
esac
