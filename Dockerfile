# The example application under forker. docs/CONTAINERS.md has a Dockerfile of ten lines for your own.

# Alpine: --build-arg BUILD_IMAGE=node:24-alpine --build-arg RUNTIME_IMAGE=node:24-alpine; workers are spawned there, not
# forked (docs/PLATFORMS.md).
ARG BUILD_IMAGE=node:24-bookworm
ARG RUNTIME_IMAGE=node:24-bookworm-slim

# forker itself: one JavaScript file and one native addon. The compiler stays in this stage.
FROM $BUILD_IMAGE AS build
# The Debian image includes a compiler.
RUN if command -v apk > /dev/null; then apk add --no-cache g++; fi
WORKDIR /forker
COPY package.json package-lock.json ./
COPY tools tools
RUN npm ci
COPY build.mjs build-addon.mjs tsconfig*.json LICENSE ./
COPY src src
# The package as a registry would deliver it, built by the image's own Node: the one in node_modules needs glibc.
RUN node build.mjs && npm pack --ignore-scripts --pack-destination /tmp && mkdir /package \
 && tar --extract --file /tmp/bullmq-forker-*.tgz --directory /package --strip-components 1

# The application and its production dependencies.
FROM $RUNTIME_IMAGE AS app
WORKDIR /dependencies/examples/shop
COPY package.json /dependencies/
COPY examples/shop/package.json examples/shop/package-lock.json ./
# The example's dependency on forker is a link into this repository. The packed package replaces it below.
RUN npm ci --omit=dev && rm node_modules/bullmq-forker \
 && ln -sf ../bullmq-forker/dist/entrypoint.mjs node_modules/.bin/forker
WORKDIR /app
COPY examples/shop ./
# Readable by all users and writable only by root, whatever umask the checkout had.
RUN chmod -R u=rwX,go=rX .

FROM $RUNTIME_IMAGE
ARG RUNTIME_IMAGE
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="bullmq-forker example" \
      org.opencontainers.image.description="BullMQ workers, forked from one loaded application" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/$RUNTIME_IMAGE"
ENV NODE_ENV=production \
    PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
# What changes least comes first, so that releases share as many layers as possible.
COPY --from=app /dependencies/examples/shop/node_modules node_modules
COPY --from=build /package node_modules/bullmq-forker
COPY --from=app /app ./
# A number, so that Kubernetes can verify runAsNonRoot. Any other uid works as well, and so does root with FORKER_USER.
USER 10001:10001
# Drain: finish the running jobs, then exit 0. TERM stops at once and hands them back.
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["forker", "status", "--check"]
ENTRYPOINT ["forker"]
CMD ["./workers.mjs"]
