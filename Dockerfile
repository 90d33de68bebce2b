# Builds and runs Kith. The configuration and the data live in the volume /data:
#   docker build -t kith .
#   docker run -v ./data:/data -p 5222:5222 -p 5223:5223 -p 5280:5280 kith
# In /data/kith.config.json set "listen": { "address": "0.0.0.0" }.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json CHANGELOG.md LICENSE README.md ./
COPY src ./src
COPY scripts ./scripts
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json && node scripts/finish-build.ts && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 5222 5223 5280 5281
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:5280/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["start", "--config", "/data/kith.config.json"]
