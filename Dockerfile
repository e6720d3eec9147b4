# The example application under forker, and a pattern for yours: docs/CONTAINERS.md has it in ten lines.

# forker itself: one JavaScript file and one native addon. The compiler stays in this stage.
FROM node:24-bookworm AS build
WORKDIR /forker
COPY package.json package-lock.json ./
COPY tools tools
RUN npm ci
COPY build.mjs tsconfig.json LICENSE ./
COPY src src
RUN npm run build && npm pack --ignore-scripts --pack-destination /tmp

# The application with what it needs in production, forker among it.
FROM node:24-bookworm-slim AS app
WORKDIR /build/examples/shop
COPY package.json /build/
COPY examples/shop/package.json examples/shop/package-lock.json ./
RUN npm ci --omit=dev
# The example's link into this repository becomes the package, as a registry would give it.
COPY --from=build /tmp/bullmq-forker-*.tgz /tmp/
RUN rm node_modules/bullmq-forker && mkdir node_modules/bullmq-forker \
 && tar --extract --file /tmp/bullmq-forker-*.tgz --directory node_modules/bullmq-forker --strip-components 1 \
 && ln -sf ../bullmq-forker/dist/entrypoint.mjs node_modules/.bin/forker
COPY examples/shop ./
# For everybody to read and for root alone to write, whatever the umask of the checkout was.
RUN find . -path ./node_modules -prune -o -exec chmod u=rwX,go=rX {} +

FROM node:24-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="bullmq-forker example" \
      org.opencontainers.image.description="BullMQ workers, forked from one loaded application" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
ENV NODE_ENV=production \
    PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
COPY --from=app /build/examples/shop /app
# A number, so that Kubernetes can verify runAsNonRoot. Any other uid works as well, and so does root with FORKER_USER.
USER 10001:10001
# Drain: finish the running jobs, then exit 0. TERM stops at once and hands them back.
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["forker", "status", "--check"]
ENTRYPOINT ["forker"]
CMD ["./workers.mjs"]
