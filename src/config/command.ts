import type { FleetRequest } from "./fleet-request.ts";

/** What a command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly app: string }
  | { readonly kind: "check"; readonly app: string }
  | { readonly kind: "initProject"; readonly kubernetes: boolean; readonly dryRun: boolean }
  | { readonly kind: "explain"; readonly app: string | undefined }
  | {
      readonly kind: "status";
      readonly json: boolean;
      readonly check: boolean;
      readonly watch: boolean;
      readonly pid: number | undefined;
    }
  | { readonly kind: "tree"; readonly pid: number | undefined }
  | { readonly kind: "stopJob"; readonly queue: string; readonly id: string; readonly pid: number | undefined }
  | {
      readonly kind: "signal";
      readonly signal: NodeJS.Signals;
      readonly slot: number | undefined;
      readonly pid: number | undefined;
    }
  | {
      readonly kind: "drain";
      readonly wait: boolean;
      /** undefined: as long as the drain takes. */
      readonly timeoutMs: number | undefined;
      readonly pid: number | undefined;
    }
  | ({ readonly kind: "fleet" } & FleetRequest)
  /** `-- command`, perhaps after tini's options: exec/ parses the whole argv. */
  | { readonly kind: "exec"; readonly argv: readonly string[] }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

export const helpText = `Loads your application once and forks BullMQ workers from it.

  forker <app>                     run the workers of an application file
  forker init                      write what this project lacks: Dockerfile, compose file, application file
  forker check <app>               find every mistake, without starting a worker
  forker explain [<app>]           print which worker takes which queues
  forker status                    show what a running forker does
  forker tree                      show its processes with their private and shared memory
  forker drain                     finish the running jobs, then exit: like signal QUIT
  forker signal <name> [<slot>]    send a signal to a running forker, or to one of its workers
  forker stop-job <queue> <id>     stop one running job, wherever it runs here
  forker fleet [<order>]           list the forkers on this Redis, or order all of them to do something
  forker -- <command> [<args>]     run any other command under an init, like tini

Options of status, tree, drain, signal and stop-job:
  --pid <n>      the pid of the forker, if there is more than one
Options of status:
  --json         print JSON, for programs
  --check        exit 0 if every slot takes jobs, 3 if not
  --watch        show it live, with keys on a terminal, until the forker ends
Options of drain:
  --wait         return when every job is finished or handed back, for preStop hooks
  --timeout <t>  with --wait: exit with 5 after this time; the drain continues

Orders of fleet: suspend, resume, reload, drain, stop-job <queue> <id>
Options of fleet:
  --host <glob>  only the forkers on these hosts, such as "web-*"
  --timeout <t>  how long to wait for answers: 10 s without this option
  --json         print JSON, for programs

Options of init:
  --kubernetes   write Kubernetes manifests too
  --dry-run      print the files instead of writing them

  --             end of the options: the words after it are names
  -h, --help     print this help
  -v, --version  print the version

Examples:
  WORKLOAD="import; import,export x2; *" forker ./workers.mjs
  forker signal HUP

Environment, signals and exit codes: https://www.npmjs.com/package/bullmq-forker
`;
