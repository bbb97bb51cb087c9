# Debian's Prometheus in the place of prom/prometheus, for machines that reach Debian and no image registry: the same
# paths, user and entry point. It is older (2.53 for 3.13): what it proves of expressions and scraping holds for both,
# as far as the two agree.
FROM debian:trixie-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends prometheus \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o nobody -g nogroup /prometheus
LABEL synapscribe.stand-in="prometheus"
USER 65534
WORKDIR /prometheus
VOLUME ["/prometheus"]
EXPOSE 9090
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
