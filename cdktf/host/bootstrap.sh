#!/usr/bin/env bash
# Brings this host to the release that it is in, and to the settings on stdin. Run at boot and after each deploy: a second
# run changes nothing, and a failing one leaves what runs as it was. Ends when AgentCore can answer, or with a failure.
set -euo pipefail
umask 022
HOST_SCRIPTS=$(dirname "$(readlink -f "$0")")
RELEASE=$(readlink -f "$HOST_SCRIPTS/../..")
# shellcheck source=cdktf/host/lib/common.sh
. "$HOST_SCRIPTS/lib/common.sh"
# shellcheck source=cdktf/host/lib/settings.sh
. "$HOST_SCRIPTS/lib/settings.sh"
# shellcheck source=cdktf/host/lib/prerequisites.sh
. "$HOST_SCRIPTS/lib/prerequisites.sh"
# shellcheck source=cdktf/host/lib/compose.sh
. "$HOST_SCRIPTS/lib/compose.sh"
# shellcheck source=cdktf/host/lib/model.sh
. "$HOST_SCRIPTS/lib/model.sh"
# shellcheck source=cdktf/host/lib/release.sh
. "$HOST_SCRIPTS/lib/release.sh"
# shellcheck source=cdktf/host/lib/units.sh
. "$HOST_SCRIPTS/lib/units.sh"
# shellcheck source=cdktf/host/lib/lifecycle.sh
. "$HOST_SCRIPTS/lib/lifecycle.sh"
# shellcheck source=cdktf/host/lib/cloudwatch-agent.sh
. "$HOST_SCRIPTS/lib/cloudwatch-agent.sh"

READY_SECONDS=${SYNAPSCRIBE_READY_SECONDS:-300}
# What was last brought to run, as a digest of the settings.
APPLIED=$HOST_HOME/applied
NEXT=$ETC/next

take_turn() {
  # The apply script has the lock already, and this run is a part of it.
  if [ -n "${SYNAPSCRIBE_LOCKED:-}" ]; then return 0; fi
  exec 9>/run/synapscribe-apply.lock
  flock --wait 7000 9 || die 'Another run has not ended in two hours.'
}

stage_settings() {
  local address=$1 instance=$2
  render_settings | install_text "$NEXT/settings.env" 600
  render_compose_env "$address" "$instance" "$(model_sha256)" | install_text "$NEXT/compose.env" 600
}

# The settings name the release and the model too.
desired_state() {
  cat "$NEXT/settings.env" "$NEXT/compose.env" | sha256sum | cut -d ' ' -f 1
}

is_applied() {
  [ "$(cat "$APPLIED" 2>/dev/null)" = "$(desired_state)" ] && has_images current
}

apply_release() {
  build_images "$RELEASE" "$NEXT"
  switch_release "$RELEASE" "$NEXT"
  install_units
  start_agent
  say "Starting $(release_tag "$RELEASE")."
  systemctl reload-or-restart synapscribe.service || die 'The service does not become healthy: see the logs of its containers.'
  install_drain
  desired_state | install_text "$APPLIED" 644
  prune_releases
}

await_ready() {
  local url=http://$1:5000/ready deadline=$((SECONDS + READY_SECONDS))
  until curl --silent --fail --noproxy '*' --max-time 10 --output /dev/null "$url"; do
    if ((SECONDS >= deadline)); then die "AgentCore is not ready after $READY_SECONDS s: $url says why."; fi
    sleep 2
  done
}

main() {
  local address instance
  take_turn
  parse_settings
  [ "$(basename "$RELEASE")" = "${SETTINGS[ASSET_SHA256]}" ] || die 'The settings name another release than this one.'
  mkdir -p "$LOGS"
  ensure_prerequisites
  address=$(imds local-ipv4) || die "The instance's metadata do not tell its address."
  instance=$(imds instance-id) || die "The instance's metadata do not tell its id."
  [[ $address =~ ^[0-9.]{7,15}$ && $instance =~ ^i-[0-9a-f]+$ ]] || die "The instance's metadata are not understood."
  ensure_model
  stage_settings "$address" "$instance"
  if is_applied; then
    systemctl is-active --quiet synapscribe.service || systemctl start synapscribe.service ||
      die 'The service does not become healthy: see the logs of its containers.'
  else
    apply_release
  fi
  await_ready "$address"
  if [ -n "${SETTINGS[LIFECYCLE_HOOK]}" ]; then
    complete_lifecycle launch "${SETTINGS[AWS_REGION]}" "${SETTINGS[LIFECYCLE_HOOK]}" ||
      die 'The Auto Scaling group could not be told that this host is ready.'
  fi
  say "Ready: $(release_tag "$RELEASE")."
}

main
