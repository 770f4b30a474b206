#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# peers/ncat.sh FOLDER PORT    Debian's ncat as a chat server, with the certificates in FOLDER/certs

set -euo pipefail
folder=$1 port=$2

# It waits with select(2), so 1024 descriptors are the end.
exec ncat --listen --chat --ssl --max-conns 1000 \
    --ssl-cert "$folder/certs/server.pem" --ssl-key "$folder/certs/server-key.pem" 127.0.0.1 "$port"
