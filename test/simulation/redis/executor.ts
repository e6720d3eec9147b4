import type { Command } from "./commands/command.ts";
import { checkArity, findCommand, unknownCommand } from "./commands/table.ts";
import type { Connection } from "./connection.ts";
import { type CompiledScript, ScriptRunner } from "./lua/scripts.ts";
import type { RedisModel } from "./redis-model.ts";
import { queued, type Reply, ReplyError } from "./reply.ts";
import { findSessionCommand, type SessionCommand } from "./session/table.ts";

/** Executes the commands of one server. Blocking commands answer later, all others at once. */
export class Executor {
  readonly #model: RedisModel;
  readonly #runner: ScriptRunner;
  readonly scripts = new Map<string, CompiledScript>();
  /** The connection whose script runs. */
  #caller: Connection | undefined;

  constructor(model: RedisModel) {
    this.#model = model;
    this.#runner = new ScriptRunner((argv) => this.#callFromScript(argv));
  }

  describe(argv: readonly string[]): Pick<Command, "name" | "access"> {
    const name = argv[0] ?? "";
    return findSessionCommand(name) ?? findCommand(name) ?? { name: name.toUpperCase(), access: "read" };
  }

  execute(connection: Connection, argv: readonly string[], answer: (reply: Reply) => void): void {
    connection.lastCommand = (argv[0] ?? "").toLowerCase();
    const reply = this.#reply(connection, argv, answer);
    if (reply !== undefined) answer(reply);
    this.#model.blocked.serve(connection.database, this.#model.keys(connection.database));
  }

  /** Executes a command of a transaction or of a connection that does not wait. undefined: it will answer later. */
  #reply(connection: Connection, argv: readonly string[], answer: (reply: Reply) => void): Reply | undefined {
    try {
      const session = findSessionCommand(argv[0] ?? "");
      const command = session === undefined ? findCommand(argv[0] ?? "") : undefined;
      if (command === undefined && session === undefined) throw unknownCommand(argv);
      checkArity((command ?? session) as Command, argv.length);
      if (connection.transaction !== undefined && session?.inTransaction !== "executed") {
        connection.transaction.commands.push(argv);
        return queued;
      }
      return this.#run(connection, argv, command, session, answer);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      if (connection.transaction !== undefined) connection.transaction.isBroken = true;
      return error;
    }
  }

  #run(
    connection: Connection,
    argv: readonly string[],
    command: Command | undefined,
    session: SessionCommand | undefined,
    answer: (reply: Reply) => void,
  ): Reply | undefined {
    if (command !== undefined) return command.execute(this.#model.keys(connection.database), argv.slice(1));
    return session?.execute({ connection, model: this.#model, executor: this, answer }, argv.slice(1));
  }

  /** Executes the commands of a transaction. A blocking command does not wait there. */
  executeQueued(connection: Connection, commands: readonly (readonly string[])[]): Reply[] {
    return commands.map((argv) => this.#reply(connection, argv, () => undefined) ?? null);
  }

  runScript(connection: Connection, script: CompiledScript, keys: string[], args: string[]): Reply {
    this.#caller = connection;
    this.#keyspace = this.#model.keys(connection.database);
    return this.#runner.run(script, keys, args);
  }

  #keyspace: ReturnType<RedisModel["keys"]> | undefined;

  #callFromScript(argv: string[]): Reply {
    const command = findCommand(argv[0] ?? "");
    if (command === undefined || this.#caller === undefined || this.#keyspace === undefined)
      throw new ReplyError("ERR Unknown Redis command called from script");
    const { arity } = command;
    if (arity >= 0 ? argv.length !== arity : argv.length < -arity)
      throw new ReplyError("ERR Wrong number of args calling Redis command from script");
    const { decideInScript } = this.#model.options;
    if (decideInScript !== undefined) {
      const { name, access } = command;
      const decision = decideInScript({
        name,
        argv,
        access,
        connectionId: this.#caller.id,
        connectionName: this.#caller.name,
      });
      if (decision !== "ok") throw new ReplyError(decision.refuse);
    }
    return command.execute(this.#keyspace, argv.slice(1));
  }
}
