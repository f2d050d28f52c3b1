# A tag moves. For images that can be built again to the byte, give the digest that you have tested:
#   docker build --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… .
ARG NODE_IMAGE=node:24-bookworm-slim

# Build: dependencies, JavaScript, then the dependencies of the service alone.
FROM $NODE_IMAGE AS build
# Empty directories. The final stage copies them with another owner, so that the user of the service can write to them.
WORKDIR /tokens
WORKDIR /data
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY web web
RUN npm run build
RUN npm prune --omit=dev

# The service: no compiler, no sources, not root.
FROM $NODE_IMAGE
LABEL org.opencontainers.image.title="quovadis-watch"
LABEL org.opencontainers.image.description="Finds Cisco switches that no longer trust Cisco's cloud (field notice FN72298), by their syslog"
LABEL org.opencontainers.image.version="0.1.0"
LABEL org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY deploy/image/quovadis-watch /usr/local/bin/quovadis-watch
COPY package.json LICENSE ./
COPY advisories advisories
COPY samples/demo.txt samples/demo.txt
COPY docs/runbook.md docs/runbook.md
COPY deploy/openssl.cnf deploy/openssl.cnf
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build --chown=node:node /data /data
COPY --from=build --chown=node:node /tokens /tokens

ENV NODE_ENV=production
ENV QUOVADIS_DATA=/data QUOVADIS_SYSLOG_UDP=0.0.0.0:514 QUOVADIS_SYSLOG_TCP=0.0.0.0:514 QUOVADIS_HTTP_LISTEN=0.0.0.0:9514 QUOVADIS_HTTP_PROBE=127.0.0.1:9515
# HTTP listens on all interfaces of the container, so the service does not start without a token: mount a file with one and
# set QUOVADIS_HTTP_READ_TOKENS_FILE, or set QUOVADIS_HTTP_LISTEN=127.0.0.1:9514 to answer only inside the container.
USER node
# Docker 20.10 and newer set net.ipv4.ip_unprivileged_port_start=0 in a container's network, so a user who is not root
# may bind 514. With the host's network or an older engine, set QUOVADIS_SYSLOG_UDP and _TCP to port 1024 or above.
EXPOSE 514/udp 514/tcp 9514
VOLUME /data
# Asks the port of QUOVADIS_HTTP_PROBE, which answers also if HTTP speaks TLS, or is off.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.QUOVADIS_HTTP_PROBE.split(':').pop() + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The service stores what it has received, which takes at most 10 seconds.
STOPSIGNAL SIGTERM
CMD ["quovadis-watch", "serve"]
