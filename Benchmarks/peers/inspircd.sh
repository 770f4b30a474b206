#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# peers/inspircd.sh FOLDER PORT    Debian's InspIRCd without its limits, with the certificates in FOLDER/certs

set -euo pipefail
folder=$1 port=$2
mkdir -p "$folder/inspircd"

cat >"$folder/inspircd/inspircd.conf" <<CONFIGURATION
<server name="irc.example.net" description="benchmark" network="benchmark">
<admin name="benchmark" nick="benchmark" email="benchmark@example.net">
<path logdir="$folder/inspircd" datadir="$folder/inspircd" runtimedir="$folder/inspircd">
<pid file="$folder/inspircd/inspircd.pid">
<module name="ssl_gnutls">
<sslprofile name="benchmark" provider="gnutls"
            certfile="$folder/certs/server.pem" keyfile="$folder/certs/server-key.pem">
<bind address="127.0.0.1" port="$port" type="clients" sslprofile="benchmark">
<connect allow="*" timeout="60" pingfreq="3600" commandrate="1000000000" fakelag="no" threshold="1000000"
         hardsendq="67108864" softsendq="67108864" recvq="1048576" localmax="100000" globalmax="100000"
         maxchans="20" maxconnwarn="no" resolvehostnames="no" useconnectban="no" useconnflood="no">
<performance softlimit="20000" somaxconn="4096" quietbursts="yes" clonesonconnect="no">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="inspircd.log">
CONFIGURATION
root=()
[ "$(id -u)" -ne 0 ] || root=(--runasroot)
exec inspircd --nofork --nopid --config "$folder/inspircd/inspircd.conf" "${root[@]}"
