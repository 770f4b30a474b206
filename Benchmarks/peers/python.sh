#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# peers/python.sh FOLDER PORT    the lesson's server, with the certificates in FOLDER/certs

set -euo pipefail
folder=$1 port=$2

exec python3 "$(dirname "$0")/lesson_server.py" \
    "$folder/certs/server.pem" "$folder/certs/server-key.pem" "$port"
