# shellcheck shell=bash
# A release's images, and which release is the one that runs.

IMAGES=(synapscribe/agentcore synapscribe/gtts-proxy synapscribe/vllm)
DOCKER_DATA=/var/lib/docker
# vLLM's image, unpacked, beside what pulling it takes; and, where it is there, the rest.
FIRST_BUILD_GB=30
BUILD_GB=8

# has_images TAG
has_images() {
  docker image inspect "${IMAGES[@]/%/:$1}" >/dev/null 2>&1
}

# build_images RELEASE ETC: under the release's own tag, so that what runs stays what it is until all are built.
build_images() {
  local release=$1 etc=$2 tag needed=$BUILD_GB
  tag=$(release_tag "$release")
  if has_images "$tag"; then return 0; fi
  if ! docker image inspect synapscribe/vllm:current >/dev/null 2>&1; then needed=$FIRST_BUILD_GB; fi
  make_space "$needed"
  say "Building the images of $tag."
  # Without attestations, which differ each time: an image of the same content is the same, and is not restarted.
  if ! SYNAPSCRIBE_TAG=$tag BUILDX_NO_DEFAULT_ATTESTATIONS=1 compose "$release" "$etc" --progress plain build; then
    die "The images of $tag could not be built. What runs is left as it was."
  fi
}

make_space() {
  local needed=$1
  if (($(free_gb "$DOCKER_DATA") < needed)); then
    docker builder prune --force
    docker image prune --force
  fi
  require_space "$DOCKER_DATA" "$needed" 'The build of the images'
}

release_tag() {
  basename "$1" | cut -c 1-12
}

# switch_release RELEASE ETC: from here on, a start of the service starts this release.
switch_release() {
  local release=$1 etc=$2 image tag
  tag=$(release_tag "$release")
  for image in "${IMAGES[@]}"; do docker tag "$image:$tag" "$image:current"; done
  install_text "$ETC/compose.env" 600 <"$etc/compose.env"
  install_text "$ETC/settings.env" 600 <"$etc/settings.env"
  if [ "$(readlink "$CURRENT")" = "$release" ]; then return 0; fi
  if [ -L "$CURRENT" ]; then point "$HOST_HOME/previous" "$(readlink "$CURRENT")"; fi
  point "$CURRENT" "$release"
}

point() {
  ln --symbolic --force --no-dereference "$2" "$1.new"
  mv --no-target-directory "$1.new" "$1"
}

# Two releases stay: the one that runs and the one before it.
prune_releases() {
  local release image
  for release in "$HOST_HOME"/releases/*; do
    if [ "$release" = "$(readlink "$CURRENT")" ] || [ "$release" = "$(readlink "$HOST_HOME/previous")" ]; then continue; fi
    for image in "${IMAGES[@]}"; do docker image rm "$image:$(release_tag "$release")" >/dev/null 2>&1 || true; done
    rm -rf "$release"
  done
  docker image prune --force >/dev/null
  docker builder prune --force --filter until=168h >/dev/null
}
