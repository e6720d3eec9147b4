// A function that logs a line, for each package that writes logs by a thread.
const file = process.env.LOG_FILE;
const toFile = (more) => ({ target: "pino/file", ...more, options: { destination: file } });

export const loggers = {
  "pino 10": async () => {
    const { pino } = await import("pino");
    const log = pino({ transport: toFile() });
    return (text) => log.info(text);
  },
  "pino 9": async () => {
    const { pino } = await import("pino-9");
    const log = pino({ transport: toFile() });
    return (text) => log.info(text);
  },
  "pino 8": async () => {
    const { pino } = await import("pino-8");
    const log = pino({ transport: toFile() });
    return (text) => log.info(text);
  },
  "several targets": async () => {
    const { pino } = await import("pino");
    const pretty = { target: "pino-pretty", options: { destination: `${file}.pretty`, colorize: false } };
    const log = pino({ transport: { targets: [toFile({ level: "error" }), pretty] } });
    return (text) => log.info(text);
  },
  pipeline: async () => {
    const { pino } = await import("pino");
    const transport = pino.transport({ pipeline: [{ target: new URL("upper.mjs", import.meta.url).href }, toFile()] });
    const log = pino(transport);
    return (text) => log.info(text);
  },
  "pino-pretty": async () => {
    const { pino } = await import("pino");
    const log = pino({ transport: { target: "pino-pretty", options: { destination: file, colorize: false } } });
    return (text) => log.info(text);
  },
  "pino-roll": async () => {
    const { pino } = await import("pino");
    const log = pino({ transport: { target: "pino-roll", options: { file, frequency: "daily", mkdir: true } } });
    return (text) => log.info(text);
  },
  "nestjs-pino": async () => {
    await import("reflect-metadata");
    const [{ Module }, { NestFactory }, { LoggerModule, Logger }] = await Promise.all([
      import("@nestjs/common"),
      import("@nestjs/core"),
      import("nestjs-pino"),
    ]);
    class AppModule {
      purpose = "logging";
    }
    Module({ imports: [LoggerModule.forRoot({ pinoHttp: { transport: toFile() } })] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { bufferLogs: true });
    const log = app.get(Logger);
    app.useLogger(log);
    return (text) => log.log(text);
  },
  "thread-stream": async () => {
    const { default: ThreadStream } = await import("thread-stream");
    const stream = new ThreadStream({ filename: new URL("writer.mjs", import.meta.url).href, workerData: { file } });
    // As pino does for its transports.
    process.on("exit", () => {
      stream.flushSync();
      stream.end();
    });
    return (text) => void stream.write(`${text}\n`);
  },
};
