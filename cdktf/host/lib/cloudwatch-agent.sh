# shellcheck shell=bash
# Amazon's agent: the host's own logs, and its disk, memory and GPU. A host without it still answers questions.

AGENT=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl

fetch_agent() {
  local region=$1 package status=0
  package=$(mktemp --suffix .deb)
  curl --silent --show-error --fail --max-time 300 --retry 3 --output "$package" \
    "https://amazoncloudwatch-agent-$region.s3.$region.amazonaws.com/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb" &&
    timeout 300 dpkg --install "$package" || status=1
  rm -f "$package"
  return "$status"
}

start_agent() {
  local config=$ETC/cloudwatch-agent.json
  if [ ! -x "$AGENT" ] && ! fetch_agent "${SETTINGS[AWS_REGION]}"; then
    say "No CloudWatch agent: the host's own logs and metrics are on this host alone."
    return 0
  fi
  sed "s|@LOG_GROUP_PREFIX@|${SETTINGS[LOG_GROUP_PREFIX]}|g" "$CURRENT/cdktf/host/cloudwatch-agent.json" |
    install_text "$config" 644
  timeout 120 "$AGENT" -a fetch-config -m ec2 -s -c "file:$config" ||
    say "The CloudWatch agent does not start: the host's own logs and metrics are on this host alone."
}
