#!/usr/bin/env bash
# Of all containers, only those of AgentCore's network reach the instance's metadata, and so the rights of its role.
# compose/host.yaml gives that network's bridge its name. May run any number of times, and before Docker does: Docker
# keeps what is in this chain.
set -euo pipefail

if ! iptables -w 10 -n -L DOCKER-USER >/dev/null 2>&1; then iptables -w 10 -N DOCKER-USER; fi
rule=(DOCKER-USER ! -i syn-agent -d 169.254.169.254/32 -j DROP)
if ! iptables -w 10 -C "${rule[@]}" 2>/dev/null; then iptables -w 10 -I "${rule[@]}"; fi
