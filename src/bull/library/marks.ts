/*
 * The methods by which forker recognizes BullMQ's classes inside an application's bundle, where they have no module, and perhaps
 * no name. Bundlers and minifiers keep the names of methods, unless an option makes them shorten properties, too.
 */

/** Methods of one prototype that no other class has. They are the same in all supported versions. */
const marks = {
  Worker: ["startStalledCheckTimer", "nextJobFromJobData", "getNextJob", "processJob", "whenCurrentJobsFinished"],
  RedisConnection: ["loadCommands", "checkBlockingOptions", "init", "reconnect", "disconnect"],
  RedisQueueBackend: ["execCommand", "getJobData", "moveToActive"],
} as const;

/** The prototype of the class itself, from which the application's subclasses inherit. */
export function markedPrototype(object: object, name: keyof typeof marks): object | undefined {
  // Most objects lack the first name.
  if (!(marks[name][0] in object)) return undefined;
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const prototype = at;
    if (marks[name].every((one) => Object.hasOwn(prototype, one))) return prototype;
  }
  return undefined;
}

/** Whether this is a Worker of BullMQ, even if a bundler has renamed some of its methods. The queues of Bull 4 have the others. */
export function resemblesWorker(object: object): boolean {
  const [first, second] = marks.Worker;
  return first in object || second in object;
}

/** Whether BullMQ's Worker is in this text of a bundle, without the names by which forker recognizes it. */
export function lacksMarks(text: string): boolean {
  return (
    text.includes(textOfWorker) &&
    !marks.Worker.every((one) => new RegExp(`\\b${one}\\(|${one}\\s*=|key:\\s*"${one}"`).test(text))
  );
}

/** An error message of its Worker, in all versions. */
const textOfWorker = "Worker requires a connection";
