# Two images:
#   docker build -t confluentql .                            the program
#   docker build -t confluentql-server --target server .     `confluentql serve`, with a health check
ARG NODE=node:22-bookworm-slim

FROM ${NODE} AS build
# better-sqlite3 is compiled if there is no binary to download
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts && npm rebuild --foreground-scripts better-sqlite3
COPY . .
# the program needs one binary of better-sqlite3, and not its sources; Postgres is for the server alone
RUN npm run build \
  && mkdir /postgres && mv node_modules/@electric-sql /postgres/ \
  && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/build/Release/obj*

FROM ${NODE} AS program
RUN apt-get update \
  && apt-get install -y --no-install-recommends less \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/package.json /build/LICENSE /opt/confluentql/
COPY --from=build /build/node_modules /opt/confluentql/node_modules
COPY --from=build /build/dist /opt/confluentql/dist
RUN ln -s /opt/confluentql/dist/cli.js /usr/local/bin/confluentql && install -d -o 1000 -g 1000 /work
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["confluentql"]

FROM program AS server
COPY --from=build /postgres /opt/confluentql/node_modules
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
EXPOSE 5432
ENTRYPOINT ["confluentql", "serve", "--health-port", "8080"]

# the last stage is what is built without --target
FROM program
