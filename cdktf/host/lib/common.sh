# shellcheck shell=bash
# What every script on the host shares: places, words, and how a file comes into being.

export LC_ALL=C
# Neither systemd nor Systems Manager sets it, and Docker's builder keeps its state there.
export HOME=${HOME:-/root}
export HOST_HOME=/opt/synapscribe
export CURRENT=$HOST_HOME/current
export ETC=/etc/synapscribe
export LOGS=/var/log/synapscribe
# The address is a setting for tests alone.
IMDS_URL=${SYNAPSCRIBE_IMDS_URL:-http://169.254.169.254}

say() {
  printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"
}

die() {
  say "$*" >&2
  exit 1
}

# install_text PATH MODE: stdin becomes the file, all at once, and only where it differs.
install_text() {
  local path=$1 mode=$2 staged
  mkdir -p "$(dirname "$path")"
  staged=$(mktemp "$path.XXXXXX")
  cat >"$staged"
  chmod "$mode" "$staged"
  if cmp --silent "$staged" "$path" && [ "$(stat -c %a "$path")" = "$mode" ]; then
    rm "$staged"
  else
    mv "$staged" "$path"
  fi
}

# imds PATH: of this instance's metadata, version 2. Nothing and a failure where it does not answer with 200.
imds() {
  local token
  token=$(curl --silent --fail --noproxy '*' --max-time 5 --retry 3 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$IMDS_URL/latest/api/token") || return 1
  curl --silent --fail --noproxy '*' --max-time 5 --header "X-aws-ec2-metadata-token: $token" \
    "$IMDS_URL/latest/meta-data/$1"
}

# applied_setting KEY: of the settings that the running release was started with.
applied_setting() {
  sed -n "s/^$1=//p" "$ETC/settings.env"
}

# require_space FOLDER GB WHAT: says how much is missing.
require_space() {
  local folder=$1 needed=$2 what=$3 free
  free=$(free_gb "$folder")
  if ((free < needed)); then
    die "$what needs $needed GB on the disk, and $free GB are free: $((needed - free)) GB are missing."
  fi
}

free_gb() {
  df --output=avail --block-size=1G "$1" | tail -n 1 | tr -d ' '
}

# imds_status PATH: the HTTP status. Told apart from nothing: 404 is an answer.
imds_status() {
  local token
  token=$(curl --silent --fail --noproxy '*' --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$IMDS_URL/latest/api/token") || return 1
  curl --silent --noproxy '*' --max-time 5 --output /dev/null --write-out '%{http_code}' \
    --header "X-aws-ec2-metadata-token: $token" "$IMDS_URL/latest/meta-data/$1"
}
