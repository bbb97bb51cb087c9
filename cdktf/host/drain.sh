#!/usr/bin/env bash
# Asks the instance's metadata every five seconds whether the instance is about to be taken away, by Spot or by its Auto
# Scaling group, and stops the service then, so that AgentCore ends the answers in work. A stopped instance that comes
# back starts the service at its boot; one that was not taken after all, here.
set -euo pipefail
HOST_SCRIPTS=$(dirname "$(readlink -f "$0")")
# shellcheck source=cdktf/host/lib/common.sh
. "$HOST_SCRIPTS/lib/common.sh"
# shellcheck source=cdktf/host/lib/lifecycle.sh
. "$HOST_SCRIPTS/lib/lifecycle.sh"

POLL_SECONDS=${SYNAPSCRIBE_POLL_SECONDS:-5}
region=$(applied_setting AWS_REGION)
purchase=$(applied_setting PURCHASE)
hook=$(applied_setting LIFECYCLE_HOOK)

# 0 taken, 1 not, 2 not known: the metadata do not answer, and nothing follows from that.
spot_notice() {
  local status
  status=$(imds_status spot/instance-action) || return 2
  case $status in
    200) return 0 ;;
    404) return 1 ;;
    *) return 2 ;;
  esac
}

group_notice() {
  local state
  if ! state=$(imds autoscaling/target-lifecycle-state); then return 2; fi
  [ "$state" = Terminated ] || return 1
}

# 0 where either takes it, 1 where neither does, 2 where that is not known.
notice() {
  local answer result=1
  if [ "$purchase" = spot ]; then
    answer=0
    spot_notice || answer=$?
    if ((answer == 0)); then return 0; fi
    if ((answer == 2)); then result=2; fi
  fi
  if [ -n "$hook" ]; then
    answer=0
    group_notice || answer=$?
    if ((answer == 0)); then return 0; fi
    if ((answer == 2)); then result=2; fi
  fi
  return "$result"
}

drained=no
while true; do
  answer=0
  notice || answer=$?
  case "$answer $drained" in
    '0 no')
      say 'The instance is about to be taken away: draining.'
      systemctl stop synapscribe.service || say 'The service did not stop as it should.'
      drained=yes
      say 'Drained.'
      if [ -n "$hook" ]; then
        complete_lifecycle terminate "$region" "$hook" || say 'The Auto Scaling group could not be told.'
      fi
      ;;
    '1 yes')
      say 'The instance stays: starting again.'
      systemctl start --no-block synapscribe.service || say 'The service could not be started.'
      drained=no
      ;;
  esac
  sleep "$POLL_SECONDS"
done
