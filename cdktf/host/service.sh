#!/usr/bin/env bash
# What synapscribe.service runs: `up` returns when all containers are healthy, `stop` when their work is done.
set -euo pipefail
HOST_SCRIPTS=$(dirname "$(readlink -f "$0")")
# shellcheck source=cdktf/host/lib/common.sh
. "$HOST_SCRIPTS/lib/common.sh"
# shellcheck source=cdktf/host/lib/compose.sh
. "$HOST_SCRIPTS/lib/compose.sh"

case ${1:-} in
  up) compose "$CURRENT" "$ETC" --progress plain up --detach --no-build --remove-orphans --wait --wait-timeout 1500 ;;
  stop) compose "$CURRENT" "$ETC" --progress plain stop ;;
  *) die 'Use: service.sh up|stop' ;;
esac
