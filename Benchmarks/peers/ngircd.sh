#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# peers/ngircd.sh FOLDER PORT    Debian's ngIRCd without its limits, with the certificates in FOLDER/certs

set -euo pipefail
folder=$1 port=$2
mkdir -p "$folder/ngircd"

# Started by root it becomes ServerUID, who must be able to read the key.
cat >"$folder/ngircd/ngircd.conf" <<CONFIGURATION
[Global]
Name = irc.example.net
Info = benchmark
Listen = 127.0.0.1
Ports = 0
PidFile =
ServerUID = $(id -un)
ServerGID = $(id -gn)
MotdPhrase = none

[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
PingTimeout = 3600

[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1

[SSL]
CertFile = $folder/certs/server.pem
KeyFile = $folder/certs/server-key.pem
Ports = $port
CONFIGURATION
chmod 600 "$folder/ngircd/ngircd.conf"
exec ngircd --nodaemon --config "$folder/ngircd/ngircd.conf"
