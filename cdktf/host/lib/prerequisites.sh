# shellcheck shell=bash
# What the AMI should bring, and Ubuntu's packages for what it does not.

apt_install() {
  say "Installing $*, which this image does not have."
  timeout 600 apt-get -o DPkg::Lock::Timeout=300 update -qq
  DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -o DPkg::Lock::Timeout=300 install -y -qq "$@"
}

# ensure_command COMMAND PACKAGE
ensure_command() {
  command -v "$1" >/dev/null || apt_install "$2" || die "This host has no $1, and $2 could not be installed."
}

# ensure_docker_plugin NAME PACKAGE…: the first that can be had.
ensure_docker_plugin() {
  local name=$1 package
  shift
  if docker "$name" version >/dev/null 2>&1; then return 0; fi
  for package in "$@"; do
    if apt_install "$package"; then return 0; fi
  done
  die "This host has no docker $name, and none could be installed."
}

ensure_prerequisites() {
  ensure_command curl curl
  ensure_command python3 python3
  ensure_command iptables iptables
  ensure_command docker docker.io
  ensure_docker_plugin compose docker-compose-plugin docker-compose-v2
  ensure_docker_plugin buildx docker-buildx-plugin docker-buildx
  systemctl is-active --quiet docker || systemctl start docker || die "Docker does not start."
  timeout 60 nvidia-smi >/dev/null || die "This host's GPU does not answer: nvidia-smi fails."
}
