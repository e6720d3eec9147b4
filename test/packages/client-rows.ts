/** One row of the table in docs/CONNECTIONS.md: an application of clients/, and the transports that it is run over. */
export interface ClientRow {
  readonly app: string;
  readonly title: string;
  /** As in package.json; none for a part of Node. */
  readonly packages: readonly string[];
  /** The servers' prefix in the environment: `PG` for PG_TCP, PG_TLS and PG_UNIX. */
  readonly server: string;
  readonly transports: readonly ("tcp" | "tls" | "unix" | "udp")[];
  /** What connects again in a worker. */
  readonly again: string;
}

const all = ["tcp", "tls", "unix"] as const;

export const clientRows: readonly ClientRow[] = [
  {
    app: "ioredis",
    title: "ioredis",
    packages: ["ioredis"],
    server: "REDIS",
    transports: all,
    again: "parked: connects in the worker",
  },
  {
    app: "bullmq",
    title: "BullMQ Queue",
    packages: ["bullmq"],
    server: "REDIS",
    transports: ["tcp"],
    again: "parked: connects in the worker; in the template if `setup` awaits a reply",
  },
  { app: "redis", title: "node-redis", packages: ["redis"], server: "REDIS", transports: all, again: "the client" },
  {
    app: "redis-subscriber",
    title: "node-redis, subscriber",
    packages: ["redis"],
    server: "REDIS",
    transports: all,
    again: "the client, which subscribes again",
  },
  {
    app: "pg-pool",
    title: "pg Pool without an `error` listener",
    packages: ["pg"],
    server: "PG",
    transports: all,
    again: "the pool",
  },
  {
    app: "pg-pool-listener",
    title: "pg Pool whose `error` listener exits",
    packages: ["pg"],
    server: "PG",
    transports: all,
    again: "the pool",
  },
  {
    app: "pg-listen",
    title: "pg Client with LISTEN",
    packages: ["pg"],
    server: "PG",
    transports: all,
    again: "the application, when the client emits `end`",
  },
  {
    app: "typeorm",
    title: "TypeORM",
    packages: ["typeorm", "pg"],
    server: "PG",
    transports: ["tcp"],
    again: "its pool",
  },
  {
    app: "prisma",
    title: "Prisma",
    packages: ["@prisma/client", "@prisma/adapter-pg"],
    server: "PG",
    transports: ["tcp"],
    again: "its pool",
  },
  { app: "knex", title: "knex", packages: ["knex", "pg"], server: "PG", transports: ["tcp"], again: "its pool" },
  {
    app: "sequelize",
    title: "Sequelize",
    packages: ["sequelize", "pg"],
    server: "PG",
    transports: ["tcp"],
    again: "its pool",
  },
  { app: "mysql2", title: "mysql2 pool", packages: ["mysql2"], server: "MYSQL", transports: all, again: "the pool" },
  { app: "mongodb", title: "mongodb", packages: ["mongodb"], server: "MONGO", transports: all, again: "the client" },
  {
    app: "mongoose",
    title: "mongoose",
    packages: ["mongoose"],
    server: "MONGO",
    transports: all,
    again: "the connection",
  },
  {
    app: "http-agent",
    title: "http.Agent, https.Agent with `keepAlive`",
    packages: [],
    server: "HTTP",
    transports: all,
    again: "the agent",
  },
  { app: "fetch", title: "fetch", packages: [], server: "HTTP", transports: ["tcp", "tls"], again: "its agent" },
  { app: "undici", title: "undici Agent", packages: ["undici"], server: "HTTP", transports: all, again: "the agent" },
  {
    app: "axios",
    title: "axios with a `keepAlive` agent",
    packages: ["axios"],
    server: "HTTP",
    transports: ["tcp", "tls"],
    again: "the agent",
  },
  {
    app: "http2",
    title: "http2 session",
    packages: [],
    server: "HTTP2",
    transports: all,
    again: "the application, if the session is closed",
  },
  { app: "grpc-js", title: "gRPC", packages: ["@grpc/grpc-js"], server: "GRPC", transports: all, again: "the channel" },
  {
    app: "amqplib",
    title: "amqplib",
    packages: ["amqplib"],
    server: "AMQP",
    transports: ["tcp", "tls"],
    again: "the application, when the connection emits `close`",
  },
  {
    app: "kafkajs",
    title: "kafkajs producer",
    packages: ["kafkajs"],
    server: "KAFKA",
    transports: ["tcp", "tls"],
    again: "the producer",
  },
  {
    app: "nodemailer",
    title: "nodemailer with `pool`",
    packages: ["nodemailer"],
    server: "SMTP",
    transports: ["tcp", "tls"],
    again: "the pool",
  },
  {
    app: "dgram",
    title: "dgram, connected",
    packages: [],
    server: "STATSD",
    transports: ["udp"],
    again: "the worker has a socket of its own",
  },
  {
    app: "hot-shots",
    title: "hot-shots",
    packages: ["hot-shots"],
    server: "STATSD",
    transports: ["udp"],
    again: "the worker has a socket of its own",
  },
];
