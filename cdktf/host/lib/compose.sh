# shellcheck shell=bash
# Docker Compose as this host runs it.

# compose RELEASE ETC ARGS…: with the release's files, and the settings in the folder ETC.
compose() {
  local release=$1 etc=$2 files
  shift 2
  files=(-f "$release/compose.yaml" -f "$release/compose/host.yaml" -f "$release/compose/cloudwatch.yaml")
  if grep --quiet --line-regexp OPEN_MODEL_PORTS=1 "$etc/settings.env"; then
    files+=(-f "$release/compose/open-ports.yaml")
  fi
  timeout 5400 docker compose --env-file "$etc/compose.env" "${files[@]}" --profile gpu "$@"
}
