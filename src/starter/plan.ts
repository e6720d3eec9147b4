import { applicationFile } from "./application-file.ts";
import { composeFile, composeFiles } from "./compose.ts";
import { dockerfile, dockerignore } from "./dockerfile.ts";
import { kubernetesFiles } from "./kubernetes.ts";
import type { Project } from "./project.ts";

export interface StarterFile {
  readonly file: string;
  readonly text: string;
}

/** What `forker init` is about to do. */
export interface Plan {
  readonly missing: readonly StarterFile[];
  readonly kept: readonly { readonly file: string; readonly why: string }[];
  /** What only a person can do. */
  readonly notes: readonly string[];
  readonly next: readonly [check: string, run: string];
}

const isForkers = (text: string) => /\b(?:forker\b|FORKER_)/.test(text);

/** A Dockerfile or compose file that is there for something else stays, and the one of the workers has another name. */
export function planFiles(project: Project, withKubernetes: boolean): Plan {
  const { application, read } = project;
  const docker = placeOf(project, ["Dockerfile"], "Dockerfile.workers");
  const compose = placeOf(project, composeFiles, "docker-compose.workers.yml");
  const wanted: StarterFile[] = [
    ...(application.source === undefined ? [{ file: application.file, text: applicationFile(project) }] : []),
    { file: docker.file, text: dockerfile(project) },
    { file: ".dockerignore", text: dockerignore(project) },
    { file: compose.file, text: composeFile(project, docker.file, compose.other?.text) },
    ...(withKubernetes ? kubernetesFiles(project) : []),
  ];
  const others = [docker.other, compose.other].filter((one) => one !== undefined);
  const existing = wanted.filter(({ file }) => read(file) !== undefined);
  return {
    missing: wanted.filter((one) => !existing.includes(one)),
    kept: [
      ...(application.source === undefined ? [] : [{ file: application.source, why: "it defines a forker" }]),
      ...others.map(({ file }) => ({ file, why: "it does not start forker" })),
      ...existing.map(({ file }) => ({ file, why: "it exists" })),
    ],
    notes: notesOn(project, withKubernetes),
    next: nextCommands(project, compose),
  };
}

interface Place {
  readonly file: string;
  /** A file of the first choice that is not forker's. */
  readonly other: StarterFile | undefined;
}

function placeOf({ read }: Project, names: readonly string[], otherwise: string): Place {
  const [first = otherwise] = names;
  const file = names.find((name) => read(name) !== undefined);
  const text = file === undefined ? undefined : read(file);
  if (file === undefined || text === undefined) return { file: first, other: undefined };
  return isForkers(text) ? { file, other: undefined } : { file: otherwise, other: { file, text } };
}

function notesOn({ packageManager, application }: Project, withKubernetes: boolean): string[] {
  const [, lock] = packageManager.files;
  return [
    ...(application.source === undefined ? [`${application.file}: add your processors`] : []),
    ...(lock === undefined ? ["there is no lock file: commit one, so that each image has the same packages"] : []),
    ...(withKubernetes
      ? [
          "kubernetes/deployment.yaml: set your image, and create the secret: kubectl create secret generic workers --from-literal=redis-url=redis://…",
        ]
      : []),
  ];
}

function nextCommands({ packageManager, application, build, dependsOnForker }: Project, compose: Place): Plan["next"] {
  const check = [
    ...(dependsOnForker ? [] : [packageManager.add]),
    ...(build === undefined ? [] : [packageManager.build]),
    `${packageManager.exec} forker check ./${application.file}`,
  ];
  const files = compose.other === undefined ? "" : ` -f ${compose.other.file} -f ${compose.file}`;
  return [check.join(" && "), `docker compose${files} up --build workers`];
}
