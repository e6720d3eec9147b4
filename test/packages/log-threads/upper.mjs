// A step of a pipeline, which marks each line that passes.
import { Transform } from "node:stream";
import build from "pino-abstract-transport";

export default () =>
  build(
    (source) => {
      const step = new Transform({
        autoDestroy: true,
        objectMode: true,
        transform: (line, _encoding, done) => done(null, `${JSON.stringify({ ...line, passed: true })}\n`),
      });
      source.pipe(step);
      return step;
    },
    { enablePipelining: true },
  );
