# shellcheck shell=bash
# The systemd units of the release that runs.

install_units() {
  local unit
  for unit in "$CURRENT"/cdktf/host/systemd/*.service; do
    install_text "/etc/systemd/system/${unit##*/}" 644 <"$unit"
  done
  install_text /etc/logrotate.d/synapscribe 644 <"$CURRENT/cdktf/host/logrotate.conf"
  systemctl daemon-reload
  systemctl enable synapscribe-firewall.service synapscribe.service
  # Started, never restarted: Docker requires it, and would be restarted too.
  systemctl start synapscribe-firewall.service
  "$CURRENT/cdktf/host/firewall.sh"
}

# Only where something may take the instance away.
install_drain() {
  if [ "${SETTINGS[PURCHASE]}" = spot ] || [ -n "${SETTINGS[LIFECYCLE_HOOK]}" ]; then
    systemctl enable synapscribe-spot-drain.service
    systemctl restart synapscribe-spot-drain.service
  else
    systemctl disable --now synapscribe-spot-drain.service
  fi
}
