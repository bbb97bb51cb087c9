# shellcheck shell=bash
# The settings, as Terraform wrote them into the parameter: read as text, never run. host-settings.ts has the same keys.

declare -A SETTINGS=()

# What a value may be; a failure for a key that is none.
setting_pattern() {
  case $1 in
    ASSET_BUCKET | AUDIO_BUCKET) echo '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' ;;
    ASSET_KEY) echo '^[A-Za-z0-9._/-]{1,500}$' ;;
    ASSET_SHA256) echo '^[0-9a-f]{64}$' ;;
    AWS_REGION) echo '^[a-z]{2}(-[a-z]+){1,3}-[0-9]$' ;;
    SESSIONS_TABLE) echo '^[A-Za-z0-9_.-]{3,255}$' ;;
    CONNECTIONS_ENDPOINT) echo '^https://[A-Za-z0-9.-]+(/[A-Za-z0-9_-]+)*$' ;;
    OPEN_MODEL_PORTS) echo '^[01]$' ;;
    CLOUDWATCH_METRICS_NAMESPACE) echo '^[A-Za-z0-9_./-]{0,255}$' ;;
    LOG_GROUP_PREFIX) echo '^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$' ;;
    VLLM_DTYPE) echo '^(auto|half)$' ;;
    VLLM_MEMORY) echo '^[1-9][0-9]{0,2}g$' ;;
    LLM_CONTEXT_TOKENS) echo '^[1-9][0-9]{2,5}$' ;;
    MODEL_ID) echo '^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$' ;;
    MODEL_REVISION) echo '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' ;;
    MODEL_SHA256) echo '^([0-9a-f]{64})?$' ;;
    PURCHASE) echo '^(spot|on-demand)$' ;;
    LIFECYCLE_HOOK) echo '^[A-Za-z0-9_/-]{0,200}$' ;;
    *) return 1 ;;
  esac
}

SETTING_KEYS=(
  ASSET_BUCKET ASSET_KEY ASSET_SHA256 AWS_REGION AUDIO_BUCKET SESSIONS_TABLE CONNECTIONS_ENDPOINT OPEN_MODEL_PORTS
  CLOUDWATCH_METRICS_NAMESPACE LOG_GROUP_PREFIX VLLM_DTYPE VLLM_MEMORY LLM_CONTEXT_TOKENS MODEL_ID MODEL_REVISION
  MODEL_SHA256 PURCHASE LIFECYCLE_HOOK
)

# Reads stdin into SETTINGS. A refusal names the key, and never repeats the value.
parse_settings() {
  local line key value pattern number=0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    if [ -z "$line" ]; then continue; fi
    [[ $line =~ ^[A-Z][A-Z0-9_]*= ]] || die "Line $number of the settings is not a KEY=value."
    key=${line%%=*}
    value=${line#*=}
    pattern=$(setting_pattern "$key") || die "Line $number of the settings has a key that is not known."
    [[ $value =~ $pattern ]] || die "The setting $key has a value that is not allowed."
    [ -z "${SETTINGS[$key]+set}" ] || die "The setting $key is given twice."
    SETTINGS[$key]=$value
  done
  for key in "${SETTING_KEYS[@]}"; do
    [ -n "${SETTINGS[$key]+set}" ] || die "The setting $key is missing."
  done
}

render_settings() {
  local key
  for key in "${SETTING_KEYS[@]}"; do printf '%s=%s\n' "$key" "${SETTINGS[$key]}"; done
}

# A key for the opened model and voice, made once a host. Read with OPEN_MODEL_PORTS=1 alone.
api_key() {
  local path=$ETC/api-key
  if [ ! -s "$path" ]; then head -c 32 /dev/urandom | sha256sum | cut -d ' ' -f 1 | install_text "$path" 600; fi
  cat "$path"
}

# render_compose_env ADDRESS INSTANCE MODEL: the file that compose/gpu.env.example describes.
render_compose_env() {
  local key
  cat <<EOF
COMPOSE_PROFILES=gpu
SYNAPSCRIBE_TAG=current
AGENTCORE_BIND=$1
AGENTCORE_AWS_REGION=${SETTINGS[AWS_REGION]}
AGENTCORE_AUDIO_BUCKET=${SETTINGS[AUDIO_BUCKET]}
AGENTCORE_SESSIONS_TABLE=${SETTINGS[SESSIONS_TABLE]}
AGENTCORE_CONNECTIONS_ENDPOINT=${SETTINGS[CONNECTIONS_ENDPOINT]}
CLOUDWATCH_METRICS_NAMESPACE=${SETTINGS[CLOUDWATCH_METRICS_NAMESPACE]}
LLM_CONTEXT_TOKENS=${SETTINGS[LLM_CONTEXT_TOKENS]}
VLLM_DTYPE=${SETTINGS[VLLM_DTYPE]}
VLLM_MEMORY=${SETTINGS[VLLM_MEMORY]}
LOG_GROUP_PREFIX=${SETTINGS[LOG_GROUP_PREFIX]}
SYNAPSCRIBE_INSTANCE_ID=$2
SYNAPSCRIBE_MODEL_SHA256=$3
EOF
  if [ "${SETTINGS[OPEN_MODEL_PORTS]}" = 1 ]; then
    key=$(api_key)
    printf '%s\n' "SYNAPSCRIBE_VLLM_API_KEY=$key" "LLM_API_KEY=$key" "TTS_API_KEY=$key"
  fi
}
