# An instance, as far as the boot script sees it: Debian for Ubuntu, and stand-ins for AWS, Docker, systemd and the GPU.
# iptables, curl, python3 and flock are real.
FROM node:24-trixie-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends curl iproute2 iptables python3-minimal \
  && rm -rf /var/lib/apt/lists/*
COPY . /stand-ins/
RUN cd /stand-ins \
  && chmod +x aws df docker systemctl nvidia-smi \
  && mkdir -p /cloud /var/lib/docker \
  && install -D -m 755 cloudwatch-agent /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl
ENV PATH=/stand-ins:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  HF_ENDPOINT=http://127.0.0.1:8999 \
  SYNAPSCRIBE_READY_SECONDS=2 \
  SYNAPSCRIBE_POLL_SECONDS=0.1
# No longer than the whole suite, whoever forgets it.
CMD ["bash", "-c", "ip address add 169.254.169.254/32 dev lo && exec timeout 300 node /stand-ins/network.ts"]
