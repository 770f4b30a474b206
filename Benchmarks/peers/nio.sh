#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# peers/nio.sh FOLDER PORT    the chat over SwiftNIO and NIOSSL, with the certificates in FOLDER/certs

set -euo pipefail
folder=$1 port=$2

exec "$(dirname "$0")/nio-chat/.build/release/nio-chat" \
    "$folder/certs/server.pem" "$folder/certs/server-key.pem" "$port"
