import { existsSync, readFileSync } from "node:fs";
import { mistake } from "./mistake.ts";
import type { Project } from "./project.ts";

/** The folder is next to dist/ in the package, and next to src/ in the repository. */
const places = ["../deploy/kubernetes/base/", "../../deploy/kubernetes/base/"].map(
  (place) => new URL(place, import.meta.url),
);

/** The manifests of deploy/kubernetes/base, for this project. Without KEDA's, which needs the names of queues and an operator. */
export function kubernetesFiles(project: Project): { readonly file: string; readonly text: string }[] {
  return [
    { file: "kubernetes/deployment.yaml", text: deployment(project, readShipped("deployment.yaml")) },
    { file: "kubernetes/poddisruptionbudget.yaml", text: readShipped("poddisruptionbudget.yaml") },
  ];
}

function readShipped(name: string): string {
  const file = places.map((place) => new URL(name, place)).find((one) => existsSync(one));
  if (file !== undefined) return readFileSync(file, "utf8");
  throw mistake(
    "system",
    `expected deploy/kubernetes/base/${name} in forker's package, got none; install the whole package`,
  );
}

function deployment({ name, version, application, ports }: Project, shipped: string): string {
  const port = String([9400, 9401, 9402, 9403].find((one) => !ports.has(one)) ?? 9400);
  const workload = /^ *- name: WORKLOAD\n *value: .*\n/m;
  const changes: readonly (readonly [RegExp, string])[] = [
    [/^# kubectl apply .*$/m, "# kubectl apply -f kubernetes/"],
    [/^ *# No replicas: .*$/m, "  replicas: 2"],
    [/registry\.example\.com\/\S+/, `registry.example.com/${name}:${version.replaceAll("+", "-")}`],
    [/"import; import,export x2; \*"/, '"*"'],
    [/9400(?=")/, port],
    [/(?<=containerPort: )9400/, port],
    ...(application.setsWorkload ? [[workload, ""] as const] : []),
  ];
  return changes.reduce((text, [pattern, replacement]) => text.replace(pattern, () => replacement), shipped);
}
