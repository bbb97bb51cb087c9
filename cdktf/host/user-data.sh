#!/usr/bin/env bash
# Brings this host to what the settings parameter names: fetches the release, checks it, and runs its bootstrap.
# Runs at the first boot, and again by Systems Manager after a deploy. Nothing here depends on what a release holds.
if [ -z "$BASH_VERSION" ]; then exec bash "$0"; fi
set -euo pipefail
umask 022

region='__REGION__'
parameter='__SETTINGS_PARAMETER__'
home=/opt/synapscribe
logs=/var/log/synapscribe

die() {
  echo "synapscribe: $*" >&2
  exit 1
}

# A role's credentials may lag behind the first seconds of an instance.
persistently() {
  local delay
  for delay in 2 5 10 20 30; do
    if timeout 300 "$@"; then return 0; fi
    sleep "$delay"
  done
  timeout 300 "$@"
}

setting() {
  sed -n "s/^$1=//p" <<<"$settings"
}

fetch_release() {
  local sha=$1 release=$2 staged
  if [ -d "$release" ]; then return 0; fi
  staged=$(mktemp -d "$home/releases/.staged-XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$staged'" EXIT
  persistently aws s3 cp --only-show-errors --region "$region" "s3://$bucket/$key" "$staged/asset.tar.gz" ||
    die "The release could not be fetched from S3."
  if ! sha256sum --check --status <<<"$sha  $staged/asset.tar.gz"; then
    die "The release in S3 is not the one that the settings name: its SHA-256 differs."
  fi
  mkdir "$staged/release"
  tar --extract --gzip --no-same-owner --file "$staged/asset.tar.gz" --directory "$staged/release"
  mv "$staged/release" "$release"
}

main() {
  local settings bucket key sha release
  # A boot and an association may come at once: the second waits, and then finds nothing to do.
  exec 9>/run/synapscribe-apply.lock
  flock --wait 7000 9 || die "Another run has not ended in two hours."
  export SYNAPSCRIBE_LOCKED=1

  settings=$(persistently aws ssm get-parameter --region "$region" --name "$parameter" \
    --query Parameter.Value --output text) || die "The settings could not be read from $parameter."
  bucket=$(setting ASSET_BUCKET)
  key=$(setting ASSET_KEY)
  sha=$(setting ASSET_SHA256)
  [[ $bucket =~ ^[a-z0-9][a-z0-9.-]{2,62}$ ]] || die "ASSET_BUCKET in $parameter is no bucket's name."
  [[ $key =~ ^[A-Za-z0-9._/-]{1,500}$ ]] || die "ASSET_KEY in $parameter is no object's key."
  [[ $sha =~ ^[0-9a-f]{64}$ ]] || die "ASSET_SHA256 in $parameter is no SHA-256."

  release=$home/releases/$sha
  mkdir -p "$home/releases" "$home/bin"
  fetch_release "$sha" "$release"
  # To be run by hand: sudo /opt/synapscribe/bin/apply
  if ! cmp --silent "$0" "$home/bin/apply"; then
    install -m 755 "$0" "$home/bin/apply.new"
    mv "$home/bin/apply.new" "$home/bin/apply"
  fi
  bash "$release/cdktf/host/bootstrap.sh" <<<"$settings"
}

mkdir -p "$logs"
main 2>&1 | tee -a "$logs/boot.log"
