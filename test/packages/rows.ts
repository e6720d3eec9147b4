/** One row of docs/FORK-SAFETY.md: a folder of apps/, and a description of its two applications. */
export interface Row {
  readonly app: string;
  /** The packages as in package.json; none for a part of Node. */
  readonly packages: readonly string[];
  /** At the top level of a module. */
  readonly naive: string;
  readonly recommended: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const rows: readonly Row[] = [
  {
    app: "ioredis",
    packages: ["ioredis"],
    naive: "`new Redis(url)`",
    recommended: "`new Redis(url, { lazyConnect: true })`: each worker connects at its first command",
  },
  {
    app: "redis",
    packages: ["redis"],
    naive: "`await createClient({ url }).connect()`",
    recommended: "`connect()` in `afterFork`",
  },
  {
    app: "bullmq",
    packages: ["bullmq"],
    naive: "`new Queue(name)`",
    recommended: "`queue = new Queue(name)` in `afterFork`",
  },
  {
    app: "pg",
    packages: ["pg"],
    naive: "`new Pool()` and a query",
    recommended: "`new Pool()` and no query; or `await pool.end()` in `setup`, and a new one",
  },
  {
    app: "mysql2",
    packages: ["mysql2"],
    naive: "`createPool(url)` and a query",
    recommended: "`createPool(url)`, which connects at its first query",
  },
  {
    app: "mongodb",
    packages: ["mongodb"],
    naive: "`await client.connect()`",
    recommended: "`new MongoClient(url)`, which connects at its first command",
  },
  {
    app: "mongoose",
    packages: ["mongoose"],
    naive: "`await mongoose.connect(url)`",
    recommended: "models at the top level, `mongoose.connect(url)` in `afterFork`",
  },
  {
    app: "knex",
    packages: ["knex", "pg"],
    naive: "`knex(config)` and a query",
    recommended: "`knex(config)` and no query",
  },
  {
    app: "sequelize",
    packages: ["sequelize", "pg"],
    naive: "`await sequelize.authenticate()`",
    recommended: "models at the top level, `authenticate()` in `afterFork`",
  },
  {
    app: "prisma",
    packages: ["@prisma/client", "@prisma/adapter-pg"],
    naive: "`new PrismaClient({ adapter })` and a query",
    recommended: "`new PrismaClient({ adapter })` and no query",
  },
  {
    app: "node-sqlite",
    packages: [],
    naive: "`new DatabaseSync(file)` of `node:sqlite`",
    recommended: "`new DatabaseSync(file, { open: false })`, `open()` in `afterFork`",
  },
  {
    app: "duckdb",
    packages: ["@duckdb/node-api"],
    naive: "`await DuckDBInstance.create()`, on a machine where it has threads (here: `threads: 4`)",
    recommended: "the same in `afterFork`",
  },
  {
    app: "sharp",
    packages: ["sharp"],
    naive: "`import` and an image processed",
    recommended: "`import`, and images only in jobs",
  },
  {
    app: "argon2",
    packages: ["@node-rs/argon2"],
    naive: "`import` and a hash computed",
    recommended: "`import`, and hashes in jobs",
  },
  {
    app: "bcrypt",
    packages: ["bcrypt"],
    naive: "`import` and a hash computed",
    recommended: "`import`, and hashes in jobs",
  },
  {
    app: "pino",
    packages: ["pino"],
    naive: "`pino({ transport })`",
    recommended: "`pino(pino.destination({ sync: true }))`",
  },
  {
    app: "winston",
    packages: ["winston"],
    naive: "transports `File` and `Http`, and a line logged",
    recommended: "transport `File`, and a line logged",
  },
  {
    app: "fetch",
    packages: [],
    naive: "`await fetch(url)`",
    recommended: "the same with `connection: close` in its headers",
  },
  {
    app: "undici",
    packages: ["undici"],
    naive: "a request by an `Agent`",
    recommended: "`await agent.close()` at the end of `setup`, and a new one",
  },
  {
    app: "axios",
    packages: ["axios"],
    naive: "a request by an `http.Agent({ keepAlive: true })`",
    recommended: "`httpAgent.destroy()` at the end of `setup`; the agent stays usable",
  },
  {
    app: "aws-sdk",
    packages: ["@aws-sdk/client-s3"],
    naive: "`new S3Client()` and a request",
    recommended: "`new S3Client()` and no request",
  },
  {
    app: "grpc-js",
    packages: ["@grpc/grpc-js"],
    naive: "a client and a call",
    recommended: "a client and no call",
  },
  {
    app: "nodemailer",
    packages: ["nodemailer"],
    naive: "a pooled transport and a mail",
    recommended: "a pooled transport and no mail",
  },
  {
    app: "opentelemetry",
    packages: ["@opentelemetry/sdk-node"],
    naive: "`sdk.start()`",
    recommended: "`sdk.start()` in `afterFork`, `sdk.shutdown()` in `teardown`",
  },
  {
    app: "opentelemetry-hook",
    packages: ["@opentelemetry/instrumentation"],
    naive: '`register("@opentelemetry/instrumentation/hook.mjs")`',
    recommended: "instrumentations without the hook: Node's own modules and CommonJS packages",
  },
  {
    app: "opentelemetry-loader",
    packages: ["@opentelemetry/instrumentation"],
    naive: "`NODE_OPTIONS=--experimental-loader=@opentelemetry/instrumentation/hook.mjs`",
    recommended: "the same, without that option",
    env: { NODE_OPTIONS: "--experimental-loader=@opentelemetry/instrumentation/hook.mjs" },
  },
  {
    app: "dd-trace",
    packages: ["dd-trace"],
    naive: "`tracer.init()`",
    recommended: "`import` at the top level, `tracer.init()` in `afterFork`",
  },
  {
    app: "sentry",
    packages: ["@sentry/node"],
    naive: "`Sentry.init({ dsn })`",
    recommended: "`Sentry.init({ dsn })` in `afterFork`",
  },
  {
    app: "tsx",
    packages: ["tsx"],
    naive: "`NODE_OPTIONS=--import=tsx`",
    recommended: "TypeScript compiled beforehand, or Node's own type stripping",
    env: { NODE_OPTIONS: "--import=tsx" },
  },
  {
    app: "node-cron",
    packages: ["node-cron"],
    naive: "`cron.schedule()`: runs once per worker",
    recommended: "`cron.schedule()` in `afterFork`, if `worker.slot === 0`: runs in one worker",
  },
  {
    app: "prom-client",
    packages: ["prom-client"],
    naive: "`collectDefaultMetrics()`",
    recommended: "the same in `afterFork`",
  },
  {
    app: "piscina",
    packages: ["piscina"],
    naive: "`new Piscina({ minThreads: 1 })`",
    recommended: "the same in `afterFork`",
  },
  {
    app: "lru-cache",
    packages: ["lru-cache"],
    naive: "`new LRUCache({ ttl, ttlAutopurge: true })`, filled",
    recommended: "`new LRUCache({ ttl })`, which checks the age on access",
  },
  {
    app: "esbuild",
    packages: ["esbuild"],
    naive: "`await transform()`: a child process",
    recommended: "`await esbuild.stop()` at the end of `setup`",
  },
  {
    app: "chokidar",
    packages: ["chokidar"],
    naive: "`watch(folder)`",
    recommended: "the same in `afterFork`",
  },
];
