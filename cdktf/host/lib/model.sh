# shellcheck shell=bash
# The model, fetched once: resumed where it broke off, every file checked, in its place only when it is whole.

MODELS=/opt/models
MODEL=$MODELS/qwen-omni
# What the folder holds, beside it: the folder is the model's alone.
MODEL_SOURCE=$MODELS/qwen-omni.source
# Hugging Face's own name for a mirror's address.
HUB=${HF_ENDPOINT:-https://huggingface.co}
SPARE_GB=2

hub_get() {
  curl --silent --show-error --fail --location --proto "=${HUB%%:*}" --connect-timeout 20 "$@"
}

model_sha256() {
  sed -n 's/^SHA256=//p' "$MODEL_SOURCE"
}

has_model() {
  [ -d "$MODEL" ] && [ -f "$MODEL_SOURCE" ] || return 1
  grep --quiet --line-regexp --fixed-strings "ID=${SETTINGS[MODEL_ID]}" "$MODEL_SOURCE" || return 1
  grep --quiet --line-regexp --fixed-strings "REVISION=${SETTINGS[MODEL_REVISION]}" "$MODEL_SOURCE" || return 1
  [ -z "${SETTINGS[MODEL_SHA256]}" ] || [ "${SETTINGS[MODEL_SHA256]}" = "$(model_sha256)" ]
}

ensure_model() {
  local commit partial
  if has_model; then return 0; fi
  mkdir -p "$MODELS"
  commit=$(hub_get --max-time 60 --retry 5 "$HUB/api/models/${SETTINGS[MODEL_ID]}/revision/${SETTINGS[MODEL_REVISION]}" |
    python3 "$HOST_SCRIPTS/lib/model-files.py" commit) || die "The hub does not tell the model's revision."
  partial=$MODELS/.partial-${SETTINGS[MODEL_ID]//\//--}-$commit
  # What another revision left half-done is of no use.
  find "$MODELS" -mindepth 1 -maxdepth 1 -name '.partial-*' ! -path "$partial" -exec rm -rf {} +
  mkdir -p "$partial"
  fetch_model "$commit" "$partial"
}

fetch_model() {
  local commit=$1 partial=$2 list kind digest size path total=0 present lines='' sha256
  list=$(hub_get --max-time 60 --retry 5 "$HUB/api/models/${SETTINGS[MODEL_ID]}/tree/$commit?recursive=true" |
    python3 "$HOST_SCRIPTS/lib/model-files.py" files) || die "The hub does not tell the model's files."
  while read -r kind digest size path; do total=$((total + size)); done <<<"$list"
  present=$(du --summarize --block-size=1 "$partial" | cut -f 1)
  if ((present < total)); then require_space "$MODELS" $(((total - present) / 1000000000 + SPARE_GB)) 'The model'; fi
  say "The model ${SETTINGS[MODEL_ID]} at $commit: $((total / 1000000)) MB to be here."
  while read -r kind digest size path; do
    fetch_file "$HUB/${SETTINGS[MODEL_ID]}/resolve/$commit/$path" "$partial/$path" "$size"
    lines+=$(check_file "$partial/$path" "$kind" "$digest" "$size" "$path")$'\n' || exit 1
  done <<<"$list"
  sha256=$(printf '%s' "$lines" | sha256sum | cut -d ' ' -f 1)
  if [ -n "${SETTINGS[MODEL_SHA256]}" ] && [ "${SETTINGS[MODEL_SHA256]}" != "$sha256" ]; then
    rm -rf "$partial"
    die "The model that was fetched is not the one in MODEL_SHA256; it is deleted. Its digest is $sha256."
  fi
  chmod -R a+rX,go-w "$partial"
  place_model "$partial"
  printf '%s\n' "ID=${SETTINGS[MODEL_ID]}" "REVISION=${SETTINGS[MODEL_REVISION]}" "COMMIT=$commit" "SHA256=$sha256" |
    install_text "$MODEL_SOURCE" 644
  say "The model is in $MODEL. MODEL_SHA256=$sha256"
}

# fetch_file URL FILE BYTES: goes on where it was, at most eight times.
fetch_file() {
  local url=$1 file=$2 size=$3 attempt
  mkdir -p "$(dirname "$file")"
  touch "$file"
  for attempt in 1 2 3 4 5 6 7 8; do
    # More than it should be is not its beginning.
    if (($(stat -c %s "$file") > size)); then truncate --size 0 "$file"; fi
    if (($(stat -c %s "$file") == size)); then return 0; fi
    hub_get --max-time 3600 --speed-limit 10000 --speed-time 60 --continue-at - --output "$file" "$url" || sleep "$attempt"
  done
  if (($(stat -c %s "$file") == size)); then return 0; fi
  die "The model's file ${file##*/} could not be fetched; the next run goes on from there."
}

# check_file FILE ALGORITHM DIGEST BYTES PATH: writes its line of the model's digest.
check_file() {
  local file=$1 kind=$2 expected=$3 size=$4 path=$5 sha256 actual
  sha256=$(sha256sum <"$file" | cut -d ' ' -f 1)
  actual=$sha256
  if [ "$kind" = git ]; then
    actual=$({ printf 'blob %s\0' "$size" && cat "$file"; } | sha1sum | cut -d ' ' -f 1)
  fi
  if [ "$actual" != "$expected" ]; then
    rm "$file"
    die "The model's file $path is not what the hub says that it is; it is deleted, and the next run fetches it again."
  fi
  printf '%s  %s' "$sha256" "$path"
}

# Two renames: a crash between them leaves no model and no source, and the next run fetches it again.
place_model() {
  local partial=$1
  rm -rf "$MODELS/.old" "$MODEL_SOURCE"
  if [ -d "$MODEL" ]; then mv "$MODEL" "$MODELS/.old"; fi
  mv "$partial" "$MODEL"
  rm -rf "$MODELS/.old"
}
